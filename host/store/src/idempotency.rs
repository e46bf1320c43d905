//! Answers that are kept so that a request which is sent again is not done again.

use std::time::Duration;

/// How long an answer is kept.
pub const IDEMPOTENCY_KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// What makes a request the same request: who sent it, where to, and under which key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    /// The payer that it was sent for.
    pub payer: String,
    /// Who sent it.
    pub user: String,
    /// Where to: method and path.
    pub path: String,
    /// The key that the caller made up.
    pub key: String,
}

/// An answer that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// The digest of the request that it answers.
    pub request_digest: Vec<u8>,
    /// The answer, in the words of who keeps it.
    pub answer: String,
}
