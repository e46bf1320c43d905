//! What the export macro exports: rules about claims' status, as the contract wants them.
//!
//! Everything public here is for the macro alone.

use std::marker::PhantomData;

use super::{ClaimState, ClaimStatusRules, Decision};
use crate::bindings::claim_status::exports::reprise::rules::{disposition, identity};
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
