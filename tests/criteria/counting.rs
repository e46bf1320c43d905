//! What is counted, and what it is worth.

use reprise_request::{CountTotals, ReprocessCount};
use serde_json::{Value, json};

use super::requests::read;
use super::small::{claim, population, request};
use super::world::World;

/// The count of the claims with a line on or before 2009-06-30.
fn check(claims: &[Value], expected: ReprocessCount) {
    let world = World::new(None);
    let payer = world.bring(&population(&[], claims));
    let count = world
        .host
        .count(&payer, &read(&request(json!({"serviceEndDate": "2009-06-30"}))))
        .expect("a count");
    assert_eq!(count.answer, expected);
}

fn count(count: u64, totals: Option<(&str, &str, &str)>) -> ReprocessCount {
    let totals = totals.map(|(allowed, covered, currency)| CountTotals {
        allowed: allowed.parse().expect("an amount"),
        covered: covered.parse().expect("an amount"),
        currency: currency.parse().expect("a currency"),
    });
    ReprocessCount {
        count,
        totals,
        excluded_settled: 0,
        excluded_locked: 0,
        unfinalize_reason_missing: None,
    }
}

/// A line on the first or another day, only the first being asked for.
fn line(day: &str, allowed: &str, covered: &str) -> Value {
    json!({"serviceStartDate": day, "allowedAmount": allowed, "coveredAmount": covered})
}

#[test]
fn amounts_are_those_of_all_lines_of_a_counted_claim() {
    let lines = json!([
        line("2009-06-30", "100.00", "80.00"),
        line("2009-07-15", "1.50", "-0.25")
    ]);
    let claims = [
        claim("C1", json!({"lines": lines})),
        claim("C2", json!({"lines": [line("2009-07-15", "7.00", "7.00")]})),
    ];
    check(&claims, count(1, Some(("101.50", "79.75", "USD"))));
}

#[test]
fn claims_of_different_currencies_have_no_total() {
    let claims = ["USD", "EUR"].map(|currency| {
        claim(
            currency,
            json!({"currency": currency, "line": line("2009-06-30", "100.00", "80.00")}),
        )
    });
    check(&claims, count(2, None));
    check(&claims[..1], count(1, Some(("100.00", "80.00", "USD"))));
}

#[test]
fn no_claim_is_worth_nothing() {
    check(
        &[claim("C1", json!({"line": line("2009-07-15", "100.00", "80.00")}))],
        count(0, None),
    );
}

#[test]
fn settled_and_locked_claims_are_counted_apart() {
    let line = || line("2009-06-30", "100.00", "80.00");
    let claims = [
        claim(
            "both",
            json!({"settlementReason": "PAID", "lockedBy": "clerk", "currency": "EUR", "line": line()}),
        ),
        claim("free", json!({"line": line()})),
        claim("locked", json!({"lockedBy": "clerk", "line": line()})),
        claim(
            "settled",
            json!({"settlementReason": "PAID", "status": "FINALIZED", "line": line()}),
        ),
    ];
    // Settled comes before locked.
    let apart = ReprocessCount {
        excluded_settled: 2,
        excluded_locked: 1,
        ..count(1, Some(("100.00", "80.00", "USD")))
    };
    check(&claims, apart);
}

#[test]
fn a_missing_unfinalize_reason_is_told_with_the_number_of_claims_that_need_one() {
    let claims = ["FINALIZED", "PRICING FINALIZED", "CHANGE"].map(|status| claim(status, json!({"status": status})));
    let missing = ReprocessCount {
        unfinalize_reason_missing: Some(2),
        ..count(3, Some(("0.00", "0.00", "USD")))
    };
    check(&claims, missing);
}
