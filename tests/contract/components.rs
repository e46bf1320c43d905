//! The components that were built for release 0.1.0 are admitted and decide what they decided then, for ever.
//!
//! They are the default components of that day: `reprise rules build rules/packs/criteria` and `…/claim-status`. Nobody
//! builds them again; where a story here fails, it is the host that has changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use reprise_engine::{
    AdmissionLimits, CallLimits, ComponentKind, CriteriaComponent, Membership, ReferenceSource, RuleComponent,
    RuleEngine, SetLists, StatusRules,
};
use reprise_model::{
    Birth, ClaimFacts, Column, ColumnForm, ColumnSlice, Criterion, CriterionName, Dictionary, Disposition,
    DispositionRefusalReason, GroupKind, IntakeType, PlanType, ProcessType, ProcessingStatus, ReprocessState, SetTable,
    Situation, SubmissionStatus, Test,
};

const CRITERIA: &[u8] = include_bytes!("0.1.0/criteria.wasm");
const CLAIM_STATUS: &[u8] = include_bytes!("0.1.0/claim-status.wasm");

/// A payer with procedures `V5010` (1) and `L8690` (2), of which the second is in group `PG-1` from day 100 through 200,
/// and with products `GOLD` (1) and `SILVER` (2). Each is a list of its own under its number, and list 3 is both.
struct Payer;

const PROCEDURES: [&str; 2] = ["V5010", "L8690"];
const PRODUCTS: [&str; 2] = ["GOLD", "SILVER"];

impl Payer {
    fn codes_of(dictionary: Dictionary) -> &'static [&'static str] {
        match dictionary {
            Dictionary::Procedure => &PROCEDURES,
            Dictionary::Product => &PRODUCTS,
            _ => &[],
        }
    }
}

impl ReferenceSource for Payer {
    fn code_id(&self, dictionary: Dictionary, code: &str) -> Option<u32> {
        let place = Self::codes_of(dictionary).iter().position(|known| *known == code)?;
        u32::try_from(place + 1).ok()
    }

    fn code_of(&self, dictionary: Dictionary, id: u32) -> Option<String> {
        let place = usize::try_from(id).ok()?.checked_sub(1)?;
        Some((*Self::codes_of(dictionary).get(place)?).to_owned())
    }

    fn codes(&self, dictionary: Dictionary) -> Vec<String> {
        Self::codes_of(dictionary)
            .iter()
            .map(|code| (*code).to_owned())
            .collect()
    }

    fn lists(&self, table: SetTable) -> SetLists {
        match table {
            SetTable::Procedures | SetTable::Products => SetLists {
                starts: vec![0, 0, 1, 2, 4],
                members: vec![1, 2, 1, 2],
            },
            _ => SetLists::default(),
        }
    }

    fn members(&self, kind: GroupKind, code: &str) -> Result<Option<Vec<Membership>>, String> {
        let is_known = kind == GroupKind::Procedure && code == "PG-1";
        let member = Membership {
            code: 2,
            from: 100,
            through: 200,
        };
        Ok(is_known.then(|| vec![member]))
    }
}

fn admit(bytes: &[u8], kind: ComponentKind) -> RuleComponent {
    let engine = RuleEngine::new(AdmissionLimits::default(), CallLimits::of(kind)).expect("an engine");
    let component = engine.load_any(bytes).expect("a component that is taken");
    assert_eq!(component.kind(), kind);
    component
}

fn criteria() -> CriteriaComponent {
    match admit(CRITERIA, ComponentKind::Criteria) {
        RuleComponent::Criteria(component) => component,
        RuleComponent::ClaimStatus(_) => panic!("it is for criteria"),
    }
}

fn claim_status() -> StatusRules {
    match admit(CLAIM_STATUS, ComponentKind::ClaimStatus) {
        RuleComponent::ClaimStatus(component) => component.instantiate(Arc::new(Payer)).expect("an instance"),
        RuleComponent::Criteria(_) => panic!("it is for claims' status"),
    }
}

fn any_of(name: CriterionName, codes: &[&str], negated: bool) -> Criterion {
    let codes = codes.iter().map(|&code| code.to_owned()).collect();
    Criterion {
        name,
        negated,
        test: Test::AnyOf(codes),
    }
}

/// A line by those of its columns that are not 0.
type Line = BTreeMap<Column, i64>;

fn line(values: &[(Column, i64)]) -> Line {
    values.iter().copied().collect()
}

/// A column of all lines, whatever its form.
enum Values {
    Kinds(Vec<u8>),
    Ids(Vec<u32>),
    Days(Vec<i32>),
    Amounts(Vec<i64>),
}

impl Values {
    fn of(column: Column, lines: &[Line]) -> Self {
        fn all<Value: TryFrom<i64>>(column: Column, lines: &[Line]) -> Vec<Value> {
            let values = lines.iter().map(|line| line.get(&column).copied().unwrap_or(0));
            let fits = |value| Value::try_from(value).ok().expect("a value of the column");
            values.map(fits).collect()
        }
        match column.form() {
            ColumnForm::Kinds => Self::Kinds(all(column, lines)),
            ColumnForm::Codes(_) | ColumnForm::Sets(_) => Self::Ids(all(column, lines)),
            ColumnForm::Days => Self::Days(all(column, lines)),
            ColumnForm::Amounts => Self::Amounts(all(column, lines)),
        }
    }

    fn slice(&self) -> ColumnSlice<'_> {
        match self {
            Self::Kinds(values) => ColumnSlice::Kinds(values),
            Self::Ids(values) => ColumnSlice::Ids(values),
            Self::Days(values) => ColumnSlice::Days(values),
            Self::Amounts(values) => ColumnSlice::Amounts(values),
        }
    }
}

/// Which of the lines a request hits: in batches through all stages, one by one, and by what is said of each criterion.
#[track_caller]
fn check_hits(request: &[Criterion], lines: &[Line], expected: &[bool]) {
    let mut matcher = criteria().compile(Arc::new(Payer), request).expect("a matcher");
    let mut passing = vec![true; lines.len()];
    for (number, stage) in matcher.plan().stages.clone().iter().enumerate() {
        let values: Vec<_> = stage.columns.iter().map(|column| Values::of(*column, lines)).collect();
        let columns: Vec<_> = values.iter().map(Values::slice).collect();
        let words = matcher.match_batch(number, lines.len(), &columns).expect("a bitmap");
        for (row, passes) in passing.iter_mut().enumerate() {
            *passes &= words[row / 64] & (1 << (row % 64)) != 0;
        }
    }
    assert_eq!(passing, expected, "in a batch");
    let columns = matcher.plan().columns.clone();
    for (line, expected) in lines.iter().zip(expected) {
        let cells: Vec<_> = columns
            .iter()
            .map(|column| line.get(column).copied().unwrap_or(0))
            .collect();
        assert_eq!(matcher.match_line(&cells), Ok(*expected), "{line:?}");
        let findings = matcher.explain(&cells).expect("findings");
        assert_eq!(
            findings.iter().all(|finding| finding.met),
            *expected,
            "{line:?}: {findings:?}"
        );
    }
}

#[test]
fn criteria_of_0_1_0_decide_as_they_did() {
    let days = |from: i32, through: i32| Criterion {
        name: CriterionName::ServiceDate,
        negated: false,
        test: Test::Days {
            from: Some(reprise_model::Day::from_number(from)),
            through: Some(reprise_model::Day::from_number(through)),
        },
    };
    let lines = [
        line(&[
            (Column::ProcessType, 1),
            (Column::ServiceStartDate, 150),
            (Column::Procedures, 2),
            (Column::Products, 1),
        ]),
        line(&[
            (Column::ProcessType, 1),
            (Column::ServiceStartDate, 201),
            (Column::Procedures, 3),
            (Column::Products, 3),
        ]),
        line(&[
            (Column::ProcessType, 2),
            (Column::ServiceStartDate, 100),
            (Column::Procedures, 3),
            (Column::Products, 2),
        ]),
        line(&[
            (Column::ProcessType, 1),
            (Column::ServiceStartDate, 150),
            (Column::Procedures, 1),
        ]),
    ];
    let claims = any_of(CriterionName::ProcessType, &["CLAIM"], false);
    let group = |negated| any_of(CriterionName::ProcedureGroup, &["PG-1"], negated);
    let gold = |negated| any_of(CriterionName::Product, &["GOLD"], negated);
    for (request, expected) in [
        (vec![claims.clone()], [true, true, false, true]),
        (vec![group(false)], [true, false, true, false]),
        (vec![group(true)], [false, true, false, true]),
        (vec![gold(false)], [true, true, false, false]),
        (vec![gold(true)], [false, false, true, true]),
        (vec![days(101, 200)], [true, false, false, true]),
        (
            vec![claims, group(false), gold(false), days(1, 150)],
            [true, false, false, false],
        ),
    ] {
        check_hits(&request, &lines, &expected);
    }
}

#[test]
fn criteria_of_0_1_0_say_what_they_are() {
    let component = criteria();
    let description = component.description();
    assert_eq!(description.name, "default-criteria");
    assert!(
        description.criteria.iter().any(|name| name == "procedure-group"),
        "{description:?}"
    );
}

#[test]
fn claim_status_of_0_1_0_reprocesses_as_it_did() {
    let claim = ReprocessState {
        status: ProcessingStatus::Finalized,
        process_type: ProcessType::Claim,
        settled: false,
        locked: false,
        preprocessing_done: true,
        pricing_done: true,
        unfinalize_reason_given: true,
        pend_reason_given: false,
        asked_preprocessing_done: None,
        asked_pricing_done: None,
    };
    let settled = ReprocessState { settled: true, ..claim };
    let no_reason = ReprocessState {
        unfinalize_reason_given: false,
        ..claim
    };
    let pended = ReprocessState {
        pend_reason_given: true,
        ..claim
    };
    let goes_to = |status, preprocessing_done| {
        Ok(Disposition {
            status,
            preprocessing_done,
            pricing_done: false,
        })
    };
    let states = [claim, settled, no_reason, pended];
    let expected = [
        goes_to(ProcessingStatus::Initial, true),
        Err(DispositionRefusalReason::Settled),
        Err(DispositionRefusalReason::UnfinalizeReasonMissing),
        goes_to(ProcessingStatus::Change, false),
    ];
    let mut rules = claim_status();
    let batch = rules.reprocess_batch(&states).expect("decisions");
    let single = states.map(|state| rules.reprocess(state).expect("a decision"));
    for decided in [batch, single.to_vec()] {
        let decided: Vec<_> = decided
            .into_iter()
            .map(|one| one.map_err(|refusal| refusal.reason))
            .collect();
        assert_eq!(decided, expected);
    }
}

#[test]
fn claim_status_of_0_1_0_creates_as_it_did() {
    let primary = ClaimFacts {
        claim_type: IntakeType::Primary,
        asked: None,
        plan_type: PlanType::Percentage,
        rank: 1,
        other_rank: 0,
        dental_plans: 1,
        medical_plans: 0,
        procedures: 1,
        on_open_primary: 0,
        on_received_primary: 0,
        diagnoses: 0,
        claimed: 0,
        not_billed: 0,
        without_fee: 0,
        situation: Situation {
            plan_known: true,
            ..Situation::default()
        },
    };
    let unsent = ClaimFacts {
        asked: Some(SubmissionStatus::Unsent),
        ..primary
    };
    let sent = ClaimFacts {
        asked: Some(SubmissionStatus::Sent),
        ..primary
    };
    let born = |status| {
        Ok(Birth {
            claim_type: IntakeType::Primary,
            status,
            settles_in: status,
        })
    };
    let mut rules = claim_status();
    let facts = [primary, unsent, sent];
    let batch = rules.create_batch(&facts, &[]).expect("answers");
    let single = facts.map(|facts| rules.create(&facts, &[]).expect("an answer"));
    for answers in [batch, single.to_vec()] {
        let answers: Vec<_> = answers
            .into_iter()
            .map(|one| one.map_err(|refusal| refusal.code))
            .collect();
        let expected = [
            born(SubmissionStatus::Waiting),
            born(SubmissionStatus::Unsent),
            Err("status-not-allowed".to_owned()),
        ];
        assert_eq!(answers, expected);
    }
}
