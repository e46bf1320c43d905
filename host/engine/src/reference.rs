//! What a component may ask of a payer's data.

use reprise_model::{Dictionary, GroupKind, SetTable};

/// One period in which a code belongs to a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The member's number in the dictionary of the group's kind.
    pub code: u32,
    /// First day; `i32::MIN` where the start is open.
    pub from: i32,
    /// Last day; `i32::MAX` where the end is open.
    pub through: i32,
}

/// A set table in compressed rows: list `i` is `members[starts[i]..starts[i + 1]]`, list 0 is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetLists {
    /// Where each list starts, and at last the number of members.
    pub starts: Vec<u32>,
    /// The members of all lists.
    pub members: Vec<u32>,
}

impl Default for SetLists {
    /// The table that holds the empty list alone.
    fn default() -> Self {
        Self {
            starts: vec![0, 0],
            members: Vec::new(),
        }
    }
}

/// The payer's dictionaries, set tables and groups, unchanging while a matcher lives.
///
/// Several matchers of a run read it at once and must be given the same answers.
pub trait ReferenceSource: Send + Sync {
    /// The number of a code, if any claim uses it.
    fn code_id(&self, dictionary: Dictionary, code: &str) -> Option<u32>;

    /// The code of a number.
    fn code_of(&self, dictionary: Dictionary, id: u32) -> Option<String>;

    /// Every code; number `i` at place `i - 1`.
    fn codes(&self, dictionary: Dictionary) -> Vec<String>;

    /// Every list of a set table.
    fn lists(&self, table: SetTable) -> SetLists;

    /// The memberships of a group, without those of codes that no claim uses; none if there is no such group. The
    /// error says why the host could not tell, as a sentence.
    fn members(&self, kind: GroupKind, code: &str) -> Result<Option<Vec<Membership>>, String>;
}

/// No claims and no groups: what a component sees while it is checked.
#[derive(Clone, Copy, Debug, Default)]
pub struct EmptyReference;

impl ReferenceSource for EmptyReference {
    fn code_id(&self, _: Dictionary, _: &str) -> Option<u32> {
        None
    }

    fn code_of(&self, _: Dictionary, _: u32) -> Option<String> {
        None
    }

    fn codes(&self, _: Dictionary) -> Vec<String> {
        Vec::new()
    }

    fn lists(&self, _: SetTable) -> SetLists {
        SetLists::default()
    }

    fn members(&self, _: GroupKind, _: &str) -> Result<Option<Vec<Membership>>, String> {
        Ok(None)
    }
}
