//! A synthetic population in the import format: the same seed, numbers of claims and patients, and payer give the same
//! bytes, on every machine and with any number of threads. Without patients they are those of a population that knows
//! none.
//!
//! | what | how much and how |
//! |---|---|
//! | claims | `C00000001` on, entered from 2023-01-01 through 2025-12-31 in about that order, or shuffled: in none |
//! | lines | 1 to 30 a claim, about 4; service up to 90 days before the entry, 2 % of claims up to two years; 1 % without a date |
//! | statuses | all fifteen: 70 % FINALIZED, 6 % PRICING FINALIZED, 5 % pended, the rest on their way |
//! | pended | each with an unresolved pend reason on header or line; 2 % of other claims with a resolved one |
//! | settled, locked | 1 %, all FINALIZED; 0.1 % |
//! | process type, claim type | 97 % CLAIM, 3 % RESERVATION; 88 % PROVIDER, 11 % RESTITUTION, 1 % none |
//! | forms | HCFA1500, UB04, DENTAL, PHARMACY, VISION, 3 % none |
//! | currencies | 96 % USD, 3 % EUR, 1 % JPY |
//! | procedures | 4,000 made-up codes in the shape of HCPCS level II, the n-th as frequent as 1/n; 1 to 3 a line |
//! | diagnoses | 3,000 made-up codes in the shape of ICD-10-CM, likewise; 1 to 4 a line, 2 % of lines with ties in sequence |
//! | providers | `P-…`, `O-…`, `L-…`, a long tail of 500 and one more for 200 claims; each part is absent on some lines |
//! | persons | `M-…` of type PERSON, one for 8 claims |
//! | benefits | products GOLD, SILVER and eight others; regimes REG-A to REG-F; 8 % of lines without |
//! | fee schedules, messages | FS-1 to FS-40, MSG-1 to MSG-60 and CUST1; 0 to 2 a line |
//! | amounts | once priced; allowed never less than covered; 1 % of lines without |
//! | groups | PG-1 to PG-40, DG-1 to DG-40, PRG-1 to PRG-60: a fifth of all codes in the first, ever fewer after, every tenth with a handful; MG-1 to MG-12 |
//! | memberships | 40 % always; others from a day, up to a day, for a while, twice with a gap, or twice overlapping |
//! | patients, if asked for | `100000000` on, in families of up to four; 0 to 4 dental plans, 16 % a medical one before or after; 75 % of spouses and children on the head's subscription |
//! | plans | `200000000` on, 16 and one more for 50 patients; every eighth medical; a tenth of the others capitation |
//! | subscriptions, patient plans | `300000000` and `400000000` on |
//! | procedures of patients | `500000000` on, 1 to 6 a patient on a day of 2025, at one of two clinics; none is on a claim; 2 % at no fee, 4 % not to be billed to one or any subscription, 2.5 % in process |
//! | the rest | PR-1 to PR-20, UF1 to UF4, skip tags T1 to T6; bills, tag actions, unfinalize reasons, high priority, attributes `age` and `tooth` here and there |
//!
//! Reference data comes first, and defines every code that the claims use.

mod claim;
mod line;
mod patients;
mod population;
mod random;
mod references;
mod shape;

use std::io::{self, Write};
use std::num::NonZero;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use reprise_model::{Reference, check_code};

use crate::pipeline::{self, Next};
use crate::{Position, Progress};
use claim::Entered;
use population::Population;
use random::Random;

/// How many claims are generated from one stream of chance. Another number would be another population.
const CLAIMS_IN_STREAM: u64 = 500;
/// The stream of the population and its reference data; those of the claims follow.
const REFERENCE_STREAM: u64 = 0;
/// How many patients are generated from one stream of chance: whole families, and another number would be another
/// population.
const PATIENTS_IN_STREAM: u64 = 400;
/// The stream of the plans; those of the patients follow, and no claim's comes this far.
const PLAN_STREAM: u64 = 1 << 32;
/// Bytes of reference data that are gathered before they are written.
const REFERENCE_BYTES_AT_ONCE: usize = 512 * 1024;

/// What to generate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenerateOptions {
    /// How many claims.
    pub claims: u64,
    /// How many patients, with plans and with procedures that are on no claim.
    pub patients: u64,
    /// Which of the populations of that many claims.
    pub seed: u64,
    /// Whose it is.
    pub payer: String,
    /// Whether the days on which claims are entered follow no order, so that nothing about where a claim stands tells
    /// when it was entered. Else they follow the order of the claims.
    pub shuffled: bool,
    /// On how many threads; the same bytes come of any. None is as many as the machine can run at once.
    pub threads: Option<NonZero<usize>>,
}

impl Default for GenerateOptions {
    fn default() -> Self {
        Self {
            claims: 10_000,
            patients: 0,
            seed: 1,
            payer: "DEMO".to_owned(),
            shuffled: false,
            threads: None,
        }
    }
}

/// What was generated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GenerateReport {
    /// Claims.
    pub claims: u64,
    /// Rows of reference data.
    pub references: u64,
    /// Bytes written.
    pub bytes: u64,
    /// How long it took.
    pub elapsed: Duration,
}

/// Why nothing, or not everything, was generated.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// The payer cannot be one.
    #[error("the payer cannot be used: {0}")]
    Payer(String),
    /// There can be no such population.
    #[error("{claims} claims cannot be generated; {claims_max} is the most")]
    TooMany {
        /// How many were asked for.
        claims: u64,
        /// How many there can be.
        claims_max: u64,
    },
    /// There can be no such population.
    #[error("{patients} patients cannot be generated; {patients_max} is the most")]
    TooManyPatients {
        /// How many were asked for.
        patients: u64,
        /// How many there can be.
        patients_max: u64,
    },
    /// What was generated cannot be written.
    #[error("what is generated cannot be written: {0}")]
    Write(#[from] io::Error),
}

/// Writes a population.
pub fn generate(
    options: &GenerateOptions,
    writer: &mut dyn Write,
    progress: &mut dyn Progress,
) -> Result<GenerateReport, GenerateError> {
    /// Claim codes have eight digits, so that their order is that of their numbers.
    const CLAIMS_MAX: u64 = 99_999_999;

    let started = Instant::now();
    let GenerateOptions {
        claims,
        patients,
        seed,
        ref payer,
        shuffled,
        threads,
    } = *options;
    let entered = if shuffled {
        Entered::OnAnyDay
    } else {
        Entered::InOrder { claims }
    };
    check_code("payer", payer).map_err(GenerateError::Payer)?;
    if claims > CLAIMS_MAX {
        return Err(GenerateError::TooMany {
            claims,
            claims_max: CLAIMS_MAX,
        });
    }
    if patients > patients::PATIENTS_MAX {
        return Err(GenerateError::TooManyPatients {
            patients,
            patients_max: patients::PATIENTS_MAX,
        });
    }
    let mut output = Output {
        writer,
        progress,
        position: Position {
            claims_total: Some(claims),
            ..Position::default()
        },
    };
    let mut random = Random::new(seed, REFERENCE_STREAM);
    let population = Population::new(claims, &mut random);
    write_references(&mut output, |hand_over| {
        references::references(payer, &population, &mut random, &mut *hand_over)?;
        if patients == 0 {
            return Ok(());
        }
        patients::plans(payer, patients, &mut Random::new(seed, PLAN_STREAM), hand_over)
    })?;

    let line_counts = claim::line_count_weights();
    let mut failure = None;
    pipeline::run(
        threads.unwrap_or_else(pipeline::workers),
        |hand_over| {
            let patients = (0..patients.div_ceil(PATIENTS_IN_STREAM)).map(Piece::Patients);
            let claims = (0..claims.div_ceil(CLAIMS_IN_STREAM)).map(Piece::Claims);
            // Where the receiver broke off, that is known by `failure`.
            let _ = patients.chain(claims).try_for_each(hand_over);
        },
        |piece| {
            let mut made = Lines::default();
            match piece {
                Piece::Patients(number) => {
                    let first = number * PATIENTS_IN_STREAM;
                    let places = first..patients.min(first + PATIENTS_IN_STREAM);
                    let mut random = Random::new(seed, PLAN_STREAM + 1 + number);
                    patients::patients(payer, places, patients, &population, &mut random, |reference| {
                        made.push(&reference)
                    })?;
                }
                Piece::Claims(number) => {
                    let first = number * CLAIMS_IN_STREAM;
                    let indices = first..claims.min(first + CLAIMS_IN_STREAM);
                    made.claims = indices.end - indices.start;
                    let mut random = Random::new(seed, REFERENCE_STREAM + 1 + number);
                    for index in indices {
                        claim::write_claim(
                            (index, entered),
                            payer,
                            &population,
                            &line_counts,
                            &mut random,
                            &mut made.bytes,
                        )?;
                    }
                }
            }
            Ok(made)
        },
        |next: Next<serde_json::Result<Lines>>| {
            let Next::Made(made) = next else {
                return ControlFlow::Continue(());
            };
            let written = made.map_err(io::Error::from).and_then(|lines| output.write(&lines));
            failure = written.err();
            if failure.is_some() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        },
    );
    if let Some(error) = failure {
        return Err(error.into());
    }
    output.writer.flush()?;
    let Position {
        claims,
        references,
        bytes,
        ..
    } = output.position;
    Ok(GenerateReport {
        claims,
        references,
        bytes,
        elapsed: started.elapsed(),
    })
}

/// What is generated from one stream of chance, by its number.
enum Piece {
    Patients(u64),
    Claims(u64),
}

/// Lines, and of how many records.
#[derive(Default)]
struct Lines {
    bytes: Vec<u8>,
    claims: u64,
    references: u64,
}

impl Lines {
    fn push(&mut self, reference: &Reference) -> serde_json::Result<()> {
        serde_json::to_writer(&mut self.bytes, reference)?;
        self.bytes.push(b'\n');
        self.references += 1;
        Ok(())
    }
}

/// Writes the rows that are handed over.
fn write_references(
    output: &mut Output<'_>,
    rows: impl FnOnce(&mut dyn FnMut(Reference) -> io::Result<()>) -> io::Result<()>,
) -> io::Result<()> {
    let mut lines = Lines::default();
    rows(&mut |reference| {
        lines.push(&reference)?;
        if lines.bytes.len() < REFERENCE_BYTES_AT_ONCE {
            return Ok(());
        }
        output.write(&lines)?;
        lines.bytes.clear();
        lines.references = 0;
        Ok(())
    })?;
    output.write(&lines)
}

/// Where the population goes.
struct Output<'a> {
    writer: &'a mut dyn Write,
    progress: &'a mut dyn Progress,
    position: Position,
}

impl Output<'_> {
    fn write(&mut self, lines: &Lines) -> io::Result<()> {
        self.writer.write_all(&lines.bytes)?;
        self.position.bytes += lines.bytes.len() as u64;
        self.position.claims += lines.claims;
        self.position.references += lines.references;
        self.progress.advanced(&self.position);
        Ok(())
    }
}
