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

/// A claim for a procedure that starts on a day, and ends four days later.
fn procedure_on(day: &str) -> Value {
    claim(
        day,
        json!({"line": {"procedures": ["G0438"], "serviceStartDate": day, "serviceEndDate": "2009-12-31"}}),
    )
}

#[test]
fn membership_that_changes_within_a_lines_period_is_judged_on_its_first_day() {
    let world = World::new(None);
    let references = [
        group("procedureGroup", "OLD", &[("G0438", "-", "2009-06-30")]),
        group("procedureGroup", "NEW", &[("G0438", "2009-07-01", "-")]),
    ];
    let service = json!({"procedures": ["G0438"], "serviceStartDate": "2009-06-28", "serviceEndDate": "2009-07-05"});
    let claims = [claim("C1", json!({"line": service}))];
    check(
        &world,
        &references,
        &claims,
        json!({"procedureGroupCode": "OLD"}),
        &["C1"],
    );
    check(&world, &references, &claims, json!({"procedureGroupCode": "NEW"}), &[]);
    check(
        &world,
        &references,
        &claims,
        json!({"procedureGroupCode": not("NEW")}),
        &["C1"],
    );
}

#[test]
fn a_gap_in_membership_is_no_membership() {
    let world = World::new(None);
    let references = [group(
        "procedureGroup",
        "PG",
        &[
            ("G0438", "2009-01-01", "2009-03-31"),
            ("G0438", "2009-06-01", "2009-06-30"),
        ],
    )];
    let days = [
        "2008-12-31",
        "2009-01-01",
        "2009-03-31",
        "2009-04-01",
        "2009-05-31",
        "2009-06-01",
        "2009-06-30",
        "2009-07-01",
    ];
    check(
        &world,
        &references,
        &days.map(procedure_on),
        json!({"procedureGroupCode": "PG"}),
        &["2009-01-01", "2009-03-31", "2009-06-01", "2009-06-30"],
    );
}

#[test]
fn a_membership_that_is_repeated_or_overlaps_is_one_membership() {
    let world = World::new(None);
    let references = [group(
        "procedureGroup",
        "PG",
        &[
            ("G0438", "2009-02-01", "2009-02-28"),
            ("G0438", "2009-02-01", "2009-02-28"),
            ("G0438", "2009-01-15", "2009-02-10"),
            // One day more, on its own and side by side with the period before.
            ("G0438", "2009-03-01", "2009-03-01"),
        ],
    )];
    let days = [
        "2009-01-14",
        "2009-01-15",
        "2009-02-05",
        "2009-02-28",
        "2009-03-01",
        "2009-03-02",
    ];
    check(
        &world,
        &references,
        &days.map(procedure_on),
        json!({"procedureGroupCode": "PG"}),
        &["2009-01-15", "2009-02-05", "2009-02-28", "2009-03-01"],
    );
}

#[test]
fn an_open_end_of_a_membership_has_no_end() {
    let world = World::new(None);
    let references = [
        group("procedureGroup", "ALWAYS", &[("G0438", "-", "-")]),
        group("procedureGroup", "SINCE", &[("G0438", "2009-01-01", "-")]),
        group("procedureGroup", "UNTIL", &[("G0438", "-", "2009-01-01")]),
    ];
    let claims = ["0001-01-01", "2009-01-01", "9999-12-30"].map(procedure_on);
    let claims = claims.map(|mut claim| {
        claim["lines"][0]["serviceEndDate"] = Value::Null;
        claim
    });
    check(
        &world,
        &references,
        &claims,
        json!({"procedureGroupCode": "ALWAYS"}),
        &["0001-01-01", "2009-01-01", "9999-12-30"],
    );
    check(
        &world,
        &references,
        &claims,
        json!({"procedureGroupCode": "SINCE"}),
        &["2009-01-01", "9999-12-30"],
    );
    check(
        &world,
        &references,
        &claims,
        json!({"procedureGroupCode": "UNTIL"}),
        &["0001-01-01", "2009-01-01"],
    );
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
fn an_empty_group_has_nobody_in_it() {
    let world = World::new(None);
    let references = [
        group("procedureGroup", "EMPTY", &[]),
        group("procedureGroup", "OTHERS", &[("A0001", "-", "-")]),
        json!({"kind": "messageGroup", "payer": "-", "code": "EMPTY", "members": []}),
    ];
    let claims = [claim(
        "C1",
        json!({"line": {"procedures": ["G0438"], "messages": ["AUTH1"]}}),
    )];
    for attribute in ["procedureGroupCode", "messageGroupCode"] {
        check(&world, &references, &claims, json!({attribute: "EMPTY"}), &[]);
        check(&world, &references, &claims, json!({attribute: not("EMPTY")}), &["C1"]);
    }
    check(
        &world,
        &references,
        &claims,
        json!({"procedureGroupCode": "OTHERS"}),
        &[],
    );
    check(
        &world,
        &references,
        &claims,
        json!({"procedureGroupCode": {"anyOf": ["EMPTY", "OTHERS"]}}),
        &[],
    );
}

#[test]
fn a_line_without_a_start_date_belongs_to_no_dated_group() {
    let world = World::new(None);
    let references = [
        group("procedureGroup", "PG", &[("G0438", "-", "-")]),
        group("providerGroup", "PRG", &[("P-1", "-", "-")]),
        json!({"kind": "messageGroup", "payer": "-", "code": "MG", "members": [{"code": "AUTH1"}]}),
    ];
    let line = json!({
        "serviceStartDate": null, "serviceEndDate": "2009-06-30", "procedures": ["G0438"], "messages": ["AUTH1"],
    });
    let claims = [claim("C1", json!({"claimantProvider": "P-1", "line": line}))];
    check(&world, &references, &claims, json!({"procedureGroupCode": "PG"}), &[]);
    check(
        &world,
        &references,
        &claims,
        json!({"claimantProviderGroupCode": "PRG"}),
        &[],
    );
    check(
        &world,
        &references,
        &claims,
        json!({"serviceEndDate": "2009-12-31"}),
        &[],
    );
    // A message group is not dated.
    check(&world, &references, &claims, json!({"messageGroupCode": "MG"}), &["C1"]);
    check(
        &world,
        &references,
        &claims,
        json!({"procedureGroupCode": not("PG")}),
        &["C1"],
    );
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
