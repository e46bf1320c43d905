//! What components of both kinds have in common, so that what is said of one kind is said once.

use std::sync::Arc;

use reprise_engine::{
    CallLimits, ClaimStatusComponent, ComponentKind, CriteriaComponent, Digest, Fault, FaultObserver, Refusal,
    RuleComponent, RuleEngine,
};
use reprise_store::Generation;

use super::provided::{Provided, Rules};

/// A component of one kind.
pub(crate) trait OfKind: Sized + Clone {
    const KIND: ComponentKind;

    /// Check and compile a component of this kind.
    fn load(engine: &RuleEngine, bytes: &[u8]) -> Result<Self, Refusal>;
    /// The component as what it is, if it is of this kind.
    fn of(component: &RuleComponent) -> Option<&Self>;
    /// The component of this kind in a generation, by its digest.
    fn in_generation(generation: &Generation) -> Option<&String>;
    /// What a process is started with of this kind.
    fn provided(rules: &Rules) -> &Provided<Self>;
    fn observed_by(&self, observer: Arc<dyn FaultObserver>) -> Self;
    fn with_limits(&self, limits: CallLimits) -> Self;

    /// The component as what it is; a fault if it is of the other kind. The database keeps components by their kinds, so
    /// that is what nobody should see.
    fn expected(component: &RuleComponent, digest: Digest) -> Result<Self, Fault> {
        Self::of(component).cloned().ok_or_else(|| Fault::NotLoaded {
            digest,
            reason: format!(
                "it is a {} component where a {} one is to decide",
                component.kind(),
                Self::KIND
            ),
        })
    }
}

impl OfKind for CriteriaComponent {
    const KIND: ComponentKind = ComponentKind::Criteria;

    fn load(engine: &RuleEngine, bytes: &[u8]) -> Result<Self, Refusal> {
        engine.load_criteria(bytes)
    }

    fn of(component: &RuleComponent) -> Option<&Self> {
        match component {
            RuleComponent::Criteria(component) => Some(component),
            RuleComponent::ClaimStatus(_) => None,
        }
    }

    fn in_generation(generation: &Generation) -> Option<&String> {
        generation.criteria.as_ref()
    }

    fn provided(rules: &Rules) -> &Provided<Self> {
        &rules.criteria
    }

    fn observed_by(&self, observer: Arc<dyn FaultObserver>) -> Self {
        Self::observed_by(self, observer)
    }

    fn with_limits(&self, limits: CallLimits) -> Self {
        Self::with_limits(self, limits)
    }
}

impl OfKind for ClaimStatusComponent {
    const KIND: ComponentKind = ComponentKind::ClaimStatus;

    fn load(engine: &RuleEngine, bytes: &[u8]) -> Result<Self, Refusal> {
        engine.load_claim_status(bytes)
    }

    fn of(component: &RuleComponent) -> Option<&Self> {
        match component {
            RuleComponent::ClaimStatus(component) => Some(component),
            RuleComponent::Criteria(_) => None,
        }
    }

    fn in_generation(generation: &Generation) -> Option<&String> {
        generation.claim_status.as_ref()
    }

    fn provided(rules: &Rules) -> &Provided<Self> {
        &rules.claim_status
    }

    fn observed_by(&self, observer: Arc<dyn FaultObserver>) -> Self {
        Self::observed_by(self, observer)
    }

    fn with_limits(&self, limits: CallLimits) -> Self {
        Self::with_limits(self, limits)
    }
}
