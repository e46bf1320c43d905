//! The audit log: what was done, and what was refused, apart from what was done to claims.
//!
//! What was done to a claim is in the claim's history, in the transaction that did it. Both tables are only ever added to,
//! which the database itself sees to.

use serde_json::Value;

/// Something that was done, or refused, to be kept in the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAuditEntry {
    /// Whose it is; none if it is the platform's.
    pub payer: Option<String>,
    /// Who did it, or wanted to.
    pub user: String,
    /// What was done, such as `create_role`.
    pub operation: String,
    /// What it was done to, such as `activity 17` or `role reviewer`; the path of the request if it was refused.
    pub object: String,
    /// The id of the claim that it is about, if it is about one. Nobody sees to it that there is such a claim.
    pub claim: Option<i64>,
    /// Whether it was refused.
    pub refused: bool,
    /// The rules that it was done under, if any were asked.
    pub rules: Option<String>,
    /// More about it, as a JSON object.
    pub details: String,
}

/// An entry of the audit log.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEntry {
    /// Its number; later entries have higher ones.
    pub id: i64,
    /// When, in milliseconds since 1970-01-01T00:00:00Z.
    pub at_ms: i64,
    /// Whose it is; none if it is the platform's.
    pub payer: Option<String>,
    /// Who did it, or wanted to.
    pub user: String,
    /// What was done, such as `create_role`.
    pub operation: String,
    /// What it was done to, such as `activity 17` or `role reviewer`; the path of the request if it was refused.
    pub object: String,
    /// The id of the claim that it is about, if it is about one.
    pub claim: Option<i64>,
    /// Whether it was refused.
    pub refused: bool,
    /// The rules that it was done under, if any were asked.
    pub rules: Option<String>,
    /// More about it.
    pub details: Value,
}

/// Whose entries are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditOf<'a> {
    /// Those of this payer.
    Payer(&'a str),
    /// Those of the platform, which are no payer's.
    Platform,
}

impl<'a> AuditOf<'a> {
    /// The payer; none if it is the platform.
    pub(crate) fn payer(self) -> Option<&'a str> {
        match self {
            Self::Payer(payer) => Some(payer),
            Self::Platform => None,
        }
    }
}

/// Which entries are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditQuery<'a> {
    /// Whose.
    pub payer: AuditOf<'a>,
    /// Only those about the claim with this id.
    pub claim: Option<i64>,
    /// Only those about what this user did, or wanted to.
    pub user: Option<&'a str>,
    /// Only those about this operation.
    pub operation: Option<&'a str>,
    /// Only those of this moment or later, in milliseconds since 1970-01-01T00:00:00Z.
    pub from_ms: Option<i64>,
    /// Only those of before this moment.
    pub until_ms: Option<i64>,
    /// Only those about this activity, or about what it did.
    pub activity: Option<i64>,
    /// Only those with a higher id than this.
    pub after: i64,
    /// How many are read at most.
    pub limit: u32,
}

impl AuditQuery<'_> {
    /// The object of entries about the activity that is asked for.
    pub(crate) fn object(&self) -> Option<String> {
        self.activity.map(|activity| format!("activity {activity}"))
    }
}
