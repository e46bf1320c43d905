//! The contract's world of claim-status components, as wasmtime sees it, and its values in the model's words.

use reprise_model as model;

// What a component imports is the same in every world, so that one linker serves them all.
wasmtime::component::bindgen!({
    path: "../../wit/0.1.0",
    world: "claim-status-component",
    ownership: Borrowing { duplicate_if_necessary: true },
    imports: { default: trappable },
    with: {
        "reprise:rules/types": crate::bindings::reprise::rules::types,
        "reprise:rules/reference-data": crate::bindings::reprise::rules::reference_data,
        "reprise:rules/diagnostics": crate::bindings::reprise::rules::diagnostics,
    },
});

use crate::bindings::reprise::rules::types;
use exports::reprise::rules::disposition::{self as contract, ClaimFlags};

/// Each value of an enum in both tongues, once for each direction.
macro_rules! same_values {
    ($contract:path = $model:path: $($value:ident)+) => {
        impl From<$model> for $contract {
            fn from(value: $model) -> Self {
                match value {
                    $(<$model>::$value => Self::$value,)+
                }
            }
        }

        impl From<$contract> for $model {
            fn from(value: $contract) -> Self {
                match value {
                    $(<$contract>::$value => Self::$value,)+
                }
            }
        }
    };
}

pub(super) use same_values;

same_values!(types::ProcessingStatus = model::ProcessingStatus:
    Entry Initial SentOutForPreprocessing Change SentOutForPricing ManualPricing PricingDone ManualPricingAdjudication
    PricingAdjudicationDone PricingFinalized ManualBenefits BenefitsDone ManualAdjudication AdjudicationDone Finalized
);

same_values!(types::ProcessType = model::ProcessType: Claim Reservation);

impl From<&model::ReprocessState> for ClaimFlags {
    fn from(state: &model::ReprocessState) -> Self {
        [
            (Self::SETTLED, state.settled),
            (Self::LOCKED, state.locked),
            (Self::PREPROCESSING_DONE, state.preprocessing_done),
            (Self::PRICING_DONE, state.pricing_done),
            (Self::UNFINALIZE_REASON_GIVEN, state.unfinalize_reason_given),
            (Self::PEND_REASON_GIVEN, state.pend_reason_given),
            (Self::PREPROCESSING_ASKED, state.asked_preprocessing_done.is_some()),
            (
                Self::PREPROCESSING_ASKED_DONE,
                state.asked_preprocessing_done == Some(true),
            ),
            (Self::PRICING_ASKED, state.asked_pricing_done.is_some()),
            (Self::PRICING_ASKED_DONE, state.asked_pricing_done == Some(true)),
        ]
        .into_iter()
        .filter(|(_, is_so)| *is_so)
        .fold(Self::empty(), |flags, (flag, _)| flags | flag)
    }
}

impl From<contract::Disposition> for model::Disposition {
    fn from(disposition: contract::Disposition) -> Self {
        Self {
            status: disposition.status.into(),
            preprocessing_done: disposition.preprocessing_done,
            pricing_done: disposition.pricing_done,
        }
    }
}

impl From<contract::RefusalReason> for model::DispositionRefusalReason {
    fn from(reason: contract::RefusalReason) -> Self {
        match reason {
            contract::RefusalReason::Settled => Self::Settled,
            contract::RefusalReason::Locked => Self::Locked,
            contract::RefusalReason::Status => Self::Status,
            contract::RefusalReason::UnfinalizeReasonMissing => Self::UnfinalizeReasonMissing,
            contract::RefusalReason::Other => Self::Other,
        }
    }
}
