//! The sentences that explain a line.

use reprise_criteria::DefaultCriteria;
use reprise_rules::testing::{LineBuilder, Population, amounts, any_of, days, entity, not};
use reprise_rules::{Column, Criterion, GroupKind};

fn check(line: fn(LineBuilder) -> LineBuilder, criterion: Criterion, met: bool, reason: &str) {
    let mut population = Population::default();
    population.group(
        GroupKind::Procedure,
        "PG-1",
        &[
            ("G0438", Some("2009-01-01"), Some("2009-12-31")),
            ("G0439", None, Some("2008-12-31")),
        ],
    );
    population.group(
        GroupKind::Procedure,
        "PG-2",
        &[("G0438", Some("2011-01-01"), None), ("A0021", None, None)],
    );
    population.group(GroupKind::Provider, "NET-1", &[("P-1", None, None)]);
    population.group(GroupKind::Message, "AUTHGroup1", &[("AUTH1", None, None)]);
    population.line(line);
    let findings = population
        .explain::<DefaultCriteria>(&[criterion], 0)
        .expect("the request is compiled");
    let findings: Vec<_> = findings
        .iter()
        .map(|finding| (finding.met, finding.reason.as_str()))
        .collect();
    assert_eq!(findings, [(met, reason)]);
}

#[test]
fn a_dated_group_names_the_code_the_period_and_the_day() {
    let group = || any_of("procedure-group", &["PG-1"]);
    check(
        |line| line.procedures(&["A0021", "G0438"]).service_start_date("2009-06-30"),
        group(),
        true,
        "procedure G0438 belongs to group PG-1 from 2009-01-01 through 2009-12-31, and service starts on 2009-06-30",
    );
    check(
        |line| line.procedures(&["A0021", "G0439"]).service_start_date("2009-06-30"),
        group(),
        false,
        "procedure G0439 belongs to group PG-1 through 2008-12-31, but service starts on 2009-06-30",
    );
    check(
        |line| line.procedures(&["A0021", "B4034"]).service_start_date("2009-06-30"),
        group(),
        false,
        "none of procedures A0021, B4034 belongs to group PG-1",
    );
    check(
        |line| line.procedures(&["B4034"]).service_start_date("2009-06-30"),
        any_of("procedure-group", &["PG-1", "PG-2"]),
        false,
        "procedure B4034 does not belong to group PG-1 or PG-2",
    );
    check(
        |line| line.procedures(&["G0438"]).service_start_date("2012-01-01"),
        any_of("procedure-group", &["PG-1", "PG-2"]),
        true,
        "procedure G0438 belongs to group PG-2 from 2011-01-01 on, and service starts on 2012-01-01",
    );
    check(
        |line| line.procedures(&["G0438"]),
        group(),
        false,
        "the line has no service start date, on which membership of group PG-1 depends",
    );
    check(
        |line| line.service_start_date("2009-06-30"),
        group(),
        false,
        "the line has no procedure",
    );
    check(
        |line| {
            line.code(Column::BenefitsProvider, "P-1")
                .service_start_date("2009-06-30")
        },
        any_of("benefits-provider-group", &["NET-1"]),
        true,
        "benefits provider P-1 belongs to group NET-1 at all times, and service starts on 2009-06-30",
    );
    check(
        |line| {
            line.code(Column::PriceIndividualProvider, "P-2")
                .service_start_date("2009-06-30")
        },
        any_of("price-provider-group", &["NET-1"]),
        false,
        "price individual provider P-2 does not belong to group NET-1; the line has no price organization provider",
    );
}

#[test]
fn values_are_named_beside_what_was_asked_for() {
    check(
        |line| line,
        any_of("process-type", &["CLAIM"]),
        true,
        "the claim has process type CLAIM",
    );
    check(
        |line| line,
        any_of("claim-status", &["CHANGE", "MANUAL PRICING"]),
        false,
        "the claim has status FINALIZED, not CHANGE or MANUAL PRICING",
    );
    check(
        |line| line,
        any_of("claim-type", &["PROVIDER"]),
        false,
        "the claim has no claim type",
    );
    check(
        |line| line.codes(Column::Products, &["GOLD", "SILVER"]),
        any_of("product", &["BRONZE"]),
        false,
        "the line has products GOLD, SILVER, not BRONZE",
    );
    check(
        |line| line.codes(Column::Products, &["GOLD", "SILVER"]),
        any_of("product", &["SILVER"]),
        true,
        "the line has product SILVER",
    );
    check(
        |line| line.code(Column::ServicedEntity, "M-1\u{1f}PERSON"),
        entity("serviced-entity", "M-1", "PET"),
        false,
        "the line has serviced entity M-1 (PERSON), not M-1 (PET)",
    );
    check(
        |line| line.codes(Column::Messages, &["AUTH1"]),
        any_of("message-group", &["AUTHGroup1"]),
        true,
        "message AUTH1 belongs to group AUTHGroup1",
    );
    check(
        |line| line.codes(Column::LinePendReasons, &["PR-2"]),
        any_of("pend-reason", &["PR-1"]),
        false,
        "the claim has no pend reason; the line has pend reason PR-2, not PR-1",
    );
}

#[test]
fn ranges_are_named() {
    check(
        |line| line.service_start_date("2009-07-01"),
        days("service-date", None, Some("2009-06-30")),
        false,
        "service start date 2009-07-01 is not in the range through 2009-06-30",
    );
    check(
        |line| line.date(Column::EntryDate, "2009-07-01"),
        days("entry-date", Some("2009-07-01"), None),
        true,
        "entry date 2009-07-01 is in the range from 2009-07-01 on",
    );
    check(
        |line| line.number(Column::AllowedAmount, 1_200_000),
        amounts("allowed-amount", Some(1_000_000), Some(2_000_000)),
        true,
        "allowed amount 120.00 is in the range from 100.00 through 200.00",
    );
    check(
        |line| line,
        amounts("covered-amount", Some(0), None),
        false,
        "the line has no covered amount",
    );
}

#[test]
fn conditions_name_what_they_looked_at() {
    check(
        |line| line.procedures(&["G0438"]).attributes(&["age=40"]),
        any_of("procedure-condition", &["PREVENTIVE-UNDER-18"]),
        false,
        "the line does not have an age below 18: its attributes are age=40",
    );
    check(
        |line| line.diagnoses(&["K021"]).attributes(&["tooth=14"]),
        any_of("diagnosis-condition", &["CARIES-WITH-TOOTH"]),
        true,
        "primary diagnosis K021 is a code that starts with K02; the line has a tooth: its attributes are tooth=14",
    );
}

#[test]
fn the_opposite_is_said_to_be_asked_for() {
    check(
        |line| line,
        not(any_of("claim-form", &["UB04"])),
        true,
        "the claim has no claim form; the opposite is asked for",
    );
}
