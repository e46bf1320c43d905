//! What reprocessing asks of the reference data, remembered for as long as the reference data stays as it is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use reprise_model::{Message, MessageKey, Reference, ReferenceKind};
use reprise_request::{NamedCodeKind, ReprocessOptions, check_unfinalize_reason, named_codes_of_options};
use reprise_store::{Store, StoreError};

use crate::HostError;
use crate::access::Rights;
use crate::pends::is_restricted;

/// More codes than this are forgotten and read again: a file may name any number of unknown ones.
const REMEMBERED_MAX: usize = 65_536;

/// The reference data of one payer, as far as requests have named it.
pub(crate) struct KnownCodes {
    store: Arc<dyn Store>,
    payer: String,
    remembered: Mutex<Remembered>,
}

#[derive(Default)]
struct Remembered {
    /// The change of the reference data that the rest was read at.
    sequence: u64,
    rows: HashMap<(ReferenceKind, String), Option<Arc<Reference>>>,
}

impl KnownCodes {
    pub(crate) fn new(store: &Arc<dyn Store>, payer: &str) -> Self {
        Self {
            store: Arc::clone(store),
            payer: payer.to_owned(),
            remembered: Mutex::default(),
        }
    }

    /// Forget everything if the reference data has changed since. Called before each portion of work.
    pub(crate) fn refresh(&self) -> Result<(), StoreError> {
        let sequence = self.store.reference_sequence()?;
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.sequence != sequence || remembered.rows.len() > REMEMBERED_MAX {
            remembered.sequence = sequence;
            remembered.rows.clear();
        }
        Ok(())
    }

    fn row(&self, kind: ReferenceKind, code: &str) -> Result<Option<Arc<Reference>>, StoreError> {
        let key = (kind, code.to_owned());
        if let Some(row) = self
            .remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .rows
            .get(&key)
        {
            return Ok(row.clone());
        }
        let row = self.store.reference(&self.payer, kind, code)?.map(Arc::new);
        self.remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .rows
            .insert(key, row.clone());
        Ok(row)
    }

    /// Whether attaching a pend reason opens a task. One that no reference row defines opens none.
    pub(crate) fn publishes(&self, pend_reason: &str) -> Result<bool, StoreError> {
        let row = self.row(ReferenceKind::PendReason, pend_reason)?;
        Ok(matches!(row.as_deref(), Some(Reference::PendReason(definition)) if definition.publish_message))
    }

    /// Whether resolving a pend reason takes a restriction that is not among these rights.
    pub(crate) fn is_pend_reason_restricted(&self, pend_reason: &str, rights: &Rights) -> Result<bool, StoreError> {
        let row = self.row(ReferenceKind::PendReason, pend_reason)?;
        let restriction = match row.as_deref() {
            Some(Reference::PendReason(definition)) => definition.access_restriction.as_deref(),
            _ => None,
        };
        Ok(is_restricted(restriction, rights))
    }

    /// What is said of each unfinalize reason that a request gives and that takes a restriction which is not among these
    /// rights.
    pub(crate) fn check_rights(&self, options: &ReprocessOptions, rights: &Rights) -> Result<Vec<Message>, StoreError> {
        let mut messages = Vec::new();
        for given in &options.unfinalize_reasons {
            let row = self.row(ReferenceKind::UnfinalizeReason, &given.code)?;
            if let Some(Reference::UnfinalizeReason(definition)) = row.as_deref()
                && is_restricted(definition.access_restriction.as_deref(), rights)
            {
                messages.push(Message::new(MessageKey::UnfinalizeReasonNotAllowed, [&given.code]));
            }
        }
        Ok(messages)
    }

    /// Refuses a request that gives an unfinalize reason without the right to.
    pub(crate) fn require_rights(&self, options: &ReprocessOptions, rights: &Rights) -> Result<(), HostError> {
        match self.check_rights(options, rights)?.into_iter().next() {
            Some(message) => Err(HostError::Forbidden(message)),
            None => Ok(()),
        }
    }

    /// What is wrong with what the options of a request name.
    pub(crate) fn check_options(&self, options: &ReprocessOptions) -> Result<Vec<Message>, StoreError> {
        let mut messages = Vec::new();
        for named in named_codes_of_options(options) {
            if let NamedCodeKind::Reference(kind) = named.kind
                && self.row(kind, &named.key)?.is_none()
            {
                messages.push(named.unknown);
            }
        }
        for given in &options.unfinalize_reasons {
            if let Some(row) = self.row(ReferenceKind::UnfinalizeReason, &given.code)?
                && let Reference::UnfinalizeReason(definition) = row.as_ref()
            {
                messages.extend(check_unfinalize_reason(definition, given));
            }
        }
        Ok(messages)
    }
}
