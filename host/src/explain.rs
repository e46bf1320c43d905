//! Why a claim is or is not hit by a request, decided by the same code that matches.

use reprise_engine::Finding;
use reprise_model::{Cell, MessageKey, ProcessingStatus};
use reprise_request::CriteriaRequest;

use crate::outcome::ClaimOutcome;
use crate::{DecidedBy, Host, HostError};

/// Why a claim is or is not hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The claim's code.
    pub claim: String,
    /// Where it stands.
    pub status: ProcessingStatus,
    /// Whether a request can reach a claim in that status at all.
    pub in_scope: bool,
    /// Whether the request hits it: it is in scope, and one of its lines meets every criterion.
    pub hit: bool,
    /// What would become of it if it is hit.
    pub outcome: ClaimOutcome,
    /// Each of its lines.
    pub lines: Vec<LineExplanation>,
    /// By what it is decided.
    pub decided_by: DecidedBy,
}

/// What became of each criterion for one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineExplanation {
    /// The line's code.
    pub line: String,
    /// Whether it meets every criterion.
    pub hit: bool,
    /// What became of each criterion, in the order of the request.
    pub findings: Vec<Finding>,
}

impl Host {
    /// Why the payer's claim of this code is or is not hit by the request.
    pub fn explain(&self, payer: &str, request: &CriteriaRequest, claim_code: &str) -> Result<Explanation, HostError> {
        let rules = self.rules_of(payer)?;
        self.validate(payer, request, &rules)?;
        // The index is brought into step after the claim is read, so it has this claim or a later form of it.
        let claim = self.inner.store.claim_by_code(payer, claim_code)?;
        let claim = claim.ok_or_else(|| HostError::refused_unknown_claim(claim_code))?;
        self.keep_in_step()?;
        let (snapshot, reference) = self.begin_run(payer);
        let place = claim.id.and_then(|id| snapshot.find(id));
        let (block, row) = place.ok_or_else(|| HostError::refused_unknown_claim(claim_code))?;
        let mut matcher = rules.criteria.compile(reference, &request.criteria)?;
        let columns = matcher.plan().columns.clone();
        let mut lines = Vec::new();
        for (number, line_row) in block.lines_of(row).enumerate() {
            let cells: Vec<Cell> = columns.iter().map(|column| block.cell(*column, line_row)).collect();
            let findings = matcher.explain(&cells)?;
            let line = claim
                .lines
                .get(number)
                .map_or_else(|| (number + 1).to_string(), |line| line.code.clone());
            lines.push(LineExplanation {
                line,
                hit: findings.iter().all(|finding| finding.met),
                findings,
            });
        }
        let status = block.status(row);
        let in_scope = status.is_reprocessable();
        Ok(Explanation {
            claim: claim.code,
            status,
            in_scope,
            hit: in_scope && lines.iter().any(|line| line.hit),
            outcome: ClaimOutcome::of(block, row),
            lines,
            decided_by: rules.criteria.decided_by().clone(),
        })
    }
}

impl HostError {
    fn refused_unknown_claim(code: &str) -> Self {
        Self::NotFound(reprise_model::Message::new(MessageKey::UnknownClaim, [code]))
    }
}
