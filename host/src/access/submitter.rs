//! What whoever had an activity done may do now: the activity keeps the name, and the rights are those of today.

use super::Rights;
use super::principal::Principal;
use crate::{Host, HostError};

impl Host {
    /// The rights of the payer's principal with this name; none if there is no such principal or it is disabled.
    pub(crate) fn rights_of(&self, payer: &str, name: &str) -> Result<Rights, HostError> {
        let principal = match self.inner.store.principal_by_name(Some(payer), name)? {
            Some(stored) => self.with_rights(stored)?,
            None => None,
        };
        Ok(principal.map_or_else(|| Principal::nobody().rights, |principal| principal.rights.clone()))
    }
}
