//! Every misbehaving guest as a payer meets it: whether it is let in, and what it fails on when it is asked over HTTP.

use reprise_store::RuleKind;
use serde_json::{Value, json};

use super::faults::VICES;
use super::forged::with_vectors;
use super::server::{asking_for, path_of};
use crate::components;
use crate::intake::family::{ACME, patient, procedure, procedure_number};
use crate::support::{SAMPLE, claim_line};

/// The patient of ACME for whom claims are asked for.
const PATIENT: u64 = 9_001;

/// A component that decides for a payer until it is asked for what it fails on.
pub(super) struct Guest {
    pub(super) bytes: Vec<u8>,
    pub(super) kind: RuleKind,
    /// What it calls itself, where admission would not let it in: then it was let in by somebody else.
    pub(super) let_in_as: Option<&'static str>,
    pub(super) questions: Vec<Question>,
}

/// A request that a guest fails on.
pub(super) struct Question {
    pub(super) path: &'static str,
    pub(super) body: Value,
    /// In which words it fails.
    pub(super) words: &'static str,
}

/// A claim-status guest. Claims are usual, so each fails before it is let in; what decides is the same under another
/// digest, as one would that an earlier version has let in.
struct StatusVice {
    guest: &'static [u8],
    name: &'static str,
    /// What admission says of it.
    refusal: &'static str,
    asked: Asked,
    words: &'static str,
}

/// What a claim-status component is asked.
#[derive(Clone, Copy)]
enum Asked {
    Reprocess(&'static str),
    Create,
    NewClaim,
}

impl Asked {
    fn question(self, words: &'static str) -> Question {
        let procedure = procedure_number(PATIENT, 1);
        let (path, body) = match self {
            Self::Reprocess(claim) => ("/api/claimsreprocess", json!({ "code": claim })),
            Self::Create => (
                "/api/v1/claims",
                json!({ "PatNum": PATIENT, "procNums": [procedure], "ClaimType": "P" }),
            ),
            Self::NewClaim => ("/api/v1/claims", json!({ "PatNum": PATIENT, "procNums": [procedure] })),
        };
        Question { path, body, words }
    }
}

const STATUS_VICES: &[StatusVice] = &[
    StatusVice {
        guest: components::LOOPS_IN_CREATE,
        name: "loops-in-create",
        refusal: "asked `create`",
        asked: Asked::Create,
        words: "it ran out of fuel: more than 500000000 units in one call",
    },
    StatusVice {
        guest: components::PANICS_IN_REPROCESS,
        name: "panics-in-reprocess",
        refusal: "asked `reprocess`, it panicked: the table of statuses has no row for ",
        asked: Asked::Reprocess("R1"),
        words: "it panicked: the table of statuses has no row for CHANGE",
    },
    StatusVice {
        guest: components::LOOPS_IN_REPROCESS,
        name: "loops-in-reprocess",
        refusal: "asked `reprocess`",
        asked: Asked::Reprocess("R1"),
        words: "it ran out of fuel: more than 500000000 units in one call",
    },
    StatusVice {
        guest: components::PANICS_ON_RESERVATIONS,
        name: "panics-on-reservations",
        refusal: "asked `reprocess`, it panicked: there are no reservations here",
        asked: Asked::Reprocess("R2"),
        words: "it panicked: there are no reservations here",
    },
    StatusVice {
        guest: components::PANICS_IN_NEW_CLAIM,
        name: "panics-in-new-claim",
        refusal: "asked `new-claim`, it panicked: ",
        asked: Asked::NewClaim,
        words: "it panicked: the table of enrolments has no row for 1 plans",
    },
    StatusVice {
        guest: components::CLAIMS_FOR_ANOTHER,
        name: "claims-for-another",
        refusal: "asked `new-claim`, it broke the contract: ",
        asked: Asked::NewClaim,
        words: "it makes a claim for subscription ",
    },
    StatusVice {
        guest: components::MAKES_RECEIVED_CLAIMS,
        name: "makes-received-claims",
        refusal: "asked `create`, it broke the contract: it has a claim born in `R`",
        asked: Asked::Create,
        words: "it has a claim born in `R`",
    },
];

/// The other guests that admission refuses, each with words of its refusal.
const REFUSED: &[(&[u8], &str)] = &[
    (
        components::LOOPS_IN_DESCRIBE,
        "it takes more than 50,000,000 units of fuel to say what it is",
    ),
    (
        components::ANSWERS_TOO_FEW,
        "it answers 191 outcomes for a batch of 192 claims",
    ),
    (
        components::SLOW_IN_DESCRIBE,
        "it takes more than 50,000,000 units of fuel to say what it is",
    ),
    (
        components::PANICS_IN_DESCRIBE,
        "it panicked: the list of criteria is not written yet",
    ),
    (components::HAS_NO_NAME, "`describe` answers a name that is empty"),
    (components::INVENTS_CRITERION, "`describe` lists criterion `weather`"),
    (components::LISTS_TOO_MUCH, "`conditions` answers 5,000 conditions"),
    (components::KEEPS_STATE, "a component keeps nothing between calls"),
    (components::COUNTS_CLAIMS, "a component keeps nothing between calls"),
];

/// Whether a guest is asked for this: a product, or the name of a claim-status guest. Without a choice, all are.
fn is_chosen(chosen: Option<&[&str]>, name: &str) -> bool {
    chosen.is_none_or(|chosen| chosen.contains(&name))
}

/// The guests that decide until they are asked for what they fail on.
pub(super) fn guests(chosen: Option<&[&str]>) -> Vec<Guest> {
    let criteria = VICES
        .chunk_by(|left, right| left.guest == right.guest)
        .map(|of_one_guest| {
            let vices = of_one_guest.iter().filter(|vice| is_chosen(chosen, vice.product));
            let questions = vices.map(|vice| Question {
                path: path_of(vice),
                body: asking_for(vice.product),
                words: vice.words,
            });
            Guest {
                bytes: of_one_guest[0].guest.to_vec(),
                kind: RuleKind::Criteria,
                let_in_as: None,
                questions: questions.collect(),
            }
        });
    let status = STATUS_VICES
        .iter()
        .filter(|vice| is_chosen(chosen, vice.name))
        .map(|vice| Guest {
            bytes: with_vectors(vice.guest, "[]"),
            kind: RuleKind::ClaimStatus,
            let_in_as: Some(vice.name),
            questions: vec![vice.asked.question(vice.words)],
        });
    let mut guests: Vec<_> = criteria.filter(|guest| !guest.questions.is_empty()).collect();
    guests.extend(status);
    guests
}

/// The guests that admission refuses, each with words of its refusal.
pub(super) fn refused(chosen: Option<&[&str]>) -> Vec<(&'static [u8], &'static str)> {
    let others = if chosen.is_some() { &REFUSED[..2] } else { REFUSED };
    let status = STATUS_VICES.iter().filter(|vice| is_chosen(chosen, vice.name));
    let mut refused = others.to_vec();
    refused.extend(status.map(|vice| (vice.guest, vice.refusal)));
    refused
}

/// What ACME has that guests fail on, as import lines.
pub(super) fn lines() -> String {
    let product = |code| format!("{}\n", json!({ "kind": "product", "payer": ACME, "code": code }));
    let mut lines = SAMPLE.to_owned();
    lines.extend(VICES.iter().map(|vice| product(vice.product)));
    lines += &claim_line("R1", &json!({ "status": "CHANGE" }));
    lines += &claim_line("R2", &json!({ "status": "CHANGE", "processType": "RESERVATION" }));
    lines += &patient(ACME, PATIENT, "d");
    lines += &procedure(ACME, PATIENT, 1, json!({}));
    lines
}
