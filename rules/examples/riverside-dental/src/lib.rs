//! The claim-status rules of an office that has its own mind about two things: a primary claim may always wait for a
//! medical plan that comes before it, whatever the office's settings say; and a tertiary claim is born on hold, not
//! unsent, so that nobody sends it by hand before the secondary one is received. Everything else is as by default.

use reprise_claim_status::HOLD_PRIMARY_FOR_MEDICAL;
use reprise_rules::claim_status::{
    Birth, ChangeFacts, ClaimFacts, ClaimState, ClaimStatusRules, Creation, Decision, EnrolmentFacts, IntakeRefusal,
    MadeClaim, OfficeFlags, ReleaseFacts, SubmissionStatus,
};

/// The default rules with two changes.
struct RiversideDental;

impl ClaimStatusRules for RiversideDental {
    const NAME: &'static str = "riverside-dental";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn reprocess(state: &ClaimState) -> Decision {
        reprise_claim_status::reprocess(state)
    }

    fn create(facts: &ClaimFacts, office: &OfficeFlags) -> Creation {
        let birth = reprise_claim_status::create(facts, &holding_for_medical(office))?;
        // A status that is asked for is kept.
        Ok(if facts.asked.is_none() { held(birth) } else { birth })
    }

    fn new_claim(facts: &EnrolmentFacts, office: &OfficeFlags) -> Result<Vec<MadeClaim>, IntakeRefusal> {
        let mut claims = reprise_claim_status::new_claim(facts, &holding_for_medical(office))?;
        for claim in &mut claims {
            claim.birth = held(claim.birth);
        }
        Ok(claims)
    }

    fn change(facts: &ChangeFacts, office: &OfficeFlags) -> Result<SubmissionStatus, IntakeRefusal> {
        reprise_claim_status::change(facts, &holding_for_medical(office))
    }

    fn release(facts: &ReleaseFacts, office: &OfficeFlags) -> Option<SubmissionStatus> {
        reprise_claim_status::release(facts, &holding_for_medical(office))
    }
}

fn holding_for_medical(office: &OfficeFlags) -> OfficeFlags {
    office.with(HOLD_PRIMARY_FOR_MEDICAL, "true")
}

/// By default only claims for a plan of the third rank are born unsent when nobody asks for it.
fn held(birth: Birth) -> Birth {
    let held = |status| match status {
        SubmissionStatus::Unsent => SubmissionStatus::Hold,
        status => status,
    };
    Birth {
        status: held(birth.status),
        settles_in: held(birth.settles_in),
        ..birth
    }
}

reprise_rules::export_claim_status!(RiversideDental);

#[cfg(test)]
mod tests;
