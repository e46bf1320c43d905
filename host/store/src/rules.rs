//! Rule components as they are kept: known by their digests, installed by payers.

use std::fmt;
use std::str::FromStr;

use crate::StoreError;

/// How large a component that is kept may be. What is let in is far smaller; this is what databases take in one piece.
pub const COMPONENT_BYTES_MAX: usize = 256 << 20;

/// What a rule component decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RuleKind {
    /// Which claims and lines meet a request's criteria.
    Criteria,
    /// In which status a claim is born, and in which state it is processed again.
    ClaimStatus,
}

impl RuleKind {
    /// Every kind.
    pub const ALL: &[Self] = &[Self::Criteria, Self::ClaimStatus];

    /// The kind as answers write it and rows hold it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Criteria => "criteria",
            Self::ClaimStatus => "claim-status",
        }
    }
}

impl fmt::Display for RuleKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for RuleKind {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().copied().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| StoreError::corrupt(format!("`{text}` is not a kind of rule component")))
    }
}

/// A component to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewComponent {
    /// The SHA-256 of its bytes, in 64 hexadecimal digits, lower case. Who stores it has computed it.
    pub digest: String,
    /// What it decides.
    pub kind: RuleKind,
    /// What it calls itself.
    pub name: String,
    /// Which version of itself it says it is.
    pub version: String,
    /// The version of the contract that it is made for, such as `0.1.0`.
    pub contract: String,
    /// The component itself; at most [`COMPONENT_BYTES_MAX`].
    pub bytes: Vec<u8>,
}

impl NewComponent {
    /// Fails if this is not what can be stored.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if self.digest.len() != 64 || !self.digest.bytes().all(is_digit) {
            return Err(StoreError::other(format!(
                "`{}` is not the digest of a component; one has 64 hexadecimal digits, in lower case",
                self.digest
            )));
        }
        if self.bytes.len() > COMPONENT_BYTES_MAX {
            return Err(StoreError::TooLarge {
                what: format!("component `{}`", self.name),
                size_bytes: self.bytes.len(),
                size_bytes_max: COMPONENT_BYTES_MAX,
            });
        }
        Ok(())
    }
}

/// A component that is stored, without its bytes. It is never changed or deleted: decisions of long ago name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredComponent {
    /// The SHA-256 of its bytes, in 64 hexadecimal digits, lower case.
    pub digest: String,
    /// What it decides.
    pub kind: RuleKind,
    /// What it calls itself.
    pub name: String,
    /// Which version of itself it says it is.
    pub version: String,
    /// The version of the contract that it is made for.
    pub contract: String,
    /// How large it is.
    pub size_bytes: u64,
    /// When it was stored first, in milliseconds since 1970-01-01T00:00:00Z.
    pub stored_at_ms: i64,
}

/// Where a component stands that was installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InstallationState {
    /// It is there and was not looked at.
    Received,
    /// It has passed every check, and may be activated.
    Checked,
    /// It has failed a check.
    Refused,
    /// It decides.
    Active,
    /// It decides no more, but for the runs that began with it.
    Draining,
    /// It decides no more.
    Retired,
    /// It has faulted too often, and was taken away from deciding.
    Quarantined,
}

impl InstallationState {
    /// Every state.
    pub const ALL: &[Self] = &[
        Self::Received,
        Self::Checked,
        Self::Refused,
        Self::Active,
        Self::Draining,
        Self::Retired,
        Self::Quarantined,
    ];

    /// The state as answers write it and rows hold it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Checked => "checked",
            Self::Refused => "refused",
            Self::Active => "active",
            Self::Draining => "draining",
            Self::Retired => "retired",
            Self::Quarantined => "quarantined",
        }
    }
}

impl fmt::Display for InstallationState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for InstallationState {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().copied().find(|state| state.as_str() == text);
        found.ok_or_else(|| StoreError::corrupt(format!("`{text}` is not the state of a component")))
    }
}

/// A component to be installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewInstallation {
    /// The payer that it is for; none if it is for the platform.
    pub payer: Option<String>,
    /// The component, which is stored.
    pub digest: String,
    /// Who installs it.
    pub installed_by: String,
}

/// What became of a component to be installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstallationOutcome {
    /// It is installed, and received.
    Installed,
    /// It was installed already, and stays in the state that it is in.
    AlreadyInstalled,
}

/// That a component is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// The payer that it is for; none if it is for the platform.
    pub payer: Option<String>,
    /// The component.
    pub digest: String,
    /// Where it stands.
    pub state: InstallationState,
    /// Why it stands there, such as why it was refused or quarantined.
    pub reason: Option<String>,
    /// Who has installed it.
    pub installed_by: String,
    /// When it was installed, in milliseconds since 1970-01-01T00:00:00Z.
    pub installed_at_ms: i64,
    /// Since when it stands there, and for this reason.
    pub changed_at_ms: i64,
}

/// Whose components are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RulesOf<'a> {
    /// All of them.
    Everyone,
    /// Those of the platform.
    Platform,
    /// Those of this payer.
    Payer(&'a str),
}

impl<'a> RulesOf<'a> {
    /// The payer that is asked for, or none for the platform; nothing if all are.
    pub(crate) const fn owner(self) -> Option<Option<&'a str>> {
        match self {
            Self::Everyone => None,
            Self::Platform => Some(None),
            Self::Payer(payer) => Some(Some(payer)),
        }
    }
}

/// What a text is kept as that may have come from a component, which may say anything. PostgreSQL holds every character
/// but one.
pub(crate) fn kept_words(words: &str) -> String {
    words.replace('\0', "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::{COMPONENT_BYTES_MAX, InstallationState, NewComponent, RuleKind};
    use crate::StoreError;

    #[test]
    fn what_rows_hold_is_read_back() {
        for kind in RuleKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(*kind));
        }
        for state in InstallationState::ALL {
            assert_eq!(state.to_string().parse(), Ok(*state));
        }
        assert!("Criteria".parse::<RuleKind>().is_err());
        assert!("".parse::<InstallationState>().is_err());
    }

    #[test]
    fn only_a_component_of_sound_digest_and_size_can_be_stored() {
        let digest = "0123456789abcdef".repeat(4);
        let component = |digest: &str, size_bytes: usize| NewComponent {
            digest: digest.to_owned(),
            kind: RuleKind::Criteria,
            name: "criteria".to_owned(),
            version: "1".to_owned(),
            contract: "0.1.0".to_owned(),
            bytes: vec![0; size_bytes],
        };
        assert_eq!(component(&digest, COMPONENT_BYTES_MAX).check(), Ok(()));
        assert_eq!(
            component(&digest, COMPONENT_BYTES_MAX + 1).check(),
            Err(StoreError::TooLarge {
                what: "component `criteria`".to_owned(),
                size_bytes: COMPONENT_BYTES_MAX + 1,
                size_bytes_max: COMPONENT_BYTES_MAX,
            })
        );
        for refused in [
            "",
            &digest[1..],
            &format!("{digest}0"),
            &digest.to_uppercase(),
            &digest.replace('f', "g"),
            &digest.replace("cd", "é"),
        ] {
            let said = component(refused, 1).check().expect_err(refused).to_string();
            assert!(said.contains("64 hexadecimal digits"), "{said}");
        }
    }
}
