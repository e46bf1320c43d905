//! Groups: when a code belongs to one, and when it does not.

use serde_json::{Value, json};

use super::small::{check, claim, group, not};
use super::world::World;

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
