//! A claim-status component asked about claims that are made and that go on to be sent and received.

mod answers;

use reprise_model::{
    Birth, ChangeFacts, ClaimFacts, EnrolmentFacts, IntakeRefusal, MadeClaim, OfficeSetting, ReleaseFacts,
    SubmissionStatus,
};

use crate::StatusRules;
use crate::bindings::claim_status::exports::reprise::rules::intake as contract;
use crate::bindings::intake::Columns;
use crate::fault::Fault;

/// What is asked here is what the component says; its answers are held to the contract, and one that breaks it is a
/// fault. Who the patient is and whose procedures they are is the host's to know.
impl StatusRules {
    /// Whether a claim that is asked for is made, and how it is born.
    pub fn create(
        &mut self,
        facts: &ClaimFacts,
        office: &[OfficeSetting],
    ) -> Result<Result<Birth, IntakeRefusal>, Fault> {
        let (asked, flags) = (facts.into(), flags(office));
        let outcome = self.call(|instance, store| instance.reprise_rules_intake().call_create(store, asked, &flags))?;
        self.check(answers::creation(outcome, facts))
    }

    /// The same for many claims of one office in one call, within the limits of one: an answer for each, in their order.
    ///
    /// A fault costs all of them their answer. Which claim it is that the component fails on, is found with
    /// [`StatusRules::create`] in instances of their own.
    pub fn create_batch(
        &mut self,
        facts: &[ClaimFacts],
        office: &[OfficeSetting],
    ) -> Result<Vec<Result<Birth, IntakeRefusal>>, Fault> {
        let (columns, flags) = (Columns::of(facts), flags(office));
        let outcomes = self.call(|instance, store| {
            instance
                .reprise_rules_intake()
                .call_create_batch(store, columns.lend(), &flags)
        })?;
        self.check(answers::creations(outcomes, facts))
    }

    /// Which claims are made for procedures: one at least, in the order in which they are made, or none and why.
    pub fn new_claims(
        &mut self,
        facts: &EnrolmentFacts,
        office: &[OfficeSetting],
    ) -> Result<Result<Vec<MadeClaim>, IntakeRefusal>, Fault> {
        let enrolments: Vec<_> = facts.enrolments.iter().map(Into::into).collect();
        let procedures: Vec<_> = facts.procedures.iter().map(Into::into).collect();
        let asked = contract::EnrolmentFacts {
            enrolments: &enrolments,
            procedures: &procedures,
        };
        let flags = flags(office);
        let outcome =
            self.call(|instance, store| instance.reprise_rules_intake().call_new_claim(store, asked, &flags))?;
        self.check(answers::made_claims(outcome, facts))
    }

    /// In which status a claim is that is asked to be in another one.
    pub fn change(
        &mut self,
        facts: &ChangeFacts,
        office: &[OfficeSetting],
    ) -> Result<Result<SubmissionStatus, IntakeRefusal>, Fault> {
        let (asked, flags) = (facts.into(), flags(office));
        let outcome = self.call(|instance, store| instance.reprise_rules_intake().call_change(store, asked, &flags))?;
        self.check(answers::changed(outcome, facts))
    }

    /// In which status a claim goes on; none if it stays as it is.
    pub fn release(
        &mut self,
        facts: &ReleaseFacts,
        office: &[OfficeSetting],
    ) -> Result<Option<SubmissionStatus>, Fault> {
        let (asked, flags) = (facts.into(), flags(office));
        let outcome =
            self.call(|instance, store| instance.reprise_rules_intake().call_release(store, asked, &flags))?;
        self.check(answers::released(outcome, facts))
    }
}

fn flags(office: &[OfficeSetting]) -> Vec<contract::OfficeFlag<'_>> {
    office.iter().map(Into::into).collect()
}
