//! The steps of admission, and the refusal that each may end with.

use std::fmt;

/// The steps that a component goes through before it may decide, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AdmissionStep {
    /// It is not too large.
    Size,
    /// Who vouches for it may; what that takes is the host's to say.
    Signature,
    /// It is a component, valid, made of allowed parts.
    Validation,
    /// It imports nothing but the contract's interfaces.
    Imports,
    /// It exports what the contract says, with the contract's types.
    Contract,
    /// It compiles within the time it is given.
    Compilation,
    /// It can be instantiated within its limits.
    Instantiation,
    /// It says what it is.
    Description,
    /// It decides its own test vectors as they say.
    Vectors,
    /// It keeps what the contract promises, on claims that the engine makes up.
    Conformance,
}

impl AdmissionStep {
    /// Every step.
    pub const ALL: [Self; 10] = [
        Self::Size,
        Self::Signature,
        Self::Validation,
        Self::Imports,
        Self::Contract,
        Self::Compilation,
        Self::Instantiation,
        Self::Description,
        Self::Vectors,
        Self::Conformance,
    ];

    /// The step's name, for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Signature => "signature",
            Self::Validation => "validation",
            Self::Imports => "imports",
            Self::Contract => "contract",
            Self::Compilation => "compilation",
            Self::Instantiation => "instantiation",
            Self::Description => "description",
            Self::Vectors => "vectors",
            Self::Conformance => "conformance",
        }
    }
}

impl fmt::Display for AdmissionStep {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Why a component is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the component is refused at step `{step}`: {reason}")]
pub struct Refusal {
    /// The step that it failed.
    pub step: AdmissionStep,
    /// What is wrong and what would be right, in words that its author can act on.
    pub reason: String,
}

impl Refusal {
    pub(crate) fn new(step: AdmissionStep, reason: impl Into<String>) -> Self {
        Self {
            step,
            reason: reason.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::AdmissionStep;

    #[test]
    fn steps_are_ordered_as_they_are_taken() {
        assert!(AdmissionStep::ALL.is_sorted());
        let names = "size signature validation imports contract compilation instantiation description vectors \
                     conformance";
        assert_eq!(AdmissionStep::ALL.map(AdmissionStep::as_str).join(" "), names);
    }
}
