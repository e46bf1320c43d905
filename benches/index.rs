//! How fast the line index is built and kept in step, and what it weighs.

use std::hint::black_box;

use criterion::{BatchSize, Criterion as Bencher, Throughput};

use crate::population::Population;

pub(crate) fn bench(bencher: &mut Bencher) {
    let population = Population::generate(50_000);
    let lines = population.line_count();
    let memory = population.index().memory();
    #[expect(clippy::print_stderr, reason = "memory is no time, so criterion has no place for it")]
    #[expect(clippy::cast_precision_loss, reason = "bytes a line, to a decimal")]
    {
        eprintln!(
            "index of {lines} lines: {} bytes, {:.1} a line ({memory:?})",
            memory.total_bytes(),
            memory.total_bytes() as f64 / lines as f64
        );
    }
    let mut group = bencher.benchmark_group("index");
    group.throughput(Throughput::Elements(lines as u64)).sample_size(10);
    group.bench_function("build, one thread", |bencher| {
        bencher.iter(|| black_box(population.index()))
    });
    group.finish();
    let mut group = bencher.benchmark_group("index, in step");
    group.sample_size(20);
    let index = population.index();
    let sequence = std::cell::Cell::new(1);
    for changed in [1_usize, 1_000] {
        group.throughput(Throughput::Elements(changed as u64));
        group.bench_function(format!("apply {changed} changed claims"), |bencher| {
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
