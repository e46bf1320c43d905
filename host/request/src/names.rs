//! Which attribute of a request means which criterion or option.
//!
//! The names are data (`names.json`), and a deployment can add spellings of its own with [`NameMap::with_aliases`].

use std::collections::HashMap;
use std::sync::LazyLock;

use reprise_model::CriterionName;
use serde::Deserialize;

use crate::document::{Document, Value};
use crate::media::MediaType;
use crate::place::quoted;
use crate::target::{OptionName, Part, Target};

/// Why a table of names or aliases cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameMapError {
    /// It is not of the right shape.
    #[error("the names cannot be read: {0}")]
    Unreadable(String),
    /// A name means nothing that there is.
    #[error("name `{name}` means {meaning}, which there is not; known are: {known}")]
    UnknownMeaning {
        /// The name.
        name: String,
        /// What it is said to mean.
        meaning: String,
        /// What it could mean.
        known: String,
    },
    /// An alias stands for a name that there is not.
    #[error("alias `{alias}` stands for `{name}`, which there is not; known are: {known}")]
    UnknownName {
        /// The alias.
        alias: String,
        /// The name that it is said to stand for.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// A spelling would have two meanings.
    #[error("`{spelling}` already stands for `{name}`; a spelling has one meaning")]
    Taken {
        /// The spelling.
        spelling: String,
        /// The name that it stands for.
        name: String,
    },
    /// An alias that no attribute can have.
    #[error("alias `{0}` cannot be the name of an attribute: letters, digits, `_`, `-` and `.`, a letter or `_` first")]
    NotAName(String),
}

/// The names of attributes, and what they mean.
#[derive(Clone, Debug)]
pub struct NameMap {
    /// The names that messages list, in the order of the table.
    names: Vec<(String, Target)>,
    /// Every spelling, by place in `names`.
    spellings: HashMap<String, usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    #[serde(default)]
    criterion: Option<String>,
    #[serde(default)]
    part: Option<String>,
    #[serde(default)]
    option: Option<String>,
    #[serde(default)]
    aliases: Vec<String>,
}

impl NameMap {
    /// The names of the integration point.
    pub fn standard() -> &'static Self {
        static STANDARD: LazyLock<NameMap> = LazyLock::new(|| {
            NameMap::from_json(include_str!("names.json"))
                .expect("names.json is part of the program and tested with it")
        });
        &STANDARD
    }

    /// A table of names, as JSON: `[{"name": "serviceStartDate", "criterion": "service-date", "part": "from"}, …]`.
    /// A criterion is named as the rule contract names it. The order is the order of the criteria of a request.
    pub fn from_json(json: &str) -> Result<Self, NameMapError> {
        let rows: Vec<Row> = serde_json::from_str(json).map_err(|error| NameMapError::Unreadable(error.to_string()))?;
        let mut map = Self {
            names: Vec::with_capacity(rows.len()),
            spellings: HashMap::new(),
        };
        for row in rows {
            let target = row.target()?;
            let place = map.names.len();
            map.names.push((row.name.clone(), target));
            for spelling in std::iter::once(row.name).chain(row.aliases) {
                map.add(spelling, place)?;
            }
        }
        Ok(map)
    }

    /// These names with further spellings, as JSON: `{"formCode": "claimFormCode"}`.
    pub fn with_aliases(&self, json: &str) -> Result<Self, NameMapError> {
        let document = Document::read(json.as_bytes(), MediaType::Json)
            .map_err(|message| NameMapError::Unreadable(message.text()))?;
        let Value::Object(members) = document.root else {
            return Err(NameMapError::Unreadable(format!(
                "they are {}; write an object of alias and name, such as {{\"formCode\": \"claimFormCode\"}}",
                document.root.described()
            )));
        };
        let mut map = self.clone();
        for member in members {
            let alias = member.name;
            let Value::Text(name) = member.value else {
                return Err(NameMapError::Unreadable(format!(
                    "alias {} stands for {}; give the name as a text",
                    quoted(&alias),
                    member.value.described()
                )));
            };
            let Some(&place) = self.spellings.get(&name) else {
                return Err(NameMapError::UnknownName {
                    alias,
                    name,
                    known: self.known(MediaType::Json, |_| true),
                });
            };
            map.add(alias, place)?;
        }
        Ok(map)
    }

    /// What an attribute means in a body of this format. Criteria on amounts are JSON's alone.
    pub fn target(&self, spelling: &str, media_type: MediaType) -> Option<Target> {
        let (_, target) = self.names.get(*self.spellings.get(spelling)?)?;
        is_of(*target, media_type).then_some(*target)
    }

    /// The name of what is meant, as the integration point writes it.
    pub fn name(&self, target: Target) -> &str {
        self.names
            .iter()
            .find(|(_, meant)| *meant == target)
            .map_or("", |(name, _)| name)
    }

    /// The criteria, in the order of the table.
    pub(crate) fn criteria(&self) -> Vec<CriterionName> {
        let mut criteria = Vec::new();
        for (_, target) in &self.names {
            if let Target::Criterion(name, _) = target
                && !criteria.contains(name)
            {
                criteria.push(*name);
            }
        }
        criteria
    }

    /// The names that can be given in a body of this format, for a message.
    pub(crate) fn known(&self, media_type: MediaType, admits: impl Fn(Target) -> bool) -> String {
        let names = self
            .names
            .iter()
            .filter(|(_, target)| is_of(*target, media_type) && admits(*target));
        names.map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
    }

    fn add(&mut self, spelling: String, place: usize) -> Result<(), NameMapError> {
        if let Some(held) = self.spellings.get(&spelling) {
            let name = self.names.get(*held).map_or_else(String::new, |(name, _)| name.clone());
            return Err(NameMapError::Taken { spelling, name });
        }
        if !is_attribute_name(&spelling) {
            return Err(NameMapError::NotAName(spelling));
        }
        self.spellings.insert(spelling, place);
        Ok(())
    }
}

impl Row {
    fn target(&self) -> Result<Target, NameMapError> {
        let unknown = |kind: &str, text: &str, known: String| NameMapError::UnknownMeaning {
            name: self.name.clone(),
            meaning: format!("{kind} `{text}`"),
            known,
        };
        match (&self.criterion, &self.option) {
            (Some(text), None) => {
                let criterion = CriterionName::from_name(text).ok_or_else(|| {
                    let known = CriterionName::ALL.iter().map(|name| name.as_str()).collect::<Vec<_>>();
                    unknown("criterion", text, known.join(", "))
                })?;
                let allowed: &[&str] = match criterion {
                    CriterionName::ServiceDate | CriterionName::EntryDate => &["from", "through"],
                    CriterionName::ServicedEntity => &["code", "type"],
                    _ => &[],
                };
                let part = match self.part.as_deref() {
                    None if allowed.is_empty() => Some(Part::Whole),
                    None => None,
                    Some(text) => Part::NAMED
                        .iter()
                        .find(|(name, _)| *name == text && allowed.contains(name))
                        .map(|(_, part)| *part),
                };
                let part = part.ok_or_else(|| {
                    let text = self.part.as_deref().unwrap_or_default();
                    let known = if allowed.is_empty() {
                        "no part".to_owned()
                    } else {
                        allowed.join(", ")
                    };
                    unknown(&format!("criterion `{criterion}`, part"), text, known)
                })?;
                Ok(Target::Criterion(criterion, part))
            }
            (None, Some(text)) => {
                let found = OptionName::NAMED.iter().find(|(name, _)| name == text);
                found
                    .map(|(_, option)| Target::Option(*option))
                    .ok_or_else(|| unknown("option", text, OptionName::NAMED.map(|(name, _)| name).join(", ")))
            }
            _ => Err(NameMapError::Unreadable(format!(
                "`{}` means a criterion or an option, one of both",
                self.name
            ))),
        }
    }
}

/// Whether a body of this format can give it.
fn is_of(target: Target, media_type: MediaType) -> bool {
    let json_only = matches!(
        target,
        Target::Criterion(CriterionName::AllowedAmount | CriterionName::CoveredAmount, _)
    );
    media_type == MediaType::Json || !json_only
}

/// Whether a text can name an attribute in XML and so in JSON; the ASCII part of what XML allows.
pub(crate) fn is_attribute_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "_-.".contains(character))
}

#[cfg(test)]
mod tests {
    use reprise_model::CriterionName;

    use super::NameMap;
    use crate::media::MediaType;

    #[test]
    fn every_criterion_has_its_name_and_its_place_in_the_order() {
        assert_eq!(NameMap::standard().criteria(), CriterionName::ALL);
    }

    #[test]
    fn an_alias_means_what_its_name_means() {
        let map = NameMap::standard()
            .with_aliases(r#"{"formCode": "claimFormCode"}"#)
            .expect("aliases");
        assert_eq!(
            map.target("formCode", MediaType::Xml),
            map.target("claimFormCode", MediaType::Xml)
        );
    }

    #[test]
    fn amounts_are_no_attributes_of_xml() {
        let map = NameMap::standard();
        assert!(map.target("allowedAmount", MediaType::Json).is_some());
        assert!(map.target("allowedAmount", MediaType::Xml).is_none());
    }

    #[test]
    fn aliases_that_cannot_be_used_are_refused_with_a_reason() {
        for (json, reason) in [
            (
                r#"{"x": "nothing"}"#,
                "alias `x` stands for `nothing`, which there is not",
            ),
            (
                r#"{"processType": "claimType"}"#,
                "`processType` already stands for `processType`",
            ),
            (
                r#"{"x": "claimType", "x": "claimForm"}"#,
                "alias `x` stands for `claimForm`, which there is not",
            ),
            (
                r#"{"x": "claimType", "x": "claimFormCode"}"#,
                "`x` already stands for `claimType`",
            ),
            (
                r#"{"x y": "claimType"}"#,
                "alias `x y` cannot be the name of an attribute",
            ),
            (r#"{"x": 1}"#, "alias `x` stands for the number 1"),
            (r#"["x"]"#, "they are a list"),
            ("{", "the body ends in the middle"),
        ] {
            let error = NameMap::standard().with_aliases(json).expect_err(json).to_string();
            assert!(error.contains(reason), "{json}: {error}");
        }
    }

    #[test]
    fn a_table_that_cannot_be_used_is_refused_with_a_reason() {
        for (json, reason) in [
            (
                r#"[{"name": "x", "criterion": "colour"}]"#,
                "name `x` means criterion `colour`, which there is not",
            ),
            (
                r#"[{"name": "x", "option": "colour"}]"#,
                "name `x` means option `colour`, which there is not",
            ),
            (
                r#"[{"name": "x", "criterion": "entry-date"}]"#,
                "known are: from, through",
            ),
            (
                r#"[{"name": "x", "criterion": "entry-date", "part": "code"}]"#,
                "known are: from, through",
            ),
            (
                r#"[{"name": "x", "criterion": "product", "part": "from"}]"#,
                "known are: no part",
            ),
            (r#"[{"name": "x"}]"#, "means a criterion or an option"),
            (
                r#"[{"name": "x", "option": "reprocess", "aliases": ["x"]}]"#,
                "`x` already stands for `x`",
            ),
            (r#"[{"title": "x"}]"#, "unknown field `title`"),
        ] {
            let error = NameMap::from_json(json).expect_err(json).to_string();
            assert!(error.contains(reason), "{json}: {error}");
        }
    }
}
