//! New Claim: which claims an enrolment calls for, and what is refused whole.

use serde_json::{Value, json};

use super::family::{
    ACME, STRICT, check_refused, created, letters, line, offices, patient, post, procedure, procedure_number,
    subscription,
};
use crate::http::client::Client;
use crate::reprocess::world::{World, on_both};

/// Claims as they are expected: type, status, places of subscription and other subscription, places of procedures, and
/// whether they are dated.
type Expected = &'static [(&'static str, &'static str, u64, u64, &'static [u64], bool)];

#[track_caller]
fn check_claims(what: &str, claims: &Value, patient: u64, expected: Expected) {
    let claims = claims["claims"].as_array().expect("claims");
    let on = |place: u64| if place == 0 { 0 } else { subscription(patient, place) };
    let found: Vec<_> = claims
        .iter()
        .map(|claim| {
            let dated = claim["DateSent"] != "0001-01-01";
            (letters(claim), claim["procNums"].clone(), dated)
        })
        .collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|(claim_type, status, plan, other, procedures, dated)| {
            let procedures: Vec<u64> = procedures
                .iter()
                .map(|place| procedure_number(patient, *place))
                .collect();
            let letters = ((*claim_type).to_owned(), (*status).to_owned(), on(*plan), on(*other));
            (letters, json!(procedures), *dated)
        })
        .collect();
    assert_eq!(found, expected, "{what}");
}

fn asked(patient: u64, procedures: &[u64]) -> Value {
    let procedures: Vec<u64> = procedures
        .iter()
        .map(|place| procedure_number(patient, *place))
        .collect();
    json!({ "PatNum": patient, "procNums": procedures })
}

#[test]
fn an_enrolment_calls_for_its_claims() {
    let cases: &[(&str, &str, Expected)] = &[
        ("one dental plan", "d", &[("P", "W", 1, 0, &[1, 2], true)]),
        (
            "two dental plans",
            "dd",
            &[("P", "W", 1, 0, &[1, 2], true), ("S", "H", 2, 1, &[1, 2], false)],
        ),
        (
            "three dental plans",
            "ddd",
            &[
                ("P", "W", 1, 0, &[1, 2], true),
                ("S", "H", 2, 1, &[1, 2], false),
                ("Other", "U", 3, 2, &[1, 2], false),
            ],
        ),
        (
            "a fourth gets none",
            "dddd",
            &[
                ("P", "W", 1, 0, &[1, 2], true),
                ("S", "H", 2, 1, &[1, 2], false),
                ("Other", "U", 3, 2, &[1, 2], false),
            ],
        ),
        (
            "medical beside dental gets none",
            "md",
            &[("P", "W", 2, 0, &[1, 2], true)],
        ),
        ("medical only", "m", &[("Other", "W", 1, 0, &[1, 2], true)]),
        (
            "several medical: the lowest",
            "mm",
            &[("Other", "W", 1, 0, &[1, 2], true)],
        ),
        (
            "the lowest on capitation",
            "cd",
            &[("Cap", "W", 1, 0, &[1, 2], true), ("S", "H", 2, 1, &[1, 2], false)],
        ),
        (
            "the second on capitation",
            "dcd",
            &[
                ("P", "W", 1, 0, &[1, 2], true),
                ("Cap", "H", 2, 1, &[1, 2], false),
                ("Other", "U", 3, 2, &[1, 2], false),
            ],
        ),
        (
            "the third on capitation",
            "ddc",
            &[
                ("P", "W", 1, 0, &[1, 2], true),
                ("S", "H", 2, 1, &[1, 2], false),
                ("Cap", "U", 3, 2, &[1, 2], false),
            ],
        ),
    ];
    let mut lines = offices();
    for (place, (_, plans, _)) in cases.iter().enumerate() {
        let number = place as u64 + 1;
        lines += &patient(ACME, number, plans);
        lines += &procedure(ACME, number, 1, json!({}));
        lines += &procedure(ACME, number, 2, json!({}));
    }
    on_both(&lines, |world| {
        for (place, (what, _, expected)) in cases.iter().enumerate() {
            let number = place as u64 + 1;
            let preview = dry_run(world, &asked(number, &[1, 2]));
            check_claims(what, &preview, number, expected);
            let claims = post(world, ACME, &asked(number, &[1, 2])).expect(201).json();
            check_claims(what, &claims, number, expected);
            // The same answer, but for the numbers and moments that only storing gives.
            let timeless = |claims: &Value| -> Vec<Value> {
                let mut claims = claims["claims"].as_array().expect("claims").clone();
                for claim in &mut claims {
                    claim["ClaimNum"] = Value::Null;
                    claim["SecDateTEdit"] = Value::Null;
                }
                claims
            };
            assert_eq!(timeless(&preview), timeless(&claims), "{what}");
        }
    });
}

fn dry_run(world: &World, body: &Value) -> Value {
    let before = world.everything();
    let answer = world
        .client
        .post_json("/api/v1/claims?dryRun=true", body)
        .expect(200)
        .json();
    assert_eq!(world.everything(), before);
    answer
}

#[test]
fn procedures_that_are_not_billed_are_left_out_and_the_next_plan_leads() {
    let not_billed = |places: &[u64]| -> Value {
        let subscriptions: Vec<String> = places.iter().map(|place| subscription(7, *place).to_string()).collect();
        json!({ "noBillInsSubs": subscriptions })
    };
    let cases: &[(&str, &str, [&[u64]; 2], Expected)] = &[
        (
            "one procedure not to the lead",
            "dd",
            [&[1], &[]],
            &[("P", "W", 1, 0, &[2], true), ("S", "H", 2, 1, &[1, 2], false)],
        ),
        (
            "none to the lead: the second leads",
            "dd",
            [&[1], &[1]],
            &[("S", "W", 2, 1, &[1, 2], true)],
        ),
        (
            "none to the lead of three",
            "ddd",
            [&[1], &[1]],
            &[("S", "W", 2, 1, &[1, 2], true), ("Other", "U", 3, 2, &[1, 2], false)],
        ),
        (
            "none to the second",
            "dd",
            [&[2], &[2]],
            &[("P", "W", 1, 0, &[1, 2], true)],
        ),
    ];
    for (what, plans, [first, second], expected) in cases {
        let lines = patient(ACME, 7, plans)
            + &procedure(ACME, 7, 1, not_billed(first))
            + &procedure(ACME, 7, 2, not_billed(second));
        let (client, _place) = Client::on(&lines);
        let claims = client
            .post_json("/api/v1/claims", &asked(7, &[1, 2]))
            .expect(201)
            .json();
        check_claims(what, &claims, 7, expected);
    }
    let lines = patient(ACME, 7, "dd") + &procedure(ACME, 7, 1, not_billed(&[1, 2]));
    let (client, _place) = Client::on(&lines);
    let answer = client.post_json("/api/v1/claims", &asked(7, &[1]));
    check_refused("none to any plan", &answer, ("nothing-to-bill", "procNums"), "");
    let mut one = asked(7, &[1]);
    one["ClaimType"] = "P".into();
    let answer = client.post_json("/api/v1/claims", &one);
    check_refused("one claim of a plan", &answer, ("procedure-not-billed", "procNums"), "");
}

#[test]
fn what_cannot_be_claimed_is_refused_whole() {
    let codes = |count: usize| -> Value {
        let codes: Vec<Value> = (0..count)
            .map(|number| json!({ "code": format!("K{number:03}"), "sequence": number }))
            .collect();
        json!({ "diagnoses": codes })
    };
    let place_of = |place: &str| json!({ "placeOfService": place });
    let lines = offices()
        + &patient(ACME, 1, "")
        + &procedure(ACME, 1, 1, json!({}))
        + &patient(ACME, 2, "dd")
        + &procedure(ACME, 2, 1, json!({}))
        + &procedure(ACME, 2, 2, json!({ "status": "deleted" }))
        + &procedure(ACME, 2, 3, codes(5))
        + &procedure(ACME, 2, 4, json!({ "clinic": "CL-2" }))
        + &procedure(ACME, 2, 5, place_of("hospital"))
        + &procedure(ACME, 2, 6, json!({ "fee": "0" }))
        + &patient(ACME, 3, "m")
        + &procedure(ACME, 3, 1, codes(12))
        + &procedure(ACME, 3, 2, codes(13))
        + &patient(STRICT, 4, "d")
        + &procedure(STRICT, 4, 1, json!({ "fee": "0.00" }));
    on_both(&lines, |world| {
        let before = world.everything();
        let refusals = [
            ("no plan", ACME, asked(1, &[1]), "no-plan", "PatNum"),
            (
                "unknown procedure",
                ACME,
                asked(2, &[1, 99]),
                "procedure-unknown",
                "procNums",
            ),
            (
                "deleted procedure",
                ACME,
                asked(2, &[1, 2]),
                "procedure-deleted",
                "procNums",
            ),
            (
                "another patient's procedure",
                ACME,
                json!({ "PatNum": 2, "procNums": [201, 101] }),
                "procedure-of-another-patient",
                "procNums",
            ),
            (
                "five dental diagnoses",
                ACME,
                asked(2, &[3]),
                "too-many-dental-diagnoses",
                "procNums",
            ),
            (
                "thirteen diagnoses",
                ACME,
                asked(3, &[2]),
                "too-many-diagnoses",
                "procNums",
            ),
            ("two clinics", ACME, asked(2, &[1, 4]), "several-clinics", "procNums"),
            (
                "two places",
                ACME,
                asked(2, &[1, 5]),
                "several-places-of-service",
                "procNums",
            ),
            (
                "a fee of 0 where it is blocked",
                STRICT,
                asked(4, &[1]),
                "procedure-without-fee",
                "procNums",
            ),
        ];
        for (what, payer, mut body, code, field) in refusals {
            check_refused(what, &post(world, payer, &body), (code, field), "");
            // The same for one claim of a type.
            if code != "no-plan" {
                body["ClaimType"] = json!(if what == "thirteen diagnoses" { "Other" } else { "P" });
                if what == "thirteen diagnoses" {
                    body["InsSubNum"] = subscription(3, 1).into();
                }
                check_refused(what, &post(world, payer, &body), (code, field), "");
            }
        }
        assert_eq!(world.everything(), before, "nothing is stored");
        post(world, ACME, &asked(2, &[6])).expect(201);
        post(world, ACME, &asked(3, &[1])).expect(201);
    });
}

#[test]
fn a_procedure_is_claimed_once_for_a_subscription() {
    let lines = patient(ACME, 7, "dd") + &procedure(ACME, 7, 1, json!({})) + &procedure(ACME, 7, 2, json!({}));
    on_both(&lines, |world| {
        let mut pre_authorization = asked(7, &[1]);
        pre_authorization["ClaimType"] = "PreAuth".into();
        created(world, &pre_authorization);
        // A preauthorization is in nobody's way, nor anybody in its.
        let claims = post(world, ACME, &asked(7, &[1])).expect(201).json();
        created(world, &pre_authorization);
        let twice = post(world, ACME, &asked(7, &[1]));
        check_refused("the same again", &twice, ("procedure-already-claimed", "procNums"), "");
        let with_another = post(world, ACME, &asked(7, &[2, 1]));
        check_refused(
            "with another",
            &with_another,
            ("procedure-already-claimed", "procNums"),
            "",
        );
        assert!(with_another.text.contains("701"), "{}", with_another.text);
        // Deleted, all of them, they can be made anew.
        for claim in claims["claims"].as_array().expect("claims") {
            let path = super::family::path(claim);
            super::family::send(world, axum::http::Method::DELETE, ACME, &path, &Value::Null).expect(200);
        }
        let anew = post(world, ACME, &asked(7, &[1, 2])).expect(201).json();
        check_claims(
            "anew",
            &anew,
            7,
            &[("P", "W", 1, 0, &[1, 2], true), ("S", "H", 2, 1, &[1, 2], false)],
        );
    });
}

#[test]
fn a_subscription_of_the_family_is_not_the_patients() {
    // Patient 8 subscribes to plan 81; patient 7 is of the family, and has no place under it.
    let lines = patient(ACME, 7, "d") + &patient(ACME, 8, "d") + &procedure(ACME, 7, 1, json!({}));
    let (client, _place) = Client::on(&lines);
    for (field, body) in [
        ("InsSubNum", json!({ "ClaimType": "P", "InsSubNum": 81 })),
        ("InsSubNum", json!({ "ClaimType": "P", "InsSubNum": 999_999 })),
        ("InsSubNum2", json!({ "ClaimType": "P", "InsSubNum2": 81 })),
    ] {
        let mut asked = asked(7, &[1]);
        super::family::merge(&mut asked, body);
        let answer = client.post_json("/api/v1/claims", &asked);
        check_refused(field, &answer, ("subscription-not-of-patient", field), "");
    }
}

#[test]
fn an_enrolment_with_a_gap_is_told() {
    let lines = patient(ACME, 7, "")
        + &procedure(ACME, 7, 1, json!({}))
        + &line(json!({ "kind": "patPlan", "payer": ACME, "code": "1", "patient": "7", "insSub": "55", "ordinal": 1 }));
    let (client, _place) = Client::on(&lines);
    let answer = client.post_json("/api/v1/claims", &asked(7, &[1]));
    check_refused("a gap", &answer, ("enrolment-incomplete", "PatNum"), "");
    assert!(answer.text.contains("subscription 55"), "{}", answer.text);
}

#[test]
fn in_process_procedures_hold_the_claims_that_they_are_on() {
    let lines = patient(ACME, 7, "ddd")
        + &procedure(ACME, 7, 1, json!({ "inProcess": true }))
        + &procedure(ACME, 7, 2, json!({}));
    let (client, _place) = Client::on(&lines);
    let claims = client
        .post_json("/api/v1/claims", &asked(7, &[1, 2]))
        .expect(201)
        .json();
    let statuses: Vec<&Value> = claims["claims"]
        .as_array()
        .expect("claims")
        .iter()
        .map(|claim| &claim["ClaimStatus"])
        .collect();
    assert_eq!(statuses, ["I", "I", "I"]);
}
