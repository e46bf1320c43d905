//! The named questions: as the product is asked them, and as conditions on the integer tables.

use std::path::Path;

use anyhow::{Context as _, bail};
use reprise_model::{ClaimType, Column, Criterion, CriterionName, Day, ProcessType, ProcessingStatus, SetTable, Test};
use reprise_request::{CriteriaRequest, Document, MediaType, NameMap, RequestKind, read_criteria_request};
use serde_json::{Value, json};

use crate::claims::{CANDIDATE, FIRST_DAY, LAST_DAY, column_name, day_number};
use crate::membership::{Asked, Memberships};
use crate::population::Contents;

/// A question with a name.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// The name of its file.
    pub(crate) name: String,
    /// As the product is sent it.
    pub(crate) body: String,
    /// As the product takes it.
    pub(crate) request: CriteriaRequest,
    /// The same on the tables. One line must meet all of them.
    pub(crate) conditions: Vec<Condition>,
}

/// What is asked of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// A column holds one of these numbers.
    Among {
        /// The column's name.
        column: String,
        /// The numbers.
        numbers: Vec<i32>,
    },
    /// A column lies between these, both included.
    Between {
        /// The column's name.
        column: String,
        /// The least number.
        from: i32,
        /// The greatest.
        through: i32,
    },
    /// One or more of these columns holds an id that a membership table has, on the line's day if that is dated.
    Member {
        /// The columns' names.
        columns: Vec<String>,
        /// The membership table's name.
        table: String,
        /// Whether the line's day matters.
        dated: bool,
    },
}

impl Condition {
    /// Whether claims alone tell.
    pub(crate) fn is_of_claims(&self) -> bool {
        const OF_CLAIMS: [Column; 5] = [
            Column::ProcessType,
            Column::ClaimType,
            Column::ClaimStatus,
            Column::ClaimForm,
            Column::EntryDate,
        ];
        match self {
            Self::Among { column, .. } | Self::Between { column, .. } => {
                column == CANDIDATE || OF_CLAIMS.iter().any(|of_claims| column_name(*of_claims) == *column)
            }
            Self::Member { .. } => false,
        }
    }

    /// For a peer that builds its own expressions.
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::Among { column, numbers } => json!({"kind": "among", "column": column, "numbers": numbers}),
            Self::Between { column, from, through } => {
                json!({"kind": "between", "column": column, "from": from, "through": through})
            }
            Self::Member { columns, table, dated } => {
                json!({"kind": "member", "columns": columns, "table": table, "dated": dated})
            }
        }
    }
}

/// Every question of a directory by name, with the membership tables that they need added to those there are.
pub(crate) fn read_all(
    directory: &Path,
    contents: &Contents,
    memberships: &mut Memberships,
) -> anyhow::Result<Vec<Question>> {
    let entries = std::fs::read_dir(directory).with_context(|| format!("`{}`", directory.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    let questions = files.iter().map(|file| read(file, contents, memberships));
    questions.collect()
}

fn read(file: &Path, contents: &Contents, memberships: &mut Memberships) -> anyhow::Result<Question> {
    let body = std::fs::read(file).with_context(|| format!("`{}`", file.display()))?;
    let refused = |message: &dyn std::fmt::Debug| anyhow::anyhow!("`{}` is refused: {message:?}", file.display());
    let document = Document::read(&body, MediaType::Json).map_err(|message| refused(&message))?;
    let request = read_criteria_request(&document, RequestKind::Count, NameMap::standard())
        .map_err(|messages| refused(&messages))?;
    let mut conditions = vec![Condition::Among {
        column: CANDIDATE.to_owned(),
        numbers: vec![1],
    }];
    for criterion in &request.criteria {
        conditions.push(
            condition(criterion, contents, memberships)
                .with_context(|| format!("criterion `{}` of `{}`", criterion.name, file.display()))?,
        );
    }
    let name = file.file_stem().and_then(|name| name.to_str());
    Ok(Question {
        name: name.context("a question's file has a name in letters")?.to_owned(),
        body: String::from_utf8(body).context("a question is text")?,
        request,
        conditions,
    })
}

fn condition(criterion: &Criterion, contents: &Contents, memberships: &mut Memberships) -> anyhow::Result<Condition> {
    use CriterionName as Name;
    if criterion.negated {
        bail!("no question asks for the opposite");
    }
    let codes = match &criterion.test {
        Test::Days { from, through } => return between(criterion.name, *from, *through),
        Test::AnyOf(codes) => codes,
        Test::Amounts { .. } | Test::Entity { .. } => bail!("no question asks for that"),
    };
    let kinds = |column, number: &dyn Fn(&str) -> anyhow::Result<u8>| {
        let numbers = codes.iter().map(|code| Ok(number(code)?.into()));
        Ok(Condition::Among {
            column: column_name(column),
            numbers: numbers.collect::<anyhow::Result<_>>()?,
        })
    };
    let mut member = |columns: &[Column], asked| {
        Ok(Condition::Member {
            columns: columns.iter().copied().map(column_name).collect(),
            dated: matches!(asked, Asked::Group(_)) && columns != [Column::Messages],
            table: memberships.table_of(contents, columns[0], asked, codes)?,
        })
    };
    match criterion.name {
        Name::ProcessType => kinds(Column::ProcessType, &|code| Ok(code.parse::<ProcessType>()?.number())),
        Name::ClaimType => kinds(Column::ClaimType, &|code| Ok(code.parse::<ClaimType>()?.number())),
        Name::ClaimStatus => kinds(Column::ClaimStatus, &|code| {
            Ok(code.parse::<ProcessingStatus>()?.number())
        }),
        Name::ClaimForm => {
            let id = |code: &String| contents.snapshot.code_id(reprise_model::Dictionary::ClaimForm, code);
            let numbers = codes.iter().filter_map(id).map(i32::try_from);
            Ok(Condition::Among {
                column: column_name(Column::ClaimForm),
                numbers: numbers.collect::<Result<_, _>>()?,
            })
        }
        Name::Product => member(&[Column::Products], Asked::Codes(SetTable::Products)),
        Name::CoverageRegime => member(&[Column::CoverageRegimes], Asked::Codes(SetTable::CoverageRegimes)),
        Name::MessageGroup => member(&[Column::Messages], Asked::Group(reprise_model::GroupKind::Message)),
        Name::ProcedureGroup => member(&[Column::Procedures], Asked::Group(reprise_model::GroupKind::Procedure)),
        Name::DiagnosisGroup => {
            let kind = reprise_model::GroupKind::Diagnosis;
            member(&[Column::PrimaryDiagnosis], Asked::Group(kind))
        }
        Name::BenefitsProviderGroup => member(&[Column::BenefitsProvider], PROVIDERS),
        Name::PriceProviderGroup => member(
            &[Column::PriceIndividualProvider, Column::PriceOrganizationProvider],
            PROVIDERS,
        ),
        Name::ServiceProviderGroup => member(&[Column::ServiceProvider], PROVIDERS),
        Name::LocationProviderGroup => member(&[Column::LocationProvider], PROVIDERS),
        Name::ClaimantProviderGroup => member(&[Column::ClaimantProvider], PROVIDERS),
        _ => bail!("the peers' tables lack what it asks for"),
    }
}

const PROVIDERS: Asked = Asked::Group(reprise_model::GroupKind::Provider);

fn between(name: CriterionName, from: Option<Day>, through: Option<Day>) -> anyhow::Result<Condition> {
    let column = match name {
        CriterionName::EntryDate => Column::EntryDate,
        CriterionName::ServiceDate => Column::ServiceStartDate,
        _ => bail!("it asks for days, and only entry and service dates are known to be"),
    };
    Ok(Condition::Between {
        column: column_name(column),
        from: from.map_or(Ok(FIRST_DAY), |day| day_number(day.number()))?,
        through: through.map_or(Ok(LAST_DAY), |day| day_number(day.number()))?,
    })
}
