//! The default criteria, asked the way the host asks: in stages, in batches, line by line, and for explanations.

mod conditions;
mod criteria;
mod random;
mod reasons;
mod refusals;

use reprise_criteria::DefaultCriteria;
use reprise_rules::Criterion;
use reprise_rules::testing::{LineBuilder, Population, not};

/// A line and whether it is hit.
type Case = (fn(LineBuilder) -> LineBuilder, bool);

/// Each line is answered as expected, and the other way round when the opposite is asked for.
fn check(mut population: Population, criterion: Criterion, cases: &[Case]) {
    for (line, _) in cases {
        population.line(line);
    }
    let expected: Vec<bool> = cases.iter().map(|&(_, hit)| hit).collect();
    assert_eq!(
        population.hits::<DefaultCriteria>(std::slice::from_ref(&criterion)),
        Ok(expected.clone()),
        "{criterion:?}"
    );
    let opposite: Vec<bool> = expected.iter().map(|hit| !hit).collect();
    assert_eq!(
        population.hits::<DefaultCriteria>(&[not(criterion.clone())]),
        Ok(opposite),
        "not {criterion:?}"
    );
}
