//! The policy table, and every claim that it tells apart against the plain reading.

use reprise_claim_status::{BLOCK_ZERO_FEE, DefaultClaimStatus, HOLD_PRIMARY_FOR_MEDICAL};
use reprise_rules::claim_status::{ClaimFacts, Creation, IntakeType, OfficeFlags, PlanType, SubmissionStatus};
use reprise_rules::testing::claim_status::{claim_facts, create, every_claim_facts, medical_claim_facts};

use crate::{office, plain};

/// How a claim is born, or the code of the refusal with the statuses that it names.
fn outcome(creation: &Creation) -> Result<plain::Born, (&str, Vec<&'static str>)> {
    match creation {
        Ok(birth) => Ok((
            birth.claim_type.as_str(),
            birth.status.as_str(),
            birth.settles_in.as_str(),
        )),
        Err(refusal) => {
            let allowed = refusal.allowed.iter().map(|status| status.as_str()).collect();
            Err((&refusal.code, allowed))
        }
    }
}

#[test]
fn every_claim_is_born_as_the_text_says() {
    let facts = every_claim_facts();
    for (flags, holds_for_medical) in [(&[][..], false), (&[HOLD_PRIMARY_FOR_MEDICAL][..], true)] {
        for (facts, creation) in facts.iter().zip(create::<DefaultClaimStatus>(&facts, &office(flags))) {
            let expected = plain::create(facts, holds_for_medical, false).map_err(|code| {
                let allowed = match code {
                    "status-not-allowed" => plain::allowed(facts, holds_for_medical),
                    _ => Vec::new(),
                };
                (code, allowed)
            });
            assert_eq!(outcome(&creation), expected, "{facts:?}");
        }
    }
}

#[test]
fn what_is_so_of_procedures_is_decided_as_the_text_says() {
    let mut all = Vec::new();
    for facts in IntakeType::ALL.map(claim_facts).into_iter().chain([
        medical_claim_facts(IntakeType::Other),
        ClaimFacts {
            plan_type: PlanType::Capitation,
            ..claim_facts(IntakeType::PreAuthorization)
        },
    ]) {
        for bits in 0..64_u8 {
            let is = |bit: u8| bits & (1 << bit) != 0;
            all.extend([4, 5, 12, 13].map(|diagnoses| ClaimFacts {
                claimed: is(0).then_some(11),
                not_billed: is(1).then_some(12),
                without_fee: is(2).then_some(13),
                several_clinics: is(3),
                several_places: is(4),
                in_process: is(5),
                diagnoses,
                ..facts
            }));
        }
    }
    for (flags, blocks_zero_fee) in [(&[][..], false), (&[BLOCK_ZERO_FEE][..], true)] {
        for (facts, creation) in all.iter().zip(create::<DefaultClaimStatus>(&all, &office(flags))) {
            let expected = plain::create(facts, false, blocks_zero_fee).map_err(|code| (code, Vec::new()));
            assert_eq!(outcome(&creation), expected, "{facts:?}");
        }
    }
}

/// A column of the table: what is born if no status is asked for and what becomes of U, H, W, P, S, R and I, where `-` is
/// refused and the answer names the statuses that are not.
#[track_caller]
fn check(facts: ClaimFacts, flags: &[&str], row: &str) {
    let mut asked = vec![None];
    asked.extend(SubmissionStatus::ALL.map(Some));
    let office = office(flags);
    let born = |asked| {
        let facts = ClaimFacts { asked, ..facts };
        match create::<DefaultClaimStatus>(&[facts], &office).remove(0) {
            Ok(birth) => birth.status.as_str(),
            Err(refusal) => {
                assert_eq!(
                    (refusal.code.as_str(), refusal.field.as_str()),
                    ("status-not-allowed", "ClaimStatus")
                );
                let letters: Vec<_> = refusal.allowed.iter().map(|status| status.as_str()).collect();
                let taken: Vec<_> = row.split(' ').skip(1).filter(|&letter| letter != "-").collect();
                assert_eq!(letters, taken, "{}", refusal.sentence);
                "-"
            }
        }
    };
    let statuses: Vec<_> = asked.into_iter().map(born).collect();
    assert_eq!(statuses.join(" "), row);
}

#[test]
fn each_column_of_the_table() {
    let (primary, secondary) = (claim_facts(IntakeType::Primary), claim_facts(IntakeType::Secondary));
    check(primary, &[], "W U - W - - - -");
    check(primary, &[HOLD_PRIMARY_FOR_MEDICAL], "W U - W - - - -");
    let after_medical = ClaimFacts {
        medical_before: true,
        ..primary
    };
    check(after_medical, &[], "W U - W - - - -");
    check(after_medical, &[HOLD_PRIMARY_FOR_MEDICAL], "W U H W - - - -");

    check(secondary, &[], "W U H W - - - -");
    let received = ClaimFacts {
        on_received_primary: 1,
        ..secondary
    };
    check(received, &[], "W U - W - - - -");

    check(claim_facts(IntakeType::Other), &[], "U U H W - - - -");
    check(
        medical_claim_facts(IntakeType::Other),
        &[HOLD_PRIMARY_FOR_MEDICAL],
        "W U - W - - - -",
    );
    check(claim_facts(IntakeType::PreAuthorization), &[], "W U - W - - - -");
    check(
        medical_claim_facts(IntakeType::PreAuthorization),
        &[],
        "W U - W - - - -",
    );

    let capitation = |rank| ClaimFacts {
        plan_type: PlanType::Capitation,
        rank,
        subscription_asked: true,
        ..claim_facts(IntakeType::Other)
    };
    check(capitation(1), &[], "W U - W - - - -");
    let without_other_coverage = ClaimFacts {
        other_subscription_asked: false,
        ..capitation(2)
    };
    check(without_other_coverage, &[], "W U H W - - - -");
    check(capitation(3), &[], "U U H W - - - -");
}

#[test]
fn any_type_on_a_capitation_plan_becomes_a_capitation_claim() {
    for claim_type in [
        IntakeType::Primary,
        IntakeType::Secondary,
        IntakeType::Other,
        IntakeType::PreAuthorization,
    ] {
        let facts = ClaimFacts {
            plan_type: PlanType::Capitation,
            ..claim_facts(claim_type)
        };
        let creation = create::<DefaultClaimStatus>(&[facts], &OfficeFlags::none()).remove(0);
        let birth = creation.expect("a claim");
        assert_eq!(birth.claim_type, IntakeType::Capitation, "{claim_type}");
    }
}

#[test]
fn a_procedure_in_process_leaves_no_status_to_ask_for() {
    for facts in [claim_facts(IntakeType::Primary), claim_facts(IntakeType::Other)] {
        let in_process = ClaimFacts {
            in_process: true,
            ..facts
        };
        let born = |asked| {
            let facts = ClaimFacts { asked, ..in_process };
            create::<DefaultClaimStatus>(&[facts], &OfficeFlags::none()).remove(0)
        };
        let birth = born(None).expect("a claim");
        let settled = create::<DefaultClaimStatus>(&[facts], &OfficeFlags::none()).remove(0);
        assert_eq!(birth.status, SubmissionStatus::InProcess);
        assert_eq!(Ok(birth.settles_in), settled.map(|birth| birth.status));
        for asked in SubmissionStatus::ALL {
            let refusal = born(Some(asked)).expect_err("a status that is asked for");
            assert_eq!(refusal.code, "procedure-in-process", "{asked}");
        }
    }
}
