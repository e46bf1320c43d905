//! How many lines a second are matched: through the component in batches of several sizes, by the native loop, and by
//! the product's whole path on one core and on all.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion as Bencher, Throughput};
use reprise::{Configuration, Host};
use reprise_engine::{AdmissionLimits, CallLimits, Matcher, RuleEngine};
use reprise_model::{Column, Granularity};
use reprise_request::{CriteriaRequest, ReprocessOptions};

use crate::native::NativeMatcher;
use crate::population::{Flat, Population, References};
use crate::requests;

/// Claims of the measured population, about a million lines.
const CLAIMS: u64 = 250_000;

pub(crate) fn bench(bencher: &mut Bencher) {
    let population = Population::generate(CLAIMS);
    let lines = population.line_count();
    let index = population.index();
    let snapshot = index.snapshot();
    let references = Arc::new(References::new(Arc::clone(&snapshot), &population.references));
    drop(population);
    let engine = RuleEngine::new(AdmissionLimits::default(), CallLimits::default()).expect("an engine");
    let component = engine
        .load_criteria(reprise_bundle::CRITERIA)
        .expect("the default component");

    let columns: Vec<Option<Flat>> = Column::ALL
        .iter()
        .map(|column| Some(Flat::of(&snapshot, *column)))
        .collect();
    let mut group = bencher.benchmark_group("match");
    group.throughput(Throughput::Elements(lines as u64)).sample_size(10);
    for (name, criteria) in requests::all() {
        let mut matcher = component
            .compile(Arc::<References>::clone(&references), &criteria)
            .expect("a request that compiles");
        let native = NativeMatcher::compile(&criteria, &references);
        let expected = native.count(&columns, 0..lines);
        assert!(native.columns().len() >= 2);
        for batch_rows in [4_096, 16_384, 65_536] {
            let counted = count(&mut matcher, &columns, lines, batch_rows);
            assert_eq!(
                counted, expected,
                "the component and the native loop disagree on {name}"
            );
            group.bench_function(BenchmarkId::new(format!("{name}, component"), batch_rows), |bencher| {
                bencher.iter(|| black_box(count(&mut matcher, &columns, lines, batch_rows)));
            });
        }
        group.bench_function(BenchmarkId::new(format!("{name}, native loop"), 16_384), |bencher| {
            bencher.iter(|| {
                let batches = (0..lines).step_by(16_384);
                black_box(
                    batches
                        .map(|first| native.count(&columns, first..lines.min(first + 16_384)))
                        .sum::<usize>(),
                )
            });
        });
    }
    group.finish();
    drop(columns);
    whole_path(bencher, lines);
}

/// How many lines are hit, stage by stage, in batches of so many lines: all columns at the granularity of lines.
fn count(matcher: &mut Matcher, columns: &[Option<Flat>], lines: usize, batch_rows: usize) -> usize {
    let stages = matcher.plan().stages.clone();
    let mut hits = 0;
    let mut rows: Vec<u32> = Vec::new();
    let mut rooms: Vec<Flat> = columns.iter().flatten().map(Flat::room).collect();
    for first in (0..lines).step_by(batch_rows) {
        let end = lines.min(first + batch_rows);
        rows.clear();
        rows.extend(first as u32..end as u32);
        for (number, stage) in stages.iter().enumerate() {
            let whole = rows.len() == end - first;
            let mut slices = Vec::with_capacity(stage.columns.len());
            let mut rest = rooms.as_mut_slice();
            let mut taken = 0;
            let mut wanted: Vec<(usize, Column)> = stage.columns.iter().copied().enumerate().collect();
            wanted.sort_by_key(|(_, column)| column.position());
            for (place, column) in wanted {
                let flat = columns[column.position()].as_ref().expect("every column is there");
                let (_, after) = rest.split_at_mut(column.position() - taken);
                let (room, after) = after.split_first_mut().expect("a room for each column");
                rest = after;
                taken = column.position() + 1;
                slices.push((
                    place,
                    if whole {
                        flat.range(first..end)
                    } else {
                        flat.gather(&rows, room)
                    },
                ));
            }
            slices.sort_by_key(|(place, _)| *place);
            let slices: Vec<_> = slices.into_iter().map(|(_, slice)| slice).collect();
            let bitmap = matcher
                .match_batch(number, rows.len(), &slices)
                .expect("a sound component");
            let mut kept = 0;
            for (word_number, word) in bitmap.iter().enumerate() {
                let mut bits = *word;
                while bits != 0 {
                    rows[kept] = rows[word_number * 64 + bits.trailing_zeros() as usize];
                    kept += 1;
                    bits &= bits - 1;
                }
            }
            rows.truncate(kept);
            if rows.is_empty() {
                break;
            }
            debug_assert!(matches!(stage.granularity, Granularity::Claim | Granularity::Line));
        }
        hits += rows.len();
    }
    hits
}

/// A count as the product does it: blocks of the index, claims before lines, an instance for each worker.
fn whole_path(bencher: &mut Bencher, lines: usize) {
    let directory = tempfile::tempdir().expect("a directory");
    let database = format!("sqlite:{}", directory.path().join("bench.db").display());
    let mut bytes = Vec::new();
    let options = reprise_interchange::GenerateOptions {
        claims: CLAIMS,
        ..Default::default()
    };
    reprise_interchange::generate(&options, &mut bytes, &mut reprise_interchange::NoProgress).expect("a population");
    let store = reprise_store::open(&database).expect("a database");
    let source = reprise_interchange::Source::new("generated", None, std::io::Cursor::new(bytes));
    reprise_interchange::import(
        store.as_ref(),
        vec![source],
        &reprise_interchange::ImportOptions::default(),
        &mut reprise_interchange::NoProgress,
    )
    .expect("an import");
    let mut group = bencher.benchmark_group("count");
    group.throughput(Throughput::Elements(lines as u64)).sample_size(10);
    for workers in [1, 2] {
        let mut configuration = Configuration::new(&database);
        configuration.workers = std::num::NonZeroUsize::new(workers).expect("a worker");
        let host = Host::open(&configuration).expect("a host");
        host.load(|_, _| ()).expect("a loaded index");
        for (name, criteria) in requests::all() {
            let request = CriteriaRequest {
                reprocess: false,
                criteria,
                options: ReprocessOptions::default(),
            };
            group.bench_function(BenchmarkId::new(name, format!("{workers} workers")), |bencher| {
                bencher.iter(|| black_box(host.count("DEMO", &request).expect("a count")));
            });
        }
    }
    group.finish();
}
