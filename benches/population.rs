//! The claims that are measured on: generated ones, as the line index holds them and as flat columns.

use std::collections::HashMap;
use std::sync::Arc;

use reprise_engine::{Membership, ReferenceSource, SetLists};
use reprise_index::{ColumnBuffer, LineIndex, RowSelection, Snapshot};
use reprise_interchange::{GenerateOptions, NoProgress, generate};
use reprise_model::{Claim, Column, ColumnSlice, Day, Dictionary, Granularity, Group, GroupKind, Reference, SetTable};

/// Generated claims and what they name.
pub(crate) struct Population {
    pub(crate) claims: Vec<(i64, Claim)>,
    pub(crate) references: Vec<Reference>,
}

impl Population {
    /// So many claims, with about four lines each.
    pub(crate) fn generate(claims: u64) -> Self {
        let mut lines = Vec::new();
        let options = GenerateOptions {
            claims,
            shuffled: true,
            ..GenerateOptions::default()
        };
        generate(&options, &mut lines, &mut NoProgress).expect("a population");
        let (mut claims, mut references) = (Vec::new(), Vec::new());
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            if line.starts_with(b"{\"kind\":\"claim\"") {
                claims.push((claims.len() as i64 + 1, serde_json::from_slice(line).expect("a claim")));
            } else {
                references.push(serde_json::from_slice(line).expect("reference data"));
            }
        }
        Self { claims, references }
    }

    pub(crate) fn line_count(&self) -> usize {
        self.claims.iter().map(|(_, claim)| claim.lines.len()).sum()
    }

    /// An index of the claims, built on one thread.
    pub(crate) fn index(&self) -> LineIndex {
        let index = LineIndex::new();
        let mut builder = index.builder();
        let mut blocks = Vec::new();
        for (id, claim) in &self.claims {
            blocks.extend(builder.push(*id, claim).expect("a claim that fits"));
        }
        blocks.extend(builder.finish().expect("a block"));
        index.install(1, blocks).expect("blocks in order");
        index
    }
}

/// What a component may ask for.
pub(crate) struct References {
    snapshot: Arc<Snapshot>,
    groups: HashMap<(GroupKind, String), Vec<Membership>>,
}

impl References {
    pub(crate) fn new(snapshot: Arc<Snapshot>, references: &[Reference]) -> Self {
        let mut groups = HashMap::new();
        for reference in references {
            let dated = |dictionary, group: &Group| {
                let member = |member: &reprise_model::GroupMember| {
                    Some(Membership {
                        code: snapshot.code_id(dictionary, &member.code)?,
                        from: member.from.map_or(i32::MIN, Day::number),
                        through: member.through.map_or(i32::MAX, Day::number),
                    })
                };
                group.members.iter().filter_map(member).collect::<Vec<_>>()
            };
            let (kind, members) = match reference {
                Reference::ProcedureGroup(group) => (GroupKind::Procedure, dated(Dictionary::Procedure, group)),
                Reference::DiagnosisGroup(group) => (GroupKind::Diagnosis, dated(Dictionary::Diagnosis, group)),
                Reference::ProviderGroup(group) => (GroupKind::Provider, dated(Dictionary::Provider, group)),
                Reference::MessageGroup(group) => {
                    let ids = group
                        .members
                        .iter()
                        .filter_map(|member| snapshot.code_id(Dictionary::Message, &member.code));
                    let always = |code| Membership {
                        code,
                        from: i32::MIN,
                        through: i32::MAX,
                    };
                    (GroupKind::Message, ids.map(always).collect())
                }
                _ => continue,
            };
            groups.insert((kind, reference.key()), members);
        }
        Self { snapshot, groups }
    }
}

impl ReferenceSource for References {
    fn code_id(&self, dictionary: Dictionary, code: &str) -> Option<u32> {
        self.snapshot.code_id(dictionary, code)
    }

    fn code_of(&self, dictionary: Dictionary, id: u32) -> Option<String> {
        self.snapshot.code_of(dictionary, id)
    }

    fn codes(&self, dictionary: Dictionary) -> Vec<String> {
        self.snapshot.codes(dictionary)
    }

    fn lists(&self, table: SetTable) -> SetLists {
        let lists = self.snapshot.lists(table);
        SetLists {
            starts: lists.starts,
            members: lists.members,
        }
    }

    fn members(&self, kind: GroupKind, code: &str) -> Result<Option<Vec<Membership>>, String> {
        Ok(self.groups.get(&(kind, code.to_owned())).cloned())
    }
}

/// A column's values for all lines, those of claims repeated for each line.
#[derive(Clone)]
pub(crate) enum Flat {
    Kinds(Vec<u8>),
    Ids(Vec<u32>),
    Days(Vec<i32>),
    Amounts(Vec<i64>),
}

impl Flat {
    /// The column as the snapshot holds it, block after block.
    pub(crate) fn of(snapshot: &Snapshot, column: Column) -> Self {
        let mut flat: Option<Self> = None;
        let mut buffer = ColumnBuffer::default();
        for block in snapshot.blocks() {
            let slice = block
                .slice(column, RowSelection::All(Granularity::Line), &mut buffer)
                .expect("a column");
            match (&mut flat, slice) {
                (None, slice) => flat = Some(Self::copied(slice)),
                (Some(Self::Kinds(all)), ColumnSlice::Kinds(values)) => all.extend_from_slice(values),
                (Some(Self::Ids(all)), ColumnSlice::Ids(values)) => all.extend_from_slice(values),
                (Some(Self::Days(all)), ColumnSlice::Days(values)) => all.extend_from_slice(values),
                (Some(Self::Amounts(all)), ColumnSlice::Amounts(values)) => all.extend_from_slice(values),
                _ => unreachable!("a column has one form"),
            }
        }
        flat.expect("at least one block")
    }

    fn copied(slice: ColumnSlice<'_>) -> Self {
        match slice {
            ColumnSlice::Kinds(values) => Self::Kinds(values.to_vec()),
            ColumnSlice::Ids(values) => Self::Ids(values.to_vec()),
            ColumnSlice::Days(values) => Self::Days(values.to_vec()),
            ColumnSlice::Amounts(values) => Self::Amounts(values.to_vec()),
        }
    }

    /// The values of these rows in a row.
    pub(crate) fn range(&self, rows: std::ops::Range<usize>) -> ColumnSlice<'_> {
        match self {
            Self::Kinds(values) => ColumnSlice::Kinds(&values[rows]),
            Self::Ids(values) => ColumnSlice::Ids(&values[rows]),
            Self::Days(values) => ColumnSlice::Days(&values[rows]),
            Self::Amounts(values) => ColumnSlice::Amounts(&values[rows]),
        }
    }

    /// The values of these rows, gathered into the room given.
    pub(crate) fn gather<'a>(&self, rows: &[u32], room: &'a mut Self) -> ColumnSlice<'a> {
        fn collect<T: Copy>(values: &[T], rows: &[u32], room: &mut Vec<T>) {
            room.clear();
            room.extend(rows.iter().map(|row| values[*row as usize]));
        }
        match (self, &mut *room) {
            (Self::Kinds(values), Self::Kinds(room)) => collect(values, rows, room),
            (Self::Ids(values), Self::Ids(room)) => collect(values, rows, room),
            (Self::Days(values), Self::Days(room)) => collect(values, rows, room),
            (Self::Amounts(values), Self::Amounts(room)) => collect(values, rows, room),
            _ => unreachable!("a column has one form"),
        }
        room.range(0..rows.len())
    }

    /// Room for gathered values of the same form.
    pub(crate) fn room(&self) -> Self {
        match self {
            Self::Kinds(_) => Self::Kinds(Vec::new()),
            Self::Ids(_) => Self::Ids(Vec::new()),
            Self::Days(_) => Self::Days(Vec::new()),
            Self::Amounts(_) => Self::Amounts(Vec::new()),
        }
    }

    /// One value, widened.
    pub(crate) fn cell(&self, row: usize) -> i64 {
        match self {
            Self::Kinds(values) => values[row].into(),
            Self::Ids(values) => values[row].into(),
            Self::Days(values) => values[row].into(),
            Self::Amounts(values) => values[row],
        }
    }
}
