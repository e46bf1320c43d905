//! Claims and reference data that are made up: the same every time, with every column filled on some lines and blank on
//! others.

use std::sync::Arc;

use reprise_model::{
    Cell, ClaimType, Column, ColumnForm, Dictionary, Granularity, GroupKind, ProcessType, ProcessingStatus, SetTable,
    entity_key,
};

use crate::admission::trial::{Cells, Draw, Tables, TrialGroup, TrialLine, TrialReference, blank_cells};

const SEED: u64 = 20_260_401;
const CLAIMS: usize = 240;
const LINES_MAX: usize = 4;
/// The days that claims are of: two years from 2024-07-01.
pub(super) const FIRST_DAY: i32 = 19_905;
pub(super) const DAYS: u32 = 730;
/// The amounts that lines are of, in ten-thousandths: up to 500.00.
pub(super) const AMOUNT_MAX: u32 = 5_000_000;

/// The groups that there are of each kind.
pub(super) const GROUPS: [&str; 3] = ["GROUP-1", "GROUP-2", "GROUP-3"];

/// Claims and what they are decided by.
pub(super) struct Population {
    pub(super) lines: Vec<TrialLine>,
    pub(super) reference: Arc<TrialReference>,
}

/// The codes of a dictionary.
pub(super) fn codes(dictionary: Dictionary) -> Vec<String> {
    let codes: &[&str] = match dictionary {
        Dictionary::Procedure => &["G0101", "G0438", "A0428", "J1885", "L3000", "Q4001", "V2020", "E0100"],
        Dictionary::Diagnosis => &["E119", "I10", "J45909", "K029", "M545", "Z0000"],
        Dictionary::Provider => &["PROV-1", "PROV-2", "PROV-3", "PROV-4", "PROV-5", "PROV-6", "PROV-7"],
        Dictionary::Product => &["BRONZE", "SILVER", "GOLD", "PLATINUM"],
        Dictionary::CoverageRegime => &["STANDARD", "STUDENT", "RETIREE"],
        Dictionary::FeeSchedule => &["FS-2024", "FS-2025", "FS-2026"],
        Dictionary::Message => &["MSG-1", "MSG-2", "MSG-3", "MSG-4", "MSG-5"],
        Dictionary::PendReason => &["PEND-1", "PEND-2", "PEND-3", "PEND-4"],
        Dictionary::ClaimForm => &["DENTAL", "INSTITUTIONAL", "PROFESSIONAL"],
        Dictionary::Attribute => &["age=7", "age=17", "age=45", "tooth=3", "tooth=14", "surface=MOD"],
        Dictionary::ServicedEntity => {
            let entities = [("M-1", "PERSON"), ("M-2", "PERSON"), ("PET-1", "PET")];
            return entities
                .map(|(code, entity_type)| entity_key(code, entity_type))
                .to_vec();
        }
    };
    codes.iter().map(|&code| code.to_owned()).collect()
}

/// The same population every time.
pub(super) fn population() -> Population {
    let mut draw = Draw::new(SEED);
    let mut tables = Tables::default();
    // Every code has a number, also the few that no line happens to have.
    for &dictionary in Dictionary::ALL {
        for code in codes(dictionary) {
            tables.code(dictionary, &code);
        }
    }
    let mut lines = Vec::new();
    for claim in 0..CLAIMS {
        let of_claim = filled(blank_cells(), Granularity::Claim, &mut tables, &mut draw);
        for _ in 0..=draw.below(LINES_MAX) {
            let cells = filled(of_claim, Granularity::Line, &mut tables, &mut draw);
            lines.push(TrialLine { claim, cells });
        }
    }
    let groups = groups(&mut draw);
    let tables = Arc::new(tables);
    Population {
        lines,
        reference: Arc::new(TrialReference { tables, groups }),
    }
}

/// The same cells with the columns of claims, or those of lines, drawn.
fn filled(mut cells: Cells, granularity: Granularity, tables: &mut Tables, draw: &mut Draw) -> Cells {
    for &column in Column::ALL {
        let is_blank = draw.once_in(6) && column.form() != ColumnForm::Kinds;
        if column.granularity() != granularity || is_blank {
            continue;
        }
        cells[column.position()] = match column.form() {
            ColumnForm::Kinds => Cell::from(kind(column, draw)),
            ColumnForm::Codes(dictionary) => {
                Cell::from(tables.code(dictionary, draw.one_of(&codes(dictionary)).as_str()))
            }
            ColumnForm::Sets(table) => Cell::from(list(table, tables, draw)),
            ColumnForm::Days => Cell::from(FIRST_DAY) + Cell::from(draw.small(DAYS)),
            ColumnForm::Amounts => Cell::from(draw.small(AMOUNT_MAX)),
        };
    }
    if granularity == Granularity::Line {
        cells[Column::PrimaryDiagnosis.position()] = primary_diagnosis(&cells, tables);
    }
    cells
}

fn kind(column: Column, draw: &mut Draw) -> u8 {
    match column {
        Column::ProcessType => draw.one_of(ProcessType::ALL).number(),
        // 0 is none.
        Column::ClaimType if draw.once_in(6) => 0,
        Column::ClaimType => draw.one_of(ClaimType::ALL).number(),
        _ => {
            // A run asks about no other claims.
            let statuses = ProcessingStatus::ALL.iter().filter(|status| status.is_reprocessable());
            draw.one_of(&statuses.collect::<Vec<_>>()).number()
        }
    }
}

fn list(table: SetTable, tables: &mut Tables, draw: &mut Draw) -> u32 {
    let codes = codes(table.dictionary());
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    let count = 1 + draw.below(3);
    let members = draw.some_of(&codes, count);
    tables.list(table, &members)
}

/// The first of a line's diagnoses.
fn primary_diagnosis(cells: &Cells, tables: &Tables) -> Cell {
    let list = u32::try_from(cells[Column::Diagnoses.position()]).unwrap_or(0);
    let diagnoses = tables.members_of(SetTable::Diagnoses, list);
    diagnoses.first().copied().map_or(0, Cell::from)
}

/// Groups with periods that overlap, leave gaps or stand open, and one that no code is in.
fn groups(draw: &mut Draw) -> Vec<TrialGroup> {
    let kinds = [
        (GroupKind::Procedure, Dictionary::Procedure),
        (GroupKind::Diagnosis, Dictionary::Diagnosis),
        (GroupKind::Provider, Dictionary::Provider),
        (GroupKind::Message, Dictionary::Message),
    ];
    let mut groups = Vec::new();
    for (kind, dictionary) in kinds {
        for (place, code) in GROUPS.into_iter().enumerate() {
            let codes = codes(dictionary);
            let count = if place == GROUPS.len() - 1 { 0 } else { codes.len() / 2 };
            let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
            let mut members = Vec::new();
            for member in draw.some_of(&codes, count) {
                for _ in 0..=draw.below(2) {
                    let (from, through) = period(kind, draw);
                    members.push((member.to_owned(), from, through));
                }
            }
            groups.push(TrialGroup {
                kind,
                code: code.to_owned(),
                members,
            });
        }
    }
    groups
}

/// Memberships of messages have open ends; others have sometimes.
fn period(kind: GroupKind, draw: &mut Draw) -> (i32, i32) {
    let mut day = |open: i32| {
        if kind == GroupKind::Message || draw.once_in(3) {
            return open;
        }
        FIRST_DAY.saturating_add_unsigned(draw.small(DAYS))
    };
    let (from, through) = (day(i32::MIN), day(i32::MAX));
    (from.min(through), from.max(through))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_population_is_the_same_every_time() {
        let (first, second) = (population(), population());
        let cells =
            |population: &Population| -> Vec<Cells> { population.lines.iter().map(|line| line.cells).collect() };
        assert_eq!(cells(&first), cells(&second));
    }

    #[test]
    fn every_column_is_filled_on_some_lines_and_differs() {
        let population = population();
        assert!(population.lines.len() > 2 * CLAIMS, "{}", population.lines.len());
        for column in Column::ALL {
            let values = population.lines.iter().map(|line| line.cells[column.position()]);
            let different: std::collections::BTreeSet<_> = values.collect();
            assert!(different.len() > 1, "column `{column}` is the same everywhere");
        }
    }

    #[test]
    fn the_lines_of_a_claim_agree_about_it() {
        for pair in population()
            .lines
            .windows(2)
            .filter(|pair| pair[0].claim == pair[1].claim)
        {
            for column in Column::ALL
                .iter()
                .filter(|column| column.granularity() == Granularity::Claim)
            {
                let value = |line: &TrialLine| line.cells[column.position()];
                assert_eq!(value(&pair[0]), value(&pair[1]), "column `{column}`");
            }
        }
    }
}
