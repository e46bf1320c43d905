//! Reading claims, activities and data files.

use reprise_model::{Claim, Message, ProcessingStatus, ResultMessages};
use reprise_store::{Activity, ContentId, DataFile, DataFileSet, HistoryEntry};

use crate::{CRITERIA_ACTIVITY, Host, HostError};

/// How a claim stands, and what can be done with it.
pub(crate) struct ClaimStanding {
    pub(crate) claim: Claim,
    /// Who holds it: whoever its import named, or who is processing it now.
    pub(crate) locked_by: Option<String>,
    /// What was done to it last.
    pub(crate) last_entry: Option<HistoryEntry>,
}

impl ClaimStanding {
    /// Whether it is on its way: submitted, and neither waiting for a human nor finalized.
    pub(crate) fn in_process(&self) -> bool {
        self.claim.status != ProcessingStatus::Entry && !self.claim.status.is_reprocessable()
    }

    /// Whether a request to process it again can succeed.
    pub(crate) fn can_be_reprocessed(&self) -> bool {
        self.claim.status.is_reprocessable() && self.claim.settlement_reason.is_none() && self.locked_by.is_none()
    }

    /// Whether a report that it was adjudicated can be taken.
    pub(crate) fn can_be_adjudicated(&self) -> bool {
        self.in_process() && self.locked_by.is_none()
    }
}

/// The id that a path names a claim by, if it is not a code that stands there.
pub(crate) fn claim_id(id_or_code: &str) -> Option<i64> {
    let is_decimal = id_or_code.bytes().all(|byte| byte.is_ascii_digit());
    id_or_code.parse().ok().filter(|_| is_decimal)
}

impl Host {
    /// The payer's claim that a path names: by id if it is a decimal number, else by code.
    pub fn claim(&self, payer: &str, id_or_code: &str) -> Result<Claim, HostError> {
        let found = match claim_id(id_or_code) {
            Some(id) => self.inner.store.claim_by_id(payer, id)?,
            None => self.inner.store.claim_by_code(payer, id_or_code)?,
        };
        found.ok_or_else(|| HostError::not_found(&format!("claim {id_or_code}")))
    }

    /// The payer's claim with this code, whatever the code looks like.
    pub fn claim_with_code(&self, payer: &str, code: &str) -> Result<Option<Claim>, HostError> {
        Ok(self.inner.store.claim_by_code(payer, code)?)
    }

    /// How the payer's claim stands: `id_or_code` as [`Host::claim`] reads it.
    pub(crate) fn claim_standing(&self, payer: &str, id_or_code: &str) -> Result<ClaimStanding, HostError> {
        const AT_ONCE: u32 = 1_000;
        let mut claim = self.claim(payer, id_or_code)?;
        let id = claim.id.unwrap_or_default();
        let leased_by = self.inner.store.claim_locks(&[id])?.pop().map(|lock| lock.holder);
        // A claim's history is short: it is read from the start, as everywhere.
        let (mut last_entry, mut after) = (None, 0);
        loop {
            let entries = self.inner.store.claim_history(payer, id, after, AT_ONCE)?;
            let is_end = entries.len() < AT_ONCE as usize;
            if let Some(last) = entries.into_iter().next_back() {
                after = last.id;
                last_entry = Some(last);
            }
            if is_end {
                break;
            }
        }
        Ok(ClaimStanding {
            locked_by: claim.locked_by.take().or(leased_by),
            claim,
            last_entry,
        })
    }

    /// The payer's activity with this id.
    pub fn activity(&self, payer: &str, id: i64) -> Result<Activity, HostError> {
        let found = self.inner.store.activity(payer, id)?;
        found.ok_or_else(|| HostError::not_found(&format!("activity {id}")))
    }

    /// Whether an activity changes the claims that it succeeds with, and does not only list them.
    pub(crate) fn changes_claims(&self, activity: &Activity) -> bool {
        // What cannot be read back has changed nothing.
        activity.code != CRITERIA_ACTIVITY || self.submitted_request(activity).is_ok_and(|request| request.reprocess)
    }

    /// What the payer's activity has to say of itself.
    pub fn activity_messages(&self, payer: &str, id: i64) -> Result<Vec<Message>, HostError> {
        self.activity(payer, id)?;
        Ok(self.inner.store.activity_messages(payer, id)?)
    }

    /// The payer's data file set with this code.
    pub fn data_file_set(&self, payer: &str, set: &str) -> Result<DataFileSet, HostError> {
        let found = self.inner.store.data_file_set(payer, set)?;
        found.ok_or_else(|| HostError::not_found(&format!("data file set {set}")))
    }

    /// A data file of the payer's data file set.
    pub fn data_file(&self, payer: &str, set: &str, file: &str) -> Result<DataFile, HostError> {
        let found = self.inner.store.data_file(payer, set, file)?;
        found.ok_or_else(|| HostError::not_found(&format!("data file {file} in data file set {set}")))
    }

    /// The first chunk of the results of the payer's activity with this number or a higher one, with its number; none
    /// where they end.
    pub fn result_chunk(
        &self,
        payer: &str,
        activity: i64,
        at_least: u64,
    ) -> Result<Option<(u64, Vec<ResultMessages>)>, HostError> {
        Ok(self.inner.store.result_chunk(payer, activity, at_least)?)
    }

    /// A chunk of content that was handed in, counted from 0; none where it ends.
    pub fn content_chunk(&self, content: ContentId, number: u64) -> Result<Option<Vec<u8>>, HostError> {
        Ok(self.inner.store.content_chunk(content, number)?)
    }
}
