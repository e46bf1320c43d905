//! What a request is refused for, and in which words.

use reprise_criteria::DefaultCriteria;
use reprise_rules::Criterion;
use reprise_rules::testing::{Population, amounts, any_of, days, entity};

fn check(criterion: Criterion, refusal: &str) {
    let answer = Population::default().hits::<DefaultCriteria>(&[criterion]);
    let words = answer.expect_err("the request is refused");
    assert!(words.contains(refusal), "`{words}` does not say `{refusal}`");
}

#[test]
fn a_criterion_that_there_is_not() {
    check(
        any_of("colour", &["RED"]),
        "colour: there is no criterion `colour`; these rules have: process-type, claim-form,",
    );
}

#[test]
fn a_form_that_the_criterion_does_not_take() {
    for (criterion, refusal) in [
        (
            days("process-type", None, None),
            "process-type: codes must be given, not a range of days",
        ),
        (
            amounts("product", None, None),
            "product: codes must be given, not a range of amounts",
        ),
        (
            entity("procedure-group", "M-1", "PERSON"),
            "procedure-group: codes must be given, not a serviced entity",
        ),
        (
            any_of("service-date", &["2009-01-01"]),
            "service-date: a range of days must be given, not codes",
        ),
        (
            days("allowed-amount", None, None),
            "allowed-amount: a range of amounts must be given, not a range of days",
        ),
        (
            any_of("serviced-entity", &["M-1"]),
            "serviced-entity: a serviced entity must be given, by code and type, not codes",
        ),
        (any_of("claim-form", &[]), "claim-form: at least one code must be given"),
    ] {
        check(criterion, refusal);
    }
}

#[test]
fn a_value_that_there_is_not() {
    for (criterion, refusal) in [
        (
            any_of("process-type", &["CLAIMS"]),
            "`CLAIMS` is not a process type; it is one of: CLAIM, RESERVATION",
        ),
        (
            any_of("claim-type", &["provider"]),
            "`provider` is not a claim type; it is one of: PROVIDER, RESTITUTION",
        ),
        (
            any_of("claim-status", &["FINALIZED", "DONE"]),
            "`DONE` is not a status; it is one of: ENTRY, INITIAL,",
        ),
        (
            any_of("procedure-group", &["PG-9"]),
            "there is no procedure group `PG-9`",
        ),
        (
            any_of("diagnosis-group", &["DG-9"]),
            "there is no diagnosis group `DG-9`",
        ),
        (
            any_of("benefits-provider-group", &["NET-9"]),
            "there is no provider group `NET-9`",
        ),
        (
            any_of("price-provider-group", &["NET-9"]),
            "there is no provider group `NET-9`",
        ),
        (any_of("message-group", &["MG-9"]), "there is no message group `MG-9`"),
        (
            any_of("procedure-condition", &["CARIES-WITH-TOOTH"]),
            "there is no procedure condition `CARIES-WITH-TOOTH`; these rules have: PREVENTIVE-UNDER-18",
        ),
        (
            any_of("diagnosis-condition", &["X"]),
            "there is no diagnosis condition `X`; these rules have: CARIES-WITH",
        ),
    ] {
        check(criterion, refusal);
    }
}

#[test]
fn a_range_that_ends_before_it_starts() {
    check(
        days("entry-date", Some("2009-02-02"), Some("2009-02-01")),
        "entry-date: the range starts on 2009-02-02, after its end on 2009-02-01",
    );
    check(
        amounts("covered-amount", Some(20_000), Some(10_000)),
        "covered-amount: the range starts at 2.00, above its end at 1.00",
    );
}
