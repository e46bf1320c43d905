//! What claims are worth: the amounts of their lines, added up by claim when a block is made, and by currency when asked.

use std::collections::BTreeMap;

use reprise_model::{Amount, Cell, Column, Currency};

use crate::block::{Block, BlockRows, place};
use crate::packed::Packed;

/// Totals in ten-thousandths, by currency: what the payer allows, and what it covers. Claims without a currency have no amounts.
pub type AmountTotals = BTreeMap<Currency, (i128, i128)>;

/// Room for what claims of a block are worth, to be used again and again.
#[derive(Debug, Default)]
pub struct AmountBuffer {
    currency_numbers: Vec<u32>,
    allowed: Vec<i64>,
    covered: Vec<i64>,
}

/// What the lines of each claim of a block are worth together, by claim.
#[derive(Debug)]
pub(crate) struct ClaimTotals {
    /// [`Amount::ABSENT_NUMBER`] where no line has an amount. None where any claim's amounts come to what a cell cannot hold,
    /// or to that number: then those of every claim are added up anew whenever they are asked for.
    packed: Option<Packed>,
}

impl ClaimTotals {
    /// Adds up the amounts of the lines; `first_lines` tells where each claim's are, and at last how many there are.
    pub(crate) fn of(amounts: &Packed, first_lines: &Packed) -> Self {
        let claims = first_lines.length.saturating_sub(1);
        let total = |claim: u32| match amounts.sum(lines(first_lines, claim), Amount::ABSENT_NUMBER) {
            None => Some(Amount::ABSENT_NUMBER),
            Some(total) => Cell::try_from(total)
                .ok()
                .filter(|total| *total != Amount::ABSENT_NUMBER),
        };
        let totals: Option<Vec<Cell>> = (0..).map(total).take(claims).collect();
        Self {
            packed: totals.map(|totals| Packed::new(&totals, Some(Amount::ABSENT_NUMBER)).0),
        }
    }

    /// Its size in memory, itself included.
    pub(crate) fn bytes(&self) -> usize {
        self.packed.as_ref().map_or(size_of::<Self>(), Packed::bytes)
    }
}

impl BlockRows {
    /// What the lines of a claim are worth together, in ten-thousandths; none if no line has such an amount.
    fn total(&self, totals: &ClaimTotals, column: Column, claim: u32) -> Option<i128> {
        match &totals.packed {
            Some(totals) => Some(totals.cell(claim))
                .filter(|total| *total != Amount::ABSENT_NUMBER)
                .map(i128::from),
            None => self.columns[column.position()].sum(lines(&self.first_lines, claim), Amount::ABSENT_NUMBER),
        }
    }
}

impl Block {
    /// What the payer allows for all lines of the claim, in ten-thousandths; none if no line has such an amount.
    pub fn allowed_total(&self, claim: u32) -> Option<i128> {
        let rows = self.rows();
        rows.total(&rows.allowed_totals, Column::AllowedAmount, claim)
    }

    /// What the payer covers of all lines of the claim, in ten-thousandths; none if no line has such an amount.
    pub fn covered_total(&self, claim: u32) -> Option<i128> {
        let rows = self.rows();
        rows.total(&rows.covered_totals, Column::CoveredAmount, claim)
    }

    /// Adds what these claims are worth to the totals.
    pub fn add_amounts(&self, claims: &[u32], buffer: &mut AmountBuffer, totals: &mut AmountTotals) {
        let rows = self.rows();
        // By currency number; none of a currency that no claim has.
        let mut sums: Vec<Option<(i128, i128)>> = vec![None; rows.currencies.len() + 1];
        rows.currency_numbers.unpack(Some(claims), &mut buffer.currency_numbers);
        if let (Some(allowed), Some(covered)) = (&rows.allowed_totals.packed, &rows.covered_totals.packed) {
            allowed.unpack(Some(claims), &mut buffer.allowed);
            covered.unpack(Some(claims), &mut buffer.covered);
            let worth = |total: i64| i128::from(if total == Amount::ABSENT_NUMBER { 0 } else { total });
            let amounts = buffer.allowed.iter().zip(&buffer.covered);
            for (&number, (&allowed, &covered)) in buffer.currency_numbers.iter().zip(amounts) {
                let sum = sums[number as usize].get_or_insert_default();
                sum.0 += worth(allowed);
                sum.1 += worth(covered);
            }
        } else {
            for (&number, &claim) in buffer.currency_numbers.iter().zip(claims) {
                let sum = sums[number as usize].get_or_insert_default();
                sum.0 += self.allowed_total(claim).unwrap_or_default();
                sum.1 += self.covered_total(claim).unwrap_or_default();
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
}

/// Where the lines of a claim are.
fn lines(first_lines: &Packed, claim: u32) -> std::ops::Range<usize> {
    place(first_lines, claim)..place(first_lines, claim + 1)
}
