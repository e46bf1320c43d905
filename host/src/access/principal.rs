//! Who asks: a principal of a payer or of the platform, with the rights that its roles come to.

use super::Rights;

/// Who asks. Made by authentication alone, so that there is none which nobody has proved to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Its number; no other principal gets it.
    pub id: i64,
    /// Its name, which history, events and the audit log keep. Unique in its payer.
    pub name: String,
    /// The payer that it belongs to; none if it is one of the platform, which reads no claims.
    pub payer: Option<String>,
    /// Its roles, by name.
    pub roles: Vec<String>,
    /// What it may do.
    pub rights: Rights,
}

impl Principal {
    /// Nobody: what a request has before it was authenticated. It has no rights at all.
    pub(crate) fn nobody() -> Self {
        Self {
            id: 0,
            name: String::new(),
            payer: None,
            roles: Vec::new(),
            rights: Rights::Only(std::collections::BTreeSet::new()),
        }
    }

    /// Whether it is one of the platform.
    pub fn is_of_platform(&self) -> bool {
        self.payer.is_none() && self.id != 0
    }
}
