//! What would become of a claim that a criteria request matches.

use reprise_index::Block;
use reprise_model::{Message, MessageKey, ResultMessages};
use reprise_request::CriteriaRequest;

use crate::matching::Collect;
use crate::rules::RulesInHand;
use crate::{ByRules, Host, HostError};

/// What reprocessing would do to a matched claim, given an unfinalize reason.
///
/// The order of the refusals is that of the processing itself: settled before locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClaimOutcome {
    /// It would be reprocessed.
    Reprocess {
        /// Whether that takes an unfinalize reason.
        needs_unfinalize_reason: bool,
    },
    /// It is settled, so it stays.
    Settled,
    /// It is locked by another process, so it stays.
    Locked,
}

impl ClaimOutcome {
    /// What would become of the claim in this row of a block.
    pub(crate) fn of(block: &Block, claim: u32) -> Self {
        if block.is_settled(claim) {
            Self::Settled
        } else if block.is_locked(claim) {
            Self::Locked
        } else {
            Self::Reprocess {
                needs_unfinalize_reason: block.status(claim).needs_unfinalize_reason(),
            }
        }
    }
}

/// A claim that a criteria request matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchedClaim {
    /// Its code.
    pub code: String,
    /// What would become of it.
    pub outcome: ClaimOutcome,
}

impl MatchedClaim {
    /// Its line of a dry run's data file.
    pub fn dry_run_result(&self) -> ResultMessages {
        let message = match self.outcome {
            ClaimOutcome::Reprocess { .. } => Message::new(MessageKey::Matches, [&self.code]),
            ClaimOutcome::Settled => Message::new(MessageKey::Settled, []),
            ClaimOutcome::Locked => Message::new(MessageKey::Locked, [&self.code]),
        };
        ResultMessages::about(&self.code, vec![message])
    }
}

/// The claims that a criteria request matches, in byte order of their codes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MatchedClaims {
    /// The claims.
    pub claims: Vec<MatchedClaim>,
    /// How many of them would be refused because the request gives no unfinalize reason; 0 if it gives one.
    pub unfinalize_reason_missing: u64,
}

impl MatchedClaims {
    /// What a data file says after its claims, if anything: an entry about no claim.
    pub fn remark(&self) -> Option<ResultMessages> {
        (self.unfinalize_reason_missing > 0).then(|| {
            let count = self.unfinalize_reason_missing.to_string();
            ResultMessages::about("", vec![Message::new(MessageKey::NoUnfinalizeReasonGiven, [&count])])
        })
    }
}

impl Host {
    /// The claims that a request matches, in byte order of their codes, each with what would become of it.
    /// `progress` is told how many blocks of the index are done and how many there are.
    pub fn matched_claims(
        &self,
        payer: &str,
        request: &CriteriaRequest,
        progress: impl Fn(usize, usize) + Sync,
    ) -> Result<ByRules<MatchedClaims>, HostError> {
        self.matched_claims_by(&self.rules_of(payer)?, payer, request, progress)
    }

    /// As [`Self::matched_claims`], by these rules.
    pub(crate) fn matched_claims_by(
        &self,
        rules: &RulesInHand,
        payer: &str,
        request: &CriteriaRequest,
        progress: impl Fn(usize, usize) + Sync,
    ) -> Result<ByRules<MatchedClaims>, HostError> {
        let workers = rules.threads(self.inner.workers);
        let (gathered, _) = self.match_request_by(rules, workers, payer, request, Gather::default, progress)?;
        let decided_by = rules.criteria.decided_by().clone();
        let need_unfinalize_reason: u64 = gathered.iter().map(|gather| gather.need_unfinalize_reason).sum();
        let mut claims: Vec<_> = gathered.into_iter().flat_map(|gather| gather.claims).collect();
        claims.sort_unstable_by(|one, other| one.code.cmp(&other.code));
        let reason_given = !request.options.unfinalize_reasons.is_empty();
        let unfinalize_reason_missing = if reason_given { 0 } else { need_unfinalize_reason };
        let answer = MatchedClaims {
            claims,
            unfinalize_reason_missing,
        };
        Ok(ByRules { answer, decided_by })
    }
}

/// The claims that one worker has found.
#[derive(Default)]
struct Gather {
    claims: Vec<MatchedClaim>,
    need_unfinalize_reason: u64,
}

impl Collect for Gather {
    fn take(&mut self, block: &Block, claims: &[u32]) {
        for &claim in claims {
            let outcome = ClaimOutcome::of(block, claim);
            if let ClaimOutcome::Reprocess {
                needs_unfinalize_reason: true,
            } = outcome
            {
                self.need_unfinalize_reason += 1;
            }
            self.claims.push(MatchedClaim {
                code: block.claim_code(claim).to_owned(),
                outcome,
            });
        }
    }
}
