//! What the payer's reference data says of pend reasons: which restriction resolving one takes, and whether it opens a
//! task.

use std::collections::{BTreeSet, HashMap};

use reprise_model::{PendReasonDefinition, Reference, ReferenceKind};
use reprise_store::{Store, StoreError};

use crate::access::Rights;

/// The definitions of some pend reasons, as they were when they were read. One that no row defines is free to all and
/// opens no task.
#[derive(Debug, Default)]
pub(crate) struct PendDefinitions {
    by_code: HashMap<String, PendReasonDefinition>,
}

impl PendDefinitions {
    /// Those of the pend reasons with these codes.
    pub(crate) fn read<'a>(
        store: &dyn Store,
        payer: &str,
        codes: impl Iterator<Item = &'a str>,
    ) -> Result<Self, StoreError> {
        let codes: Vec<&str> = codes.collect::<BTreeSet<_>>().into_iter().collect();
        if codes.is_empty() {
            return Ok(Self::default());
        }
        let rows = store.references(payer, ReferenceKind::PendReason, &codes)?;
        let by_code = rows.into_iter().filter_map(|row| match row {
            Reference::PendReason(definition) => Some((definition.code.clone(), definition)),
            _ => None,
        });
        Ok(Self {
            by_code: by_code.collect(),
        })
    }

    pub(crate) fn get(&self, code: &str) -> Option<&PendReasonDefinition> {
        self.by_code.get(code)
    }

    /// Whether attaching it opens a task.
    pub(crate) fn publishes(&self, code: &str) -> bool {
        self.get(code).is_some_and(|definition| definition.publish_message)
    }

    /// Whether somebody with these rights may resolve all of these.
    pub(crate) fn allow<'a>(&self, rights: &Rights, mut codes: impl Iterator<Item = &'a str>) -> bool {
        codes.all(|code| {
            let restriction = self
                .get(code)
                .and_then(|definition| definition.access_restriction.as_deref());
            !is_restricted(restriction, rights)
        })
    }
}

/// Whether a restriction keeps somebody with these rights from something. As everywhere, what is empty is absent.
pub(crate) fn is_restricted(restriction: Option<&str>, rights: &Rights) -> bool {
    restriction.is_some_and(|restriction| !restriction.is_empty() && !rights.hold(restriction))
}

#[cfg(test)]
mod tests {
    use reprise_model::PendReasonDefinition;

    use super::PendDefinitions;
    use crate::access::Rights;

    fn definition(code: &str, restriction: Option<&str>, publishes: bool) -> (String, PendReasonDefinition) {
        let definition = PendReasonDefinition {
            payer: "ACME".to_owned(),
            code: code.to_owned(),
            description: None,
            publish_message: publishes,
            access_restriction: restriction.map(str::to_owned),
            priority: None,
            external_code: None,
        };
        (code.to_owned(), definition)
    }

    #[test]
    fn every_restriction_is_asked_for_and_only_those() {
        let definitions = PendDefinitions {
            by_code: [
                definition("FREE", None, true),
                definition("EMPTY", Some(""), false),
                definition("MED", Some("MEDICAL"), false),
                definition("LAW", Some("LEGAL"), false),
            ]
            .into(),
        };
        let only = |held: &[&str]| Rights::Only(held.iter().map(|&held| held.to_owned()).collect());
        for (rights, codes, allowed) in [
            (only(&[]), &[][..], true),
            (only(&[]), &["FREE", "EMPTY", "UNDEFINED"], true),
            (only(&[]), &["FREE", "MED"], false),
            (only(&["MEDICAL"]), &["FREE", "MED"], true),
            (only(&["MEDICAL"]), &["MED", "LAW"], false),
            (only(&["MEDICAL", "LEGAL"]), &["MED", "LAW"], true),
            (Rights::All, &["MED", "LAW"], true),
        ] {
            assert_eq!(
                definitions.allow(&rights, codes.iter().copied()),
                allowed,
                "{rights:?} {codes:?}"
            );
        }
        assert!(definitions.publishes("FREE") && !definitions.publishes("MED") && !definitions.publishes("UNDEFINED"));
    }
}
