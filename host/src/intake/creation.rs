//! Creating claims: one of a type, or all that a patient's enrolment calls for.

use std::collections::BTreeSet;

use reprise_model::Claim;
use reprise_request::CreationRequest;

use super::data::IntakeData;
use super::made::Moment;
use super::writing::{Decided, Ticket, Written};
use super::{ATTEMPTS_MAX, IntakeError};
use crate::{Done, Host, Once};

impl Host {
    /// Creates what is asked for, all of it or nothing: claims, history, events and kept answer are one transaction, and no
    /// reader ever sees a claim in another status than the one it is born in.
    pub fn create_claims(
        &self,
        payer: &str,
        user: &str,
        request: &CreationRequest,
        once: Option<&Once>,
    ) -> Result<Done<Vec<Claim>>, IntakeError> {
        if let Some(done) = self.kept(once)? {
            return Ok(done);
        }
        let _running = self.inner.intake.run(once)?;
        for _ in 0..ATTEMPTS_MAX {
            // It may have been answered while this one found that it is not running any more.
            if let Some(done) = self.kept(once)? {
                return Ok(done);
            }
            // Read before the data is: what changes between the two is noticed.
            let reference_sequence = self.inner.store.reference_sequence()?;
            let data = self.intake_data(payer, request)?;
            let facts = data.creation_facts(request).map_err(IntakeError::Refused)?;
            let rules = self.rules_of(payer)?;
            let made = self.decide_creation(payer, request, &facts, &data, &rules)?;
            let decided = Decided {
                reference_sequence,
                data,
                facts,
                made,
                decided_by: rules.claim_status.decided_by().clone(),
            };
            let ticket = Ticket::new(payer, user, request, once, decided);
            match self.write_creation(ticket)? {
                Written::Done(done) => return Ok(done),
                Written::Overtaken => {}
            }
        }
        Err(IntakeError::overtaken())
    }

    /// What would be created, with 0 for numbers that are not given yet. Nothing is stored.
    pub fn preview_claims(&self, payer: &str, request: &CreationRequest) -> Result<Vec<Claim>, IntakeError> {
        let data = self.intake_data(payer, request)?;
        let facts = data.creation_facts(request).map_err(IntakeError::Refused)?;
        let made = self.decide_creation(payer, request, &facts, &data, &*self.rules_of(payer)?)?;
        let moment = Moment::now();
        let claims = made.iter().map(|made| data.make(payer, request, made, 0, moment));
        Ok(claims.collect())
    }

    fn intake_data(&self, payer: &str, request: &CreationRequest) -> Result<IntakeData, IntakeError> {
        let procedures: BTreeSet<u64> = request.procedures.iter().copied().collect();
        let patients = BTreeSet::from([request.patient]);
        Ok(IntakeData::read(&*self.inner.store, payer, &patients, &procedures)?)
    }
}
