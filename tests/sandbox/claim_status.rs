//! Claim-status components in the sandbox: the default one, one that refuses more, and those that mean no good.

use std::sync::Arc;

use reprise_engine::{
    AdmissionStep, ClaimStatusComponent, ComponentKind, EmptyReference, Fault, RuleEngine, StatusRules,
};
use reprise_model::{
    Disposition, DispositionDecision, DispositionRefusalReason, ProcessType, ProcessingStatus, ReprocessState,
};

use super::{engine, tight_limits};
use crate::components;

fn load(engine: &RuleEngine, bytes: &[u8]) -> ClaimStatusComponent {
    engine.load_claim_status(bytes).expect("a component that is taken")
}

fn rules(engine: &RuleEngine, bytes: &[u8]) -> StatusRules {
    load(engine, bytes)
        .instantiate(Arc::new(EmptyReference))
        .expect("an instance")
}

/// A claim in this status of which nothing else is so, and of which nothing is wanted.
fn claim(status: ProcessingStatus) -> ReprocessState {
    ReprocessState {
        status,
        process_type: ProcessType::Claim,
        settled: false,
        locked: false,
        preprocessing_done: false,
        pricing_done: false,
        unfinalize_reason_given: false,
        pend_reason_given: false,
        asked_preprocessing_done: None,
        asked_pricing_done: None,
    }
}

/// Every claim that rules can be asked about.
fn every_claim() -> Vec<ReprocessState> {
    const WISHES: [Option<bool>; 3] = [None, Some(false), Some(true)];
    let mut claims = Vec::new();
    for &status in ProcessingStatus::ALL {
        for &process_type in ProcessType::ALL {
            for bits in 0..64_u8 {
                let is = |bit: u8| bits & (1 << bit) != 0;
                for asked_preprocessing_done in WISHES {
                    claims.extend(WISHES.map(|asked_pricing_done| ReprocessState {
                        status,
                        process_type,
                        settled: is(0),
                        locked: is(1),
                        preprocessing_done: is(2),
                        pricing_done: is(3),
                        unfinalize_reason_given: is(4),
                        pend_reason_given: is(5),
                        asked_preprocessing_done,
                        asked_pricing_done,
                    }));
                }
            }
        }
    }
    claims
}

/// What the text says of a claim.
fn plain_reading(state: &ReprocessState) -> Result<Disposition, DispositionRefusalReason> {
    if state.settled {
        return Err(DispositionRefusalReason::Settled);
    }
    if state.locked {
        return Err(DispositionRefusalReason::Locked);
    }
    if !state.status.is_reprocessable() {
        return Err(DispositionRefusalReason::Status);
    }
    if state.status.needs_unfinalize_reason() && !state.unfinalize_reason_given {
        return Err(DispositionRefusalReason::UnfinalizeReasonMissing);
    }
    let waits = state.pend_reason_given;
    Ok(Disposition {
        status: if waits {
            ProcessingStatus::Change
        } else {
            ProcessingStatus::Initial
        },
        preprocessing_done: !waits && state.asked_preprocessing_done.unwrap_or(state.preprocessing_done),
        pricing_done: !waits && state.asked_pricing_done.unwrap_or(false),
    })
}

fn without_words(decision: DispositionDecision) -> Result<Disposition, DispositionRefusalReason> {
    decision.map_err(|refusal| refusal.reason)
}

/// Every claim, in batches and one by one, is decided as the function says.
fn check_every_claim(
    component: &[u8],
    expected: impl Fn(&ReprocessState) -> Result<Disposition, DispositionRefusalReason>,
) {
    let engine = engine(tight_limits());
    let mut rules = rules(&engine, component);
    let claims = every_claim();
    for batch in claims.chunks(4_096) {
        let decisions = rules.reprocess_batch(batch).expect("decisions");
        assert_eq!(decisions.len(), batch.len());
        for (state, decision) in batch.iter().zip(decisions) {
            assert_eq!(without_words(decision), expected(state), "{state:?}");
        }
    }
    for state in &claims {
        let decision = rules.reprocess(*state).expect("a decision");
        assert_eq!(without_words(decision), expected(state), "{state:?} alone");
    }
    assert_eq!(rules.reprocess_batch(&[]), Ok(Vec::new()));
}

#[test]
fn the_default_component_decides_every_claim_as_the_text_says() {
    check_every_claim(reprise_bundle::CLAIM_STATUS, plain_reading);
}

#[test]
fn a_component_that_refuses_one_thing_more_decides_the_rest_as_by_default() {
    check_every_claim(components::NO_SECOND_PRICING, |state| {
        let by_default = plain_reading(state)?;
        match (state.process_type, state.status) {
            (ProcessType::Reservation, ProcessingStatus::PricingFinalized) => Err(DispositionRefusalReason::Other),
            _ => Ok(by_default),
        }
    });
}

#[test]
fn a_lax_component_is_lax_as_far_as_the_engine_goes() {
    let reprocessed = Disposition {
        status: ProcessingStatus::Initial,
        preprocessing_done: true,
        pricing_done: true,
    };
    check_every_claim(components::REPROCESSES_EVERYTHING, |_| Ok(reprocessed));
}

#[test]
fn a_refusal_keeps_the_rules_words() {
    let engine = engine(tight_limits());
    for (component, state, sentence) in [
        (
            reprise_bundle::CLAIM_STATUS,
            claim(ProcessingStatus::Finalized),
            "the claim is in status `FINALIZED`; to process it again, give at least one unfinalize reason",
        ),
        (
            components::NO_SECOND_PRICING,
            ReprocessState {
                process_type: ProcessType::Reservation,
                unfinalize_reason_given: true,
                ..claim(ProcessingStatus::PricingFinalized)
            },
            "the reservation's price was promised to the member; make a new reservation to price it again",
        ),
    ] {
        let decision = rules(&engine, component).reprocess(state).expect("a decision");
        assert_eq!(decision.expect_err("a refusal").sentence, sentence);
    }
}

/// A component that fails on a claim alone and in a batch, both times in this way, and is not entered again.
#[track_caller]
fn check_fault(component: &[u8], state: ReprocessState, words: &str) {
    let engine = engine(tight_limits());
    let component = load(&engine, component);
    let instance = || component.instantiate(Arc::new(EmptyReference)).expect("an instance");
    let (mut alone, mut batch) = (instance(), instance());
    let fault = alone.reprocess(state).expect_err(words);
    assert!(fault.to_string().contains(words), "{fault}");
    assert_eq!(batch.reprocess_batch(&[state, state]), Err(fault.clone()), "in a batch");
    let harmless = claim(ProcessingStatus::Change);
    assert_eq!(alone.reprocess(harmless), Err(fault.clone()), "it is not entered again");
    assert_eq!(batch.reprocess_batch(&[harmless]), Err(fault), "nor by the batch");
    let mut others = rules(&engine, reprise_bundle::CLAIM_STATUS);
    assert!(others.reprocess(harmless).expect("others work").is_ok());
}

#[test]
fn a_component_that_fails_is_told_apart_by_how() {
    check_fault(
        components::LOOPS_IN_REPROCESS,
        claim(ProcessingStatus::Change),
        "it ran out of fuel: more than 500000000 units in one call",
    );
    check_fault(
        components::PANICS_IN_REPROCESS,
        claim(ProcessingStatus::ManualPricing),
        "it panicked: the table of statuses has no row for MANUAL PRICING (at ",
    );
    let reservation = ReprocessState {
        process_type: ProcessType::Reservation,
        ..claim(ProcessingStatus::Change)
    };
    check_fault(
        components::PANICS_ON_RESERVATIONS,
        reservation,
        "it panicked: there are no reservations here (at ",
    );
}

#[test]
fn the_claim_that_a_batch_fails_on_can_be_found() {
    let engine = engine(tight_limits());
    let component = load(&engine, components::PANICS_ON_RESERVATIONS);
    let claims: Vec<_> = (0..10)
        .map(|number| ReprocessState {
            process_type: if number == 7 {
                ProcessType::Reservation
            } else {
                ProcessType::Claim
            },
            ..claim(ProcessingStatus::Change)
        })
        .collect();
    let instance = || component.instantiate(Arc::new(EmptyReference)).expect("an instance");
    instance()
        .reprocess_batch(&claims)
        .expect_err("one of them is a reservation");
    let failing: Vec<_> = (0..10)
        .filter(|&number| instance().reprocess(claims[number]).is_err())
        .collect();
    assert_eq!(failing, [7]);
}

#[test]
fn a_batch_that_is_answered_one_short_is_a_fault() {
    let engine = engine(tight_limits());
    let mut rules = rules(&engine, components::ANSWERS_TOO_FEW);
    let state = claim(ProcessingStatus::Change);
    assert!(
        rules.reprocess(state).expect("a decision").is_ok(),
        "alone it is answered"
    );
    let fault = rules.reprocess_batch(&[state; 3]).expect_err("two outcomes");
    assert_eq!(
        fault,
        Fault::BrokeContract {
            what: "it answers 2 outcomes for a batch of 3 claims".to_owned()
        }
    );
}

#[test]
fn a_component_for_the_other_job_is_told_so() {
    let engine = engine(tight_limits());
    let Err(refusal) = engine.load_criteria(reprise_bundle::CLAIM_STATUS) else {
        panic!("a claim-status component is taken for criteria")
    };
    assert_eq!(
        (refusal.step, refusal.reason.as_str()),
        (
            AdmissionStep::Contract,
            "it does not fit world `criteria-component` of reprise:rules@0.1.0: it is a claim-status component, for it \
             exports `reprise:rules/disposition@0.1.0`; hand it in as the claim-status rules, or hand in here a \
             component that exports `reprise:rules/criteria@0.1.0`"
        )
    );
    let Err(refusal) = engine.load_claim_status(reprise_bundle::CRITERIA) else {
        panic!("a criteria component is taken for claim status")
    };
    assert!(
        refusal.step == AdmissionStep::Contract && refusal.reason.contains("it is a criteria component"),
        "{refusal}"
    );
}

#[test]
fn a_component_of_either_kind_is_taken_as_what_it_is() {
    let engine = engine(tight_limits());
    for (bytes, kind, name) in [
        (reprise_bundle::CRITERIA, ComponentKind::Criteria, "default-criteria"),
        (
            reprise_bundle::CLAIM_STATUS,
            ComponentKind::ClaimStatus,
            "default-claim-status",
        ),
        (
            components::NO_SECOND_PRICING,
            ComponentKind::ClaimStatus,
            "no-second-pricing",
        ),
    ] {
        let component = engine.load_any(bytes).expect("a component that is taken");
        assert_eq!((component.kind(), component.name()), (kind, name));
    }
    let refusal = engine
        .load_any(b"\0asm\x0d\0\x01\0")
        .err()
        .expect("an empty component is refused");
    assert!(
        refusal.step == AdmissionStep::Contract && refusal.reason.contains("it is no component of reprise:rules@0.1.0"),
        "{refusal}"
    );
}
