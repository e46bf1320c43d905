//! Tests of a column of codes, or of lists of codes, that do not depend on the date.

use std::rc::Rc;

use crate::bitmap::Bitmap;
use crate::column::{Column, ColumnForm, Dictionary, SetTable};
use crate::estimate::{Estimate, share};
use crate::id_table::IdTable;
use crate::line_test::LineTest;
use crate::reference::{GroupKind, Reference};
use crate::rows::{Line, Rows};
use crate::rules::Bound;
use crate::text;

/// The code, or any code of the list, is one of those asked for. No code and the empty list never are.
#[derive(Debug)]
pub struct CodeTest {
    column: Column,
    dictionary: Dictionary,
    asked: Asked,
    /// The codes asked for.
    codes: Rc<IdTable>,
    /// The values of the column that meet it: the codes themselves, or the lists with any of them.
    values: Rc<IdTable>,
}

/// How the codes were asked for, for the reason.
#[derive(Debug)]
enum Asked {
    Codes(Vec<String>),
    Groups(Vec<String>),
    Described(String),
}

impl CodeTest {
    /// Any of these codes. One that no claim uses is met by none.
    ///
    /// # Errors
    ///
    /// A sentence if the column is not one of codes.
    pub fn any_of(reference: &Reference, column: Column, codes: &[String]) -> Result<Self, String> {
        let dictionary = dictionary_of(column)?;
        let ids: Vec<u32> = codes
            .iter()
            .filter_map(|code| reference.source().id_of(dictionary, code))
            .collect();
        let shown = codes.iter().map(|code| text::code(dictionary, code)).collect();
        let length = reference.dictionary_length(dictionary);
        Ok(Self::of_codes(
            reference,
            column,
            dictionary,
            Asked::Codes(shown),
            IdTable::of(length, ids),
        ))
    }

    /// Any code that is ever a member of any of these groups. For groups whose memberships are not dated.
    ///
    /// # Errors
    ///
    /// A sentence if there is no such group, or the column is not one of codes.
    pub fn in_groups(
        reference: &Reference,
        column: Column,
        kind: GroupKind,
        groups: &[String],
    ) -> Result<Self, String> {
        let dictionary = dictionary_of(column)?;
        let mut ids = Vec::new();
        for group in groups {
            ids.extend(reference.group(kind, group)?.iter().map(|membership| membership.code));
        }
        let length = reference.dictionary_length(dictionary);
        Ok(Self::of_codes(
            reference,
            column,
            dictionary,
            Asked::Groups(groups.to_vec()),
            IdTable::of(length, ids),
        ))
    }

    /// Any code that a predicate holds for. `description` completes "the code is …": `a code that starts with K02`.
    ///
    /// # Errors
    ///
    /// A sentence if the column is not one of codes.
    pub fn described(
        reference: &Reference,
        column: Column,
        description: &str,
        holds: impl Fn(&str) -> bool,
    ) -> Result<Self, String> {
        let dictionary = dictionary_of(column)?;
        let codes = reference.source().codes(dictionary);
        let length =
            u32::try_from(codes.len()).map_err(|_| format!("the dictionary behind column `{column}` is too long"))?;
        let ids = (1..).zip(&codes).filter(|(_, code)| holds(code)).map(|(id, _)| id);
        let table = IdTable::of(length, ids);
        Ok(Self::of_codes(
            reference,
            column,
            dictionary,
            Asked::Described(description.to_owned()),
            table,
        ))
    }

    fn of_codes(reference: &Reference, column: Column, dictionary: Dictionary, asked: Asked, codes: IdTable) -> Self {
        let codes = Rc::new(codes);
        let values = match column.form() {
            ColumnForm::Sets(table) => {
                let lists = reference.lists(table);
                let length = u32::try_from(lists.count()).unwrap_or(u32::MAX);
                let hits = (0..)
                    .zip(lists.iter())
                    .filter(|(_, members)| members.iter().any(|&code| codes.contains(code)));
                Rc::new(IdTable::of(length, hits.map(|(id, _)| id)))
            }
            _ => Rc::clone(&codes),
        };
        Self {
            column,
            dictionary,
            asked,
            codes,
            values,
        }
    }
}

fn dictionary_of(column: Column) -> Result<Dictionary, String> {
    column
        .dictionary()
        .ok_or_else(|| format!("column `{column}` holds no codes"))
}

impl LineTest for CodeTest {
    fn columns(&self) -> Vec<Column> {
        vec![self.column]
    }

    fn is_met(&self, line: &Line<'_>) -> bool {
        self.values.contains(line.id(self.column))
    }

    fn reason(&self, line: &Line<'_>, met: bool, reference: &Reference) -> String {
        let (owner, noun) = (self.column.owner(), self.column.noun());
        let ids = reference.code_ids(self.column, line.id(self.column));
        let shown = |id: &u32| reference.code_text(self.dictionary, *id);
        if let Some(code) = ids.iter().find(|&&id| met && self.codes.contains(id)).map(shown) {
            return match &self.asked {
                Asked::Codes(_) => format!("{owner} has {noun} {code}"),
                Asked::Groups(groups) => format!("{noun} {code} belongs to group {}", text::choice(groups)),
                Asked::Described(description) => format!("{noun} {code} is {description}"),
            };
        }
        let codes: Vec<String> = ids.iter().map(shown).collect();
        let (codes_text, plural) = (text::list(&codes), self.column.plural());
        match (&self.asked, codes.len()) {
            (_, 0) => format!("{owner} has no {noun}"),
            (Asked::Codes(asked), 1) => format!("{owner} has {noun} {codes_text}, not {}", text::choice(asked)),
            (Asked::Codes(asked), _) => format!("{owner} has {plural} {codes_text}, not {}", text::choice(asked)),
            (Asked::Groups(groups), 1) => {
                format!("{noun} {codes_text} does not belong to group {}", text::choice(groups))
            }
            (Asked::Groups(groups), _) => {
                format!(
                    "none of {plural} {codes_text} belongs to group {}",
                    text::choice(groups)
                )
            }
            (Asked::Described(description), 1) => format!("{noun} {codes_text} is not {description}"),
            (Asked::Described(description), _) => format!("none of {plural} {codes_text} is {description}"),
        }
    }

    fn keep(&self, rows: &Rows<'_>, hits: &mut Bitmap) {
        self.values.keep(hits, rows.ids(self.column));
    }

    fn estimate(&self) -> Estimate {
        self.values.estimate()
    }

    fn bounds(&self) -> Vec<Bound> {
        vec![self.values.bound(self.column)]
    }
}

/// A predicate holds for the line's attributes.
#[derive(Debug)]
pub struct AttributesTest {
    description: String,
    values: IdTable,
}

/// The attributes of a line: names and values.
#[derive(Clone, Copy, Debug)]
pub struct Attributes<'a> {
    /// `name=value`, of every attribute that any line has.
    codes: &'a [String],
    ids: &'a [u32],
}

impl<'a> Attributes<'a> {
    /// The value of an attribute, if the line has it.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Every attribute: its name and its value.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let codes = self.codes;
        self.ids
            .iter()
            .filter_map(move |&id| codes.get((id as usize).checked_sub(1)?)?.split_once('='))
    }
}

impl AttributesTest {
    /// The lines whose attributes the predicate holds for; it is asked for the line without attributes too.
    /// `description` completes "the line has …": `an age below 18`.
    pub fn new(reference: &Reference, description: &str, holds: impl Fn(&Attributes<'_>) -> bool) -> Self {
        let codes = reference.source().codes(Dictionary::Attribute);
        let lists = reference.lists(SetTable::Attributes);
        let length = u32::try_from(lists.count()).unwrap_or(u32::MAX);
        let hits = (0..)
            .zip(lists.iter())
            .filter(|(_, ids)| holds(&Attributes { codes: &codes, ids }));
        let values = IdTable::of(length, hits.map(|(id, _)| id));
        Self {
            description: description.to_owned(),
            values,
        }
    }
}

impl LineTest for AttributesTest {
    fn columns(&self) -> Vec<Column> {
        vec![Column::Attributes]
    }

    fn is_met(&self, line: &Line<'_>) -> bool {
        self.values.contains(line.id(Column::Attributes))
    }

    fn reason(&self, line: &Line<'_>, met: bool, reference: &Reference) -> String {
        let ids = reference.code_ids(Column::Attributes, line.id(Column::Attributes));
        let attributes: Vec<_> = ids
            .iter()
            .map(|&id| reference.code_text(Dictionary::Attribute, id))
            .collect();
        let has = if met { "has" } else { "does not have" };
        let given = match attributes.len() {
            0 => "it has no attributes".to_owned(),
            _ => format!("its attributes are {}", text::list(&attributes)),
        };
        format!("the line {has} {}: {given}", self.description)
    }

    fn keep(&self, rows: &Rows<'_>, hits: &mut Bitmap) {
        self.values.keep(hits, rows.ids(Column::Attributes));
    }

    fn estimate(&self) -> Estimate {
        self.values.estimate()
    }
}

impl IdTable {
    fn estimate(&self) -> Estimate {
        let cost = if self.is_few() {
            Estimate::COMPARISON_COST
        } else {
            Estimate::LOOK_UP_COST
        };
        Estimate {
            passing: share(self.count(), self.length()),
            cost,
        }
    }

    /// The range that the values of hits lie in.
    fn bound(&self, column: Column) -> Bound {
        let (least, greatest) = self.ends().unwrap_or((1, 0));
        Bound {
            column,
            least: least.into(),
            greatest: greatest.into(),
        }
    }
}
