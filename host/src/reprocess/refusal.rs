//! What is decided about one claim: the component's word, and what the host holds to whatever the component says.

use reprise_model::{
    Claim, Disposition, DispositionDecision, DispositionRefusal, DispositionRefusalReason, Message, MessageKey,
    ProcessingStatus, ReprocessState,
};
use reprise_request::ReprocessOptions;

/// What the decision about a claim depends on.
pub(crate) fn state_of(claim: &Claim, options: &ReprocessOptions, held_by_another: bool) -> ReprocessState {
    ReprocessState {
        status: claim.status,
        process_type: claim.process_type,
        settled: claim.settlement_reason.is_some(),
        locked: claim.locked_by.is_some() || held_by_another,
        preprocessing_done: claim.preprocessing_done,
        pricing_done: claim.pricing_done,
        unfinalize_reason_given: !options.unfinalize_reasons.is_empty(),
        pend_reason_given: !options.pend_reasons.is_empty(),
        asked_preprocessing_done: options.preprocessing_done,
        asked_pricing_done: options.pricing_done,
    }
}

/// Whether a claim was refused for what it is, which comes before whether it is still one that was asked for.
pub(crate) fn is_about_the_claim(message: &Message) -> bool {
    matches!(
        message.key,
        MessageKey::Settled | MessageKey::Locked | MessageKey::StatusNotReprocessable
    )
}

/// The disposition that the component decided on, or what is said of its refusal.
///
/// INVARIANT: whatever a component answers, no claim is processed again that is settled, locked, in another status than
/// the seven, or finalized without a reason; and none gets a status that is not for it to have. A component may be
/// stricter than that, never laxer.
pub(crate) fn judge(code: &str, state: ReprocessState, decision: DispositionDecision) -> Result<Disposition, Message> {
    let disposition = decision.map_err(|refusal| message_of(code, &refusal))?;
    if let Some(message) = forbidden_message(code, state) {
        return Err(message);
    }
    let laxer = |what: &str| Err(Message::new(MessageKey::RuleFault, [what]));
    match disposition.status {
        ProcessingStatus::Change if state.pend_reason_given && disposition.preprocessing_done => {
            laxer("it has preprocessing done for a claim that waits for a human")
        }
        ProcessingStatus::Change if state.pend_reason_given && disposition.pricing_done => {
            laxer("it has pricing done for a claim that waits for a human")
        }
        ProcessingStatus::Initial if state.pend_reason_given => {
            laxer("it lets a claim go on that is to wait for a human: it has to be in CHANGE")
        }
        ProcessingStatus::Initial | ProcessingStatus::Change => Ok(disposition),
        status => laxer(&format!(
            "it answered status {status}; a claim that is processed again is INITIAL or CHANGE"
        )),
    }
}

/// What is said of a claim that the host has stay as it is, whatever a component says; none if it does not.
pub(crate) fn forbidden_message(code: &str, state: ReprocessState) -> Option<Message> {
    let sentence = String::new();
    forbidden(state).map(|reason| message_of(code, &DispositionRefusal { reason, sentence }))
}

/// Why the host has the claim stay as it is, in the order in which reasons are told.
fn forbidden(state: ReprocessState) -> Option<DispositionRefusalReason> {
    if state.settled {
        Some(DispositionRefusalReason::Settled)
    } else if state.locked {
        Some(DispositionRefusalReason::Locked)
    } else if !state.status.is_reprocessable() {
        Some(DispositionRefusalReason::Status)
    } else if state.status.needs_unfinalize_reason() && !state.unfinalize_reason_given {
        Some(DispositionRefusalReason::UnfinalizeReasonMissing)
    } else {
        None
    }
}

fn message_of(code: &str, refusal: &DispositionRefusal) -> Message {
    match refusal.reason {
        DispositionRefusalReason::Settled => Message::new(MessageKey::Settled, []),
        DispositionRefusalReason::Locked => Message::new(MessageKey::Locked, [code]),
        DispositionRefusalReason::Status => Message::new(MessageKey::StatusNotReprocessable, [code]),
        DispositionRefusalReason::UnfinalizeReasonMissing => Message::new(MessageKey::UnfinalizeReasonMissing, [code]),
        DispositionRefusalReason::Other => Message::new(MessageKey::RefusedByRules, [code, &refusal.sentence]),
    }
}
