//! In which status a claim may be put.

use reprise_claim_status::{DefaultClaimStatus, HOLD_PRIMARY_FOR_MEDICAL};
use reprise_rules::claim_status::{
    ChangeFacts, ClaimFacts, IntakeType, OfficeFlags, ProcessingStatus, SubmissionStatus,
};
use reprise_rules::testing::claim_status::{change, claim_facts, every_change_facts};

use crate::{office, plain};

#[test]
fn every_change_is_decided_as_the_text_says() {
    for (flags, holds_for_medical) in [(&[][..], false), (&[HOLD_PRIMARY_FOR_MEDICAL][..], true)] {
        let office = office(flags);
        for facts in every_change_facts() {
            let changed = change::<DefaultClaimStatus>(&facts, &office);
            let expected = plain::change(&facts, holds_for_medical);
            match changed {
                Ok(status) => assert_eq!(Ok(status.as_str()), expected, "{facts:?}"),
                Err(refusal) => {
                    assert_eq!(Err(refusal.code.as_str()), expected, "{facts:?}");
                    assert_eq!(refusal.field, "ClaimStatus");
                    // Exactly the statuses that it names would be taken.
                    for asked in SubmissionStatus::ALL {
                        let claim = ClaimFacts {
                            asked: Some(asked),
                            ..facts.claim
                        };
                        let is_taken = plain::change(&ChangeFacts { claim, ..facts }, holds_for_medical).is_ok();
                        assert_eq!(refusal.allowed.contains(&asked), is_taken, "{asked}: {facts:?}");
                    }
                }
            }
        }
    }
}

/// A claim in this status that is refused another, by this code and in these words.
#[track_caller]
fn check(facts: ChangeFacts, asked: SubmissionStatus, code: &str, sentence: &str) {
    let claim = ClaimFacts {
        asked: Some(asked),
        ..facts.claim
    };
    let refusal =
        change::<DefaultClaimStatus>(&ChangeFacts { claim, ..facts }, &OfficeFlags::none()).expect_err(sentence);
    assert_eq!((refusal.code.as_str(), refusal.sentence.as_str()), (code, sentence));
}

#[test]
fn a_refused_change_says_what_is_in_the_way() {
    let waiting = ChangeFacts {
        claim: claim_facts(IntakeType::Primary),
        current: SubmissionStatus::Waiting,
        processing: ProcessingStatus::Entry,
    };
    let in_status = |current| ChangeFacts { current, ..waiting };
    check(
        waiting,
        SubmissionStatus::Hold,
        "status-not-allowed",
        "the claim cannot be put to `H`: a primary claim is held only in an office whose flag \
         `hold-primary-for-medical` is on; it can be put to `U` (unsent), `S` (sent) or `R` (received)",
    );
    check(
        waiting,
        SubmissionStatus::InProcess,
        "status-not-allowed",
        "the claim cannot be put to `I`: only a claim with a procedure in process is in `I`, by itself; it can be put \
         to `U` (unsent), `S` (sent) or `R` (received)",
    );
    check(
        in_status(SubmissionStatus::Hold),
        SubmissionStatus::Sent,
        "claim-held",
        "the claim is in `H` (hold until primary received) and cannot be put to `S` from there; put it to `W` (waiting \
         to send) first",
    );
    let sent = ChangeFacts {
        processing: ProcessingStatus::ManualPricing,
        ..in_status(SubmissionStatus::Sent)
    };
    check(
        sent,
        SubmissionStatus::Received,
        "claim-in-processing",
        "the claim was sent and stands at MANUAL PRICING in processing; it is received when processing is done, not by \
         a request",
    );
    check(
        sent,
        SubmissionStatus::Waiting,
        "status-not-allowed",
        "the claim cannot be put to `W`: it was sent, and processing alone moves it; it stays in `S` (sent)",
    );
    let received = ChangeFacts {
        processing: ProcessingStatus::Finalized,
        ..in_status(SubmissionStatus::Received)
    };
    check(
        received,
        SubmissionStatus::Waiting,
        "claim-received",
        "the claim is received and keeps its status; to have it sent again, reprocess it",
    );
    let in_process = |facts: ChangeFacts| ChangeFacts {
        claim: ClaimFacts {
            in_process: true,
            ..facts.claim
        },
        ..facts
    };
    check(
        in_process(in_status(SubmissionStatus::InProcess)),
        SubmissionStatus::Waiting,
        "claim-in-process",
        "the claim is in `I` (hold for in-process procedure); once the procedure is finished it goes on by itself",
    );
    check(
        in_process(in_status(SubmissionStatus::Unsent)),
        SubmissionStatus::Waiting,
        "procedure-in-process",
        "a procedure of the claim is in process, so that it stays in `U` (unsent); finish the procedure first",
    );
}
