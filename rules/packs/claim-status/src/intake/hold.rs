//! When a claim may be held for the claim before it.
//!
//! Asks: what the claim is, its plan's rank, which of its procedures are on received primary claims, whether a medical
//! plan comes before, and the office's flag `hold-primary-for-medical`.
//! Source: the product's own policy; none is published.
//! Decides: a claim is held only where something is to be waited for. A primary claim waits for a medical plan that
//! comes before it, in an office that wants so. A secondary claim waits for the primary one, which may be unsent, sent,
//! deleted or not made yet, unless it is received for every procedure. A tertiary claim waits for the secondary one, a
//! capitation claim for the claim before it unless its plan is the first. Medical claims and preauthorizations wait for
//! nothing.

use reprise_rules::claim_status::{ClaimFacts, OfficeFlags};

use super::kind::ClaimKind;

/// The office's setting that lets primary claims wait for a medical plan.
pub const HOLD_PRIMARY_FOR_MEDICAL: &str = "hold-primary-for-medical";

/// What speaks against holding a claim, if anything does.
pub(super) fn against_hold(facts: &ClaimFacts, office: &OfficeFlags) -> Option<&'static str> {
    match ClaimKind::of(facts) {
        ClaimKind::Primary if !office.is_on(HOLD_PRIMARY_FOR_MEDICAL) => {
            Some("a primary claim is held only in an office whose flag `hold-primary-for-medical` is on")
        }
        ClaimKind::Primary if !facts.medical_before => {
            Some("a primary claim is held only for a medical plan that comes before its own, and none does")
        }
        ClaimKind::Secondary if facts.on_received_primary >= facts.procedures => {
            Some("a secondary claim is held until the primary is received, and it is received for all these procedures")
        }
        ClaimKind::Tertiary if facts.rank < 2 => {
            Some("a claim is held for the one on the plan that ranks before its own, and none does")
        }
        ClaimKind::Capitation if facts.rank < 2 => {
            Some("a capitation claim is held for the one on the dental plan that ranks before its own, and none does")
        }
        ClaimKind::Medical => Some("a medical claim is not held, for no claim comes before it"),
        ClaimKind::PreAuthorization => Some("a preauthorization is not held, for it waits for no other claim"),
        ClaimKind::Primary | ClaimKind::Secondary | ClaimKind::Tertiary | ClaimKind::Capitation => None,
    }
}
