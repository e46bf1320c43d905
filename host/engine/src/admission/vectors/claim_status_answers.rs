//! How the answer is written that a claim-status component's vector expects.

use reprise_model::{Birth, Disposition, MadeClaim};
use serde::Deserialize;
use serde_json::Value;

use super::claim_status_facts::Asked;
use crate::admission::trial::answers;
use crate::admission::trial::names::ContractName;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct DispositionText {
    status: String,
    #[serde(default)]
    preprocessing_done: bool,
    #[serde(default)]
    pricing_done: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct BirthText {
    claim_type: String,
    status: String,
    settles_in: Option<String>,
}

impl BirthText {
    fn birth(&self) -> Result<Birth, String> {
        birth(&self.claim_type, &self.status, self.settles_in.as_deref())
    }
}

fn birth(claim_type: &str, status: &str, settles_in: Option<&str>) -> Result<Birth, String> {
    Ok(Birth {
        claim_type: ContractName::from_contract_name(claim_type)?,
        status: ContractName::from_contract_name(status)?,
        settles_in: ContractName::from_contract_name(settles_in.unwrap_or(status))?,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct MadeClaimText {
    claim_type: String,
    status: String,
    settles_in: Option<String>,
    subscription: u64,
    #[serde(default)]
    other_subscription: u64,
    procedures: Vec<u64>,
    #[serde(default)]
    dated: bool,
}

impl MadeClaimText {
    fn claim(&self) -> Result<MadeClaim, String> {
        Ok(MadeClaim {
            birth: birth(&self.claim_type, &self.status, self.settles_in.as_deref())?,
            subscription: self.subscription,
            other_subscription: self.other_subscription,
            procedures: self.procedures.clone(),
            dated: self.dated,
        })
    }
}

/// An answer that is expected, in the form that answers are shown in.
pub(super) fn gives_to(asked: &Asked, gives: &Value) -> Result<Value, String> {
    fn read<'de, T: Deserialize<'de>>(value: &'de Value) -> Result<T, String> {
        T::deserialize(value).map_err(|error| error.to_string())
    }
    Ok(match asked {
        Asked::Reprocess(_) => {
            let text: DispositionText = read(gives)?;
            answers::reprocess(&Ok(Disposition {
                status: ContractName::from_contract_name(&text.status)?,
                preprocessing_done: text.preprocessing_done,
                pricing_done: text.pricing_done,
            }))
        }
        Asked::Create(_) => answers::create(&Ok(read::<BirthText>(gives)?.birth()?)),
        Asked::NewClaim(_) => {
            let claims: Vec<MadeClaimText> = read(gives)?;
            answers::new_claim(&Ok(claims
                .iter()
                .map(MadeClaimText::claim)
                .collect::<Result<_, _>>()?))
        }
        Asked::Change(_) => answers::change(&Ok(ContractName::from_contract_name(&read::<String>(gives)?)?)),
        Asked::Release(_) => {
            let status: Option<String> = read(gives)?;
            answers::release(&status.as_deref().map(ContractName::from_contract_name).transpose()?)
        }
    })
}
