//! What decides for a payer at one moment, and how a decision names it.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use reprise_engine::{
    ClaimStatusComponent, CompileError, CriteriaComponent, Digest, Fault, Matcher, ReferenceSource, StatusRules,
};
use reprise_model::Criterion;
use serde::{Deserialize, Serialize};

use super::turns::Turn;

/// By which component something was decided, and in which generation that was in force: what is kept with each decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecidedBy {
    /// The component's digest, as text.
    pub rules: String,
    /// The generation: its number among the payer's own, or `platform-` and its number among the platform's; none where a
    /// component decides that only this process was told of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<String>,
}

/// An answer, and by what it was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByRules<Answer> {
    /// The answer.
    pub answer: Answer,
    /// By what it was decided.
    pub decided_by: DecidedBy,
}

/// A generation among those of the payer and of the platform: `7`, or `platform-7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GenerationName {
    Own(i64),
    Platform(i64),
}

impl fmt::Display for GenerationName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(number) => write!(formatter, "{number}"),
            Self::Platform(number) => write!(formatter, "platform-{number}"),
        }
    }
}

/// What decides for a payer at one moment: a component of each kind. Whoever holds it decides by nothing else, whatever is
/// activated meanwhile.
pub(crate) struct RuleSet {
    pub(crate) criteria: Decider<CriteriaComponent>,
    pub(crate) claim_status: Decider<ClaimStatusComponent>,
}

/// A component that decides, or why it does not: then nothing is decided in its place.
#[derive(Clone)]
pub(crate) struct Decider<Component> {
    component: Result<Component, Fault>,
    decided_by: DecidedBy,
}

impl<Component> Decider<Component> {
    pub(crate) fn new(component: Result<Component, Fault>, digest: Digest, generation: Option<GenerationName>) -> Self {
        let decided_by = DecidedBy {
            rules: digest.to_string(),
            generation: generation.map(|name| name.to_string()),
        };
        Self::of(component, decided_by)
    }

    pub(crate) const fn of(component: Result<Component, Fault>, decided_by: DecidedBy) -> Self {
        Self { component, decided_by }
    }

    /// The component, for what it says of itself.
    pub(crate) fn component(&self) -> Result<&Component, Fault> {
        self.component.as_ref().map_err(Clone::clone)
    }

    /// How a decision names it.
    pub(crate) const fn decided_by(&self) -> &DecidedBy {
        &self.decided_by
    }
}

impl<Component> Decider<Component> {
    /// Whether it could not be loaded here: for a reason that may pass.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self.component, Err(Fault::NotLoaded { .. }))
    }
}

impl RuleSet {
    /// Whether a component of it could not be loaded here.
    pub(super) fn is_incomplete(&self) -> bool {
        self.criteria.is_missing() || self.claim_status.is_missing()
    }

    /// The components, by their digests.
    pub(crate) fn digests(&self) -> [&str; 2] {
        [&self.criteria.decided_by.rules, &self.claim_status.decided_by.rules]
    }
}

impl Decider<CriteriaComponent> {
    /// Compiles a request in a fresh instance.
    pub(crate) fn compile(
        &self,
        reference: Arc<dyn ReferenceSource>,
        criteria: &[Criterion],
    ) -> Result<Matcher, CompileError> {
        self.component()?.compile(reference, criteria)
    }
}

impl Decider<ClaimStatusComponent> {
    /// A fresh instance for many claims at once. What it fails at is tried again claim by claim, and is counted then.
    pub(crate) fn attempt(&self, reference: Arc<dyn ReferenceSource>) -> Result<StatusRules, Fault> {
        self.component()?.unobserved().instantiate(reference)
    }

    /// A fresh instance.
    pub(crate) fn instantiate(&self, reference: Arc<dyn ReferenceSource>) -> Result<StatusRules, Fault> {
        self.component()?.instantiate(reference)
    }
}

/// What decides for a payer, in its turn: for as long as this is held.
pub(crate) struct RulesInHand {
    rules: Arc<RuleSet>,
    turn: Turn,
}

impl RulesInHand {
    pub(crate) const fn new(rules: Arc<RuleSet>, turn: Turn) -> Self {
        Self { rules, turn }
    }

    /// The same without the turn.
    pub(crate) fn set(&self) -> Arc<RuleSet> {
        Arc::clone(&self.rules)
    }

    /// On how many threads it may be decided, out of so many.
    pub(crate) const fn threads(&self, wanted: usize) -> usize {
        self.turn.threads(wanted)
    }
}

impl Deref for RulesInHand {
    type Target = RuleSet;

    fn deref(&self) -> &RuleSet {
        &self.rules
    }
}

#[cfg(test)]
mod tests {
    use super::{DecidedBy, GenerationName};

    #[test]
    fn a_decision_names_component_and_generation() {
        for (generation, text) in [
            (Some(GenerationName::Own(7)), r#"{"rules":"ab","generation":"7"}"#),
            (
                Some(GenerationName::Platform(1)),
                r#"{"rules":"ab","generation":"platform-1"}"#,
            ),
            (None, r#"{"rules":"ab"}"#),
        ] {
            let decided_by = DecidedBy {
                rules: "ab".to_owned(),
                generation: generation.map(|name| name.to_string()),
            };
            assert_eq!(serde_json::to_string(&decided_by).expect("JSON"), text);
            assert_eq!(serde_json::from_str::<DecidedBy>(text).expect("a name"), decided_by);
        }
    }
}
