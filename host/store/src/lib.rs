//! Where claims, reference data and the record of work live. The only crate that names SQL.
//!
//! [`Store`] and [`WriteTransaction`] are all that the rest of Reprise knows of a database: verbs of the domain, no
//! table, no statement, no driver. A back end is a module with its own SQL and its own numbered migrations; every back
//! end is run through the same conformance story.
//!
//! A claim is one row: its payer, its code, the number of the change that last touched it, and an encoded body (see
//! [`EncodedClaim`]). What is looked up is a column; nothing else is.

mod access;
mod access_store;
mod activity;
mod audit;
mod byte_format;
mod claim_format;
mod claim_row;
#[cfg(test)]
mod conformance;
mod data_file;
mod delivery;
mod error;
mod generation;
mod history;
mod idempotency;
mod index_image;
mod intake_keys;
mod location;
mod postgres;
mod result_chunk;
mod rule_fault;
mod rule_store;
mod rules;
mod serving;
mod sqlite;
mod store;
mod trust;
mod webhook;
mod work;

use std::path::Path;
use std::sync::Arc;

pub use access::{NewPrincipal, NewToken, Principal, PrincipalChange, PrincipalCreation, PrincipalsOf, Role, Token};
pub use access_store::{AccessStore, AccessWriting};
pub use activity::{Activity, ActivityCounts, ActivityStatus, AdjudicationTotal, NewActivity};
pub use audit::{AuditEntry, AuditOf, AuditQuery, NewAuditEntry};
pub use claim_row::{ClaimDecoder, ClaimToWrite, EncodedClaim};
pub use data_file::{
    ContentId, DataFile, DataFileDefinition, DataFileName, DataFileOutcome, DataFileSet, DataFileSetCreation,
    DataFileSetDefinition, DataFileSource,
};
pub use delivery::{Delivery, DeliveryOutcome, DeliveryStatus};
pub use error::StoreError;
pub use generation::{Activation, ActivationKind, Generation, NewActivation, NewGeneration};
pub use history::{Event, HistoryEntry, NewEvent, NewHistoryEntry};
pub use idempotency::{IDEMPOTENCY_KEPT_FOR, IdempotencyKey, KeptAnswer};
pub use index_image::{INDEX_IMAGES_MAX, IndexImage, IndexImageStore, IndexImageWriting};
pub use location::shown_url;
pub use rule_fault::{FAULT_KEPT_FOR, RuleFault};
pub use rule_store::{RuleStore, RuleWriting};
pub use rules::{
    COMPONENT_BYTES_MAX, Installation, InstallationOutcome, InstallationState, NewComponent, NewInstallation, RuleKind,
    RulesOf, StoredComponent,
};
pub use serving::{HOST_KEPT_FOR, Serving, ServingHost};
pub use store::{ClaimScan, ExistingClaims, IntakeQuery, Store, WriteOutcome, WriteTransaction};
pub use trust::{ComponentSignature, NewComponentSignature, NewTrustedKey, RulesPolicy, TrustedKey};
pub use webhook::{
    ActiveWebhook, AfterFailure, BEHIND_MAX, DeadLetter, FailedAttempt, NewWebhook, WEBHOOKS_MAX, Webhook,
    WebhookCreation, WebhookFilter, WebhookProgress, WebhookSecret, WebhookStanding,
};
pub use work::{ClaimChange, ClaimDeletion, ClaimLock, WorkChunk};

/// How many claims a portion of an activity's work has at most.
pub const WORK_CLAIMS_MAX: usize = result_chunk::RESULTS_MAX;

use location::Location;

/// Opens the database that a URL names, creating it and bringing its schema up to date as needed.
///
/// `sqlite:PATH` is an SQLite file; it is created if there is none, its directory is not.
/// `postgres://USER:PASSWORD@HOST:PORT/DATABASE` is a PostgreSQL database, which must be there, empty or Reprise's;
/// `postgres:///DATABASE?host=DIRECTORY` is one that is reached through a socket.
pub fn open(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    match Location::parse(url)? {
        Location::Sqlite(path) => Ok(Arc::new(sqlite::Sqlite::open(&path)?)),
        Location::Postgres(config) => Ok(Arc::new(postgres::Postgres::open(*config)?)),
    }
}

/// Copies the database that a URL names, as it is at one moment, into a new file, while others read and write.
///
/// The database stays as it is: none is created, and its schema is not brought up to date, since a server of another
/// version may be working on it.
pub fn back_up(url: &str, target: &Path) -> Result<(), StoreError> {
    match Location::parse(url)? {
        Location::Sqlite(path) => sqlite::back_up(&path, target),
        Location::Postgres(_) => Err(postgres::no_back_up()),
    }
}
