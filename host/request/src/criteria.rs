//! The criteria request and the count request: which claims, and what is to become of them.

use reprise_model::{Criterion, CriterionName, Message, MessageKey, Test};

use crate::criterion::{read_amounts, read_codes, read_days, read_entity};
use crate::document::Document;
use crate::fields::{Fields, Findings};
use crate::names::NameMap;
use crate::options::{ReprocessOptions, read_options};
use crate::root::{COUNT_ROOT, CRITERIA_ROOT, root_object};
use crate::target::{OptionName, Part, Target};

/// Which request a body is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestKind {
    /// Reprocess the claims that meet the criteria, or list them.
    Criteria,
    /// Count the claims that meet the criteria. It takes the body of a criteria request too.
    Count,
}

/// A criteria request or a count request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CriteriaRequest {
    /// Whether claims are reprocessed or only listed. Of a count request: whatever it said, false if nothing.
    pub reprocess: bool,
    /// What is asked of a line; all of it in conjunction. The process type is always among them.
    pub criteria: Vec<Criterion>,
    /// What is to become of the claims.
    pub options: ReprocessOptions,
}

impl RequestKind {
    /// The root elements that a body may have.
    const fn roots(self) -> &'static [&'static str] {
        match self {
            Self::Criteria => &[CRITERIA_ROOT],
            Self::Count => &[COUNT_ROOT, CRITERIA_ROOT],
        }
    }
}

/// Reads a criteria or count request from a body. Everything that is wrong with it is in the error, but what only the
/// reference data can tell; see [`named_codes`](crate::named_codes) for that.
pub fn read_criteria_request(
    document: &Document,
    kind: RequestKind,
    names: &NameMap,
) -> Result<CriteriaRequest, Vec<Message>> {
    match read_criteria_request_in_part(document, kind, names) {
        Ok((request, findings)) if findings.is_empty() => Ok(request),
        Ok((_, findings)) => Err(findings),
        Err(message) => Err(vec![message]),
    }
}

/// As [`read_criteria_request`], with what can be read of a request beside what is wrong with it, so that a caller can
/// tell at once what the reference data finds wrong with the rest. An error is a body that is no such request at all.
pub fn read_criteria_request_in_part(
    document: &Document,
    kind: RequestKind,
    names: &NameMap,
) -> Result<(CriteriaRequest, Vec<Message>), Message> {
    let object = root_object(document, kind.roots())?;
    let media_type = document.media_type;
    let mut findings = Findings::default();
    let fields = object.fields(
        |spelling| {
            names
                .target(spelling, media_type)
                .filter(|target| is_of_criteria(*target))
        },
        |_| false,
        || names.known(media_type, is_of_criteria),
        &mut findings,
    );
    let reprocess = read_reprocess(&fields, kind, names, &mut findings);
    let mut criteria = Vec::new();
    for name in names.criteria() {
        criteria.extend(read_criterion(name, &fields, names, &mut findings));
    }
    let options = read_options(&fields, &mut findings);
    check_exclusions(&fields, &mut findings);
    let request = CriteriaRequest {
        reprocess,
        criteria,
        options,
    };
    Ok((request, findings.into_messages()))
}

fn is_of_criteria(target: Target) -> bool {
    match target {
        Target::Criterion(..) => true,
        Target::Option(option) => option.is_of_criteria(),
    }
}

fn read_reprocess(fields: &Fields<'_, Target>, kind: RequestKind, names: &NameMap, findings: &mut Findings) -> bool {
    let target = Target::Option(OptionName::Reprocess);
    if kind == RequestKind::Criteria && fields.get(target).is_none() {
        let label = fields.object.label_of_missing(names.name(target));
        findings.add(Message::new(MessageKey::MissingMember, [&label]));
    }
    fields.truth(target, findings).unwrap_or_default()
}

fn read_criterion(
    name: CriterionName,
    fields: &Fields<'_, Target>,
    names: &NameMap,
    findings: &mut Findings,
) -> Option<Criterion> {
    let target = Target::Criterion(name, Part::Whole);
    let positive = |test| Criterion {
        name,
        negated: false,
        test,
    };
    match name {
        CriterionName::ServiceDate | CriterionName::EntryDate => read_days(name, fields, findings).map(positive),
        CriterionName::ServicedEntity => read_entity(fields, names, findings).map(positive),
        CriterionName::AllowedAmount | CriterionName::CoveredAmount => {
            let member = fields.get(target)?;
            read_amounts(member, &fields.object.label(member), findings).map(positive)
        }
        _ => {
            let Some(member) = fields.get(target) else {
                if name == CriterionName::ProcessType {
                    let label = fields.object.label_of_missing(names.name(target));
                    findings.add(Message::new(MessageKey::MissingMember, [&label]));
                }
                return None;
            };
            let (codes, negated) = read_codes(
                name,
                member,
                fields.object.media_type,
                &fields.object.label(member),
                findings,
            )?;
            Some(Criterion {
                name,
                negated,
                test: Test::AnyOf(codes),
            })
        }
    }
}

/// What may not be given together, and what not alone.
fn check_exclusions(fields: &Fields<'_, Target>, findings: &mut Findings) {
    let given = |name| fields.get(Target::Criterion(name, Part::Whole)).is_some();
    let procedure_group = given(CriterionName::ProcedureGroup);
    let procedure_condition = given(CriterionName::ProcedureCondition);
    let diagnosis_condition = given(CriterionName::DiagnosisCondition);
    if procedure_group && procedure_condition {
        findings.add(Message::new(MessageKey::ProcedureGroupAndCondition, []));
    }
    if diagnosis_condition && given(CriterionName::DiagnosisGroup) {
        findings.add(Message::new(MessageKey::DiagnosisGroupAndCondition, []));
    }
    if diagnosis_condition && !procedure_group && !procedure_condition {
        findings.add(Message::new(MessageKey::DiagnosisConditionAlone, []));
    }
}
