//! What a principal may do: access restrictions that it holds.

use std::collections::BTreeSet;

/// Defines the restrictions of the integration points: what an operation asks for, and a role grants.
macro_rules! restrictions {
    ($($(#[$meta:meta])* $name:ident $text:literal,)+) => {
        $($(#[$meta])* pub const $name: &str = $text;)+

        /// The restrictions of every integration point.
        pub const INTEGRATION_POINTS: &[&str] = &[$($name,)+];
    };
}

restrictions! {
    /// Send claims through processing again, one by one or in a batch.
    CLAIMS_REPROCESS "claims.reprocess IP",
    /// Send the claims that meet criteria through processing again.
    CLAIMS_REPROCESS_CRITERIA "claims.reprocesscriteria IP",
    /// Count the claims that meet criteria.
    CLAIMS_REPROCESS_COUNT "claims.reprocesscount IP",
    /// Resolve pend reasons and submit claims.
    CLAIMS_RESOLVE_PEND "claims.resolvepend IP",
    /// Create claims.
    CLAIMS_CREATE "claims.create IP",
    /// Change and delete claims of intake.
    CLAIMS_UPDATE "claims.update IP",
    /// Read claims, their histories and the reference data that they name.
    CLAIMS_READ "claims.read IP",
    /// Have it explained why claims meet criteria or do not.
    CLAIMS_EXPLAIN "claims.explain IP",
    /// Report that claims have come out of processing.
    CLAIMS_ADJUDICATED "claims.adjudicated IP",
    /// See, start, recover and cancel activities.
    ACTIVITIES "activities IP",
    /// Hand data files in and read them.
    DATA_FILE_SETS "datafilesets IP",
    /// Follow events and manage webhooks.
    EVENTS "events IP",
    /// Manage rule components.
    RULES_MANAGE "rules.manage IP",
    /// Manage reference data.
    REFERENCE_MANAGE "reference.manage IP",
    /// Manage principals, roles and tokens.
    ACCESS_MANAGE "access.manage IP",
    /// Read the audit log.
    AUDIT_READ "audit.read IP",
    /// Read what is measured of the whole server. Only principals of the platform can hold it.
    METRICS_READ "metrics.read IP",
}

/// The access restrictions that a principal holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rights {
    /// Every restriction there is in the payer, those of pend and unfinalize reasons too.
    All,
    /// These.
    Only(BTreeSet<String>),
}

impl Rights {
    /// Whether the restriction is among them.
    pub fn hold(&self, restriction: &str) -> bool {
        match self {
            Self::All => restriction != METRICS_READ,
            Self::Only(held) => held.contains(restriction),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CLAIMS_READ, INTEGRATION_POINTS, METRICS_READ, Rights};

    #[test]
    fn rights_hold_what_they_say() {
        let reader = Rights::Only([CLAIMS_READ.to_owned()].into());
        for restriction in INTEGRATION_POINTS.iter().copied().chain(["MEDICAL"]) {
            assert_eq!(reader.hold(restriction), restriction == CLAIMS_READ, "{restriction}");
            assert_eq!(
                Rights::All.hold(restriction),
                restriction != METRICS_READ,
                "{restriction}"
            );
        }
    }
}
