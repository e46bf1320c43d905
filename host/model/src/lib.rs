//! The values of Reprise. It knows no file, no database, no network and no WebAssembly.
//!
//! # Glossary
//!
//! One word for one thing, here and in every other crate:
//!
//! - **Payer**: the health insurer whose claims, reference data and rules these are. Nothing is shared by two payers.
//! - **Claim**, **line**, **bill**: what a provider or member asks to be paid; its positions; how it groups them.
//! - **Processing status**: where a claim stands on its way to payment; see [`ProcessingStatus`].
//! - **Pended**: waiting for a human, in one of five statuses, for the **pend reasons** attached to claim, bills, lines.
//! - **Settled**: carrying a settlement reason. Never reprocessed, by any path.
//! - **Locked**: held by another process. Not reprocessed while it is.
//! - **Reprocess**: send a claim through processing again.
//! - **Criterion**: one condition of a request on lines; see [`Criterion`]. A request is the conjunction of its criteria.
//! - **Condition**: a named predicate that a rule component brings along, on procedures or on the primary diagnosis.
//! - **Group**: a set of codes with dated **memberships**.
//! - **Reference data**: everything a request may name that is not a claim: groups, messages, reasons, products, …
//! - **Match**: find the lines that meet every criterion of a request, and by them the claims.
//! - **Dry run**: a criteria request with `reprocess=false`: says what would be done and does nothing.
//! - **Patient**, **plan**, **subscription**, **patient plan**, **procedure**: who is treated; what pays; a subscriber's
//!   membership in a plan; a patient's place under a subscription; what was done. Each is known by a number.
//! - **Rank**: the place of a patient's plan among the patient's dental plans, in their order, from 1.
//! - **Submission status**: how far a claim is on its way to the payer and back; see [`SubmissionStatus`].
//! - **Disposition**: in which state a claim that is processed again starts; see [`Disposition`].
//! - **Run**: a criteria request with `reprocess=true`, done: matched, then applied chunk by chunk.
//! - **Batch**: a file of single reprocess requests, done as one activity.
//! - **Lease**: the right to do a piece of work, or to hold a claim, until a moment; it ends by itself if its holder dies.
//! - **Event**: something that happened to a claim, at a position in a feed that others follow.
//! - **Webhook**: an endpoint that is sent a payer's events; a **dead letter** is one that it did not take.
//! - **Task**: what a human has to do about a pended claim; opened and closed by events.
//! - **Activity**: one piece of asynchronous work that a caller can watch.
//! - **Message**: what a request or an activity says of a claim or of itself, under a stable key; see [`MessageKey`].

mod amount;
mod attribute;
mod claim;
mod column;
mod criteria;
mod currency;
mod day;
mod disposition;
mod enrolment;
mod intake;
mod message;
mod pend;
mod reference;
mod status;

pub use amount::{Amount, AmountError};
pub use attribute::AttributeValue;
pub use claim::{
    AttachedUnfinalizeReason, BenefitApplied, Bill, Claim, ClaimKind, Diagnosis, DynamicField, EntityName,
    IntakeDetails, Line, LineProviders, TagActionEntry, check_code, check_number,
};
pub use column::{Cell, Column, ColumnForm, ColumnSlice, Dictionary, Granularity, SetTable};
pub use criteria::{Criterion, CriterionName, Test};
pub use currency::Currency;
pub use day::{Day, DayError};
pub use disposition::{Disposition, DispositionDecision, DispositionRefusal, DispositionRefusalReason, ReprocessState};
pub use enrolment::{InsPlan, InsSub, OfficeFlag, PatPlan, Patient, Procedure, ProcedureStatus};
pub use intake::{
    Birth, ChangeFacts, ClaimFacts, Enrolment, EnrolmentFacts, IntakeRefusal, IntakeType, MadeClaim, OfficeSetting,
    PlanType, ProcedureFacts, Relationship, ReleaseFacts, Situation, SubmissionStatus,
};
pub use message::{Message, MessageKey, MessageSeverity, ResultMessages, ResultOutcome};
pub use pend::{AttachedPendReason, PendLevel, PendPlace};
pub use reference::{
    Group, GroupKind, GroupMember, MessageDefinition, MessageGroup, MessageGroupMember, NamedReference,
    PendReasonDefinition, Reference, ReferenceKind, ServicedEntityDefinition, UnfinalizeReasonDefinition, entity_key,
};
pub use status::{ClaimType, ProcessType, ProcessingStatus, TagAction, UnknownValue};
