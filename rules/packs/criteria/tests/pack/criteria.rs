//! Which lines each criterion is met by.

use reprise_criteria::DefaultCriteria;
use reprise_rules::testing::{Population, amounts, any_of, days, entity};
use reprise_rules::{Column, CriteriaRules, GroupKind};

use crate::check;

#[test]
fn every_criterion_of_the_contract_is_there() {
    let description = DefaultCriteria::describe();
    let mut names = description.criteria.clone();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 23, "{:?}", description.criteria);
}

#[test]
fn a_request_without_criteria_hits_every_line() {
    let mut population = Population::default();
    population.line(|line| line);
    population.line(|line| line.procedures(&["G0438"]));
    assert_eq!(population.hits::<DefaultCriteria>(&[]), Ok(vec![true, true]));
    assert_eq!(Population::default().hits::<DefaultCriteria>(&[]), Ok(vec![]));
}

#[test]
fn kinds_of_the_claim() {
    let population = Population::default;
    check(
        population(),
        any_of("process-type", &["RESERVATION"]),
        &[
            (|line| line.number(Column::ProcessType, 2), true),
            (|line| line.number(Column::ProcessType, 1), false),
        ],
    );
    check(
        population(),
        any_of("claim-type", &["PROVIDER"]),
        &[
            (|line| line.number(Column::ClaimType, 1), true),
            (|line| line.number(Column::ClaimType, 2), false),
            (|line| line.number(Column::ClaimType, 0), false),
        ],
    );
    check(
        population(),
        any_of("claim-status", &["CHANGE", "FINALIZED", "FINALIZED"]),
        &[
            (|line| line.number(Column::ClaimStatus, 4), true),
            (|line| line.number(Column::ClaimStatus, 15), true),
            (|line| line.number(Column::ClaimStatus, 6), false),
        ],
    );
    check(
        population(),
        any_of("claim-form", &["UB04"]),
        &[
            (|line| line.code(Column::ClaimForm, "UB04"), true),
            (|line| line.code(Column::ClaimForm, "CMS1500"), false),
            (|line| line, false),
        ],
    );
}

#[test]
fn days_are_inclusive_and_an_absent_day_is_never_within() {
    for (name, column) in [
        ("service-date", Column::ServiceStartDate),
        ("entry-date", Column::EntryDate),
    ] {
        for (from, through, before, first, last, after) in [
            (Some("2009-06-01"), Some("2009-06-30"), false, true, true, false),
            (Some("2009-06-01"), None, false, true, true, true),
            (None, Some("2009-06-30"), true, true, true, false),
            (None, None, true, true, true, true),
            (Some("2009-06-30"), Some("2009-06-30"), false, false, true, false),
        ] {
            let mut population = Population::default();
            for date in ["2009-05-31", "2009-06-01", "2009-06-30", "2009-07-01"] {
                population.line(|line| line.date(column, date));
            }
            population.line(|line| line);
            let expected = vec![before, first, last, after, false];
            let request = [days(name, from, through)];
            assert_eq!(
                population.hits::<DefaultCriteria>(&request),
                Ok(expected),
                "{request:?}"
            );
        }
    }
}

#[test]
fn amounts_are_inclusive_and_an_absent_amount_is_never_within() {
    check(
        Population::default(),
        amounts("allowed-amount", Some(1_000_000), Some(2_000_000)),
        &[
            (|line| line.number(Column::AllowedAmount, 999_999), false),
            (|line| line.number(Column::AllowedAmount, 1_000_000), true),
            (|line| line.number(Column::AllowedAmount, 2_000_000), true),
            (|line| line.number(Column::AllowedAmount, 2_000_001), false),
            (|line| line.number(Column::CoveredAmount, 1_500_000), false),
            (|line| line, false),
        ],
    );
    check(
        Population::default(),
        amounts("covered-amount", None, Some(0)),
        &[
            (|line| line.number(Column::CoveredAmount, -5), true),
            (|line| line.number(Column::CoveredAmount, 1), false),
            (|line| line, false),
        ],
    );
}

#[test]
fn a_serviced_entity_has_both_code_and_type() {
    check(
        Population::default(),
        entity("serviced-entity", "M-1", "PERSON"),
        &[
            (|line| line.code(Column::ServicedEntity, "M-1\u{1f}PERSON"), true),
            (|line| line.code(Column::ServicedEntity, "M-1\u{1f}PET"), false),
            (|line| line.code(Column::ServicedEntity, "M-2\u{1f}PERSON"), false),
            (|line| line, false),
        ],
    );
}

/// Member from 2009-01-01 through 2009-03-31, twice, and again from 2009-06-01 on; `EVER` always.
fn with_group(kind: GroupKind) -> Population {
    let mut population = Population::default();
    let first = ("SOME", Some("2009-01-01"), Some("2009-03-31"));
    population.group(
        kind,
        "GROUP",
        &[first, first, ("SOME", Some("2009-06-01"), None), ("EVER", None, None)],
    );
    population
}

#[test]
fn any_procedure_of_the_group_on_the_day_will_do() {
    check(
        with_group(GroupKind::Procedure),
        any_of("procedure-group", &["GROUP"]),
        &[
            (|line| line.procedures(&["SOME"]).service_start_date("2009-01-01"), true),
            (|line| line.procedures(&["SOME"]).service_start_date("2009-03-31"), true),
            (
                |line| line.procedures(&["SOME"]).service_start_date("2009-04-01"),
                false,
            ),
            (
                |line| line.procedures(&["SOME"]).service_start_date("2009-05-31"),
                false,
            ),
            (|line| line.procedures(&["SOME"]).service_start_date("2029-01-01"), true),
            (
                |line| line.procedures(&["OTHER", "SOME"]).service_start_date("2009-02-01"),
                true,
            ),
            (
                |line| line.procedures(&["EVER", "SOME"]).service_start_date("2009-05-01"),
                true,
            ),
            (
                |line| line.procedures(&["OTHER"]).service_start_date("2009-02-01"),
                false,
            ),
            (|line| line.procedures(&["EVER"]), false),
            (|line| line.service_start_date("2009-02-01"), false),
            (|line| line, false),
        ],
    );
}

#[test]
fn the_primary_diagnosis_alone_counts() {
    check(
        with_group(GroupKind::Diagnosis),
        any_of("diagnosis-group", &["GROUP"]),
        &[
            (
                |line| line.diagnoses(&["SOME", "OTHER"]).service_start_date("2009-02-01"),
                true,
            ),
            (
                |line| line.diagnoses(&["OTHER", "SOME"]).service_start_date("2009-02-01"),
                false,
            ),
            (|line| line.diagnoses(&["SOME"]).service_start_date("2009-05-01"), false),
            (|line| line.diagnoses(&["EVER"]), false),
            (|line| line.service_start_date("2009-02-01"), false),
        ],
    );
}

#[test]
fn each_provider_group_asks_its_own_provider() {
    let criteria = [
        ("benefits-provider-group", &[Column::BenefitsProvider][..]),
        ("service-provider-group", &[Column::ServiceProvider]),
        ("location-provider-group", &[Column::LocationProvider]),
        ("claimant-provider-group", &[Column::ClaimantProvider]),
        (
            "price-provider-group",
            &[Column::PriceIndividualProvider, Column::PriceOrganizationProvider],
        ),
    ];
    for (name, asked) in criteria {
        let mut population = with_group(GroupKind::Provider);
        let mut expected = Vec::new();
        for (_, columns) in criteria {
            for &column in columns {
                population.line(|line| line.code(column, "SOME").service_start_date("2009-02-01"));
                expected.push(asked.contains(&column));
                population.line(|line| line.code(column, "SOME").service_start_date("2009-05-01"));
                population.line(|line| line.code(column, "OTHER").service_start_date("2009-02-01"));
                population.line(|line| line.code(column, "EVER"));
                expected.extend([false; 3]);
            }
        }
        assert_eq!(
            population.hits::<DefaultCriteria>(&[any_of(name, &["GROUP"])]),
            Ok(expected),
            "{name}"
        );
    }
}

#[test]
fn either_price_provider_will_do() {
    check(
        with_group(GroupKind::Provider),
        any_of("price-provider-group", &["GROUP"]),
        &[
            (
                |line| {
                    let line = line
                        .code(Column::PriceIndividualProvider, "OTHER")
                        .service_start_date("2009-02-01");
                    line.code(Column::PriceOrganizationProvider, "SOME")
                },
                true,
            ),
            (
                |line| {
                    let line = line
                        .code(Column::PriceIndividualProvider, "EVER")
                        .service_start_date("2009-05-01");
                    line.code(Column::PriceOrganizationProvider, "SOME")
                },
                true,
            ),
            (|line| line.service_start_date("2009-02-01"), false),
        ],
    );
}

#[test]
fn several_groups_are_alternatives() {
    let mut population = with_group(GroupKind::Procedure);
    population.group(
        GroupKind::Procedure,
        "SECOND",
        &[("SOME", Some("2009-04-01"), Some("2009-04-30"))],
    );
    check(
        population,
        any_of("procedure-group", &["GROUP", "SECOND"]),
        &[
            (|line| line.procedures(&["SOME"]).service_start_date("2009-03-31"), true),
            (|line| line.procedures(&["SOME"]).service_start_date("2009-04-15"), true),
            (
                |line| line.procedures(&["SOME"]).service_start_date("2009-05-01"),
                false,
            ),
        ],
    );
}

#[test]
fn benefits_and_schedules_are_any_of_the_lines() {
    for (name, column) in [
        ("product", Column::Products),
        ("coverage-regime", Column::CoverageRegimes),
        ("fee-schedule", Column::FeeSchedules),
    ] {
        let mut population = Population::default();
        population.line(|line| line.codes(column, &["A"]));
        population.line(|line| line.codes(column, &["B", "A"]));
        population.line(|line| line.codes(column, &["B"]));
        population.line(|line| line);
        population.line(|line| line.codes(column, &["C"]));
        for (codes, expected) in [
            (&["A"][..], vec![true, true, false, false, false]),
            (&["C", "A"], vec![true, true, false, false, true]),
            (&["NOBODY-USES-IT"], vec![false; 5]),
        ] {
            assert_eq!(
                population.hits::<DefaultCriteria>(&[any_of(name, codes)]),
                Ok(expected),
                "{name} {codes:?}"
            );
        }
    }
}

#[test]
fn a_message_of_the_group_needs_no_date() {
    let mut population = Population::default();
    population.group(
        GroupKind::Message,
        "AUTHGroup1",
        &[("AUTH1", None, None), ("UNUSED", None, None)],
    );
    check(
        population,
        any_of("message-group", &["AUTHGroup1"]),
        &[
            (|line| line.codes(Column::Messages, &["AUTH1"]), true),
            (|line| line.codes(Column::Messages, &["AUTH2", "AUTH1"]), true),
            (|line| line.codes(Column::Messages, &["AUTH2"]), false),
            (|line| line, false),
        ],
    );
}

#[test]
fn a_pend_reason_of_claim_or_line_counts() {
    check(
        Population::default(),
        any_of("pend-reason", &["PR-1"]),
        &[
            (|line| line.codes(Column::ClaimPendReasons, &["PR-1"]), true),
            (|line| line.codes(Column::LinePendReasons, &["PR-2", "PR-1"]), true),
            (|line| line.codes(Column::ClaimPendReasons, &["PR-2"]), false),
            (|line| line, false),
        ],
    );
}

#[test]
fn a_line_meets_all_criteria_or_is_no_hit() {
    let mut population = with_group(GroupKind::Procedure);
    population.line(|line| {
        line.procedures(&["SOME"])
            .service_start_date("2009-02-01")
            .number(Column::ClaimStatus, 15)
    });
    population.line(|line| {
        line.procedures(&["SOME"])
            .service_start_date("2009-02-01")
            .number(Column::ClaimStatus, 4)
    });
    population.line(|line| line.service_start_date("2009-02-01").number(Column::ClaimStatus, 15));
    let request = [
        any_of("procedure-group", &["GROUP"]),
        any_of("claim-status", &["FINALIZED"]),
        days("service-date", Some("2009-01-01"), None),
    ];
    assert_eq!(
        population.hits::<DefaultCriteria>(&request),
        Ok(vec![true, false, false])
    );
    // Given twice, both count.
    let request = [
        days("service-date", Some("2009-01-01"), Some("2009-02-01")),
        days("service-date", Some("2009-02-02"), None),
    ];
    assert_eq!(population.hits::<DefaultCriteria>(&request), Ok(vec![false; 3]));
}
