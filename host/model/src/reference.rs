//! Reference data: everything a request may name that is not a claim.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::claim::{check_code, check_number};
use crate::status::vocabulary;
use crate::{Amount, AttributeValue, Day, Diagnosis, PlanType, Relationship};

/// One row of reference data, in the shape of the import format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Reference {
    /// A group of procedures.
    ProcedureGroup(Group),
    /// A group of diagnoses.
    DiagnosisGroup(Group),
    /// A group of providers.
    ProviderGroup(Group),
    /// A group of messages.
    MessageGroup(MessageGroup),
    /// A message.
    Message(MessageDefinition),
    /// A pend reason.
    PendReason(PendReasonDefinition),
    /// An unfinalize reason.
    UnfinalizeReason(UnfinalizeReasonDefinition),
    /// A tag of a step of processing.
    SkipTag(NamedReference),
    /// A claim form.
    ClaimForm(NamedReference),
    /// A product.
    Product(NamedReference),
    /// A coverage regime.
    CoverageRegime(NamedReference),
    /// A fee schedule.
    FeeSchedule(NamedReference),
    /// A person or thing that is served.
    ServicedEntity(ServicedEntityDefinition),
    /// A patient.
    Patient(Patient),
    /// A plan that pays.
    InsPlan(InsPlan),
    /// A subscription to a plan.
    InsSub(InsSub),
    /// A patient's place under a subscription.
    PatPlan(PatPlan),
    /// A procedure that was or is to be done.
    Procedure(Procedure),
    /// A setting of the office.
    OfficeFlag(OfficeFlag),
}

/// The kinds of reference data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the kinds are those of `Reference`, described there")]
pub enum ReferenceKind {
    ProcedureGroup,
    DiagnosisGroup,
    ProviderGroup,
    MessageGroup,
    Message,
    PendReason,
    UnfinalizeReason,
    SkipTag,
    ClaimForm,
    Product,
    CoverageRegime,
    FeeSchedule,
    ServicedEntity,
    Patient,
    InsPlan,
    InsSub,
    PatPlan,
    Procedure,
    OfficeFlag,
}

impl ReferenceKind {
    /// Every kind.
    pub const ALL: &[Self] = &[
        Self::ProcedureGroup,
        Self::DiagnosisGroup,
        Self::ProviderGroup,
        Self::MessageGroup,
        Self::Message,
        Self::PendReason,
        Self::UnfinalizeReason,
        Self::SkipTag,
        Self::ClaimForm,
        Self::Product,
        Self::CoverageRegime,
        Self::FeeSchedule,
        Self::ServicedEntity,
        Self::Patient,
        Self::InsPlan,
        Self::InsSub,
        Self::PatPlan,
        Self::Procedure,
        Self::OfficeFlag,
    ];

    /// The kind as the import format writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ProcedureGroup => "procedureGroup",
            Self::DiagnosisGroup => "diagnosisGroup",
            Self::ProviderGroup => "providerGroup",
            Self::MessageGroup => "messageGroup",
            Self::Message => "message",
            Self::PendReason => "pendReason",
            Self::UnfinalizeReason => "unfinalizeReason",
            Self::SkipTag => "skipTag",
            Self::ClaimForm => "claimForm",
            Self::Product => "product",
            Self::CoverageRegime => "coverageRegime",
            Self::FeeSchedule => "feeSchedule",
            Self::ServicedEntity => "servicedEntity",
            Self::Patient => "patient",
            Self::InsPlan => "insPlan",
            Self::InsSub => "insSub",
            Self::PatPlan => "patPlan",
            Self::Procedure => "procedure",
            Self::OfficeFlag => "officeFlag",
        }
    }
}

impl fmt::Display for ReferenceKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The kinds of groups that a criterion can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupKind {
    /// Of procedures.
    Procedure,
    /// Of diagnoses.
    Diagnosis,
    /// Of providers.
    Provider,
    /// Of messages; its memberships have open ends.
    Message,
}

impl GroupKind {
    /// The kind of reference data that holds such groups.
    pub const fn reference_kind(self) -> ReferenceKind {
        match self {
            Self::Procedure => ReferenceKind::ProcedureGroup,
            Self::Diagnosis => ReferenceKind::DiagnosisGroup,
            Self::Provider => ReferenceKind::ProviderGroup,
            Self::Message => ReferenceKind::MessageGroup,
        }
    }
}

/// A set of codes with dated memberships.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Group {
    /// Whose it is.
    pub payer: String,
    /// What requests name it by.
    pub code: String,
    /// What it is, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its memberships. A code may have several, with gaps and repeats.
    #[serde(default)]
    pub members: Vec<GroupMember>,
}

/// One period in which a code belongs to a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GroupMember {
    /// The member's code.
    pub code: String,
    /// The first day; open if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Day>,
    /// The last day; open if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<Day>,
}

/// A set of message codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MessageGroup {
    /// Whose it is.
    pub payer: String,
    /// What requests name it by.
    pub code: String,
    /// What it is, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its messages.
    #[serde(default)]
    pub members: Vec<MessageGroupMember>,
}

/// A message of a message group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MessageGroupMember {
    /// The message's code.
    pub code: String,
}

/// A message that can be attached to claims and lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MessageDefinition {
    /// Whose it is.
    pub payer: String,
    /// What requests name it by.
    pub code: String,
    /// What it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// How grave it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
}

/// A reason why a claim waits for a human.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PendReasonDefinition {
    /// Whose it is.
    pub payer: String,
    /// What requests name it by.
    pub code: String,
    /// What it is, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether attaching it opens a task.
    #[serde(default)]
    pub publish_message: bool,
    /// The right that resolving it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_restriction: Option<String>,
    /// How urgent it is; lowest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<i64>,
    /// What another system calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_code: Option<String>,
}

/// A reason to take a finalized claim up again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UnfinalizeReasonDefinition {
    /// Whose it is.
    pub payer: String,
    /// What requests name it by.
    pub code: String,
    /// What it is, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The right that giving it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_restriction: Option<String>,
    /// Whether a source reference must be given with it.
    #[serde(default)]
    pub source_reference_mandatory: bool,
    /// The names of the fields that may be given with it.
    #[serde(default)]
    pub dynamic_fields: Vec<String>,
}

/// Reference data that is only a name: a skip tag, claim form, product, coverage regime or fee schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamedReference {
    /// Whose it is.
    pub payer: String,
    /// What requests name it by.
    pub code: String,
    /// What it is, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A person or thing that is served, known by code and type together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServicedEntityDefinition {
    /// Whose it is.
    pub payer: String,
    /// Its code.
    pub code: String,
    /// Its type, such as `PERSON`.
    #[serde(rename = "type")]
    pub entity_type: String,
    /// What it is, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A patient. `code` is the patient's number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Patient {
    /// Whose patient it is.
    pub payer: String,
    /// The patient's number.
    pub code: String,
    /// The day of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<Day>,
    /// Who treats the patient usually.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_provider: Option<String>,
}

/// A plan that pays. `code` is the plan's number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InsPlan {
    /// Whose it is.
    pub payer: String,
    /// The plan's number.
    pub code: String,
    /// How it pays.
    #[serde(default = "percentage")]
    pub plan_type: PlanType,
    /// Whether it is a medical plan; else it is a dental one.
    #[serde(default)]
    pub is_medical: bool,
}

/// What a plan is that does not say.
const fn percentage() -> PlanType {
    PlanType::Percentage
}

/// A subscription to a plan. `code` is the subscription's number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InsSub {
    /// Whose it is.
    pub payer: String,
    /// The subscription's number.
    pub code: String,
    /// The plan's number.
    pub plan: String,
    /// The number of the patient who subscribes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscriber: Option<String>,
}

/// A patient's place under a subscription. `code` is its own number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PatPlan {
    /// Whose it is.
    pub payer: String,
    /// Its own number.
    pub code: String,
    /// The patient's number.
    pub patient: String,
    /// The subscription's number.
    pub ins_sub: String,
    /// Its place in the patient's order of plans; lowest first.
    pub ordinal: u32,
    /// What the patient is to the subscriber.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relationship: Option<Relationship>,
}

vocabulary! {
    /// How far a procedure is.
    ProcedureStatus, "procedure status": {
        /// It is to be done.
        TreatmentPlanned = 1 "treatment-planned",
        /// It is done.
        Complete = 2 "complete",
        /// It is not, and was not to be.
        Deleted = 3 "deleted",
    }
}

/// A procedure that was or is to be done. `code` is its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Procedure {
    /// Whose it is.
    pub payer: String,
    /// Its number.
    pub code: String,
    /// The patient's number.
    pub patient: String,
    /// What is done.
    pub procedure_code: String,
    /// The day of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Day>,
    /// What it costs, in the office's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Amount>,
    /// How far it is.
    #[serde(default = "complete")]
    pub status: ProcedureStatus,
    /// Who does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The clinic where it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clinic: Option<String>,
    /// The place of service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place_of_service: Option<String>,
    /// What for.
    #[serde(default)]
    pub diagnoses: Vec<Diagnosis>,
    /// The subscriptions that it is not to be billed to.
    #[serde(default)]
    pub no_bill_ins_subs: Vec<String>,
    /// Whether it is in process: begun and not finished, so that it cannot be billed yet.
    #[serde(default)]
    pub in_process: bool,
}

/// What a procedure is that does not say.
const fn complete() -> ProcedureStatus {
    ProcedureStatus::Complete
}

/// A setting of the office, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OfficeFlag {
    /// Whose it is.
    pub payer: String,
    /// Its name: `hold-primary-for-medical`, say. Rules may know more names than the host does.
    pub code: String,
    /// Its value.
    pub value: AttributeValue,
}

impl Reference {
    /// What kind it is.
    pub const fn kind(&self) -> ReferenceKind {
        match self {
            Self::ProcedureGroup(_) => ReferenceKind::ProcedureGroup,
            Self::DiagnosisGroup(_) => ReferenceKind::DiagnosisGroup,
            Self::ProviderGroup(_) => ReferenceKind::ProviderGroup,
            Self::MessageGroup(_) => ReferenceKind::MessageGroup,
            Self::Message(_) => ReferenceKind::Message,
            Self::PendReason(_) => ReferenceKind::PendReason,
            Self::UnfinalizeReason(_) => ReferenceKind::UnfinalizeReason,
            Self::SkipTag(_) => ReferenceKind::SkipTag,
            Self::ClaimForm(_) => ReferenceKind::ClaimForm,
            Self::Product(_) => ReferenceKind::Product,
            Self::CoverageRegime(_) => ReferenceKind::CoverageRegime,
            Self::FeeSchedule(_) => ReferenceKind::FeeSchedule,
            Self::ServicedEntity(_) => ReferenceKind::ServicedEntity,
            Self::Patient(_) => ReferenceKind::Patient,
            Self::InsPlan(_) => ReferenceKind::InsPlan,
            Self::InsSub(_) => ReferenceKind::InsSub,
            Self::PatPlan(_) => ReferenceKind::PatPlan,
            Self::Procedure(_) => ReferenceKind::Procedure,
            Self::OfficeFlag(_) => ReferenceKind::OfficeFlag,
        }
    }

    /// Whose it is.
    pub fn payer(&self) -> &str {
        match self {
            Self::ProcedureGroup(row) | Self::DiagnosisGroup(row) | Self::ProviderGroup(row) => &row.payer,
            Self::MessageGroup(row) => &row.payer,
            Self::Message(row) => &row.payer,
            Self::PendReason(row) => &row.payer,
            Self::UnfinalizeReason(row) => &row.payer,
            Self::SkipTag(row)
            | Self::ClaimForm(row)
            | Self::Product(row)
            | Self::CoverageRegime(row)
            | Self::FeeSchedule(row) => &row.payer,
            Self::ServicedEntity(row) => &row.payer,
            Self::Patient(row) => &row.payer,
            Self::InsPlan(row) => &row.payer,
            Self::InsSub(row) => &row.payer,
            Self::PatPlan(row) => &row.payer,
            Self::Procedure(row) => &row.payer,
            Self::OfficeFlag(row) => &row.payer,
        }
    }

    /// The number of the patient that it is a part of, if it is one: of a patient plan and of a procedure.
    pub fn patient(&self) -> Option<&str> {
        match self {
            Self::PatPlan(row) => Some(&row.patient),
            Self::Procedure(row) => Some(&row.patient),
            _ => None,
        }
    }

    /// What it is known by among its kind: the code, and for a serviced entity code and type (see [`entity_key`]).
    pub fn key(&self) -> String {
        match self {
            Self::ProcedureGroup(row) | Self::DiagnosisGroup(row) | Self::ProviderGroup(row) => row.code.clone(),
            Self::MessageGroup(row) => row.code.clone(),
            Self::Message(row) => row.code.clone(),
            Self::PendReason(row) => row.code.clone(),
            Self::UnfinalizeReason(row) => row.code.clone(),
            Self::SkipTag(row)
            | Self::ClaimForm(row)
            | Self::Product(row)
            | Self::CoverageRegime(row)
            | Self::FeeSchedule(row) => row.code.clone(),
            Self::ServicedEntity(row) => entity_key(&row.code, &row.entity_type),
            Self::Patient(row) => row.code.clone(),
            Self::InsPlan(row) => row.code.clone(),
            Self::InsSub(row) => row.code.clone(),
            Self::PatPlan(row) => row.code.clone(),
            Self::Procedure(row) => row.code.clone(),
            Self::OfficeFlag(row) => row.code.clone(),
        }
    }

    /// What the shape alone cannot say, checked. The error is a sentence for people.
    pub fn check(&self) -> Result<(), String> {
        check_code("payer", self.payer())?;
        if let Self::ServicedEntity(row) = self {
            check_code("code", &row.code)?;
            return check_code("type", &row.entity_type);
        }
        check_code("code", &self.key())?;
        self.check_numbers()?;
        if let Self::Procedure(row) = self {
            check_code("procedureCode", &row.procedure_code)?;
            if row.fee.is_some_and(|fee| fee < Amount::ZERO) {
                return Err("`fee` is less than 0".to_owned());
            }
        }
        if let Self::ProcedureGroup(row) | Self::DiagnosisGroup(row) | Self::ProviderGroup(row) = self {
            for member in &row.members {
                check_code("member code", &member.code)?;
                if let (Some(from), Some(through)) = (member.from, member.through)
                    && through < from
                {
                    return Err(format!(
                        "member `{}` belongs from {from} through {through}, which is no day",
                        member.code
                    ));
                }
            }
        }
        Ok(())
    }
}

impl Reference {
    /// What intake knows by number is a number.
    fn check_numbers(&self) -> Result<(), String> {
        match self {
            Self::Patient(row) => check_number("code", &row.code),
            Self::InsPlan(row) => check_number("code", &row.code),
            Self::InsSub(row) => {
                check_number("code", &row.code)?;
                check_number("plan", &row.plan)?;
                row.subscriber
                    .as_deref()
                    .map_or(Ok(()), |subscriber| check_number("subscriber", subscriber))
            }
            Self::PatPlan(row) => {
                check_number("code", &row.code)?;
                check_number("patient", &row.patient)?;
                check_number("insSub", &row.ins_sub)
            }
            Self::Procedure(row) => {
                check_number("code", &row.code)?;
                check_number("patient", &row.patient)?;
                row.no_bill_ins_subs
                    .iter()
                    .try_for_each(|number| check_number("noBillInsSubs", number))
            }
            _ => Ok(()),
        }
    }
}

/// A serviced entity's code and type as one text: the code, U+001F, the type. Codes hold no control characters.
pub fn entity_key(code: &str, entity_type: &str) -> String {
    format!("{code}\u{1f}{entity_type}")
}
