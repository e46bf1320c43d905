//! What sending a claim through processing again does to it: the steps after it was decided that it may be, in order.
//!
//! No store, no component: a claim and a request go in, the changed claim and what is to be told of it come out.

use reprise_model::{AttachedPendReason, Claim, Disposition, PendLevel, ProcessingStatus, TagAction, TagActionEntry};
use reprise_request::ReprocessOptions;
use reprise_store::{NewEvent, NewHistoryEntry};
use serde::Serialize;

use crate::rules::DecidedBy;

/// The operation that its entry in a claim's history is known by.
pub(crate) const OPERATION: &str = "reprocess";

/// Who has a claim processed again, by which activity, and which component decided that it may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin<'a> {
    pub(crate) user: &'a str,
    pub(crate) activity: Option<i64>,
    /// What decides.
    pub(crate) decided_by: &'a DecidedBy,
}

/// What is told of a claim that was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) history: NewHistoryEntry,
    pub(crate) events: Vec<NewEvent>,
}

/// A pend reason that was removed, as the history keeps it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RemovedPendReason {
    level: PendLevel,
    /// The bill's or line's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<String>,
    code: String,
    /// Whether somebody had resolved it before; if not, this resolved it.
    was_resolved: bool,
    /// Its number in the claim.
    number: u32,
}

/// What the history keeps of a claim that was sent through processing again. Members that say nothing are left out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Details<'a> {
    status_before: &'static str,
    status_after: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pend_reasons_removed: Vec<RemovedPendReason>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pend_reasons_attached: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unfinalize_reasons: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tag_actions: Vec<TagActionEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    preprocessing_done: bool,
    pricing_done: bool,
    high_priority: bool,
    #[serde(flatten)]
    decided_by: &'a DecidedBy,
}

/// An event of the workflow about a pend reason that was resolved or removed while its task was open.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PendDone<'a> {
    pub(crate) claim: &'a str,
    pub(crate) pend_reason: &'a str,
    pub(crate) level: PendLevel,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) of: Option<&'a str>,
    pub(crate) user: &'a str,
}

/// An event of the workflow about pend reasons that a human has to see to.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TaskOpened<'a> {
    claim: &'a str,
    pend_reasons: &'a [&'a str],
    user: &'a str,
}

/// The event that a downstream adjudicator follows.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Resubmitted<'a> {
    claim: &'a str,
    status: &'static str,
    preprocessing_done: bool,
    pricing_done: bool,
    high_priority: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    activity: Option<i64>,
    user: &'a str,
}

/// Changes the claim as the request wants it, and says what is to be told of that.
///
/// `publishes` says whether a pend reason opens a task where it is attached.
pub(crate) fn apply(
    claim: &mut Claim,
    options: &ReprocessOptions,
    disposition: Disposition,
    origin: Origin<'_>,
    publishes: &dyn Fn(&str) -> bool,
) -> Told {
    let status_before = claim.status;
    let id = claim.id.unwrap_or_default();
    let mut events = Events::new(claim);
    let mut unfinalize_reasons = Vec::new();
    let mut pend_reasons_removed = Vec::new();
    if status_before.needs_unfinalize_reason() {
        claim.unfinalize_reasons.clone_from(&options.unfinalize_reasons);
        unfinalize_reasons = options
            .unfinalize_reasons
            .iter()
            .map(|reason| reason.code.as_str())
            .collect();
    } else {
        pend_reasons_removed = remove_pend_reasons(claim);
        for removed in pend_reasons_removed
            .iter()
            .filter(|removed| !removed.was_resolved && publishes(&removed.code))
        {
            events.add(
                "claim.pend-done",
                &PendDone {
                    claim: &claim.code,
                    pend_reason: &removed.code,
                    level: removed.level,
                    of: removed.of.as_deref(),
                    user: origin.user,
                },
            );
        }
    }
    let tag_actions = update_tag_actions(claim, options);
    if let Some(message) = &options.reprocess_message_code
        && !claim.messages.contains(message)
    {
        claim.messages.push(message.clone());
    }
    claim.high_priority |= options.set_to_high_priority == Some(true);
    attach_pend_reasons(claim, &options.pend_reasons);
    claim.status = disposition.status;
    claim.preprocessing_done = disposition.preprocessing_done;
    claim.pricing_done = disposition.pricing_done;
    events.events.extend(crate::intake::resubmitted(claim, origin.user));

    let to_see_to: Vec<&str> = options
        .pend_reasons
        .iter()
        .map(String::as_str)
        .filter(|code| publishes(code))
        .collect();
    if !to_see_to.is_empty() {
        events.add(
            "claim.task-opened",
            &TaskOpened {
                claim: &claim.code,
                pend_reasons: &to_see_to,
                user: origin.user,
            },
        );
    }
    if claim.status == ProcessingStatus::Initial {
        events.add(
            "claim.resubmitted",
            &Resubmitted {
                claim: &claim.code,
                status: claim.status.as_str(),
                preprocessing_done: claim.preprocessing_done,
                pricing_done: claim.pricing_done,
                high_priority: claim.high_priority,
                activity: origin.activity,
                user: origin.user,
            },
        );
    }
    let details = Details {
        status_before: status_before.as_str(),
        status_after: claim.status.as_str(),
        pend_reasons_removed,
        pend_reasons_attached: &options.pend_reasons,
        unfinalize_reasons,
        tag_actions,
        message: options.reprocess_message_code.as_deref(),
        preprocessing_done: claim.preprocessing_done,
        pricing_done: claim.pricing_done,
        high_priority: claim.high_priority,
        decided_by: origin.decided_by,
    };
    Told {
        history: NewHistoryEntry {
            claim: id,
            operation: OPERATION,
            user: origin.user.to_owned(),
            activity: origin.activity,
            details: json_text(&details),
        },
        events: events.events,
    }
}

/// Events of one claim, in order.
pub(crate) struct Events {
    pub(crate) payer: String,
    pub(crate) claim: i64,
    pub(crate) events: Vec<NewEvent>,
}

impl Events {
    /// None yet, of this claim.
    pub(crate) fn new(claim: &Claim) -> Self {
        Self {
            payer: claim.payer.clone(),
            claim: claim.id.unwrap_or_default(),
            events: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, kind: &'static str, details: &impl Serialize) {
        self.events.push(NewEvent {
            payer: self.payer.clone(),
            kind,
            claim: self.claim,
            details: json_text(details),
        });
    }
}

/// A value of ours as JSON. Ours have texts for names and no maps, so they can always be written.
pub(crate) fn json_text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| {
        tracing::error!(%error, "details could not be written");
        "{}".to_owned()
    })
}

/// Takes every pend reason off the claim, its bills and its lines.
fn remove_pend_reasons(claim: &mut Claim) -> Vec<RemovedPendReason> {
    let mut removed = Vec::new();
    let mut take = |level, of: Option<&str>, attached: &mut Vec<AttachedPendReason>| {
        removed.extend(attached.drain(..).map(|reason| RemovedPendReason {
            level,
            of: of.map(str::to_owned),
            code: reason.code,
            was_resolved: reason.resolved,
            number: reason.number,
        }));
    };
    take(PendLevel::Claim, None, &mut claim.pend_reasons);
    for bill in &mut claim.bills {
        take(PendLevel::Bill, Some(&bill.code), &mut bill.pend_reasons);
    }
    for line in &mut claim.lines {
        take(PendLevel::Line, Some(&line.code), &mut line.pend_reasons);
    }
    removed
}

/// Gives the tag actions that the claim has the actions that the request wants, and answers those that changed. A tag
/// that the claim does not have is passed over; a Skip stays unless the request overrides it.
fn update_tag_actions(claim: &mut Claim, options: &ReprocessOptions) -> Vec<TagActionEntry> {
    let override_skip = options.override_skip == Some(true);
    let mut changed = Vec::new();
    for wanted in &options.tag_actions {
        for held in claim.tag_actions.iter_mut().filter(|held| held.tag == wanted.tag) {
            if held.action == wanted.action || (held.action == TagAction::Skip && !override_skip) {
                continue;
            }
            held.action = wanted.action;
            changed.push(wanted.clone());
        }
    }
    changed
}

/// Attaches pend reasons to the claim's header, unresolved. One that is there already (of a claim that was finalized
/// with it) stays if nobody has resolved it; else it is attached anew.
fn attach_pend_reasons(claim: &mut Claim, codes: &[String]) {
    for code in codes {
        match claim.pend_reasons.iter_mut().find(|held| held.code == *code) {
            Some(held) if held.resolved => *held = AttachedPendReason::unresolved(code),
            Some(_) => {}
            None => claim.pend_reasons.push(AttachedPendReason::unresolved(code)),
        }
    }
}
