//! `PUT /api/v1/claims/{ClaimNum}`: what is changed of a claim.

use reprise_model::{Day, Relationship, SubmissionStatus};

use super::fields::Fields;
use super::problem::Problem;

/// What is changed of a claim. What is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimUpdate {
    /// In which status it is to be.
    pub status: Option<SubmissionStatus>,
    /// What the patient is to the subscriber.
    pub relationship: Option<Relationship>,
    /// The same for the other coverage.
    pub other_relationship: Option<Relationship>,
    /// The day of the service; none within is none.
    pub date_service: Option<Option<Day>>,
    /// The day of sending; none within is none.
    pub date_sent: Option<Option<Day>>,
    /// Who treats the patient; an empty text is nobody.
    pub treating_provider: Option<String>,
    /// Who is paid; an empty text is nobody.
    pub billing_provider: Option<String>,
    /// The form; an empty text is none.
    pub claim_form: Option<String>,
    /// A note to the payer; an empty text is none.
    pub note: Option<String>,
}

const CHANGEABLE: [&str; 9] = [
    "ClaimStatus",
    "PatRelat",
    "PatRelat2",
    "DateService",
    "DateSent",
    "ProvTreat",
    "ProvBill",
    "ClaimForm",
    "ClaimNote",
];

/// Fields of a claim that stay what they are.
const FIXED: [&str; 14] = [
    "ClaimNum",
    "PatNum",
    "ClaimType",
    "InsSubNum",
    "PlanNum",
    "InsSubNum2",
    "PlanNum2",
    "DateReceived",
    "ClaimFee",
    "InsPayEst",
    "InsPayAmt",
    "procNums",
    "SecDateTEdit",
    "SecDateEntry",
];

/// Reads the body of a change. Everything that is wrong with it is told at once.
pub fn read_claim_update(body: &[u8]) -> Result<ClaimUpdate, Vec<Problem>> {
    let known: Vec<&str> = CHANGEABLE.iter().chain(&FIXED).copied().collect();
    let mut fields = Fields::read(body, &known)?;
    for name in FIXED {
        if fields.take(name).is_some() {
            let detail = format!(
                "{name} stays what it is; what can be changed is {}",
                CHANGEABLE.join(", ")
            );
            fields.problem(Problem::FIELD_NOT_CHANGEABLE, name, detail);
        }
    }
    let update = ClaimUpdate {
        status: fields.status("ClaimStatus"),
        relationship: fields.relationship("PatRelat"),
        other_relationship: fields.relationship("PatRelat2"),
        date_service: fields.day("DateService"),
        date_sent: fields.day("DateSent"),
        treating_provider: fields.code("ProvTreat"),
        billing_provider: fields.code("ProvBill"),
        claim_form: fields.code("ClaimForm"),
        note: fields.note("ClaimNote"),
    };
    if fields.problems.is_empty() && update == ClaimUpdate::default() {
        let detail = format!(
            "the body names nothing to change; what can be changed is {}",
            CHANGEABLE.join(", ")
        );
        fields.problem(Problem::NOTHING_TO_CHANGE, "", detail);
    }
    if fields.problems.is_empty() {
        Ok(update)
    } else {
        Err(fields.problems)
    }
}

/// Checks the body of a request that says all by its path: nothing, or an empty object.
pub fn read_empty_body(body: &[u8]) -> Result<(), Vec<Problem>> {
    if body.trim_ascii().is_empty() {
        return Ok(());
    }
    let fields = Fields::read(body, &[])?;
    if fields.problems.is_empty() {
        Ok(())
    } else {
        Err(fields.problems)
    }
}
