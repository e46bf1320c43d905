//! New Claim on random enrolments: what the product makes is what a plain reading of the rule makes, through HTTP.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::family::{ACME, letters, line, patient, procedure, subscription};
use crate::http::client::Client;
use crate::support::Place;
use crate::support::draw::draw;

/// A patient as drawn.
#[derive(Clone, Debug)]
struct Drawn {
    /// Letters as [`patient`] reads them.
    plans: String,
    procedures: Vec<DrawnProcedure>,
    blocks_zero_fee: bool,
}

#[derive(Clone, Debug)]
struct DrawnProcedure {
    in_process: bool,
    free: bool,
    clinic: u8,
    diagnoses: Vec<u8>,
    /// The places of the plans that it is not billed to.
    not_billed: Vec<u64>,
    /// The places of the plans that it is claimed on already.
    claimed: Vec<u64>,
}

/// A claim as a plain reading makes it: type, status, place of the plan, place of the other, places of procedures.
type Plain = (String, String, u64, u64, Vec<u64>);

/// The rule, read plainly: what is claimed, plan by plan, or nothing if any of it may not be.
fn plain(drawn: &Drawn) -> Option<Vec<Plain>> {
    let plans: Vec<(u64, char)> = (1..).zip(drawn.plans.chars()).collect();
    let dental: Vec<(u64, char)> = plans.iter().copied().filter(|(_, kind)| *kind != 'm').collect();
    if plans.is_empty() {
        return None;
    }
    // Dental plans one, two and three; without any, the first medical plan that something is left for.
    let lanes: Vec<(u64, char)> = if dental.is_empty() {
        plans
    } else {
        dental.iter().copied().take(3).collect()
    };
    let mut made: Vec<Plain> = Vec::new();
    for (lane, (place, kind)) in lanes.iter().enumerate() {
        if dental.is_empty() && !made.is_empty() {
            break;
        }
        let left: Vec<(u64, &DrawnProcedure)> = (1..)
            .zip(&drawn.procedures)
            .filter(|(_, procedure)| !procedure.not_billed.contains(place))
            .collect();
        if left.is_empty() {
            continue;
        }
        if left.iter().any(|(_, procedure)| procedure.claimed.contains(place)) {
            return None;
        }
        // What is said of procedures is said of those of one claim.
        let clinics: std::collections::BTreeSet<u8> = left.iter().map(|(_, procedure)| procedure.clinic).collect();
        if clinics.len() > 1 || (drawn.blocks_zero_fee && left.iter().any(|(_, procedure)| procedure.free)) {
            return None;
        }
        let codes: std::collections::BTreeSet<u8> = left
            .iter()
            .flat_map(|(_, procedure)| procedure.diagnoses.iter().copied())
            .collect();
        if codes.len() > 12 || (*kind != 'm' && codes.len() > 4) {
            return None;
        }
        let leads = made.is_empty();
        // What shares nothing with a claim before it has nothing to wait for.
        let shares = left
            .iter()
            .any(|(place, _)| made.iter().any(|(.., claimed)| claimed.contains(place)));
        let (claim_type, status, other) = match (dental.is_empty(), lane) {
            (true, _) => ("Other", "W", 0),
            (false, 0) => ("P", "W", 0),
            (false, 1) => ("S", if leads || !shares { "W" } else { "H" }, lanes[0].0),
            _ => ("Other", if leads { "W" } else { "U" }, lanes[1].0),
        };
        let claim_type = if *kind == 'c' { "Cap" } else { claim_type };
        let in_process = left.iter().any(|(_, procedure)| procedure.in_process);
        let status = if in_process { "I" } else { status };
        let procedures = left.iter().map(|(place, _)| *place).collect();
        made.push((claim_type.to_owned(), status.to_owned(), *place, other, procedures));
    }
    if made.is_empty() { None } else { Some(made) }
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let plans = proptest::collection::vec(proptest::sample::select(vec!['d', 'd', 'd', 'c', 'm']), 0..=5);
    (plans, proptest::bool::weighted(0.2)).prop_flat_map(|(plans, blocks_zero_fee)| {
        let places: Vec<u64> = (1..=plans.len() as u64).collect();
        let some = |share: f64| {
            let places = places.clone();
            proptest::collection::vec(proptest::bool::weighted(share), places.len()).prop_map(move |chosen| {
                places
                    .iter()
                    .zip(chosen)
                    .filter(|(_, chosen)| *chosen)
                    .map(|(place, _)| *place)
                    .collect::<Vec<u64>>()
            })
        };
        let procedure = (
            proptest::bool::weighted(0.1),
            proptest::bool::weighted(0.1),
            proptest::sample::select(vec![0_u8, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
            proptest::collection::vec(0_u8..16, 0..=3),
            some(0.2),
            some(0.03),
        );
        let procedure = procedure.prop_map(|(in_process, free, clinic, mut diagnoses, not_billed, claimed)| {
            diagnoses.sort_unstable();
            diagnoses.dedup();
            DrawnProcedure {
                in_process,
                free,
                clinic,
                diagnoses,
                not_billed,
                claimed,
            }
        });
        let plans: String = plans.into_iter().collect();
        proptest::collection::vec(procedure, 1..=4).prop_map(move |procedures| Drawn {
            plans: plans.clone(),
            procedures,
            blocks_zero_fee,
        })
    })
}

fn lines(number: u64, drawn: &Drawn) -> String {
    let mut lines = patient(ACME, number, &drawn.plans);
    lines += &line(json!({
        "kind": "officeFlag", "payer": ACME, "code": "block-zero-fee", "value": drawn.blocks_zero_fee,
    }));
    for (place, drawn) in (1..).zip(&drawn.procedures) {
        let subscriptions: Vec<String> = drawn
            .not_billed
            .iter()
            .map(|place| subscription(number, *place).to_string())
            .collect();
        let diagnoses: Vec<Value> = drawn
            .diagnoses
            .iter()
            .map(|code| json!({ "code": format!("K{code:02}"), "sequence": code }))
            .collect();
        lines += &procedure(
            ACME,
            number,
            place,
            json!({
                "inProcess": drawn.in_process, "fee": if drawn.free { "0" } else { "50.00" },
                "clinic": format!("CL-{}", drawn.clinic), "diagnoses": diagnoses, "noBillInsSubs": subscriptions,
            }),
        );
        for claimed in &drawn.claimed {
            let code = format!("OLD-{number}-{place}-{claimed}");
            lines += &line(json!({
                "kind": "claim", "code": code, "payer": ACME, "processType": "CLAIM", "status": "ENTRY",
                "entryDate": "2026-01-01", "lines": [], "patient": number.to_string(), "claimType": "Other",
                "claimStatus": "W", "insSub": subscription(number, *claimed).to_string(),
                "procedures": [(number * 100 + place).to_string()],
            }));
        }
    }
    lines
}

#[test]
fn an_enrolment_gets_what_a_plain_reading_gives_it() {
    let place = Place::with(&patient(ACME, 1, "d"));
    let client = Client::new(place.host(None));
    let number = std::cell::Cell::new(10_u64);
    draw(400, 5_000, &drawn(), |drawn| {
        // A patient of its own each time, also while a failure is made small.
        number.set(number.get() + 1);
        let number = number.get();
        place.import(&lines(number, &drawn));
        let procedures: Vec<u64> = (1..=drawn.procedures.len() as u64)
            .map(|place| number * 100 + place)
            .collect();
        let answer = client.post_json("/api/v1/claims", &json!({ "PatNum": number, "procNums": procedures }));
        let found: Option<Vec<Plain>> = match answer.status {
            201 => {
                let claims = answer.json()["claims"].as_array().cloned().unwrap_or_default();
                let place_of = |subscription: u64| {
                    if subscription == 0 {
                        0
                    } else {
                        subscription - number * 10
                    }
                };
                let claims = claims.iter().map(|claim| {
                    let (claim_type, status, on, other) = letters(claim);
                    let procedures = claim["procNums"].as_array().cloned().unwrap_or_default();
                    let procedures = procedures
                        .iter()
                        .filter_map(Value::as_u64)
                        .map(|code| code - number * 100);
                    (claim_type, status, place_of(on), place_of(other), procedures.collect())
                });
                Some(claims.collect())
            }
            400 => None,
            _ => return Err(format!("{}: {}", answer.status, answer.text)),
        };
        let expected = plain(&drawn);
        if found == expected {
            Ok(())
        } else {
            Err(format!("{drawn:?}: {found:?}, not {expected:?}: {}", answer.text))
        }
    });
}
