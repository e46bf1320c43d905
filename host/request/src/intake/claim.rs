//! A claim as `/api/v1` writes it.

use reprise_model::{Amount, Claim, Day, IntakeDetails};
use serde_json::{Value, json};

/// A claim that began at intake, with every field that the API has for one. What is known by number is a number, 0 if
/// there is none; absent days are 0001-01-01.
pub fn claim_resource(claim: &Claim) -> Value {
    let none = IntakeDetails::default();
    let details = claim.intake.as_deref().unwrap_or(&none);
    let procedures: Vec<u64> = claim.procedures.iter().map(|number| number_of(Some(number))).collect();
    let covered = claim
        .lines
        .iter()
        .filter_map(|line| line.covered_amount)
        .try_fold(Amount::ZERO, Amount::checked_add)
        .unwrap_or(Amount::ZERO);
    json!({
        "ClaimNum": claim.id.unwrap_or_default(),
        "PatNum": number_of(claim.patient.as_deref()),
        "ClaimType": claim.intake_type.map_or("", |claim_type| claim_type.as_str()),
        "ClaimStatus": claim.submission_status.map_or("", |status| status.as_str()),
        "InsSubNum": number_of(claim.ins_sub.as_deref()),
        "PlanNum": number_of(details.plan.as_deref()),
        "PatRelat": details.relationship.map_or("", |relationship| relationship.as_str()),
        "InsSubNum2": number_of(claim.ins_sub2.as_deref()),
        "PlanNum2": number_of(details.plan2.as_deref()),
        "PatRelat2": details.relationship2.map_or("", |relationship| relationship.as_str()),
        "DateService": day_text(details.date_service),
        "DateSent": day_text(claim.date_sent),
        "DateReceived": day_text(details.date_received),
        "ProvTreat": details.treating_provider.as_deref().unwrap_or_default(),
        "ProvBill": claim.claimant_provider.as_deref().unwrap_or_default(),
        "ClaimFee": units(details.fee.unwrap_or(Amount::ZERO)),
        "InsPayEst": units(Amount::ZERO),
        "InsPayAmt": units(covered),
        "ClaimForm": claim.form_code.as_deref().unwrap_or_default(),
        "ClaimNote": details.note.as_deref().unwrap_or_default(),
        "procNums": procedures,
        "SecDateTEdit": time_text(details.edited_at_ms),
    })
}

/// What is known by number, as a number.
pub(super) fn number_of(number: Option<&str>) -> u64 {
    number.and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// A day, as that API writes it.
pub(super) fn day_text(day: Option<Day>) -> String {
    day.map_or_else(|| "0001-01-01".to_owned(), |day| day.to_string())
}

/// An amount in units of its currency. Exact for every amount below 10 to the power of 11.
#[expect(clippy::cast_precision_loss, reason = "that API writes amounts as numbers of JSON")]
pub(super) fn units(amount: Amount) -> f64 {
    amount.number() as f64 / 10_000.0
}

/// A moment in UTC, as that API writes it.
fn time_text(milliseconds: Option<i64>) -> String {
    const NONE: &str = "0001-01-01 00:00:00";
    let Some(milliseconds) = milliseconds else {
        return NONE.to_owned();
    };
    jiff::Timestamp::from_millisecond(milliseconds).map_or_else(
        |_| NONE.to_owned(),
        |time| time.strftime("%Y-%m-%d %H:%M:%S").to_string(),
    )
}
