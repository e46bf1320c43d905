//! What it takes to take a component of each kind: checked alone, checked and compiled, loaded from the cache of machine
//! code; an instance of it; and, for criteria, to compile a request in one.
//!
//! *Check* is what is done to bytes before anything is compiled: the program that would compile them is not there. *Check
//! and compile* is what an installation takes but for being tried. *Load from the cache* is what a start takes for each
//! component that decides: reading a file, authenticating it, making it executable, and asking the component what it is.
//! *Compile a request* includes an instance.

use std::hint::black_box;
use std::sync::Arc;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion as Bencher};
use reprise_engine::{
    AdmissionLimits, CallLimits, Compiler, Digest, EmptyReference, PrecompiledCache, RuleComponent, RuleEngine,
};

use crate::population::{Population, References};
use crate::requests;

/// The default components, by kind.
const COMPONENTS: [(&str, &[u8]); 2] = [
    ("criteria", reprise_bundle::CRITERIA),
    ("claim-status", reprise_bundle::CLAIM_STATUS),
];

pub(crate) fn bench(bencher: &mut Bencher) {
    let engine = RuleEngine::new(AdmissionLimits::default(), CallLimits::default()).expect("an engine");
    let mut group = bencher.benchmark_group("load");
    bench_checks(&engine, &mut group);
    group.sample_size(10);
    for (kind, bytes) in COMPONENTS {
        group.bench_function(BenchmarkId::new("check and compile", kind), |bencher| {
            bencher.iter(|| black_box(engine.load_any(bytes).expect("a default component")));
        });
    }
    group.sample_size(100);
    for component in bench_known(&engine, &mut group) {
        bench_instances(&component, &mut group);
    }
    group.finish();
}

/// What is done to bytes before anything is compiled.
fn bench_checks(engine: &RuleEngine, group: &mut BenchmarkGroup<'_, WallTime>) {
    let engine = engine.clone().with_compiler(Compiler::Process {
        program: "/no/such/program".into(),
        arguments: Vec::new(),
    });
    for (kind, bytes) in COMPONENTS {
        group.bench_function(BenchmarkId::new("digest", kind), |bencher| {
            bencher.iter(|| black_box(Digest::of(bytes)));
        });
        group.bench_function(BenchmarkId::new("check", kind), |bencher| {
            bencher.iter(|| black_box(engine.load_any(bytes).is_err()));
        });
    }
}

/// What a start takes for each component that was admitted before: its machine code from the cache, not compiled.
fn bench_known(engine: &RuleEngine, group: &mut BenchmarkGroup<'_, WallTime>) -> Vec<RuleComponent> {
    let directory = tempfile::tempdir().expect("a directory");
    let cache = PrecompiledCache::open(&directory.path().join("machine-code"), [1; 32]).expect("a cache");
    let engine = engine.clone().with_cache(cache);
    let mut components = Vec::new();
    for (kind, bytes) in COMPONENTS {
        let digest = Digest::of(bytes);
        let load = || {
            engine
                .load_known(digest, || Ok::<_, std::convert::Infallible>(bytes.to_vec()))
                .expect("a default component")
        };
        components.push(load());
        group.bench_function(BenchmarkId::new("load from the cache", kind), |bencher| {
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
    components
}

/// What an instance takes, and what a request takes that is compiled in one.
fn bench_instances(component: &RuleComponent, group: &mut BenchmarkGroup<'_, WallTime>) {
    let component = match component {
        RuleComponent::ClaimStatus(component) => {
            group.bench_function(BenchmarkId::new("instance", "claim-status"), |bencher| {
                bencher.iter(|| black_box(component.instantiate(Arc::new(EmptyReference)).expect("an instance")));
            });
            return;
        }
        RuleComponent::Criteria(component) => component,
    };
    group.bench_function(
        BenchmarkId::new("instance and compile nothing", "criteria"),
        |bencher| {
            bencher.iter(|| black_box(component.compile(Arc::new(EmptyReference), &[]).is_ok()));
        },
    );
    group.sample_size(10);
    for claims in [2_000, 100_000] {
        let population = Population::generate(claims);
        let snapshot = population.index().snapshot();
        let references = Arc::new(References::new(snapshot, &population.references));
        for (name, criteria) in requests::all() {
            let id = BenchmarkId::new(format!("compile {name}"), format!("{claims} claims"));
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
    group.sample_size(100);
}
