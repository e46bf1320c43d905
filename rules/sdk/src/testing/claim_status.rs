//! Rules about claims' status in a test: every claim there can be, asked in every way that the host can ask.
//!
//! ```
//! # use reprise_rules::claim_status::*;
//! # struct Never;
//! # fn never() -> IntakeRefusal { IntakeRefusal::new("never", "", "never") }
//! # impl ClaimStatusRules for Never {
//! #     const NAME: &'static str = "never";
//! #     const VERSION: &'static str = "1";
//! #     fn reprocess(_: &ClaimState) -> Decision { Err(Refusal::other("never")) }
//! #     fn create(_: &ClaimFacts, _: &OfficeFlags) -> Creation { Err(never()) }
//! #     fn new_claim(_: &EnrolmentFacts, _: &OfficeFlags) -> Result<Vec<MadeClaim>, IntakeRefusal> { Err(never()) }
//! #     fn change(_: &ChangeFacts, _: &OfficeFlags) -> Result<SubmissionStatus, IntakeRefusal> { Err(never()) }
//! #     fn release(_: &ReleaseFacts, _: &OfficeFlags) -> Option<SubmissionStatus> { None }
//! # }
//! use reprise_rules::testing::claim_status::{create, decide, every_claim_facts, every_claim_state};
//!
//! let states = every_claim_state();
//! for (state, decision) in states.iter().zip(decide::<Never>(&states)) {
//!     assert!(decision.is_err(), "{state:?}");
//! }
//!
//! let facts = every_claim_facts();
//! for (facts, creation) in facts.iter().zip(create::<Never>(&facts, &OfficeFlags::none())) {
//!     assert!(creation.is_err(), "{facts:?}");
//! }
//! ```

mod intake;

pub use intake::{
    change, claim_facts, create, enrolment, every_change_facts, every_claim_facts, every_release_facts,
    medical_claim_facts, new_claim, procedure, release,
};

use crate::claim_status::{ClaimState, ClaimStatusRules, Decision, ProcessType, ProcessingStatus};

/// A claim in this status of which nothing else is so, and of which nothing is wanted.
pub fn claim(status: ProcessingStatus) -> ClaimState {
    ClaimState {
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

/// Every claim that rules can be asked about: 17,280 of them.
pub fn every_claim_state() -> Vec<ClaimState> {
    const YES_OR_NO: [bool; 2] = [false, true];
    const WISHES: [Option<bool>; 3] = [None, Some(false), Some(true)];
    type Set<T> = fn(&mut ClaimState, T);

    /// Each claim so far with each value of one more thing.
    fn with_each<T: Copy>(states: &[ClaimState], values: &[T], set: Set<T>) -> Vec<ClaimState> {
        let with = |mut state: ClaimState, value: T| {
            set(&mut state, value);
            state
        };
        let each = |&state| values.iter().map(move |&value| with(state, value));
        states.iter().flat_map(each).collect()
    }

    let mut states: Vec<_> = ProcessingStatus::ALL.into_iter().map(claim).collect();
    states = with_each(&states, &ProcessType::ALL, |state, value| state.process_type = value);
    let flags: [Set<bool>; 6] = [
        |state, value| state.settled = value,
        |state, value| state.locked = value,
        |state, value| state.preprocessing_done = value,
        |state, value| state.pricing_done = value,
        |state, value| state.unfinalize_reason_given = value,
        |state, value| state.pend_reason_given = value,
    ];
    for set in flags {
        states = with_each(&states, &YES_OR_NO, set);
    }
    states = with_each(&states, &WISHES, |state, value| state.asked_preprocessing_done = value);
    with_each(&states, &WISHES, |state, value| state.asked_pricing_done = value)
}

/// What rules decide about claims, asked claim by claim and in batches of several sizes, which must all say the same.
/// Every refusal must have a sentence that fits what the host keeps of one.
pub fn decide<R: ClaimStatusRules>(states: &[ClaimState]) -> Vec<Decision> {
    let decisions: Vec<_> = states.iter().map(R::reprocess).collect();
    for batch_claims in [1, 7, 64, states.len().max(1)] {
        let in_batches: Vec<_> = states.chunks(batch_claims).flat_map(R::reprocess_batch).collect();
        assert_eq!(in_batches.len(), states.len(), "in batches of {batch_claims}");
        for ((state, alone), in_batch) in states.iter().zip(&decisions).zip(&in_batches) {
            assert_eq!(in_batch, alone, "in batches of {batch_claims}: {state:?}");
        }
    }
    for (state, decision) in states.iter().zip(&decisions) {
        if let Err(refusal) = decision {
            let sentence = &refusal.sentence;
            assert!(
                !sentence.trim().is_empty() && sentence.len() <= 1_024 && !sentence.contains(char::is_control),
                "a refusal says why on one line of at most 1,024 bytes: {state:?}, {sentence:?}"
            );
        }
    }
    decisions
}

#[cfg(test)]
mod tests {
    use super::every_claim_state;

    #[test]
    fn every_claim_is_there_once() {
        let states = every_claim_state();
        assert_eq!(states.len(), 15 * 2 * 2_usize.pow(6) * 3 * 3);
        let mut texts: Vec<_> = states.iter().map(|state| format!("{state:?}")).collect();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), states.len());
    }
}
