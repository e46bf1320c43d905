//! Random claims, and what an index must say of them.

use std::collections::BTreeMap;

use reprise_index::{AmountBuffer, AmountTotals, Block, ColumnBuffer, RowRuns, RowSelection, SetLists, Snapshot};
use reprise_model::{
    Amount, AttachedPendReason, AttributeValue, BenefitApplied, Cell, Claim, ClaimKind, ClaimType, Column, ColumnForm,
    ColumnSlice, Day, Diagnosis, Dictionary, EntityName, Granularity, Line, LineProviders, ProcessType,
    ProcessingStatus, SetTable, entity_key,
};

/// A stream of random numbers; the same seed gives the same claims.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// A number below this one.
    pub(crate) fn below(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }

    fn signed(&mut self, sides: u64) -> i64 {
        i64::try_from(self.below(2 * sides)).expect("a small number") - i64::try_from(sides).expect("a small number")
    }

    pub(crate) fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
        values[usize::try_from(self.below(values.len() as u64)).expect("a place")]
    }

    fn some<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.below(4) > 0 { Some(make(self)) } else { None }
    }

    fn several<T>(&mut self, most: u64, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| make(self)).collect()
    }

    /// A code, mostly one of a few, now and then one that is new.
    fn code(&mut self, letter: char) -> String {
        let number = if self.below(20) == 0 {
            self.below(1_000_000)
        } else {
            self.below(6)
        };
        format!("{letter}{number}")
    }

    fn pend_reason(&mut self) -> AttachedPendReason {
        AttachedPendReason {
            code: self.code('R'),
            resolved: self.below(2) == 0,
            number: 0,
        }
    }

    /// A claim with no more than so many lines.
    pub(crate) fn claim(&mut self, lines_max: u64) -> Claim {
        Claim {
            kind: ClaimKind::Claim,
            id: None,
            code: format!("C{}", self.below(1_000_000_000)),
            payer: "ACME".to_owned(),
            form_code: self.some(|dice| dice.code('F')),
            claim_type: self.some(|dice| dice.one_of(ClaimType::ALL)),
            process_type: self.one_of(ProcessType::ALL),
            status: self.one_of(ProcessingStatus::ALL),
            entry_date: Day::from_number(i32::try_from(self.signed(20_000)).expect("a day")),
            currency: self.one_of(&["USD", "EUR", "JPY", ""]).parse().ok(),
            claimant_provider: self.some(|dice| dice.code('P')),
            settlement_reason: (self.below(10) == 0).then(|| "paid".to_owned()),
            locked_by: (self.below(10) == 0).then(|| "import".to_owned()),
            high_priority: false,
            preprocessing_done: false,
            pricing_done: false,
            messages: vec!["ON-THE-HEADER".to_owned()],
            pend_reasons: self.several(2, Self::pend_reason),
            tag_actions: Vec::new(),
            unfinalize_reasons: Vec::new(),
            bills: Vec::new(),
            lines: self.several(lines_max, Self::line),
            patient: None,
            intake_type: None,
            submission_status: None,
            ins_sub: None,
            ins_sub2: None,
            date_sent: None,
            procedures: Vec::new(),
            intake: None,
            pend_numbers_given: 0,
        }
    }

    fn line(&mut self) -> Line {
        // Narrow ranges and wide ones, so that every width of a column occurs.
        let amount = |dice: &mut Self| {
            let sides = dice.one_of(&[10, 100_000, 1 << 40]);
            Amount::from_number(dice.signed(sides))
        };
        Line {
            code: format!("L{}", self.below(1_000_000)),
            sequence: None,
            service_start_date: self.some(|dice| Day::from_number(i32::try_from(dice.signed(400)).expect("a day"))),
            service_end_date: None,
            serviced_entity: self.some(|dice| EntityName {
                code: dice.code('M'),
                entity_type: dice.one_of(&["PERSON", "ANIMAL"]).to_owned(),
            }),
            procedures: self.several(3, |dice| dice.code('G')),
            diagnoses: self.several(3, |dice| Diagnosis {
                code: dice.code('D'),
                sequence: dice.signed(2),
            }),
            providers: LineProviders {
                benefits: self.some(|dice| dice.code('P')),
                price_individual: self.some(|dice| dice.code('P')),
                price_organization: self.some(|dice| dice.code('P')),
                service: self.some(|dice| dice.code('P')),
                location: self.some(|dice| dice.code('P')),
            },
            benefits: self.several(3, |dice| BenefitApplied {
                product: dice.some(|dice| dice.code('S')),
                regime: dice.some(|dice| dice.code('R')),
            }),
            fee_schedules: self.several(2, |dice| dice.code('F')),
            messages: self.several(2, |dice| dice.code('A')),
            pend_reasons: self.several(2, Self::pend_reason),
            allowed_amount: self.some(amount),
            covered_amount: self.some(amount),
            attributes: self
                .several(2, |dice| (dice.code('t'), AttributeValue::Number(dice.below(3).into())))
                .into_iter()
                .chain([("bright".to_owned(), AttributeValue::Truth(true))])
                .collect(),
        }
    }
}

/// What a cell says, in words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Number(Option<i64>),
    Code(Option<String>),
    List(Vec<String>),
}

/// The dictionaries and set tables of a snapshot.
struct Tables {
    codes: Vec<Vec<String>>,
    lists: Vec<SetLists>,
}

impl Tables {
    fn of(snapshot: &Snapshot) -> Self {
        Self {
            codes: Dictionary::ALL
                .iter()
                .map(|dictionary| snapshot.codes(*dictionary))
                .collect(),
            lists: SetTable::ALL.iter().map(|table| snapshot.lists(*table)).collect(),
        }
    }

    fn code(&self, dictionary: Dictionary, id: u32) -> Option<String> {
        let place = (id as usize).checked_sub(1)?;
        Some(
            self.codes[dictionary.position()]
                .get(place)
                .expect("a code of every number")
                .clone(),
        )
    }

    /// What the cell says.
    fn said(&self, column: Column, cell: Cell) -> Meaning {
        let id = || u32::try_from(cell).expect("an id");
        match column.form() {
            ColumnForm::Kinds => Meaning::Number((cell != 0).then_some(cell)),
            ColumnForm::Days => Meaning::Number((cell != Cell::from(Day::ABSENT_NUMBER)).then_some(cell)),
            ColumnForm::Amounts => Meaning::Number((cell != Amount::ABSENT_NUMBER).then_some(cell)),
            ColumnForm::Codes(dictionary) => Meaning::Code(self.code(dictionary, id())),
            ColumnForm::Sets(table) => {
                let members = self.lists[table.position()].list(id()).expect("a list of every number");
                Meaning::List(
                    members
                        .iter()
                        .filter_map(|code| self.code(table.dictionary(), *code))
                        .collect(),
                )
            }
        }
    }
}

/// What the claim says, for one of its lines; read in the plainest way there is.
fn meant(claim: &Claim, line: &Line, column: Column) -> Meaning {
    let amount = |amount: Option<Amount>| Meaning::Number(amount.map(Amount::number));
    let codes =
        |reasons: &[AttachedPendReason]| Meaning::List(reasons.iter().map(|reason| reason.code.clone()).collect());
    let once = |codes: Vec<Option<String>>| {
        let mut once: Vec<String> = Vec::new();
        for code in codes.into_iter().flatten() {
            if !once.contains(&code) {
                once.push(code);
            }
        }
        Meaning::List(once)
    };
    let mut ranked = line.diagnoses.clone();
    ranked.sort_by(|a, b| (a.sequence, &a.code).cmp(&(b.sequence, &b.code)));
    match column {
        Column::ProcessType => Meaning::Number(Some(claim.process_type.number().into())),
        Column::ClaimType => Meaning::Number(claim.claim_type.map(|kind| kind.number().into())),
        Column::ClaimStatus => Meaning::Number(Some(claim.status.number().into())),
        Column::ClaimForm => Meaning::Code(claim.form_code.clone()),
        Column::EntryDate => Meaning::Number(Some(claim.entry_date.number().into())),
        Column::ClaimantProvider => Meaning::Code(claim.claimant_provider.clone()),
        Column::ClaimPendReasons => codes(&claim.pend_reasons),
        Column::ServiceStartDate => Meaning::Number(line.service_start_date.map(|day| day.number().into())),
        Column::ServicedEntity => Meaning::Code(
            line.serviced_entity
                .as_ref()
                .map(|entity| entity_key(&entity.code, &entity.entity_type)),
        ),
        Column::Procedures => Meaning::List(line.procedures.clone()),
        Column::Diagnoses => Meaning::List(ranked.into_iter().map(|diagnosis| diagnosis.code).collect()),
        Column::PrimaryDiagnosis => Meaning::Code(ranked.into_iter().next().map(|diagnosis| diagnosis.code)),
        Column::BenefitsProvider => Meaning::Code(line.providers.benefits.clone()),
        Column::PriceIndividualProvider => Meaning::Code(line.providers.price_individual.clone()),
        Column::PriceOrganizationProvider => Meaning::Code(line.providers.price_organization.clone()),
        Column::ServiceProvider => Meaning::Code(line.providers.service.clone()),
        Column::LocationProvider => Meaning::Code(line.providers.location.clone()),
        Column::Products => once(line.benefits.iter().map(|benefit| benefit.product.clone()).collect()),
        Column::CoverageRegimes => once(line.benefits.iter().map(|benefit| benefit.regime.clone()).collect()),
        Column::FeeSchedules => Meaning::List(line.fee_schedules.clone()),
        Column::Messages => Meaning::List(line.messages.clone()),
        Column::LinePendReasons => codes(&line.pend_reasons),
        Column::Attributes => Meaning::List(
            line.attributes
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect(),
        ),
        Column::AllowedAmount => amount(line.allowed_amount),
        Column::CoveredAmount => amount(line.covered_amount),
    }
}

/// Checks that the snapshot says of these claims exactly what they say, and knows no other.
pub(crate) fn check(snapshot: &Snapshot, claims: &BTreeMap<i64, Claim>) {
    let tables = Tables::of(snapshot);
    assert_eq!(snapshot.claim_count(), claims.len() as u64);
    assert_eq!(
        snapshot.line_count(),
        claims.values().map(|claim| claim.lines.len() as u64).sum::<u64>()
    );
    let mut seen = 0;
    for block in snapshot.blocks() {
        assert_eq!(block.live().set_count(), block.live_claim_count());
        for row in block.live().rows() {
            let id = block.claim_id(row);
            let claim = claims.get(&id).unwrap_or_else(|| panic!("claim {id} is not there"));
            check_claim(&tables, block, row, claim);
            let (found, found_row) = snapshot.find(id).expect("a claim that is there");
            assert!(std::ptr::eq(&**found, &**block) && found_row == row);
            seen += 1;
        }
        check_slices(block);
        check_amounts(block);
    }
    assert_eq!(seen, claims.len());
    assert!(
        (-3..3)
            .filter(|id| !claims.contains_key(id))
            .all(|id| snapshot.find(id).is_none())
    );
}

fn check_claim(tables: &Tables, block: &Block, row: u32, claim: &Claim) {
    assert_eq!(block.claim_code(row), claim.code);
    assert_eq!(block.status(row), claim.status);
    assert_eq!(block.candidates().is_set(row), claim.status.is_reprocessable());
    assert_eq!(block.is_settled(row), claim.settlement_reason.is_some());
    assert_eq!(block.is_locked(row), claim.locked_by.is_some());
    assert_eq!(block.currency(row), claim.currency);
    let total = |amount: fn(&Line) -> Option<Amount>| {
        let amounts: Vec<_> = claim
            .lines
            .iter()
            .filter_map(amount)
            .map(|amount| i128::from(amount.number()))
            .collect();
        (!amounts.is_empty()).then(|| amounts.iter().sum::<i128>())
    };
    assert_eq!(block.allowed_total(row), total(|line| line.allowed_amount));
    assert_eq!(block.covered_total(row), total(|line| line.covered_amount));
    assert_eq!(block.lines_of(row).len(), claim.lines.len());
    for (line_row, line) in block.lines_of(row).zip(&claim.lines) {
        assert_eq!(block.claim_of(line_row), row);
        for &column in Column::ALL {
            let cell = block.cell(column, line_row);
            assert_eq!(tables.said(column, cell), meant(claim, line, column), "{column}");
            assert!(block.bounds(column).may_hold(cell, cell), "{column}");
        }
    }
}

/// Checks what claims are worth together against what each is.
pub(crate) fn check_amounts(block: &Block) {
    let mut buffer = AmountBuffer::default();
    for every in [1, 2, 3, 50] {
        let claims: Vec<u32> = (0..block.claim_count())
            .filter(|claim| claim % every == every / 2)
            .collect();
        let mut expected = AmountTotals::new();
        for &claim in &claims {
            if let Some(currency) = block.currency(claim) {
                let total = expected.entry(currency).or_default();
                total.0 += block.allowed_total(claim).unwrap_or(0);
                total.1 += block.covered_total(claim).unwrap_or(0);
            }
        }
        let mut totals = AmountTotals::new();
        block.add_amounts(&claims, &mut buffer, &mut totals);
        assert_eq!(totals, expected, "one claim of {every}");
    }
}

/// Checks that all ways to read a column say the same.
fn check_slices(block: &Block) {
    let mut buffer = ColumnBuffer::default();
    let all: Vec<u32> = (0..block.line_count()).collect();
    let some: Vec<u32> = all.iter().copied().filter(|line| line % 7 != 2).collect();
    let claims: Vec<u32> = (0..block.claim_count()).collect();
    let (some_runs, claim_runs): (RowRuns, RowRuns) =
        (some.iter().copied().collect(), claims.iter().copied().collect());
    for &column in Column::ALL {
        let mut check = |selection: RowSelection<'_>, rows: &[u32]| {
            let slice = block
                .slice(column, selection, &mut buffer)
                .expect("a selection that fits");
            let cells: Vec<Cell> = rows.iter().map(|line| block.cell(column, *line)).collect();
            assert_eq!(widened(slice), cells, "{column}");
        };
        check(RowSelection::All(Granularity::Line), &all);
        check(RowSelection::Some(Granularity::Line, &some_runs), &some);
        for selection in [
            RowSelection::All(Granularity::Claim),
            RowSelection::Some(Granularity::Claim, &claim_runs),
        ] {
            let slice = block.slice(column, selection, &mut buffer);
            match column.granularity() {
                Granularity::Line => assert!(slice.is_err()),
                Granularity::Claim => {
                    let cells = widened(slice.expect("a column of claims"));
                    assert_eq!(cells.len(), claims.len());
                    let of_lines = all.iter().map(|line| cells[block.claim_of(*line) as usize]);
                    assert!(of_lines.eq(all.iter().map(|line| block.cell(column, *line))));
                }
            }
        }
    }
}

fn widened(slice: ColumnSlice<'_>) -> Vec<Cell> {
    match slice {
        ColumnSlice::Kinds(values) => values.iter().copied().map(Cell::from).collect(),
        ColumnSlice::Ids(values) => values.iter().copied().map(Cell::from).collect(),
        ColumnSlice::Days(values) => values.iter().copied().map(Cell::from).collect(),
        ColumnSlice::Amounts(values) => values.to_vec(),
    }
}
