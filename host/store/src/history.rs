//! What happened to a claim: its history, and the events that tell others of it.

/// Something that was done to a claim, to be kept with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewHistoryEntry {
    /// The claim's id.
    pub claim: i64,
    /// What was done, such as `reprocess`.
    pub operation: &'static str,
    /// Who did it.
    pub user: String,
    /// The activity that did it, if one did.
    pub activity: Option<i64>,
    /// What exactly changed, as a JSON object.
    pub details: String,
}

/// Something that was done to a claim.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryEntry {
    /// Its number; later entries have higher ones.
    pub id: i64,
    /// What was done, such as `reprocess`.
    pub operation: String,
    /// Who did it.
    pub user: String,
    /// The activity that did it, if one did.
    pub activity: Option<i64>,
    /// When, in milliseconds since 1970-01-01T00:00:00Z.
    pub at_ms: i64,
    /// What exactly changed.
    pub details: serde_json::Value,
}

/// Something that others are told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Whose it is.
    pub payer: String,
    /// What happened, such as `claim.resubmitted`.
    pub kind: &'static str,
    /// The id of the claim that it happened to.
    pub claim: i64,
    /// More about it, as a JSON object.
    pub details: String,
}

/// An event of a payer's feed.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its place in the feed. Later events have higher ones; there may be gaps.
    pub position: u64,
    /// What happened, such as `claim.resubmitted`.
    pub kind: String,
    /// The id of the claim that it happened to.
    pub claim: i64,
    /// When, in milliseconds since 1970-01-01T00:00:00Z.
    pub at_ms: i64,
    /// More about it.
    pub details: serde_json::Value,
}
