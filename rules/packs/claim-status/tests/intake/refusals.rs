//! Each refusal of a claim: its code, the field at fault, its words.

use std::collections::BTreeSet;

use reprise_claim_status::{BLOCK_ZERO_FEE, DefaultClaimStatus};
use reprise_rules::claim_status::{
    ClaimFacts, EnrolmentFacts, IntakeRefusal, IntakeType, PlanType, ProcedureFacts, SubmissionStatus,
};
use reprise_rules::testing::claim_status::{
    change, claim_facts, create, enrolment, every_change_facts, every_claim_facts, medical_claim_facts, new_claim,
    procedure,
};

use crate::office;

/// Every code of this component: what programs go by, and what the manual lists.
const CODES: [&str; 25] = [
    "cap-not-asked-for",
    "claim-held",
    "claim-in-process",
    "claim-in-processing",
    "claim-received",
    "no-plan",
    "no-primary-plan",
    "no-secondary-plan",
    "nothing-to-bill",
    "other-on-primary-plan",
    "other-on-secondary-plan",
    "other-subscription-missing",
    "other-subscription-wrong",
    "plan-beyond-tertiary",
    "procedure-already-claimed",
    "procedure-in-process",
    "procedure-not-billed",
    "procedure-without-fee",
    "several-clinics",
    "several-places-of-service",
    "status-not-allowed",
    "subscription-missing",
    "subscription-of-another-rank",
    "too-many-dental-diagnoses",
    "too-many-diagnoses",
];

/// A claim that is refused by this code, for this field, in these words.
#[track_caller]
fn check(facts: ClaimFacts, code: &str, field: &str, sentence: &str) {
    let refusal = refused(facts);
    assert_eq!(
        (refusal.code.as_str(), refusal.field.as_str(), refusal.sentence.as_str()),
        (code, field, sentence)
    );
}

#[track_caller]
fn refused(facts: ClaimFacts) -> IntakeRefusal {
    let creation = create::<DefaultClaimStatus>(&[facts], &office(&[BLOCK_ZERO_FEE])).remove(0);
    creation.expect_err("a refusal")
}

#[test]
fn a_refused_status_says_why_and_what_is_allowed() {
    let asked = |facts: ClaimFacts, asked| ClaimFacts {
        asked: Some(asked),
        ..facts
    };
    let (primary, secondary) = (claim_facts(IntakeType::Primary), claim_facts(IntakeType::Secondary));
    let check = |facts, sentence: &str| check(facts, "status-not-allowed", "ClaimStatus", sentence);
    check(
        asked(secondary, SubmissionStatus::Received),
        "a secondary claim cannot be made in status `R`: a claim is received after it was sent, not when it is made; \
         it can be made in `U` (unsent), `H` (hold until primary received) or `W` (waiting to send)",
    );
    check(
        asked(primary, SubmissionStatus::Hold),
        "a primary claim cannot be made in status `H`: a primary claim is held only in an office whose flag \
         `hold-primary-for-medical` is on; it can be made in `U` (unsent) or `W` (waiting to send)",
    );
    check(
        ClaimFacts {
            on_received_primary: 1,
            ..asked(secondary, SubmissionStatus::Hold)
        },
        "a secondary claim cannot be made in status `H`: a secondary claim is held until the primary is received, and \
         it is received for all these procedures; it can be made in `U` (unsent) or `W` (waiting to send)",
    );
    check(
        asked(medical_claim_facts(IntakeType::Other), SubmissionStatus::Hold),
        "a medical claim cannot be made in status `H`: a medical claim is not held, for no claim comes before it; it \
         can be made in `U` (unsent) or `W` (waiting to send)",
    );
    check(
        asked(claim_facts(IntakeType::PreAuthorization), SubmissionStatus::InProcess),
        "a preauthorization cannot be made in status `I`: only a claim with a procedure in process is in `I`, by \
         itself; it can be made in `U` (unsent) or `W` (waiting to send)",
    );
}

#[test]
fn a_refused_plan_says_which_one_would_be_right() {
    let (primary, secondary) = (claim_facts(IntakeType::Primary), claim_facts(IntakeType::Secondary));
    let other = claim_facts(IntakeType::Other);
    check(
        claim_facts(IntakeType::Capitation),
        "cap-not-asked-for",
        "ClaimType",
        "a claim becomes `Cap` by its plan and is not asked for as one; give ClaimType `Other` and the InsSubNum of a \
         capitation plan",
    );
    let without_plan = |facts: ClaimFacts, dental_plans, medical_plans| ClaimFacts {
        plan_known: false,
        rank: 0,
        dental_plans,
        medical_plans,
        ..facts
    };
    check(
        without_plan(primary, 0, 0),
        "no-plan",
        "PatNum",
        "the patient has no insurance plan; enrol the patient in one before a claim is made",
    );
    check(
        without_plan(primary, 0, 1),
        "no-primary-plan",
        "ClaimType",
        "the patient has no dental plan that a primary claim could be for; for a medical plan, give ClaimType `Other` \
         and its InsSubNum",
    );
    check(
        without_plan(claim_facts(IntakeType::PreAuthorization), 0, 1),
        "no-primary-plan",
        "ClaimType",
        "the patient has no dental plan that the preauthorization could be for; for a medical plan, give its InsSubNum",
    );
    check(
        without_plan(secondary, 1, 0),
        "no-secondary-plan",
        "ClaimType",
        "the patient has only one dental plan, and a secondary claim is for the second-ranked one",
    );
    check(
        without_plan(secondary, 0, 1),
        "no-secondary-plan",
        "ClaimType",
        "the patient has no dental plan, and a secondary claim is for the second-ranked one",
    );
    let on_rank = |facts: ClaimFacts, rank| ClaimFacts {
        rank,
        subscription_asked: true,
        ..facts
    };
    check(
        on_rank(primary, 2),
        "subscription-of-another-rank",
        "InsSubNum",
        "InsSubNum names the patient's second-ranked dental plan, and a primary claim is for the first-ranked dental \
         plan; leave InsSubNum out or name that plan's",
    );
    check(
        medical_claim_facts(IntakeType::Secondary),
        "subscription-of-another-rank",
        "InsSubNum",
        "InsSubNum names a medical plan, and a secondary claim is for the second-ranked dental plan; leave InsSubNum \
         out or name that plan's",
    );
    check(
        ClaimFacts {
            subscription_asked: false,
            ..other
        },
        "subscription-missing",
        "InsSubNum",
        "a claim of type `Other` needs InsSubNum: that of a medical plan, of the third-ranked dental plan, or of a \
         capitation plan",
    );
    check(
        on_rank(other, 1),
        "other-on-primary-plan",
        "InsSubNum",
        "InsSubNum names the patient's first-ranked dental plan, and a claim for that one is of ClaimType `P`; `Other` \
         is for a medical plan, the third-ranked dental plan or a capitation plan",
    );
    check(
        on_rank(other, 2),
        "other-on-secondary-plan",
        "InsSubNum",
        "InsSubNum names the patient's second-ranked dental plan, and a claim for that one is of ClaimType `S`; `Other` \
         is for a medical plan, the third-ranked dental plan or a capitation plan",
    );
    check(
        on_rank(other, 4),
        "plan-beyond-tertiary",
        "InsSubNum",
        "InsSubNum names the patient's dental plan of rank 4; claims are made for the first three",
    );
    let capitation = ClaimFacts {
        plan_type: PlanType::Capitation,
        ..on_rank(other, 4)
    };
    assert_eq!(refused(capitation).code, "plan-beyond-tertiary");
}

#[test]
fn a_refused_other_coverage_says_which_one_would_be_right() {
    let tertiary = claim_facts(IntakeType::Other);
    check(
        ClaimFacts {
            other_subscription_asked: false,
            other_rank: 0,
            ..tertiary
        },
        "other-subscription-missing",
        "InsSubNum2",
        "a tertiary claim needs InsSubNum2, the subscription of the patient's second-ranked dental plan",
    );
    for (other_rank, plan) in [
        (0, "a medical plan"),
        (1, "the patient's first-ranked dental plan"),
        (3, "the patient's third-ranked dental plan"),
        (4, "the patient's dental plan of rank 4"),
    ] {
        check(
            ClaimFacts { other_rank, ..tertiary },
            "other-subscription-wrong",
            "InsSubNum2",
            &format!(
                "InsSubNum2 names {plan}; for a tertiary claim it is the subscription of the second-ranked dental plan"
            ),
        );
    }
    check(
        ClaimFacts {
            other_subscription_asked: true,
            other_rank: 2,
            ..claim_facts(IntakeType::Secondary)
        },
        "other-subscription-wrong",
        "InsSubNum2",
        "InsSubNum2 names the plan that the claim itself is for; name the other coverage's or leave it out",
    );
}

#[test]
fn refused_procedures_are_named() {
    let primary = claim_facts(IntakeType::Primary);
    let check = |facts, code: &str, sentence: &str| check(facts, code, "procNums", sentence);
    check(
        ClaimFacts {
            claimed: Some(12_857),
            ..primary
        },
        "procedure-already-claimed",
        "procedure 12857 is on a claim for the patient's first-ranked dental plan already; delete that claim first, or \
         leave the procedure out",
    );
    check(
        ClaimFacts {
            not_billed: Some(12_857),
            ..medical_claim_facts(IntakeType::Other)
        },
        "procedure-not-billed",
        "procedure 12857 is not to be billed to a medical plan; leave it out, or let it be billed",
    );
    check(
        ClaimFacts {
            without_fee: Some(12_857),
            ..primary
        },
        "procedure-without-fee",
        "procedure 12857 has a fee of 0, and the office's flag `block-zero-fee` is on; give the procedure a fee or \
         leave it out",
    );
    check(
        ClaimFacts {
            several_clinics: true,
            ..primary
        },
        "several-clinics",
        "the procedures are of different clinics, and a claim is of one; ask for a claim for each clinic",
    );
    check(
        ClaimFacts {
            several_places: true,
            ..primary
        },
        "several-places-of-service",
        "the procedures have different places of service, and a claim has one; ask for a claim for each place",
    );
    check(
        ClaimFacts {
            diagnoses: 5,
            ..primary
        },
        "too-many-dental-diagnoses",
        "the procedures have 5 different diagnosis codes, and a claim for a dental plan holds 4; ask for several claims",
    );
    check(
        ClaimFacts {
            diagnoses: 13,
            ..medical_claim_facts(IntakeType::Other)
        },
        "too-many-diagnoses",
        "the procedures have 13 different diagnosis codes, and a claim holds 12; ask for several claims",
    );
}

#[test]
fn a_status_that_is_asked_for_is_refused_while_a_procedure_is_in_process() {
    check(
        ClaimFacts {
            in_process: true,
            asked: Some(SubmissionStatus::Waiting),
            ..claim_facts(IntakeType::Primary)
        },
        "procedure-in-process",
        "ClaimStatus",
        "a procedure is in process, so that the claim is held for it whatever its status is to be; leave ClaimStatus \
         out, or finish the procedure first",
    );
}

/// An enrolment in one dental plan whose claims are refused by this code, in these words.
#[track_caller]
fn check_new_claim(procedures: &[ProcedureFacts], code: &str, sentence: &str) {
    let facts = EnrolmentFacts {
        enrolments: vec![enrolment(11, 1)],
        procedures: procedures.to_vec(),
    };
    let refusal = new_claim::<DefaultClaimStatus>(&facts, &office(&[BLOCK_ZERO_FEE])).expect_err(sentence);
    assert_eq!(
        (refusal.code.as_str(), refusal.field.as_str(), refusal.sentence.as_str()),
        (code, "procNums", sentence)
    );
}

#[test]
fn new_claims_are_refused_in_the_same_words() {
    let not_billed = |number| ProcedureFacts {
        not_billed_to: vec![11],
        ..procedure(number)
    };
    check_new_claim(
        &[not_billed(12_857)],
        "nothing-to-bill",
        "procedure 12857 is not to be billed to any plan of the patient that would get a claim; let one be billed",
    );
    check_new_claim(
        &[not_billed(12_857), not_billed(12_859)],
        "nothing-to-bill",
        "none of the 2 procedures is to be billed to any plan of the patient that would get a claim; let one be billed",
    );
    let claimed = ProcedureFacts {
        claimed_for: vec![11],
        ..procedure(12_859)
    };
    check_new_claim(
        &[procedure(12_857), claimed],
        "procedure-already-claimed",
        "procedure 12859 is on a claim for the patient's first-ranked dental plan already; delete that claim first, or \
         leave the procedure out",
    );
    let without_fee = ProcedureFacts {
        without_fee: true,
        ..procedure(12_859)
    };
    check_new_claim(
        &[procedure(12_857), without_fee],
        "procedure-without-fee",
        "procedure 12859 has a fee of 0, and the office's flag `block-zero-fee` is on; give the procedure a fee or \
         leave it out",
    );
}

#[test]
fn the_codes_are_all_there_are() {
    let office = office(&[BLOCK_ZERO_FEE]);
    let mut codes = BTreeSet::new();
    let facts = every_claim_facts();
    let creations = create::<DefaultClaimStatus>(&facts, &office);
    codes.extend(creations.into_iter().filter_map(|creation| Some(creation.err()?.code)));
    let changes = every_change_facts().into_iter();
    codes.extend(changes.filter_map(|facts| Some(change::<DefaultClaimStatus>(&facts, &office).err()?.code)));
    // What these do not reach.
    let primary = claim_facts(IntakeType::Primary);
    let medical = medical_claim_facts(IntakeType::Other);
    let none = EnrolmentFacts {
        enrolments: Vec::new(),
        procedures: vec![procedure(1)],
    };
    let unbilled = EnrolmentFacts {
        enrolments: vec![enrolment(11, 1)],
        procedures: vec![ProcedureFacts {
            not_billed_to: vec![11],
            ..procedure(1)
        }],
    };
    for facts in [none, unbilled] {
        codes.extend(
            new_claim::<DefaultClaimStatus>(&facts, &office)
                .map_err(|refusal| refusal.code)
                .err(),
        );
    }
    for facts in [
        ClaimFacts {
            claimed: Some(1),
            ..primary
        },
        ClaimFacts {
            not_billed: Some(1),
            ..primary
        },
        ClaimFacts {
            without_fee: Some(1),
            ..primary
        },
        ClaimFacts {
            several_clinics: true,
            ..primary
        },
        ClaimFacts {
            several_places: true,
            ..primary
        },
        ClaimFacts {
            diagnoses: 5,
            ..primary
        },
        ClaimFacts {
            diagnoses: 13,
            ..medical
        },
    ] {
        codes.insert(refused(facts).code);
    }
    assert_eq!(codes.into_iter().collect::<Vec<_>>(), CODES);
}
