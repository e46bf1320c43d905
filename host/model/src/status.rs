//! The small fixed vocabularies of a claim: processing status, process type, claim type, tag action.

/// Why a text is none of a vocabulary's values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a {vocabulary}; it is one of: {allowed}")]
pub struct UnknownValue {
    vocabulary: &'static str,
    text: String,
    allowed: String,
}

impl UnknownValue {
    pub(crate) fn new(vocabulary: &'static str, text: &str, allowed: impl Into<String>) -> Self {
        Self {
            vocabulary,
            text: text.to_owned(),
            allowed: allowed.into(),
        }
    }
}

/// The texts of a vocabulary, for people.
pub(crate) fn listed(texts: &[&'static str]) -> String {
    let words: Vec<_> = texts
        .iter()
        .map(|text| if text.is_empty() { "an empty text" } else { text })
        .collect();
    words.join(", ")
}

/// Defines a vocabulary: its values with their numbers in columns and stored rows, and their texts.
macro_rules! vocabulary {
    (
        $(#[$meta:meta])* $name:ident, $word:literal: { $($(#[$value_meta:meta])* $value:ident = $number:literal $text:literal,)+ }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name { $($(#[$value_meta])* $value = $number,)+ }

        impl $name {
            /// Every value, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$value,)+];

            /// The value's text, as requests and imports write it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$value => $text,)+ }
            }

            /// The value's number in columns and stored rows.
            pub const fn number(self) -> u8 {
                self as u8
            }

            /// The value with this number.
            pub const fn from_number(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$value),)+ _ => None }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::status::UnknownValue;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$value),)+
                    _ => Err($crate::status::UnknownValue::new($word, text, $crate::status::listed(&[$($text,)+]))),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.serialize_str(self.as_str())
                } else {
                    serializer.serialize_u8(self.number())
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                    text.parse().map_err(serde::de::Error::custom)
                } else {
                    let number = <u8 as serde::Deserialize>::deserialize(deserializer)?;
                    Self::from_number(number)
                        .ok_or_else(|| serde::de::Error::custom(format_args!("no {} has number {number}", $word)))
                }
            }
        }
    };
}

pub(crate) use vocabulary;

vocabulary! {
    /// Where a claim stands on its way to payment. The numbers follow the order of processing.
    ProcessingStatus, "processing status": {
        /// Not yet sent.
        Entry = 1 "ENTRY",
        /// Submitted, at the start of processing.
        Initial = 2 "INITIAL",
        /// At an external preprocessor.
        SentOutForPreprocessing = 3 "SENT OUT FOR PREPROCESSING",
        /// Pended: somebody must change the claim.
        Change = 4 "CHANGE",
        /// At an external pricer.
        SentOutForPricing = 5 "SENT OUT FOR PRICING",
        /// Pended in pricing.
        ManualPricing = 6 "MANUAL PRICING",
        /// Priced.
        PricingDone = 7 "PRICING DONE",
        /// Pended in the adjudication of the price.
        ManualPricingAdjudication = 8 "MANUAL PRICING ADJUDICATION",
        /// Price adjudicated.
        PricingAdjudicationDone = 9 "PRICING ADJUDICATION DONE",
        /// Priced for good.
        PricingFinalized = 10 "PRICING FINALIZED",
        /// Pended in benefits.
        ManualBenefits = 11 "MANUAL BENEFITS",
        /// Benefits computed.
        BenefitsDone = 12 "BENEFITS DONE",
        /// Pended in adjudication.
        ManualAdjudication = 13 "MANUAL ADJUDICATION",
        /// Adjudicated.
        AdjudicationDone = 14 "ADJUDICATION DONE",
        /// Done.
        Finalized = 15 "FINALIZED",
    }
}

impl ProcessingStatus {
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

    /// Whether a reprocess request may name or reach a claim in this status: pended, or finalized in price or whole.
    pub const fn is_reprocessable(self) -> bool {
        self.is_pended() || self.needs_unfinalize_reason()
    }

    /// Whether a claim in this status is reprocessed only with a reason to unfinalize it.
    pub const fn needs_unfinalize_reason(self) -> bool {
        matches!(self, Self::PricingFinalized | Self::Finalized)
    }
}

vocabulary! {
    /// What kind of process a claim is in.
    ProcessType, "process type": {
        /// A request for payment.
        Claim = 1 "CLAIM",
        /// A reservation of benefits ahead of the service.
        Reservation = 2 "RESERVATION",
    }
}

vocabulary! {
    /// Who is paid.
    ClaimType, "claim type": {
        /// The provider.
        Provider = 1 "PROVIDER",
        /// The member, who paid the provider.
        Restitution = 2 "RESTITUTION",
    }
}

vocabulary! {
    /// What is to happen to a tagged step of processing. Undoing cannot be asked for and is no value.
    TagAction, "tag action": {
        /// Redo the step.
        Redo = 1 "R",
        /// Skip the step.
        Skip = 2 "S",
        /// Hold before the step.
        Hold = 3 "H",
        /// Force the step.
        Force = 4 "F",
    }
}

#[cfg(test)]
mod tests {
    use super::ProcessingStatus;

    #[test]
    fn seven_statuses_are_reprocessable() {
        let reprocessable: Vec<_> = ProcessingStatus::ALL
            .iter()
            .filter(|status| status.is_reprocessable())
            .map(|status| status.as_str())
            .collect();
        assert_eq!(
            reprocessable,
            [
                "CHANGE",
                "MANUAL PRICING",
                "MANUAL PRICING ADJUDICATION",
                "PRICING FINALIZED",
                "MANUAL BENEFITS",
                "MANUAL ADJUDICATION",
                "FINALIZED"
            ]
        );
    }
}
