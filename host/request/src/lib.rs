//! Request bodies into typed requests, answers into XML or JSON.
//!
//! It knows the model and the two formats; it knows no HTTP, no database and no WebAssembly. Inward, a body goes
//! through three rooms: [`Document::read`] makes it a neutral tree and holds the limits; a function for each kind of
//! request, such as [`read_criteria_request`], makes the tree a request and collects everything that is wrong with it;
//! [`named_codes`] lists what is left to be asked of the reference data. A batch file is no body: [`BatchReader`]
//! splits it into the requests that it holds, in constant memory. Outward, [`render_result_messages`],
//! [`ReprocessCount`], [`Resource`], [`render_notification`] and [`DataFileWriter`] write what is answered.
//!
//! The bodies of `/api/v1` are JSON alone and have conventions of their own: [`read_creation_request`],
//! [`read_claim_update`], [`claim_resource`], and [`Problem`] for what is wrong.

mod access;
mod activity_request;
mod adjudicated;
mod amount;
mod answer;
mod batch;
mod criteria;
mod criterion;
mod data_file;
mod data_file_set;
mod document;
mod fields;
mod intake;
mod json;
mod media;
mod message_table;
mod names;
mod notification;
mod options;
mod place;
mod references;
mod resource;
mod root;
mod rules;
mod single;
mod target;
mod webhook;
mod xml;
mod xml_text;

pub use access::{
    PrincipalRequest, TOKEN_DAYS_MAX, read_payer_request, read_principal_request, read_role_request, read_token_request,
};
pub use activity_request::{ActivityRequest, IMPORT_ACTIVITY, ImportActivityRequest, read_activity_request};
pub use adjudicated::{AdjudicatedLine, AdjudicatedReport, read_adjudicated_report};
pub use answer::{CountTotals, ReprocessCount, render_result_messages};
pub use batch::{BATCH_WINDOW_BYTES_MAX, BatchEntry, BatchError, BatchReader, BatchStep, ENTRY_BYTES_MAX, ResumePoint};
pub use criteria::{CriteriaRequest, RequestKind, read_criteria_request, read_criteria_request_in_part};
pub use criterion::CODES_MAX;
pub use data_file::{DataFileWriter, ResponseRoot};
pub use data_file_set::{DATA_FILES_MAX, DataFileRequest, DataFileSetRequest, read_data_file_set_request};
pub use document::{DEPTH_MAX, Document, MEMBERS_MAX, Member, VALUES_MAX, Value};
pub use intake::{
    ClaimUpdate, CreationRequest, PROBLEM_CODES, PROCEDURES_MAX, Problem, ProblemCode, claim_resource,
    read_claim_update, read_creation_request, read_empty_body, reference_resource,
};
pub use media::MediaType;
pub use message_table::{MessageTable, MessageTableError};
pub use names::{NameMap, NameMapError};
pub use notification::{NotificationStatus, render_notification};
pub use options::ReprocessOptions;
pub use place::Place;
pub use references::{NamedCode, NamedCodeKind, check_unfinalize_reason, named_codes, named_codes_of_options};
pub use resource::Resource;
pub use rules::{
    ACTIVATION_WAIT_SECONDS_MAX, ComponentSignatureRequest, RulesActivationRequest, RulesPolicyRequest,
    RulesReasonRequest, RulesRollbackRequest, TrustedKeyRequest, read_component_signature_request,
    read_rules_activation_request, read_rules_deactivation_request, read_rules_policy_request,
    read_rules_reinstatement_request, read_rules_rollback_request, read_trusted_key_request,
};
pub use single::{ReprocessRequest, read_reprocess_request, read_reprocess_request_in_part};
pub use target::{OptionName, Part, Target};
pub use webhook::{WebhookRequest, read_webhook_request};
