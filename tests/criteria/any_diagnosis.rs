//! A component of one's own changes the answer exactly where it says: any diagnosis of the group, not the primary alone.

use std::cell::Cell;

use reprise_model::{Claim, Criterion, CriterionName, Line, Reference, ReferenceKind, Test};
use serde_json::json;

use super::plain::{self, belongs};
use super::requests::read;
use super::scenario::{draw, scenario};
use super::small::{claim, group, population, request};
use super::world::{World, agree, matched};

use crate::components::ANY_DIAGNOSIS;

/// The plain reading, but for a diagnosis group any diagnosis of the line will do.
fn by_any_diagnosis(references: &[Reference], claim: &Claim, line: &Line, criterion: &Criterion) -> bool {
    match (&criterion.name, &criterion.test) {
        (CriterionName::DiagnosisGroup, Test::AnyOf(groups)) => groups.iter().any(|group| {
            line.diagnoses.iter().any(|diagnosis| {
                belongs(
                    references,
                    ReferenceKind::DiagnosisGroup,
                    group,
                    &diagnosis.code,
                    line.service_start_date,
                )
            })
        }),
        _ => plain::by_default(references, claim, line, criterion),
    }
}

#[test]
fn the_example_component_agrees_with_a_plain_reading_of_its_own() {
    let (example, default) = (World::new(Some(ANY_DIAGNOSIS)), World::new(None));
    let differing = Cell::new(0);
    draw(30, 800, &scenario(40), |scenario| {
        let (payer, payer_by_default) = (example.bring(&scenario.population), default.bring(&scenario.population));
        for request in &scenario.requests {
            let request = request.submitted(&scenario.population);
            let ours = agree(&example.host, &payer, by_any_diagnosis, &scenario.population, &request)?;
            let theirs = matched(&default.host, &payer_by_default, &request);
            if ours != theirs {
                differing.set(differing.get() + 1);
                if !request
                    .criteria
                    .iter()
                    .any(|criterion| criterion.name == CriterionName::DiagnosisGroup)
                {
                    return Err("a request without a diagnosis group has another answer".to_owned());
                }
            }
        }
        Ok(())
    });
    assert!(differing.get() > 0, "no request had another answer");
}

#[test]
fn the_answer_changes_for_claims_whose_other_diagnoses_are_in_the_group_alone() {
    let ranked = |codes: &[&str]| {
        let diagnoses = (1..)
            .zip(codes)
            .map(|(sequence, code)| json!({"code": code, "sequence": sequence}));
        json!({"line": {"diagnoses": diagnoses.collect::<Vec<_>>()}})
    };
    let population = population(
        &[group("diagnosisGroup", "DG", &[("E119", "2009-01-01", "2009-12-31")])],
        &[
            claim("alone", ranked(&["E119"])),
            claim("first", ranked(&["E119", "I10"])),
            claim("neither", ranked(&["I10"])),
            claim("none", ranked(&[])),
            claim("second", ranked(&["I10", "E119"])),
        ],
    );
    let body = read(&request(json!({"diagnosisGroupCode": "DG"})));
    for (rules, hit) in [
        (None, &["alone", "first"][..]),
        (Some(ANY_DIAGNOSIS), &["alone", "first", "second"]),
    ] {
        let world = World::new(rules);
        let payer = world.bring(&population);
        let matched = matched(&world.host, &payer, &body);
        let codes: Vec<_> = matched.claims.iter().map(|claim| claim.code.as_str()).collect();
        assert_eq!(codes, hit);
    }
}
