//! Claim intake through components in the sandbox: that facts and answers cross whole, and that answers which no rule may
//! give are faults.

use std::sync::Arc;

use reprise_engine::{EmptyReference, Fault, StatusRules};
use reprise_model::{
    Birth, ChangeFacts, ClaimFacts, Enrolment, EnrolmentFacts, IntakeType, OfficeSetting, PlanType, ProcedureFacts,
    ProcessingStatus, ReleaseFacts, Situation, SubmissionStatus,
};

use super::{engine, tight_limits};
use crate::components;

fn rules(component: &[u8]) -> StatusRules {
    engine(tight_limits())
        .load_claim_status(component)
        .expect("a component that is taken")
        .instantiate(Arc::new(EmptyReference))
        .expect("an instance")
}

fn setting(name: &str) -> OfficeSetting {
    OfficeSetting {
        name: name.to_owned(),
        value: "true".to_owned(),
    }
}

/// A claim on the patient's dental plan of this rank.
fn facts(claim_type: IntakeType, rank: u32) -> ClaimFacts {
    let named = rank > 2;
    ClaimFacts {
        claim_type,
        asked: None,
        plan_type: PlanType::Percentage,
        rank,
        other_rank: rank - 1,
        dental_plans: 3,
        medical_plans: 1,
        procedures: 2,
        on_open_primary: 1,
        on_received_primary: 1,
        diagnoses: 4,
        claimed: 0,
        not_billed: 0,
        without_fee: 0,
        situation: Situation {
            plan_known: true,
            subscription_asked: named,
            other_subscription_asked: named,
            ..Situation::default()
        },
    }
}

/// Type, status and the status that it settles in; or the refusal's code.
type Outcome = Result<(&'static str, &'static str, &'static str), &'static str>;

/// A claim with each thing that decides in turn, and what becomes of it in an office with both of its flags on.
fn every_fact() -> Vec<(ClaimFacts, Outcome)> {
    let (primary, secondary, tertiary) = (
        facts(IntakeType::Primary, 1),
        facts(IntakeType::Secondary, 2),
        facts(IntakeType::Other, 3),
    );
    let hold = Some(SubmissionStatus::Hold);
    let so = |facts: ClaimFacts, set: fn(&mut Situation)| {
        let mut situation = facts.situation;
        set(&mut situation);
        ClaimFacts { situation, ..facts }
    };
    let medical = so(tertiary, |situation| {
        situation.medical = true;
        situation.other_subscription_asked = false;
    });
    let mut rows = vec![
        (primary, Ok(("P", "W", "W"))),
        (secondary, Ok(("S", "W", "W"))),
        (tertiary, Ok(("Other", "U", "U"))),
        (ClaimFacts { rank: 0, ..medical }, Ok(("Other", "W", "W"))),
        (facts(IntakeType::PreAuthorization, 1), Ok(("PreAuth", "W", "W"))),
        (facts(IntakeType::Capitation, 1), Err("cap-not-asked-for")),
        (
            ClaimFacts {
                plan_type: PlanType::Capitation,
                ..tertiary
            },
            Ok(("Cap", "U", "U")),
        ),
        (
            ClaimFacts {
                plan_type: PlanType::FlatCopay,
                ..tertiary
            },
            Ok(("Other", "U", "U")),
        ),
        (ClaimFacts { rank: 2, ..primary }, Err("subscription-of-another-rank")),
        (
            ClaimFacts {
                other_rank: 1,
                ..tertiary
            },
            Err("other-subscription-wrong"),
        ),
        (
            ClaimFacts {
                asked: hold,
                ..secondary
            },
            Ok(("S", "H", "H")),
        ),
        (
            ClaimFacts {
                asked: hold,
                on_received_primary: 2,
                ..secondary
            },
            Err("status-not-allowed"),
        ),
        (
            ClaimFacts {
                asked: hold,
                on_received_primary: 2,
                procedures: 3,
                ..secondary
            },
            Ok(("S", "H", "H")),
        ),
        (
            ClaimFacts {
                diagnoses: 5,
                ..primary
            },
            Err("too-many-dental-diagnoses"),
        ),
        (
            ClaimFacts {
                claimed: 1 << 40,
                ..primary
            },
            Err("procedure-already-claimed"),
        ),
        (
            ClaimFacts {
                not_billed: 7,
                ..primary
            },
            Err("procedure-not-billed"),
        ),
        (
            ClaimFacts {
                without_fee: 7,
                ..primary
            },
            Err("procedure-without-fee"),
        ),
        (so(primary, |so| so.plan_known = false), Err("no-primary-plan")),
        (
            so(tertiary, |so| so.subscription_asked = false),
            Err("subscription-missing"),
        ),
        (
            so(tertiary, |so| so.other_subscription_asked = false),
            Err("other-subscription-missing"),
        ),
        (ClaimFacts { asked: hold, ..primary }, Err("status-not-allowed")),
        (
            ClaimFacts {
                asked: hold,
                ..so(primary, |so| so.medical_before = true)
            },
            Ok(("P", "H", "H")),
        ),
        (so(primary, |so| so.in_process = true), Ok(("P", "I", "W"))),
        (so(tertiary, |so| so.in_process = true), Ok(("Other", "I", "U"))),
        (so(primary, |so| so.several_clinics = true), Err("several-clinics")),
        (
            so(primary, |so| so.several_places = true),
            Err("several-places-of-service"),
        ),
        (
            ClaimFacts {
                dental_plans: 0,
                medical_plans: 0,
                ..primary
            },
            Err("no-plan"),
        ),
    ];
    rows.extend(SubmissionStatus::ALL.iter().map(|&status| {
        let asked = ClaimFacts {
            asked: Some(status),
            ..tertiary
        };
        let expected = match status.as_str() {
            "U" => Ok(("Other", "U", "U")),
            "H" => Ok(("Other", "H", "H")),
            "W" => Ok(("Other", "W", "W")),
            _ => Err("status-not-allowed"),
        };
        (asked, expected)
    }));
    rows
}

#[test]
fn each_fact_reaches_the_rules_alone_and_in_a_batch() {
    let office = [setting("hold-primary-for-medical"), setting("block-zero-fee")];
    let rows = every_fact();
    let mut rules = rules(reprise_bundle::CLAIM_STATUS);
    let facts: Vec<_> = rows.iter().map(|(facts, _)| *facts).collect();
    let batch = rules.create_batch(&facts, &office).expect("decisions");
    assert_eq!(batch.len(), rows.len());
    for ((facts, expected), in_batch) in rows.iter().zip(batch) {
        let alone = rules.create(facts, &office).expect("a decision");
        assert_eq!(alone, in_batch, "{facts:?}");
        let text = |birth: &Birth| {
            (
                birth.claim_type.as_str(),
                birth.status.as_str(),
                birth.settles_in.as_str(),
            )
        };
        let outcome = alone.as_ref().map(text).map_err(|refusal| refusal.code.as_str());
        assert_eq!(outcome, *expected, "{facts:?}");
    }
    assert_eq!(rules.create_batch(&[], &office), Ok(Vec::new()));
}

#[test]
fn a_setting_of_the_office_reaches_the_rules() {
    let without_fee = ClaimFacts {
        without_fee: 12_857,
        ..facts(IntakeType::Primary, 1)
    };
    let mut rules = rules(reprise_bundle::CLAIM_STATUS);
    let mut made = |office: &[OfficeSetting]| rules.create(&without_fee, office).expect("a decision");
    assert!(made(&[]).is_ok());
    let refusal = made(&[setting("other"), setting("block-zero-fee")]).expect_err("a fee of 0");
    assert_eq!(
        (refusal.field.as_str(), refusal.sentence.as_str()),
        (
            "procNums",
            "procedure 12857 has a fee of 0, and the office's flag `block-zero-fee` is on; give the procedure a fee or \
             leave it out"
        )
    );
}

/// Three dental plans, subscriptions 11 to 13 (the second a capitation plan), and two procedures of which the second is
/// in process and not billed to the first plan.
fn enrolments() -> EnrolmentFacts {
    let enrolment = |(subscription, plan_type, rank)| Enrolment {
        subscription,
        plan_type,
        rank,
    };
    let procedure = |procedure, not_billed_to: &[u64]| ProcedureFacts {
        procedure,
        in_process: !not_billed_to.is_empty(),
        without_fee: false,
        clinic: 3,
        place: 4,
        diagnoses: vec![1, 2],
        not_billed_to: not_billed_to.to_vec(),
        claimed_for: vec![99],
        on_open_primary: false,
        on_received_primary: false,
    };
    EnrolmentFacts {
        enrolments: [
            (11, PlanType::PpoPercentage, 1),
            (12, PlanType::Capitation, 2),
            (13, PlanType::Percentage, 3),
        ]
        .map(enrolment)
        .to_vec(),
        procedures: vec![procedure(1, &[]), procedure(2, &[11])],
    }
}

/// The claims that a component makes for them: type, status, the status that it settles in, the subscriptions, the
/// procedures.
#[track_caller]
fn check_new_claims(component: &[u8], expected: [&str; 3]) {
    let claims = rules(component)
        .new_claims(&enrolments(), &[])
        .expect("a decision")
        .expect("claims");
    let text = |claim: &reprise_model::MadeClaim| {
        let Birth {
            claim_type,
            status,
            settles_in,
        } = claim.birth;
        let (own, other, procedures) = (claim.subscription, claim.other_subscription, &claim.procedures);
        format!(
            "{claim_type} {status} {settles_in} {own} ({other}): {procedures:?} {}",
            claim.dated
        )
    };
    assert_eq!(claims.iter().map(text).collect::<Vec<_>>(), expected);
}

#[test]
fn an_enrolment_gets_the_claims_of_the_component_that_is_asked() {
    check_new_claims(
        reprise_bundle::CLAIM_STATUS,
        [
            "P W W 11 (0): [1] true",
            "Cap I H 12 (11): [1, 2] false",
            "Other I U 13 (12): [1, 2] false",
        ],
    );
    check_new_claims(
        components::RIVERSIDE_DENTAL,
        [
            "P W W 11 (0): [1] true",
            "Cap I H 12 (11): [1, 2] false",
            "Other I H 13 (12): [1, 2] false",
        ],
    );
}

fn change(current: SubmissionStatus, asked: SubmissionStatus, processing: ProcessingStatus) -> ChangeFacts {
    let claim = ClaimFacts {
        asked: Some(asked),
        ..facts(IntakeType::Secondary, 2)
    };
    ChangeFacts {
        claim,
        current,
        processing,
    }
}

#[test]
fn changes_and_releases_cross_whole() {
    use SubmissionStatus::{Hold, InProcess, Received, Sent, Unsent, Waiting};
    let mut rules = rules(reprise_bundle::CLAIM_STATUS);
    for (current, asked, processing, expected) in [
        (Waiting, Hold, ProcessingStatus::Entry, Ok(Hold)),
        (Hold, Sent, ProcessingStatus::Entry, Err("claim-held")),
        (Unsent, Sent, ProcessingStatus::Entry, Ok(Sent)),
        (
            Sent,
            Received,
            ProcessingStatus::ManualBenefits,
            Err("claim-in-processing"),
        ),
        (Received, Unsent, ProcessingStatus::Finalized, Err("claim-received")),
    ] {
        let decision = rules
            .change(&change(current, asked, processing), &[])
            .expect("a decision");
        let decision = decision.as_ref().map_err(|refusal| refusal.code.as_str());
        assert_eq!(
            decision,
            expected.as_ref().map_err(|code| *code),
            "{current} to {asked}"
        );
    }
    let held = ReleaseFacts {
        claim_type: IntakeType::Other,
        current: Hold,
        settles_in: Unsent,
        rank: 3,
        received_rank: 1,
        received_medical: false,
        open_before: 1,
        in_process: false,
    };
    for (facts, expected) in [
        (held, None),
        (
            ReleaseFacts {
                received_rank: 2,
                received_medical: false,
                ..held
            },
            Some(Waiting),
        ),
        (
            ReleaseFacts {
                current: InProcess,
                ..held
            },
            Some(Unsent),
        ),
        (
            ReleaseFacts {
                current: InProcess,
                in_process: true,
                ..held
            },
            None,
        ),
        (
            ReleaseFacts {
                current: InProcess,
                settles_in: Hold,
                ..held
            },
            Some(Hold),
        ),
        (
            ReleaseFacts {
                current: InProcess,
                settles_in: Hold,
                open_before: 0,
                ..held
            },
            Some(Waiting),
        ),
    ] {
        assert_eq!(rules.release(&facts, &[]), Ok(expected), "{facts:?}");
    }
}

/// One way to ask a component.
type Ask = fn(&mut StatusRules) -> Result<(), Fault>;

fn create(rules: &mut StatusRules) -> Result<(), Fault> {
    rules.create(&facts(IntakeType::Primary, 1), &[]).map(drop)
}

fn create_batch(rules: &mut StatusRules) -> Result<(), Fault> {
    rules.create_batch(&[facts(IntakeType::Primary, 1); 3], &[]).map(drop)
}

fn new_claims(rules: &mut StatusRules) -> Result<(), Fault> {
    rules.new_claims(&enrolments(), &[]).map(drop)
}

fn change_in_processing(rules: &mut StatusRules) -> Result<(), Fault> {
    let facts = change(
        SubmissionStatus::Sent,
        SubmissionStatus::Received,
        ProcessingStatus::Initial,
    );
    rules.change(&facts, &[]).map(drop)
}

fn release(rules: &mut StatusRules) -> Result<(), Fault> {
    let facts = ReleaseFacts {
        claim_type: IntakeType::Secondary,
        current: SubmissionStatus::Hold,
        settles_in: SubmissionStatus::Hold,
        rank: 2,
        received_rank: 1,
        received_medical: false,
        open_before: 0,
        in_process: false,
    };
    rules.release(&facts, &[]).map(drop)
}

#[test]
fn what_no_rule_may_answer_is_a_fault() {
    let born = "it has a claim born in `R`; it may be born in U, H, W or, for a procedure in process, I";
    let table: [(&[u8], Ask, &str); 10] = [
        (
            components::LOOPS_IN_CREATE,
            create,
            "it ran out of fuel: more than 500000000 units",
        ),
        (
            components::LOOPS_IN_CREATE,
            create_batch,
            "it ran out of fuel: more than 500000000 units",
        ),
        (
            components::PANICS_IN_NEW_CLAIM,
            new_claims,
            "it panicked: the table of enrolments has no row for 3 plans (at ",
        ),
        (components::MAKES_RECEIVED_CLAIMS, create, born),
        (components::MAKES_RECEIVED_CLAIMS, create_batch, born),
        (components::MAKES_RECEIVED_CLAIMS, new_claims, born),
        (
            components::MAKES_RECEIVED_CLAIMS,
            change_in_processing,
            "it changes a claim from `S` to `R`; the claim is in processing, and processing alone moves it",
        ),
        (
            components::MAKES_RECEIVED_CLAIMS,
            release,
            "it releases a claim from `H` to `R`; a claim is released to U, H or W",
        ),
        (
            components::CLAIMS_FOR_ANOTHER,
            new_claims,
            "it makes a claim for subscription 1011, which is none of the patient's",
        ),
        (
            components::ANSWERS_TOO_FEW,
            create_batch,
            "it answers 2 outcomes for a batch of 3 claims",
        ),
    ];
    for (component, ask, words) in table {
        let mut rules = rules(component);
        let fault = ask(&mut rules).expect_err(words);
        assert!(fault.to_string().contains(words), "{fault}");
        for ask in [create, create_batch, new_claims, change_in_processing, release] {
            assert_eq!(ask(&mut rules), Err(fault.clone()), "it is not entered again");
        }
    }
    let mut others = rules(reprise_bundle::CLAIM_STATUS);
    for ask in [create, create_batch, new_claims, change_in_processing, release] {
        assert_eq!(ask(&mut others), Ok(()), "others work");
    }
}
