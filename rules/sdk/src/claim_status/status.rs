//! The texts of statuses and process types, and what is so of a status.

use std::fmt;

use super::{ProcessType, ProcessingStatus};

impl ProcessingStatus {
    /// Every status, in the order of processing.
    pub const ALL: [Self; 15] = [
        Self::Entry,
        Self::Initial,
        Self::SentOutForPreprocessing,
        Self::Change,
        Self::SentOutForPricing,
        Self::ManualPricing,
        Self::PricingDone,
        Self::ManualPricingAdjudication,
        Self::PricingAdjudicationDone,
        Self::PricingFinalized,
        Self::ManualBenefits,
        Self::BenefitsDone,
        Self::ManualAdjudication,
        Self::AdjudicationDone,
        Self::Finalized,
    ];

    /// The status as people write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Entry => "ENTRY",
            Self::Initial => "INITIAL",
            Self::SentOutForPreprocessing => "SENT OUT FOR PREPROCESSING",
            Self::Change => "CHANGE",
            Self::SentOutForPricing => "SENT OUT FOR PRICING",
            Self::ManualPricing => "MANUAL PRICING",
            Self::PricingDone => "PRICING DONE",
            Self::ManualPricingAdjudication => "MANUAL PRICING ADJUDICATION",
            Self::PricingAdjudicationDone => "PRICING ADJUDICATION DONE",
            Self::PricingFinalized => "PRICING FINALIZED",
            Self::ManualBenefits => "MANUAL BENEFITS",
            Self::BenefitsDone => "BENEFITS DONE",
            Self::ManualAdjudication => "MANUAL ADJUDICATION",
            Self::AdjudicationDone => "ADJUDICATION DONE",
            Self::Finalized => "FINALIZED",
        }
    }

    /// Whether a claim in this status waits for a human.
    pub const fn is_pended(self) -> bool {
        matches!(
            self,
            Self::Change
                | Self::ManualPricing
                | Self::ManualPricingAdjudication
                | Self::ManualBenefits
                | Self::ManualAdjudication
        )
    }

    /// Whether a claim in this status is finalized, in price or whole: it is processed again only with an unfinalize
    /// reason.
    pub const fn is_finalized(self) -> bool {
        matches!(self, Self::PricingFinalized | Self::Finalized)
    }

    /// Whether a claim in this status may be processed again at all: pended or finalized.
    pub const fn is_reprocessable(self) -> bool {
        self.is_pended() || self.is_finalized()
    }
}

impl fmt::Display for ProcessingStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl ProcessType {
    /// Every process type.
    pub const ALL: [Self; 2] = [Self::Claim, Self::Reservation];

    /// The process type as people write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Claim => "CLAIM",
            Self::Reservation => "RESERVATION",
        }
    }
}

impl fmt::Display for ProcessType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CLAIM_STATUSES, PROCESS_TYPES};

    #[test]
    fn the_texts_are_those_of_the_columns() {
        for (number, status) in (1..).zip(ProcessingStatus::ALL) {
            assert_eq!(CLAIM_STATUSES.text_of(number), Some(status.as_str()));
        }
        for (number, process_type) in (1..).zip(ProcessType::ALL) {
            assert_eq!(PROCESS_TYPES.text_of(number), Some(process_type.as_str()));
        }
        assert_eq!((CLAIM_STATUSES.text_of(16), PROCESS_TYPES.text_of(3)), (None, None));
    }

    #[test]
    fn seven_statuses_are_reprocessable() {
        let reprocessable = ProcessingStatus::ALL
            .into_iter()
            .filter(|status| status.is_reprocessable());
        let texts: Vec<_> = reprocessable.map(ProcessingStatus::as_str).collect();
        assert_eq!(
            texts.join(", "),
            "CHANGE, MANUAL PRICING, MANUAL PRICING ADJUDICATION, PRICING FINALIZED, MANUAL BENEFITS, MANUAL \
             ADJUDICATION, FINALIZED"
        );
    }
}
