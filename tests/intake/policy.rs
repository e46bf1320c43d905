//! The policy table: for every type of claim, what it is born as when nothing is asked, and what may be asked.

use serde_json::{Value, json};

use super::family::{
    ACME, STRICT, check_refused, letters, offices, patient, post, procedure, procedure_number, subscription,
};
use crate::http::client::Client;
use crate::reprocess::world::on_both;

/// A row of the table: a claim that is asked for, and what becomes of it by the status that is asked.
struct Row {
    name: &'static str,
    payer: &'static str,
    plans: &'static str,
    claim_type: &'static str,
    /// The places of subscription and other subscription among the patient's; 0 is not given.
    subscriptions: (u64, u64),
    /// What it is born as when nothing is asked.
    born: (&'static str, &'static str),
    /// The statuses that may be asked for.
    allowed: &'static str,
}

const fn row(
    name: &'static str,
    plans: &'static str,
    claim_type: &'static str,
    subscriptions: (u64, u64),
    born: (&'static str, &'static str),
    allowed: &'static str,
) -> Row {
    Row {
        name,
        payer: ACME,
        plans,
        claim_type,
        subscriptions,
        born,
        allowed,
    }
}

const TABLE: &[Row] = &[
    row("primary", "dd", "P", (0, 0), ("P", "W"), "U W"),
    row("primary, its subscription named", "dd", "P", (1, 0), ("P", "W"), "U W"),
    row(
        "primary behind a medical plan, flag off",
        "md",
        "P",
        (0, 0),
        ("P", "W"),
        "U W",
    ),
    Row {
        payer: STRICT,
        ..row(
            "primary behind a medical plan, flag on",
            "md",
            "P",
            (0, 0),
            ("P", "W"),
            "U W H",
        )
    },
    Row {
        payer: STRICT,
        ..row(
            "primary before a medical plan, flag on",
            "dm",
            "P",
            (0, 0),
            ("P", "W"),
            "U W",
        )
    },
    row(
        "secondary, no primary claim yet",
        "dd",
        "S",
        (0, 0),
        ("S", "W"),
        "U W H",
    ),
    row("tertiary", "ddd", "Other", (3, 2), ("Other", "U"), "U W H"),
    row("medical", "dm", "Other", (2, 0), ("Other", "W"), "U W"),
    row("medical alone", "m", "Other", (1, 0), ("Other", "W"), "U W"),
    row("capitation in lane 1 by P", "cd", "P", (0, 0), ("Cap", "W"), "U W"),
    row(
        "capitation in lane 1 by Other",
        "cd",
        "Other",
        (1, 0),
        ("Cap", "W"),
        "U W",
    ),
    row("capitation in lane 2 by S", "dc", "S", (0, 0), ("Cap", "W"), "U W H"),
    row(
        "capitation in lane 2 by Other",
        "dc",
        "Other",
        (2, 0),
        ("Cap", "W"),
        "U W H",
    ),
    row("capitation in lane 3", "ddc", "Other", (3, 2), ("Cap", "U"), "U W H"),
    row("preauthorization", "dd", "PreAuth", (0, 0), ("PreAuth", "W"), "U W"),
    row(
        "preauthorization on the second plan",
        "dd",
        "PreAuth",
        (2, 0),
        ("PreAuth", "W"),
        "U W",
    ),
];

const ASKED: &[&str] = &["", "U", "W", "H", "S", "R", "P", "I"];

fn body(row: &Row, patient: u64, asked: &str) -> Value {
    let mut body = json!({
        "PatNum": patient, "procNums": [procedure_number(patient, 1)], "ClaimType": row.claim_type,
    });
    for (name, place) in [("InsSubNum", row.subscriptions.0), ("InsSubNum2", row.subscriptions.1)] {
        if place > 0 {
            body[name] = subscription(patient, place).into();
        }
    }
    if !asked.is_empty() {
        body["ClaimStatus"] = asked.into();
    }
    body
}

#[test]
fn every_status_of_every_type_is_allowed_or_refused_as_the_table_says() {
    // A patient for each field of the table, so that no claim is in another's way.
    let number = |row: usize, asked: usize| (row as u64 + 1) * 100 + asked as u64;
    let mut lines = offices();
    for (place, row) in TABLE.iter().enumerate() {
        for asked in 0..ASKED.len() {
            lines += &patient(row.payer, number(place, asked), row.plans);
            lines += &procedure(row.payer, number(place, asked), 1, json!({}));
        }
    }
    on_both(&lines, |world| {
        for (place, row) in TABLE.iter().enumerate() {
            for (column, asked) in ASKED.iter().enumerate() {
                let what = format!("{} asked {asked:?}", row.name);
                let patient = number(place, column);
                let answer = post(world, row.payer, &body(row, patient, asked));
                let expected = match *asked {
                    "" => Some(row.born.1),
                    asked if row.allowed.split(' ').any(|allowed| allowed == asked) => Some(asked),
                    _ => None,
                };
                match expected {
                    Some(status) => {
                        assert_eq!(answer.status, 201, "{what}: {}", answer.text);
                        let (claim_type, born, on, _) = letters(&answer.json());
                        assert_eq!((claim_type.as_str(), born.as_str()), (row.born.0, status), "{what}");
                        assert_eq!(on / 10, patient, "{what}");
                    }
                    None => check_refused(&what, &answer, ("status-not-allowed", "ClaimStatus"), row.allowed),
                }
            }
        }
    });
}

#[test]
fn a_procedure_in_process_holds_the_claim_and_nothing_can_be_asked() {
    let rows: Vec<&Row> = TABLE.iter().filter(|row| row.payer == ACME).collect();
    let mut lines = offices();
    let number = |row: usize, asked: usize| (row as u64 + 1) * 10 + asked as u64;
    for (place, row) in rows.iter().enumerate() {
        for asked in 0..3 {
            lines += &patient(ACME, number(place, asked), row.plans);
            lines += &procedure(ACME, number(place, asked), 1, json!({ "inProcess": true }));
        }
    }
    on_both(&lines, |world| {
        for (place, row) in rows.iter().enumerate() {
            for (column, asked) in ["", "W", "U"].into_iter().enumerate() {
                let answer = post(world, ACME, &body(row, number(place, column), asked));
                if asked.is_empty() {
                    let (claim_type, status, ..) = letters(&answer.expect(201).json());
                    assert_eq!(
                        (claim_type.as_str(), status.as_str()),
                        (row.born.0, "I"),
                        "{}",
                        row.name
                    );
                } else {
                    check_refused(row.name, &answer, ("procedure-in-process", "ClaimStatus"), "");
                }
            }
        }
    });
}

#[test]
fn a_claim_on_the_wrong_plan_is_refused() {
    let cases = [
        ("Cap asked for", "c", "Cap", (1, 0), "cap-not-asked-for", "ClaimType"),
        (
            "Cap without a subscription",
            "c",
            "Cap",
            (0, 0),
            "cap-not-asked-for",
            "ClaimType",
        ),
        (
            "Other without a subscription",
            "dm",
            "Other",
            (0, 0),
            "subscription-missing",
            "InsSubNum",
        ),
        (
            "Other on rank 1",
            "ddd",
            "Other",
            (1, 0),
            "other-on-primary-plan",
            "InsSubNum",
        ),
        (
            "Other on rank 2",
            "ddd",
            "Other",
            (2, 0),
            "other-on-secondary-plan",
            "InsSubNum",
        ),
        (
            "Other on rank 4",
            "dddd",
            "Other",
            (4, 2),
            "plan-beyond-tertiary",
            "InsSubNum",
        ),
        (
            "Other on capitation of rank 4",
            "dddc",
            "Other",
            (4, 2),
            "plan-beyond-tertiary",
            "InsSubNum",
        ),
        (
            "tertiary without the other coverage",
            "ddd",
            "Other",
            (3, 0),
            "other-subscription-missing",
            "InsSubNum2",
        ),
        (
            "tertiary with the first as other",
            "ddd",
            "Other",
            (3, 1),
            "other-subscription-wrong",
            "InsSubNum2",
        ),
        ("primary without a plan", "", "P", (0, 0), "no-plan", "PatNum"),
        (
            "primary with a medical plan alone",
            "m",
            "P",
            (0, 0),
            "no-primary-plan",
            "ClaimType",
        ),
        (
            "secondary with one dental plan",
            "dm",
            "S",
            (0, 0),
            "no-secondary-plan",
            "ClaimType",
        ),
        (
            "primary on the second plan",
            "dd",
            "P",
            (2, 0),
            "subscription-of-another-rank",
            "InsSubNum",
        ),
        (
            "secondary on the first plan",
            "dd",
            "S",
            (1, 0),
            "subscription-of-another-rank",
            "InsSubNum",
        ),
    ];
    let number = |place: usize| place as u64 + 1;
    let mut lines = String::new();
    for (place, (_, plans, ..)) in cases.iter().enumerate() {
        lines += &patient(ACME, number(place), plans);
        lines += &procedure(ACME, number(place), 1, json!({}));
    }
    let (client, _place) = Client::on(&lines);
    for (place, (name, plans, claim_type, subscriptions, code, field)) in cases.into_iter().enumerate() {
        let row = row(name, plans, claim_type, subscriptions, ("", ""), "");
        let answer = client.post_json("/api/v1/claims", &body(&row, number(place), ""));
        check_refused(name, &answer, (code, field), "");
    }
    assert_eq!(client.get("/api/v1/claims").expect(200).json(), json!([]));
}

#[test]
fn ordinals_are_ranks_only_among_dental_plans() {
    // The medical plan is first in the patient's order, and the dental one behind it is the primary one.
    let lines = patient(ACME, 7, "md") + &procedure(ACME, 7, 1, json!({}));
    let (client, _place) = Client::on(&lines);
    let asked = json!({ "PatNum": 7, "procNums": [701], "ClaimType": "P" });
    let claim = client.post_json("/api/v1/claims", &asked).expect(201).json();
    assert_eq!(letters(&claim), ("P".to_owned(), "W".to_owned(), 72, 0));
}
