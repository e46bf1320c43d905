//! Makes blocks of claims.
//!
//! A builder gives the codes of its block numbers of its own first, in small tables that stay in the processor's
//! cache, and exchanges them for the payer's numbers when the block is full. So builders on several threads meet only
//! there, and a code that occurs a thousand times in a block is looked up in the payer's large tables once.

use std::fmt::Write as _;
use std::sync::Arc;

use reprise_model::{
    Amount, AttachedPendReason, Cell, Claim, Column, ColumnForm, Day, Dictionary, EntityName, Line, SetTable,
    entity_key,
};

use crate::IndexError;
use crate::block::Block;
use crate::codes::CodeTable;
use crate::lists::ListTable;
use crate::packed::absent_cell;
use crate::rows::{ClaimRow, RowBuffer};
use crate::tables::Tables;

/// Makes blocks of claims that come in ascending order of their ids. One for each thread.
#[derive(Debug)]
pub struct BlockBuilder {
    tables: Arc<Tables>,
    rows: RowBuffer,
    numbering: Numbering,
    last_id: Option<i64>,
}

/// A block's own numbers.
#[derive(Debug)]
struct Numbering {
    codes: Vec<CodeTable>,
    lists: Vec<ListTable>,
    /// Room for the members of one list.
    members: Vec<u32>,
    /// Room for the text of one attribute.
    text: String,
    full: Option<IndexError>,
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
        let Self { rows, numbering, .. } = self;
        let columns = &mut rows.columns;
        numbering.add_claim(columns, claim);
        let mut entity = None;
        for line in &claim.lines {
            numbering.add_line(columns, line, &mut entity);
        }
        numbering.full.map_or(Ok(full), Err)
    }

    /// The block at hand, if it has a claim. The builder can go on with further claims.
    pub fn finish(&mut self) -> Result<Option<Block>, IndexError> {
        if self.rows.is_empty() {
            return Ok(None);
        }
        if let Some(full) = self.numbering.full {
            return Err(full);
        }
        let codes = Dictionary::ALL
            .iter()
            .map(|dictionary| {
                self.tables
                    .adopt_codes(*dictionary, &self.numbering.codes[dictionary.position()])
            })
            .collect::<Result<Vec<_>, _>>()?;
        let lists = SetTable::ALL
            .iter()
            .map(|table| {
                let own = self.numbering.lists[table.position()].lists();
                self.tables
                    .adopt_lists(*table, own, &codes[table.dictionary().position()])
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

impl Default for Numbering {
    fn default() -> Self {
        Self {
            codes: Dictionary::ALL.iter().map(|_| CodeTable::default()).collect(),
            lists: SetTable::ALL.iter().map(|_| ListTable::default()).collect(),
            members: Vec::new(),
            text: String::new(),
            full: None,
        }
    }
}

impl Numbering {
    fn clear(&mut self) {
        self.codes.iter_mut().for_each(CodeTable::clear);
        self.lists.iter_mut().for_each(ListTable::clear);
    }

    fn add_claim(&mut self, columns: &mut [Vec<Cell>], claim: &Claim) {
        let mut put = |column: Column, cell: Cell| columns[column.position()].push(cell);
        put(Column::ProcessType, claim.process_type.number().into());
        put(
            Column::ClaimType,
            claim.claim_type.map_or(0, |claim_type| claim_type.number().into()),
        );
        put(Column::ClaimStatus, claim.status.number().into());
        put(Column::EntryDate, claim.entry_date.number().into());
        put(
            Column::ClaimForm,
            self.optional_code(Dictionary::ClaimForm, claim.form_code.as_deref()),
        );
        put(
            Column::ClaimantProvider,
            self.optional_code(Dictionary::Provider, claim.claimant_provider.as_deref()),
        );
        put(
            Column::ClaimPendReasons,
            self.list(SetTable::PendReasons, pend_codes(&claim.pend_reasons)),
        );
    }

    /// Adds a line; `entity` is the serviced entity of the claim's line before, with its number.
    fn add_line<'a>(&mut self, columns: &mut [Vec<Cell>], line: &'a Line, entity: &mut Option<(&'a EntityName, Cell)>) {
        let mut put = |column: Column, cell: Cell| columns[column.position()].push(cell);
        put(
            Column::ServiceStartDate,
            line.service_start_date
                .map_or(absent_cell(ColumnForm::Days), |day: Day| day.number().into()),
        );
        let amount =
            |amount: Option<Amount>| amount.map_or(absent_cell(ColumnForm::Amounts), |amount: Amount| amount.number());
        put(Column::AllowedAmount, amount(line.allowed_amount));
        put(Column::CoveredAmount, amount(line.covered_amount));
        put(
            Column::ServicedEntity,
            self.serviced_entity(line.serviced_entity.as_ref(), entity),
        );

        let providers = &line.providers;
        for (column, provider) in [
            (Column::BenefitsProvider, &providers.benefits),
            (Column::PriceIndividualProvider, &providers.price_individual),
            (Column::PriceOrganizationProvider, &providers.price_organization),
            (Column::ServiceProvider, &providers.service),
            (Column::LocationProvider, &providers.location),
        ] {
            put(column, self.optional_code(Dictionary::Provider, provider.as_deref()));
        }

        put(
            Column::Procedures,
            self.list(SetTable::Procedures, texts(&line.procedures)),
        );
        // Most lines give their diagnoses in order, and many only one.
        let diagnoses = match line.diagnoses.as_slice() {
            [] => 0,
            [only] => self.list(SetTable::Diagnoses, [only.code.as_str()]),
            _ => self.list(SetTable::Diagnoses, line.ranked_diagnoses()),
        };
        put(Column::Diagnoses, diagnoses);
        let primary = if diagnoses == 0 {
            0
        } else {
            self.members.first().map_or(0, |code| (*code).into())
        };
        put(Column::PrimaryDiagnosis, primary);
        let products = line.benefits.iter().filter_map(|benefit| benefit.product.as_deref());
        put(Column::Products, self.distinct_list(SetTable::Products, products));
        let regimes = line.benefits.iter().filter_map(|benefit| benefit.regime.as_deref());
        put(
            Column::CoverageRegimes,
            self.distinct_list(SetTable::CoverageRegimes, regimes),
        );
        put(
            Column::FeeSchedules,
            self.list(SetTable::FeeSchedules, texts(&line.fee_schedules)),
        );
        put(Column::Messages, self.list(SetTable::Messages, texts(&line.messages)));
        put(
            Column::LinePendReasons,
            self.list(SetTable::PendReasons, pend_codes(&line.pend_reasons)),
        );
        put(Column::Attributes, self.attributes(line));
    }

    fn serviced_entity<'a>(
        &mut self,
        name: Option<&'a EntityName>,
        before: &mut Option<(&'a EntityName, Cell)>,
    ) -> Cell {
        let Some(name) = name else { return 0 };
        // The lines of a claim mostly serve the same person.
        if let Some((_, number)) = before.filter(|(known, _)| *known == name) {
            return number;
        }
        let number = self
            .code(Dictionary::ServicedEntity, &entity_key(&name.code, &name.entity_type))
            .into();
        *before = Some((name, number));
        number
    }

    fn attributes(&mut self, line: &Line) -> Cell {
        self.members.clear();
        for (name, value) in &line.attributes {
            let mut text = std::mem::take(&mut self.text);
            text.clear();
            // Writing into a string cannot fail.
            let _ = write!(text, "{name}={value}");
            let number = self.code(Dictionary::Attribute, &text);
            self.text = text;
            self.members.push(number);
        }
        self.members_list(SetTable::Attributes)
    }

    fn code(&mut self, dictionary: Dictionary, code: &str) -> u32 {
        self.codes[dictionary.position()].intern(code).unwrap_or_else(|| {
            self.full = Some(IndexError::DictionaryFull(dictionary));
            0
        })
    }

    fn optional_code(&mut self, dictionary: Dictionary, code: Option<&str>) -> Cell {
        code.map_or(0, |code| self.code(dictionary, code).into())
    }

    /// The number of the list of these codes. Its members stay in `members`.
    fn list<'a>(&mut self, table: SetTable, codes: impl IntoIterator<Item = &'a str>) -> Cell {
        self.members.clear();
        for code in codes {
            let number = self.code(table.dictionary(), code);
            self.members.push(number);
        }
        self.members_list(table)
    }

    /// The number of the list of these codes, each taken once.
    fn distinct_list<'a>(&mut self, table: SetTable, codes: impl IntoIterator<Item = &'a str>) -> Cell {
        self.members.clear();
        for code in codes {
            let number = self.code(table.dictionary(), code);
            if !self.members.contains(&number) {
                self.members.push(number);
            }
        }
        self.members_list(table)
    }

    fn members_list(&mut self, table: SetTable) -> Cell {
        let number = self.lists[table.position()].intern(&self.members).unwrap_or_else(|| {
            self.full = Some(IndexError::SetTableFull(table));
            0
        });
        number.into()
    }
}

fn texts(codes: &[String]) -> impl Iterator<Item = &str> {
    codes.iter().map(String::as_str)
}

/// The codes of pend reasons, resolved or not.
fn pend_codes(reasons: &[AttachedPendReason]) -> impl Iterator<Item = &str> {
    reasons.iter().map(|reason| reason.code.as_str())
}
