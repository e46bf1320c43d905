//! `POST /api/v1/claims`: the claim or the claims that are asked for.

use std::collections::HashSet;

use reprise_model::{Day, IntakeType, Relationship, SubmissionStatus};

use super::fields::Fields;
use super::problem::Problem;

/// How many procedures a request may name.
pub const PROCEDURES_MAX: usize = 500;

/// Claims that are asked for: one of a type, or, without one, all that the patient's enrolment calls for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreationRequest {
    /// The patient's number.
    pub patient: u64,
    /// The procedures' numbers, each once.
    pub procedures: Vec<u64>,
    /// What is asked for; none is everything that the enrolment calls for.
    pub claim_type: Option<IntakeType>,
    /// In which status, if in any. Only with a type.
    pub status: Option<SubmissionStatus>,
    /// The subscription that it is for.
    pub subscription: Option<u64>,
    /// The other coverage's subscription.
    pub other_subscription: Option<u64>,
    /// What the patient is to the subscriber.
    pub relationship: Option<Relationship>,
    /// The same for the other coverage.
    pub other_relationship: Option<Relationship>,
    /// The day of the service; none if the request leaves it open.
    pub date_service: Option<Day>,
    /// The day of sending: none if the request leaves it open, none within if it says that there is none.
    pub date_sent: Option<Option<Day>>,
    /// Who treats the patient.
    pub treating_provider: Option<String>,
    /// Who is paid.
    pub billing_provider: Option<String>,
    /// The form.
    pub claim_form: Option<String>,
    /// A note to the payer.
    pub note: Option<String>,
}

const KNOWN: &[&str] = &[
    "PatNum",
    "procNums",
    "ClaimType",
    "ClaimStatus",
    "InsSubNum",
    "InsSubNum2",
    "PatRelat",
    "PatRelat2",
    "DateService",
    "DateSent",
    "ProvTreat",
    "ProvBill",
    "ClaimForm",
    "ClaimNote",
];

/// What only one claim can have, so that it cannot be asked for the claims of an enrolment.
const OF_ONE_CLAIM: [&str; 4] = ["InsSubNum", "InsSubNum2", "PatRelat", "PatRelat2"];

/// Reads the body of a request for claims. Everything that is wrong with it is told at once.
pub fn read_creation_request(body: &[u8]) -> Result<CreationRequest, Vec<Problem>> {
    let mut fields = Fields::read(body, KNOWN)?;
    let wrong_before = |fields: &Fields, name: &str| fields.problems.iter().any(|problem| problem.field == name);

    let patient = fields.number("PatNum");
    if patient.is_none() && !wrong_before(&fields, "PatNum") {
        fields.problem(
            Problem::FIELD_MISSING,
            "PatNum",
            "PatNum is missing: the patient's number",
        );
    }
    let procedures = fields.numbers("procNums");
    check_procedures(&mut fields, procedures.as_deref());
    let types = "P, S, Other, PreAuth, Cap";
    let claim_type = fields.letter("ClaimType", Problem::BAD_CLAIM_TYPE, types);
    let status = fields.status("ClaimStatus");
    let request = CreationRequest {
        patient: patient.unwrap_or_default(),
        procedures: procedures.unwrap_or_default(),
        claim_type,
        status,
        subscription: fields.number("InsSubNum"),
        other_subscription: fields.number("InsSubNum2"),
        relationship: fields.relationship("PatRelat"),
        other_relationship: fields.relationship("PatRelat2"),
        date_service: fields.day("DateService").flatten(),
        date_sent: fields.day("DateSent"),
        treating_provider: fields.code("ProvTreat").filter(|code| !code.is_empty()),
        billing_provider: fields.code("ProvBill").filter(|code| !code.is_empty()),
        claim_form: fields.code("ClaimForm").filter(|code| !code.is_empty()),
        note: fields.note("ClaimNote").filter(|note| !note.is_empty()),
    };
    if request.claim_type.is_none() && !wrong_before(&fields, "ClaimType") {
        check_without_type(&mut fields, &request);
    }
    if fields.problems.is_empty() {
        Ok(request)
    } else {
        Err(fields.problems)
    }
}

fn check_procedures(fields: &mut Fields, procedures: Option<&[u64]>) {
    const NAME: &str = "procNums";
    match procedures {
        None if fields.problems.iter().any(|problem| problem.field == NAME) => {}
        None => {
            let detail = "procNums is missing: the numbers of the procedures that are claimed";
            fields.problem(Problem::FIELD_MISSING, NAME, detail);
        }
        Some([]) => {
            let detail = "procNums is empty; a claim is for one procedure at least";
            fields.problem(Problem::NO_PROCEDURES, NAME, detail);
        }
        Some(numbers) if numbers.len() > PROCEDURES_MAX => {
            let detail = format!(
                "procNums has {} numbers; a request may have {PROCEDURES_MAX}",
                numbers.len()
            );
            fields.problem(Problem::TOO_MANY_PROCEDURES, NAME, detail);
        }
        Some(numbers) => {
            let mut seen = HashSet::with_capacity(numbers.len());
            if let Some(repeated) = numbers.iter().find(|number| !seen.insert(**number)) {
                let detail = format!("procedure {repeated} stands twice in procNums; give it once");
                fields.problem(Problem::PROCEDURE_REPEATED, NAME, detail);
            }
        }
    }
}

/// Without a type, the rules say what each claim is, and in which status.
fn check_without_type(fields: &mut Fields, request: &CreationRequest) {
    if request.status.is_some() {
        let detail = "ClaimStatus goes with a ClaimType; without one, the claims that the enrolment calls for are made, each \
                      in the status that the rules give it";
        fields.problem(Problem::STATUS_WITHOUT_TYPE, "ClaimStatus", detail);
    }
    let given = [
        request.subscription.is_some(),
        request.other_subscription.is_some(),
        request.relationship.is_some(),
        request.other_relationship.is_some(),
    ];
    for (name, _) in OF_ONE_CLAIM.iter().zip(given).filter(|(_, is_given)| *is_given) {
        let detail = format!("{name} goes with a ClaimType; without one, it follows from the patient's enrolment");
        fields.problem(Problem::BAD_VALUE, name, detail);
    }
}
