//! Resolving pend reasons in the database: claim, history and events in one transaction, if the caller may.

use reprise_model::{Claim, Message, MessageKey, ProcessingStatus};
use reprise_store::{ClaimChange, ClaimToWrite, EncodedClaim, WriteTransaction};
use serde::{Deserialize, Serialize};

use super::decision::{Decision, Target, decide};
use super::outcome::carry_out;
use super::{PendDefinitions, PendOperation};
use crate::access::Rights;
use crate::claims::claim_id;
use crate::{Done, Host, HostError, Once};

/// Whose pend reasons were resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendResolution {
    /// The claim's id.
    pub claim: i64,
}

/// An operation that may be done, on the claim as it was read.
struct Judged {
    encoded: EncodedClaim,
    claim: Claim,
    /// What is to be done; none if it was done before.
    to_do: Option<ToDo>,
}

struct ToDo {
    targets: Vec<Target>,
    status_after: ProcessingStatus,
    definitions: PendDefinitions,
}

impl Host {
    /// Resolves pend reasons of the payer's claim, `id_or_code` as [`Host::claim`] reads it, as somebody with these rights;
    /// all that the operation is about, or nothing. What was resolved before is a success, and changes nothing.
    pub fn resolve_pends(
        &self,
        payer: &str,
        user: &str,
        rights: &Rights,
        id_or_code: &str,
        operation: &PendOperation,
        once: Option<&Once>,
    ) -> Result<Done<PendResolution>, HostError> {
        if let Some(kept) = self.kept(once)? {
            return Ok(kept);
        }
        // Whoever asks for what cannot be done, or was done before, holds up nobody who writes.
        let judged = match self.judge_pends(payer, rights, id_or_code, operation) {
            Ok(judged) => judged,
            Err(refusal) => return self.kept_or_refused(once, refusal),
        };
        if judged.to_do.is_none() && once.is_none() {
            let claim = judged.encoded.id;
            return Ok(Done::now(PendResolution { claim }));
        }
        self.write_once(once, |transaction| {
            // Nobody else writes from here on, so claim, locks and definitions stay as they are judged now.
            let judged = self.judge_pends(payer, rights, id_or_code, operation)?;
            write(transaction, user, operation, judged)
        })
    }

    /// What the operation comes to on the claim as it is now, unless it cannot be done or the rights are missing.
    fn judge_pends(
        &self,
        payer: &str,
        rights: &Rights,
        id_or_code: &str,
        operation: &PendOperation,
    ) -> Result<Judged, HostError> {
        let store = &*self.inner.store;
        let found = match claim_id(id_or_code) {
            Some(id) => store.claims_by_id(payer, &[id])?,
            None => store.claims_by_code(payer, &[id_or_code])?,
        };
        let encoded = found.into_iter().next();
        let encoded = encoded.ok_or_else(|| HostError::not_found(&format!("claim {id_or_code}")))?;
        let claim = encoded.decode()?;
        let is_held = !store.claim_locks(&[encoded.id])?.is_empty();
        let to_do = match decide(&claim, is_held, operation) {
            Decision::Resolve { targets, status_after } => {
                let codes = || targets.iter().map(|target| target.code.as_str());
                let definitions = PendDefinitions::read(store, payer, codes())?;
                if !definitions.allow(rights, codes()) {
                    return Err(HostError::Forbidden(Message::new(MessageKey::PendReasonNotAllowed, [])));
                }
                Some(ToDo {
                    targets,
                    status_after,
                    definitions,
                })
            }
            Decision::AlreadyResolved => None,
            Decision::NotFound(what) => return Err(HostError::not_found(&what)),
            Decision::WrongState(sentence) => return Err(HostError::conflict(&sentence)),
        };
        Ok(Judged { encoded, claim, to_do })
    }
}

fn write(
    transaction: &mut dyn WriteTransaction,
    user: &str,
    operation: &PendOperation,
    judged: Judged,
) -> Result<PendResolution, HostError> {
    let Judged {
        encoded,
        mut claim,
        to_do,
    } = judged;
    let Some(to_do) = to_do else {
        return Ok(PendResolution { claim: encoded.id });
    };
    let told = carry_out(
        &mut claim,
        operation,
        &to_do.targets,
        to_do.status_after,
        user,
        &|code| to_do.definitions.publishes(code),
    );
    let change = ClaimChange {
        id: encoded.id,
        seen: encoded.change_sequence,
        claim: ClaimToWrite::encode(claim)?,
    };
    if transaction.change_claims(&[change])? != [true] {
        return Err(HostError::Technical(
            "a claim was changed while nobody else was writing".to_owned(),
        ));
    }
    transaction.append_history(&[told.history])?;
    transaction.append_events(&told.events)?;
    Ok(PendResolution { claim: encoded.id })
}
