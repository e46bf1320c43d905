//! How fast the line index is built and kept in step, and what it weighs.

use std::cell::{Cell, LazyCell};
use std::hint::black_box;

use criterion::{BatchSize, Criterion as Bencher, Throughput};

use crate::population::Population;

const CLAIMS: u64 = 50_000;
/// How many lines its claims have.
const LINES: u64 = 209_044;

pub(crate) fn bench(bencher: &mut Bencher) {
    let population = LazyCell::new(population);
    let mut group = bencher.benchmark_group("index");
    group.throughput(Throughput::Elements(LINES)).sample_size(10);
    group.bench_function("build, one thread", |bencher| {
        let population = &*population;
        bencher.iter(|| black_box(population.index()))
    });
    group.finish();
    let mut group = bencher.benchmark_group("index, in step");
    group.sample_size(20);
    let index = LazyCell::new(|| population.index());
    let sequence = Cell::new(1);
    for changed in [1_usize, 1_000] {
        group.throughput(Throughput::Elements(changed as u64));
        group.bench_function(format!("apply {changed} changed claims"), |bencher| {
            let (population, index) = (&*population, &*index);
            bencher.iter_batched(
                || sequence.set(sequence.get() + 1),
                |()| {
                    let claims = population
                        .claims
                        .iter()
                        .step_by(population.claims.len() / changed)
                        .take(changed);
                    index
                        .apply(sequence.get(), claims.map(|(id, claim)| (*id, claim)))
                        .expect("a commit");
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

/// What is measured on; what its index weighs is said.
#[expect(clippy::print_stderr, reason = "memory is no time, so criterion has no place for it")]
#[expect(clippy::cast_precision_loss, reason = "bytes a line, to a decimal")]
fn population() -> Population {
    let population = Population::generate(CLAIMS);
    assert_eq!(population.line_count() as u64, LINES, "the population is another one");
    let memory = population.index().memory();
    eprintln!(
        "index of {LINES} lines: {} bytes, {:.1} a line ({memory:?})",
        memory.total_bytes(),
        memory.total_bytes() as f64 / LINES as f64
    );
    population
}
