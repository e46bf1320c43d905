//! The roles that are there without anybody having made them, and what roles come to.

use std::collections::BTreeSet;

use reprise_store::Role;

use super::Rights;
use super::rights::{
    ACCESS_MANAGE, ACTIVITIES, AUDIT_READ, CLAIMS_ADJUDICATED, CLAIMS_CREATE, CLAIMS_EXPLAIN, CLAIMS_READ,
    CLAIMS_REPROCESS, CLAIMS_REPROCESS_COUNT, CLAIMS_REPROCESS_CRITERIA, CLAIMS_RESOLVE_PEND, CLAIMS_UPDATE,
    DATA_FILE_SETS, EVENTS, METRICS_READ, RULES_MANAGE,
};

/// The role that may do everything in its payer, whatever the restrictions of the payer's reasons are.
pub const ADMINISTRATOR: &str = "administrator";
/// The role that manages payers, their principals and the platform's default rules, and reads no claims.
pub const PLATFORM_ADMINISTRATOR: &str = "platform-administrator";

/// A role that is there without anybody having made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltInRole {
    /// Its name.
    pub name: &'static str,
    /// Whether it is one for principals of the platform; else it is one for those of a payer.
    pub of_platform: bool,
    /// What it is for.
    pub description: &'static str,
    /// Its restrictions; none stands for all there are in the payer.
    pub restrictions: Option<&'static [&'static str]>,
}

/// The roles that are there without anybody having made them.
pub const BUILT_IN_ROLES: &[BuiltInRole] = &[
    BuiltInRole {
        name: ADMINISTRATOR,
        of_platform: false,
        description: "may do everything in its payer, and holds the restrictions of every reason",
        restrictions: None,
    },
    BuiltInRole {
        name: "operator",
        of_platform: false,
        description: "finds, counts and reprocesses claims, one by one and in runs",
        restrictions: Some(&[
            CLAIMS_REPROCESS,
            CLAIMS_REPROCESS_CRITERIA,
            CLAIMS_REPROCESS_COUNT,
            CLAIMS_EXPLAIN,
            CLAIMS_READ,
            ACTIVITIES,
            DATA_FILE_SETS,
            AUDIT_READ,
        ]),
    },
    BuiltInRole {
        name: "integrator",
        of_platform: false,
        description: "creates and changes claims, resolves pend reasons, reports adjudications, follows events",
        restrictions: Some(&[
            CLAIMS_CREATE,
            CLAIMS_UPDATE,
            CLAIMS_READ,
            CLAIMS_RESOLVE_PEND,
            CLAIMS_ADJUDICATED,
            EVENTS,
        ]),
    },
    BuiltInRole {
        name: "rule-author",
        of_platform: false,
        description: "manages rule components, and tries them on claims without changing any",
        restrictions: Some(&[RULES_MANAGE, CLAIMS_REPROCESS_COUNT, CLAIMS_EXPLAIN, CLAIMS_READ]),
    },
    BuiltInRole {
        name: PLATFORM_ADMINISTRATOR,
        of_platform: true,
        description: "manages payers, principals and the platform's default rules, and reads no claims",
        restrictions: Some(&[ACCESS_MANAGE, RULES_MANAGE, AUDIT_READ, METRICS_READ]),
    },
    BuiltInRole {
        name: "monitor",
        of_platform: true,
        description: "reads what is measured of the whole server",
        restrictions: Some(&[METRICS_READ]),
    },
];

/// The built-in role with this name.
pub(super) fn built_in(name: &str) -> Option<&'static BuiltInRole> {
    BUILT_IN_ROLES.iter().find(|role| role.name == name)
}

/// What these roles come to for a principal of a payer, or of the platform if there is none. A role that is not there
/// any more grants nothing.
pub(super) fn rights_of(roles: &[String], payer: Option<&str>, made: &[Role]) -> Rights {
    let mut held = BTreeSet::new();
    for name in roles {
        if let Some(role) = built_in(name) {
            if role.of_platform != payer.is_none() {
                continue;
            }
            match role.restrictions {
                None => return Rights::All,
                Some(restrictions) => held.extend(restrictions.iter().map(|&restriction| restriction.to_owned())),
            }
        } else if let Some(role) = made.iter().find(|role| role.name == *name) {
            // What is measured is of all payers, so no payer can grant it to itself.
            let granted = role.restrictions.iter().filter(|held| *held != METRICS_READ);
            held.extend(granted.cloned());
        }
    }
    Rights::Only(held)
}

#[cfg(test)]
mod tests {
    use reprise_store::Role;

    use super::{ADMINISTRATOR, BUILT_IN_ROLES, PLATFORM_ADMINISTRATOR, rights_of};
    use crate::access::Rights;
    use crate::access::rights::{ACCESS_MANAGE, CLAIMS_READ, INTEGRATION_POINTS, METRICS_READ};

    fn rights(roles: &[&str], payer: Option<&str>) -> Rights {
        let roles: Vec<_> = roles.iter().map(|&role| role.to_owned()).collect();
        let made = [Role {
            payer: "ACME".to_owned(),
            name: "reviewer".to_owned(),
            restrictions: ["MEDICAL".to_owned(), METRICS_READ.to_owned()].into(),
        }];
        rights_of(&roles, payer, &made)
    }

    #[test]
    fn roles_come_to_what_they_grant_together() {
        for (roles, payer, restriction, holds) in [
            (&[][..], Some("ACME"), CLAIMS_READ, false),
            (&["operator"], Some("ACME"), CLAIMS_READ, true),
            (&["operator"], Some("ACME"), "MEDICAL", false),
            (&["operator", "reviewer"], Some("ACME"), "MEDICAL", true),
            (&["reviewer"], Some("ACME"), METRICS_READ, false),
            (&[ADMINISTRATOR], Some("ACME"), "MEDICAL", true),
            (&["gone"], Some("ACME"), CLAIMS_READ, false),
            (&[PLATFORM_ADMINISTRATOR], None, ACCESS_MANAGE, true),
            (&[PLATFORM_ADMINISTRATOR], None, CLAIMS_READ, false),
            (&[PLATFORM_ADMINISTRATOR], Some("ACME"), ACCESS_MANAGE, false),
            (&[ADMINISTRATOR], None, CLAIMS_READ, false),
        ] {
            assert_eq!(
                rights(roles, payer).hold(restriction),
                holds,
                "{roles:?} {payer:?} {restriction}"
            );
        }
    }

    #[test]
    fn every_integration_point_is_somebodys() {
        for restriction in INTEGRATION_POINTS {
            let granted = BUILT_IN_ROLES.iter().any(|role| match role.restrictions {
                None => *restriction != METRICS_READ,
                Some(restrictions) => restrictions.contains(restriction),
            });
            assert!(granted, "{restriction}");
        }
    }
}
