//! The contract's names for the values of its enums, as vectors write them and as answers are shown.

use reprise_model::{DispositionRefusalReason, IntakeType, PlanType, ProcessType, ProcessingStatus, SubmissionStatus};

/// An enum of the contract.
pub(crate) trait ContractName: Copy + 'static {
    /// What the contract calls the enum.
    const ENUM: &'static str;

    /// Every value.
    fn all() -> &'static [Self];

    /// The value's name in the contract.
    fn name(self) -> String;

    /// The value of this name, or which names there are.
    fn from_contract_name(name: &str) -> Result<Self, String> {
        let found = Self::all().iter().copied().find(|value| value.name() == name);
        found.ok_or_else(|| {
            let names: Vec<_> = Self::all().iter().map(|value| value.name()).collect();
            format!("`{name}` is no {}; it is one of {}", Self::ENUM, names.join(", "))
        })
    }
}

/// Names that are a value's text in lower case with hyphens.
fn hyphenated(text: &str) -> String {
    text.to_lowercase().replace(' ', "-")
}

impl ContractName for ProcessingStatus {
    const ENUM: &'static str = "processing-status";

    fn all() -> &'static [Self] {
        Self::ALL
    }

    fn name(self) -> String {
        hyphenated(self.as_str())
    }
}

impl ContractName for ProcessType {
    const ENUM: &'static str = "process-type";

    fn all() -> &'static [Self] {
        Self::ALL
    }

    fn name(self) -> String {
        hyphenated(self.as_str())
    }
}

impl ContractName for SubmissionStatus {
    const ENUM: &'static str = "submission-status";

    fn all() -> &'static [Self] {
        Self::ALL
    }

    fn name(self) -> String {
        let name = match self {
            Self::Unsent => "unsent",
            Self::Hold => "hold",
            Self::Waiting => "waiting",
            Self::ProbablySent => "probably-sent",
            Self::Sent => "sent",
            Self::Received => "received",
            Self::InProcess => "in-process",
        };
        name.to_owned()
    }
}

impl ContractName for IntakeType {
    const ENUM: &'static str = "claim-type";

    fn all() -> &'static [Self] {
        Self::ALL
    }

    fn name(self) -> String {
        let name = match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::Other => "other",
            Self::Capitation => "capitation",
            Self::PreAuthorization => "pre-authorization",
        };
        name.to_owned()
    }
}

impl ContractName for PlanType {
    const ENUM: &'static str = "plan-type";

    fn all() -> &'static [Self] {
        Self::ALL
    }

    fn name(self) -> String {
        let name = match self {
            Self::Percentage => "percentage",
            Self::PpoPercentage => "ppo-percentage",
            Self::FlatCopay => "flat-copay",
            Self::Capitation => "capitation",
        };
        name.to_owned()
    }
}

impl ContractName for DispositionRefusalReason {
    const ENUM: &'static str = "refusal-reason";

    fn all() -> &'static [Self] {
        &[
            Self::Settled,
            Self::Locked,
            Self::Status,
            Self::UnfinalizeReasonMissing,
            Self::Other,
        ]
    }

    fn name(self) -> String {
        let name = match self {
            Self::Settled => "settled",
            Self::Locked => "locked",
            Self::Status => "status",
            Self::UnfinalizeReasonMissing => "unfinalize-reason-missing",
            Self::Other => "other",
        };
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        fn check<T: ContractName + PartialEq + std::fmt::Debug>(contract: &str) {
            for &value in T::all() {
                assert_eq!(T::from_contract_name(&value.name()), Ok(value));
                let listed = contract.contains(&format!("        {},\n", value.name()));
                assert!(listed, "`{}` is not in the contract's {}", value.name(), T::ENUM);
            }
        }
        let contract = include_str!("../../../../../wit/rules.wit");
        check::<ProcessingStatus>(contract);
        check::<ProcessType>(contract);
        check::<SubmissionStatus>(contract);
        check::<IntakeType>(contract);
        check::<PlanType>(contract);
        check::<DispositionRefusalReason>(contract);
    }

    #[test]
    fn an_unknown_name_is_told_the_known_ones() {
        assert_eq!(
            ProcessType::from_contract_name("CLAIM"),
            Err("`CLAIM` is no process-type; it is one of claim, reservation".to_owned())
        );
    }
}
