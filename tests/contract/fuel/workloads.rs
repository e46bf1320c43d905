//! The fixed work: requests on batches and on single lines, and claims that are born, changed, released and reprocessed.

use std::sync::Arc;

use reprise_engine::{
    AdmissionLimits, CallLimits, ComponentKind, CriteriaComponent, Matcher, RuleComponent, RuleEngine, StatusRules,
};
use reprise_model::{
    ChangeFacts, ClaimFacts, Criterion, CriterionName, Day, Enrolment, EnrolmentFacts, IntakeType, OfficeSetting,
    PlanType, ProcedureFacts, ProcessType, ProcessingStatus, ReleaseFacts, ReprocessState, Situation, SubmissionStatus,
    Test,
};

use super::payer::{DAYS, FIRST_DAY, Payer, Values, cell};

/// What was done, and the fuel that it took.
pub(super) type Taken = (String, u64);

/// The rows of a batch: a block of the line index.
const ROWS: usize = 16_384;
/// Lines that are decided one by one.
const LINES: usize = 64;
/// Claims of a batch: a bulk validation's.
const CLAIMS: usize = 4_096;

fn load(bytes: &[u8], kind: ComponentKind) -> RuleComponent {
    let engine = RuleEngine::new(AdmissionLimits::default(), CallLimits::of(kind)).expect("an engine");
    engine.load_any(bytes).expect("a component that is taken")
}

/// Requests with one, five and sixteen criteria: such that about half of the lines meet each, and such that few do.
fn requests() -> Vec<(String, Vec<Criterion>)> {
    let any_of = |name, code: &str| Criterion {
        name,
        negated: false,
        test: Test::AnyOf(vec![code.to_owned()]),
    };
    let days = |name, count| Criterion {
        name,
        negated: false,
        test: Test::Days {
            from: Some(Day::from_number(FIRST_DAY)),
            through: Some(Day::from_number(FIRST_DAY + count)),
        },
    };
    let mut requests = Vec::new();
    for (kind, group, count) in [("dense", "COMMON", DAYS / 2), ("selective", "RARE", DAYS / 50)] {
        let all = [
            any_of(CriterionName::ProcedureGroup, group),
            any_of(CriterionName::ProcessType, "CLAIM"),
            days(CriterionName::ServiceDate, count),
            any_of(CriterionName::ClaimStatus, "FINALIZED"),
            any_of(CriterionName::ServiceProviderGroup, group),
            days(CriterionName::EntryDate, count),
            any_of(CriterionName::ClaimForm, "claim-form-1"),
            any_of(CriterionName::ClaimType, "PROVIDER"),
            any_of(CriterionName::DiagnosisGroup, group),
            any_of(CriterionName::BenefitsProviderGroup, group),
            any_of(CriterionName::PriceProviderGroup, group),
            any_of(CriterionName::LocationProviderGroup, group),
            any_of(CriterionName::ClaimantProviderGroup, group),
            any_of(CriterionName::Product, "product-1"),
            any_of(CriterionName::CoverageRegime, "coverage-regime-1"),
            any_of(CriterionName::MessageGroup, group),
        ];
        for (name, criteria) in [("1 criterion", 1), ("5 criteria", 5), ("16 criteria", 16)] {
            requests.push((format!("{name}, {kind}"), all[..criteria].to_vec()));
        }
    }
    requests
}

/// What each stage takes of all rows: how many survive the one before is not what is measured.
fn batch(matcher: &mut Matcher) -> u64 {
    let stages = matcher.plan().stages.clone();
    let mut fuel = 0;
    for (number, stage) in stages.iter().enumerate() {
        let values: Vec<_> = stage.columns.iter().map(|column| Values::of(*column, ROWS)).collect();
        let columns: Vec<_> = values.iter().map(Values::slice).collect();
        matcher.match_batch(number, ROWS, &columns).expect("a bitmap");
        fuel += matcher.fuel_used();
    }
    fuel
}

/// What deciding and explaining lines one by one takes.
fn single_lines(matcher: &mut Matcher) -> (u64, u64) {
    let columns = matcher.plan().columns.clone();
    let (mut matched, mut explained) = (0, 0);
    for row in 0..LINES {
        let cells: Vec<_> = columns.iter().map(|column| cell(*column, row)).collect();
        matcher.match_line(&cells).expect("an answer");
        matched += matcher.fuel_used();
        matcher.explain(&cells).expect("findings");
        explained += matcher.fuel_used();
    }
    (matched, explained)
}

/// What a criteria component takes.
pub(super) fn criteria(bytes: &[u8]) -> Vec<Taken> {
    let RuleComponent::Criteria(component) = load(bytes, ComponentKind::Criteria) else {
        panic!("it is for criteria");
    };
    requests()
        .into_iter()
        .flat_map(|(name, request)| asked(&component, &name, &request))
        .collect()
}

fn asked(component: &CriteriaComponent, name: &str, request: &[Criterion]) -> [Taken; 3] {
    let mut matcher = component.compile(Arc::new(Payer), request).expect("a matcher");
    let batch = batch(&mut matcher);
    let (matched, explained) = single_lines(&mut matcher);
    [
        (format!("{name}: {ROWS} lines in a batch"), batch),
        (format!("{name}: {LINES} lines one by one"), matched),
        (format!("{name}: {LINES} lines explained"), explained),
    ]
}

/// What a claim-status component takes.
pub(super) fn claim_status(bytes: &[u8]) -> Vec<Taken> {
    let RuleComponent::ClaimStatus(component) = load(bytes, ComponentKind::ClaimStatus) else {
        panic!("it is for claims' status");
    };
    let mut rules = component.instantiate(Arc::new(Payer)).expect("an instance");
    let office =
        [("hold-primary-for-medical", "true"), ("block-zero-fee", "true")].map(|(name, value)| OfficeSetting {
            name: name.to_owned(),
            value: value.to_owned(),
        });
    let mut taken = Vec::new();
    for (kind, asked) in [
        ("taken", SubmissionStatus::Waiting),
        ("refused", SubmissionStatus::Received),
    ] {
        let claims: Vec<_> = (0..CLAIMS).map(|number| claim(number, asked)).collect();
        let mut one_by_one = 0;
        for facts in &claims[..LINES] {
            let creation = rules.create(facts, &office).expect("an answer");
            assert_eq!(creation.is_ok(), kind == "taken");
            one_by_one += rules.fuel_used();
        }
        taken.push((format!("create {LINES} claims one by one, {kind}"), one_by_one));
        rules.create_batch(&claims, &office).expect("answers");
        taken.push((format!("create {CLAIMS} claims in a batch, {kind}"), rules.fuel_used()));
    }
    taken.extend(going_on(&mut rules, &office));
    taken.extend(reprocessed(&mut rules));
    taken
}

/// Claims of every kind, asked for in this status.
fn claim(number: usize, asked: SubmissionStatus) -> ClaimFacts {
    let kinds = [
        (IntakeType::Primary, 1),
        (IntakeType::Secondary, 2),
        (IntakeType::Other, 3),
        (IntakeType::PreAuthorization, 1),
    ];
    let (claim_type, rank) = kinds[number % kinds.len()];
    ClaimFacts {
        claim_type,
        asked: Some(asked),
        plan_type: PlanType::Percentage,
        rank,
        other_rank: rank - 1,
        dental_plans: 3,
        medical_plans: 0,
        procedures: 3,
        on_open_primary: 1,
        on_received_primary: 0,
        diagnoses: 2,
        claimed: 0,
        not_billed: 0,
        without_fee: 0,
        situation: Situation {
            plan_known: true,
            subscription_asked: true,
            other_subscription_asked: rank > 1,
            ..Situation::default()
        },
    }
}

/// Claims that an enrolment calls for, one that is changed, and one that goes on.
fn going_on(rules: &mut StatusRules, office: &[OfficeSetting]) -> [Taken; 3] {
    let enrolment = |subscription, rank| Enrolment {
        subscription,
        plan_type: PlanType::Percentage,
        rank,
    };
    let procedure = |procedure| ProcedureFacts {
        procedure,
        in_process: false,
        without_fee: false,
        clinic: 1,
        place: 1,
        diagnoses: vec![1, 2],
        not_billed_to: Vec::new(),
        claimed_for: Vec::new(),
        on_open_primary: false,
        on_received_primary: false,
    };
    let facts = EnrolmentFacts {
        enrolments: vec![enrolment(1, 1), enrolment(2, 2), enrolment(3, 3)],
        procedures: (1..=8).map(procedure).collect(),
    };
    rules.new_claims(&facts, office).expect("an answer").expect("claims");
    let made = rules.fuel_used();
    let change = ChangeFacts {
        claim: claim(0, SubmissionStatus::Unsent),
        current: SubmissionStatus::Waiting,
        processing: ProcessingStatus::Entry,
    };
    rules.change(&change, office).expect("an answer").expect("a status");
    let changed = rules.fuel_used();
    let release = ReleaseFacts {
        claim_type: IntakeType::Secondary,
        current: SubmissionStatus::Hold,
        settles_in: SubmissionStatus::Hold,
        rank: 2,
        received_rank: 1,
        received_medical: false,
        open_before: 0,
        in_process: false,
    };
    rules.release(&release, office).expect("an answer").expect("a status");
    [
        ("new claims for 8 procedures and 3 plans".to_owned(), made),
        ("change a claim".to_owned(), changed),
        ("release a claim".to_owned(), rules.fuel_used()),
    ]
}

/// Claims that are processed again, with a reason to unfinalize them and without.
fn reprocessed(rules: &mut StatusRules) -> Vec<Taken> {
    let mut taken = Vec::new();
    for (kind, unfinalize_reason_given) in [("taken", true), ("refused", false)] {
        let state = ReprocessState {
            status: ProcessingStatus::Finalized,
            process_type: ProcessType::Claim,
            settled: false,
            locked: false,
            preprocessing_done: true,
            pricing_done: true,
            unfinalize_reason_given,
            pend_reason_given: false,
            asked_preprocessing_done: None,
            asked_pricing_done: None,
        };
        let decision = rules.reprocess(state).expect("an answer");
        assert_eq!(decision.is_ok(), kind == "taken");
        taken.push((format!("reprocess a claim, {kind}"), rules.fuel_used()));
        rules.reprocess_batch(&vec![state; CLAIMS]).expect("answers");
        taken.push((
            format!("reprocess {CLAIMS} claims in a batch, {kind}"),
            rules.fuel_used(),
        ));
    }
    taken
}
