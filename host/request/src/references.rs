//! What a request names that only the reference data or the rule component can know, and what to say if they do not.

use std::collections::HashSet;

use reprise_model::{
    AttachedUnfinalizeReason, Criterion, CriterionName, Message, MessageKey, ReferenceKind, Test,
    UnfinalizeReasonDefinition, entity_key,
};

use crate::criteria::CriteriaRequest;
use crate::options::ReprocessOptions;
use crate::place::quoted;

/// Where a named code has to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NamedCodeKind {
    /// Among the reference data of this kind.
    Reference(ReferenceKind),
    /// Among the rule component's conditions on procedures.
    ProcedureCondition,
    /// Among the rule component's conditions on the primary diagnosis.
    DiagnosisCondition,
}

/// A code that a request names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedCode {
    /// Where it has to be known.
    pub kind: NamedCodeKind,
    /// What it is known by there: the code, of a serviced entity the [`entity_key`].
    pub key: String,
    /// What to say if it is not.
    pub unknown: Message,
}

/// Every code that a request names, each once, in the order of the request's criteria and then of its options.
pub fn named_codes(request: &CriteriaRequest) -> Vec<NamedCode> {
    let mut codes = Vec::new();
    for criterion in &request.criteria {
        of_criterion(criterion, &mut codes);
    }
    of_options(&request.options, &mut codes);
    each_once(codes)
}

/// As [`named_codes`], for options alone.
pub fn named_codes_of_options(options: &ReprocessOptions) -> Vec<NamedCode> {
    let mut codes = Vec::new();
    of_options(options, &mut codes);
    each_once(codes)
}

fn each_once(mut codes: Vec<NamedCode>) -> Vec<NamedCode> {
    let mut held = HashSet::new();
    codes.retain(|code| held.insert((code.kind, code.key.clone())));
    codes
}

fn of_criterion(criterion: &Criterion, codes: &mut Vec<NamedCode>) {
    if let Test::Entity { code, entity_type } = &criterion.test {
        codes.push(NamedCode {
            kind: NamedCodeKind::Reference(ReferenceKind::ServicedEntity),
            key: entity_key(code, entity_type),
            unknown: Message::new(MessageKey::UnknownServicedEntity, [code, entity_type]),
        });
    }
    let Test::AnyOf(named) = &criterion.test else { return };
    let reference = NamedCodeKind::Reference;
    let (kind, key) = match criterion.name {
        CriterionName::ClaimForm => (reference(ReferenceKind::ClaimForm), MessageKey::UnknownClaimForm),
        CriterionName::ProcedureGroup => (
            reference(ReferenceKind::ProcedureGroup),
            MessageKey::UnknownProcedureGroup,
        ),
        CriterionName::ProcedureCondition => (NamedCodeKind::ProcedureCondition, MessageKey::UnknownProcedureCondition),
        CriterionName::DiagnosisGroup => (
            reference(ReferenceKind::DiagnosisGroup),
            MessageKey::UnknownDiagnosisGroup,
        ),
        CriterionName::DiagnosisCondition => (NamedCodeKind::DiagnosisCondition, MessageKey::UnknownDiagnosisCondition),
        CriterionName::BenefitsProviderGroup
        | CriterionName::PriceProviderGroup
        | CriterionName::ServiceProviderGroup
        | CriterionName::LocationProviderGroup
        | CriterionName::ClaimantProviderGroup => (
            reference(ReferenceKind::ProviderGroup),
            MessageKey::UnknownProviderGroup,
        ),
        CriterionName::Product => (reference(ReferenceKind::Product), MessageKey::UnknownProduct),
        CriterionName::CoverageRegime => (
            reference(ReferenceKind::CoverageRegime),
            MessageKey::UnknownCoverageRegime,
        ),
        CriterionName::FeeSchedule => (reference(ReferenceKind::FeeSchedule), MessageKey::UnknownFeeSchedule),
        CriterionName::MessageGroup => (reference(ReferenceKind::MessageGroup), MessageKey::UnknownMessageGroup),
        CriterionName::PendReason => (reference(ReferenceKind::PendReason), MessageKey::UnknownPendReason),
        // Their values are a fixed vocabulary, checked when they are read, or no codes at all.
        CriterionName::ProcessType
        | CriterionName::ClaimType
        | CriterionName::ClaimStatus
        | CriterionName::ServiceDate
        | CriterionName::EntryDate
        | CriterionName::ServicedEntity
        | CriterionName::AllowedAmount
        | CriterionName::CoveredAmount => return,
    };
    codes.extend(named.iter().map(|code| named_code(kind, key, code)));
}

fn of_options(options: &ReprocessOptions, codes: &mut Vec<NamedCode>) {
    let mut add = |kind, key, code: &str| codes.push(named_code(NamedCodeKind::Reference(kind), key, code));
    if let Some(code) = &options.reprocess_message_code {
        add(ReferenceKind::Message, MessageKey::UnknownMessage, code);
    }
    for entry in &options.tag_actions {
        add(ReferenceKind::SkipTag, MessageKey::UnknownSkipTag, &entry.tag);
    }
    for reason in &options.unfinalize_reasons {
        add(
            ReferenceKind::UnfinalizeReason,
            MessageKey::UnknownUnfinalizeReason,
            &reason.code,
        );
    }
    for code in &options.pend_reasons {
        add(ReferenceKind::PendReason, MessageKey::UnknownPendReason, code);
    }
}

fn named_code(kind: NamedCodeKind, unknown: MessageKey, code: &str) -> NamedCode {
    NamedCode {
        kind,
        key: code.to_owned(),
        unknown: Message::new(unknown, [code]),
    }
}

/// What is wrong with a given unfinalize reason, by its reference row: fields that it does not have, a source
/// reference that it needs.
pub fn check_unfinalize_reason(
    definition: &UnfinalizeReasonDefinition,
    given: &AttachedUnfinalizeReason,
) -> Vec<Message> {
    let mut messages = Vec::new();
    if definition.source_reference_mandatory && given.source_reference.is_none() {
        messages.push(Message::new(MessageKey::SourceReferenceMissing, [&given.code]));
    }
    let known = match definition.dynamic_fields.as_slice() {
        [] => "none".to_owned(),
        fields => fields.join(", "),
    };
    for field in given
        .dynamic_fields
        .iter()
        .filter(|field| !definition.dynamic_fields.contains(&field.name))
    {
        let arguments = [&given.code, &quoted(&field.name), &known];
        messages.push(Message::new(
            MessageKey::UnknownDynamicField,
            arguments.map(String::as_str),
        ));
    }
    messages
}
