//! Version 0.1.0 of the contract, generated from `wit/0.1.0`, and the names of its enums in the model's words.
//!
//! Here is the world of criteria components with all that components import; each other world has a file of its own.

pub(crate) mod claim_status;
pub(crate) mod intake;

use reprise_model as model;

wasmtime::component::bindgen!({
    path: "../../wit/0.1.0",
    world: "criteria-component",
    ownership: Borrowing { duplicate_if_necessary: true },
    imports: { default: trappable },
});

use reprise::rules::{reference_data, types};

impl From<types::Dictionary> for model::Dictionary {
    fn from(dictionary: types::Dictionary) -> Self {
        match dictionary {
            types::Dictionary::Procedure => Self::Procedure,
            types::Dictionary::Diagnosis => Self::Diagnosis,
            types::Dictionary::Provider => Self::Provider,
            types::Dictionary::Product => Self::Product,
            types::Dictionary::CoverageRegime => Self::CoverageRegime,
            types::Dictionary::FeeSchedule => Self::FeeSchedule,
            types::Dictionary::Message => Self::Message,
            types::Dictionary::PendReason => Self::PendReason,
            types::Dictionary::ClaimForm => Self::ClaimForm,
            types::Dictionary::ServicedEntity => Self::ServicedEntity,
            types::Dictionary::Attribute => Self::Attribute,
        }
    }
}

impl From<types::SetTable> for model::SetTable {
    fn from(table: types::SetTable) -> Self {
        match table {
            types::SetTable::Procedures => Self::Procedures,
            types::SetTable::Diagnoses => Self::Diagnoses,
            types::SetTable::Products => Self::Products,
            types::SetTable::CoverageRegimes => Self::CoverageRegimes,
            types::SetTable::FeeSchedules => Self::FeeSchedules,
            types::SetTable::Messages => Self::Messages,
            types::SetTable::PendReasons => Self::PendReasons,
            types::SetTable::Attributes => Self::Attributes,
        }
    }
}

impl From<reference_data::GroupKind> for model::GroupKind {
    fn from(kind: reference_data::GroupKind) -> Self {
        match kind {
            reference_data::GroupKind::Procedure => Self::Procedure,
            reference_data::GroupKind::Diagnosis => Self::Diagnosis,
            reference_data::GroupKind::Provider => Self::Provider,
            reference_data::GroupKind::Message => Self::Message,
        }
    }
}
