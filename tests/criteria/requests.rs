//! Requests drawn at random, and the body that each would be sent as.
//!
//! Some are drawn freely: few of their many criteria meet. Others are aimed at a line: each of their criteria is one that
//! the line meets, up to all that can be given together.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::{BoxedStrategy, Strategy, any};
use proptest::sample::{Index, select};
use proptest::{bool, prop_oneof};
use reprise_model::{AttachedUnfinalizeReason, Criterion, CriterionName, Day, Test};
use reprise_request::{
    CriteriaRequest, Document, MediaType, NameMap, ReprocessOptions, RequestKind, read_criteria_request,
};
use serde_json::{Map, Value, json};

use super::plain;
use super::population::{Breadth, ENTITY_TYPES, GROUPS, NAMES, Population, amount, day, name};

/// A request as it was drawn.
#[derive(Clone, Debug)]
pub(super) struct Request {
    aim: Aim,
    /// Whether it gives an unfinalize reason.
    pub(super) reason_given: bool,
}

#[derive(Clone, Debug)]
enum Aim {
    /// These criteria.
    Free(Vec<Criterion>),
    /// Of each criterion that is marked, one that some line meets.
    AtLine { line: Index, wanted: Vec<bool> },
}

/// A request on a population of this breadth.
pub(super) fn request(breadth: Breadth) -> impl Strategy<Value = Request> {
    let free = |chance: f64| {
        let given: Vec<BoxedStrategy<Option<Criterion>>> = CriterionName::ALL
            .iter()
            .map(|&name| {
                let criterion = criterion(name, breadth);
                match name {
                    CriterionName::ProcessType => criterion.prop_map(Some).boxed(),
                    _ => weighted(chance, criterion).boxed(),
                }
            })
            .collect();
        given.prop_map(|given| Aim::Free(given.into_iter().flatten().collect()))
    };
    let wanted = |chance| vec(bool::weighted(chance), CriterionName::ALL.len());
    let at_line = (any::<Index>(), prop_oneof![wanted(0.15), wanted(0.5), wanted(0.99)])
        .prop_map(|(line, wanted)| Aim::AtLine { line, wanted });
    let aim = prop_oneof![4 => free(0.06), 2 => free(0.15), 3 => at_line];
    (aim, bool::ANY).prop_map(|(aim, reason_given)| Request { aim, reason_given })
}

impl Request {
    /// What it asks of a line of the population.
    pub(super) fn criteria(&self, population: &Population) -> Vec<Criterion> {
        let criteria = match &self.aim {
            Aim::Free(criteria) => criteria.clone(),
            Aim::AtLine { line, wanted } => aimed(population, *line, wanted),
        };
        without_conflicts(criteria)
    }

    /// The request as the host gets it: read from its body, where a body can say it.
    pub(super) fn submitted(&self, population: &Population) -> CriteriaRequest {
        submitted(&self.criteria(population), self.reason_given)
    }
}

/// These criteria as the host gets them.
pub(super) fn submitted(criteria: &[Criterion], reason_given: bool) -> CriteriaRequest {
    let Some(body) = body(criteria, reason_given) else {
        // The contract and the host can take the opposite of anything, whatever a body can say.
        let options = ReprocessOptions {
            unfinalize_reasons: reasons(reason_given),
            ..ReprocessOptions::default()
        };
        return CriteriaRequest {
            reprocess: false,
            criteria: criteria.to_vec(),
            options,
        };
    };
    let request = read(&body);
    assert_eq!(request.criteria, criteria, "{body} is read as something else");
    request
}

fn reasons(given: bool) -> Vec<AttachedUnfinalizeReason> {
    let reason = AttachedUnfinalizeReason {
        code: "UF1".to_owned(),
        source_reference: None,
        dynamic_fields: Vec::new(),
    };
    if given { vec![reason] } else { Vec::new() }
}

/// A body as it is read.
pub(super) fn read(body: &Value) -> CriteriaRequest {
    let document = Document::read(body.to_string().as_bytes(), MediaType::Json).expect("a JSON document");
    read_criteria_request(&document, RequestKind::Criteria, NameMap::standard()).expect("a criteria request")
}

/// Of each criterion that is marked, one that the line meets: a positive one if there is any.
fn aimed(population: &Population, line: Index, wanted: &[bool]) -> Vec<Criterion> {
    let lines: Vec<_> = population
        .claims
        .iter()
        .flat_map(|claim| claim.lines.iter().map(move |line| (claim, line)))
        .collect();
    let mut criteria = Vec::new();
    for (&name, &wanted) in CriterionName::ALL.iter().zip(wanted) {
        if !wanted && name != CriterionName::ProcessType {
            continue;
        }
        let positive = |test| Criterion {
            name,
            negated: false,
            test,
        };
        let negative = |test| Criterion {
            name,
            negated: true,
            test,
        };
        if lines.is_empty() {
            criteria.push(positive(Test::AnyOf(codes(name))));
            return criteria;
        }
        let (claim, line) = *line.get(&lines);
        let tests: Vec<Test> = match name {
            CriterionName::ServiceDate => line.service_start_date.into_iter().map(only).collect(),
            CriterionName::EntryDate => vec![only(claim.entry_date)],
            CriterionName::AllowedAmount | CriterionName::CoveredAmount => (-2..8)
                .map(|number| Test::Amounts {
                    from: Some(amount(number)),
                    through: Some(amount(number)),
                })
                .collect(),
            CriterionName::ServicedEntity => entities(),
            name => codes(name).into_iter().map(|code| Test::AnyOf(vec![code])).collect(),
        };
        let is_met =
            |criterion: &Criterion| plain::meets(plain::by_default, &population.references, claim, line, criterion);
        let met = tests.iter().cloned().map(positive).find(is_met);
        criteria.extend(met.or_else(|| {
            let negative = tests
                .first()
                .filter(|test| matches!(test, Test::AnyOf(_)))
                .cloned()
                .map(negative);
            negative.filter(is_met)
        }));
    }
    criteria
}

fn only(day: Day) -> Test {
    Test::Days {
        from: Some(day),
        through: Some(day),
    }
}

fn entities() -> Vec<Test> {
    (0..NAMES)
        .flat_map(|number| {
            ENTITY_TYPES.map(|entity_type| Test::Entity {
                code: name("ENTITY", number),
                entity_type: entity_type.to_owned(),
            })
        })
        .collect()
}

/// Every code that a request can name for a criterion.
fn codes(criterion: CriterionName) -> Vec<String> {
    let owned = |codes: &[&str]| codes.iter().map(|&code| code.to_owned()).collect();
    let names = |kind: &str, count: u32| (0..count).map(|number| name(kind, number)).collect();
    match criterion {
        CriterionName::ProcessType => owned(&["CLAIM", "RESERVATION"]),
        CriterionName::ClaimType => owned(&["PROVIDER", "RESTITUTION"]),
        CriterionName::ClaimStatus => owned(&[
            "CHANGE",
            "MANUAL PRICING",
            "MANUAL PRICING ADJUDICATION",
            "MANUAL BENEFITS",
            "MANUAL ADJUDICATION",
            "PRICING FINALIZED",
            "FINALIZED",
        ]),
        CriterionName::ClaimForm => names("FORM", NAMES),
        CriterionName::ProcedureGroup => names("PG", GROUPS),
        CriterionName::DiagnosisGroup => names("DG", GROUPS),
        CriterionName::BenefitsProviderGroup
        | CriterionName::PriceProviderGroup
        | CriterionName::ServiceProviderGroup
        | CriterionName::LocationProviderGroup
        | CriterionName::ClaimantProviderGroup => names("PRG", GROUPS),
        CriterionName::MessageGroup => names("MG", GROUPS),
        CriterionName::ProcedureCondition => owned(&["PREVENTIVE-UNDER-18"]),
        CriterionName::DiagnosisCondition => owned(&["CARIES-WITH-TOOTH"]),
        CriterionName::Product => names("PRODUCT", NAMES),
        CriterionName::CoverageRegime => names("REGIME", NAMES),
        CriterionName::FeeSchedule => names("FEES", NAMES),
        CriterionName::PendReason => names("PEND", NAMES),
        CriterionName::ServiceDate
        | CriterionName::EntryDate
        | CriterionName::ServicedEntity
        | CriterionName::AllowedAmount
        | CriterionName::CoveredAmount => Vec::new(),
    }
}

fn criterion(name: CriterionName, breadth: Breadth) -> impl Strategy<Value = Criterion> {
    let is_negated = bool::weighted(match name {
        CriterionName::ProcessType => 0.05,
        _ => 0.2,
    });
    let test = match name {
        CriterionName::ServiceDate | CriterionName::EntryDate => ends(0..breadth.days)
            .prop_map(|(from, through)| Test::Days {
                from: from.map(day),
                through: through.map(day),
            })
            .boxed(),
        CriterionName::AllowedAmount | CriterionName::CoveredAmount => ends(-3..9_i64)
            .prop_map(|(from, through)| Test::Amounts {
                from: from.map(amount),
                through: through.map(amount),
            })
            .boxed(),
        CriterionName::ServicedEntity => select(entities()).boxed(),
        name => prop_oneof![2 => vec(select(codes(name)), 1), 1 => vec(select(codes(name)), 2..=3)]
            .prop_map(Test::AnyOf)
            .boxed(),
    };
    (test, is_negated).prop_map(move |(test, negated)| Criterion { name, negated, test })
}

/// A range with one end at least, the first not above the last.
fn ends<T: Copy + Ord + std::fmt::Debug + 'static>(
    values: std::ops::Range<T>,
) -> impl Strategy<Value = (Option<T>, Option<T>)>
where
    std::ops::Range<T>: Strategy<Value = T> + Clone,
{
    (values.clone(), values, 0..4_u8).prop_map(|(one, other, open)| match open {
        0 => (Some(one), None),
        1 => (None, Some(other)),
        _ => (Some(one.min(other)), Some(one.max(other))),
    })
}

/// What is left when that goes which a request may not give together, or not alone.
fn without_conflicts(mut criteria: Vec<Criterion>) -> Vec<Criterion> {
    let has = |criteria: &[Criterion], name| criteria.iter().any(|criterion| criterion.name == name);
    if has(&criteria, CriterionName::ProcedureGroup) {
        criteria.retain(|criterion| criterion.name != CriterionName::ProcedureCondition);
    }
    let has_procedure_criterion =
        has(&criteria, CriterionName::ProcedureGroup) || has(&criteria, CriterionName::ProcedureCondition);
    if has(&criteria, CriterionName::DiagnosisGroup) || !has_procedure_criterion {
        criteria.retain(|criterion| criterion.name != CriterionName::DiagnosisCondition);
    }
    criteria
}

/// The body of a request, or none if JSON has no words for it: the opposite of a range, or of an entity.
pub(super) fn body(criteria: &[Criterion], reason_given: bool) -> Option<Value> {
    let mut members = Map::new();
    members.insert("reprocess".to_owned(), false.into());
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            members.insert(name.to_owned(), value);
        }
    };
    for criterion in criteria {
        let text = |value: &dyn std::fmt::Display| Value::String(value.to_string());
        match &criterion.test {
            Test::AnyOf(codes) => {
                let value = match codes.as_slice() {
                    [code] => json!(code),
                    codes => json!({ "anyOf": codes }),
                };
                add(
                    attribute(criterion.name),
                    Some(if criterion.negated {
                        json!({ "not": value })
                    } else {
                        value
                    }),
                );
            }
            _ if criterion.negated => return None,
            Test::Days { from, through } => {
                let (start, end) = match criterion.name {
                    CriterionName::ServiceDate => ("serviceStartDate", "serviceEndDate"),
                    _ => ("entryStartDate", "entryEndDate"),
                };
                add(start, from.as_ref().map(|day| text(day)));
                add(end, through.as_ref().map(|day| text(day)));
            }
            Test::Amounts { from, through } => {
                let ends = [("from", from), ("through", through)];
                let ends = ends
                    .into_iter()
                    .filter_map(|(end, amount)| Some((end.to_owned(), text(amount.as_ref()?))));
                add(attribute(criterion.name), Some(Value::Object(ends.collect())));
            }
            Test::Entity { code, entity_type } => {
                add("servicedEntityCode", Some(json!(code)));
                add("servicedEntityTypeCode", Some(json!(entity_type)));
            }
        }
    }
    add(
        "claimUnfinalizeReasonList",
        reason_given.then(|| json!([{ "code": "UF1" }])),
    );
    Some(Value::Object(members))
}

/// The attribute of a request that gives a criterion.
fn attribute(name: CriterionName) -> &'static str {
    match name {
        CriterionName::ProcessType => "processType",
        CriterionName::ClaimForm => "claimFormCode",
        CriterionName::ClaimType => "claimType",
        CriterionName::ClaimStatus => "claimStatus",
        CriterionName::ProcedureGroup => "procedureGroupCode",
        CriterionName::ProcedureCondition => "procedureConditionCode",
        CriterionName::DiagnosisGroup => "diagnosisGroupCode",
        CriterionName::DiagnosisCondition => "diagnosisConditionCode",
        CriterionName::BenefitsProviderGroup => "benefitsProviderGroupCode",
        CriterionName::PriceProviderGroup => "priceProviderGroupCode",
        CriterionName::ServiceProviderGroup => "serviceProviderGroupCode",
        CriterionName::LocationProviderGroup => "locationProviderGroupCode",
        CriterionName::ClaimantProviderGroup => "claimantProviderGroupCode",
        CriterionName::Product => "productCode",
        CriterionName::CoverageRegime => "coverageRegimeCode",
        CriterionName::FeeSchedule => "feeScheduleCode",
        CriterionName::MessageGroup => "messageGroupCode",
        CriterionName::PendReason => "pendReasonCode",
        CriterionName::AllowedAmount => "allowedAmount",
        CriterionName::CoveredAmount => "coveredAmount",
        name @ (CriterionName::ServiceDate | CriterionName::EntryDate | CriterionName::ServicedEntity) => {
            unreachable!("{name} is given by two attributes")
        }
    }
}
