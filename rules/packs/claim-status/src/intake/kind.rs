//! What a claim is as far as its status goes.
//!
//! Asks: the claim's type, its plan's type, and whether the plan is medical.
//! Source: the product's own policy; none is published.
//! Decides: a claim on a plan of type capitation is a capitation claim, whatever was asked for. Otherwise the type says
//! it, and an Other claim is medical on a medical plan and tertiary on a dental one.

use reprise_rules::claim_status::{ClaimFacts, IntakeType, PlanType};

/// A column of the policy table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimKind {
    /// On the first-ranked dental plan.
    Primary,
    /// On the second-ranked dental plan.
    Secondary,
    /// On the third-ranked dental plan.
    Tertiary,
    /// On a medical plan.
    Medical,
    /// On a capitation plan.
    Capitation,
    /// Asks beforehand what would be paid.
    PreAuthorization,
}

impl ClaimKind {
    /// The kind of a claim that is asked for, or that was born.
    pub fn of(facts: &ClaimFacts) -> Self {
        match facts.claim_type {
            _ if facts.plan_type == PlanType::Capitation => Self::Capitation,
            IntakeType::Primary => Self::Primary,
            IntakeType::Secondary => Self::Secondary,
            IntakeType::Other if facts.medical => Self::Medical,
            IntakeType::Other => Self::Tertiary,
            IntakeType::Capitation => Self::Capitation,
            IntakeType::PreAuthorization => Self::PreAuthorization,
        }
    }

    /// The type that a claim of this kind is born with.
    pub const fn claim_type(self) -> IntakeType {
        match self {
            Self::Primary => IntakeType::Primary,
            Self::Secondary => IntakeType::Secondary,
            Self::Tertiary | Self::Medical => IntakeType::Other,
            Self::Capitation => IntakeType::Capitation,
            Self::PreAuthorization => IntakeType::PreAuthorization,
        }
    }

    /// What a sentence calls it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "a primary claim",
            Self::Secondary => "a secondary claim",
            Self::Tertiary => "a tertiary claim",
            Self::Medical => "a medical claim",
            Self::Capitation => "a capitation claim",
            Self::PreAuthorization => "a preauthorization",
        }
    }
}
