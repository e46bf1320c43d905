//! Fresh instances, at a budget's expense.

use std::sync::Arc;

use reprise_model::Criterion;

use super::budget::{Budget, Metered, Stop};
use crate::claim_status::{ClaimStatusComponent, StatusRules};
use crate::criteria::{CompileError, CriteriaComponent};
use crate::matcher::Matcher;
use crate::reference::ReferenceSource;

/// That a component does not compile a request.
pub(crate) struct CompileRefusal {
    pub(crate) criterion: String,
    pub(crate) reason: String,
}

/// A request compiled in a fresh instance, at the budget's expense.
pub(crate) fn compile(
    component: &CriteriaComponent,
    reference: &Arc<impl ReferenceSource + 'static>,
    criteria: &[Criterion],
    budget: &mut Budget,
) -> Result<Result<Matcher, CompileRefusal>, Stop> {
    let limits = budget.limits()?;
    let reference = Arc::clone(reference);
    match component.with_limits(limits).compile(reference, criteria) {
        Ok(mut matcher) => {
            budget.charge(matcher.store().data().fuel_used);
            Ok(Ok(matcher))
        }
        // What it took went with its instance; a request that is refused has nothing else to be asked.
        Err(CompileError::Refused { criterion, reason }) => Ok(Err(CompileRefusal { criterion, reason })),
        Err(CompileError::Fault(fault)) => Err(budget.stop(fault, limits)),
    }
}

/// A claim-status component's rules in a fresh instance.
pub(crate) fn instantiate(
    component: &ClaimStatusComponent,
    reference: &Arc<impl ReferenceSource + 'static>,
    budget: &mut Budget,
) -> Result<StatusRules, Stop> {
    let limits = budget.limits()?;
    let reference = Arc::clone(reference);
    let rules = component.with_limits(limits).instantiate(reference);
    let mut rules = rules.map_err(|fault| budget.stop(fault, limits))?;
    budget.charge(rules.store().data().fuel_used);
    Ok(rules)
}
