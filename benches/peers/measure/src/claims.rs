//! Claims and lines as integer tables, out of the product's own columns: the same numbers for everybody.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use reprise_index::{Block, ColumnBuffer, RowSelection, Snapshot};
use reprise_model::{Column, ColumnSlice, Granularity};

use crate::table::{Table, Values};

/// The column that tells whether a request may reach a claim at all, by its status. The product has a bitmap of it.
pub(crate) const CANDIDATE: &str = "candidate";

/// The number of a claim in the tables: its place among all claims, in the order of their codes.
pub(crate) const CLAIM: &str = "claim";

/// The columns that the questions ask for.
const COLUMNS: [Column; 17] = [
    Column::ProcessType,
    Column::ClaimType,
    Column::ClaimStatus,
    Column::ClaimForm,
    Column::EntryDate,
    Column::ClaimantProvider,
    Column::ServiceStartDate,
    Column::Procedures,
    Column::PrimaryDiagnosis,
    Column::BenefitsProvider,
    Column::PriceIndividualProvider,
    Column::PriceOrganizationProvider,
    Column::ServiceProvider,
    Column::LocationProvider,
    Column::Products,
    Column::CoverageRegimes,
    Column::Messages,
];

/// The first day that the tables know, and what an open start is; a day that is absent is 0.
pub(crate) const FIRST_DAY: i32 = 1;

/// The last day that the tables know, and what an open end is.
pub(crate) const LAST_DAY: i32 = 32_767;

/// Claims, and lines with their claims' columns beside their own, so that nobody has to join the two.
#[derive(Debug)]
pub(crate) struct ClaimTables {
    /// A row for each claim.
    pub(crate) claims: Table,
    /// A row for each line.
    pub(crate) lines: Table,
    /// The code of each claim, by its number.
    pub(crate) codes: Arc<[String]>,
}

/// A column's name in the tables.
pub(crate) fn column_name(column: Column) -> String {
    column.as_str().replace('-', "_")
}

/// A day as the tables hold it.
pub(crate) fn day_number(day: i32) -> anyhow::Result<i32> {
    match day {
        i32::MIN => Ok(0),
        FIRST_DAY..LAST_DAY => Ok(day),
        _ => anyhow::bail!("day {day} is outside of what the tables can hold"),
    }
}

impl ClaimTables {
    /// All claims and lines of a snapshot.
    pub(crate) fn of(snapshot: &Snapshot) -> anyhow::Result<Self> {
        let (mut codes, mut candidates) = (Vec::new(), Vec::new());
        let (mut line_claims, mut line_candidates) = (Vec::new(), Vec::new());
        for block in snapshot.blocks() {
            ensure!(
                block.live_claim_count() == block.claim_count(),
                "the population has claims that were changed"
            );
            let first = i32::try_from(codes.len()).context("there are too many claims")?;
            for claim in 0..block.claim_count() {
                codes.push(block.claim_code(claim).to_owned());
                candidates.push(i32::from(block.candidates().is_set(claim)));
            }
            for line in 0..block.line_count() {
                let claim = block.claim_of(line);
                line_claims.push(first + i32::try_from(claim)?);
                line_candidates.push(i32::from(block.candidates().is_set(claim)));
            }
        }
        ensure!(codes.is_sorted(), "the population is not in the order of its codes");
        let numbers = 0..i32::try_from(codes.len()).context("there are too many claims")?;
        let mut claims = vec![
            (CLAIM.to_owned(), Values::Integers(numbers.collect())),
            (CANDIDATE.to_owned(), Values::narrowed(candidates)),
        ];
        let mut lines = vec![
            (CLAIM.to_owned(), Values::Integers(line_claims)),
            (CANDIDATE.to_owned(), Values::narrowed(line_candidates)),
        ];
        for column in COLUMNS {
            if column.granularity() == Granularity::Claim {
                claims.push((column_name(column), values_of(snapshot, column, Granularity::Claim)?));
            }
            lines.push((column_name(column), values_of(snapshot, column, Granularity::Line)?));
        }
        Ok(Self {
            claims: Table::new("claims", claims)?,
            lines: Table::new("lines", lines)?,
            codes: codes.into(),
        })
    }
}

fn values_of(snapshot: &Snapshot, column: Column, granularity: Granularity) -> anyhow::Result<Values> {
    let mut all = Vec::new();
    let mut buffer = ColumnBuffer::default();
    for block in snapshot.blocks() {
        extend(&mut all, block, column, granularity, &mut buffer)
            .with_context(|| format!("column `{column}` cannot be read"))?;
    }
    Ok(Values::narrowed(all))
}

fn extend(
    all: &mut Vec<i32>,
    block: &Block,
    column: Column,
    granularity: Granularity,
    buffer: &mut ColumnBuffer,
) -> anyhow::Result<()> {
    match block.slice(column, RowSelection::All(granularity), buffer)? {
        ColumnSlice::Kinds(values) => all.extend(values.iter().map(|value| i32::from(*value))),
        ColumnSlice::Ids(values) => {
            for value in values {
                all.push(i32::try_from(*value)?);
            }
        }
        ColumnSlice::Days(values) => {
            for value in values {
                all.push(day_number(*value)?);
            }
        }
        ColumnSlice::Amounts(_) => anyhow::bail!("no question asks for amounts"),
    }
    Ok(())
}
