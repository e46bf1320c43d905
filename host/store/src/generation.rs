//! Generations of rules, which decide together, and the record of which of them was made to decide when.

use std::fmt;
use std::str::FromStr;

use crate::{RuleKind, StoreError};

/// A generation to be created: what is to decide together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGeneration {
    /// The payer whose it is; none if it is the platform's.
    pub payer: Option<String>,
    /// The component that matches criteria, by its digest; where there is none, the platform's default does.
    pub criteria: Option<String>,
    /// The component that decides on claim status, by its digest; where there is none, the platform's default does.
    pub claim_status: Option<String>,
    /// Who creates it.
    pub user: String,
    /// Why.
    pub reason: String,
}

impl NewGeneration {
    /// The components that it names, each with the kind that it must have. Fails if there is none.
    pub(crate) fn components(&self) -> Result<Vec<(&str, RuleKind)>, StoreError> {
        let criteria = self.criteria.as_deref().map(|digest| (digest, RuleKind::Criteria));
        let claim_status = self.claim_status.as_deref();
        let claim_status = claim_status.map(|digest| (digest, RuleKind::ClaimStatus));
        let components: Vec<_> = criteria.into_iter().chain(claim_status).collect();
        if components.is_empty() {
            return Err(StoreError::other("a generation has at least one component"));
        }
        Ok(components)
    }
}

/// Fails if a component cannot be a part of a generation. What is `found` of it is its kind, and whether the payer or the
/// platform has installed it.
pub(crate) fn check_component(digest: &str, kind: RuleKind, found: Option<(RuleKind, bool)>) -> Result<(), StoreError> {
    match found {
        Some((found, true)) if found == kind => Ok(()),
        Some((found, true)) => Err(StoreError::other(format!(
            "component `{digest}` decides on {found}, and a generation has it for {kind}"
        ))),
        // What another payer has installed is not told from what is not there.
        Some((_, false)) | None => Err(StoreError::other(format!(
            "component `{digest}` is installed neither by the payer of the generation nor by the platform"
        ))),
    }
}

/// A generation. It is never changed or deleted: decisions of long ago name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation {
    /// The payer whose it is; none if it is the platform's.
    pub payer: Option<String>,
    /// Its number among those of the payer, or of the platform; the first is 1.
    pub number: i64,
    /// The component that matches criteria, by its digest; where there is none, the platform's default does.
    pub criteria: Option<String>,
    /// The component that decides on claim status, by its digest; where there is none, the platform's default does.
    pub claim_status: Option<String>,
    /// Who has created it.
    pub user: String,
    /// Why.
    pub reason: String,
    /// When it was created, in milliseconds since 1970-01-01T00:00:00Z.
    pub created_at_ms: i64,
}

/// Why another generation decides, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActivationKind {
    /// Somebody has activated it.
    Activate,
    /// Somebody wants the platform's default to decide.
    Deactivate,
    /// Somebody has gone back to what decided before.
    Rollback,
    /// What decided before has faulted too often.
    Quarantine,
}

impl ActivationKind {
    /// Every kind.
    pub const ALL: &[Self] = &[Self::Activate, Self::Deactivate, Self::Rollback, Self::Quarantine];

    /// The kind as answers write it and rows hold it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Activate => "activate",
            Self::Deactivate => "deactivate",
            Self::Rollback => "rollback",
            Self::Quarantine => "quarantine",
        }
    }
}

impl fmt::Display for ActivationKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for ActivationKind {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().copied().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| StoreError::corrupt(format!("`{text}` is not a kind of activation")))
    }
}

/// An activation to be added to the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewActivation {
    /// The payer whose rules change; none if the platform's do.
    pub payer: Option<String>,
    /// The number of the generation that decides from now on; the platform's default does if absent.
    pub generation: Option<i64>,
    /// Why it does.
    pub kind: ActivationKind,
    /// Who has seen to it.
    pub user: String,
    /// Why, in words.
    pub reason: String,
}

impl NewActivation {
    /// Fails if kind and generation do not go together. A rollback or a quarantine may lead to either: there may be
    /// nothing to go back to.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        match (self.kind, self.generation) {
            (ActivationKind::Activate, None) => Err(StoreError::other("what is activated is a generation")),
            (ActivationKind::Deactivate, Some(_)) => {
                Err(StoreError::other("after a deactivation no generation decides"))
            }
            _ => Ok(()),
        }
    }
}

/// Why a generation cannot be activated that is not there.
pub(crate) fn no_generation(number: i64) -> StoreError {
    StoreError::other(format!("there is no generation {number}"))
}

/// An entry of the record of activations, which is only ever added to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activation {
    /// Its number; later entries have higher ones.
    pub id: i64,
    /// The payer whose rules have changed; none if the platform's have.
    pub payer: Option<String>,
    /// The number of the generation that decided from then on; the platform's default did if absent.
    pub generation: Option<i64>,
    /// Why it did.
    pub kind: ActivationKind,
    /// Who has seen to it.
    pub user: String,
    /// Why, in words.
    pub reason: String,
    /// When, in milliseconds since 1970-01-01T00:00:00Z.
    pub at_ms: i64,
}

#[cfg(test)]
mod tests {
    use super::ActivationKind;

    #[test]
    fn what_rows_hold_is_read_back() {
        for kind in ActivationKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(*kind));
        }
        assert!("Activate".parse::<ActivationKind>().is_err());
    }
}
