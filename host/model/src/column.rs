//! The columns that a rule component can ask for, by the names that the contract (`wit/rules.wit`) gives them.

use std::fmt;

/// What the rows of a batch are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Granularity {
    /// A row for each claim.
    Claim,
    /// A row for each line.
    Line,
}

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColumnForm {
    /// Numbers of a small fixed vocabulary.
    Kinds,
    /// Codes, by their numbers in a dictionary; 0 is none.
    Codes(Dictionary),
    /// Lists of codes, by their numbers in a set table; 0 is the empty list.
    Sets(SetTable),
    /// Days; [`Day::ABSENT_NUMBER`](crate::Day::ABSENT_NUMBER) is none.
    Days,
    /// Amounts; [`Amount::ABSENT_NUMBER`](crate::Amount::ABSENT_NUMBER) is none.
    Amounts,
}

/// One value of any column, widened.
pub type Cell = i64;

/// The values of one column for the rows of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnSlice<'a> {
    /// Of a column of form [`ColumnForm::Kinds`].
    Kinds(&'a [u8]),
    /// Of a column of form [`ColumnForm::Codes`] or [`ColumnForm::Sets`].
    Ids(&'a [u32]),
    /// Of a column of form [`ColumnForm::Days`].
    Days(&'a [i32]),
    /// Of a column of form [`ColumnForm::Amounts`].
    Amounts(&'a [i64]),
}

impl ColumnSlice<'_> {
    /// How many rows it has.
    pub const fn len(&self) -> usize {
        match self {
            Self::Kinds(values) => values.len(),
            Self::Ids(values) => values.len(),
            Self::Days(values) => values.len(),
            Self::Amounts(values) => values.len(),
        }
    }

    /// Whether it has no row.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Defines a closed list of names with their order.
macro_rules! names {
    ($(#[$meta:meta])* $name:ident: { $($(#[$value_meta:meta])* $value:ident $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$value_meta])* $value,)+ }

        impl $name {
            /// Every one, in order.
            pub const ALL: &[Self] = &[$(Self::$value,)+];

            /// Its name in the contract.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$value => $text,)+ }
            }

            /// Its place in [`Self::ALL`].
            pub const fn position(self) -> usize {
                self as usize
            }

            /// The one of this name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == name)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.as_str())
            }
        }
    };
}

names! {
    /// The dictionaries that give codes their numbers.
    Dictionary: {
        /// Procedure codes of lines.
        Procedure "procedure",
        /// Diagnosis codes of lines.
        Diagnosis "diagnosis",
        /// Provider codes of lines and claims.
        Provider "provider",
        /// Product codes of applied benefits.
        Product "product",
        /// Coverage regime codes of applied benefits.
        CoverageRegime "coverage-regime",
        /// Fee schedule codes of lines.
        FeeSchedule "fee-schedule",
        /// Message codes of lines.
        Message "message",
        /// Pend reason codes of claims and lines.
        PendReason "pend-reason",
        /// Claim form codes.
        ClaimForm "claim-form",
        /// Serviced entities, by [`entity_key`](crate::entity_key).
        ServicedEntity "serviced-entity",
        /// Attributes of lines, as `name=value`.
        Attribute "attribute",
    }
}

names! {
    /// The tables that give lists of codes their numbers.
    SetTable: {
        /// Procedures of a line, as given.
        Procedures "procedures",
        /// Diagnoses of a line, primary first.
        Diagnoses "diagnoses",
        /// Products that a line has benefits applied from.
        Products "products",
        /// Coverage regimes that a line has benefits applied from.
        CoverageRegimes "coverage-regimes",
        /// Fee schedules that a line is priced with.
        FeeSchedules "fee-schedules",
        /// Messages of a line.
        Messages "messages",
        /// Pend reasons of a claim or line.
        PendReasons "pend-reasons",
        /// Attributes of a line.
        Attributes "attributes",
    }
}

impl SetTable {
    /// The dictionary that the members of its lists belong to.
    pub const fn dictionary(self) -> Dictionary {
        match self {
            Self::Procedures => Dictionary::Procedure,
            Self::Diagnoses => Dictionary::Diagnosis,
            Self::Products => Dictionary::Product,
            Self::CoverageRegimes => Dictionary::CoverageRegime,
            Self::FeeSchedules => Dictionary::FeeSchedule,
            Self::Messages => Dictionary::Message,
            Self::PendReasons => Dictionary::PendReason,
            Self::Attributes => Dictionary::Attribute,
        }
    }
}

names! {
    /// The columns of claims and lines.
    Column: {
        /// The claim's process type.
        ProcessType "process-type",
        /// The claim's type.
        ClaimType "claim-type",
        /// The claim's processing status.
        ClaimStatus "claim-status",
        /// The claim's form.
        ClaimForm "claim-form",
        /// The day the claim was entered.
        EntryDate "entry-date",
        /// The claim's claimant provider.
        ClaimantProvider "claimant-provider",
        /// The pend reasons on the claim's header.
        ClaimPendReasons "claim-pend-reasons",
        /// The first day of the line's service.
        ServiceStartDate "service-start-date",
        /// The line's serviced entity.
        ServicedEntity "serviced-entity",
        /// The line's procedures.
        Procedures "procedures",
        /// The line's diagnoses, primary first.
        Diagnoses "diagnoses",
        /// The line's primary diagnosis.
        PrimaryDiagnosis "primary-diagnosis",
        /// The line's benefits provider.
        BenefitsProvider "benefits-provider",
        /// The line's price individual provider.
        PriceIndividualProvider "price-individual-provider",
        /// The line's price organization provider.
        PriceOrganizationProvider "price-organization-provider",
        /// The line's service provider.
        ServiceProvider "service-provider",
        /// The line's location provider.
        LocationProvider "location-provider",
        /// The products that the line has benefits applied from.
        Products "products",
        /// The coverage regimes that the line has benefits applied from.
        CoverageRegimes "coverage-regimes",
        /// The fee schedules that the line is priced with.
        FeeSchedules "fee-schedules",
        /// The line's messages.
        Messages "messages",
        /// The line's own pend reasons.
        LinePendReasons "line-pend-reasons",
        /// The line's attributes.
        Attributes "attributes",
        /// The line's allowed amount.
        AllowedAmount "allowed-amount",
        /// The line's covered amount.
        CoveredAmount "covered-amount",
    }
}

impl Column {
    /// What its values are.
    pub const fn form(self) -> ColumnForm {
        match self {
            Self::ProcessType | Self::ClaimType | Self::ClaimStatus => ColumnForm::Kinds,
            Self::ClaimForm => ColumnForm::Codes(Dictionary::ClaimForm),
            Self::EntryDate | Self::ServiceStartDate => ColumnForm::Days,
            Self::ServicedEntity => ColumnForm::Codes(Dictionary::ServicedEntity),
            Self::PrimaryDiagnosis => ColumnForm::Codes(Dictionary::Diagnosis),
            Self::ClaimantProvider
            | Self::BenefitsProvider
            | Self::PriceIndividualProvider
            | Self::PriceOrganizationProvider
            | Self::ServiceProvider
            | Self::LocationProvider => ColumnForm::Codes(Dictionary::Provider),
            Self::Procedures => ColumnForm::Sets(SetTable::Procedures),
            Self::Diagnoses => ColumnForm::Sets(SetTable::Diagnoses),
            Self::Products => ColumnForm::Sets(SetTable::Products),
            Self::CoverageRegimes => ColumnForm::Sets(SetTable::CoverageRegimes),
            Self::FeeSchedules => ColumnForm::Sets(SetTable::FeeSchedules),
            Self::Messages => ColumnForm::Sets(SetTable::Messages),
            Self::ClaimPendReasons | Self::LinePendReasons => ColumnForm::Sets(SetTable::PendReasons),
            Self::Attributes => ColumnForm::Sets(SetTable::Attributes),
            Self::AllowedAmount | Self::CoveredAmount => ColumnForm::Amounts,
        }
    }

    /// Whether it is a column of claims or of lines.
    pub const fn granularity(self) -> Granularity {
        match self {
            Self::ProcessType
            | Self::ClaimType
            | Self::ClaimStatus
            | Self::ClaimForm
            | Self::EntryDate
            | Self::ClaimantProvider
            | Self::ClaimPendReasons => Granularity::Claim,
            _ => Granularity::Line,
        }
    }
}
