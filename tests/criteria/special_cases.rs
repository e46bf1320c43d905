//! What is easily got wrong, each on the smallest claims that show it.

use serde_json::{Value, json};

use super::small::{check, claim, group, named, not};
use super::world::World;

fn diagnoses(ranked: &[(&str, i64)]) -> Value {
    let diagnoses = ranked
        .iter()
        .map(|(code, sequence)| json!({"code": code, "sequence": sequence}));
    json!({"line": {"diagnoses": diagnoses.collect::<Vec<_>>()}})
}

#[test]
fn of_diagnoses_with_the_same_sequence_the_lowest_code_in_byte_order_is_primary() {
    let world = World::new(None);
    let references = [group("diagnosisGroup", "DG", &[("E119", "-", "-")])];
    let claims = [
        claim("before", diagnoses(&[("I10", 1), ("E119", 1)])),
        claim("after", diagnoses(&[("E119", 1), ("A000", 1)])),
        claim("longer", diagnoses(&[("E1190", 1), ("E119", 1)])),
        claim("shorter", diagnoses(&[("E11", 1), ("E119", 1)])),
        claim("lower case", diagnoses(&[("a000", 1), ("E119", 1)])),
        claim("lower sequence", diagnoses(&[("E119", 2), ("I10", 1)])),
        claim("lowest sequence", diagnoses(&[("I10", 0), ("E119", -1)])),
    ];
    check(
        &world,
        &references,
        &claims,
        json!({"diagnosisGroupCode": "DG"}),
        &["before", "longer", "lower case", "lowest sequence"],
    );
}

#[test]
fn a_line_with_nothing_meets_no_criterion_and_every_opposite() {
    let world = World::new(None);
    let references = [
        group("procedureGroup", "PG", &[("G0438", "-", "-")]),
        group("diagnosisGroup", "DG", &[("E119", "-", "-")]),
        group("providerGroup", "PRG", &[("P-1", "-", "-")]),
        json!({"kind": "messageGroup", "payer": "-", "code": "MG", "members": [{"code": "AUTH1"}]}),
        named("product", "GOLD"),
        named("coverageRegime", "REG-A"),
        named("feeSchedule", "FS-1"),
        named("pendReason", "PR-1"),
        named("claimForm", "UB04"),
    ];
    // The second claim brings the codes about that the first one does not have.
    let full = json!({
        "claimantProvider": "P-1", "formCode": "UB04", "type": "PROVIDER",
        "line": {
            "procedures": ["G0438"], "diagnoses": [{"code": "E119", "sequence": 1}], "messages": ["AUTH1"],
            "feeSchedules": ["FS-1"], "benefits": [{"product": "GOLD", "regime": "REG-A"}],
            "pendReasons": [{"code": "PR-1"}],
            "providers": {"benefits": "P-1", "priceIndividual": "P-1", "service": "P-1", "location": "P-1"},
        },
    });
    let claims = [claim("empty", json!({})), claim("full", full)];
    for (attribute, code) in [
        ("procedureGroupCode", "PG"),
        ("diagnosisGroupCode", "DG"),
        ("benefitsProviderGroupCode", "PRG"),
        ("priceProviderGroupCode", "PRG"),
        ("serviceProviderGroupCode", "PRG"),
        ("locationProviderGroupCode", "PRG"),
        ("claimantProviderGroupCode", "PRG"),
        ("messageGroupCode", "MG"),
        ("productCode", "GOLD"),
        ("coverageRegimeCode", "REG-A"),
        ("feeScheduleCode", "FS-1"),
        ("pendReasonCode", "PR-1"),
        ("claimFormCode", "UB04"),
        ("claimType", "PROVIDER"),
        ("procedureConditionCode", "PREVENTIVE-UNDER-18"),
    ] {
        let is_condition = attribute == "procedureConditionCode";
        check(
            &world,
            &references,
            &claims,
            json!({attribute: code}),
            if is_condition { &[] } else { &["full"] },
        );
        let others: &[&str] = if is_condition { &["empty", "full"] } else { &["empty"] };
        check(&world, &references, &claims, json!({attribute: not(code)}), others);
    }
}

#[test]
fn two_lines_that_each_meet_another_criterion_are_no_match() {
    let world = World::new(None);
    let references = [named("product", "GOLD"), named("feeSchedule", "FS-1")];
    let (gold, priced) = (
        json!({"benefits": [{"product": "GOLD"}]}),
        json!({"feeSchedules": ["FS-1"]}),
    );
    let both = json!({"benefits": [{"product": "GOLD"}], "feeSchedules": ["FS-1"]});
    let claims = [
        claim("apart", json!({"lines": [gold, priced]})),
        claim("together", json!({"lines": [gold, priced, both]})),
    ];
    check(
        &world,
        &references,
        &claims,
        json!({"productCode": "GOLD", "feeScheduleCode": "FS-1"}),
        &["together"],
    );
    // The opposite is asked of the same line too.
    let asked = json!({"productCode": "GOLD", "feeScheduleCode": not("FS-1")});
    check(&world, &references, &claims, asked, &["apart", "together"]);
}

#[test]
fn a_claim_in_none_of_the_seven_statuses_is_not_in_scope() {
    let world = World::new(None);
    let statuses = reprise_model::ProcessingStatus::ALL
        .iter()
        .map(|status| status.as_str());
    let claims: Vec<_> = statuses
        .map(|status| claim(status, json!({"status": status})))
        .collect();
    let in_scope = [
        "CHANGE",
        "FINALIZED",
        "MANUAL ADJUDICATION",
        "MANUAL BENEFITS",
        "MANUAL PRICING",
        "MANUAL PRICING ADJUDICATION",
        "PRICING FINALIZED",
    ];
    check(&world, &[], &claims, json!({}), &in_scope);
    // Nor does the opposite of a status reach beyond them.
    let others: Vec<_> = in_scope.into_iter().filter(|status| *status != "FINALIZED").collect();
    check(&world, &[], &claims, json!({"claimStatus": not("FINALIZED")}), &others);
}

#[test]
fn a_claim_without_lines_is_never_hit() {
    let world = World::new(None);
    let claims = [claim("C1", json!({"lines": [], "pendReasons": [{"code": "PR-1"}]}))];
    check(&world, &[], &claims, json!({}), &[]);
    check(
        &world,
        &[named("pendReason", "PR-1")],
        &claims,
        json!({"pendReasonCode": "PR-1"}),
        &[],
    );
}

#[test]
fn messages_of_the_claim_are_not_messages_of_its_lines() {
    let world = World::new(None);
    let references = [json!({"kind": "messageGroup", "payer": "-", "code": "MG", "members": [{"code": "AUTH1"}]})];
    let claims = [
        claim("header", json!({"messages": ["AUTH1"]})),
        claim("line", json!({"line": {"messages": ["OTHER", "AUTH1"]}})),
    ];
    check(
        &world,
        &references,
        &claims,
        json!({"messageGroupCode": "MG"}),
        &["line"],
    );
}

#[test]
fn a_pend_reason_counts_on_claim_or_line_resolved_or_not_but_not_on_a_bill() {
    let world = World::new(None);
    let attached = |resolved: bool| json!([{"code": "PR-1", "resolved": resolved}]);
    let claims = [
        claim(
            "bill",
            json!({"bills": [{"code": "B1", "lines": ["L1"], "pendReasons": attached(false)}]}),
        ),
        claim("claim", json!({"pendReasons": attached(false)})),
        claim("claim, resolved", json!({"pendReasons": attached(true)})),
        claim("line", json!({"line": {"pendReasons": attached(false)}})),
        claim("line, resolved", json!({"line": {"pendReasons": attached(true)}})),
        claim("none", json!({})),
    ];
    let reasons = [named("pendReason", "PR-1")];
    let hit = ["claim", "claim, resolved", "line", "line, resolved"];
    check(&world, &reasons, &claims, json!({"pendReasonCode": "PR-1"}), &hit);
    check(
        &world,
        &reasons,
        &claims,
        json!({"pendReasonCode": not("PR-1")}),
        &["bill", "none"],
    );
}

#[test]
fn product_and_regime_need_not_come_of_one_benefit() {
    let world = World::new(None);
    let references = [named("product", "GOLD"), named("coverageRegime", "REG-A")];
    let benefits = json!([{"product": "GOLD", "regime": "REG-B"}, {"product": "SILVER", "regime": "REG-A"}]);
    let claims = [claim("C1", json!({"line": {"benefits": benefits}}))];
    check(
        &world,
        &references,
        &claims,
        json!({"productCode": "GOLD", "coverageRegimeCode": "REG-A"}),
        &["C1"],
    );
}

#[test]
fn a_claim_is_hit_once_however_many_of_its_lines_are() {
    let world = World::new(None);
    let claims = [claim("C1", json!({"lines": [{}, {}, {}]}))];
    check(&world, &[], &claims, json!({}), &["C1"]);
}

#[test]
fn claims_come_in_byte_order_of_their_codes() {
    let world = World::new(None);
    let claims = ["b", "C10", "Ä", "C2", "a", "C-1", "C"].map(|code| claim(code, json!({})));
    check(
        &world,
        &[],
        &claims,
        json!({}),
        &["C", "C-1", "C10", "C2", "a", "b", "Ä"],
    );
}
