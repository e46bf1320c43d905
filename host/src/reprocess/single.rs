//! Sending one claim through processing again, at once.

use reprise_model::{Message, MessageKey, ResultMessages, ResultOutcome};
use reprise_request::{Document, ReprocessRequest, read_reprocess_request_in_part};
use reprise_store::NewHistoryEntry;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::apply::json_text;
use super::{Asked, KnownCodes, Origin, Reprocessing, Written};
use crate::access::Rights;
use crate::once::keep;
use crate::{Done, Host, HostError, Once};

/// What became of a claim that was asked for by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReprocessedClaim {
    /// The claim's id; none if there is no such claim.
    pub id: Option<i64>,
    /// What there is to say of it.
    pub result: ResultMessages,
}

/// The answer as it is kept: only what succeeded is, so the code says it all.
#[derive(Serialize, Deserialize)]
struct Kept {
    id: i64,
    code: String,
}

impl Host {
    /// Reads the payer's request for one claim. The refusal of one that cannot be asked says what is wrong with its form
    /// and with what it names, at once.
    pub fn read_reprocess_request(&self, payer: &str, document: &Document) -> Result<ReprocessRequest, HostError> {
        let (request, mut messages) = read_reprocess_request_in_part(document, self.names())
            .map_err(|message| HostError::Refused(vec![message]))?;
        messages.extend(KnownCodes::new(&self.inner.store, payer).check_options(&request.options)?);
        if messages.is_empty() {
            Ok(request)
        } else {
            Err(HostError::Refused(messages))
        }
    }

    /// Sends one claim through processing again, as somebody with these rights, or says why not. Claim, history, events and
    /// answer are one transaction.
    pub fn reprocess(
        &self,
        payer: &str,
        user: &str,
        rights: &Rights,
        request: &ReprocessRequest,
        once: Option<&Once>,
    ) -> Result<Done<ReprocessedClaim>, HostError> {
        if let Some(done) = self.kept::<Kept>(once)? {
            return Ok(scheduled(done));
        }
        let store = &self.inner.store;
        let known = KnownCodes::new(store, payer);
        known.require_rights(&request.options, rights)?;
        let Some(encoded) = store.claims_by_code(payer, &[&request.code])?.pop() else {
            let message = Message::new(MessageKey::UnknownClaim, [&request.code]);
            return Ok(Done::now(ReprocessedClaim {
                id: None,
                result: ResultMessages::about(&request.code, vec![message]),
            }));
        };
        let id = encoded.id;
        let rules = self.rules_of(payer)?;
        let reprocessing = Reprocessing {
            host: self,
            payer,
            origin: Origin {
                user,
                activity: None,
                decided_by: rules.claim_status.decided_by(),
            },
            rules: &rules.claim_status,
            holder: None,
            known: &known,
            rights,
            rematch: None,
            workers: rules.threads(self.inner.workers),
        };
        let asked = [Asked {
            encoded,
            options: &request.options,
        }];
        let decided = reprocessing.decide(&asked)?;
        let mut done = None;
        let written = reprocessing.write(&asked, decided, |_| {
            // The same request may have been done while this one waited to write. From here on it cannot be.
            done = self.kept::<Kept>(once)?;
            Ok(done.is_none())
        })?;
        if let Some(done) = done {
            return Ok(scheduled(done));
        }
        let written = written.and_then(
            |Written {
                 transaction,
                 mut results,
             }| Some((transaction, results.pop()?)),
        );
        let (mut transaction, result) =
            written.ok_or_else(|| HostError::Technical("a claim was asked for and none answered".to_owned()))?;
        let mut messages = result.messages.iter();
        if let Some(message) = messages.find(|message| message.key == MessageKey::PendReasonNotAllowed) {
            // Nothing is changed, the claim's history neither: the attempt is in the audit log.
            return Err(HostError::Forbidden(message.clone()));
        }
        if result.result == ResultOutcome::Success {
            let code = request.code.clone();
            keep(transaction.as_mut(), once, &Kept { id, code })?;
        } else {
            // The claim stays as it is; that somebody has asked, and why it was refused, is kept beside it.
            transaction.append_history(&[refused(id, user, &result)])?;
        }
        transaction.commit()?;
        Ok(Done::now(ReprocessedClaim { id: Some(id), result }))
    }
}

/// What the history keeps of a request that was refused.
fn refused(id: i64, user: &str, result: &ResultMessages) -> NewHistoryEntry {
    let texts: Vec<String> = result.messages.iter().map(Message::text).collect();
    NewHistoryEntry {
        claim: id,
        operation: "reprocess-refused",
        user: user.to_owned(),
        activity: None,
        details: json_text(&json!({ "error": texts.join("; ") })),
    }
}

fn scheduled(done: Done<Kept>) -> Done<ReprocessedClaim> {
    let Kept { id, code } = done.answer;
    let message = Message::new(MessageKey::Scheduled, [&code]);
    Done {
        answer: ReprocessedClaim {
            id: Some(id),
            result: ResultMessages::about(code, vec![message]),
        },
        repeated: done.repeated,
    }
}
