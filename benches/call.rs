//! What one call takes: deciding a single line through the component.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion as Bencher};
use reprise_engine::{AdmissionLimits, CallLimits, RuleEngine};

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
    group.finish();
}
