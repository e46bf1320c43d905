//! Checks a request against reference data and against what the rule component can decide: everything at once, so that
//! a caller learns of every wrong code in one answer.

use std::collections::BTreeSet;

use reprise_engine::{ConditionKind, CriteriaComponent};
use reprise_model::{Message, MessageKey, Reference, ReferenceKind};
use reprise_request::{
    CriteriaRequest, Document, NamedCodeKind, RequestKind, check_unfinalize_reason, named_codes,
    read_criteria_request_in_part,
};

use crate::rules::RuleSet;
use crate::{Host, HostError};

impl Host {
    /// Read the payer's request. The refusal of one that cannot be asked says what is wrong with its form and with what
    /// it names, at once.
    pub fn read_request(
        &self,
        payer: &str,
        document: &Document,
        kind: RequestKind,
    ) -> Result<CriteriaRequest, HostError> {
        let (request, mut messages) = read_criteria_request_in_part(document, kind, self.names())
            .map_err(|message| HostError::Refused(vec![message]))?;
        if messages.is_empty() {
            return Ok(request);
        }
        let rules = self.rules_of(payer)?;
        if let Err(HostError::Refused(further)) = self.validate(payer, &request, &rules) {
            messages.extend(further);
        }
        Err(HostError::Refused(messages))
    }

    /// Whether everything that the request names is there.
    pub(crate) fn validate(&self, payer: &str, request: &CriteriaRequest, rules: &RuleSet) -> Result<(), HostError> {
        let component = rules.criteria.component()?;
        let mut messages = Vec::new();
        for named in named_codes(request) {
            let known = match named.kind {
                NamedCodeKind::Reference(kind) => self.inner.store.reference_exists(payer, kind, &named.key)?,
                NamedCodeKind::ProcedureCondition => has_condition(component, ConditionKind::Procedure, &named.key),
                NamedCodeKind::DiagnosisCondition => has_condition(component, ConditionKind::Diagnosis, &named.key),
            };
            if !known {
                messages.push(named.unknown);
            }
        }
        for given in &request.options.unfinalize_reasons {
            let kind = ReferenceKind::UnfinalizeReason;
            if let Some(Reference::UnfinalizeReason(definition)) =
                self.inner.store.reference(payer, kind, &given.code)?
            {
                messages.extend(check_unfinalize_reason(&definition, given));
            }
        }
        messages.extend(undecidable(component, request));
        if messages.is_empty() {
            Ok(())
        } else {
            Err(HostError::Refused(messages))
        }
    }
}

fn has_condition(component: &CriteriaComponent, kind: ConditionKind, code: &str) -> bool {
    let mut conditions = component.conditions().iter();
    conditions.any(|condition| condition.kind == kind && condition.code == code)
}

/// The criteria of the request that the component does not say it understands.
fn undecidable(component: &CriteriaComponent, request: &CriteriaRequest) -> Vec<Message> {
    let understood = &component.description().criteria;
    let names: BTreeSet<_> = request
        .criteria
        .iter()
        .map(|criterion| criterion.name.as_str())
        .collect();
    names
        .into_iter()
        .filter(|name| !understood.iter().any(|criterion| criterion == name))
        .map(|name| {
            let reason = format!("it understands {}", understood.join(", "));
            Message::new(MessageKey::CriterionNotInRules, [name, &reason])
        })
        .collect()
}
