//! Which claims an enrolment calls for, enrolment by enrolment.

use reprise_claim_status::DefaultClaimStatus;
use reprise_rules::claim_status::{Enrolment, EnrolmentFacts, MadeClaim, OfficeFlags, PlanType, ProcedureFacts};
use reprise_rules::testing::claim_status::{enrolment, new_claim, procedure};

fn capitation(subscription: u64, rank: u32) -> Enrolment {
    Enrolment {
        plan_type: PlanType::Capitation,
        ..enrolment(subscription, rank)
    }
}

/// A procedure that is not to be billed to these subscriptions.
fn not_billed(number: u64, subscriptions: &[u64]) -> ProcedureFacts {
    ProcedureFacts {
        not_billed_to: subscriptions.to_vec(),
        ..procedure(number)
    }
}

/// `P W 11 (0): 1 2, dated`: type, status, subscription, other subscription, procedures.
fn text(claim: &MadeClaim) -> String {
    let procedures: Vec<_> = claim.procedures.iter().map(ToString::to_string).collect();
    format!(
        "{} {} {} ({}): {}{}",
        claim.birth.claim_type,
        claim.birth.status,
        claim.subscription,
        claim.other_subscription,
        procedures.join(" "),
        if claim.dated { ", dated" } else { "" }
    )
}

/// The claims that are made, or the code of the refusal.
#[track_caller]
fn check(enrolments: &[Enrolment], procedures: &[ProcedureFacts], expected: &[&str]) {
    let facts = EnrolmentFacts {
        enrolments: enrolments.to_vec(),
        procedures: procedures.to_vec(),
    };
    let made = match new_claim::<DefaultClaimStatus>(&facts, &OfficeFlags::none()) {
        Ok(claims) => claims.iter().map(text).collect(),
        Err(refusal) => vec![refusal.code],
    };
    assert_eq!(made, expected);
}

/// Three dental plans: subscriptions 11, 12 and 13.
fn dental() -> [Enrolment; 3] {
    [enrolment(11, 1), enrolment(12, 2), enrolment(13, 3)]
}

#[test]
fn dental_plans_get_a_claim_each_up_to_the_third() {
    let procedures = [procedure(1), procedure(2)];
    let (p, s, t) = ("P W 11 (0): 1 2, dated", "S H 12 (11): 1 2", "Other U 13 (12): 1 2");
    check(&dental()[..1], &procedures, &[p]);
    check(&dental()[..2], &procedures, &[p, s]);
    check(&dental(), &procedures, &[p, s, t]);
    let four = [&dental()[..], &[enrolment(14, 4)]].concat();
    check(&four, &procedures, &[p, s, t]);
}

#[test]
fn medical_plans_get_one_only_by_themselves() {
    let procedures = [procedure(1)];
    check(&[enrolment(21, 0)], &procedures, &["Other W 21 (0): 1, dated"]);
    check(
        &[enrolment(22, 0), enrolment(21, 0)],
        &procedures,
        &["Other W 22 (0): 1, dated"],
    );
    check(
        &[enrolment(21, 0), enrolment(11, 1)],
        &procedures,
        &["P W 11 (0): 1, dated"],
    );
    check(&[], &procedures, &["no-plan"]);
}

#[test]
fn a_capitation_plan_keeps_the_status_of_its_place() {
    let procedures = [procedure(1)];
    let [first, second, third] = dental();
    check(
        &[capitation(11, 1), second, third],
        &procedures,
        &["Cap W 11 (0): 1, dated", "S H 12 (11): 1", "Other U 13 (12): 1"],
    );
    check(
        &[first, capitation(12, 2), capitation(13, 3)],
        &procedures,
        &["P W 11 (0): 1, dated", "Cap H 12 (11): 1", "Cap U 13 (12): 1"],
    );
    check(&[capitation(21, 0)], &procedures, &["Cap W 21 (0): 1, dated"]);
}

#[test]
fn procedures_are_left_out_where_they_are_not_billed() {
    check(
        &dental(),
        &[not_billed(1, &[12]), procedure(2)],
        &["P W 11 (0): 1 2, dated", "S H 12 (11): 2", "Other U 13 (12): 1 2"],
    );
    check(
        &dental(),
        &[not_billed(1, &[12]), not_billed(2, &[12])],
        &["P W 11 (0): 1 2, dated", "Other U 13 (12): 1 2"],
    );
}

#[test]
fn a_secondary_claim_that_follows_none_waits_for_none() {
    check(
        &dental()[..2],
        &[not_billed(1, &[12]), not_billed(2, &[11])],
        &["P W 11 (0): 1, dated", "S W 12 (11): 2"],
    );
    check(
        &dental()[..2],
        &[not_billed(1, &[12]), not_billed(2, &[11]), procedure(3)],
        &["P W 11 (0): 1 3, dated", "S H 12 (11): 2 3"],
    );
}

#[test]
fn the_next_plan_leads_where_nothing_is_billed_to_the_first() {
    check(
        &dental(),
        &[not_billed(1, &[11]), not_billed(2, &[11])],
        &["S W 12 (11): 1 2, dated", "Other U 13 (12): 1 2"],
    );
    check(&dental(), &[not_billed(1, &[11, 12])], &["Other W 13 (12): 1, dated"]);
    check(
        &[enrolment(21, 0), enrolment(22, 0)],
        &[not_billed(1, &[21])],
        &["Other W 22 (0): 1, dated"],
    );
    check(&dental(), &[not_billed(1, &[11, 12, 13])], &["nothing-to-bill"]);
    // Medical beside dental gets none, even where nothing is billed to the dental plan.
    check(
        &[enrolment(21, 0), enrolment(11, 1)],
        &[not_billed(1, &[11])],
        &["nothing-to-bill"],
    );
}

#[test]
fn a_procedure_in_process_holds_the_claims_that_it_is_on() {
    let facts = EnrolmentFacts {
        enrolments: dental().to_vec(),
        procedures: vec![
            procedure(1),
            ProcedureFacts {
                in_process: true,
                ..not_billed(2, &[13])
            },
        ],
    };
    let claims = new_claim::<DefaultClaimStatus>(&facts, &OfficeFlags::none()).expect("claims");
    let births: Vec<_> = claims
        .iter()
        .map(|claim| format!("{} {}", claim.birth.status, claim.birth.settles_in))
        .collect();
    assert_eq!(births, ["I W", "I H", "U U"]);
}

#[test]
fn a_claimed_procedure_is_in_the_way_only_of_the_plan_that_it_is_claimed_for() {
    let claimed = |subscription| ProcedureFacts {
        claimed_for: vec![subscription],
        ..procedure(1)
    };
    for subscription in [11, 12, 13] {
        check(&dental(), &[claimed(subscription)], &["procedure-already-claimed"]);
    }
    let p = "P W 11 (0): 1, dated";
    check(&dental()[..1], &[claimed(21)], &[p]);
    let left_out = ProcedureFacts {
        not_billed_to: vec![12],
        ..claimed(12)
    };
    check(&dental()[..2], &[left_out], &[p]);
}

#[test]
fn one_claim_that_cannot_be_made_is_in_the_way_of_all() {
    let with_diagnoses = |number, diagnoses: std::ops::Range<u32>| ProcedureFacts {
        diagnoses: diagnoses.collect(),
        ..procedure(number)
    };
    check(
        &dental(),
        &[with_diagnoses(1, 0..3), with_diagnoses(2, 2..4)][..],
        &["P W 11 (0): 1 2, dated", "S H 12 (11): 1 2", "Other U 13 (12): 1 2"],
    );
    check(
        &dental(),
        &[with_diagnoses(1, 0..3), with_diagnoses(2, 2..5)],
        &["too-many-dental-diagnoses"],
    );
    check(
        &[enrolment(21, 0)],
        &[with_diagnoses(1, 0..12)],
        &["Other W 21 (0): 1, dated"],
    );
    check(
        &[enrolment(21, 0)],
        &[with_diagnoses(1, 0..13)],
        &["too-many-diagnoses"],
    );
    // The primary claim could be made; the secondary one has the procedures of two clinics.
    let of_clinic = |number, clinic, not_billed_to: &[u64]| ProcedureFacts {
        clinic,
        ..not_billed(number, not_billed_to)
    };
    check(
        &dental(),
        &[of_clinic(1, 5, &[]), of_clinic(2, 6, &[11])],
        &["several-clinics"],
    );
    let of_place = |number, place| ProcedureFacts {
        place,
        ..procedure(number)
    };
    check(
        &dental(),
        &[of_place(1, 5), of_place(2, 0)],
        &["several-places-of-service"],
    );
}
