//! What claims are worth: the amounts of their lines, added up by currency.

use std::collections::BTreeMap;

use reprise_model::{Amount, Column, Currency};

use crate::block::Block;

/// Totals in ten-thousandths, by currency: what the payer allows, and what it covers. Claims without a currency have no amounts.
pub type AmountTotals = BTreeMap<Currency, (i128, i128)>;

/// Room for the amounts of a block, to be used again and again.
#[derive(Debug, Default)]
pub struct AmountBuffer {
    first_lines: Vec<u32>,
    allowed: Vec<i64>,
    covered: Vec<i64>,
    currency_numbers: Vec<u32>,
    /// By currency number; none of a currency that no claim has.
    sums: Vec<Option<(i128, i128)>>,
}

/// From one claim in so many on, reading all amounts of a block at once beats looking at each.
const MANY: usize = 8;

impl Block {
    /// Adds what these claims are worth to the totals.
    pub fn add_amounts(&self, claims: &[u32], buffer: &mut AmountBuffer, totals: &mut AmountTotals) {
        if claims.len() < self.claim_count() as usize / MANY {
            for &claim in claims {
                if let Some(currency) = self.currency(claim) {
                    let (allowed, covered) = totals.entry(currency).or_default();
                    *allowed += self.allowed_total(claim).unwrap_or(0);
                    *covered += self.covered_total(claim).unwrap_or(0);
                }
            }
            return;
        }
        let rows = self.rows();
        let AmountBuffer {
            first_lines,
            allowed,
            covered,
            currency_numbers,
            sums,
        } = buffer;
        rows.first_lines.unpack(None, first_lines);
        rows.columns[Column::AllowedAmount.position()].unpack(None, allowed);
        rows.columns[Column::CoveredAmount.position()].unpack(None, covered);
        rows.currency_numbers.unpack(None, currency_numbers);
        sums.clear();
        sums.resize(rows.currencies.len() + 1, None);
        for &claim in claims {
            let claim = claim as usize;
            let lines = first_lines[claim] as usize..first_lines[claim + 1] as usize;
            let sum = sums[currency_numbers[claim] as usize].get_or_insert_default();
            sum.0 += sum_of(&allowed[lines.clone()]);
            sum.1 += sum_of(&covered[lines]);
        }
        for (&currency, sum) in rows.currencies.iter().zip(&sums[1..]) {
            let Some((allowed, covered)) = *sum else {
                continue;
            };
            let total = totals.entry(currency).or_default();
            total.0 += allowed;
            total.1 += covered;
        }
    }
}

/// The sum of those that are amounts.
fn sum_of(cells: &[i64]) -> i128 {
    let present = |cell: i64| if cell == Amount::ABSENT_NUMBER { 0 } else { cell };
    cells.iter().map(|&cell| i128::from(present(cell))).sum()
}
