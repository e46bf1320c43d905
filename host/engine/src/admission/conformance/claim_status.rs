//! A claim-status component keeps what the contract promises of its five functions.

use serde_json::Value;

use super::facts::{change_facts, claim_facts, enrolment_facts, offices, release_facts, reprocess_state};
use super::population::population;
use super::{SAME_ANSWER, stopped};
use crate::admission::trial::{Budget, Draw, Stop, answers, instantiate};
use crate::claim_status::{ClaimStatusComponent, StatusRules};
use crate::fault::Fault;
use crate::words::{grouped, one_line};

const SEED: u64 = 13;
/// How many claims each function is asked about.
const CLAIMS: usize = 192;
/// Claims of a drawn batch at most.
const BATCH_CLAIMS_MAX: usize = 70;

/// What was tried, or what was broken.
pub(super) fn check(component: &ClaimStatusComponent, budget: &mut Budget) -> Result<String, String> {
    let reference = population().reference;
    let unstarted = |stop| stopped("asked for an instance", stop);
    let mut trial = Trial {
        used: instantiate(component, &reference, budget).map_err(unstarted)?,
        fresh: instantiate(component, &reference, budget).map_err(unstarted)?,
        draw: Draw::new(SEED),
        budget,
        asked: 0,
    };
    trial.function(&Function {
        name: "reprocess",
        facts: reprocess_state,
        alone: &|rules, state| rules.reprocess(*state),
        batch: Some(&|rules, states| rules.reprocess_batch(states)),
        shown: answers::reprocess,
    })?;
    for office in offices() {
        let office = office.as_slice();
        trial.function(&Function {
            name: "create",
            facts: claim_facts,
            alone: &|rules, facts| rules.create(facts, office),
            batch: Some(&|rules, facts| rules.create_batch(facts, office)),
            shown: answers::create,
        })?;
        trial.function(&Function {
            name: "new-claim",
            facts: enrolment_facts,
            alone: &|rules, facts| rules.new_claims(facts, office),
            batch: None,
            shown: answers::new_claim,
        })?;
        trial.function(&Function {
            name: "change",
            facts: change_facts,
            alone: &|rules, facts| rules.change(facts, office),
            batch: None,
            shown: answers::change,
        })?;
        trial.function(&Function {
            name: "release",
            facts: release_facts,
            alone: &|rules, facts| rules.release(facts, office),
            batch: None,
            shown: answers::release,
        })?;
    }
    Ok(format!(
        "{} claims, alone and in batches, in any order and instance",
        grouped(trial.asked)
    ))
}

type AskAlone<'a, Facts, Answer> = &'a dyn Fn(&mut StatusRules, &Facts) -> Result<Answer, Fault>;
type AskBatch<'a, Facts, Answer> = &'a dyn Fn(&mut StatusRules, &[Facts]) -> Result<Vec<Answer>, Fault>;

/// One of the five functions, and how it is asked.
struct Function<'a, Facts, Answer> {
    name: &'static str,
    facts: fn(&mut Draw) -> Facts,
    alone: AskAlone<'a, Facts, Answer>,
    /// With `-batch` after its name.
    batch: Option<AskBatch<'a, Facts, Answer>>,
    shown: fn(&Answer) -> Value,
}

/// Two instances that are compared with each other and with themselves.
struct Trial<'a> {
    used: StatusRules,
    fresh: StatusRules,
    draw: Draw,
    budget: &'a mut Budget,
    asked: usize,
}

impl Trial<'_> {
    /// Each claim has the answer that the first instance gives when it is asked first, whichever way it is asked.
    fn function<Facts: Clone, Answer: PartialEq>(
        &mut self,
        function: &Function<'_, Facts, Answer>,
    ) -> Result<(), String> {
        let facts: Vec<Facts> = (0..CLAIMS).map(|_| (function.facts)(&mut self.draw)).collect();
        self.asked += facts.len();
        let in_order: Vec<usize> = (0..CLAIMS).collect();
        let mut shuffled = in_order.clone();
        self.draw.shuffle(&mut shuffled);
        let asked = format!("asked `{}`", function.name);
        let answers = ask_alone(function, &mut self.used, &facts, &in_order, self.budget);
        let answers = answers.map_err(|stop| stopped(&asked, stop))?;
        for is_fresh in [true, false] {
            let (rules, way) = match is_fresh {
                true => (&mut self.fresh, "in a fresh instance and another order"),
                false => (&mut self.used, "when the instance is asked again in another order"),
            };
            let others = ask_alone(function, rules, &facts, &shuffled, self.budget);
            let others = others.map_err(|stop| stopped(&asked, stop))?;
            compare(function, &shuffled, &answers, &others, way)?;
        }
        let Some(batch) = function.batch else {
            return Ok(());
        };
        let asked = format!("asked `{}-batch`", function.name);
        for (is_fresh, is_cut, way) in [
            (false, false, "in one batch of all"),
            (true, true, "in smaller batches in a fresh instance and another order"),
            (false, true, "in smaller batches in another order"),
            (false, false, "in one batch of all, asked again"),
        ] {
            let rules = if is_fresh { &mut self.fresh } else { &mut self.used };
            let mut rest = if is_cut {
                shuffled.as_slice()
            } else {
                in_order.as_slice()
            };
            while !rest.is_empty() {
                let claims = if is_cut {
                    1 + self.draw.below(BATCH_CLAIMS_MAX)
                } else {
                    rest.len()
                };
                let (now, later) = rest.split_at(claims.min(rest.len()));
                let of_batch: Vec<Facts> = now.iter().map(|&claim| facts[claim].clone()).collect();
                let others = self.budget.spend(rules, |rules| batch(rules, &of_batch));
                let others = others.map_err(|stop| stopped(&asked, stop))?;
                compare(function, now, &answers, &others, way)?;
                rest = later;
            }
        }
        Ok(())
    }
}

/// Ask claim by claim in this order; the answers are in the same order.
fn ask_alone<Facts, Answer>(
    function: &Function<'_, Facts, Answer>,
    rules: &mut StatusRules,
    facts: &[Facts],
    order: &[usize],
    budget: &mut Budget,
) -> Result<Vec<Answer>, Stop> {
    let ask = |&claim: &usize| budget.spend(rules, |rules| (function.alone)(rules, &facts[claim]));
    order.iter().map(ask).collect()
}

/// The answers about these claims are the first ones.
fn compare<Facts, Answer: PartialEq>(
    function: &Function<'_, Facts, Answer>,
    claims: &[usize],
    answers: &[Answer],
    others: &[Answer],
    way: &str,
) -> Result<(), String> {
    let differs = |&(&claim, other): &(&usize, &Answer)| answers[claim] != *other;
    let Some((&claim, other)) = claims.iter().zip(others).find(differs) else {
        return Ok(());
    };
    let shown = |answer| one_line(&(function.shown)(answer).to_string());
    Err(format!(
        "asked `{}`, it answers {} about claim {claim} of the engine's claims, and {} {way}; {SAME_ANSWER}",
        function.name,
        shown(&answers[claim]),
        shown(other)
    ))
}
