//! What every back end must do, as one story for each part of it. A back end's own tests call [`run`].

pub(crate) mod access;
mod activities;
pub(crate) mod audit;
mod changes;
pub(crate) mod claim_audit;
pub(crate) mod claims;
pub(crate) mod components;
mod data_files;
mod deletions;
mod deliveries;
mod events;
pub(crate) mod generations;
mod history;
pub(crate) mod idempotency;
pub(crate) mod index_images;
mod installations;
mod intake;
mod leases;
mod locks;
mod references;
pub(crate) mod rule_faults;
pub(crate) mod serving_hosts;
pub(crate) mod tokens;
pub(crate) mod trust;
mod webhooks;
mod work;

use std::sync::Arc;
use std::time::Duration;

use crate::{NewActivity, Store, StoreError, WriteTransaction};

/// A lease that no story outlasts.
const LONG: Duration = Duration::from_secs(60 * 60);

/// A lease that is over at once.
const OVER: Duration = Duration::ZERO;

/// Runs every story, each on a database of its own: `open` opens a new, empty one.
pub(crate) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    claims::run(open);
    references::run(open);
    activities::run(open);
    leases::run(open);
    work::run(open);
    changes::run(open);
    intake::run(open);
    deletions::run(open);
    locks::run(open);
    history::run(open);
    events::run(open);
    idempotency::run(open);
    deliveries::run(open);
    webhooks::run(open);
    data_files::run(open);
    access::run(open);
    tokens::run(open);
    audit::run(open);
    claim_audit::run(open);
    components::run(open);
    installations::run(open);
    generations::run(open);
    serving_hosts::run(open);
    trust::run(open);
    rule_faults::run(open);
    index_images::run(open);
}

/// An activity of the payer, which is queued.
pub(crate) fn new_activity(payer: &str) -> NewActivity {
    NewActivity {
        payer: payer.to_owned(),
        code: "REPROCESSCLAIMS_CRITERIA".to_owned(),
        parameters: serde_json::json!({"processType": "CLAIM", "reprocess": false}),
        correlation_id: Some("from-the-caller".to_owned()),
        user: "jane".to_owned(),
        high_priority: false,
        queued: true,
    }
}

/// Has the payer have an activity, which is queued.
pub(crate) fn create_activity(store: &dyn Store, payer: &str) -> i64 {
    done(store, |transaction| transaction.create_activity(&new_activity(payer)))
}

/// Writes in one transaction what must succeed.
pub(crate) fn done<T>(store: &dyn Store, work: impl FnOnce(&mut dyn WriteTransaction) -> Result<T, StoreError>) -> T {
    store.write(work).expect("written")
}

/// Writes in one transaction, and drops it.
fn dropped<T>(store: &dyn Store, work: impl FnOnce(&mut dyn WriteTransaction) -> Result<T, StoreError>) {
    let mut transaction = store.begin_write().expect("begun");
    work(transaction.as_mut()).expect("written");
}
