//! Two generations that show with each answer which of them decided, and how they are made to decide.

use std::time::Duration;

use reprise::{Activated, ActivatedNames, ActivationRequest, Host, Installed};
use reprise_engine::Digest;

use crate::components;
use crate::intake::family::ACME;

/// Which of two generations decides: each of them says so with all that it decides, of either kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Color {
    Red,
    Blue,
}

impl Color {
    pub(super) const BOTH: [Self; 2] = [Self::Red, Self::Blue];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Blue => "blue",
        }
    }

    /// The letter of the status that its claims are born in.
    pub(super) const fn born(self) -> &'static str {
        match self {
            Self::Red => "W",
            Self::Blue => "U",
        }
    }

    pub(super) const fn other(self) -> Self {
        match self {
            Self::Red => Self::Blue,
            Self::Blue => Self::Red,
        }
    }

    pub(super) const fn criteria(self) -> &'static [u8] {
        match self {
            Self::Red => components::RED_CRITERIA,
            Self::Blue => components::BLUE_CRITERIA,
        }
    }

    pub(super) const fn status(self) -> &'static [u8] {
        match self {
            Self::Red => components::RED_STATUS,
            Self::Blue => components::BLUE_STATUS,
        }
    }
}

/// Why things are done in these stories.
pub(super) fn because(reason: &str) -> ActivationRequest<'_> {
    ActivationRequest {
        reason,
        wait_max: Duration::from_secs(10),
        once: None,
    }
}

/// Installs a component for ACME; it is let in.
#[track_caller]
pub(super) fn install(host: &Host, bytes: &[u8]) -> Digest {
    let Installed { digest, reason, .. } = host
        .rules(Some(ACME), "jane")
        .install(bytes, &[], None)
        .expect("an answer");
    assert_eq!(reason, None, "it is refused");
    digest
}

/// Has these components decide for ACME.
#[track_caller]
pub(super) fn activate(host: &Host, digests: &[Digest], reason: &str) -> Activated {
    let names = ActivatedNames {
        components: digests
            .iter()
            .map(|digest| digest.to_string().parse().expect("a digest names a component"))
            .collect(),
        defaults: Vec::new(),
    };
    let rules = host.rules(Some(ACME), "jane");
    rules.activate(&names, because(reason)).expect("an activation").answer
}

/// Installs both components of a color.
pub(super) fn install_both(host: &Host, color: Color) -> [Digest; 2] {
    [install(host, color.criteria()), install(host, color.status())]
}
