//! The value of a line's attribute.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The value of a line's attribute: text, a number or a truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeValue {
    /// A text.
    Text(String),
    /// A number.
    Number(serde_json::Number),
    /// True or false.
    Truth(bool),
}

impl std::fmt::Display for AttributeValue {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => formatter.write_str(text),
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Truth(truth) => write!(formatter, "{truth}"),
        }
    }
}

/// How a compact format holds an attribute's value.
#[derive(Serialize, Deserialize)]
enum CompactAttributeValue {
    Text(String),
    Number(String),
    Truth(bool),
}

impl Serialize for AttributeValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return match self {
                Self::Text(text) => serializer.serialize_str(text),
                Self::Number(number) => number.serialize(serializer),
                Self::Truth(truth) => serializer.serialize_bool(*truth),
            };
        }
        match self {
            Self::Text(text) => CompactAttributeValue::Text(text.clone()),
            Self::Number(number) => CompactAttributeValue::Number(number.to_string()),
            Self::Truth(truth) => CompactAttributeValue::Truth(*truth),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for AttributeValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        if deserializer.is_human_readable() {
            return match serde_json::Value::deserialize(deserializer)? {
                serde_json::Value::String(text) => Ok(Self::Text(text)),
                serde_json::Value::Number(number) => Ok(Self::Number(number)),
                serde_json::Value::Bool(truth) => Ok(Self::Truth(truth)),
                other => Err(D::Error::custom(format_args!(
                    "an attribute is a text, a number, true or false, not `{other}`"
                ))),
            };
        }
        match CompactAttributeValue::deserialize(deserializer)? {
            CompactAttributeValue::Text(text) => Ok(Self::Text(text)),
            CompactAttributeValue::Number(text) => text.parse().map(Self::Number).map_err(D::Error::custom),
            CompactAttributeValue::Truth(truth) => Ok(Self::Truth(truth)),
        }
    }
}
