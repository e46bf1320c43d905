//! What a running instance carries with it, and how it answers the component's imports.

use std::sync::Arc;

use crate::CallLimits;
use crate::bindings::reprise::rules::{diagnostics, reference_data, types};
use crate::meter::Meter;
use crate::reference::ReferenceSource;
use crate::words::one_line;

/// How many of a component's notes are kept for each call.
const NOTES_MAX: usize = 8;

pub(crate) struct State {
    pub(crate) limits: CallLimits,
    pub(crate) meter: Meter,
    /// What all calls so far have taken.
    pub(crate) fuel_used: u64,
    /// The component's words in this call.
    pub(crate) notes: Vec<String>,
    /// The host's own trouble in this call.
    pub(crate) reference_trouble: Option<String>,
    reference: Arc<dyn ReferenceSource>,
}

impl State {
    pub(crate) fn new(limits: CallLimits, reference: Arc<dyn ReferenceSource>) -> Self {
        Self {
            limits,
            meter: Meter::new(limits),
            fuel_used: 0,
            notes: Vec::new(),
            reference_trouble: None,
            reference,
        }
    }
}

impl types::Host for State {}

impl diagnostics::Host for State {
    fn note(&mut self, words: String) -> wasmtime::Result<()> {
        self.meter.count_hostcall()?;
        if self.notes.len() < NOTES_MAX {
            self.notes.push(one_line(&words));
        }
        Ok(())
    }
}

impl reference_data::Host for State {
    fn id_of(&mut self, dictionary: types::Dictionary, code: String) -> wasmtime::Result<Option<u32>> {
        self.meter.count_hostcall()?;
        Ok(self.reference.code_id(dictionary.into(), &code))
    }

    fn code_of(&mut self, dictionary: types::Dictionary, id: u32) -> wasmtime::Result<Option<String>> {
        self.meter.count_hostcall()?;
        Ok(self.reference.code_of(dictionary.into(), id))
    }

    fn codes(&mut self, dictionary: types::Dictionary) -> wasmtime::Result<Vec<String>> {
        self.meter.count_hostcall()?;
        Ok(self.reference.codes(dictionary.into()))
    }

    fn lists(&mut self, table: types::SetTable) -> wasmtime::Result<reference_data::SetLists> {
        self.meter.count_hostcall()?;
        let lists = self.reference.lists(table.into());
        Ok(reference_data::SetLists {
            starts: lists.starts,
            members: lists.members,
        })
    }

    fn members(
        &mut self,
        kind: reference_data::GroupKind,
        code: String,
    ) -> wasmtime::Result<Option<Vec<reference_data::Membership>>> {
        self.meter.count_hostcall()?;
        let members = self.reference.members(kind.into(), &code).map_err(|reason| {
            self.reference_trouble = Some(reason.clone());
            wasmtime::Error::msg(reason)
        })?;
        let to_contract = |member: crate::Membership| reference_data::Membership {
            code: member.code,
            from: member.from,
            through: member.through,
        };
        Ok(members.map(|members| members.into_iter().map(to_contract).collect()))
    }
}
