//! Taking back what became of a claim that was sent through processing again: its status and amounts.

use reprise_model::{Amount, AttachedPendReason, Claim, Message, MessageKey, ProcessingStatus, ReferenceKind};
use reprise_request::AdjudicatedReport;
use reprise_store::{ClaimChange, ClaimToWrite, NewHistoryEntry, StoreError};
use serde::{Deserialize, Serialize};

use super::KnownCodes;
use super::apply::{Events, json_text};
use crate::intake::{self, ATTEMPTS_MAX, Releases};
use crate::{Done, Host, HostError, Once};

/// The operation that its entry in a claim's history is known by.
const OPERATION: &str = "adjudicated";

/// What was taken back about a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Adjudicated {
    /// The claim's id.
    pub claim: i64,
    /// Where it stands now.
    pub status: String,
    /// The activity that had sent it through processing, if one did.
    pub activity: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Details<'a> {
    claim: &'a str,
    status_before: &'static str,
    status_after: &'static str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pend_reasons_attached: &'a [String],
    allowed_amount_change: String,
    covered_amount_change: String,
    user: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TaskOpened<'a> {
    claim: &'a str,
    pend_reasons: &'a [&'a str],
    user: &'a str,
}

impl Host {
    /// Takes back what became of the payer's claim: `id_or_code` as [`Host::claim`] reads it. Claim, history, event and
    /// what its activity has achieved are one transaction.
    pub fn adjudicated(
        &self,
        payer: &str,
        user: &str,
        id_or_code: &str,
        report: &AdjudicatedReport,
        once: Option<&Once>,
    ) -> Result<Done<Adjudicated>, HostError> {
        for _ in 0..ATTEMPTS_MAX {
            if let Some(done) = self.kept(once)? {
                return Ok(done);
            }
            // The component is asked which claims wait for this one before anything is held for writing.
            let releases = self.releases_by(payer, id_or_code, report)?;
            if let Some(done) = self.try_adjudicated(payer, user, id_or_code, report, once, releases.as_ref())? {
                return Ok(done);
            }
        }
        Err(HostError::Store(StoreError::Unavailable {
            reason: "the claims that wait for this one changed each time before they could be released".to_owned(),
        }))
    }

    /// Which claims go on once this one is received; none if it is not received by this report.
    fn releases_by(
        &self,
        payer: &str,
        id_or_code: &str,
        report: &AdjudicatedReport,
    ) -> Result<Option<Releases>, HostError> {
        if report.status != ProcessingStatus::Finalized {
            return Ok(None);
        }
        let claim = self.claim(payer, id_or_code)?;
        let was_received = claim
            .intake
            .as_ref()
            .is_some_and(|details| details.date_received.is_some());
        if claim.submission_status.is_none() || was_received {
            return Ok(None);
        }
        let rules = self.rules_of(payer)?;
        Releases::by_receipt(self, &rules, payer, claim.id.unwrap_or_default(), &claim).map(Some)
    }

    /// Takes it back, or answers nothing: the claims that wait for it were others than those that were decided on.
    fn try_adjudicated(
        &self,
        payer: &str,
        user: &str,
        id_or_code: &str,
        report: &AdjudicatedReport,
        once: Option<&Once>,
        releases: Option<&Releases>,
    ) -> Result<Option<Done<Adjudicated>>, HostError> {
        let known = KnownCodes::new(&self.inner.store, payer);
        self.write_once_if(once, |transaction| {
            let id = self.claim(payer, id_or_code)?.id.unwrap_or_default();
            let encoded = self.inner.store.claims_by_id(payer, &[id])?.pop();
            let encoded = encoded.ok_or_else(|| HostError::not_found(&format!("claim {id_or_code}")))?;
            let mut claim = encoded.decode()?;
            let claim_before = claim.clone();
            self.check_in_processing(&claim)?;
            for code in &report.pend_reasons {
                if !self
                    .inner
                    .store
                    .reference_exists(payer, ReferenceKind::PendReason, code)?
                {
                    return Err(HostError::refused(MessageKey::UnknownPendReason, [code]));
                }
            }
            let status_before = claim.status;
            let (allowed_change, covered_change) = take_amounts(&mut claim, report)?;
            claim.status = report.status;
            attach_pend_reasons(&mut claim, &report.pend_reasons);
            claim
                .check()
                .map_err(|reason| HostError::refused(MessageKey::BadValue, ["the claim", &reason]))?;
            let mut events = Events::new(&claim);
            let status_changed = match claim.status {
                ProcessingStatus::Finalized => intake::received(&mut claim, user),
                _ => None,
            };
            let is_first_receipt = status_changed.as_ref().is_some_and(|(is_first, _)| *is_first);
            let status_changed = status_changed.map(|(_, event)| event);
            if is_first_receipt {
                // Since when it was decided which claims go on, it may have become one that others wait for.
                let Some(releases) = releases else { return Ok(None) };
                if !releases.write_receipt(self, transaction, user, (id, &claim_before))? {
                    return Ok(None);
                }
            }
            let details = Details {
                claim: &claim.code,
                status_before: status_before.as_str(),
                status_after: claim.status.as_str(),
                pend_reasons_attached: &report.pend_reasons,
                allowed_amount_change: self.amount_text(&claim, allowed_change),
                covered_amount_change: self.amount_text(&claim, covered_change),
                user,
            };
            let mut to_see_to = Vec::new();
            for code in &report.pend_reasons {
                if known.publishes(code)? {
                    to_see_to.push(code.as_str());
                }
            }
            events.add("claim.adjudicated", &details);
            events.events.extend(status_changed);
            if !to_see_to.is_empty() {
                events.add(
                    "claim.task-opened",
                    &TaskOpened {
                        claim: &claim.code,
                        pend_reasons: &to_see_to,
                        user,
                    },
                );
            }
            let activity = self.inner.store.last_reprocessing(payer, id)?;
            let history = NewHistoryEntry {
                claim: id,
                operation: OPERATION,
                user: user.to_owned(),
                activity,
                details: json_text(&details),
            };
            let (currency, status) = (claim.currency, claim.status.to_string());
            let change = ClaimChange {
                id,
                seen: encoded.change_sequence,
                claim: ClaimToWrite::encode(claim)?,
            };
            if transaction.change_claims(&[change])? != [true] {
                return Err(HostError::Technical(
                    "a claim was changed while nobody else was writing".to_owned(),
                ));
            }
            transaction.append_history(&[history])?;
            transaction.append_events(&events.events)?;
            if let Some(activity) = activity {
                transaction.add_adjudication(activity, currency, allowed_change, covered_change)?;
            }
            Ok(Some(Adjudicated {
                claim: id,
                status,
                activity,
            }))
        })
    }

    /// Only a claim that is in processing can come out of it.
    fn check_in_processing(&self, claim: &Claim) -> Result<(), HostError> {
        let id = claim.id.unwrap_or_default();
        if claim.locked_by.is_some() || !self.inner.store.claim_locks(&[id])?.is_empty() {
            return Err(HostError::Conflict(Message::new(MessageKey::Locked, [&claim.code])));
        }
        if claim.status == ProcessingStatus::Entry || claim.status.is_reprocessable() {
            let sentence = format!(
                "Claim {} is in status {} and not in processing, so it cannot be reported as adjudicated",
                claim.code, claim.status
            );
            return Err(HostError::Conflict(Message::new(MessageKey::WrongState, [&sentence])));
        }
        Ok(())
    }

    fn amount_text(&self, claim: &Claim, amount: Amount) -> String {
        claim
            .currency
            .map_or_else(|| amount.to_string(), |currency| amount.to_text(currency.decimals()))
    }
}

/// Attaches pend reasons to the claim's header, unresolved, behind those that it has. One that is there and that nobody
/// has resolved stays what it is; one that was resolved is attached anew.
fn attach_pend_reasons(claim: &mut Claim, codes: &[String]) {
    let attached: Vec<_> = codes
        .iter()
        .map(|code| {
            let mut held = claim.pend_reasons.iter();
            held.find(|held| held.code == *code && !held.resolved)
                .cloned()
                .unwrap_or_else(|| AttachedPendReason::unresolved(code))
        })
        .collect();
    claim.pend_reasons.retain(|held| !codes.contains(&held.code));
    claim.pend_reasons.extend(attached);
}

/// Gives the lines their new amounts, and answers by how much the claim's totals have changed.
fn take_amounts(claim: &mut Claim, report: &AdjudicatedReport) -> Result<(Amount, Amount), HostError> {
    let bad = |what: &str, reason: &str| HostError::refused(MessageKey::BadValue, [what, reason]);
    if let (Some(given), Some(held)) = (report.currency, claim.currency)
        && given != held
    {
        return Err(bad(
            "currency",
            &format!("it is {}, and the claim's is {}", given.code(), held.code()),
        ));
    }
    claim.currency = claim.currency.or(report.currency);
    let (mut allowed_change, mut covered_change) = (0_i64, 0_i64);
    for given in &report.lines {
        let Some(line) = claim.lines.iter_mut().find(|line| line.code == given.code) else {
            let what = format!("line {}", given.code);
            return Err(bad(&what, &format!("claim {} has no such line", claim.code)));
        };
        for (held, new, change) in [
            (&mut line.allowed_amount, given.allowed, &mut allowed_change),
            (&mut line.covered_amount, given.covered, &mut covered_change),
        ] {
            let Some(new) = new else { continue };
            let before = held.map_or(0, Amount::number);
            *change = new
                .number()
                .checked_sub(before)
                .and_then(|more| change.checked_add(more))
                .ok_or_else(|| bad("an amount", "the claim's total changes by too much"))?;
            *held = Some(new);
        }
    }
    Ok((Amount::from_number(allowed_change), Amount::from_number(covered_change)))
}
