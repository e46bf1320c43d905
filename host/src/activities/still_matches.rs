//! Whether claims that have changed since a run has matched still match: the criteria component is asked again.

use std::collections::HashMap;
use std::sync::Arc;

use reprise_engine::{CompileError, CriteriaComponent, Matcher, ReferenceSource};
use reprise_index::Block;
use reprise_model::{Cell, Message, MessageKey};
use reprise_request::CriteriaRequest;

use crate::reprocess::{FAULTS_MAX, Rematch};
use crate::rules::Decider;
use crate::{Host, HostError};

/// Asks the criteria component again about claims that have changed since the run has matched.
pub(super) struct StillMatches<'a> {
    pub(super) host: &'a Host,
    pub(super) payer: &'a str,
    pub(super) request: &'a CriteriaRequest,
    pub(super) criteria: &'a Decider<CriteriaComponent>,
    /// The change of the store that claims were matched at.
    pub(super) matched_at: u64,
}

impl Rematch for StillMatches<'_> {
    fn no_longer_match(&self, claims: &[i64]) -> Result<HashMap<i64, Message>, HostError> {
        self.host.keep_in_step()?;
        let (snapshot, reference) = self.host.begin_run(self.payer);
        let reference: Arc<dyn ReferenceSource> = reference;
        let compile = || self.criteria.compile(Arc::clone(&reference), &self.request.criteria);
        let mut matcher: Option<Matcher> = None;
        let mut unmatched = HashMap::new();
        let mut faults = 0;
        // Once the component is not asked any more: the last of what it failed with.
        let mut given_up: Option<Message> = None;
        for &id in claims {
            let Some((block, row)) = snapshot.find(id) else {
                return Err(HostError::Technical(format!("claim {id} is not in the line index")));
            };
            // What its status says comes first, and is said elsewhere.
            if !block.status(row).is_reprocessable() {
                continue;
            }
            if let Some(last) = &given_up {
                unmatched.insert(id, last.clone());
                continue;
            }
            let found = match_claim(&mut matcher, &compile, block, row);
            match found {
                Ok(true) => {}
                Ok(false) => {
                    unmatched.insert(id, Message::new(MessageKey::NoLongerMatches, [block.claim_code(row)]));
                }
                Err(HostError::RuleFault(fault)) => {
                    // An instance that has failed is not asked again.
                    matcher = None;
                    faults += 1;
                    let said = Message::new(MessageKey::RuleFault, [&fault.to_string()]);
                    if faults > FAULTS_MAX || !fault.is_of_the_component() {
                        given_up = Some(said.clone());
                    }
                    unmatched.insert(id, said);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(unmatched)
    }

    fn matched_at(&self) -> u64 {
        self.matched_at
    }
}

/// Whether one of the claim's lines meets the criteria.
fn match_claim(
    matcher: &mut Option<Matcher>,
    compile: &dyn Fn() -> Result<Matcher, CompileError>,
    block: &Block,
    row: u32,
) -> Result<bool, HostError> {
    let matcher = match matcher {
        Some(matcher) => matcher,
        None => matcher.insert(compile()?),
    };
    let columns = matcher.plan().columns.clone();
    for line in block.lines_of(row) {
        let cells: Vec<Cell> = columns.iter().map(|column| block.cell(*column, line)).collect();
        if matcher.match_line(&cells)? {
            return Ok(true);
        }
    }
    Ok(false)
}
