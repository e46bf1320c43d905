//! What is asked and answered about a claim's status when it is to be processed again.

use crate::{ProcessType, ProcessingStatus};

/// A claim as far as reprocessing it is decided by it, and what the request wants of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReprocessState {
    /// Where the claim stands.
    pub status: ProcessingStatus,
    /// What kind of process it is in.
    pub process_type: ProcessType,
    /// Whether it is settled.
    pub settled: bool,
    /// Whether another process holds it.
    pub locked: bool,
    /// Whether it need not be sent out for preprocessing.
    pub preprocessing_done: bool,
    /// Whether it need not be sent out for pricing.
    pub pricing_done: bool,
    /// Whether the request gives a reason to unfinalize it.
    pub unfinalize_reason_given: bool,
    /// Whether the request gives a pend reason, for it to wait for a human with.
    pub pend_reason_given: bool,
    /// What the request says of preprocessing; none if nothing.
    pub asked_preprocessing_done: Option<bool>,
    /// What the request says of pricing; none if nothing.
    pub asked_pricing_done: Option<bool>,
}

/// In which state a claim that is processed again starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disposition {
    /// Its status: INITIAL, or CHANGE if it is to wait for a human first.
    pub status: ProcessingStatus,
    /// Whether it need not be sent out for preprocessing.
    pub preprocessing_done: bool,
    /// Whether it need not be sent out for pricing.
    pub pricing_done: bool,
}

/// Why a claim is not processed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DispositionRefusalReason {
    /// It is settled.
    Settled,
    /// Another process holds it.
    Locked,
    /// Its status does not allow it.
    Status,
    /// It is finalized and no unfinalize reason is given.
    UnfinalizeReasonMissing,
    /// A reason of the rules' own.
    Other,
}

/// That a claim is not processed again, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DispositionRefusal {
    /// Why.
    pub reason: DispositionRefusalReason,
    /// The same for people, in the rules' words.
    pub sentence: String,
}

/// What is decided about processing a claim again.
pub type DispositionDecision = Result<Disposition, DispositionRefusal>;
