//! Components by the names that people give them: a digest, the beginning of one, or what a component calls itself.

use std::fmt;
use std::str::FromStr;

use reprise_model::MessageKey;
use reprise_store::{Installation, InstallationState, RulesOf, StoredComponent};

use super::RulesManagement;
use crate::HostError;

/// With how many digits a digest begins at least.
const DIGITS_MIN: usize = 8;
/// With how many digits it is whole.
const DIGITS: usize = 64;

/// A component as somebody names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedComponent {
    text: String,
    is_digest: bool,
}

impl FromStr for NamedComponent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_digits && (DIGITS_MIN..=DIGITS).contains(&text.len()) {
            return Ok(Self {
                text: text.to_ascii_lowercase(),
                is_digest: true,
            });
        }
        if text.contains('@') {
            return Ok(Self {
                text: text.to_owned(),
                is_digest: false,
            });
        }
        Err(format!(
            "`{text}` names no component; name one by its digest, by at least {DIGITS_MIN} digits that it begins with, or \
             as `name@version`"
        ))
    }
}

impl fmt::Display for NamedComponent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl NamedComponent {
    fn is(&self, component: &StoredComponent) -> bool {
        if self.is_digest {
            component.digest.starts_with(&self.text)
        } else {
            // Both may hold an `@`, so they are not taken apart.
            self.text == format!("{}@{}", component.name, component.version)
        }
    }
}

/// A component that is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) component: StoredComponent,
    /// The payer's own, or else that of the platform.
    pub(super) installation: Installation,
}

impl RulesManagement<'_> {
    /// What is installed for whose rules these are, and then what the platform has beside that.
    pub(super) fn all_found(&self) -> Result<Vec<Found>, HostError> {
        let mut found = self.found_of(self.own())?;
        if self.payer.is_some() {
            let of_platform = self.found_of(RulesOf::Platform)?;
            let is_own = |other: &Found| found.iter().any(|own| own.component.digest == other.component.digest);
            let others: Vec<_> = of_platform.into_iter().filter(|other| !is_own(other)).collect();
            found.extend(others);
        }
        Ok(found)
    }

    /// What is installed for one owner.
    pub(super) fn found_of(&self, of: RulesOf<'_>) -> Result<Vec<Found>, HostError> {
        let components = self.store.installed_components(of)?;
        let found = self.store.installations(of)?.into_iter().filter_map(|installation| {
            // One that was installed in between is found the next time.
            let component = components.iter().find(|held| held.digest == installation.digest)?;
            Some(Found {
                component: component.clone(),
                installation,
            })
        });
        Ok(found.collect())
    }

    /// The component that is meant by a name, among these.
    pub(super) fn meant<'f>(&self, found: &'f [Found], named: &NamedComponent) -> Result<&'f Found, HostError> {
        let all: Vec<_> = found.iter().filter(|found| named.is(&found.component)).collect();
        // A version that was built again after it had been refused is the one that is meant.
        let may_be_meant = |found: &&&Found| found.installation.state != InstallationState::Refused;
        let good: Vec<_> = all.iter().filter(may_be_meant).copied().collect();
        match (good.as_slice(), all.as_slice()) {
            ([only], _) | ([], [only]) => Ok(only),
            ([], []) => Err(HostError::not_found(&format!(
                "component `{named}` that is installed for {}; `reprise rules list` shows those that are",
                self.whose()
            ))),
            (several @ [_, ..], _) | ([], several) => {
                let digests: Vec<_> = several.iter().map(|found| found.component.digest.as_str()).collect();
                let reason = format!(
                    "it is the name of several: {}; name one by its digest",
                    digests.join(", ")
                );
                let what = format!("component `{named}`");
                Err(HostError::refused(MessageKey::BadValue, [&what, &reason]))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use reprise_store::{RuleKind, StoredComponent};

    use super::NamedComponent;

    #[test]
    fn a_component_has_several_names() {
        let digest = "0123456789abcdef".repeat(4);
        let component = StoredComponent {
            digest: digest.clone(),
            kind: RuleKind::Criteria,
            name: "riverside@dental".to_owned(),
            version: "1.0".to_owned(),
            contract: "0.1.0".to_owned(),
            size_bytes: 1,
            stored_at_ms: 0,
        };
        for (text, is_it) in [
            (digest.as_str(), true),
            (&digest.to_uppercase(), true),
            ("01234567", true),
            ("12345678", false),
            ("riverside@dental@1.0", true),
            ("riverside@dental@1.1", false),
            ("riverside@dental", false),
        ] {
            let named: NamedComponent = text.parse().expect(text);
            assert_eq!(named.is(&component), is_it, "{text}");
        }
        for text in ["", "0123456", "riverside", &format!("{digest}0"), "0123456g"] {
            let said = text.parse::<NamedComponent>().expect_err(text);
            assert!(said.contains("at least 8 digits"), "{said}");
        }
    }
}
