//! What claims are worth: the amounts of their lines, added up by currency.

use std::collections::BTreeMap;

use reprise_model::{Amount, Column, Currency};

use crate::block::{Block, place};
use crate::packed::Packed;

/// Totals in ten-thousandths, by currency: what the payer allows, and what it covers. Claims without a currency have no amounts.
pub type AmountTotals = BTreeMap<Currency, (i128, i128)>;

/// Room for the amounts of a block, to be used again and again.
#[derive(Debug, Default)]
pub struct AmountBuffer {
    first_lines: Vec<u32>,
    currency_numbers: Vec<u32>,
    values: Vec<i64>,
    /// What the lines before each are worth together, and at last what all are.
    allowed: Vec<i64>,
    covered: Vec<i64>,
}

/// From one claim in so many on, adding up all amounts of a block at once beats looking at each.
const MANY: usize = 8;

impl Block {
    /// Adds what these claims, ascending, are worth to the totals.
    pub fn add_amounts(&self, claims: &[u32], buffer: &mut AmountBuffer, totals: &mut AmountTotals) {
        let rows = self.rows();
        let allowed = &rows.columns[Column::AllowedAmount.position()];
        let covered = &rows.columns[Column::CoveredAmount.position()];
        // By currency number; none of a currency that no claim has.
        let mut sums = vec![None; rows.currencies.len() + 1];
        let few = claims.len() < self.claim_count() as usize / MANY;
        if few || !self.fits_running(Column::AllowedAmount) || !self.fits_running(Column::CoveredAmount) {
            for &claim in claims {
                let lines = place(&rows.first_lines, claim)..place(&rows.first_lines, claim + 1);
                let sum: &mut (i128, i128) = sums[place(&rows.currency_numbers, claim)].get_or_insert_default();
                sum.0 += allowed.sum(lines.clone(), Amount::ABSENT_NUMBER);
                sum.1 += covered.sum(lines, Amount::ABSENT_NUMBER);
            }
        } else {
            rows.first_lines.unpack(None, &mut buffer.first_lines);
            rows.currency_numbers.unpack(None, &mut buffer.currency_numbers);
            run(allowed, &mut buffer.values, &mut buffer.allowed);
            run(covered, &mut buffer.values, &mut buffer.covered);
            for &claim in claims {
                let claim = claim as usize;
                let (first, end) = (
                    buffer.first_lines[claim] as usize,
                    buffer.first_lines[claim + 1] as usize,
                );
                let sum = sums[buffer.currency_numbers[claim] as usize].get_or_insert_default();
                sum.0 += i128::from(buffer.allowed[end] - buffer.allowed[first]);
                sum.1 += i128::from(buffer.covered[end] - buffer.covered[first]);
            }
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

    /// Whether a column's amounts, added up over any lines of the block, are surely below 2^63.
    fn fits_running(&self, column: Column) -> bool {
        let (least, greatest) = self.bounds(column).present.unwrap_or_default();
        let most = least.unsigned_abs().max(greatest.unsigned_abs());
        let most = most.checked_mul(self.line_count().into());
        most.is_some_and(|most| i64::try_from(most).is_ok())
    }
}

/// Replaces what `sums` holds by what the values before each are together, and at last what all are.
fn run(packed: &Packed, values: &mut Vec<i64>, sums: &mut Vec<i64>) {
    packed.unpack(None, values);
    let mut sum = 0;
    sums.clear();
    sums.push(0);
    sums.extend(values.iter().map(|&value| {
        sum += if value == Amount::ABSENT_NUMBER { 0 } else { value };
        sum
    }));
}
