//! A claim as the rules see it, made of the contract's flags.

use super::{ProcessType, ProcessingStatus};
use crate::bindings::claim_status::exports::reprise::rules::disposition::{self as contract, ClaimFlags};

/// A claim, as far as processing it again is decided by it, and what the request wants of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimState {
    /// Where the claim stands.
    pub status: ProcessingStatus,
    /// What kind of process it is in.
    pub process_type: ProcessType,
    /// It is settled.
    pub settled: bool,
    /// Another process holds it.
    pub locked: bool,
    /// It need not be sent out for preprocessing.
    pub preprocessing_done: bool,
    /// It need not be sent out for pricing.
    pub pricing_done: bool,
    /// The request gives at least one reason to unfinalize it.
    pub unfinalize_reason_given: bool,
    /// The request gives at least one pend reason, for the claim to wait for a human with.
    pub pend_reason_given: bool,
    /// Whether preprocessing counts as done, if the request says so.
    pub asked_preprocessing_done: Option<bool>,
    /// Whether pricing counts as done, if the request says so.
    pub asked_pricing_done: Option<bool>,
}

impl ClaimState {
    /// Of the contract's values.
    pub(crate) fn new(status: ProcessingStatus, process_type: ProcessType, flags: ClaimFlags) -> Self {
        let is = |flag| flags & flag == flag;
        let asked = |given, done| is(given).then(|| is(done));
        Self {
            status,
            process_type,
            settled: is(ClaimFlags::SETTLED),
            locked: is(ClaimFlags::LOCKED),
            preprocessing_done: is(ClaimFlags::PREPROCESSING_DONE),
            pricing_done: is(ClaimFlags::PRICING_DONE),
            unfinalize_reason_given: is(ClaimFlags::UNFINALIZE_REASON_GIVEN),
            pend_reason_given: is(ClaimFlags::PEND_REASON_GIVEN),
            asked_preprocessing_done: asked(ClaimFlags::PREPROCESSING_ASKED, ClaimFlags::PREPROCESSING_ASKED_DONE),
            asked_pricing_done: asked(ClaimFlags::PRICING_ASKED, ClaimFlags::PRICING_ASKED_DONE),
        }
    }
}

impl From<contract::ClaimState> for ClaimState {
    fn from(state: contract::ClaimState) -> Self {
        Self::new(state.status, state.process_type, state.flags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The one thing that is so of a claim with these flags.
    #[track_caller]
    fn check(flags: ClaimFlags, make_so: fn(&mut ClaimState)) {
        let mut expected = ClaimState::new(ProcessingStatus::Change, ProcessType::Claim, ClaimFlags::empty());
        make_so(&mut expected);
        let read = ClaimState::new(ProcessingStatus::Change, ProcessType::Claim, flags);
        assert_eq!(read, expected, "{flags:?}");
    }

    #[test]
    fn each_flag_is_read_for_what_it_says() {
        check(ClaimFlags::empty(), |_| ());
        check(ClaimFlags::SETTLED, |state| state.settled = true);
        check(ClaimFlags::LOCKED, |state| state.locked = true);
        check(ClaimFlags::PREPROCESSING_DONE, |state| state.preprocessing_done = true);
        check(ClaimFlags::PRICING_DONE, |state| state.pricing_done = true);
        check(ClaimFlags::UNFINALIZE_REASON_GIVEN, |state| {
            state.unfinalize_reason_given = true
        });
        check(ClaimFlags::PEND_REASON_GIVEN, |state| state.pend_reason_given = true);
    }

    #[test]
    fn a_wish_is_absent_unless_it_is_given() {
        let (given, done) = (ClaimFlags::PREPROCESSING_ASKED, ClaimFlags::PREPROCESSING_ASKED_DONE);
        check(done, |_| ());
        check(given, |state| state.asked_preprocessing_done = Some(false));
        check(given | done, |state| state.asked_preprocessing_done = Some(true));
        let (given, done) = (ClaimFlags::PRICING_ASKED, ClaimFlags::PRICING_ASKED_DONE);
        check(done, |_| ());
        check(given, |state| state.asked_pricing_done = Some(false));
        check(given | done, |state| state.asked_pricing_done = Some(true));
    }
}
