//! Random enrolments and procedures: the claims that are made are those of the plain reading.

use reprise_claim_status::{BLOCK_ZERO_FEE, DefaultClaimStatus};
use reprise_rules::claim_status::{Enrolment, EnrolmentFacts, PlanType, ProcedureFacts};
use reprise_rules::testing::claim_status::{new_claim, procedure};

use crate::{office, plain};

/// Numbers that are the same in every run (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((mixed ^ (mixed >> 31)) % u64::from(below)).expect("smaller than `below`")
    }

    fn one_in(&mut self, chances: u32) -> bool {
        self.next(chances) == 0
    }

    /// Some of the subscriptions, each with this chance.
    fn some(&mut self, enrolments: &[Enrolment], chances: u32) -> Vec<u64> {
        let chosen = enrolments.iter().filter(|_| self.one_in(chances));
        chosen.map(|enrolment| enrolment.subscription).collect()
    }
}

/// Up to five plans in any order, medical ones between dental ones, ranked in the patient's order.
fn enrolments(numbers: &mut Numbers) -> Vec<Enrolment> {
    let mut rank = 0;
    let plans = numbers.next(6);
    let of_medical = numbers.next(4) + 1;
    (0..plans)
        .map(|place| {
            let is_medical = numbers.one_in(of_medical);
            rank += u32::from(!is_medical);
            Enrolment {
                // Numbers that do not follow the patient's order.
                subscription: u64::from(100 + (place * 37) % 50),
                plan_type: PlanType::ALL[numbers.next(4) as usize],
                rank: if is_medical { 0 } else { rank },
            }
        })
        .collect()
}

fn facts(numbers: &mut Numbers) -> EnrolmentFacts {
    let enrolments = enrolments(numbers);
    // How much is in the way differs from patient to patient: else hardly any would get claims.
    let (rarely, not_billed) = (5 + numbers.next(60), 1 + numbers.next(5));
    let procedures = (1..=1 + numbers.next(4))
        .map(|number| ProcedureFacts {
            in_process: numbers.one_in(6),
            without_fee: numbers.one_in(rarely),
            clinic: u32::from(numbers.one_in(rarely)),
            place: u32::from(numbers.one_in(rarely)),
            diagnoses: {
                let codes = (0..numbers.next(4)).map(|_| numbers.next(7));
                let mut codes: Vec<_> = codes.collect();
                codes.sort_unstable();
                codes.dedup();
                codes
            },
            not_billed_to: numbers.some(&enrolments, not_billed),
            claimed_for: numbers.some(&enrolments, rarely),
            on_open_primary: numbers.one_in(4),
            on_received_primary: numbers.one_in(4),
            ..procedure(u64::from(number))
        })
        .collect();
    EnrolmentFacts { enrolments, procedures }
}

#[test]
fn new_claims_are_those_of_the_plain_reading() {
    const ROUNDS: usize = 30_000;
    let mut numbers = Numbers(4);
    let (mut refused, mut claims_made) = (0, [0_usize; 4]);
    for _ in 0..ROUNDS {
        let facts = facts(&mut numbers);
        let blocks_zero_fee = numbers.one_in(2);
        let flags = if blocks_zero_fee { &[BLOCK_ZERO_FEE][..] } else { &[] };
        let made = new_claim::<DefaultClaimStatus>(&facts, &office(flags)).map(|claims| {
            let plain = |claim: reprise_rules::claim_status::MadeClaim| {
                let born = (
                    claim.birth.claim_type.as_str(),
                    claim.birth.status.as_str(),
                    claim.birth.settles_in.as_str(),
                );
                (
                    born,
                    claim.subscription,
                    claim.other_subscription,
                    claim.procedures,
                    claim.dated,
                )
            };
            claims.into_iter().map(plain).collect::<Vec<plain::Made>>()
        });
        match &made {
            Ok(claims) => claims_made[claims.len()] += 1,
            Err(_) => refused += 1,
        }
        let made = made.map_err(|refusal| refusal.code);
        let expected = plain::new_claim(&facts, blocks_zero_fee).map_err(str::to_owned);
        assert_eq!(made, expected, "{facts:?}");
    }
    // Each outcome is common enough to show a difference.
    assert!(
        refused > ROUNDS / 10 && claims_made[1..].iter().all(|&rounds| rounds > ROUNDS / 20),
        "{refused} refused, {claims_made:?} made"
    );
}
