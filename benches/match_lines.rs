//! How many lines a second are matched: through the component in batches of several sizes, by the native loop, and by
//! the product's whole path on one core and on all.

use std::cell::LazyCell;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion as Bencher, Throughput};
use reprise::{Configuration, Host, Prefilter};
use reprise_engine::{AdmissionLimits, CallLimits, CriteriaComponent, Matcher, RuleEngine};
use reprise_model::{Column, Granularity};

use crate::native::NativeMatcher;
use crate::population::{Flat, Population, References};
use crate::requests;

/// Claims of the measured population, about a million lines.
const CLAIMS: u64 = 250_000;
/// How many lines its claims have.
const LINES: u64 = 1_039_634;
const NATIVE_BATCH_ROWS: usize = 16_384;
const WARM_UP: Duration = Duration::from_millis(500);
const MEASUREMENT: Duration = Duration::from_secs(2);

/// What is measured on, made when the first figure is asked for.
struct World {
    lines: usize,
    references: Arc<References>,
    columns: Vec<Option<Flat>>,
    component: CriteriaComponent,
}

impl World {
    fn new() -> Self {
        let population = Population::generate(CLAIMS);
        assert_eq!(population.line_count() as u64, LINES, "the population is another one");
        let snapshot = population.index().snapshot();
        let columns = Column::ALL.iter().map(|column| Some(Flat::of(&snapshot, *column)));
        let engine = RuleEngine::new(AdmissionLimits::default(), CallLimits::default()).expect("an engine");
        Self {
            lines: population.line_count(),
            columns: columns.collect(),
            references: Arc::new(References::new(snapshot, &population.references)),
            component: engine
                .load_criteria(reprise_bundle::CRITERIA)
                .expect("the default component"),
        }
    }
}

pub(crate) fn bench(bencher: &mut Bencher) {
    let world = LazyCell::new(World::new);
    for (name, criteria) in requests::all()
        .into_iter()
        .chain(requests::questions().map(|(name, request)| (name, request.criteria)))
    {
        let mut group = bencher.benchmark_group(format!("match/{name}"));
        group
            .sample_size(10)
            .throughput(Throughput::Elements(LINES))
            .warm_up_time(WARM_UP)
            .measurement_time(MEASUREMENT);
        for batch_rows in [4_096, 16_384, 65_536] {
            group.bench_function(BenchmarkId::new("component", batch_rows), |bencher| {
                let world = &*world;
                let mut matcher = world
                    .component
                    .compile(Arc::<References>::clone(&world.references), &criteria)
                    .expect("a request that compiles");
                let native = NativeMatcher::compile(&criteria, &world.references);
                let all = 0..world.lines;
                let expected = native.count(&world.columns, all.clone());
                assert_eq!(
                    native.count_narrowing(&world.columns, all),
                    expected,
                    "natively, {name}"
                );
                let count = |matcher: &mut Matcher| count(matcher, &world.columns, world.lines, batch_rows);
                assert_eq!(count(&mut matcher), expected, "the component on {name}");
                bencher.iter(|| black_box(count(&mut matcher)));
            });
        }
        for (way, counted) in NATIVE_WAYS {
            group.bench_function(way, |bencher| {
                let world = &*world;
                let native = NativeMatcher::compile(&criteria, &world.references);
                bencher.iter(|| {
                    let firsts = (0..world.lines).step_by(NATIVE_BATCH_ROWS);
                    let batches = firsts.map(|first| first..world.lines.min(first + NATIVE_BATCH_ROWS));
                    black_box(
                        batches
                            .map(|rows| counted(&native, &world.columns, rows))
                            .sum::<usize>(),
                    )
                });
            });
        }
        group.finish();
    }
    drop(world);
    whole_path(bencher);
}

type CountNatively = fn(&NativeMatcher, &[Option<Flat>], Range<usize>) -> usize;

const NATIVE_WAYS: [(&str, CountNatively); 2] = [
    ("native, row by row", NativeMatcher::count),
    ("native, by narrowing", NativeMatcher::count_narrowing),
];

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

/// A host on an imported population, made when the first figure is asked for.
struct Filled {
    database: String,
    _directory: tempfile::TempDir,
}

impl Filled {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let database = format!("sqlite:{}", directory.path().join("bench.db").display());
        let mut bytes = Vec::new();
        let options = reprise_interchange::GenerateOptions {
            claims: CLAIMS,
            shuffled: true,
            ..Default::default()
        };
        reprise_interchange::generate(&options, &mut bytes, &mut reprise_interchange::NoProgress)
            .expect("a population");
        let store = reprise_store::open(&database).expect("a database");
        let source = reprise_interchange::Source::new("generated", None, std::io::Cursor::new(bytes));
        reprise_interchange::import(
            store.as_ref(),
            vec![source],
            &reprise_interchange::ImportOptions::default(),
            &mut reprise_interchange::NoProgress,
        )
        .expect("an import");
        Self {
            database,
            _directory: directory,
        }
    }

    fn host(&self, workers: usize, prefilter: Prefilter) -> Host {
        let mut configuration = Configuration::new(&self.database);
        configuration.workers = NonZeroUsize::new(workers).expect("a worker");
        configuration.prefilter = prefilter;
        let host = Host::open(&configuration).expect("a host");
        host.load(|_, _| ()).expect("a loaded index");
        host
    }
}

/// A count as the product does it, the request compiled anew each time: blocks of the index, claims before lines, an
/// instance for each worker; with and without what the prefilter spares the component.
fn whole_path(bencher: &mut Bencher) {
    let filled = LazyCell::new(Filled::new);
    for (way, workers, prefilter) in [
        ("one core", 1, Prefilter::Rows),
        ("two cores", 2, Prefilter::Rows),
        ("one core, blocks passed over but no rows", 1, Prefilter::Blocks),
        ("one core, nothing passed over", 1, Prefilter::Off),
    ] {
        let host = LazyCell::new(|| filled.host(workers, prefilter));
        let mut group = bencher.benchmark_group(format!("count/{way}"));
        group
            .sample_size(10)
            .throughput(Throughput::Elements(LINES))
            .warm_up_time(WARM_UP)
            .measurement_time(MEASUREMENT);
        for (name, request) in requests::questions() {
            group.bench_function(name, |bencher| {
                let host = &*host;
                bencher.iter(|| black_box(host.count("DEMO", &request).expect("a count")));
            });
        }
        group.finish();
    }
}
