//! The versions of the contract that are served, each with its frozen text.
//!
//! A version that was released is served for as long as a payer decides by it. The text under work, `wit/rules.wit`, is
//! none of them until it is released: `wit/PENDING.md` says how.

use std::fmt;

/// A released version of the contract.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ContractVersion {
    /// Its number, which is part of the name of each of its interfaces.
    number: &'static str,
    /// Its text, which never changes again.
    pub(crate) text: &'static str,
}

/// Every version that is served, newest first: what fits several is taken as the newest of them.
pub(crate) static SERVED: [ContractVersion; 1] = [ContractVersion {
    number: NEWEST_NUMBER,
    text: include_str!("../../../wit/0.1.0/rules.wit"),
}];

/// The number of the newest version.
const NEWEST_NUMBER: &str = "0.1.0";

/// The version that the rest of the host speaks, and that authors are told to build for.
pub(crate) const CONTRACT_VERSION: &str = NEWEST_NUMBER;

/// The numbers of the versions of `reprise:rules` that are served, newest first.
pub fn served_contracts() -> impl Iterator<Item = &'static str> {
    SERVED.iter().map(|version| version.number)
}

impl ContractVersion {
    /// One of its interfaces, as components name it.
    pub(crate) fn interface(&self, name: &str) -> String {
        format!("reprise:rules/{name}@{}", self.number)
    }
}

/// As people name it: `reprise:rules@0.1.0`.
impl fmt::Display for ContractVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "reprise:rules@{}", self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::SERVED;

    #[test]
    fn each_served_version_is_the_one_that_its_text_says() {
        for version in &SERVED {
            let package = format!("package {version};");
            assert!(version.text.lines().any(|line| line == package), "{package}");
        }
    }

    #[test]
    fn the_newest_version_comes_first() {
        let numbers = SERVED.iter().map(|version| {
            let parts = version
                .number
                .split('.')
                .map(|part| part.parse::<u64>().expect("a number"));
            parts.collect::<Vec<_>>()
        });
        assert!(numbers.is_sorted_by(|newer, older| newer > older));
    }
}
