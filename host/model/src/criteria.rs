//! What a reprocess request asks of a line.

use std::fmt;

use crate::{Amount, Day};

/// One criterion of a request. A request is the conjunction of its criteria: one line must meet all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criterion {
    /// What it is about.
    pub name: CriterionName,
    /// The opposite is asked for: met exactly where the criterion as it stands is not, so that a line without the
    /// attribute meets it.
    pub negated: bool,
    /// What is asked for.
    pub test: Test,
}

/// What a criterion asks for. Ranges are inclusive at both ends; an absent end is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// Any of these codes.
    AnyOf(Vec<String>),
    /// Within this range of days.
    Days {
        /// First day.
        from: Option<Day>,
        /// Last day.
        through: Option<Day>,
    },
    /// Within this range of amounts.
    Amounts {
        /// Least amount.
        from: Option<Amount>,
        /// Greatest amount.
        through: Option<Amount>,
    },
    /// This serviced entity.
    Entity {
        /// Its code.
        code: String,
        /// Its type.
        entity_type: String,
    },
}

macro_rules! criterion_names {
    ($($(#[$meta:meta])* $value:ident $text:literal,)+) => {
        /// The criteria that a request can give, by the names that the contract (`wit/rules.wit`) gives them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum CriterionName { $($(#[$meta])* $value,)+ }

        impl CriterionName {
            /// Every criterion.
            pub const ALL: &[Self] = &[$(Self::$value,)+];

            /// Its name in the contract.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$value => $text,)+ }
            }

            /// The criterion of this name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|criterion| criterion.as_str() == name)
            }
        }
    };
}

criterion_names! {
    /// The claim's process type.
    ProcessType "process-type",
    /// The line's service start date.
    ServiceDate "service-date",
    /// The line's serviced entity.
    ServicedEntity "serviced-entity",
    /// The claim's entry date.
    EntryDate "entry-date",
    /// The claim's form.
    ClaimForm "claim-form",
    /// The claim's type.
    ClaimType "claim-type",
    /// The claim's processing status.
    ClaimStatus "claim-status",
    /// A procedure of the line belongs to a procedure group.
    ProcedureGroup "procedure-group",
    /// A procedure of the line meets a condition.
    ProcedureCondition "procedure-condition",
    /// The line's primary diagnosis belongs to a diagnosis group.
    DiagnosisGroup "diagnosis-group",
    /// The line's primary diagnosis meets a condition.
    DiagnosisCondition "diagnosis-condition",
    /// The line's benefits provider belongs to a provider group.
    BenefitsProviderGroup "benefits-provider-group",
    /// The line's price individual or price organization provider belongs to a provider group.
    PriceProviderGroup "price-provider-group",
    /// The line's service provider belongs to a provider group.
    ServiceProviderGroup "service-provider-group",
    /// The line's location provider belongs to a provider group.
    LocationProviderGroup "location-provider-group",
    /// The claim's claimant provider belongs to a provider group.
    ClaimantProviderGroup "claimant-provider-group",
    /// The line has benefits applied from a product.
    Product "product",
    /// The line has benefits applied from a coverage regime.
    CoverageRegime "coverage-regime",
    /// The line is priced with a fee schedule.
    FeeSchedule "fee-schedule",
    /// The line has a message of a message group.
    MessageGroup "message-group",
    /// The claim or the line has a pend reason.
    PendReason "pend-reason",
    /// The line's allowed amount.
    AllowedAmount "allowed-amount",
    /// The line's covered amount.
    CoveredAmount "covered-amount",
}

impl fmt::Display for CriterionName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
