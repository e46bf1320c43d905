//! Bulk validation: which of many requests for claims would be refused, and why. Nothing is stored.
//!
//! A line is a request as `POST /api/v1/claims` takes it, and is judged by itself, against what is stored now. Lines are
//! taken in stretches: what they name is read at once, and the rules decide on them in one call.

use std::collections::BTreeSet;
use std::io::{self, BufRead, Read as _, Write};

use reprise_model::{ClaimFacts, MadeClaim, MessageKey};
use reprise_request::{CreationRequest, Problem, read_creation_request};
use serde_json::{Value, json};

use super::data::IntakeData;
use super::deciding::made_one;
use super::facts::CreationFacts;
use crate::rules::RuleSet;
use crate::{Host, HostError};

/// How many requests are judged at once.
const STRETCH_LINES: usize = 1_024;
/// At how many bytes of requests a stretch is full.
const STRETCH_BYTES: usize = 4 << 20;
/// How long a line may be: as long as the body of one request.
const LINE_BYTES_MAX: usize = 1 << 20;

/// How many requests were judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ValidationCounts {
    /// Requests, blank lines aside.
    pub requests: u64,
    /// Those that would be done.
    pub accepted: u64,
    /// Those that would be refused.
    pub refused: u64,
}

/// A line of the input, by its number from 1.
struct NumberedLine {
    number: u64,
    /// None if it is too long.
    bytes: Option<Vec<u8>>,
}

type Verdict = Result<Vec<MadeClaim>, Vec<Problem>>;

impl Host {
    /// Judges requests, a line each, and writes a line of JSON for each as soon as its stretch is judged: `line`, and
    /// `claims` that would be made or the `problems` that would be answered.
    pub fn validate_claims(
        &self,
        payer: &str,
        input: &mut dyn BufRead,
        output: &mut dyn Write,
    ) -> Result<ValidationCounts, HostError> {
        let broken = |error: io::Error| {
            let message = reprise_model::Message::new(MessageKey::MalformedBody, ["NDJSON", &error.to_string()]);
            HostError::Refused(vec![message])
        };
        let unwritten = |error: io::Error| HostError::Technical(format!("the answer cannot be written: {error}"));
        let mut counts = ValidationCounts::default();
        let mut number = 0;
        // All lines are judged by one generation. Whoever sends them may take its time, so that the payer's turn is taken
        // anew for each stretch.
        let rules = self.rule_set_of(payer)?;
        loop {
            let stretch = read_stretch(input, &mut number).map_err(broken)?;
            if stretch.is_empty() {
                output.flush().map_err(unwritten)?;
                return Ok(counts);
            }
            for (line, verdict) in stretch.iter().zip(self.judge(payer, &rules, &stretch)?) {
                counts.requests += 1;
                match &verdict {
                    Ok(_) => counts.accepted += 1,
                    Err(_) => counts.refused += 1,
                }
                serde_json::to_writer(&mut *output, &shown(line.number, &verdict))
                    .map_err(|error| unwritten(error.into()))?;
                output.write_all(b"\n").map_err(unwritten)?;
            }
        }
    }

    fn judge(&self, payer: &str, rules: &RuleSet, stretch: &[NumberedLine]) -> Result<Vec<Verdict>, HostError> {
        let requests: Vec<Result<CreationRequest, Vec<Problem>>> = stretch.iter().map(read_line).collect();
        let (mut patients, mut procedures) = (BTreeSet::new(), BTreeSet::new());
        for request in requests.iter().flatten() {
            patients.insert(request.patient);
            procedures.extend(&request.procedures);
        }
        let data = IntakeData::read(&*self.inner.store, payer, &patients, &procedures)?;
        let _turn = self.turn_of(payer, rules)?;
        let mut instance = self.status_rules(payer, rules)?;
        let mut verdicts: Vec<Option<Verdict>> = Vec::with_capacity(requests.len());
        let mut singles: Vec<(usize, ClaimFacts)> = Vec::new();
        for (place, request) in requests.iter().enumerate() {
            let facts = request
                .as_ref()
                .map_err(Clone::clone)
                .and_then(|request| data.creation_facts(request));
            verdicts.push(match facts {
                Err(problems) => Some(Err(problems)),
                Ok(CreationFacts::One(facts)) => {
                    singles.push((place, facts));
                    None
                }
                Ok(CreationFacts::Enrolment(facts)) => Some(match instance.new_claims(&facts, &data.office) {
                    Ok(decided) => decided.map_err(|refusal| vec![refusal.into()]),
                    Err(fault) => {
                        // An instance that has failed is not asked again.
                        instance = self.status_rules(payer, rules)?;
                        Err(vec![Problem::new(Problem::RULE_FAULT, "", fault.to_string())])
                    }
                }),
            });
        }
        for ((place, facts), birth) in singles.iter().zip(self.births(payer, rules, &singles, &data)?) {
            let decided = birth.and_then(|birth| {
                let request = requests[*place].as_ref().map_err(Clone::clone)?;
                let coverage = data.coverage(request)?;
                made_one(request, birth, facts.claimed, coverage).map_err(|problem| vec![problem])
            });
            verdicts[*place] = Some(decided.map(|made| vec![made]));
        }
        Ok(verdicts.into_iter().flatten().collect())
    }

    /// How each claim is born, in one call; if the component fails on that, each by itself, so that the failure costs only
    /// those that it is about.
    fn births(
        &self,
        payer: &str,
        rules: &RuleSet,
        singles: &[(usize, ClaimFacts)],
        data: &IntakeData,
    ) -> Result<Vec<Result<reprise_model::Birth, Vec<Problem>>>, HostError> {
        let facts: Vec<ClaimFacts> = singles.iter().map(|(_, facts)| *facts).collect();
        if facts.is_empty() {
            return Ok(Vec::new());
        }
        let (_, reference) = self.begin_run(payer);
        let attempt = rules.claim_status.attempt(reference);
        if let Ok(births) = attempt.and_then(|mut instance| instance.create_batch(&facts, &data.office)) {
            let births = births.into_iter();
            return Ok(births
                .map(|birth| birth.map_err(|refusal| vec![refusal.into()]))
                .collect());
        }
        facts
            .iter()
            .map(|facts| {
                let decided = self.status_rules(payer, rules)?.create(facts, &data.office);
                Ok(match decided {
                    Ok(birth) => birth.map_err(|refusal| vec![refusal.into()]),
                    Err(fault) => Err(vec![Problem::new(Problem::RULE_FAULT, "", fault.to_string())]),
                })
            })
            .collect()
    }
}

fn read_line(line: &NumberedLine) -> Result<CreationRequest, Vec<Problem>> {
    match &line.bytes {
        Some(bytes) => read_creation_request(bytes),
        None => {
            let detail = format!("the line is longer than {LINE_BYTES_MAX} bytes");
            Err(vec![Problem::new(Problem::BODY_TOO_LARGE, "", detail)])
        }
    }
}

/// The next lines, blank ones aside; none where the input ends.
fn read_stretch(input: &mut dyn BufRead, number: &mut u64) -> io::Result<Vec<NumberedLine>> {
    let (mut stretch, mut bytes_read) = (Vec::new(), 0);
    while stretch.len() < STRETCH_LINES && bytes_read < STRETCH_BYTES {
        let mut bytes = Vec::new();
        let mut within = (&mut *input).take(LINE_BYTES_MAX as u64 + 1);
        if within.read_until(b'\n', &mut bytes)? == 0 {
            break;
        }
        *number += 1;
        bytes_read += bytes.len();
        let is_whole = bytes.last() == Some(&b'\n') || bytes.len() <= LINE_BYTES_MAX;
        if !is_whole {
            pass_over_line(input)?;
        } else if bytes.trim_ascii().is_empty() {
            continue;
        }
        stretch.push(NumberedLine {
            number: *number,
            bytes: is_whole.then_some(bytes),
        });
    }
    Ok(stretch)
}

/// Passes over the rest of a line, keeping nothing of it.
fn pass_over_line(input: &mut dyn BufRead) -> io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let (passed, is_end) = match end {
            Some(place) => (place + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        input.consume(passed);
        if is_end {
            return Ok(());
        }
    }
}

fn shown(line: u64, verdict: &Verdict) -> Value {
    match verdict {
        Ok(claims) => {
            let claims: Vec<Value> = claims
                .iter()
                .map(|made| {
                    json!({
                        "ClaimType": made.birth.claim_type.as_str(),
                        "ClaimStatus": made.birth.status.as_str(),
                        "InsSubNum": made.subscription,
                        "InsSubNum2": made.other_subscription,
                        "procNums": made.procedures,
                    })
                })
                .collect();
            json!({ "line": line, "claims": claims })
        }
        Err(problems) => {
            let problems: Vec<Value> = problems.iter().map(Problem::to_json).collect();
            json!({ "line": line, "problems": problems })
        }
    }
}
