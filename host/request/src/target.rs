//! What an attribute of a request can mean: a criterion, a part of one, or an option.

use reprise_model::CriterionName;

/// What an attribute of a request means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// What is asked of a line.
    Criterion(CriterionName, Part),
    /// How the request is to be processed.
    Option(OptionName),
}

/// Which part of its criterion an attribute gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// The first day.
    From,
    /// The last day.
    Through,
    /// The code of a serviced entity.
    Code,
    /// The type of a serviced entity.
    Type,
}

impl Part {
    pub(crate) const NAMED: [(&'static str, Self); 4] = [
        ("from", Self::From),
        ("through", Self::Through),
        ("code", Self::Code),
        ("type", Self::Type),
    ];
}

/// The options of a request: everything that is not a criterion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionName {
    /// The claim that a request about one claim is about.
    ClaimCode,
    /// Whether claims are reprocessed or only listed.
    Reprocess,
    /// Whether a Skip that a claim has gives way to the tag actions of the request.
    OverrideSkip,
    /// Whether claims need not be sent out for preprocessing.
    PreprocessingDone,
    /// Whether claims need not be sent out for pricing.
    PricingDone,
    /// Whether claims are marked as high priority.
    SetToHighPriority,
    /// The message that claims are marked with.
    ReprocessMessage,
    /// What is to happen to tagged steps of processing.
    TagActions,
    /// Why claims are unfinalized.
    UnfinalizeReasons,
    /// Why claims are to wait for a human.
    PendReasons,
}

impl OptionName {
    pub(crate) const NAMED: [(&'static str, Self); 10] = [
        ("claim-code", Self::ClaimCode),
        ("reprocess", Self::Reprocess),
        ("override-skip", Self::OverrideSkip),
        ("preprocessing-done", Self::PreprocessingDone),
        ("pricing-done", Self::PricingDone),
        ("set-to-high-priority", Self::SetToHighPriority),
        ("reprocess-message", Self::ReprocessMessage),
        ("tag-actions", Self::TagActions),
        ("unfinalize-reasons", Self::UnfinalizeReasons),
        ("pend-reasons", Self::PendReasons),
    ];

    /// Whether a request that is not about one claim can give it.
    pub(crate) fn is_of_criteria(self) -> bool {
        self != Self::ClaimCode
    }

    /// Whether a request about one claim can give it.
    pub(crate) fn is_of_single(self) -> bool {
        self != Self::Reprocess
    }
}
