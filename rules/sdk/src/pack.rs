//! A pack: criteria composed of tests, from which plan, matching and explanations follow by themselves.

use std::rc::Rc;

use crate::composed::ComposedMatcher;
use crate::line_test::LineTest;
use crate::reference::{Reference, ReferenceData};
use crate::rules::{Condition, ConditionKind, CriteriaRules, Criterion, Description, Refusal, Test};

/// A criteria component composed of criteria. Whoever implements it has [`CriteriaRules`] for nothing.
pub trait CriteriaPack: 'static {
    /// The component's name, for people.
    const NAME: &'static str;

    /// The component's version, for people: `env!("CARGO_PKG_VERSION")`.
    const VERSION: &'static str;

    /// The criteria that a request may give.
    fn criteria() -> Vec<Box<dyn CriterionDefinition>>;

    /// The conditions that a request may name.
    fn conditions() -> Vec<Box<dyn ConditionDefinition>> {
        Vec::new()
    }
}

/// What one criterion means.
pub trait CriterionDefinition {
    /// The name that requests give it by.
    fn name(&self) -> &'static str;

    /// What a line must pass to meet it. That the opposite may be asked for is seen to elsewhere.
    ///
    /// # Errors
    ///
    /// What is wrong with what is asked and what would be right, as a sentence for people.
    fn compile(&self, asked: &Test, context: &CompileContext) -> Result<Box<dyn LineTest>, String>;
}

/// A named predicate that a pack brings along.
pub trait ConditionDefinition {
    /// What a request names it by.
    fn code(&self) -> &'static str;

    /// What it is asked about.
    fn kind(&self) -> ConditionKind;

    /// What it means, as a sentence for people.
    fn description(&self) -> &'static str;

    /// What a line must pass to meet it.
    ///
    /// # Errors
    ///
    /// Why it cannot be decided, as a sentence for people.
    fn compile(&self, reference: &Reference) -> Result<Box<dyn LineTest>, String>;
}

/// What a criterion may look at when it is compiled.
pub struct CompileContext {
    reference: Reference,
    conditions: Vec<Box<dyn ConditionDefinition>>,
}

impl CompileContext {
    /// The payer's reference data.
    pub const fn reference(&self) -> &Reference {
        &self.reference
    }

    /// The pack's condition of this code and kind.
    ///
    /// # Errors
    ///
    /// A sentence that names the conditions there are.
    pub fn condition(&self, kind: ConditionKind, code: &str) -> Result<&dyn ConditionDefinition, String> {
        let of_kind = || self.conditions.iter().filter(|condition| condition.kind() == kind);
        if let Some(condition) = of_kind().find(|condition| condition.code() == code) {
            return Ok(&**condition);
        }
        let noun = match kind {
            ConditionKind::Procedure => "procedure condition",
            ConditionKind::Diagnosis => "diagnosis condition",
        };
        let known: Vec<&str> = of_kind().map(|condition| condition.code()).collect();
        Err(match known.as_slice() {
            [] => format!("there is no {noun} `{code}`; these rules have none"),
            known => format!("there is no {noun} `{code}`; these rules have: {}", known.join(", ")),
        })
    }
}

/// The criteria with one put in the place of that of the same name, or added if there is none.
pub fn with_criterion(
    mut criteria: Vec<Box<dyn CriterionDefinition>>,
    replacement: impl CriterionDefinition + 'static,
) -> Vec<Box<dyn CriterionDefinition>> {
    let replacement = Box::new(replacement);
    match criteria
        .iter_mut()
        .find(|criterion| criterion.name() == replacement.name())
    {
        Some(place) => *place = replacement,
        None => criteria.push(replacement),
    }
    criteria
}

impl<P: CriteriaPack> CriteriaRules for P {
    type Matcher = ComposedMatcher;

    fn describe() -> Description {
        Description {
            name: P::NAME.to_owned(),
            version: P::VERSION.to_owned(),
            criteria: P::criteria()
                .iter()
                .map(|criterion| criterion.name().to_owned())
                .collect(),
        }
    }

    fn conditions() -> Vec<Condition> {
        let conditions = <P as CriteriaPack>::conditions();
        let conditions = conditions.iter().map(|condition| Condition {
            code: condition.code().to_owned(),
            kind: condition.kind(),
            description: condition.description().to_owned(),
        });
        conditions.collect()
    }

    fn compile(criteria: &[Criterion], reference: Rc<dyn ReferenceData>) -> Result<ComposedMatcher, Refusal> {
        let definitions = P::criteria();
        let context = CompileContext {
            reference: Reference::new(reference),
            conditions: <P as CriteriaPack>::conditions(),
        };
        let mut tests = Vec::with_capacity(criteria.len());
        for criterion in criteria {
            let refuse = |reason| Refusal {
                criterion: criterion.name.clone(),
                reason,
            };
            let Some(definition) = definitions
                .iter()
                .find(|definition| definition.name() == criterion.name)
            else {
                let known: Vec<_> = definitions.iter().map(|definition| definition.name()).collect();
                let known = known.join(", ");
                return Err(refuse(format!(
                    "there is no criterion `{}`; these rules have: {known}",
                    criterion.name
                )));
            };
            tests.push(definition.compile(&criterion.test, &context).map_err(refuse)?);
        }
        let CompileContext { reference, .. } = context;
        Ok(ComposedMatcher::new(criteria, tests, reference))
    }
}
