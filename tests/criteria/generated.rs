//! The default component agrees with the plain reading on a generated population: several blocks of the line index,
//! thousands of codes, and the skew of real claims.

use reprise::{Host, Prefilter};
use reprise_interchange::{GenerateOptions, NoProgress, generate};
use reprise_model::{Claim, Reference};
use serde_json::{Value, json};

use super::plain;
use super::population::Population;
use super::requests::read;
use super::scenario::soaks;
use super::small::{not, request};
use super::world::{World, agree};

fn generated(claims: u64) -> (String, Population) {
    let mut bytes = Vec::new();
    let options = GenerateOptions {
        claims,
        seed: 7,
        ..GenerateOptions::default()
    };
    generate(&options, &mut bytes, &mut NoProgress).expect("a population");
    let lines = String::from_utf8(bytes).expect("text");
    let mut population = Population {
        references: Vec::new(),
        claims: Vec::new(),
    };
    for line in lines.lines() {
        if line.starts_with(r#"{"kind":"claim","#) {
            population
                .claims
                .push(serde_json::from_str::<Claim>(line).expect("a claim"));
        } else {
            population
                .references
                .push(serde_json::from_str::<Reference>(line).expect("a row"));
        }
    }
    (lines, population)
}

/// Each criterion at least once, alone or with others.
fn requests(population: &Population) -> Vec<Value> {
    let entity = population
        .claims
        .iter()
        .flat_map(|claim| &claim.lines)
        .find_map(|line| line.serviced_entity.as_ref());
    let entity = entity.expect("a serviced entity");
    vec![
        json!({}),
        json!({"claimStatus": "FINALIZED", "entryStartDate": "2024-01-01", "entryEndDate": "2024-06-30"}),
        json!({"serviceStartDate": "2023-06-01", "serviceEndDate": "2023-06-07", "claimType": "PROVIDER"}),
        json!({"servicedEntityCode": entity.code, "servicedEntityTypeCode": entity.entity_type}),
        json!({"claimFormCode": "UB04", "procedureGroupCode": "PG-3"}),
        json!({"procedureGroupCode": {"anyOf": ["PG-7", "PG-9", "PG-20"]}, "claimStatus": not("FINALIZED")}),
        json!({"procedureGroupCode": not("PG-1"), "diagnosisGroupCode": "DG-2"}),
        json!({"diagnosisGroupCode": "DG-5", "claimType": "RESTITUTION"}),
        json!({"procedureConditionCode": not("PREVENTIVE-UNDER-18"), "claimFormCode": "DENTAL"}),
        json!({"procedureGroupCode": "PG-1", "diagnosisConditionCode": not("CARIES-WITH-TOOTH")}),
        json!({"benefitsProviderGroupCode": "PRG-1", "serviceProviderGroupCode": "PRG-2"}),
        json!({"priceProviderGroupCode": "PRG-3"}),
        json!({"locationProviderGroupCode": "PRG-1", "claimantProviderGroupCode": not("PRG-1")}),
        json!({"claimantProviderGroupCode": {"anyOf": ["PRG-1", "PRG-2", "PRG-3"]}}),
        json!({"productCode": "GOLD", "coverageRegimeCode": "REG-A"}),
        json!({"productCode": not(json!({"anyOf": ["GOLD", "SILVER"]})), "feeScheduleCode": "FS-1"}),
        json!({"messageGroupCode": "MG-1"}),
        json!({"pendReasonCode": {"anyOf": ["PR-1", "PR-2", "PR-3"]}}),
        json!({"allowedAmount": {"from": "100.00", "through": "200.00"}, "coveredAmount": {"from": "150.00"}}),
        json!({"processType": "RESERVATION", "messageGroupCode": not("MG-1")}),
    ]
}

#[test]
fn the_default_component_agrees_on_a_generated_population() {
    // Above 16,384 lines, so that there are several blocks.
    let (lines, population) = generated(if soaks() { 60_000 } else { 6_000 });
    let world = World::new(None);
    world.import(lines);
    // What a prefilter spares the component is no hit, whether it is spared or not.
    let others = [Prefilter::Off, Prefilter::Blocks].map(|prefilter| (prefilter, world.host_with(prefilter)));
    for (number, body) in requests(&population).into_iter().enumerate() {
        let request = read(&request(body.clone()));
        let matched = agree(&world.host, "DEMO", plain::by_default, &population, &request);
        let matched = matched.unwrap_or_else(|difference| unreachable!("request {number}, {body}: {difference:.2000}"));
        assert!(
            !matched.claims.is_empty(),
            "request {number}, {body}, hits nothing and shows nothing"
        );
        let count = |host: &Host| host.count("DEMO", &request).expect("a count").answer;
        for (prefilter, host) in &others {
            let case = format!("request {number}, {body}, prefilter {prefilter:?}");
            assert_eq!(super::world::matched(host, "DEMO", &request), matched, "{case}");
            assert_eq!(count(host), count(&world.host), "{case}");
        }
    }
}
