//! The values of claim intake: their letters, how births and refusals are made, and what facts answer when asked.

use std::fmt;

use super::{Birth, Enrolment, EnrolmentFacts, IntakeRefusal, IntakeType, PlanType, ProcedureFacts, SubmissionStatus};

impl IntakeType {
    /// Every type.
    pub const ALL: [Self; 5] = [
        Self::Primary,
        Self::Secondary,
        Self::Other,
        Self::Capitation,
        Self::PreAuthorization,
    ];

    /// The type as the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Primary => "P",
            Self::Secondary => "S",
            Self::Other => "Other",
            Self::Capitation => "Cap",
            Self::PreAuthorization => "PreAuth",
        }
    }
}

impl fmt::Display for IntakeType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl SubmissionStatus {
    /// Every status.
    pub const ALL: [Self; 7] = [
        Self::Unsent,
        Self::Hold,
        Self::Waiting,
        Self::ProbablySent,
        Self::Sent,
        Self::Received,
        Self::InProcess,
    ];

    /// The status as the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unsent => "U",
            Self::Hold => "H",
            Self::Waiting => "W",
            Self::ProbablySent => "P",
            Self::Sent => "S",
            Self::Received => "R",
            Self::InProcess => "I",
        }
    }

    /// What people call it.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Unsent => "unsent",
            Self::Hold => "hold until primary received",
            Self::Waiting => "waiting to send",
            Self::ProbablySent => "probably sent",
            Self::Sent => "sent",
            Self::Received => "received",
            Self::InProcess => "hold for in-process procedure",
        }
    }
}

impl fmt::Display for SubmissionStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl PlanType {
    /// Every type.
    pub const ALL: [Self; 4] = [Self::Percentage, Self::PpoPercentage, Self::FlatCopay, Self::Capitation];
}

impl Birth {
    /// A claim of this type, born in this status.
    pub const fn in_status(claim_type: IntakeType, status: SubmissionStatus) -> Self {
        Self {
            claim_type,
            status,
            settles_in: status,
        }
    }

    /// A claim of this type, held until no procedure of it is in process, then in this status.
    pub const fn in_process(claim_type: IntakeType, settles_in: SubmissionStatus) -> Self {
        Self {
            claim_type,
            status: SubmissionStatus::InProcess,
            settles_in,
        }
    }
}

impl IntakeRefusal {
    /// A refusal by this code, for this field of the request (empty if it is none), in these words. Programs go by the
    /// code, which is lower-case letters, digits and hyphens and keeps its meaning for ever; people read the sentence.
    pub fn new(code: impl Into<String>, field: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            field: field.into(),
            sentence: sentence.into(),
            allowed: Vec::new(),
        }
    }

    /// The same, with the statuses that would be right.
    #[must_use]
    pub fn allowing(self, allowed: Vec<SubmissionStatus>) -> Self {
        Self { allowed, ..self }
    }
}

impl EnrolmentFacts {
    /// The patient's dental plan of this rank, from 1.
    pub fn dental(&self, rank: u32) -> Option<&Enrolment> {
        self.enrolments
            .iter()
            .find(|enrolment| rank > 0 && enrolment.rank == rank)
    }

    /// The patient's medical plans, in the patient's order of plans.
    pub fn medical(&self) -> impl Iterator<Item = &Enrolment> {
        self.enrolments.iter().filter(|enrolment| enrolment.is_medical())
    }
}

impl Enrolment {
    /// Whether the plan is a medical one: those have no rank.
    pub const fn is_medical(&self) -> bool {
        self.rank == 0
    }
}

impl ProcedureFacts {
    /// Whether it may be billed to a subscription.
    pub fn is_billed_to(&self, subscription: u64) -> bool {
        !self.not_billed_to.contains(&subscription)
    }

    /// Whether it is on a claim for a subscription already, preauthorizations aside.
    pub fn is_claimed_for(&self, subscription: u64) -> bool {
        self.claimed_for.contains(&subscription)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_are_found_by_rank_and_kind() {
        let enrolment = |subscription, rank| Enrolment {
            subscription,
            plan_type: PlanType::Percentage,
            rank,
        };
        let facts = EnrolmentFacts {
            enrolments: vec![enrolment(7, 0), enrolment(8, 1), enrolment(9, 2), enrolment(10, 0)],
            procedures: Vec::new(),
        };
        for (rank, subscription) in [(0, None), (1, Some(8)), (2, Some(9)), (3, None)] {
            let found = facts.dental(rank).map(|enrolment| enrolment.subscription);
            assert_eq!(found, subscription, "rank {rank}");
        }
        let medical: Vec<_> = facts.medical().map(|enrolment| enrolment.subscription).collect();
        assert_eq!(medical, [7, 10]);
    }
}
