//! What is imported beside a running host counts from its next decision on.

use proptest::prelude::Strategy;
use reprise_model::Reference;
use serde_json::json;

use super::plain;
use super::population::Population;
use super::requests::read;
use super::scenario::{draw, scenario};
use super::small::{claim, group, population, request};
use super::world::{World, agree, lines, matched};

/// One population in the place of another: what has a code that both have is replaced, what only one has stays.
fn replaced(before: &Population, after: &Population) -> Population {
    let key = |row: &Reference| (row.kind(), row.key());
    let mut references = after.references.clone();
    let is_replaced = |row: &&Reference| after.references.iter().any(|other| key(other) == key(row));
    references.extend(before.references.iter().filter(|row| !is_replaced(row)).cloned());
    let mut claims = after.claims.clone();
    claims.extend(
        before
            .claims
            .iter()
            .filter(|claim| !after.claims.iter().any(|other| other.code == claim.code))
            .cloned(),
    );
    Population { references, claims }
}

#[test]
fn what_is_replaced_beside_a_running_host_counts_from_its_next_decision_on() {
    let world = World::new(None);
    let strategy = (
        scenario(8),
        proptest::collection::vec(scenario(8).prop_map(|scenario| scenario.population), 1..=3),
    );
    draw(40, 800, &strategy, |(scenario, changes)| {
        let payer = world.new_payer();
        let mut now = Population {
            references: Vec::new(),
            claims: Vec::new(),
        };
        for change in std::iter::once(&scenario.population).chain(&changes) {
            world.bring_as(&payer, change);
            now = replaced(&now, change);
            for request in &scenario.requests {
                let request = request.submitted(&now);
                agree(&world.host, &payer, plain::by_default, &now, &request)?;
            }
        }
        Ok(())
    });
}

#[test]
fn the_next_request_sees_a_claim_as_it_is_now() {
    let world = World::new(None);
    let payer = world.new_payer();
    let body = read(&request(
        json!({"claimStatus": "FINALIZED", "serviceStartDate": "2009-06-30"}),
    ));
    let check = |claims: &[serde_json::Value], hit: &[&str]| {
        world.import(lines(&payer, &population(&[], claims)));
        let matched = matched(&world.host, &payer, &body);
        let codes: Vec<_> = matched.claims.iter().map(|claim| claim.code.as_str()).collect();
        assert_eq!(codes, hit, "after {claims:?}");
    };
    let early = json!({"serviceStartDate": "2009-06-01"});
    check(&[claim("C1", json!({"status": "FINALIZED"}))], &["C1"]);
    check(&[claim("C2", json!({"status": "FINALIZED"}))], &["C1", "C2"]);
    // In another status, then without a line of that day, then with one again.
    check(&[claim("C1", json!({"status": "INITIAL"}))], &["C2"]);
    check(&[claim("C1", json!({"status": "FINALIZED", "line": early}))], &["C2"]);
    check(
        &[claim("C1", json!({"status": "FINALIZED", "lines": [early, {}]}))],
        &["C1", "C2"],
    );
    check(&[claim("C2", json!({"status": "FINALIZED", "lines": []}))], &["C1"]);
}

#[test]
fn the_next_request_sees_a_group_as_it_is_now() {
    let world = World::new(None);
    let payer = world.new_payer();
    let body = read(&request(json!({"procedureGroupCode": "PG"})));
    let claims = [claim("C1", json!({"line": {"procedures": ["G0438"]}}))];
    for (from, through, is_hit) in [
        ("2009-06-30", "2009-06-30", true),
        ("2009-07-01", "-", false),
        ("-", "2009-06-30", true),
    ] {
        let row = group("procedureGroup", "PG", &[("G0438", from, through)]);
        world.import(lines(&payer, &population(&[row], &claims)));
        let matched = matched(&world.host, &payer, &body);
        assert_eq!(!matched.claims.is_empty(), is_hit, "from {from} through {through}");
    }
}
