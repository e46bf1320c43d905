//! What a rule component sees of one payer's data during one run.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use reprise_engine::{Membership, ReferenceSource, SetLists};
use reprise_index::Snapshot;
use reprise_model::{Day, Dictionary, Group, GroupKind, Reference, SetTable};
use reprise_store::Store;

type Memberships = Option<Vec<Membership>>;

/// Dictionaries and set tables from the run's snapshot of the line index, groups from the store.
///
/// A group is read once: every worker of the run sees the same memberships, whatever is imported meanwhile.
pub(crate) struct RunReference {
    payer: String,
    snapshot: Arc<Snapshot>,
    store: Arc<dyn Store>,
    groups: Mutex<HashMap<(GroupKind, String), Memberships>>,
}

impl RunReference {
    pub(crate) fn new(payer: &str, snapshot: Arc<Snapshot>, store: Arc<dyn Store>) -> Self {
        Self {
            payer: payer.to_owned(),
            snapshot,
            store,
            groups: Mutex::default(),
        }
    }

    fn read_group(&self, kind: GroupKind, code: &str) -> Result<Memberships, String> {
        let reference = self
            .store
            .reference(&self.payer, kind.reference_kind(), code)
            .map_err(|error| format!("{} `{code}` cannot be read: {error}", kind.reference_kind()))?;
        Ok(match reference {
            Some(Reference::ProcedureGroup(group)) => Some(self.dated(Dictionary::Procedure, &group)),
            Some(Reference::DiagnosisGroup(group)) => Some(self.dated(Dictionary::Diagnosis, &group)),
            Some(Reference::ProviderGroup(group)) => Some(self.dated(Dictionary::Provider, &group)),
            Some(Reference::MessageGroup(group)) => Some(
                group
                    .members
                    .iter()
                    .filter_map(|member| self.snapshot.code_id(Dictionary::Message, &member.code))
                    .map(|code| Membership {
                        code,
                        from: i32::MIN,
                        through: i32::MAX,
                    })
                    .collect(),
            ),
            _ => None,
        })
    }

    fn dated(&self, dictionary: Dictionary, group: &Group) -> Vec<Membership> {
        group
            .members
            .iter()
            .filter_map(|member| {
                Some(Membership {
                    code: self.snapshot.code_id(dictionary, &member.code)?,
                    from: member.from.map_or(i32::MIN, Day::number),
                    through: member.through.map_or(i32::MAX, Day::number),
                })
            })
            .collect()
    }
}

impl ReferenceSource for RunReference {
    fn code_id(&self, dictionary: Dictionary, code: &str) -> Option<u32> {
        self.snapshot.code_id(dictionary, code)
    }

    fn code_of(&self, dictionary: Dictionary, id: u32) -> Option<String> {
        self.snapshot.code_of(dictionary, id)
    }

    fn codes(&self, dictionary: Dictionary) -> Vec<String> {
        self.snapshot.codes(dictionary)
    }

    fn lists(&self, table: SetTable) -> SetLists {
        let lists = self.snapshot.lists(table);
        SetLists {
            starts: lists.starts,
            members: lists.members,
        }
    }

    fn members(&self, kind: GroupKind, code: &str) -> Result<Memberships, String> {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        match groups.entry((kind, code.to_owned())) {
            Entry::Occupied(known) => Ok(known.get().clone()),
            Entry::Vacant(place) => Ok(place.insert(self.read_group(kind, code)?).clone()),
        }
    }
}
