//! Patients with plans and procedures, as import lines, and a caller that asks for their claims.

use axum::http::Method;
use serde_json::{Map, Value, json};

use crate::http::client::{Answer, JSON};
use crate::reprocess::world::World;

/// The payer whose office has every flag off.
pub(crate) const ACME: &str = "ACME";
/// The payer whose office holds primary claims for medical plans and blocks fees of 0.
pub(crate) const STRICT: &str = "STRICT";

/// A patient who is enrolled in plans, in this order: `d` is a dental plan, `c` a dental one on capitation, `m` a medical
/// one. Plan, subscription and patient plan in place `i` have the number [`subscription`]`(patient, i)`.
pub(crate) fn patient(payer: &str, number: u64, plans: &str) -> String {
    let mut lines = line(json!({
        "kind": "patient", "payer": payer, "code": number.to_string(), "primaryProvider": "P-1",
    }));
    for (place, plan) in (1_u64..).zip(plans.chars()) {
        let code = subscription(number, place).to_string();
        lines += &line(json!({
            "kind": "insPlan", "payer": payer, "code": code, "isMedical": plan == 'm',
            "planType": if plan == 'c' { "c" } else { "" },
        }));
        lines += &line(json!({
            "kind": "insSub", "payer": payer, "code": code, "plan": code, "subscriber": number.to_string(),
        }));
        lines += &line(json!({
            "kind": "patPlan", "payer": payer, "code": code, "patient": number.to_string(), "insSub": code,
            "ordinal": place, "relationship": "Self",
        }));
    }
    lines
}

/// The number of a patient's subscription in this place, from 1.
pub(crate) const fn subscription(patient: u64, place: u64) -> u64 {
    patient * 10 + place
}

/// The number of a patient's procedure in this place, from 1.
pub(crate) const fn procedure_number(patient: u64, place: u64) -> u64 {
    patient * 100 + place
}

/// A procedure of a patient, with these members changed.
pub(crate) fn procedure(payer: &str, patient: u64, place: u64, changes: Value) -> String {
    let mut procedure = json!({
        "kind": "procedure", "payer": payer, "code": procedure_number(patient, place).to_string(),
        "patient": patient.to_string(), "procedureCode": "T0120", "date": "2026-01-10", "fee": "50.00",
        "status": "complete", "provider": "P-2", "placeOfService": "office",
        "diagnoses": [{ "code": "K021", "sequence": 1 }],
    });
    merge(&mut procedure, changes);
    line(procedure)
}

/// A flag of the office.
pub(crate) fn flag(payer: &str, code: &str, value: bool) -> String {
    line(json!({ "kind": "officeFlag", "payer": payer, "code": code, "value": value }))
}

/// The flags of both offices.
pub(crate) fn offices() -> String {
    [
        flag(ACME, "hold-primary-for-medical", false),
        flag(STRICT, "hold-primary-for-medical", true),
        flag(STRICT, "block-zero-fee", true),
    ]
    .concat()
}

pub(crate) fn line(value: Value) -> String {
    format!("{value}\n")
}

pub(crate) fn merge(object: &mut Value, members: Value) {
    let members: Map<String, Value> = serde_json::from_value(members).expect("an object");
    object.as_object_mut().expect("an object").extend(members);
}

/// Sends a request as of a payer.
pub(crate) fn send(world: &World, method: Method, payer: &str, path: &str, body: &Value) -> Answer {
    let headers = [("content-type", JSON)];
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    world.client.as_of(payer).send(method, path, &headers, body)
}

/// Asks for claims.
pub(crate) fn post(world: &World, payer: &str, body: &Value) -> Answer {
    send(world, Method::POST, payer, "/api/v1/claims", body)
}

/// Changes a claim.
pub(crate) fn put(world: &World, claim: &Value, body: &Value) -> Answer {
    send(world, Method::PUT, ACME, &path(claim), body)
}

/// Marks a claim as sent.
#[track_caller]
pub(crate) fn mark_sent(world: &World, claim: &Value) -> Value {
    let path = format!("{}/Status", path(claim));
    send(world, Method::PUT, ACME, &path, &Value::Null).expect(200).json()
}

/// The claim as it is now.
#[track_caller]
pub(crate) fn now(world: &World, claim: &Value) -> Value {
    send(world, Method::GET, ACME, &path(claim), &Value::Null)
        .expect(200)
        .json()
}

/// Where a claim is.
#[track_caller]
pub(crate) fn path(claim: &Value) -> String {
    format!("/api/v1/claims/{}", claim["ClaimNum"].as_i64().expect("a number"))
}

/// The one claim that a request creates.
#[track_caller]
pub(crate) fn created(world: &World, body: &Value) -> Value {
    post(world, ACME, body).expect(201).json()
}

/// The claims that a request without a type creates.
#[track_caller]
pub(crate) fn all_created(world: &World, patient: u64, procedures: &[u64]) -> Vec<Value> {
    let body = json!({ "PatNum": patient, "procNums": procedures });
    let answer = post(world, ACME, &body).expect(201).json();
    answer["claims"].as_array().expect("claims").clone()
}

/// Letters of a claim: type, status, subscription, other subscription.
pub(crate) fn letters(claim: &Value) -> (String, String, u64, u64) {
    let text = |name: &str| claim[name].as_str().expect(name).to_owned();
    let number = |name: &str| claim[name].as_u64().expect(name);
    (
        text("ClaimType"),
        text("ClaimStatus"),
        number("InsSubNum"),
        number("InsSubNum2"),
    )
}

/// Checks a refusal: status 400, this code, this field, a sentence, and these statuses that would be allowed.
#[track_caller]
pub(crate) fn check_refused(what: &str, answer: &Answer, (code, field): (&str, &str), allowed: &str) {
    assert_eq!(answer.status, 400, "{what}: {}", answer.text);
    assert_eq!(answer.header("content-type"), "application/problem+json", "{what}");
    let problem = answer.json();
    assert_eq!(
        (&problem["code"], &problem["field"]),
        (&json!(code), &json!(field)),
        "{what}: {problem}"
    );
    let detail = problem["detail"].as_str().expect("a sentence");
    assert!(detail.len() > 15 && !detail.contains('\n'), "{what}: {detail}");
    let shown: Vec<&str> = problem["allowed"]
        .as_array()
        .map(|allowed| allowed.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let mut shown = shown;
    shown.sort_unstable();
    let mut wanted: Vec<&str> = allowed.split(' ').filter(|letter| !letter.is_empty()).collect();
    wanted.sort_unstable();
    assert_eq!(shown, wanted, "{what}: {problem}");
}
