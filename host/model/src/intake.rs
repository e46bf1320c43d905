//! What is asked and answered about a claim's birth and its way to the payer and back: the facts that the host supplies and
//! what the rules decide on them. `wit/rules.wit`, interface `intake`, says the same in the contract's words.

use crate::ProcessingStatus;
use crate::status::vocabulary;

vocabulary! {
    /// What a claim is among the claims for the same procedures. Not who is paid: that is [`ClaimType`](crate::ClaimType).
    IntakeType, "claim type": {
        /// On the patient's first-ranked dental plan.
        Primary = 1 "P",
        /// On the patient's second-ranked dental plan.
        Secondary = 2 "S",
        /// Tertiary, on the third-ranked dental plan, or medical.
        Other = 3 "Other",
        /// On a capitation plan. A claim becomes one; nobody asks for one.
        Capitation = 4 "Cap",
        /// Asks beforehand what would be paid.
        PreAuthorization = 5 "PreAuth",
    }
}

vocabulary! {
    /// How far a claim is on its way to the payer and back.
    SubmissionStatus, "claim status": {
        /// Not sent, and not to be sent yet.
        Unsent = 1 "U",
        /// Held until the claim before it is received.
        Hold = 2 "H",
        /// Waiting to be sent.
        Waiting = 3 "W",
        /// Probably sent; only older data has it.
        ProbablySent = 4 "P",
        /// Sent.
        Sent = 5 "S",
        /// Received back.
        Received = 6 "R",
        /// Held because a procedure is in process; nobody asks for it.
        InProcess = 7 "I",
    }
}

impl SubmissionStatus {
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

vocabulary! {
    /// How a plan pays.
    PlanType, "plan type": {
        /// A percentage of the fee.
        Percentage = 1 "",
        /// A percentage of a negotiated fee.
        PpoPercentage = 2 "p",
        /// A flat copayment.
        FlatCopay = 3 "f",
        /// Capitation: a sum for each member, not for what is done.
        Capitation = 4 "c",
    }
}

vocabulary! {
    /// What a patient is to a plan's subscriber.
    Relationship, "relationship": {
        /// The subscriber.
        Itself = 1 "Self",
        /// The subscriber's spouse.
        Spouse = 2 "Spouse",
        /// A child.
        Child = 3 "Child",
        /// An employee.
        Employee = 4 "Employee",
        /// A dependent with a handicap.
        HandicapDependent = 5 "HandicapDep",
        /// A significant other.
        SignificantOther = 6 "SignifOther",
        /// The plaintiff of an injury.
        InjuredPlaintiff = 7 "InjuredPlaintiff",
        /// A life partner.
        LifePartner = 8 "LifePartner",
        /// Another dependent.
        Dependent = 9 "Dependent",
    }
}

/// A claim that is asked for, as far as its birth is decided by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimFacts {
    /// What is asked for.
    pub claim_type: IntakeType,
    /// In which status it is asked for, if in any.
    pub asked: Option<SubmissionStatus>,
    /// How its plan pays.
    pub plan_type: PlanType,
    /// The plan's rank among the patient's dental plans, from 1; 0 if it is medical, or if there is none.
    pub rank: u32,
    /// The same for the other coverage.
    pub other_rank: u32,
    /// How many dental plans the patient has.
    pub dental_plans: u32,
    /// How many medical plans the patient has.
    pub medical_plans: u32,
    /// How many procedures it is for.
    pub procedures: u32,
    /// How many of them are on a primary claim that is not received yet.
    pub on_open_primary: u32,
    /// How many of them are on no primary claim but received ones, one at least.
    pub on_received_primary: u32,
    /// How many different diagnosis codes they have.
    pub diagnoses: u32,
    /// The first of them that is on another claim for the same subscription, preauthorizations aside; 0 if none is.
    pub claimed: u64,
    /// The first of them that is not to be billed to the subscription; 0 if none is.
    pub not_billed: u64,
    /// The first of them whose fee is 0; 0 if none's is.
    pub without_fee: u64,
    /// What else is so.
    pub situation: Situation,
}

/// What is so of a claim and of the request for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, as the contract's flags are"
)]
pub struct Situation {
    /// There is a plan for the claim: the subscription that was named, or the one of the rank that the type is for.
    pub plan_known: bool,
    /// The plan is a medical one.
    pub medical: bool,
    /// The request names the subscription.
    pub subscription_asked: bool,
    /// The request names the other coverage's subscription.
    pub other_subscription_asked: bool,
    /// A medical plan comes before the plan in the patient's order of plans.
    pub medical_before: bool,
    /// A procedure is in process.
    pub in_process: bool,
    /// Procedures are of different clinics.
    pub several_clinics: bool,
    /// Procedures are of different places of service.
    pub several_places: bool,
}

/// A setting of the office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficeSetting {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// How a claim is born.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Birth {
    /// What it is.
    pub claim_type: IntakeType,
    /// In which status.
    pub status: SubmissionStatus,
    /// In which status it is to be once no procedure of it is in process any more.
    pub settles_in: SubmissionStatus,
}

/// Why something is not done, in the rules' words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntakeRefusal {
    /// A stable code that programs tell refusals apart by.
    pub code: String,
    /// The field of the request that is at fault; empty if it is none.
    pub field: String,
    /// What is wrong and what would be right, as one sentence.
    pub sentence: String,
    /// The statuses that would be right, where the status is what is wrong.
    pub allowed: Vec<SubmissionStatus>,
}

/// A plan that a patient is enrolled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// The number of the subscription.
    pub subscription: u64,
    /// How the plan pays.
    pub plan_type: PlanType,
    /// The plan's rank among the patient's dental plans, from 1; 0 if it is medical.
    pub rank: u32,
}

/// A procedure that claims are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, as the contract's record has them"
)]
pub struct ProcedureFacts {
    /// Its number.
    pub procedure: u64,
    /// It is in process.
    pub in_process: bool,
    /// Its fee is 0.
    pub without_fee: bool,
    /// Its clinic; two procedures have the same number here if they have the same clinic. 0 is none.
    pub clinic: u32,
    /// Its place of service, likewise.
    pub place: u32,
    /// Its diagnosis codes, likewise, each once.
    pub diagnoses: Vec<u32>,
    /// The subscriptions of the patient that it is not to be billed to.
    pub not_billed_to: Vec<u64>,
    /// The subscriptions of the patient for which it is on a claim already, preauthorizations aside.
    pub claimed_for: Vec<u64>,
    /// It is on a primary claim that is not received yet.
    pub on_open_primary: bool,
    /// It is on a received primary claim.
    pub on_received_primary: bool,
}

/// Procedures that all the claims are asked for which the patient's enrolment calls for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolmentFacts {
    /// The patient's plans, in the patient's order of plans.
    pub enrolments: Vec<Enrolment>,
    /// The procedures, in the order of the request.
    pub procedures: Vec<ProcedureFacts>,
}

/// A claim that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeClaim {
    /// How it is born.
    pub birth: Birth,
    /// The subscription that it is for.
    pub subscription: u64,
    /// The other coverage's subscription; 0 if there is none.
    pub other_subscription: u64,
    /// The procedures that it is for, in the order of the request.
    pub procedures: Vec<u64>,
    /// Whether its date of sending is the day of its birth.
    pub dated: bool,
}

/// A claim that is asked to be in another status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeFacts {
    /// The claim as it stands; `asked` is the status that it is to have.
    pub claim: ClaimFacts,
    /// The status that it has.
    pub current: SubmissionStatus,
    /// Where it stands on its way to payment.
    pub processing: ProcessingStatus,
}

/// A claim that may be free to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseFacts {
    /// What it is.
    pub claim_type: IntakeType,
    /// The status that it has.
    pub current: SubmissionStatus,
    /// The status that it was to be in, at its birth, once no procedure is in process any more.
    pub settles_in: SubmissionStatus,
    /// The rank of its plan among the patient's dental plans when it was born; 0 if that is medical.
    pub rank: u32,
    /// The rank, likewise, of the claim that was received just now and shares a procedure with it. If none was, and it waits
    /// for a procedure: the highest rank below its own of a claim that shares a procedure with it and is received. 0 if
    /// there is none.
    pub received_rank: u32,
    /// Whether the claim that was received just now and shares a procedure with it is for a medical plan.
    pub received_medical: bool,
    /// How many claims share a procedure with it, are for a plan of lower rank, and are not received.
    pub open_before: u32,
    /// Whether a procedure of it is in process.
    pub in_process: bool,
}
