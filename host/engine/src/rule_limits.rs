//! What each payer's rules may use, as it is written in a file: for all payers by kind, and otherwise for some.
//!
//! A file names what is other than the defaults ([`CallLimits::of`]), and nothing else:
//!
//! ```json
//! {
//!   "claimStatus": { "timeMaxMs": 500 },
//!   "payers": {
//!     "ACME": { "criteria": { "fuelMax": 40000000000, "memoryBytesMax": 1073741824 } }
//!   }
//! }
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;

use crate::CallLimits;
use crate::contract::ComponentKind;

/// What the rules of each payer may use in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleLimits {
    everybody: KindLimits,
    payers: BTreeMap<String, KindLimits>,
}

/// Why the limits in a file are not taken: a sentence that names the setting and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RuleLimitsError(String);

/// Limits for each kind of component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct KindLimits {
    criteria: CallLimits,
    claim_status: CallLimits,
}

impl Default for RuleLimits {
    /// The same for every payer: what a component of each kind needs.
    fn default() -> Self {
        Self {
            everybody: KindLimits {
                criteria: CallLimits::of(ComponentKind::Criteria),
                claim_status: CallLimits::of(ComponentKind::ClaimStatus),
            },
            payers: BTreeMap::new(),
        }
    }
}

impl RuleLimits {
    /// The same limits for every payer and both kinds.
    pub fn same(limits: CallLimits) -> Self {
        let everybody = KindLimits {
            criteria: limits,
            claim_status: limits,
        };
        Self {
            everybody,
            payers: BTreeMap::new(),
        }
    }

    /// Read limits from the text of a file.
    ///
    /// # Errors
    /// If it is not JSON of the form above, names a setting that there is not, or sets one to what nobody can mean.
    pub fn from_json(text: &str) -> Result<Self, RuleLimitsError> {
        let Object(file): Object<LimitsFile> = serde_json::from_str(text)
            .map_err(|error| RuleLimitsError(format!("the limits of rules cannot be read: {error}")))?;
        let Self { everybody, .. } = Self::default();
        let everybody = everybody.with(&file.criteria.0, &file.claim_status.0, "of all payers")?;
        let mut payers = BTreeMap::new();
        for (payer, settings) in file.payers.0 {
            let whose = format!("of payer `{payer}`");
            let limits = everybody.with(&settings.criteria.0, &settings.claim_status.0, &whose)?;
            payers.insert(payer, limits);
        }
        Ok(Self { everybody, payers })
    }

    /// What a payer's component of a kind may use in a call.
    pub fn of(&self, payer: &str, kind: ComponentKind) -> CallLimits {
        let limits = self.payers.get(payer).unwrap_or(&self.everybody);
        match kind {
            ComponentKind::Criteria => limits.criteria,
            ComponentKind::ClaimStatus => limits.claim_status,
        }
    }
}

impl KindLimits {
    fn with(self, criteria: &Settings, claim_status: &Settings, whose: &str) -> Result<Self, RuleLimitsError> {
        Ok(Self {
            criteria: criteria.over(self.criteria, ComponentKind::Criteria, whose)?,
            claim_status: claim_status.over(self.claim_status, ComponentKind::ClaimStatus, whose)?,
        })
    }
}

/// The file. What it does not name stays as it is.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct LimitsFile {
    criteria: Object<Settings>,
    claim_status: Object<Settings>,
    payers: Payers,
}

/// What is other for one payer.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct PayerSettings {
    criteria: Object<Settings>,
    claim_status: Object<Settings>,
}

/// Something in braces. A derived form by itself takes a list of its values, too, in which nothing is named.
#[derive(Default)]
struct Object<Form>(Form);

impl<'de, Form: Deserialize<'de>> Deserialize<'de> for Object<Form> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InBraces<Form>(PhantomData<Form>);
        impl<'de, Form: Deserialize<'de>> Visitor<'de> for InBraces<Form> {
            type Value = Object<Form>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<Form>, A::Error> {
                Form::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }
        deserializer.deserialize_map(InBraces(PhantomData))
    }
}

/// Payers by code, each once: of two entries for one payer, nobody could say which holds.
#[derive(Default)]
struct Payers(BTreeMap<String, PayerSettings>);

impl<'de> Deserialize<'de> for Payers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ByCode;
        impl<'de> Visitor<'de> for ByCode {
            type Value = Payers;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object with an entry for each payer, by its code")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Payers, A::Error> {
                let mut payers = BTreeMap::new();
                while let Some((payer, settings)) = map.next_entry::<String, Object<PayerSettings>>()? {
                    if payer.trim().is_empty() {
                        return Err(A::Error::custom("a payer's code is empty; name the payer"));
                    }
                    if payers.insert(payer.clone(), settings.0).is_some() {
                        return Err(A::Error::custom(format!(
                            "payer `{payer}` is named twice; name it once"
                        )));
                    }
                }
                Ok(Payers(payers))
            }
        }
        deserializer.deserialize_map(ByCode)
    }
}

/// Some limits, as they are written. Numbers are checked when it is known whose they are.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Settings {
    #[serde(deserialize_with = "given")]
    fuel_max: Option<Value>,
    #[serde(deserialize_with = "given")]
    time_max_ms: Option<Value>,
    #[serde(deserialize_with = "given")]
    memory_bytes_max: Option<Value>,
    #[serde(deserialize_with = "given")]
    table_elements_max: Option<Value>,
    #[serde(deserialize_with = "given")]
    instances_max: Option<Value>,
    #[serde(deserialize_with = "given")]
    handles_max: Option<Value>,
    #[serde(deserialize_with = "given")]
    output_bytes_max: Option<Value>,
    #[serde(deserialize_with = "given")]
    hostcalls_max: Option<Value>,
}

/// Whatever is written, `null` too, which would else pass for nothing.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Settings {
    /// These limits, and for what is not named the others.
    fn over(&self, others: CallLimits, kind: ComponentKind, whose: &str) -> Result<CallLimits, RuleLimitsError> {
        // Below the least no component does anything; beyond the greatest a limit would be none.
        let number = |name: &str, given: &Option<Value>, other: u64, least: u64, greatest: u64| match given {
            None => Ok(other),
            Some(value) => value
                .as_u64()
                .filter(|number| (least..=greatest).contains(number))
                .ok_or_else(|| {
                    RuleLimitsError(format!(
                        "`{name}` of the {kind} rules {whose} is `{value}`; it must be a whole number from {least} to \
                         {greatest}"
                    ))
                }),
        };
        let count = |name: &str, given: &Option<Value>, other: usize, least: u64, greatest: u64| {
            let number = number(name, given, other as u64, least, greatest)?;
            usize::try_from(number)
                .map_err(|_| RuleLimitsError(format!("`{name}` is {number}, more than this machine can address")))
        };
        let time_ms = u64::try_from(others.time_max.as_millis()).unwrap_or(u64::MAX);
        Ok(CallLimits {
            fuel_max: number(
                "fuelMax",
                &self.fuel_max,
                others.fuel_max,
                1_000_000,
                1_000_000_000_000_000,
            )?,
            time_max: Duration::from_millis(number("timeMaxMs", &self.time_max_ms, time_ms, 1, 600_000)?),
            memory_bytes_max: count(
                "memoryBytesMax",
                &self.memory_bytes_max,
                others.memory_bytes_max,
                1 << 16,
                1 << 36,
            )?,
            table_elements_max: count(
                "tableElementsMax",
                &self.table_elements_max,
                others.table_elements_max,
                1,
                1 << 28,
            )?,
            instances_max: count("instancesMax", &self.instances_max, others.instances_max, 1, 10_000)?,
            handles_max: count("handlesMax", &self.handles_max, others.handles_max, 1, 1_000_000)?,
            output_bytes_max: count(
                "outputBytesMax",
                &self.output_bytes_max,
                others.output_bytes_max,
                1 << 10,
                1 << 30,
            )?,
            hostcalls_max: number(
                "hostcallsMax",
                &self.hostcalls_max,
                others.hostcalls_max,
                1,
                1_000_000_000,
            )?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [ComponentKind; 2] = [ComponentKind::Criteria, ComponentKind::ClaimStatus];

    #[test]
    fn what_a_file_does_not_name_stays_as_it_is() {
        for text in [
            "{}",
            r#"{"criteria":{},"claimStatus":{},"payers":{}}"#,
            r#"{"payers":{"ACME":{}}}"#,
        ] {
            let limits = RuleLimits::from_json(text).expect(text);
            for kind in KINDS {
                assert_eq!(limits.of("ACME", kind), CallLimits::of(kind), "{text}");
            }
        }
    }

    #[test]
    fn a_payers_own_limits_go_before_those_of_all() {
        let text = r#"{
            "criteria": {"fuelMax": 7000000, "timeMaxMs": 5, "instancesMax": 9},
            "payers": {
                "ACME": {"criteria": {"fuelMax": 8000000}, "claimStatus": {
                    "memoryBytesMax": 1048576, "tableElementsMax": 3, "handlesMax": 4, "outputBytesMax": 2048,
                    "hostcallsMax": 6
                }}
            }
        }"#;
        let limits = RuleLimits::from_json(text).expect("limits");
        let criteria = CallLimits {
            fuel_max: 7_000_000,
            time_max: Duration::from_millis(5),
            instances_max: 9,
            ..CallLimits::of(ComponentKind::Criteria)
        };
        assert_eq!(limits.of("OTHER", ComponentKind::Criteria), criteria);
        let of_acme = CallLimits {
            fuel_max: 8_000_000,
            ..criteria
        };
        assert_eq!(limits.of("ACME", ComponentKind::Criteria), of_acme);
        let claim_status = CallLimits::of(ComponentKind::ClaimStatus);
        assert_eq!(limits.of("OTHER", ComponentKind::ClaimStatus), claim_status);
        let of_acme = CallLimits {
            memory_bytes_max: 1 << 20,
            table_elements_max: 3,
            handles_max: 4,
            output_bytes_max: 2_048,
            hostcalls_max: 6,
            ..claim_status
        };
        assert_eq!(limits.of("ACME", ComponentKind::ClaimStatus), of_acme);
    }

    #[test]
    fn what_nobody_can_mean_is_refused_in_a_sentence() {
        for (text, words) in [
            ("", "the limits of rules cannot be read: EOF"),
            ("[{}]", "invalid type: sequence, expected an object at line 1"),
            (
                r#"{"criterias":{}}"#,
                "unknown field `criterias`, expected one of `criteria`",
            ),
            (
                r#"{"criteria":{"fuel":1}}"#,
                "unknown field `fuel`, expected one of `fuelMax`",
            ),
            (
                r#"{"criteria":7}"#,
                "invalid type: integer `7`, expected an object at line 1",
            ),
            (
                r#"{"criteria":{"fuelMax":1000000,"fuelMax":2000000}}"#,
                "duplicate field `fuelMax`",
            ),
            (
                r#"{"payers":[]}"#,
                "expected an object with an entry for each payer, by its code",
            ),
            (
                r#"{"payers":{"ACME":null}}"#,
                "invalid type: null, expected an object at line 1",
            ),
            (r#"{"payers":{" ":{}}}"#, "a payer's code is empty; name the payer"),
            (
                r#"{"payers":{"ACME":{},"ACME":{}}}"#,
                "payer `ACME` is named twice; name it once",
            ),
            (
                r#"{"criteria":{"fuelMax":0}}"#,
                "`fuelMax` of the criteria rules of all payers is `0`; it must be a whole number from 1000000 to \
                 1000000000000000",
            ),
            (
                r#"{"payers":{"ACME":{"claimStatus":{"timeMaxMs":3600000}}}}"#,
                "`timeMaxMs` of the claim-status rules of payer `ACME` is `3600000`; it must be a whole number from 1 \
                 to 600000",
            ),
            (
                r#"{"criteria":{"memoryBytesMax":-1}}"#,
                "`memoryBytesMax` of the criteria rules of all payers is `-1`",
            ),
            (
                r#"{"criteria":{"handlesMax":1.5}}"#,
                "is `1.5`; it must be a whole number",
            ),
            (
                r#"{"criteria":{"hostcallsMax":"many"}}"#,
                "is `\"many\"`; it must be a whole number",
            ),
            (
                r#"{"criteria":{"instancesMax":null}}"#,
                "is `null`; it must be a whole number",
            ),
        ] {
            let error = RuleLimits::from_json(text).expect_err(text).to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
