//! Each way to break the contract of claim intake, and how close one may come.

use contract::{ClaimType, SubmissionStatus as Said};
use reprise_model::{Enrolment, Situation};

use super::*;

fn facts() -> ClaimFacts {
    ClaimFacts {
        claim_type: IntakeType::Secondary,
        asked: None,
        plan_type: PlanType::Percentage,
        rank: 2,
        other_rank: 1,
        dental_plans: 2,
        medical_plans: 0,
        procedures: 1,
        on_open_primary: 0,
        on_received_primary: 0,
        diagnoses: 0,
        claimed: 0,
        not_billed: 0,
        without_fee: 0,
        situation: Situation::default(),
    }
}

fn birth(claim_type: ClaimType, status: Said, settles_in: Said) -> contract::Birth {
    contract::Birth {
        claim_type,
        status,
        settles_in,
    }
}

fn refused(code: &str, field: &str, sentence: &str) -> contract::Refusal {
    contract::Refusal {
        code: code.to_owned(),
        field: field.to_owned(),
        sentence: sentence.to_owned(),
        allowed: Vec::new(),
    }
}

/// An answer that is taken (no words), or a fault in these words.
#[track_caller]
fn check<Answer: std::fmt::Debug>(answer: Result<Answer, Fault>, words: &str) {
    match answer {
        Ok(_) => assert_eq!(words, "", "{answer:?}"),
        Err(fault) => {
            let fault = fault.to_string();
            assert!(!words.is_empty() && fault.contains(words), "{fault}");
            assert!(fault.starts_with("it broke the contract: "), "{fault}");
        }
    }
}

#[test]
fn a_claim_is_born_before_it_is_sent() {
    for status in [Said::Unsent, Said::Hold, Said::Waiting] {
        check(creation(Ok(birth(ClaimType::Secondary, status, status)), &facts()), "");
    }
    for (status, words) in [
        (
            Said::ProbablySent,
            "it has a claim born in `P`; it may be born in U, H, W or",
        ),
        (Said::Sent, "it has a claim born in `S`"),
        (Said::Received, "it has a claim born in `R`"),
    ] {
        let answer = birth(ClaimType::Secondary, status, status);
        check(creation(Ok(answer), &facts()), words);
    }
    let answer = birth(ClaimType::Secondary, Said::Hold, Said::Waiting);
    check(
        creation(Ok(answer), &facts()),
        "born in `H` to settle in `W`; only a claim that is born in I settles elsewhere",
    );
}

#[test]
fn a_claim_is_held_for_a_procedure_only_if_one_is_in_process() {
    let held = |settles_in| birth(ClaimType::Secondary, Said::InProcess, settles_in);
    check(
        creation(Ok(held(Said::Waiting)), &facts()),
        "born in `I`, although no procedure of it is in process",
    );
    let in_process = ClaimFacts {
        situation: Situation {
            in_process: true,
            ..Situation::default()
        },
        ..facts()
    };
    check(creation(Ok(held(Said::Hold)), &in_process), "");
    for settles_in in [Said::InProcess, Said::Sent, Said::Received, Said::ProbablySent] {
        check(
            creation(Ok(held(settles_in)), &in_process),
            "it may settle in U, H or W",
        );
    }
}

#[test]
fn a_claim_is_what_was_asked_for_or_a_capitation_claim() {
    let of_type = |claim_type| Ok(birth(claim_type, Said::Waiting, Said::Waiting));
    check(
        creation(of_type(ClaimType::Primary), &facts()),
        "it makes a claim `P` where `S` is asked for",
    );
    check(
        creation(of_type(ClaimType::Capitation), &facts()),
        "it makes a claim `Cap` on a plan that is no capitation plan",
    );
    let capitation = ClaimFacts {
        plan_type: PlanType::Capitation,
        ..facts()
    };
    check(creation(of_type(ClaimType::Capitation), &capitation), "");
    check(creation(of_type(ClaimType::Secondary), &capitation), "");
}

#[test]
fn a_refusal_has_a_code_and_says_why() {
    let check = |code: &str, field: &str, sentence: &str, words: &str| {
        check(creation(Err(refused(code, field, sentence)), &facts()), words);
    };
    check("plan-4", "ClaimStatus", "no", "");
    check("plan-4", "", "no", "");
    check(&"x".repeat(100), &"F".repeat(100), "no", "");
    check("plan-4", "ClaimStatus", " \n", "without a sentence that says why");
    check("", "ClaimStatus", "no", "with code ``; a code is 1 to 100");
    check("Plan", "ClaimStatus", "no", "with code `Plan`");
    check("a code", "ClaimStatus", "no", "with code `a code`");
    check(&"x".repeat(101), "ClaimStatus", "no", "a code is 1 to 100");
    check("plan-4", &"F".repeat(101), "no", "a field whose name has 101 bytes");
}

#[test]
fn a_refusal_is_cut_to_one_line() {
    let said = contract::Refusal {
        allowed: vec![Said::Waiting, Said::Unsent, Said::Waiting],
        ..refused("late", "ClaimStatus", &format!("\ntoo\nlate {}", "x".repeat(2_000)))
    };
    let kept = creation(Err(said), &facts())
        .expect("a refusal")
        .expect_err("a refusal");
    assert!(kept.sentence.starts_with("too late x") && kept.sentence.len() == 1_024);
    assert_eq!(kept.allowed, [SubmissionStatus::Waiting, SubmissionStatus::Unsent]);
}

/// A batch of two claims, answered with these types, statuses, statuses to settle in, and refusals at these places.
#[track_caller]
fn check_batch(claim_types: &[u8], statuses: &[u8], settles_in: &[u8], refused_at: &[u32], words: &str) {
    let refusals = refused_at.iter().map(|&place| contract::RefusedClaim {
        place,
        refusal: refused("late", "", "too late"),
    });
    let births = contract::Births {
        claim_types: claim_types.to_vec(),
        statuses: statuses.to_vec(),
        settles_in: settles_in.to_vec(),
        refusals: refusals.collect(),
    };
    check(creations(births, &[facts(), facts()]), words);
}

#[test]
fn a_batch_has_an_outcome_for_each_claim() {
    check_batch(&[2, 2], &[3, 2], &[3, 2], &[], "");
    check_batch(&[2, 0], &[3, 0], &[3, 0], &[1], "");
    check_batch(&[0, 0], &[0, 0], &[0, 0], &[0, 1], "");
    check_batch(&[2], &[3], &[3], &[], "it answers 1 outcomes for a batch of 2 claims");
    check_batch(&[2, 2], &[3, 3, 3], &[3, 3], &[], "it answers 3 outcomes");
    check_batch(&[2, 2], &[3, 3], &[3], &[], "it answers 1 outcomes");
    check_batch(
        &[2, 0],
        &[3, 0],
        &[3, 0],
        &[],
        "it neither has claim 1 of a batch born nor refuses it",
    );
    check_batch(
        &[2, 2],
        &[3, 3],
        &[3, 3],
        &[1],
        "it has claim 1 of a batch born and refuses it",
    );
    check_batch(&[0, 0], &[0, 0], &[0, 0], &[1, 0], "it neither has claim 0");
    check_batch(
        &[2, 0],
        &[3, 0],
        &[3, 0],
        &[1, 1],
        "it refuses claim 1 of a batch out of order, twice",
    );
    check_batch(
        &[2, 2],
        &[3, 3],
        &[3, 3],
        &[2],
        "it refuses claim 2 of a batch out of order",
    );
    check_batch(&[2, 6], &[3, 3], &[3, 3], &[], "types are 1 to 5, statuses 1 to 7");
    check_batch(&[2, 2], &[3, 8], &[3, 8], &[], "in status 8");
    check_batch(&[2, 2], &[3, 3], &[3, 0], &[], "to settle in 0");
    check_batch(&[2, 2], &[3, 5], &[3, 5], &[], "it has a claim born in `S`");
}

fn enrolments() -> EnrolmentFacts {
    let enrolment = |subscription, plan_type, rank| Enrolment {
        subscription,
        plan_type,
        rank,
    };
    let procedure = |procedure, claimed_for: &[u64]| ProcedureFacts {
        procedure,
        in_process: procedure == 30,
        without_fee: false,
        clinic: 0,
        place: 0,
        diagnoses: Vec::new(),
        not_billed_to: Vec::new(),
        claimed_for: claimed_for.to_vec(),
        on_open_primary: false,
        on_received_primary: false,
    };
    EnrolmentFacts {
        enrolments: vec![
            enrolment(1, PlanType::Percentage, 1),
            enrolment(2, PlanType::Capitation, 2),
        ],
        procedures: vec![procedure(10, &[]), procedure(20, &[2]), procedure(30, &[])],
    }
}

fn made(subscription: u64, other_subscription: u64, procedures: &[u64]) -> contract::MadeClaim {
    contract::MadeClaim {
        birth: birth(ClaimType::Primary, Said::Waiting, Said::Waiting),
        subscription,
        other_subscription,
        procedures: procedures.to_vec(),
        dated: true,
    }
}

fn born(birth: contract::Birth, claim: contract::MadeClaim) -> contract::MadeClaim {
    contract::MadeClaim { birth, ..claim }
}

#[test]
fn made_claims_are_of_the_patient_and_of_the_request() {
    let check = |claims: Vec<contract::MadeClaim>, words: &str| check(made_claims(Ok(claims), &enrolments()), words);
    check(vec![made(1, 0, &[10, 20, 30]), made(2, 1, &[10])], "");
    check(vec![], "it makes no claim and does not say why");
    check(
        vec![made(3, 0, &[10])],
        "subscription 3, which is none of the patient's",
    );
    check(
        vec![made(1, 3, &[10])],
        "other subscription 3, which is none of the patient's",
    );
    check(vec![made(1, 1, &[10])], "with the same as other subscription");
    check(vec![made(1, 2, &[])], "without procedures");
    check(vec![made(1, 2, &[11])], "procedure 11, which the request does not name");
    check(vec![made(1, 2, &[10, 10])], "names procedure 10 twice");
    check(
        vec![made(1, 0, &[10]), made(1, 0, &[30, 10])],
        "a second claim for procedure 10 and subscription 1",
    );
    check(
        vec![made(2, 0, &[20])],
        "a second claim for procedure 20 and subscription 2",
    );
}

#[test]
fn a_made_claim_is_born_as_any_other() {
    let check = |claim, words: &str| check(made_claims(Ok(vec![claim]), &enrolments()), words);
    let in_process = birth(ClaimType::Primary, Said::InProcess, Said::Waiting);
    check(born(in_process, made(1, 0, &[10, 30])), "");
    check(
        born(in_process, made(1, 0, &[10, 20])),
        "no procedure of it is in process",
    );
    let capitation = birth(ClaimType::Capitation, Said::Hold, Said::Hold);
    check(born(capitation, made(2, 0, &[10])), "");
    check(born(capitation, made(1, 0, &[10])), "no capitation plan");
    let sent = birth(ClaimType::Primary, Said::Sent, Said::Sent);
    check(born(sent, made(1, 0, &[10])), "born in `S`");
    // A preauthorization claims nothing, so that it may be there beside a claim.
    let asks = birth(ClaimType::PreAuthorization, Said::Waiting, Said::Waiting);
    check(born(asks, made(2, 0, &[20])), "");
}

#[test]
fn a_refused_new_claim_says_why() {
    check(made_claims(Err(refused("no-plan", "", "no")), &enrolments()), "");
    check(
        made_claims(Err(refused("no-plan", "", "")), &enrolments()),
        "without a sentence",
    );
}

#[test]
fn processing_alone_moves_a_claim_that_is_in_it() {
    let check = |current, processing, said, words: &str| {
        let facts = ChangeFacts {
            claim: facts(),
            current,
            processing,
        };
        check(changed(Ok(said), &facts), words);
    };
    let (entry, initial, finalized) = (
        ProcessingStatus::Entry,
        ProcessingStatus::Initial,
        ProcessingStatus::Finalized,
    );
    check(SubmissionStatus::Waiting, entry, Said::Received, "");
    check(
        SubmissionStatus::Waiting,
        entry,
        Said::InProcess,
        "from `W` to `I`; only a claim that is born",
    );
    check(SubmissionStatus::InProcess, entry, Said::InProcess, "");
    check(SubmissionStatus::Sent, initial, Said::Sent, "");
    check(
        SubmissionStatus::Sent,
        initial,
        Said::Received,
        "from `S` to `R`; the claim is in processing",
    );
    check(SubmissionStatus::Received, finalized, Said::Received, "");
    check(
        SubmissionStatus::Received,
        finalized,
        Said::Waiting,
        "the claim is FINALIZED",
    );
}

#[test]
fn a_claim_is_released_to_where_it_may_be_sent_from() {
    let facts = |current| ReleaseFacts {
        claim_type: IntakeType::Secondary,
        current,
        settles_in: SubmissionStatus::Hold,
        rank: 2,
        received_rank: 1,
        received_medical: false,
        open_before: 0,
        in_process: false,
    };
    let (hold, in_process) = (SubmissionStatus::Hold, SubmissionStatus::InProcess);
    assert_eq!(released(None, &facts(hold)), Ok(None));
    assert_eq!(released(Some(Said::Hold), &facts(hold)), Ok(None), "as it is");
    assert_eq!(
        released(Some(Said::InProcess), &facts(in_process)),
        Ok(None),
        "as it is"
    );
    assert_eq!(
        released(Some(Said::Waiting), &facts(hold)),
        Ok(Some(SubmissionStatus::Waiting))
    );
    for said in [Said::Sent, Said::Received, Said::ProbablySent, Said::InProcess] {
        check(released(Some(said), &facts(hold)), "a claim is released to U, H or W");
    }
}
