//! What is signed beside a component's digest: what it is, for whom, and until when.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use reprise_engine::ComponentIdentity;

/// How long a manifest may be.
const MANIFEST_BYTES_MAX: usize = 4 << 10;

/// What is signed beside a component's digest. A member that is not known here is refused: it may narrow what is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// What the component calls itself.
    pub name: String,
    /// Which version of itself it says it is.
    pub version: String,
    /// The payer that it is for; anybody if none.
    #[serde(deserialize_with = "given")]
    pub payer: Option<String>,
    /// What it decides.
    pub kind: String,
    /// The version of the contract that it is made for.
    pub contract: String,
    /// Until when the signature counts, as a moment such as `2027-01-01T00:00:00Z`; for ever if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
}

/// A member that has to be there, if only as `null`: a payer that is forgotten must not come to mean anybody.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

impl Manifest {
    /// The manifest of a component that says this of itself.
    pub fn of(identity: &ComponentIdentity, payer: Option<&str>, expires_at: Option<Timestamp>) -> Self {
        Self {
            name: identity.name.clone(),
            version: identity.version.clone(),
            payer: payer.map(str::to_owned),
            kind: identity.kind.to_string(),
            contract: identity.contract.clone(),
            expires_at: expires_at.map(|moment| moment.to_string()),
        }
    }

    /// The manifest in a text. The error is a sentence for people.
    pub fn from_json(text: &str) -> Result<Self, String> {
        if text.len() > MANIFEST_BYTES_MAX {
            return Err(format!(
                "its manifest is {} bytes long; {MANIFEST_BYTES_MAX} are allowed",
                text.len()
            ));
        }
        let manifest: Self =
            serde_json::from_str(text).map_err(|error| format!("its manifest cannot be read: {error}"))?;
        if let Some(moment) = &manifest.expires_at
            && moment.parse::<Timestamp>().is_err()
        {
            return Err(format!(
                "its manifest has `{moment}` as `expiresAt`, which is no moment such as 2027-01-01T00:00:00Z"
            ));
        }
        Ok(manifest)
    }

    /// The manifest as it is signed.
    pub fn to_json(&self) -> String {
        // Texts alone can always be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Until when the signature counts, in milliseconds since 1970-01-01T00:00:00Z; for ever if absent.
    pub(crate) fn expires_at_ms(&self) -> Option<i64> {
        let moment = self.expires_at.as_deref()?.parse::<Timestamp>().ok()?;
        Some(moment.as_millisecond())
    }

    /// That the component says of itself what was signed; if not, what differs, as a sentence.
    pub(crate) fn check_identity(&self, found: &ComponentIdentity) -> Result<(), String> {
        self.check_words(&found.name, &found.version, found.kind.as_str(), &found.contract)
    }

    /// The same for what is kept of a component.
    pub(crate) fn check_words(&self, name: &str, version: &str, kind: &str, contract: &str) -> Result<(), String> {
        let pairs = [
            ("name", &self.name, name),
            ("version", &self.version, version),
            ("kind", &self.kind, kind),
            ("contract", &self.contract, contract),
        ];
        match pairs.into_iter().find(|(_, signed, said)| signed != said) {
            None => Ok(()),
            Some((what, signed, said)) => Err(format!(
                "the signed manifest says {what} `{signed}`, and the component says {what} `{said}`; sign the component \
                 that is meant"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use reprise_engine::{ComponentIdentity, ComponentKind};

    use super::{MANIFEST_BYTES_MAX, Manifest};

    fn identity() -> ComponentIdentity {
        ComponentIdentity {
            kind: ComponentKind::Criteria,
            name: "criteria".to_owned(),
            version: "1.0.0".to_owned(),
            contract: "0.1.0".to_owned(),
        }
    }

    #[test]
    fn a_manifest_is_read_as_it_is_written() {
        let until = "2027-01-01T00:00:00Z".parse().expect("a moment");
        for manifest in [
            Manifest::of(&identity(), None, None),
            Manifest::of(&identity(), Some("ACME"), Some(until)),
        ] {
            assert_eq!(Manifest::from_json(&manifest.to_json()), Ok(manifest));
        }
        let limited = Manifest::of(&identity(), None, Some(until));
        assert_eq!(limited.expires_at_ms(), Some(1_798_761_600_000));
        let plain = Manifest::of(&identity(), None, None).to_json();
        let expected = r#"{"name":"criteria","version":"1.0.0","payer":null,"kind":"criteria","contract":"0.1.0"}"#;
        assert_eq!(plain, expected);
    }

    #[test]
    fn what_is_no_manifest_is_refused_in_words() {
        let plain = Manifest::of(&identity(), None, None).to_json();
        for (text, words) in [
            (plain.replace(r#""payer":null,"#, ""), "missing field `payer`"),
            (plain.replace("payer", "office"), "unknown field `office`"),
            (plain.replace('}', r#","expiresAt":"soon"}"#), "`soon` as `expiresAt`"),
            (" ".repeat(MANIFEST_BYTES_MAX + 1), "4096 are allowed"),
        ] {
            let said = Manifest::from_json(&text).expect_err(words);
            assert!(said.contains(words), "{said}");
        }
    }

    #[test]
    fn a_component_that_is_not_what_was_signed_is_told_by_what_differs() {
        let manifest = Manifest::of(&identity(), None, None);
        assert_eq!(manifest.check_identity(&identity()), Ok(()));
        let mut other = identity();
        other.version = "1.0.1".to_owned();
        assert_eq!(
            manifest.check_identity(&other).expect_err("another version"),
            "the signed manifest says version `1.0.0`, and the component says version `1.0.1`; sign the component that is \
             meant"
        );
    }
}
