//! What the office decides otherwise, and that it decides nothing else otherwise.

use reprise_claim_status::DefaultClaimStatus;
use reprise_rules::claim_status::{
    Birth, ClaimFacts, EnrolmentFacts, IntakeType, OfficeFlags, PlanType, SubmissionStatus,
};
use reprise_rules::testing::claim_status::{
    change, claim_facts, create, decide, enrolment, every_change_facts, every_claim_facts, every_claim_state,
    every_release_facts, new_claim, procedure, release,
};

use super::{HOLD_PRIMARY_FOR_MEDICAL, RiversideDental};

/// The birth with U in place of H.
fn unheld(birth: Birth) -> Birth {
    let unheld = |status| match status {
        SubmissionStatus::Hold => SubmissionStatus::Unsent,
        status => status,
    };
    Birth {
        status: unheld(birth.status),
        settles_in: unheld(birth.settles_in),
        ..birth
    }
}

#[test]
fn a_claim_of_the_third_rank_is_held_and_all_else_is_as_where_primaries_are_held_for_medical() {
    let facts = every_claim_facts();
    let office = OfficeFlags::none();
    let holding = office.with(HOLD_PRIMARY_FOR_MEDICAL, "true");
    let ours = create::<RiversideDental>(&facts, &office);
    let by_default = create::<DefaultClaimStatus>(&facts, &holding);
    let mut held = 0;
    for ((facts, ours), by_default) in facts.iter().zip(ours).zip(by_default) {
        match (ours, by_default) {
            (Ok(ours), Ok(by_default)) if facts.asked.is_none() && ours != by_default => {
                assert!(facts.rank == 3 && unheld(ours) == by_default, "{facts:?}");
                held += 1;
            }
            (ours, by_default) => assert_eq!(ours, by_default, "{facts:?}"),
        }
    }
    assert!(held > 0, "some claims are held");
}

#[test]
fn a_primary_claim_waits_for_a_medical_plan_whatever_the_office_has_set() {
    let facts = ClaimFacts {
        asked: Some(SubmissionStatus::Hold),
        medical_plans: 1,
        medical_before: true,
        ..claim_facts(IntakeType::Primary)
    };
    for value in ["true", "false"] {
        let office = OfficeFlags::none().with(HOLD_PRIMARY_FOR_MEDICAL, value);
        let birth = create::<RiversideDental>(&[facts], &office).remove(0);
        assert_eq!(birth, Ok(Birth::in_status(IntakeType::Primary, SubmissionStatus::Hold)));
    }
}

#[test]
fn new_claims_are_those_of_the_default_with_the_third_on_hold() {
    for plan_type in [PlanType::Percentage, PlanType::Capitation] {
        let mut facts = EnrolmentFacts {
            enrolments: [(11, 1), (12, 2), (13, 3)]
                .map(|(subscription, rank)| enrolment(subscription, rank))
                .to_vec(),
            procedures: vec![procedure(1)],
        };
        facts.enrolments[2].plan_type = plan_type;
        for in_process in [false, true] {
            facts.procedures[0].in_process = in_process;
            let office = OfficeFlags::none();
            let mut ours = new_claim::<RiversideDental>(&facts, &office).expect("claims");
            let by_default = new_claim::<DefaultClaimStatus>(&facts, &office).expect("claims");
            assert_eq!(ours[2].birth.settles_in, SubmissionStatus::Hold);
            ours[2].birth = unheld(ours[2].birth);
            assert_eq!(ours, by_default);
        }
    }
}

#[test]
fn changes_releases_and_reprocessing_are_as_by_default() {
    let office = OfficeFlags::none();
    let holding = office.with(HOLD_PRIMARY_FOR_MEDICAL, "true");
    for facts in every_change_facts() {
        let ours = change::<RiversideDental>(&facts, &office);
        assert_eq!(ours, change::<DefaultClaimStatus>(&facts, &holding), "{facts:?}");
    }
    for facts in every_release_facts() {
        let ours = release::<RiversideDental>(&facts, &office);
        assert_eq!(ours, release::<DefaultClaimStatus>(&facts, &holding), "{facts:?}");
    }
    let states = every_claim_state();
    assert_eq!(
        decide::<RiversideDental>(&states),
        decide::<DefaultClaimStatus>(&states)
    );
}
