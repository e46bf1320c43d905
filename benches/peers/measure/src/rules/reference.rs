//! What Reprise's component may ask of the population: dictionaries, lists, groups.

use std::sync::Arc;

use crate::population::Contents;
use reprise_engine::{Membership, ReferenceSource, SetLists};
use reprise_index::Snapshot;
use reprise_model::{Day, Dictionary, Group, GroupKind, Reference, SetTable};

/// A snapshot and the groups that belong to it.
pub(crate) struct PopulationReference {
    snapshot: Arc<Snapshot>,
    references: Vec<Reference>,
}

impl PopulationReference {
    pub(crate) fn new(contents: &Contents) -> Self {
        Self {
            snapshot: Arc::clone(&contents.snapshot),
            references: contents.references.clone(),
        }
    }

    fn dated(&self, dictionary: Dictionary, group: &Group) -> Vec<Membership> {
        let members = group.members.iter().filter_map(|member| {
            Some(Membership {
                code: self.snapshot.code_id(dictionary, &member.code)?,
                from: member.from.map_or(i32::MIN, Day::number),
                through: member.through.map_or(i32::MAX, Day::number),
            })
        });
        members.collect()
    }
}

impl ReferenceSource for PopulationReference {
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

    fn members(&self, kind: GroupKind, code: &str) -> Result<Option<Vec<Membership>>, String> {
        let is_it = |reference: &&Reference| reference.kind() == kind.reference_kind() && reference.key() == code;
        Ok(match self.references.iter().find(is_it) {
            Some(Reference::ProcedureGroup(group)) => Some(self.dated(Dictionary::Procedure, group)),
            Some(Reference::DiagnosisGroup(group)) => Some(self.dated(Dictionary::Diagnosis, group)),
            Some(Reference::ProviderGroup(group)) => Some(self.dated(Dictionary::Provider, group)),
            Some(_) => return Err(format!("group `{code}` is of a kind that is not measured")),
            None => None,
        })
    }
}
