//! The outward codes of messages, which a deployment can set to its own.

use std::collections::HashMap;

use reprise_model::{MessageKey, check_code};

use crate::document::{Document, Value};
use crate::media::MediaType;

/// The outward code of every message. By default those of the model.
#[derive(Clone, Debug, Default)]
pub struct MessageTable {
    overrides: HashMap<MessageKey, String>,
}

/// Why a table of outward codes cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageTableError {
    /// It is not of the right shape.
    #[error("the message codes cannot be read: {0}")]
    Unreadable(String),
    /// A message is named that there is not.
    #[error("there is no message `{name}`; known are: {known}")]
    UnknownMessage {
        /// The name.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// A message is named twice.
    #[error("message `{0}` has its code more than once")]
    GivenTwice(String),
    /// What is given is no code.
    #[error("message `{name}` cannot have this code: {reason}")]
    NotACode {
        /// The message.
        name: String,
        /// What is wrong.
        reason: String,
    },
}

impl MessageTable {
    /// The default codes but for these, as JSON: `{"UnknownProduct": "ACME-0815"}`, by the messages' names.
    pub fn with_overrides(json: &str) -> Result<Self, MessageTableError> {
        let document = Document::read(json.as_bytes(), MediaType::Json)
            .map_err(|message| MessageTableError::Unreadable(message.text()))?;
        let Value::Object(members) = document.root else {
            return Err(MessageTableError::Unreadable(format!(
                "they are {}; write an object of name and code, such as {{\"UnknownProduct\": \"ACME-0815\"}}",
                document.root.described()
            )));
        };
        let mut overrides = HashMap::new();
        for member in members {
            let name = member.name;
            let Some(key) = MessageKey::ALL.iter().copied().find(|key| key.name() == name) else {
                let known = MessageKey::ALL
                    .iter()
                    .map(|key| key.name())
                    .collect::<Vec<_>>()
                    .join(", ");
                return Err(MessageTableError::UnknownMessage { name, known });
            };
            let Value::Text(code) = member.value else {
                let reason = format!("it is {}, and has to be a text", member.value.described());
                return Err(MessageTableError::NotACode { name, reason });
            };
            if let Err(reason) = check_code("code", &code) {
                return Err(MessageTableError::NotACode { name, reason });
            }
            if overrides.insert(key, code).is_some() {
                return Err(MessageTableError::GivenTwice(name));
            }
        }
        Ok(Self { overrides })
    }

    /// The outward code of a message.
    pub fn code(&self, key: MessageKey) -> &str {
        self.overrides.get(&key).map_or(key.code(), String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use reprise_model::MessageKey;

    use super::MessageTable;

    #[test]
    fn a_code_that_is_not_overridden_is_the_default() {
        let table = MessageTable::with_overrides(r#"{"UnknownProduct": "ACME-0815"}"#).expect("a table");
        assert_eq!(table.code(MessageKey::UnknownProduct), "ACME-0815");
        assert_eq!(table.code(MessageKey::Scheduled), "CLA-IP-REPR-022");
    }

    #[test]
    fn a_table_that_cannot_be_used_is_refused_with_a_reason() {
        for (json, reason) in [
            (
                r#"{"Unknown": "X"}"#,
                "there is no message `Unknown`; known are: UnknownProduct, ",
            ),
            (
                r#"{"Matches": ""}"#,
                "message `Matches` cannot have this code: `code` is empty",
            ),
            (
                r#"{"Matches": 7}"#,
                "message `Matches` cannot have this code: it is the number 7",
            ),
            (
                r#"{"Matches": "A", "Matches": "B"}"#,
                "message `Matches` has its code more than once",
            ),
            ("[]", "they are a list"),
            ("", "it is empty"),
        ] {
            let error = MessageTable::with_overrides(json).expect_err(json).to_string();
            assert!(error.contains(reason), "{json}: {error}");
        }
    }
}
