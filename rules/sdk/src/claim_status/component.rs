//! What the export macro exports: rules about claims' status, as the contract wants them.
//!
//! Everything public here is for the macro alone.

use std::marker::PhantomData;

use super::facts::{births_of, claims_of};
use super::{
    ClaimState, ClaimStatusRules, Creation, Decision, EnrolmentFacts, IntakeRefusal, MadeClaim, ReleaseFacts,
    SubmissionStatus,
};
use crate::bindings::claim_status::exports::reprise::rules::{disposition, identity, intake};
use crate::component::note_panics;
use crate::rows::broken;

/// Rules `R` as a component.
#[derive(Debug)]
pub struct Exported<R>(PhantomData<R>);

impl<R: ClaimStatusRules> identity::Guest for Exported<R> {
    fn describe() -> identity::Description {
        note_panics();
        identity::Description {
            name: R::NAME.to_owned(),
            version: R::VERSION.to_owned(),
        }
    }
}

impl<R: ClaimStatusRules> disposition::Guest for Exported<R> {
    fn reprocess(state: disposition::ClaimState) -> Decision {
        note_panics();
        R::reprocess(&state.into())
    }

    fn reprocess_batch(states: disposition::ClaimStates) -> Vec<Decision> {
        note_panics();
        let claims = states.statuses.len();
        if states.process_types.len() != claims || states.flags.len() != claims {
            broken("the columns of a batch have different numbers of claims");
        }
        let columns = states.statuses.into_iter().zip(states.process_types).zip(states.flags);
        let states: Vec<_> = columns
            .map(|((status, process_type), flags)| ClaimState::new(status, process_type, flags))
            .collect();
        let decisions = R::reprocess_batch(&states);
        if decisions.len() != claims {
            broken(&format!(
                "the rules answered {claims} claims with {} decisions",
                decisions.len()
            ));
        }
        decisions
    }
}

impl<R: ClaimStatusRules> intake::Guest for Exported<R> {
    fn create(facts: intake::ClaimFacts, office: Vec<intake::OfficeFlag>) -> Creation {
        note_panics();
        R::create(&facts.into(), &office.into())
    }

    fn create_batch(facts: intake::ClaimColumns, office: Vec<intake::OfficeFlag>) -> intake::Births {
        note_panics();
        let Some(facts) = claims_of(&facts) else {
            broken("the columns of a batch have different numbers of claims, or values that there are not");
        };
        let creations = R::create_batch(&facts, &office.into());
        if creations.len() != facts.len() {
            broken(&format!(
                "the rules answered {} claims with {} decisions",
                facts.len(),
                creations.len()
            ));
        }
        births_of(creations)
    }

    fn new_claim(facts: EnrolmentFacts, office: Vec<intake::OfficeFlag>) -> Result<Vec<MadeClaim>, IntakeRefusal> {
        note_panics();
        R::new_claim(&facts, &office.into())
    }

    fn change(facts: intake::ChangeFacts, office: Vec<intake::OfficeFlag>) -> Result<SubmissionStatus, IntakeRefusal> {
        note_panics();
        R::change(&facts.into(), &office.into())
    }

    fn release(facts: ReleaseFacts, office: Vec<intake::OfficeFlag>) -> Option<SubmissionStatus> {
        note_panics();
        R::release(&facts, &office.into())
    }
}
