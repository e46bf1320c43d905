//! Each criterion, met and not met, on the smallest claim that shows it.

use serde_json::{Value, json};

use super::small::{self, claim, group, named, not};
use super::world::World;

/// What the requests below may name.
fn references() -> Vec<Value> {
    let mut rows = vec![
        group("procedureGroup", "PG", &[("G0438", "2009-01-01", "2009-12-31")]),
        group("diagnosisGroup", "DG", &[("E119", "2009-01-01", "2009-12-31")]),
        group("providerGroup", "PRG", &[("P-1", "2009-01-01", "2009-12-31")]),
        json!({"kind": "messageGroup", "payer": "-", "code": "MG", "members": [{"code": "AUTH1"}]}),
        named("pendReason", "PR-1"),
        json!({"kind": "servicedEntity", "payer": "-", "code": "M-1", "type": "PERSON"}),
    ];
    rows.extend(["UB04", "DENTAL"].map(|code| named("claimForm", code)));
    rows.extend(["GOLD", "SILVER"].map(|code| named("product", code)));
    rows.push(named("coverageRegime", "REG-A"));
    rows.push(named("feeSchedule", "FS-1"));
    rows
}

/// A request on a claim as changed hits it, or not.
fn check(cases: &[(Value, Value, bool)]) {
    let world = World::new(None);
    for (request, changes, hit) in cases {
        let expected: &[&str] = if *hit { &["C1"] } else { &[] };
        small::check(
            &world,
            &references(),
            &[claim("C1", changes.clone())],
            request.clone(),
            expected,
        );
    }
}

/// A change of the line.
fn line(changes: Value) -> Value {
    json!({ "line": changes })
}

#[test]
fn criteria_of_the_claim() {
    check(&[
        (json!({"processType": "CLAIM"}), json!({}), true),
        (json!({"processType": "RESERVATION"}), json!({}), false),
        (
            json!({"processType": "RESERVATION"}),
            json!({"processType": "RESERVATION"}),
            true,
        ),
        (
            json!({"entryStartDate": "2009-07-01", "entryEndDate": "2009-07-01"}),
            json!({}),
            true,
        ),
        (json!({"entryStartDate": "2009-07-02"}), json!({}), false),
        (json!({"entryEndDate": "2009-06-30"}), json!({}), false),
        (json!({"entryEndDate": "2009-07-01"}), json!({}), true),
        (json!({"claimFormCode": "UB04"}), json!({"formCode": "UB04"}), true),
        (json!({"claimFormCode": "UB04"}), json!({"formCode": "DENTAL"}), false),
        (json!({"claimFormCode": "UB04"}), json!({}), false),
        (json!({"claimFormCode": not("UB04")}), json!({}), true),
        (json!({"claimType": "PROVIDER"}), json!({"type": "PROVIDER"}), true),
        (json!({"claimType": "PROVIDER"}), json!({"type": "RESTITUTION"}), false),
        (json!({"claimType": "PROVIDER"}), json!({}), false),
        (json!({"claimStatus": "CHANGE"}), json!({}), true),
        (json!({"claimStatus": "MANUAL PRICING"}), json!({}), false),
        (
            json!({"claimStatus": {"anyOf": ["FINALIZED", "CHANGE"]}}),
            json!({}),
            true,
        ),
        (json!({"claimStatus": not("CHANGE")}), json!({}), false),
        (
            json!({"claimantProviderGroupCode": "PRG"}),
            json!({"claimantProvider": "P-1"}),
            true,
        ),
        (
            json!({"claimantProviderGroupCode": "PRG"}),
            json!({"claimantProvider": "P-2"}),
            false,
        ),
        (json!({"claimantProviderGroupCode": "PRG"}), json!({}), false),
        (
            json!({"claimantProviderGroupCode": "PRG"}),
            json!({"claimantProvider": "P-1", "line": {"serviceStartDate": "2010-01-01"}}),
            false,
        ),
        (
            json!({"pendReasonCode": "PR-1"}),
            json!({"pendReasons": [{"code": "PR-1"}]}),
            true,
        ),
        (
            json!({"pendReasonCode": "PR-1"}),
            json!({"pendReasons": [{"code": "PR-2"}]}),
            false,
        ),
    ]);
}

#[test]
fn criteria_of_the_line() {
    let amounts = |from: &str, through: &str| json!({"from": from, "through": through});
    check(&[
        (
            json!({"serviceStartDate": "2009-06-30", "serviceEndDate": "2009-06-30"}),
            json!({}),
            true,
        ),
        (json!({"serviceStartDate": "2009-07-01"}), json!({}), false),
        (json!({"serviceEndDate": "2009-06-29"}), json!({}), false),
        (
            json!({"serviceStartDate": "2009-01-01"}),
            line(json!({"serviceStartDate": null})),
            false,
        ),
        (
            json!({"productCode": "GOLD"}),
            line(json!({"benefits": [{"product": "GOLD"}]})),
            true,
        ),
        (
            json!({"productCode": "GOLD"}),
            line(json!({"benefits": [{"product": "SILVER"}]})),
            false,
        ),
        (
            json!({"productCode": {"anyOf": ["SILVER", "GOLD"]}}),
            line(json!({"benefits": [{"product": "SILVER"}]})),
            true,
        ),
        (
            json!({"productCode": not("GOLD")}),
            line(json!({"benefits": [{"product": "SILVER"}]})),
            true,
        ),
        (
            json!({"productCode": not(json!({"anyOf": ["SILVER", "GOLD"]}))}),
            line(json!({"benefits": [{"product": "SILVER"}]})),
            false,
        ),
        (
            json!({"coverageRegimeCode": "REG-A"}),
            line(json!({"benefits": [{"regime": "REG-A"}]})),
            true,
        ),
        (
            json!({"coverageRegimeCode": "REG-A"}),
            line(json!({"benefits": [{"product": "REG-A"}]})),
            false,
        ),
        (
            json!({"feeScheduleCode": "FS-1"}),
            line(json!({"feeSchedules": ["FS-2", "FS-1"]})),
            true,
        ),
        (
            json!({"feeScheduleCode": "FS-1"}),
            line(json!({"feeSchedules": ["FS-2"]})),
            false,
        ),
        (
            json!({"messageGroupCode": "MG"}),
            line(json!({"messages": ["AUTH1"]})),
            true,
        ),
        (
            json!({"messageGroupCode": "MG"}),
            line(json!({"messages": ["AUTH2"]})),
            false,
        ),
        (
            json!({"pendReasonCode": "PR-1"}),
            line(json!({"pendReasons": [{"code": "PR-1"}]})),
            true,
        ),
        (
            json!({"pendReasonCode": "PR-1"}),
            line(json!({"pendReasons": [{"code": "PR-2"}]})),
            false,
        ),
        (
            json!({"allowedAmount": amounts("100.00", "200.00")}),
            line(json!({"allowedAmount": "100.00"})),
            true,
        ),
        (
            json!({"allowedAmount": amounts("100.00", "200.00")}),
            line(json!({"allowedAmount": "200.01"})),
            false,
        ),
        (
            json!({"allowedAmount": {"from": "0.00"}}),
            line(json!({"coveredAmount": "5.00"})),
            false,
        ),
        (
            json!({"coveredAmount": {"through": "200.00"}}),
            line(json!({"coveredAmount": "200.00"})),
            true,
        ),
        (
            json!({"coveredAmount": {"through": "200.00"}}),
            line(json!({"coveredAmount": "200.01"})),
            false,
        ),
    ]);
    let entity = json!({"servicedEntityCode": "M-1", "servicedEntityTypeCode": "PERSON"});
    check(&[
        (
            entity.clone(),
            line(json!({"servicedEntity": {"code": "M-1", "type": "PERSON"}})),
            true,
        ),
        (
            entity.clone(),
            line(json!({"servicedEntity": {"code": "M-2", "type": "PERSON"}})),
            false,
        ),
        (
            entity.clone(),
            line(json!({"servicedEntity": {"code": "M-1", "type": "OBJECT"}})),
            false,
        ),
        (entity, line(json!({})), false),
    ]);
}

#[test]
fn criteria_on_procedures_and_diagnoses() {
    let diagnoses = |codes: &[&str]| -> Value {
        (1..)
            .zip(codes)
            .map(|(sequence, code)| json!({"code": code, "sequence": sequence}))
            .collect()
    };
    let preventive = json!({"procedureConditionCode": "PREVENTIVE-UNDER-18"});
    // A condition on the diagnosis is not asked for alone.
    let caries = json!({"diagnosisConditionCode": "CARIES-WITH-TOOTH", "procedureGroupCode": "PG"});
    let on_procedure = |diagnoses: Value, attributes: Value| {
        line(json!({"procedures": ["G0438"], "diagnoses": diagnoses, "attributes": attributes}))
    };
    check(&[
        (
            json!({"procedureGroupCode": "PG"}),
            line(json!({"procedures": ["A0001", "G0438"]})),
            true,
        ),
        (
            json!({"procedureGroupCode": "PG"}),
            line(json!({"procedures": ["A0001"]})),
            false,
        ),
        (
            json!({"diagnosisGroupCode": "DG"}),
            line(json!({"diagnoses": diagnoses(&["E119", "I10"])})),
            true,
        ),
        (
            json!({"diagnosisGroupCode": "DG"}),
            line(json!({"diagnoses": diagnoses(&["I10", "E119"])})),
            false,
        ),
        (
            preventive.clone(),
            line(json!({"procedures": ["A0001", "G0438"], "attributes": {"age": 17}})),
            true,
        ),
        (
            preventive.clone(),
            line(json!({"procedures": ["G0438"], "attributes": {"age": "17"}})),
            true,
        ),
        (
            preventive.clone(),
            line(json!({"procedures": ["G0438"], "attributes": {"age": 18}})),
            false,
        ),
        (
            preventive.clone(),
            line(json!({"procedures": ["G0438"], "attributes": {"age": "child"}})),
            false,
        ),
        (preventive.clone(), line(json!({"procedures": ["G0438"]})), false),
        (
            preventive,
            line(json!({"procedures": ["A0001"], "attributes": {"age": 17}})),
            false,
        ),
        (
            caries.clone(),
            on_procedure(diagnoses(&["K021", "I10"]), json!({"tooth": "14"})),
            true,
        ),
        (
            caries.clone(),
            on_procedure(diagnoses(&["I10", "K021"]), json!({"tooth": "14"})),
            false,
        ),
        (
            caries.clone(),
            on_procedure(diagnoses(&["K021"]), json!({"tooth": ""})),
            false,
        ),
        (caries.clone(), on_procedure(diagnoses(&["K021"]), json!({})), false),
        (caries, on_procedure(diagnoses(&[]), json!({"tooth": "14"})), false),
    ]);
}

/// Each of the provider groups looks at its own provider, and at no other.
#[test]
fn criteria_on_the_providers_of_the_line() {
    let parts = [
        "benefits",
        "priceIndividual",
        "priceOrganization",
        "service",
        "location",
    ];
    let mut cases = Vec::new();
    for (attribute, own) in [
        ("benefitsProviderGroupCode", &["benefits"][..]),
        ("priceProviderGroupCode", &["priceIndividual", "priceOrganization"]),
        ("serviceProviderGroupCode", &["service"]),
        ("locationProviderGroupCode", &["location"]),
    ] {
        for part in parts {
            cases.push((
                json!({attribute: "PRG"}),
                line(json!({"providers": {part: "P-1"}})),
                own.contains(&part),
            ));
            cases.push((
                json!({attribute: "PRG"}),
                line(json!({"providers": {part: "P-2"}})),
                false,
            ));
            cases.push((
                json!({attribute: not("PRG")}),
                line(json!({"providers": {part: "P-2"}})),
                true,
            ));
        }
        cases.push((json!({attribute: "PRG"}), json!({"claimantProvider": "P-1"}), false));
    }
    check(&cases);
}
