//! One attached pend reason, shown by itself.

use reprise_model::{AttachedPendReason, Claim, PendReasonDefinition};

use super::decision::is_offered;
use super::{AttachedTo, PendDefinitions, PendReasonId};
use crate::{Host, HostError};

/// An attached pend reason with what is defined of it.
#[derive(Clone, Debug)]
pub(crate) struct ShownPendReason {
    pub(crate) id: PendReasonId,
    pub(crate) to: AttachedTo,
    /// The code of its claim.
    pub(crate) claim: String,
    /// The code of the line, if it is attached to one.
    pub(crate) line: Option<String>,
    pub(crate) attached: AttachedPendReason,
    /// None if no row of reference data defines it.
    pub(crate) definition: Option<PendReasonDefinition>,
    /// Whether it can be resolved as things are, by whoever may.
    pub(crate) can_be_resolved: bool,
}

impl Host {
    /// Whether somebody holds the claim at the moment, whatever lock it was imported with.
    pub(crate) fn is_held(&self, claim: &Claim) -> Result<bool, HostError> {
        let id = claim.id.unwrap_or_default();
        Ok(!self.inner.store.claim_locks(&[id])?.is_empty())
    }

    /// The pend reason with this id that is attached to the payer's claim, or to a line of it.
    pub(crate) fn attached_pend_reason(
        &self,
        payer: &str,
        to: AttachedTo,
        id: PendReasonId,
    ) -> Result<ShownPendReason, HostError> {
        let absent = || HostError::not_found(&format!("{} {id}", to.described()));
        let claim = self.inner.store.claim_by_id(payer, id.claim)?.ok_or_else(absent)?;
        let mut attached = claim.attached_pend_reasons();
        let found = attached.find(|(place, attached)| place.level == to.level() && attached.number == id.number);
        let (place, attached) = found.ok_or_else(absent)?;
        let code = attached.code.as_str();
        let definitions = PendDefinitions::read(&*self.inner.store, payer, std::iter::once(code))?;
        Ok(ShownPendReason {
            id,
            to,
            claim: claim.code.clone(),
            line: place.of.map(str::to_owned),
            attached: attached.clone(),
            definition: definitions.get(code).cloned(),
            can_be_resolved: is_offered(&claim, self.is_held(&claim)?, &to.resolve(id.number)),
        })
    }
}
