//! The default claim-status rules: every claim there can be against a plain reading, and each sentence.

use reprise_claim_status::DefaultClaimStatus;
use reprise_rules::claim_status::{ClaimState, Decision, ProcessingStatus, RefusalReason};
use reprise_rules::testing::claim_status::{claim, decide, every_claim_state};

/// What becomes of a claim: refused and why, or its status and whether preprocessing and pricing are done.
type Outcome = Result<(&'static str, bool, bool), RefusalReason>;

fn outcome(decision: &Decision) -> Outcome {
    match decision {
        Ok(disposition) => Ok((
            disposition.status.as_str(),
            disposition.preprocessing_done,
            disposition.pricing_done,
        )),
        Err(refusal) => Err(refusal.reason),
    }
}

/// The text that the rules are to follow, read line by line.
fn plain_reading(state: &ClaimState) -> Outcome {
    let pended = [
        "CHANGE",
        "MANUAL PRICING",
        "MANUAL PRICING ADJUDICATION",
        "MANUAL BENEFITS",
        "MANUAL ADJUDICATION",
    ];
    let finalized = ["PRICING FINALIZED", "FINALIZED"];
    let status = state.status.as_str();
    if state.settled {
        Err(RefusalReason::Settled)
    } else if state.locked {
        Err(RefusalReason::Locked)
    } else if !pended.contains(&status) && !finalized.contains(&status) {
        Err(RefusalReason::Status)
    } else if finalized.contains(&status) && !state.unfinalize_reason_given {
        Err(RefusalReason::UnfinalizeReasonMissing)
    } else if state.pend_reason_given {
        Ok(("CHANGE", false, false))
    } else {
        let preprocessing_done = match state.asked_preprocessing_done {
            Some(asked) => asked,
            None => state.preprocessing_done,
        };
        let pricing_done = matches!(state.asked_pricing_done, Some(true));
        Ok(("INITIAL", preprocessing_done, pricing_done))
    }
}

#[test]
fn every_claim_is_decided_as_the_text_says() {
    let states = every_claim_state();
    for (state, decision) in states.iter().zip(decide::<DefaultClaimStatus>(&states)) {
        assert_eq!(outcome(&decision), plain_reading(state), "{state:?}");
    }
}

/// A claim that is refused, for this reason and in these words.
#[track_caller]
fn check_refusal(state: ClaimState, reason: RefusalReason, sentence: &str) {
    let decisions = decide::<DefaultClaimStatus>(&[state]);
    let refusal = decisions[0].as_ref().expect_err(sentence);
    assert_eq!((refusal.reason, refusal.sentence.as_str()), (reason, sentence));
}

#[test]
fn a_refusal_says_what_is_in_the_way() {
    let finalized = claim(ProcessingStatus::Finalized);
    let settled = ClaimState {
        settled: true,
        locked: true,
        ..finalized
    };
    check_refusal(
        settled,
        RefusalReason::Settled,
        "the claim is settled; a settled claim is never processed again",
    );
    let locked = ClaimState {
        locked: true,
        ..finalized
    };
    check_refusal(
        locked,
        RefusalReason::Locked,
        "another process holds the claim; ask again when that one is done",
    );
    check_refusal(
        claim(ProcessingStatus::SentOutForPricing),
        RefusalReason::Status,
        "the claim is in status `SENT OUT FOR PRICING`; it can be processed again when it is in CHANGE, MANUAL PRICING, \
         MANUAL PRICING ADJUDICATION, PRICING FINALIZED, MANUAL BENEFITS, MANUAL ADJUDICATION or FINALIZED",
    );
    check_refusal(
        finalized,
        RefusalReason::UnfinalizeReasonMissing,
        "the claim is in status `FINALIZED`; to process it again, give at least one unfinalize reason",
    );
}
