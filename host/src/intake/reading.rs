//! Reading claims and what they are made of, for `/api/v1`.

use reprise_model::{Claim, Reference, ReferenceKind};
use reprise_store::IntakeQuery;

use super::IntakeError;
use crate::{Host, HostError};

impl Host {
    /// The payer's claim with this number.
    pub fn intake_claim(&self, payer: &str, id: i64) -> Result<Claim, IntakeError> {
        let found = self.inner.store.claim_by_id(payer, id)?;
        found.ok_or_else(|| IntakeError::no_claim(id))
    }

    /// The payer's claims that began at intake and are asked for, by number, as they are at one moment.
    pub fn intake_claims(&self, payer: &str, query: &IntakeQuery<'_>) -> Result<Vec<Claim>, HostError> {
        let encoded = self.inner.store.intake_claims(payer, query)?;
        let claims = encoded.iter().map(|encoded| encoded.decode());
        Ok(claims.collect::<Result<_, _>>()?)
    }

    /// The payer's reference data of this kind with this number.
    pub fn numbered_reference(
        &self,
        payer: &str,
        kind: ReferenceKind,
        number: u64,
    ) -> Result<Option<Reference>, HostError> {
        Ok(self.inner.store.reference(payer, kind, &number.to_string())?)
    }

    /// The payer's reference data of this kind that is a part of a patient.
    pub fn references_of_patient(
        &self,
        payer: &str,
        kind: ReferenceKind,
        patient: u64,
    ) -> Result<Vec<Reference>, HostError> {
        let patient = patient.to_string();
        Ok(self.inner.store.references_of_patients(payer, kind, &[&patient])?)
    }
}
