//! A criteria component keeps what the contract promises of matchers.

use reprise_model::{Column, Criterion};

use super::population::{Population, population};
use super::requests::{requests, words};
use super::{SAME_ANSWER, stopped};
use crate::admission::trial::{Batches, Budget, Draw, Stop, cells_of, compile, hits_in_batches};
use crate::criteria::CriteriaComponent;
use crate::matcher::Matcher;
use crate::words::grouped;

const SEED: u64 = 11;
/// Rows of a drawn batch at most: some fill words of a bitmap, most do not.
const BATCH_ROWS_MAX: usize = 150;
/// How many lines are asked about one by one, of those that are hit and of those that are not.
const LINES_ALONE: usize = 6;
/// How many of a line's values are told of a broken promise.
const COLUMNS_SHOWN: usize = 6;

/// What was tried, or what was broken.
pub(super) fn check(component: &CriteriaComponent, budget: &mut Budget) -> Result<String, String> {
    let population = population();
    let requests = requests(component);
    let mut draw = Draw::new(SEED);
    let mut refused = 0;
    for request in &requests {
        let asked = words(request);
        let outcome = check_request(component, request, &population, &mut draw, budget);
        match outcome.map_err(|stop| stopped(&asked, stop))? {
            Outcome::Kept => {}
            Outcome::Refused => refused += 1,
            Outcome::Broken(how) => return Err(format!("{asked}, {how}")),
        }
    }
    let refusals = match refused {
        0 => String::new(),
        refused => format!("; it refuses {refused} of them"),
    };
    Ok(format!(
        "{} requests about {} lines, in any order, batches and instance{refusals}",
        requests.len(),
        grouped(population.lines.len())
    ))
}

enum Outcome {
    Kept,
    /// The component does not take the request, which it may.
    Refused,
    /// In which way the contract is broken.
    Broken(String),
}

fn check_request(
    component: &CriteriaComponent,
    request: &[Criterion],
    population: &Population,
    draw: &mut Draw,
    budget: &mut Budget,
) -> Result<Outcome, Stop> {
    let first = compile(component, &population.reference, request, budget)?;
    let second = compile(component, &population.reference, request, budget)?;
    let (mut used, mut fresh) = match (first, second) {
        (Ok(used), Ok(fresh)) => (used, fresh),
        (Err(first), Err(second)) if first.reason == second.reason => return Ok(Outcome::Refused),
        (first, second) => {
            let says = |refused: bool| if refused { "refuses the request" } else { "takes it" };
            let how = if first.is_err() && second.is_err() {
                "gives another reason for refusing the request in another instance".to_owned()
            } else {
                format!(
                    "it {} in one instance and {} in another",
                    says(first.is_err()),
                    says(second.is_err())
                )
            };
            return Ok(Outcome::Broken(format!("{how}; {SAME_ANSWER}")));
        }
    };
    if used.plan() != fresh.plan() || used.prefilter() != fresh.prefilter() {
        return Ok(Outcome::Broken(format!(
            "it answers another plan or another prefilter in another instance; {SAME_ANSWER}"
        )));
    }
    let lines = &population.lines;
    let in_order: Vec<usize> = (0..lines.len()).collect();
    let hits = hits_in_batches(&mut used, lines, &in_order, Batches::One, budget)?;
    let ways = [
        (true, true, "in a fresh instance, in another order and smaller batches"),
        (
            false,
            true,
            "when the instance is asked again, in another order and smaller batches",
        ),
        (false, false, "when the instance is asked the very same once more"),
    ];
    for (is_fresh, is_drawn, way) in ways {
        let matcher = if is_fresh { &mut fresh } else { &mut used };
        let (mut order, mut batches) = (in_order.clone(), Batches::One);
        if is_drawn {
            draw.shuffle(&mut order);
            batches = Batches::Drawn(draw.clone(), BATCH_ROWS_MAX);
        }
        let other = hits_in_batches(matcher, lines, &order, batches, budget)?;
        if let Some(line) = (0..lines.len()).find(|&line| hits[line] != other[line]) {
            return Ok(disagreement(matcher, population, line, hits[line], way));
        }
    }
    for matcher in [&mut used, &mut fresh] {
        if let Some(broken) = check_lines_alone(matcher, population, &hits, draw, budget)? {
            return Ok(broken);
        }
    }
    Ok(bounds_kept(&used, population, &hits))
}

/// `match-line` and `explain` say what the batches say.
fn check_lines_alone(
    matcher: &mut Matcher,
    population: &Population,
    hits: &[bool],
    draw: &mut Draw,
    budget: &mut Budget,
) -> Result<Option<Outcome>, Stop> {
    let columns = matcher.plan().columns.clone();
    for wanted in [true, false] {
        let such: Vec<usize> = (0..hits.len()).filter(|&line| hits[line] == wanted).collect();
        for line in draw.some_of(&such, LINES_ALONE) {
            let cells = cells_of(&columns, &population.lines[line].cells);
            let is_hit = budget.spend(matcher, |matcher| matcher.match_line(&cells))?;
            if is_hit != wanted {
                return Ok(Some(disagreement(
                    matcher,
                    population,
                    line,
                    wanted,
                    "from `match-line`",
                )));
            }
            let findings = budget.spend(matcher, |matcher| matcher.explain(&cells))?;
            if findings.iter().all(|finding| finding.met) != wanted {
                return Ok(Some(disagreement(matcher, population, line, wanted, "from `explain`")));
            }
        }
    }
    Ok(None)
}

/// A line has one answer in one batch of all, and the other one that way.
fn disagreement(matcher: &Matcher, population: &Population, line: usize, in_one_batch: bool, way: &str) -> Outcome {
    let word = |hit: bool| if hit { "a hit" } else { "no hit" };
    let cells = &population.lines[line].cells;
    let value = |&column: &Column| {
        let value = population.reference.shown(column, cells[column.position()]);
        format!("`{column}` {value}")
    };
    let columns = matcher.plan().columns.iter().take(COLUMNS_SHOWN);
    let values: Vec<_> = columns.map(value).collect();
    let values = if values.is_empty() {
        String::new()
    } else {
        format!(" ({})", values.join("; "))
    };
    Outcome::Broken(format!(
        "line {line} of the engine's claims{values} is {} when all come in one batch and {} {way}; {SAME_ANSWER}",
        word(in_one_batch),
        word(!in_one_batch)
    ))
}

/// What the prefilter says every hit has, every hit has.
fn bounds_kept(matcher: &Matcher, population: &Population, hits: &[bool]) -> Outcome {
    for bound in matcher.prefilter() {
        let value = |line: usize| population.lines[line].cells[bound.column.position()];
        let beyond = (0..hits.len()).find(|&line| hits[line] && !(bound.least..=bound.greatest).contains(&value(line)));
        if let Some(line) = beyond {
            let shown = |value| population.reference.shown(bound.column, value);
            return Outcome::Broken(format!(
                "its prefilter says that `{}` of every hit is from {} to {}, but line {line}, with {}, is a hit; a host \
                 may pass over what a prefilter leaves out",
                bound.column,
                shown(bound.least),
                shown(bound.greatest),
                shown(value(line))
            ));
        }
    }
    Outcome::Kept
}
