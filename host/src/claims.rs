//! Reading claims, activities and data files.

use reprise_model::{Claim, Message, ResultMessages};
use reprise_store::{Activity, ContentId, DataFile, DataFileSet};

use crate::{Host, HostError};

impl Host {
    /// The payer's claim that a path names: by id if it is a decimal number, else by code.
    pub fn claim(&self, payer: &str, id_or_code: &str) -> Result<Claim, HostError> {
        let found = match id_or_code.parse::<i64>() {
            Ok(id) if id_or_code.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.inner.store.claim_by_id(payer, id)?
            }
            _ => self.inner.store.claim_by_code(payer, id_or_code)?,
        };
        found.ok_or_else(|| HostError::not_found(&format!("claim {id_or_code}")))
    }

    /// The payer's claim with this code, whatever the code looks like.
    pub fn claim_with_code(&self, payer: &str, code: &str) -> Result<Option<Claim>, HostError> {
        Ok(self.inner.store.claim_by_code(payer, code)?)
    }

    /// The payer's activity with this id.
    pub fn activity(&self, payer: &str, id: i64) -> Result<Activity, HostError> {
        let found = self.inner.store.activity(payer, id)?;
        found.ok_or_else(|| HostError::not_found(&format!("activity {id}")))
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

    /// A chunk of the results of the payer's activity, counted from 0; none where they end.
    pub fn result_chunk(
        &self,
        payer: &str,
        activity: i64,
        number: u64,
    ) -> Result<Option<Vec<ResultMessages>>, HostError> {
        Ok(self.inner.store.result_chunk(payer, activity, number)?)
    }

    /// A chunk of content that was handed in, counted from 0; none where it ends.
    pub fn content_chunk(&self, content: ContentId, number: u64) -> Result<Option<Vec<u8>>, HostError> {
        Ok(self.inner.store.content_chunk(content, number)?)
    }
}
