//! Makes blocks of claims.
//!
//! A builder gives the codes of its block numbers of its own first, in small tables that stay in the processor's
//! cache, and exchanges them for the payer's numbers when the block is full. So builders on several threads meet only
//! there, and a code that occurs a thousand times in a block is looked up in the payer's large tables once.

use std::sync::Arc;

use reprise_model::{
    Amount, AttachedPendReason, Cell, Claim, Column, ColumnForm, Dictionary, Line, SetTable, entity_key,
};

use crate::IndexError;
use crate::block::Block;
use crate::bounds::absent_cell;
use crate::numbering::Numbering;
use crate::rows::{ClaimRow, RowBuffer};
use crate::tables::Tables;

/// Makes blocks of claims that come in ascending order of their ids. One for each thread. After an error it is of no
/// more use.
#[derive(Debug)]
pub struct BlockBuilder {
    tables: Arc<Tables>,
    rows: RowBuffer,
    numbering: Numbering,
    last_id: Option<i64>,
}

impl BlockBuilder {
    pub(crate) fn new(tables: Arc<Tables>) -> Self {
        Self {
            tables,
            rows: RowBuffer::default(),
            numbering: Numbering::default(),
            last_id: None,
        }
    }

    /// Adds a claim under its id. If the block at hand has no room for it, that block is answered and the claim begins
    /// the next one.
    pub fn push(&mut self, id: i64, claim: &Claim) -> Result<Option<Block>, IndexError> {
        if let Some(previous) = self.last_id.filter(|previous| *previous >= id) {
            return Err(IndexError::OutOfOrder { id, previous });
        }
        let too_large = IndexError::ClaimTooLarge { id };
        let lines = u32::try_from(claim.lines.len()).map_err(|_| too_large)?;
        let full = if self.rows.has_room_for(lines) {
            None
        } else {
            self.finish()?
        };
        let row = ClaimRow {
            id,
            code: &claim.code,
            status: claim.status,
            currency: claim.currency,
            settled: claim.settlement_reason.is_some(),
            locked: claim.locked_by.is_some(),
        };
        self.rows.add(row, lines).ok_or(too_large)?;
        self.last_id = Some(id);
        add_claim(&mut self.rows.columns, &mut self.numbering, claim);
        let mut before = None;
        for line in &claim.lines {
            add_line(&mut self.rows.columns, &mut self.numbering, line, before);
            before = Some(line);
        }
        self.numbering.check()?;
        Ok(full)
    }

    /// The block at hand, if it has a claim. The builder can go on with further claims.
    pub fn finish(&mut self) -> Result<Option<Block>, IndexError> {
        self.numbering.check()?;
        if self.rows.is_empty() {
            return Ok(None);
        }
        let codes = Dictionary::ALL
            .iter()
            .map(|dictionary| self.tables.adopt_codes(*dictionary, self.numbering.codes(*dictionary)))
            .collect::<Result<Vec<_>, _>>()?;
        let lists = SetTable::ALL
            .iter()
            .map(|table| {
                let codes = &codes[table.dictionary().position()];
                self.tables.adopt_lists(*table, self.numbering.lists(*table), codes)
            })
            .collect::<Result<Vec<_>, _>>()?;
        for column in Column::ALL {
            let numbers = match column.form() {
                ColumnForm::Codes(dictionary) => &codes[dictionary.position()],
                ColumnForm::Sets(table) => &lists[table.position()],
                ColumnForm::Kinds | ColumnForm::Days | ColumnForm::Amounts => continue,
            };
            for cell in &mut self.rows.columns[column.position()] {
                *cell = numbers[own_number(*cell)].into();
            }
        }
        self.numbering.clear();
        Ok(Some(self.rows.pack()))
    }
}

/// A number that this builder has given.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "only u32 values were put in"
)]
fn own_number(cell: Cell) -> usize {
    cell as usize
}

fn add_claim(columns: &mut [Vec<Cell>], numbering: &mut Numbering, claim: &Claim) {
    let form = numbering.optional_code(Dictionary::ClaimForm, claim.form_code.as_deref());
    let provider = numbering.optional_code(Dictionary::Provider, claim.claimant_provider.as_deref());
    let pend_reasons = numbering.list(SetTable::PendReasons, pend_codes(&claim.pend_reasons));
    for (column, cell) in [
        (Column::ProcessType, claim.process_type.number().into()),
        (
            Column::ClaimType,
            claim.claim_type.map_or(0, |claim_type| claim_type.number().into()),
        ),
        (Column::ClaimStatus, claim.status.number().into()),
        (Column::ClaimForm, form),
        (Column::EntryDate, claim.entry_date.number().into()),
        (Column::ClaimantProvider, provider),
        (Column::ClaimPendReasons, pend_reasons),
    ] {
        columns[column.position()].push(cell);
    }
}

/// Adds a line. The lines of a claim have much in common; what is as it was on the line before is not looked up again.
fn add_line(columns: &mut [Vec<Cell>], numbering: &mut Numbering, line: &Line, before: Option<&Line>) {
    let day = line
        .service_start_date
        .map_or(absent_cell(ColumnForm::Days), |day| day.number().into());
    columns[Column::ServiceStartDate.position()].push(day);
    for (column, amount) in [
        (Column::AllowedAmount, line.allowed_amount),
        (Column::CoveredAmount, line.covered_amount),
    ] {
        columns[column.position()].push(amount.map_or(absent_cell(ColumnForm::Amounts), Amount::number));
    }

    let mut put = |column: Column, is_as_before: bool, number: &mut dyn FnMut() -> Cell| {
        let column = &mut columns[column.position()];
        let cell = column.last().copied().filter(|_| is_as_before).unwrap_or_else(number);
        column.push(cell);
    };
    let entity = line.serviced_entity.as_ref();
    put(
        Column::ServicedEntity,
        as_before(before, entity, |line| line.serviced_entity.as_ref()),
        &mut || {
            entity.map_or(0, |entity| {
                numbering
                    .code(
                        Dictionary::ServicedEntity,
                        &entity_key(&entity.code, &entity.entity_type),
                    )
                    .into()
            })
        },
    );
    let (providers, before_providers) = (&line.providers, before.map(|before| &before.providers));
    for (column, provider, provider_before) in [
        (
            Column::BenefitsProvider,
            &providers.benefits,
            before_providers.map(|before| &before.benefits),
        ),
        (
            Column::PriceIndividualProvider,
            &providers.price_individual,
            before_providers.map(|before| &before.price_individual),
        ),
        (
            Column::PriceOrganizationProvider,
            &providers.price_organization,
            before_providers.map(|before| &before.price_organization),
        ),
        (
            Column::ServiceProvider,
            &providers.service,
            before_providers.map(|before| &before.service),
        ),
        (
            Column::LocationProvider,
            &providers.location,
            before_providers.map(|before| &before.location),
        ),
    ] {
        put(column, provider_before == Some(provider), &mut || {
            numbering.optional_code(Dictionary::Provider, provider.as_deref())
        });
    }
    put(
        Column::Procedures,
        as_before(before, &line.procedures, |line| &line.procedures),
        &mut || numbering.list(SetTable::Procedures, texts(&line.procedures)),
    );
    let same_diagnoses = as_before(before, &line.diagnoses, |line| &line.diagnoses);
    // Ranked once for both columns; nothing is ranked where nothing changed.
    let ranked = if same_diagnoses {
        Vec::new()
    } else {
        line.ranked_diagnoses()
    };
    put(Column::Diagnoses, same_diagnoses, &mut || {
        numbering.list(SetTable::Diagnoses, ranked.iter().copied())
    });
    put(Column::PrimaryDiagnosis, same_diagnoses, &mut || {
        numbering.optional_code(Dictionary::Diagnosis, ranked.first().copied())
    });
    let same_benefits = as_before(before, &line.benefits, |line| &line.benefits);
    put(Column::Products, same_benefits, &mut || {
        let products = line.benefits.iter().filter_map(|benefit| benefit.product.as_deref());
        numbering.distinct_list(SetTable::Products, products)
    });
    put(Column::CoverageRegimes, same_benefits, &mut || {
        let regimes = line.benefits.iter().filter_map(|benefit| benefit.regime.as_deref());
        numbering.distinct_list(SetTable::CoverageRegimes, regimes)
    });
    put(
        Column::FeeSchedules,
        as_before(before, &line.fee_schedules, |line| &line.fee_schedules),
        &mut || numbering.list(SetTable::FeeSchedules, texts(&line.fee_schedules)),
    );
    put(
        Column::Messages,
        as_before(before, &line.messages, |line| &line.messages),
        &mut || numbering.list(SetTable::Messages, texts(&line.messages)),
    );
    put(
        Column::LinePendReasons,
        as_before(before, &line.pend_reasons, |line| &line.pend_reasons),
        &mut || numbering.list(SetTable::PendReasons, pend_codes(&line.pend_reasons)),
    );
    put(
        Column::Attributes,
        as_before(before, &line.attributes, |line| &line.attributes),
        &mut || numbering.attributes(line),
    );
}

/// Whether this part of a line was the same on the line before.
fn as_before<'a, T: PartialEq>(before: Option<&'a Line>, part: T, part_of: impl FnOnce(&'a Line) -> T) -> bool {
    before.is_some_and(|before| part_of(before) == part)
}

fn texts(codes: &[String]) -> impl Iterator<Item = &str> {
    codes.iter().map(String::as_str)
}

/// The codes of pend reasons, resolved or not.
fn pend_codes(reasons: &[AttachedPendReason]) -> impl Iterator<Item = &str> {
    reasons.iter().map(|reason| reason.code.as_str())
}
