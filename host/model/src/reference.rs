//! Reference data: everything a request may name that is not a claim.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::claim::check_code;
use crate::pend::check_pend_reason_code;
use crate::{Amount, Day, InsPlan, InsSub, OfficeFlag, PatPlan, Patient, Procedure};

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
        if let Self::PendReason(row) = self {
            check_pend_reason_code(&row.code)?;
        }
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

/// A serviced entity's code and type as one text: the code, U+001F, the type. Codes hold no control characters.
pub fn entity_key(code: &str, entity_type: &str) -> String {
    format!("{code}\u{1f}{entity_type}")
}
