//! How a criteria component's vector is written, and what it says in the model's values.

use std::collections::BTreeMap;

use reprise_model::{
    Amount, Cell, ClaimType, Column, ColumnForm, Criterion, CriterionName, Day, Dictionary, GroupKind, ProcessType,
    ProcessingStatus, Test, entity_key,
};
use serde::Deserialize;
use serde_json::Value;

use crate::admission::trial::{Cells, Tables, TrialGroup, blank_cells};

/// A request, the reference data that it names, a line, and whether the line is a hit.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct CriteriaVector {
    criteria: Vec<CriterionText>,
    #[serde(default)]
    groups: GroupTexts,
    #[serde(default)]
    line: BTreeMap<String, Value>,
    hit: Option<bool>,
    refused: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CriterionText {
    criterion: String,
    #[serde(default)]
    negated: bool,
    any_of: Option<Vec<String>>,
    from: Option<String>,
    through: Option<String>,
    entity: Option<EntityText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntityText {
    code: String,
    r#type: String,
}

/// By group code.
type MembersByGroup = BTreeMap<String, Vec<MemberText>>;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct GroupTexts {
    procedure: MembersByGroup,
    diagnosis: MembersByGroup,
    provider: MembersByGroup,
    message: MembersByGroup,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberText {
    code: String,
    from: Option<String>,
    through: Option<String>,
}

/// What a vector expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// That the line is a hit, or that it is none.
    Hit(bool),
    /// That the request is refused for this criterion.
    Refused(String),
}

impl CriteriaVector {
    /// The request.
    pub(super) fn request(&self) -> Result<Vec<Criterion>, String> {
        self.criteria.iter().map(CriterionText::criterion).collect()
    }

    /// What is expected.
    pub(super) fn expected(&self) -> Result<Expected, String> {
        match (&self.hit, &self.refused) {
            (Some(hit), None) => Ok(Expected::Hit(*hit)),
            (None, Some(criterion)) => Ok(Expected::Refused(criterion.clone())),
            _ => Err("it must say either `hit`, true or false, or `refused`, the criterion at fault".to_owned()),
        }
    }

    /// The groups.
    pub(super) fn groups(&self) -> Result<Vec<TrialGroup>, String> {
        let kinds = [
            (GroupKind::Procedure, &self.groups.procedure),
            (GroupKind::Diagnosis, &self.groups.diagnosis),
            (GroupKind::Provider, &self.groups.provider),
            (GroupKind::Message, &self.groups.message),
        ];
        let mut groups = Vec::new();
        for (kind, by_code) in kinds {
            for (code, members) in by_code {
                let members = members.iter().map(MemberText::member).collect::<Result<_, _>>();
                groups.push(TrialGroup {
                    kind,
                    code: code.clone(),
                    members: members.map_err(|error| format!("group `{code}`: {error}"))?,
                });
            }
        }
        Ok(groups)
    }

    /// The line's values, with the codes that it uses made known.
    pub(super) fn cells(&self, tables: &mut Tables) -> Result<Cells, String> {
        let mut cells = blank_cells();
        for (name, value) in &self.line {
            let Some(column) = Column::from_name(name) else {
                let names: Vec<_> = Column::ALL.iter().map(|column| column.as_str()).collect();
                return Err(format!("there is no column `{name}`; there are {}", names.join(", ")));
            };
            if column == Column::PrimaryDiagnosis {
                return Err("`primary-diagnosis` is the first of `diagnoses`; leave it out".to_owned());
            }
            cells[column.position()] =
                cell(column, value, tables).map_err(|error| format!("column `{name}` {error}"))?;
        }
        if let Some(Value::Array(diagnoses)) = self.line.get(Column::Diagnoses.as_str())
            && let Some(primary) = diagnoses.first().and_then(Value::as_str)
        {
            let primary = tables.code(Dictionary::Diagnosis, primary);
            cells[Column::PrimaryDiagnosis.position()] = Cell::from(primary);
        }
        Ok(cells)
    }
}

/// One value of a column.
fn cell(column: Column, value: &Value, tables: &mut Tables) -> Result<Cell, String> {
    let text = || value.as_str().ok_or_else(|| format!("is `{value}`; it must be a text"));
    match column.form() {
        ColumnForm::Kinds => {
            let text = text()?;
            let number = match column {
                Column::ProcessType => text.parse().map(ProcessType::number),
                Column::ClaimType => text.parse().map(ClaimType::number),
                _ => text.parse().map(ProcessingStatus::number),
            };
            number
                .map(Cell::from)
                .map_err(|error| format!("cannot be read: {error}"))
        }
        ColumnForm::Codes(dictionary @ Dictionary::ServicedEntity) => {
            let entity = EntityText::deserialize(value)
                .map_err(|error| format!("must be an object with `code` and `type`: {error}"))?;
            Ok(Cell::from(
                tables.code(dictionary, &entity_key(&entity.code, &entity.r#type)),
            ))
        }
        ColumnForm::Codes(dictionary) => Ok(Cell::from(tables.code(dictionary, text()?))),
        ColumnForm::Sets(table) => {
            let codes =
                Vec::<String>::deserialize(value).map_err(|_| format!("is `{value}`; it must be a list of texts"))?;
            Ok(Cell::from(tables.list(table, &codes)))
        }
        ColumnForm::Days => day(text()?).map(Cell::from),
        ColumnForm::Amounts => amount(text()?).map(Amount::number),
    }
}

fn day(text: &str) -> Result<i32, String> {
    let day: Day = text.parse().map_err(|error| format!("cannot be read: {error}"))?;
    Ok(day.number())
}

fn amount(text: &str) -> Result<Amount, String> {
    text.parse().map_err(|error| format!("cannot be read: {error}"))
}

impl MemberText {
    fn member(&self) -> Result<(String, i32, i32), String> {
        let bound = |text: &Option<String>, open: i32| text.as_deref().map_or(Ok(open), day);
        let member = |error| format!("member `{}`: a day {error}", self.code);
        let from = bound(&self.from, i32::MIN).map_err(member)?;
        let through = bound(&self.through, i32::MAX).map_err(member)?;
        Ok((self.code.clone(), from, through))
    }
}

impl CriterionText {
    fn criterion(&self) -> Result<Criterion, String> {
        let Some(name) = CriterionName::from_name(&self.criterion) else {
            let names: Vec<_> = CriterionName::ALL.iter().map(|name| name.as_str()).collect();
            return Err(format!(
                "there is no criterion `{}`; there are {}",
                self.criterion,
                names.join(", ")
            ));
        };
        let test = self.test(name).map_err(|error| format!("criterion `{name}` {error}"))?;
        Ok(Criterion {
            name,
            negated: self.negated,
            test,
        })
    }

    fn test(&self, name: CriterionName) -> Result<Test, String> {
        let is_range = self.from.is_some() || self.through.is_some();
        let given = (&self.any_of, &self.entity, is_range);
        match name {
            CriterionName::EntryDate | CriterionName::ServiceDate => match given {
                (None, None, true) => {
                    let bound = |text: &Option<String>| text.as_deref().map(day).transpose();
                    Ok(Test::Days {
                        from: bound(&self.from)?.map(Day::from_number),
                        through: bound(&self.through)?.map(Day::from_number),
                    })
                }
                _ => Err("takes `from` and `through`, two days of which one may be left out".to_owned()),
            },
            CriterionName::AllowedAmount | CriterionName::CoveredAmount => match given {
                (None, None, true) => {
                    let bound = |text: &Option<String>| text.as_deref().map(amount).transpose();
                    Ok(Test::Amounts {
                        from: bound(&self.from)?,
                        through: bound(&self.through)?,
                    })
                }
                _ => Err("takes `from` and `through`, two amounts of which one may be left out".to_owned()),
            },
            CriterionName::ServicedEntity => match given {
                (None, Some(entity), false) => Ok(Test::Entity {
                    code: entity.code.clone(),
                    entity_type: entity.r#type.clone(),
                }),
                _ => Err("takes `entity`, an object with `code` and `type`".to_owned()),
            },
            _ => match given {
                (Some(codes), None, false) if !codes.is_empty() => Ok(Test::AnyOf(codes.clone())),
                _ => Err("takes `any-of`, a list of one code or more".to_owned()),
            },
        }
    }
}
