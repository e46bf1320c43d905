//! The decisions about claims that are asked for and that go on to be sent and received, one file each.
//!
//! In which status a claim may be born depends on its type, its plan, the plan's rank, the claims before it and the
//! office. No such policy is published anywhere; this one is the product's own, and a payer or an office that wants
//! another replaces these rules or a part of them. The table is in `policy`.

mod already_claimed;
mod capitation;
mod change;
mod clinics;
mod dental_diagnoses;
mod diagnoses;
mod enrolled;
mod fee;
mod hold;
mod kind;
mod new_claim;
mod not_billed;
mod other;
mod other_coverage;
mod places;
mod policy;
mod pre_authorization;
mod primary;
mod release;
mod secondary;
mod status;
mod words;

use reprise_rules::claim_status::{ClaimFacts, Creation, IntakeRefusal, IntakeType, OfficeFlags};

pub use change::change;
pub use fee::BLOCK_ZERO_FEE;
pub use hold::HOLD_PRIMARY_FOR_MEDICAL;
pub use kind::ClaimKind;
pub use new_claim::new_claim;
pub use policy::{born_in, statuses_at_birth};
pub use release::release;

/// Whether a claim that is asked for is made, and how it is born. The first refusal is the answer.
///
/// # Errors
///
/// The first decision that is against it.
pub fn create(facts: &ClaimFacts, office: &OfficeFlags) -> Creation {
    capitation::check_capitation_not_asked(facts)?;
    enrolled::check_enrolled(facts)?;
    match facts.claim_type {
        IntakeType::Primary => primary::check_primary_plan(facts)?,
        IntakeType::Secondary => secondary::check_secondary_plan(facts)?,
        IntakeType::Other => other::check_other_plan(facts)?,
        IntakeType::PreAuthorization | IntakeType::Capitation => pre_authorization::check_plan(facts)?,
    }
    other_coverage::check_other_coverage(facts)?;
    check_procedures(facts, office)?;
    status::born(facts, office)
}

/// What must be so of the procedures of any claim, whether it is asked for by itself or made with others.
fn check_procedures(facts: &ClaimFacts, office: &OfficeFlags) -> Result<(), IntakeRefusal> {
    already_claimed::check_not_claimed(facts)?;
    not_billed::check_billed(facts)?;
    fee::check_fee(facts, office)?;
    clinics::check_one_clinic(facts)?;
    places::check_one_place(facts)?;
    dental_diagnoses::check_dental_diagnoses(facts)?;
    diagnoses::check_diagnoses(facts)
}
