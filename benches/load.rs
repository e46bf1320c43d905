//! What it takes to take a component and to compile a request in it.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion as Bencher};
use reprise_engine::{AdmissionLimits, CallLimits, RuleEngine};

use crate::population::{Population, References};
use crate::requests;

pub(crate) fn bench(bencher: &mut Bencher) {
    let engine = RuleEngine::new(AdmissionLimits::default(), CallLimits::default()).expect("an engine");
    let mut group = bencher.benchmark_group("load");
    group.sample_size(10);
    group.bench_function("check and compile the default component", |bencher| {
        bencher.iter(|| {
            black_box(
                engine
                    .load_criteria(reprise_bundle::CRITERIA)
                    .expect("the default component"),
            )
        });
    });
    let component = engine
        .load_criteria(reprise_bundle::CRITERIA)
        .expect("the default component");
    for claims in [2_000, 100_000] {
        let population = Population::generate(claims);
        let snapshot = population.index().snapshot();
        let references = Arc::new(References::new(snapshot, &population.references));
        for (name, criteria) in requests::all() {
            let id = BenchmarkId::new(format!("instantiate and compile {name}"), format!("{claims} claims"));
            group.bench_function(id, |bencher| {
                bencher.iter(|| {
                    black_box(
                        component
                            .compile(Arc::<References>::clone(&references), &criteria)
                            .is_ok(),
                    )
                });
            });
        }
    }
    group.finish();
}
