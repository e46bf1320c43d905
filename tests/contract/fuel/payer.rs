//! A payer made by a formula: the same codes, lists, groups and rows for ever.

use reprise_engine::{Membership, ReferenceSource, SetLists};
use reprise_model::{Cell, Column, ColumnForm, ColumnSlice, Dictionary, GroupKind, SetTable};

/// How many lists each table has.
const LISTS: u32 = 256;
/// The day of the first row's service, and over how many days rows lie.
pub(super) const FIRST_DAY: i32 = 19_000;
pub(super) const DAYS: i32 = 1_000;

/// A payer with codes `procedure-1`, `procedure-2` … of each dictionary, and groups `COMMON` and `RARE` of each kind: half
/// of the codes, and one in a hundred, each for a part of the days.
pub(super) struct Payer;

const fn codes_in(dictionary: Dictionary) -> u32 {
    match dictionary {
        Dictionary::Procedure | Dictionary::Diagnosis => 1_000,
        Dictionary::Provider => 500,
        _ => 8,
    }
}

/// A number that looks drawn: each bit of what goes in has turned about half of what comes out.
const fn mixed(row: usize, salt: usize) -> u64 {
    let mut number =
        (row as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (salt as u64 + 1).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

fn drawn(row: usize, salt: usize, below: u32) -> u32 {
    u32::try_from(mixed(row, salt) % u64::from(below)).expect("less than 2^32")
}

impl ReferenceSource for Payer {
    fn code_id(&self, dictionary: Dictionary, code: &str) -> Option<u32> {
        let number: u32 = code
            .strip_prefix(dictionary.as_str())?
            .strip_prefix('-')?
            .parse()
            .ok()?;
        (1..=codes_in(dictionary)).contains(&number).then_some(number)
    }

    fn code_of(&self, dictionary: Dictionary, id: u32) -> Option<String> {
        (1..=codes_in(dictionary))
            .contains(&id)
            .then(|| format!("{dictionary}-{id}"))
    }

    fn codes(&self, dictionary: Dictionary) -> Vec<String> {
        (1..=codes_in(dictionary))
            .map(|id| format!("{dictionary}-{id}"))
            .collect()
    }

    fn lists(&self, table: SetTable) -> SetLists {
        let codes = codes_in(dictionary_of(table));
        let (mut starts, mut members) = (vec![0, 0], Vec::new());
        for list in 1..LISTS as usize {
            for place in 0..1 + list % 3 {
                members.push(1 + drawn(list, 100 + place, codes));
            }
            starts.push(u32::try_from(members.len()).expect("few members"));
        }
        SetLists { starts, members }
    }

    fn members(&self, kind: GroupKind, code: &str) -> Result<Option<Vec<Membership>>, String> {
        let every = match code {
            "COMMON" => 2,
            "RARE" => 100,
            _ => return Ok(None),
        };
        let dictionary = match kind {
            GroupKind::Procedure => Dictionary::Procedure,
            GroupKind::Diagnosis => Dictionary::Diagnosis,
            GroupKind::Provider => Dictionary::Provider,
            // Memberships of messages are not dated; eight codes have no hundredth.
            GroupKind::Message => {
                let codes = if every == 2 { 1..=4 } else { 8..=8 };
                let open = |code| Membership {
                    code,
                    from: i32::MIN,
                    through: i32::MAX,
                };
                return Ok(Some(codes.map(open).collect()));
            }
        };
        let codes = (1..=codes_in(dictionary)).filter(|code| code % every == 0);
        let member = |code| {
            let begins = i32::try_from(code % 300).expect("a small number");
            Membership {
                code,
                from: FIRST_DAY + begins,
                through: FIRST_DAY + begins + 600,
            }
        };
        Ok(Some(codes.map(member).collect()))
    }
}

/// What the members of a table's lists are codes of.
const fn dictionary_of(table: SetTable) -> Dictionary {
    match table {
        SetTable::Procedures => Dictionary::Procedure,
        SetTable::Diagnoses => Dictionary::Diagnosis,
        SetTable::Products => Dictionary::Product,
        SetTable::CoverageRegimes => Dictionary::CoverageRegime,
        SetTable::FeeSchedules => Dictionary::FeeSchedule,
        SetTable::Messages => Dictionary::Message,
        SetTable::PendReasons => Dictionary::PendReason,
        SetTable::Attributes => Dictionary::Attribute,
    }
}

/// The cell of a row.
pub(super) fn cell(column: Column, row: usize) -> Cell {
    let drawn = |below| Cell::from(drawn(row, column.position(), below));
    match column.form() {
        ColumnForm::Kinds if column == Column::ClaimStatus => 1 + drawn(15),
        ColumnForm::Kinds => 1 + drawn(2),
        ColumnForm::Codes(dictionary) => drawn(codes_in(dictionary) + 1),
        ColumnForm::Sets(_) => drawn(LISTS),
        ColumnForm::Days => Cell::from(FIRST_DAY) + drawn(u32::try_from(DAYS).expect("a small number")),
        ColumnForm::Amounts => drawn(10_000_000),
    }
}

/// A column of all rows, whatever its form.
pub(super) enum Values {
    Kinds(Vec<u8>),
    Ids(Vec<u32>),
    Days(Vec<i32>),
    Amounts(Vec<i64>),
}

impl Values {
    pub(super) fn of(column: Column, rows: usize) -> Self {
        fn all<Value: TryFrom<Cell>>(column: Column, rows: usize) -> Vec<Value> {
            let fits = |row| Value::try_from(cell(column, row)).ok().expect("a value of the column");
            (0..rows).map(fits).collect()
        }
        match column.form() {
            ColumnForm::Kinds => Self::Kinds(all(column, rows)),
            ColumnForm::Codes(_) | ColumnForm::Sets(_) => Self::Ids(all(column, rows)),
            ColumnForm::Days => Self::Days(all(column, rows)),
            ColumnForm::Amounts => Self::Amounts(all(column, rows)),
        }
    }

    pub(super) fn slice(&self) -> ColumnSlice<'_> {
        match self {
            Self::Kinds(values) => ColumnSlice::Kinds(values),
            Self::Ids(values) => ColumnSlice::Ids(values),
            Self::Days(values) => ColumnSlice::Days(values),
            Self::Amounts(values) => ColumnSlice::Amounts(values),
        }
    }
}
