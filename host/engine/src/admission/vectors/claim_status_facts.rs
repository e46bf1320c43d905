//! How a claim-status component's vector is written, and what it asks in the model's values.

use std::collections::BTreeMap;

use reprise_model::{
    ChangeFacts, ClaimFacts, DispositionRefusalReason, Enrolment, EnrolmentFacts, OfficeSetting, ProcedureFacts,
    ReleaseFacts, ReprocessState, Situation,
};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::claim_status_answers::gives_to;
use crate::admission::trial::names::ContractName;

/// What one of the five functions is asked, by which office, and what it answers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ClaimStatusVector {
    #[serde(default)]
    office: BTreeMap<String, String>,
    reprocess: Option<ClaimStateText>,
    create: Option<ClaimFactsText>,
    new_claim: Option<EnrolmentFactsText>,
    change: Option<ChangeFactsText>,
    release: Option<ReleaseFactsText>,
    /// Given as `null`, it is expected that a claim stays as it is.
    #[serde(default, deserialize_with = "given")]
    gives: Option<Value>,
    refused: Option<String>,
}

/// A field that is there, `null` or not.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// The question.
pub(super) enum Asked {
    Reprocess(ReprocessState),
    Create(ClaimFacts),
    NewClaim(EnrolmentFacts),
    Change(ChangeFacts),
    Release(ReleaseFacts),
}

/// Flags of the contract, each by name.
fn flags(given: &[String], of: &str, known: &mut [(&str, &mut bool)]) -> Result<(), String> {
    for name in given {
        match known.iter_mut().find(|(known, _)| known == name) {
            Some((_, flag)) => **flag = true,
            None => {
                let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
                return Err(format!(
                    "there is no `{name}` in `{of}`; there are {}",
                    names.join(", ")
                ));
            }
        }
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ClaimStateText {
    status: String,
    process_type: String,
    #[serde(default)]
    flags: Vec<String>,
}

impl ClaimStateText {
    fn state(&self) -> Result<ReprocessState, String> {
        let mut state = ReprocessState {
            status: ContractName::from_contract_name(&self.status)?,
            process_type: ContractName::from_contract_name(&self.process_type)?,
            settled: false,
            locked: false,
            preprocessing_done: false,
            pricing_done: false,
            unfinalize_reason_given: false,
            pend_reason_given: false,
            asked_preprocessing_done: None,
            asked_pricing_done: None,
        };
        let (mut preprocessing, mut preprocessing_done) = (false, false);
        let (mut pricing, mut pricing_done) = (false, false);
        let known = &mut [
            ("settled", &mut state.settled),
            ("locked", &mut state.locked),
            ("preprocessing-done", &mut state.preprocessing_done),
            ("pricing-done", &mut state.pricing_done),
            ("unfinalize-reason-given", &mut state.unfinalize_reason_given),
            ("pend-reason-given", &mut state.pend_reason_given),
            ("preprocessing-asked", &mut preprocessing),
            ("preprocessing-asked-done", &mut preprocessing_done),
            ("pricing-asked", &mut pricing),
            ("pricing-asked-done", &mut pricing_done),
        ];
        flags(&self.flags, "flags", known)?;
        for (asked, done, what) in [
            (preprocessing, preprocessing_done, "preprocessing"),
            (pricing, pricing_done, "pricing"),
        ] {
            if done && !asked {
                return Err(format!("`{what}-asked-done` comes only together with `{what}-asked`"));
            }
        }
        state.asked_preprocessing_done = preprocessing.then_some(preprocessing_done);
        state.asked_pricing_done = pricing.then_some(pricing_done);
        Ok(state)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ClaimFactsText {
    claim_type: String,
    asked: Option<String>,
    plan_type: String,
    #[serde(default)]
    rank: u32,
    #[serde(default)]
    other_rank: u32,
    #[serde(default)]
    dental_plans: u32,
    #[serde(default)]
    medical_plans: u32,
    procedures: u32,
    #[serde(default)]
    on_open_primary: u32,
    #[serde(default)]
    on_received_primary: u32,
    #[serde(default)]
    diagnoses: u32,
    #[serde(default)]
    claimed: u64,
    #[serde(default)]
    not_billed: u64,
    #[serde(default)]
    without_fee: u64,
    #[serde(default)]
    situation: Vec<String>,
}

impl ClaimFactsText {
    fn facts(&self) -> Result<ClaimFacts, String> {
        let mut situation = Situation::default();
        let known = &mut [
            ("plan-known", &mut situation.plan_known),
            ("medical", &mut situation.medical),
            ("subscription-asked", &mut situation.subscription_asked),
            ("other-subscription-asked", &mut situation.other_subscription_asked),
            ("medical-before", &mut situation.medical_before),
            ("in-process", &mut situation.in_process),
            ("several-clinics", &mut situation.several_clinics),
            ("several-places", &mut situation.several_places),
        ];
        flags(&self.situation, "situation", known)?;
        let asked = self
            .asked
            .as_deref()
            .map(ContractName::from_contract_name)
            .transpose()?;
        Ok(ClaimFacts {
            claim_type: ContractName::from_contract_name(&self.claim_type)?,
            asked,
            plan_type: ContractName::from_contract_name(&self.plan_type)?,
            rank: self.rank,
            other_rank: self.other_rank,
            dental_plans: self.dental_plans,
            medical_plans: self.medical_plans,
            procedures: self.procedures,
            on_open_primary: self.on_open_primary,
            on_received_primary: self.on_received_primary,
            diagnoses: self.diagnoses,
            claimed: self.claimed,
            not_billed: self.not_billed,
            without_fee: self.without_fee,
            situation,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct EnrolmentText {
    subscription: u64,
    plan_type: String,
    #[serde(default)]
    rank: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ProcedureText {
    procedure: u64,
    #[serde(default)]
    in_process: bool,
    #[serde(default)]
    without_fee: bool,
    #[serde(default)]
    clinic: u32,
    #[serde(default)]
    place: u32,
    #[serde(default)]
    diagnoses: Vec<u32>,
    #[serde(default)]
    not_billed_to: Vec<u64>,
    #[serde(default)]
    claimed_for: Vec<u64>,
    #[serde(default)]
    on_open_primary: bool,
    #[serde(default)]
    on_received_primary: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct EnrolmentFactsText {
    enrolments: Vec<EnrolmentText>,
    procedures: Vec<ProcedureText>,
}

impl EnrolmentFactsText {
    fn facts(&self) -> Result<EnrolmentFacts, String> {
        if self.procedures.is_empty() {
            return Err("`procedures` has one procedure at least".to_owned());
        }
        let enrolment = |text: &EnrolmentText| {
            Ok(Enrolment {
                subscription: text.subscription,
                plan_type: ContractName::from_contract_name(&text.plan_type)?,
                rank: text.rank,
            })
        };
        let procedure = |text: &ProcedureText| ProcedureFacts {
            procedure: text.procedure,
            in_process: text.in_process,
            without_fee: text.without_fee,
            clinic: text.clinic,
            place: text.place,
            diagnoses: text.diagnoses.clone(),
            not_billed_to: text.not_billed_to.clone(),
            claimed_for: text.claimed_for.clone(),
            on_open_primary: text.on_open_primary,
            on_received_primary: text.on_received_primary,
        };
        Ok(EnrolmentFacts {
            enrolments: self.enrolments.iter().map(enrolment).collect::<Result<_, String>>()?,
            procedures: self.procedures.iter().map(procedure).collect(),
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ChangeFactsText {
    claim: ClaimFactsText,
    current: String,
    processing: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ReleaseFactsText {
    claim_type: String,
    current: String,
    settles_in: String,
    #[serde(default)]
    rank: u32,
    #[serde(default)]
    received_rank: u32,
    #[serde(default)]
    received_medical: bool,
    #[serde(default)]
    open_before: u32,
    #[serde(default)]
    in_process: bool,
}

impl ClaimStatusVector {
    /// The office's settings.
    pub(super) fn office(&self) -> Vec<OfficeSetting> {
        let setting = |(name, value): (&String, &String)| OfficeSetting {
            name: name.clone(),
            value: value.clone(),
        };
        self.office.iter().map(setting).collect()
    }

    /// The question; a vector asks one.
    pub(super) fn asked(&self) -> Result<Asked, String> {
        let Self {
            reprocess,
            create,
            new_claim,
            change,
            release,
            ..
        } = self;
        match (reprocess, create, new_claim, change, release) {
            (Some(state), None, None, None, None) => Ok(Asked::Reprocess(state.state()?)),
            (None, Some(facts), None, None, None) => Ok(Asked::Create(facts.facts()?)),
            (None, None, Some(facts), None, None) => Ok(Asked::NewClaim(facts.facts()?)),
            (None, None, None, Some(facts), None) => Ok(Asked::Change(ChangeFacts {
                claim: facts.claim.facts()?,
                current: ContractName::from_contract_name(&facts.current)?,
                processing: ContractName::from_contract_name(&facts.processing)?,
            })),
            (None, None, None, None, Some(facts)) => Ok(Asked::Release(ReleaseFacts {
                claim_type: ContractName::from_contract_name(&facts.claim_type)?,
                current: ContractName::from_contract_name(&facts.current)?,
                settles_in: ContractName::from_contract_name(&facts.settles_in)?,
                rank: facts.rank,
                received_rank: facts.received_rank,
                received_medical: facts.received_medical,
                open_before: facts.open_before,
                in_process: facts.in_process,
            })),
            _ => Err("it must ask one of `reprocess`, `create`, `new-claim`, `change` and `release`".to_owned()),
        }
    }

    /// The answer that is expected, in the form that answers are shown in; of a refusal its code alone.
    pub(super) fn expected(&self, asked: &Asked) -> Result<Value, String> {
        match (&self.gives, &self.refused) {
            (Some(gives), None) => gives_to(asked, gives).map_err(|error| format!("`gives`: {error}")),
            (None, Some(_)) if matches!(asked, Asked::Release(_)) => {
                Err("`release` refuses nothing; a claim that stays as it is has `gives` as `null`".to_owned())
            }
            (None, Some(reason)) => {
                if matches!(asked, Asked::Reprocess(_)) {
                    DispositionRefusalReason::from_contract_name(reason)?;
                }
                Ok(json!({ "refused": reason }))
            }
            _ => Err("it must say either `gives`, the answer, or `refused`, the refusal's code".to_owned()),
        }
    }
}
