//! How many claims a criteria request would reprocess, and what they are worth.

use reprise_index::{AmountBuffer, AmountTotals, Block};
use reprise_model::Amount;
use reprise_request::{CountTotals, CriteriaRequest, ReprocessCount};

use crate::matching::Collect;
use crate::outcome::ClaimOutcome;
use crate::{ByRules, Host, HostError};

impl Host {
    /// Count the claims that a request would reprocess, and sum up what they are worth.
    pub fn count(&self, payer: &str, request: &CriteriaRequest) -> Result<ByRules<ReprocessCount>, HostError> {
        let matched = self.match_request(payer, request, Tally::default, |_, _| ())?;
        let tally = matched.answer.into_iter().reduce(Tally::plus).unwrap_or_default();
        Ok(ByRules {
            answer: tally.answer(!request.options.unfinalize_reasons.is_empty())?,
            decided_by: matched.decided_by,
        })
    }
}

/// What one worker has counted.
#[derive(Default)]
struct Tally {
    count: u64,
    settled: u64,
    locked: u64,
    need_unfinalize_reason: u64,
    totals: AmountTotals,
    /// The claims of a block that are worth something here.
    worth: Vec<u32>,
    amounts: AmountBuffer,
}

impl Collect for Tally {
    fn take(&mut self, block: &Block, claims: &[u32]) {
        self.worth.clear();
        for &claim in claims {
            match ClaimOutcome::of(block, claim) {
                ClaimOutcome::Settled => self.settled += 1,
                ClaimOutcome::Locked => self.locked += 1,
                ClaimOutcome::Reprocess {
                    needs_unfinalize_reason,
                } => {
                    self.count += 1;
                    self.need_unfinalize_reason += u64::from(needs_unfinalize_reason);
                    self.worth.push(claim);
                }
            }
        }
        block.add_amounts(&self.worth, &mut self.amounts, &mut self.totals);
    }
}

impl Tally {
    fn plus(mut self, other: Self) -> Self {
        self.count += other.count;
        self.settled += other.settled;
        self.locked += other.locked;
        self.need_unfinalize_reason += other.need_unfinalize_reason;
        for (currency, (allowed, covered)) in other.totals {
            let totals = self.totals.entry(currency).or_default();
            totals.0 += allowed;
            totals.1 += covered;
        }
        self
    }

    fn answer(self, reason_given: bool) -> Result<ReprocessCount, HostError> {
        let amount = |total: i128| {
            i64::try_from(total)
                .map(Amount::from_number)
                .map_err(|_| HostError::Technical(format!("the total of {total} ten-thousandths is too large")))
        };
        let mut totals = self.totals.into_iter();
        // Sums over several currencies mean nothing, so none is given.
        let only = match (totals.next(), totals.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        };
        let totals = only
            .map(|(currency, (allowed, covered))| {
                Ok::<_, HostError>(CountTotals {
                    allowed: amount(allowed)?,
                    covered: amount(covered)?,
                    currency,
                })
            })
            .transpose()?;
        Ok(ReprocessCount {
            count: self.count,
            totals,
            excluded_settled: self.settled,
            excluded_locked: self.locked,
            unfinalize_reason_missing: (!reason_given)
                .then_some(self.need_unfinalize_reason)
                .filter(|count| *count > 0),
        })
    }
}
