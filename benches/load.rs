//! What it takes to take a component, anew and as one that is known, and to compile a request in it.

use std::hint::black_box;
use std::sync::Arc;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion as Bencher};
use reprise_engine::{AdmissionLimits, CallLimits, Digest, PrecompiledCache, RuleComponent, RuleEngine};

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
    bench_known(&engine, &mut group);
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

/// What a start takes for each component that was admitted before: its machine code from the cache, not compiled.
fn bench_known(engine: &RuleEngine, group: &mut BenchmarkGroup<'_, WallTime>) {
    let directory = tempfile::tempdir().expect("a directory");
    let cache = PrecompiledCache::open(&directory.path().join("machine-code"), [1; 32]).expect("a cache");
    let engine = engine.clone().with_cache(cache);
    let mut components: Vec<RuleComponent> = Vec::new();
    for (name, bytes) in [
        ("criteria", reprise_bundle::CRITERIA),
        ("claim-status", reprise_bundle::CLAIM_STATUS),
    ] {
        let digest = Digest::of(bytes);
        let load = || {
            engine
                .load_known(digest, || Ok::<_, std::convert::Infallible>(bytes.to_vec()))
                .expect("a default component")
        };
        components.push(load());
        group.bench_function(BenchmarkId::new("load from the cache", name), |bencher| {
            bencher.iter(|| black_box(load()));
        });
    }
    #[expect(clippy::print_stdout, reason = "a figure beside those that are measured")]
    for component in &components {
        println!(
            "{}: {} bytes of machine code",
            component.name(),
            component.machine_code_bytes()
        );
    }
}
