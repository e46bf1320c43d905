//! The settings of the office that a claim is made in, by name.

use crate::bindings::claim_status::exports::reprise::rules::intake::OfficeFlag;

/// The settings of an office. Which there are is for the office and its rules to agree on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfficeFlags(Vec<OfficeFlag>);

impl OfficeFlags {
    /// An office without settings.
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// Whether a setting is `true`. One that the office does not have is not on.
    pub fn is_on(&self, name: &str) -> bool {
        self.value(name) == Some("true")
    }

    /// A setting's value, if the office has the setting.
    pub fn value(&self, name: &str) -> Option<&str> {
        let flag = self.0.iter().find(|flag| flag.name == name)?;
        Some(&flag.value)
    }

    /// The same office with another value of a setting, whether it has the setting or not. By this, rules that leave a
    /// decision to others tell them which setting is to hold.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut flags = self.clone();
        match flags.0.iter_mut().find(|flag| flag.name == name) {
            Some(flag) => value.clone_into(&mut flag.value),
            None => flags.0.push(OfficeFlag {
                name: name.to_owned(),
                value: value.to_owned(),
            }),
        }
        flags
    }
}

impl From<Vec<OfficeFlag>> for OfficeFlags {
    fn from(flags: Vec<OfficeFlag>) -> Self {
        Self(flags)
    }
}

#[cfg(test)]
mod tests {
    use super::OfficeFlags;

    #[test]
    fn a_setting_is_on_only_if_it_is_true() {
        let office = OfficeFlags::none().with("holds", "true").with("days", "30");
        for (name, is_on, value) in [
            ("holds", true, Some("true")),
            ("days", false, Some("30")),
            ("Holds", false, None),
            ("blocks", false, None),
        ] {
            assert_eq!((office.is_on(name), office.value(name)), (is_on, value), "{name}");
        }
        assert!(!office.with("holds", "false").is_on("holds"), "another value");
        assert!(!office.with("holds", "TRUE").is_on("holds"), "a value of another case");
        assert!(office.is_on("holds"), "the office itself is as it was");
    }
}
