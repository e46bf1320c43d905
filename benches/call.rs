//! What one call takes through the component: deciding a single line, how a claim is born, or how one is processed again.
//!
//! Each call enters WebAssembly several times: once to decide, once to free the answer, and once for each list and text that
//! is handed in. `create` is measured with the office's two settings and without: by what they take, it is known what a
//! text costs. `reprocess` hands in numbers alone.

use std::hint::black_box;
use std::sync::Arc;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion as Bencher, Throughput};
use reprise_engine::{AdmissionLimits, CallLimits, EmptyReference, RuleEngine};
use reprise_model::{
    ClaimFacts, IntakeType, OfficeSetting, PlanType, ProcessType, ProcessingStatus, ReprocessState, Situation,
    SubmissionStatus,
};

use crate::population::{Flat, Population, References};
use crate::requests;

pub(crate) fn bench(bencher: &mut Bencher) {
    let population = Population::generate(2_000);
    let snapshot = population.index().snapshot();
    let references = Arc::new(References::new(Arc::clone(&snapshot), &population.references));
    let engine = RuleEngine::new(AdmissionLimits::default(), CallLimits::default()).expect("an engine");
    let component = engine
        .load_criteria(reprise_bundle::CRITERIA)
        .expect("the default component");
    let mut group = bencher.benchmark_group("call");
    for (name, criteria) in requests::all() {
        let mut matcher = component
            .compile(Arc::<References>::clone(&references), &criteria)
            .expect("a request that compiles");
        let columns: Vec<Flat> = matcher
            .plan()
            .columns
            .iter()
            .map(|column| Flat::of(&snapshot, *column))
            .collect();
        let lines = population.line_count();
        let rows: Vec<Vec<i64>> = (0..lines)
            .map(|row| columns.iter().map(|column| column.cell(row)).collect())
            .collect();
        let mut next = 0;
        group.bench_function(BenchmarkId::new("one line", name), |bencher| {
            bencher.iter(|| {
                next = (next + 1) % rows.len();
                black_box(matcher.match_line(&rows[next]).expect("a sound component"))
            });
        });
    }
    bench_births(&engine, &mut group);
    group.finish();
}

/// How many claims a batch has: a bulk validation's.
const BATCH_CLAIMS: usize = 4_096;

/// How claims are born: one by one, in a batch that is taken, and in one that is refused, each in words of its own. And how
/// one is processed again, or why not.
fn bench_births(engine: &RuleEngine, group: &mut BenchmarkGroup<'_, WallTime>) {
    let mut rules = engine
        .load_claim_status(reprise_bundle::CLAIM_STATUS)
        .expect("the default component")
        .instantiate(Arc::new(EmptyReference))
        .expect("an instance");
    let office =
        [("hold-primary-for-medical", "true"), ("block-zero-fee", "true")].map(|(name, value)| OfficeSetting {
            name: name.to_owned(),
            value: value.to_owned(),
        });
    let (taken, refused) = (claims(SubmissionStatus::Waiting), claims(SubmissionStatus::Received));
    let mut next = 0;
    for (name, claims) in [("taken", &taken), ("refused", &refused)] {
        group.throughput(Throughput::Elements(1));
        group.bench_function(BenchmarkId::new("create", name), |bencher| {
            bencher.iter(|| {
                next = (next + 1) % claims.len();
                black_box(rules.create(&claims[next], &office).expect("a sound component"))
            });
        });
        group.bench_function(BenchmarkId::new("create without settings", name), |bencher| {
            bencher.iter(|| {
                next = (next + 1) % claims.len();
                black_box(rules.create(&claims[next], &[]).expect("a sound component"))
            });
        });
        group.throughput(Throughput::Elements(BATCH_CLAIMS as u64));
        group.bench_function(BenchmarkId::new("create batch", name), |bencher| {
            bencher.iter(|| black_box(rules.create_batch(claims, &office).expect("a sound component")));
        });
        let state = ReprocessState {
            status: ProcessingStatus::Finalized,
            process_type: ProcessType::Claim,
            settled: false,
            locked: false,
            preprocessing_done: true,
            pricing_done: true,
            unfinalize_reason_given: name == "taken",
            pend_reason_given: false,
            asked_preprocessing_done: None,
            asked_pricing_done: None,
        };
        group.throughput(Throughput::Elements(1));
        group.bench_function(BenchmarkId::new("reprocess", name), |bencher| {
            bencher.iter(|| black_box(rules.reprocess(black_box(state)).expect("a sound component")));
        });
    }
}

/// Claims of every kind, asked for in this status, half of them in none unless all are to be refused.
fn claims(asked: SubmissionStatus) -> Vec<ClaimFacts> {
    let kinds = [
        (IntakeType::Primary, 1),
        (IntakeType::Secondary, 2),
        (IntakeType::Other, 3),
        (IntakeType::PreAuthorization, 1),
    ];
    let claim = |number: usize| {
        let (claim_type, rank) = kinds[number % kinds.len()];
        ClaimFacts {
            claim_type,
            asked: (number % 8 < 4 || asked == SubmissionStatus::Received).then_some(asked),
            plan_type: if number.is_multiple_of(16) {
                PlanType::Capitation
            } else {
                PlanType::Percentage
            },
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
    };
    (0..BATCH_CLAIMS).map(claim).collect()
}
