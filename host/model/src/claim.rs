//! A claim as it is imported, stored, exported and shown: one shape for all four.
//!
//! Every field is always written, in the order below, so that the same claim is the same bytes. In a compact format
//! (the store's) days are numbers, amounts ten-thousandths and vocabularies their numbers; see each type.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::pend::check_pend_reason_code;
use crate::{
    Amount, AttachedPendReason, AttributeValue, ClaimType, Currency, Day, IntakeType, ProcessType, ProcessingStatus,
    Relationship, SubmissionStatus, TagAction,
};

/// The `kind` of a claim among the kinds of the import format; it has no other value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClaimKind {
    /// The only value.
    #[default]
    #[serde(rename = "claim")]
    Claim,
}

/// A claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Claim {
    /// Always `claim`.
    pub kind: ClaimKind,
    /// The claim's number, given by the store where the import brings none.
    #[serde(default)]
    pub id: Option<i64>,
    /// What people call it. Unique for a payer.
    pub code: String,
    /// Whose claim it is.
    pub payer: String,
    /// The form it came on.
    #[serde(default)]
    pub form_code: Option<String>,
    /// Who is paid.
    #[serde(default, rename = "type")]
    pub claim_type: Option<ClaimType>,
    /// What kind of process it is in.
    pub process_type: ProcessType,
    /// Where it stands.
    pub status: ProcessingStatus,
    /// The day it was entered.
    pub entry_date: Day,
    /// The currency of its amounts; there if any line has an amount.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// The provider who claims.
    #[serde(default)]
    pub claimant_provider: Option<String>,
    /// Why it was settled. A settled claim is never reprocessed.
    #[serde(default)]
    pub settlement_reason: Option<String>,
    /// Which process holds it. An imported lock does not expire.
    #[serde(default)]
    pub locked_by: Option<String>,
    /// Whether it is to be processed before others.
    #[serde(default)]
    pub high_priority: bool,
    /// Whether it need not be sent out for preprocessing.
    #[serde(default)]
    pub preprocessing_done: bool,
    /// Whether it need not be sent out for pricing.
    #[serde(default)]
    pub pricing_done: bool,
    /// Message codes on its header.
    #[serde(default)]
    pub messages: Vec<String>,
    /// Pend reasons on its header.
    #[serde(default)]
    pub pend_reasons: Vec<AttachedPendReason>,
    /// What is to happen to tagged steps of processing.
    #[serde(default)]
    pub tag_actions: Vec<TagActionEntry>,
    /// Why it was unfinalized last.
    #[serde(default)]
    pub unfinalize_reasons: Vec<AttachedUnfinalizeReason>,
    /// How the provider groups its lines.
    #[serde(default)]
    pub bills: Vec<Bill>,
    /// Its lines. May be empty; a claim without lines is never matched.
    pub lines: Vec<Line>,
    /// Intake: the patient's number.
    #[serde(default)]
    pub patient: Option<String>,
    /// Intake: the claim's type among primary, secondary and the others.
    #[serde(default, rename = "claimType")]
    pub intake_type: Option<IntakeType>,
    /// Intake: the submission status. A claim that has one began its life at intake; others came from the payer's side.
    #[serde(default, rename = "claimStatus")]
    pub submission_status: Option<SubmissionStatus>,
    /// Intake: the subscription it is claimed on.
    #[serde(default)]
    pub ins_sub: Option<String>,
    /// Intake: the subscription of the other coverage.
    #[serde(default)]
    pub ins_sub2: Option<String>,
    /// Intake: the day it was sent.
    #[serde(default)]
    pub date_sent: Option<Day>,
    /// Intake: the numbers of its procedures.
    #[serde(default)]
    pub procedures: Vec<String>,
    /// Intake: what else is known of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intake: Option<Box<IntakeDetails>>,
    /// How many numbers its pend reasons have been given so far; see [`Claim::number_pend_reasons`].
    #[serde(skip)]
    pub pend_numbers_given: u32,
}

/// What intake knows of a claim beside who it is for and how far it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IntakeDetails {
    /// The number of the plan that its subscription was for when it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// The same of the other coverage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan2: Option<String>,
    /// What the patient is to the subscriber.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relationship: Option<Relationship>,
    /// The same of the other coverage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relationship2: Option<Relationship>,
    /// The day of the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_service: Option<Day>,
    /// The day it was received back for the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_received: Option<Day>,
    /// Who treated the patient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub treating_provider: Option<String>,
    /// A note to the payer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The fees of its procedures together, in the office's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Amount>,
    /// The rank of its plan among the patient's dental plans when it was made, from 1; 0 if that is medical. What is held
    /// for it goes by this, not by the ranks of today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<u32>,
    /// The status that it was to be in, at its birth, once no procedure of it is in process any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settles_in: Option<SubmissionStatus>,
    /// When it was made or changed last, in milliseconds since 1970-01-01T00:00:00Z.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at_ms: Option<i64>,
}

/// A position of a claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Line {
    /// What people call it. Unique in its claim.
    pub code: String,
    /// Its place among the lines.
    #[serde(default)]
    pub sequence: Option<i64>,
    /// The first day of the service. Group memberships are judged on this day.
    #[serde(default)]
    pub service_start_date: Option<Day>,
    /// The last day of the service.
    #[serde(default)]
    pub service_end_date: Option<Day>,
    /// Who or what was served.
    #[serde(default)]
    pub serviced_entity: Option<EntityName>,
    /// What was done.
    #[serde(default)]
    pub procedures: Vec<String>,
    /// What for.
    #[serde(default)]
    pub diagnoses: Vec<Diagnosis>,
    /// Who did it, where, and who prices it.
    #[serde(default)]
    pub providers: LineProviders,
    /// The benefits applied.
    #[serde(default)]
    pub benefits: Vec<BenefitApplied>,
    /// The fee schedules of the fee schedule lines that price it.
    #[serde(default)]
    pub fee_schedules: Vec<String>,
    /// Message codes attached to it.
    #[serde(default)]
    pub messages: Vec<String>,
    /// Pend reasons attached to it.
    #[serde(default)]
    pub pend_reasons: Vec<AttachedPendReason>,
    /// What the payer allows for it.
    #[serde(default)]
    pub allowed_amount: Option<Amount>,
    /// What the payer covers of it.
    #[serde(default)]
    pub covered_amount: Option<Amount>,
    /// Anything else, by name. Conditions may read it.
    #[serde(default)]
    pub attributes: BTreeMap<String, AttributeValue>,
}

/// A diagnosis of a line. The one with the lowest sequence is the primary one; of several, the lowest code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Diagnosis {
    /// The diagnosis code.
    pub code: String,
    /// Its rank; lowest first.
    pub sequence: i64,
}

/// A serviced entity, by code and type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EntityName {
    /// Its code.
    pub code: String,
    /// Its type, such as `PERSON`.
    #[serde(rename = "type")]
    pub entity_type: String,
}

/// The providers of a line, by part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LineProviders {
    /// Whom benefits are computed for.
    #[serde(default)]
    pub benefits: Option<String>,
    /// The person whose price holds.
    #[serde(default)]
    pub price_individual: Option<String>,
    /// The organization whose price holds.
    #[serde(default)]
    pub price_organization: Option<String>,
    /// Who did it.
    #[serde(default)]
    pub service: Option<String>,
    /// Where it was done.
    #[serde(default)]
    pub location: Option<String>,
}

/// A benefit applied to a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BenefitApplied {
    /// The product it is from.
    #[serde(default)]
    pub product: Option<String>,
    /// The coverage regime it is from.
    #[serde(default)]
    pub regime: Option<String>,
}

/// What is to happen to a tagged step of a claim's processing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TagActionEntry {
    /// The skip tag's code.
    pub tag: String,
    /// What is to happen.
    pub action: TagAction,
}

/// An unfinalize reason as attached to a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttachedUnfinalizeReason {
    /// The unfinalize reason's code.
    pub code: String,
    /// Where it came from, in the words of who gave it.
    #[serde(default)]
    pub source_reference: Option<String>,
    /// The values of the fields that the reason has.
    #[serde(default)]
    pub dynamic_fields: Vec<DynamicField>,
}

/// A field of an attached unfinalize reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DynamicField {
    /// The field's name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// Lines of a claim that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bill {
    /// What people call it.
    pub code: String,
    /// The codes of its lines.
    #[serde(default)]
    pub lines: Vec<String>,
    /// Pend reasons attached to it.
    #[serde(default)]
    pub pend_reasons: Vec<AttachedPendReason>,
}

impl Claim {
    /// What the shape alone cannot say, checked: codes are there and unlike, amounts fit the currency, bills name
    /// lines of the claim. The error is a sentence for people.
    pub fn check(&self) -> Result<(), String> {
        check_code("code", &self.code)?;
        check_code("payer", &self.payer)?;
        if self.id.is_some_and(|id| id <= 0) {
            return Err("`id` is a positive number".to_owned());
        }
        for (name, number) in [
            ("patient", &self.patient),
            ("insSub", &self.ins_sub),
            ("insSub2", &self.ins_sub2),
        ] {
            number.as_deref().map_or(Ok(()), |number| check_number(name, number))?;
        }
        for number in &self.procedures {
            check_number("procedures", number)?;
        }
        if self.submission_status.is_some() && (self.patient.is_none() || self.intake_type.is_none()) {
            return Err("a claim with a `claimStatus` has a `patient` and a `claimType`".to_owned());
        }
        let mut line_codes = HashSet::with_capacity(self.lines.len());
        let mut totals = (Amount::ZERO, Amount::ZERO);
        for (position, line) in self.lines.iter().enumerate() {
            let place = || format!("line {} (`{}`)", position + 1, line.code);
            check_code("code", &line.code).map_err(|reason| format!("line {}: {reason}", position + 1))?;
            if !line_codes.insert(line.code.as_str()) {
                return Err(format!("{}: another line of the claim has the same code", place()));
            }
            if let (Some(start), Some(end)) = (line.service_start_date, line.service_end_date)
                && end < start
            {
                return Err(format!(
                    "{}: `serviceEndDate` {end} is before `serviceStartDate` {start}",
                    place()
                ));
            }
            // Rules see an attribute as its name, `=` and its value; where the name ends must not be a guess.
            if let Some(name) = line.attributes.keys().find(|name| name.contains('=')) {
                return Err(format!("{}: the name of attribute `{name}` holds `=`", place()));
            }
            for (name, amount, total) in [
                ("allowedAmount", line.allowed_amount, &mut totals.0),
                ("coveredAmount", line.covered_amount, &mut totals.1),
            ] {
                let Some(amount) = amount else { continue };
                match self.currency {
                    None => return Err(format!("{}: `{name}` needs the claim's `currency`", place())),
                    Some(currency) if !currency.admits(amount) => {
                        return Err(format!(
                            "{}: `{name}` {amount} is finer than {currency} can be paid",
                            place()
                        ));
                    }
                    Some(_) => {}
                }
                *total = total
                    .checked_add(amount)
                    .ok_or_else(|| format!("{}: the claim's `{name}` in total is too large", place()))?;
            }
        }
        for bill in &self.bills {
            if let Some(unknown) = bill.lines.iter().find(|code| !line_codes.contains(code.as_str())) {
                return Err(format!(
                    "bill `{}` names line `{unknown}`, which the claim does not have",
                    bill.code
                ));
            }
        }
        for (_, attached) in self.attached_pend_reasons() {
            check_pend_reason_code(&attached.code)?;
        }
        Ok(())
    }
}

/// A code is not empty, not long, and has no control characters. The error is a sentence for people.
pub fn check_code(name: &str, code: &str) -> Result<(), String> {
    const BYTES_MAX: usize = 200;
    if code.is_empty() {
        Err(format!("`{name}` is empty"))
    } else if code.len() > BYTES_MAX {
        Err(format!(
            "`{name}` is {} bytes long; {BYTES_MAX} are allowed",
            code.len()
        ))
    } else if code.chars().any(char::is_control) {
        Err(format!("`{name}` holds a control character"))
    } else {
        Ok(())
    }
}

/// The number of a patient, plan, subscription or procedure is a decimal number from 1 to 18 digits, written without
/// leading zeros. The error is a sentence for people.
pub fn check_number(name: &str, number: &str) -> Result<(), String> {
    let is_number = (1..=18).contains(&number.len())
        && number.bytes().all(|digit| digit.is_ascii_digit())
        && !number.starts_with('0');
    if is_number {
        Ok(())
    } else {
        Err(format!(
            "`{name}` is a positive decimal number of at most 18 digits without leading zeros, not `{number}`"
        ))
    }
}

impl Line {
    /// The line's diagnoses, primary first: by sequence, then by code in byte order.
    pub fn ranked_diagnoses(&self) -> Vec<&str> {
        let mut ranked: Vec<_> = self
            .diagnoses
            .iter()
            .map(|diagnosis| (diagnosis.sequence, &*diagnosis.code))
            .collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, code)| code).collect()
    }
}
