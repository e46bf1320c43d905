//! The reference data of intake: patients, their plans, their procedures, and the settings of the office. What they are
//! known by is a number, but for a setting.

use serde::{Deserialize, Serialize};

use crate::claim::check_number;
use crate::status::vocabulary;
use crate::{Amount, AttributeValue, Day, Diagnosis, PlanType, Reference, Relationship};

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
    /// What intake knows by number is a number.
    pub(crate) fn check_numbers(&self) -> Result<(), String> {
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
