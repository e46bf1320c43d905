//! Asks a criteria component its vectors: in a batch by its stages, for the single line, and for the reasons.

use std::sync::Arc;

use super::criteria_facts::{CriteriaVector, Expected};
use super::{Found, failure, read, stopped};
use crate::admission::trial::{
    Batches, Budget, CompileRefusal, Stop, Tables, TrialLine, TrialReference, cells_of, compile, hits_in_batches,
};
use crate::criteria::CriteriaComponent;
use crate::matcher::Matcher;

/// What each vector that fails was expected to say and said; an error if one cannot be asked.
pub(super) fn failures(
    component: &CriteriaComponent,
    found: &[Found],
    budget: &mut Budget,
) -> Result<Vec<String>, String> {
    // The codes of all vectors have numbers before the first is asked, as those of all claims have.
    let mut tables = Tables::default();
    let mut vectors = Vec::with_capacity(found.len());
    for found in found {
        let vector: CriteriaVector = read(found)?;
        let wrong = |error: String| format!("vector {}: {error}", found.named);
        let (request, expected) = (vector.request().map_err(wrong)?, vector.expected().map_err(wrong)?);
        let (groups, cells) = (
            vector.groups().map_err(wrong)?,
            vector.cells(&mut tables).map_err(wrong)?,
        );
        vectors.push((found, request, expected, groups, TrialLine { claim: 0, cells }));
    }
    let tables = Arc::new(tables);
    let mut failures = Vec::new();
    for (found, request, expected, groups, line) in vectors {
        let tables = Arc::clone(&tables);
        let reference = Arc::new(TrialReference { tables, groups });
        let compiled = compile(component, &reference, &request, budget).map_err(|stop| stopped(found, stop))?;
        let failed = match (compiled, &expected) {
            (Ok(mut matcher), Expected::Hit(hit)) => {
                came_of(&mut matcher, &line, *hit, budget).map_err(|stop| stopped(found, stop))?
            }
            (Ok(_), Expected::Refused(_)) => Some("the request is taken".to_owned()),
            (Err(refusal), Expected::Refused(criterion)) if refusal.criterion == *criterion => None,
            (Err(CompileRefusal { criterion, reason }), _) => {
                Some(format!("the request is refused for criterion `{criterion}`: {reason}"))
            }
        };
        if let Some(came) = failed {
            let expected = match &expected {
                Expected::Hit(true) => "a hit".to_owned(),
                Expected::Hit(false) => "no hit".to_owned(),
                Expected::Refused(criterion) => format!("a refusal for criterion `{criterion}`"),
            };
            failures.push(failure(found, &expected, &came));
        }
    }
    Ok(failures)
}

/// What came in place of what was expected, in every way of asking.
fn came_of(matcher: &mut Matcher, line: &TrialLine, hit: bool, budget: &mut Budget) -> Result<Option<String>, Stop> {
    let cells = cells_of(&matcher.plan().columns.clone(), &line.cells);
    let lines = std::slice::from_ref(line);
    let in_batch = hits_in_batches(matcher, lines, &[0], Batches::One, budget)?;
    let alone = budget.spend(matcher, |matcher| matcher.match_line(&cells))?;
    let findings = budget.spend(matcher, |matcher| matcher.explain(&cells))?;
    let explained = findings.iter().all(|finding| finding.met);
    let ways = [
        ("match-batch", in_batch[0]),
        ("match-line", alone),
        ("explain", explained),
    ];
    let wrong: Vec<_> = ways
        .iter()
        .filter(|(_, came)| *came != hit)
        .map(|(way, _)| format!("`{way}`"))
        .collect();
    if wrong.is_empty() {
        return Ok(None);
    }
    let word = if hit { "no hit" } else { "a hit" };
    // Where all criteria are met, their reasons say why; else what is not met does.
    let told = findings.iter().filter(|finding| explained || !finding.met);
    let reasons: Vec<_> = told
        .map(|finding| format!("{}: {}", finding.criterion, finding.reason))
        .collect();
    let reasons = if reasons.is_empty() {
        String::new()
    } else {
        format!(" ({})", reasons.join("; "))
    };
    Ok(Some(format!("{word} came from {}{reasons}", wrong.join(", "))))
}
