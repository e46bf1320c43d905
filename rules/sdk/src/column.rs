//! The columns that rules can ask for, the dictionaries and tables behind their numbers, and the words for them.

use std::fmt;

pub use crate::bindings::exports::reprise::rules::criteria::Granularity;
pub use crate::bindings::reprise::rules::types::{Dictionary, SetTable};

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnForm {
    /// Numbers of a small fixed vocabulary.
    Kinds,
    /// Codes, by their numbers in a dictionary; 0 is none.
    Codes(Dictionary),
    /// Lists of codes, by their numbers in a set table; 0 is the empty list.
    Sets(SetTable),
    /// Days; [`ABSENT_DAY`] is none.
    Days,
    /// Amounts; [`ABSENT_AMOUNT`] is none.
    Amounts,
}

/// Stands for "no day" in a column.
pub const ABSENT_DAY: i32 = i32::MIN;
/// Stands for "no amount" in a column.
pub const ABSENT_AMOUNT: i64 = i64::MIN;

macro_rules! columns {
    ($($(#[$meta:meta])* $value:ident $name:literal $noun:literal $granularity:ident $form:expr,)+) => {
        /// A column of claims or of lines.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Column { $($(#[$meta])* $value,)+ }

        impl Column {
            /// Every column.
            pub const ALL: &[Self] = &[$(Self::$value,)+];

            /// Its name in the contract.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$value => $name,)+ }
            }

            /// One of its values, in a sentence: `benefits provider`.
            pub const fn noun(self) -> &'static str {
                match self { $(Self::$value => $noun,)+ }
            }

            /// Whether it is a column of claims or of lines.
            pub const fn granularity(self) -> Granularity {
                match self { $(Self::$value => Granularity::$granularity,)+ }
            }

            /// What its values are.
            pub const fn form(self) -> ColumnForm {
                match self { $(Self::$value => $form,)+ }
            }
        }
    };
}

columns! {
    /// The claim's process type.
    ProcessType "process-type" "process type" Claim ColumnForm::Kinds,
    /// The claim's type.
    ClaimType "claim-type" "claim type" Claim ColumnForm::Kinds,
    /// The claim's processing status.
    ClaimStatus "claim-status" "status" Claim ColumnForm::Kinds,
    /// The claim's form.
    ClaimForm "claim-form" "claim form" Claim ColumnForm::Codes(Dictionary::ClaimForm),
    /// The day the claim was entered.
    EntryDate "entry-date" "entry date" Claim ColumnForm::Days,
    /// The claim's claimant provider.
    ClaimantProvider "claimant-provider" "claimant provider" Claim ColumnForm::Codes(Dictionary::Provider),
    /// The pend reasons on the claim's header.
    ClaimPendReasons "claim-pend-reasons" "pend reason" Claim ColumnForm::Sets(SetTable::PendReasons),
    /// The first day of the line's service.
    ServiceStartDate "service-start-date" "service start date" Line ColumnForm::Days,
    /// The line's serviced entity.
    ServicedEntity "serviced-entity" "serviced entity" Line ColumnForm::Codes(Dictionary::ServicedEntity),
    /// The line's procedures.
    Procedures "procedures" "procedure" Line ColumnForm::Sets(SetTable::Procedures),
    /// The line's diagnoses, primary first.
    Diagnoses "diagnoses" "diagnosis" Line ColumnForm::Sets(SetTable::Diagnoses),
    /// The line's primary diagnosis.
    PrimaryDiagnosis "primary-diagnosis" "primary diagnosis" Line ColumnForm::Codes(Dictionary::Diagnosis),
    /// The line's benefits provider.
    BenefitsProvider "benefits-provider" "benefits provider" Line ColumnForm::Codes(Dictionary::Provider),
    /// The line's price individual provider.
    PriceIndividualProvider "price-individual-provider" "price individual provider" Line ColumnForm::Codes(Dictionary::Provider),
    /// The line's price organization provider.
    PriceOrganizationProvider "price-organization-provider" "price organization provider" Line ColumnForm::Codes(Dictionary::Provider),
    /// The line's service provider.
    ServiceProvider "service-provider" "service provider" Line ColumnForm::Codes(Dictionary::Provider),
    /// The line's location provider.
    LocationProvider "location-provider" "location provider" Line ColumnForm::Codes(Dictionary::Provider),
    /// The products that the line has benefits applied from.
    Products "products" "product" Line ColumnForm::Sets(SetTable::Products),
    /// The coverage regimes that the line has benefits applied from.
    CoverageRegimes "coverage-regimes" "coverage regime" Line ColumnForm::Sets(SetTable::CoverageRegimes),
    /// The fee schedules that the line is priced with.
    FeeSchedules "fee-schedules" "fee schedule" Line ColumnForm::Sets(SetTable::FeeSchedules),
    /// The line's messages.
    Messages "messages" "message" Line ColumnForm::Sets(SetTable::Messages),
    /// The line's own pend reasons.
    LinePendReasons "line-pend-reasons" "pend reason" Line ColumnForm::Sets(SetTable::PendReasons),
    /// The line's attributes.
    Attributes "attributes" "attribute" Line ColumnForm::Sets(SetTable::Attributes),
    /// The line's allowed amount.
    AllowedAmount "allowed-amount" "allowed amount" Line ColumnForm::Amounts,
    /// The line's covered amount.
    CoveredAmount "covered-amount" "covered amount" Line ColumnForm::Amounts,
}

impl Column {
    /// How many columns there are.
    pub const COUNT: usize = Self::ALL.len();

    /// Its place in [`Self::ALL`].
    pub const fn position(self) -> usize {
        self as usize
    }

    /// The column of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|column| column.name() == name)
    }

    /// Several of its values, in a sentence: `diagnoses`.
    pub fn plural(self) -> String {
        match self {
            Self::Diagnoses => "diagnoses".to_owned(),
            _ => format!("{}s", self.noun()),
        }
    }

    /// Whose value it is, in a sentence: `the claim`.
    pub const fn owner(self) -> &'static str {
        match self.granularity() {
            Granularity::Claim => "the claim",
            Granularity::Line => "the line",
        }
    }

    /// The dictionary that its codes, or the members of its lists, belong to.
    pub const fn dictionary(self) -> Option<Dictionary> {
        match self.form() {
            ColumnForm::Codes(dictionary) => Some(dictionary),
            ColumnForm::Sets(table) => Some(dictionary_of(table)),
            ColumnForm::Kinds | ColumnForm::Days | ColumnForm::Amounts => None,
        }
    }
}

impl fmt::Display for Column {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The dictionary that the members of a table's lists belong to.
pub const fn dictionary_of(table: SetTable) -> Dictionary {
    match table {
        SetTable::Procedures => Dictionary::Procedure,
        SetTable::Diagnoses => Dictionary::Diagnosis,
        SetTable::Products => Dictionary::Product,
        SetTable::CoverageRegimes => Dictionary::CoverageRegime,
        SetTable::FeeSchedules => Dictionary::FeeSchedule,
        SetTable::Messages => Dictionary::Message,
        SetTable::PendReasons => Dictionary::PendReason,
        SetTable::Attributes => Dictionary::Attribute,
    }
}
