//! What is generated, in the import format's own names. What a claim or line does not have is left out.

use reprise_model::{Amount, ClaimType, ProcessType, ProcessingStatus, TagAction};
use serde::Serialize;

fn is_false(truth: &bool) -> bool {
    !truth
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClaimShape<'a> {
    pub(super) kind: &'static str,
    pub(super) code: &'a str,
    pub(super) payer: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) form_code: Option<&'a str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) claim_type: Option<ClaimType>,
    pub(super) process_type: ProcessType,
    pub(super) status: ProcessingStatus,
    pub(super) entry_date: &'a str,
    pub(super) currency: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) claimant_provider: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) settlement_reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) locked_by: Option<&'a str>,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) high_priority: bool,
    pub(super) preprocessing_done: bool,
    pub(super) pricing_done: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) messages: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) pend_reasons: Vec<PendReasonShape<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tag_actions: Vec<TagActionShape>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) unfinalize_reasons: Vec<UnfinalizeReasonShape>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) bills: Vec<BillShape<'a>>,
    pub(super) lines: &'a [LineShape<'a>],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LineShape<'a> {
    pub(super) code: String,
    pub(super) sequence: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) service_start_date: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) service_end_date: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) serviced_entity: Option<EntityShape<'a>>,
    pub(super) procedures: Vec<&'a str>,
    pub(super) diagnoses: Vec<DiagnosisShape<'a>>,
    pub(super) providers: ProvidersShape<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) benefits: Vec<BenefitShape<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) fee_schedules: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) messages: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) pend_reasons: Vec<PendReasonShape<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) allowed_amount: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) covered_amount: Option<Amount>,
    #[serde(skip_serializing_if = "AttributesShape::is_empty")]
    pub(super) attributes: AttributesShape,
}

#[derive(Clone, Copy, Serialize)]
pub(super) struct EntityShape<'a> {
    pub(super) code: &'a str,
    #[serde(rename = "type")]
    pub(super) entity_type: &'a str,
}

#[derive(Serialize)]
pub(super) struct DiagnosisShape<'a> {
    pub(super) code: &'a str,
    pub(super) sequence: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProvidersShape<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) benefits: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) price_individual: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) price_organization: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) service: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) location: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct BenefitShape<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) product: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) regime: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct PendReasonShape<'a> {
    pub(super) code: &'a str,
    pub(super) resolved: bool,
}

#[derive(Serialize)]
pub(super) struct TagActionShape {
    pub(super) tag: String,
    pub(super) action: TagAction,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UnfinalizeReasonShape {
    pub(super) code: String,
    pub(super) source_reference: String,
    pub(super) dynamic_fields: [DynamicFieldShape; 1],
}

#[derive(Serialize)]
pub(super) struct DynamicFieldShape {
    pub(super) name: &'static str,
    pub(super) value: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BillShape<'a> {
    pub(super) code: String,
    pub(super) lines: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) pend_reasons: Vec<PendReasonShape<'a>>,
}

#[derive(Serialize)]
pub(super) struct AttributesShape {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) age: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tooth: Option<String>,
}

impl AttributesShape {
    fn is_empty(&self) -> bool {
        self.age.is_none() && self.tooth.is_none()
    }
}
