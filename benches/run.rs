//! How many claims a run sends through processing again in a second, the whole path: matching, the claim itself, its
//! history, its event, its result line; and how many a dry run finds, from the request to the finished data file. On SQLite
//! and on PostgreSQL where its programs are installed.

use std::cell::LazyCell;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use criterion::{Criterion as Bencher, Throughput};
use reprise::access::Rights;
use reprise::{Configuration, Host, Submission};
use reprise_interchange::{GenerateOptions, ImportOptions, NoProgress, Source, generate, import};
use reprise_request::{Document, MediaType, RequestKind};
use reprise_store::ActivityStatus;
use reprise_test_postgres::Cluster;

/// Sends most of the generated claims through again.
const REAL: &str = r#"{"reprocess": true, "processType": "CLAIM", "reprocessMessageCode": "MSG-1",
    "claimUnfinalizeReasonList": [{"code": "UF1"}]}"#;
/// Finds the same claims, and changes none.
const DRY: &str = r#"{"reprocess": false, "processType": "CLAIM", "claimUnfinalizeReasonList": [{"code": "UF1"}]}"#;
const CLAIMS: u64 = 60_000;
/// How many of them are found and neither settled nor locked.
const REPROCESSED: u64 = 46_428;
const PAYER: &str = "DEMO";

pub(crate) fn bench(bencher: &mut Bencher) {
    // Made by the first that is measured, if any is.
    let made = LazyCell::new(Files::new);
    measure(bencher, "sqlite", || made.sqlite_copy());
    if let Some(cluster) = Cluster::start_with(crate::DURABLE) {
        // PostgreSQL's own settings for durability: a commit is on the disk when it returns.
        measure(bencher, "postgres", || {
            let url = cluster.create_database();
            fill(&url, &made.claims);
            url
        });
    }
}

/// Generated claims, as they are imported and in a database.
struct Files {
    claims: PathBuf,
    filled: PathBuf,
    copy: PathBuf,
    _directory: tempfile::TempDir,
}

impl Files {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let file = |name: &str| directory.path().join(name);
        let made = Self {
            claims: file("claims.ndjson"),
            filled: file("filled.db"),
            copy: file("copy.db"),
            _directory: directory,
        };
        let options = GenerateOptions {
            claims: CLAIMS,
            ..GenerateOptions::default()
        };
        let mut lines = std::io::BufWriter::new(std::fs::File::create(&made.claims).expect("a file"));
        generate(&options, &mut lines, &mut NoProgress).expect("a population");
        drop(lines);
        fill(&format!("sqlite:{}", made.filled.display()), &made.claims);
        made
    }

    /// A database of its own for each run.
    fn sqlite_copy(&self) -> String {
        let copy = self.copy.display();
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{copy}{suffix}"));
        }
        std::fs::copy(&self.filled, &self.copy).expect("a copy");
        format!("sqlite:{copy}")
    }
}

fn fill(database: &str, file: &Path) {
    let store = reprise_store::open(database).expect("a database");
    let source = Source::open(file).expect("claims");
    let report = import(store.as_ref(), vec![source], &ImportOptions::default(), &mut NoProgress).expect("an import");
    assert_eq!(report.refused, 0);
}

fn measure(bencher: &mut Bencher, name: &str, database: impl Fn() -> String) {
    let mut group = bencher.benchmark_group("run");
    group.sample_size(10).throughput(Throughput::Elements(REPROCESSED));
    // No claim changes, so one database does for all, made by the first that is measured, if any is.
    let mut opened: Option<Host> = None;
    group.bench_function(format!("claims found by a dry run, {name}"), |bencher| {
        let host = opened.get_or_insert_with(|| open(&database()));
        bencher.iter_custom(|times| (0..times).map(|_| run(host, DRY)).sum());
    });
    if let Some(host) = opened {
        host.stop_activities();
    }
    group.bench_function(format!("claims reprocessed, {name}"), |bencher| {
        let elapsed = || {
            let host = open(&database());
            let elapsed = run(&host, REAL);
            host.stop_activities();
            elapsed
        };
        bencher.iter_custom(|times| (0..times).map(|_| elapsed()).sum());
    });
    group.finish();
}

fn open(database: &str) -> Host {
    let host = Host::open(&Configuration::new(database)).expect("a host");
    host.load(|_, _| ()).expect("an index");
    host.start_activities().expect("activities");
    host
}

/// From the request to the end of its activity.
fn run(host: &Host, request: &str) -> Duration {
    let document = Document::read(request.as_bytes(), MediaType::Json).expect("a document");
    let submission = Submission {
        body: request.to_owned(),
        media_type: MediaType::Json,
        correlation_id: None,
        user: "bench".to_owned(),
    };
    let request = host
        .read_request(PAYER, &document, RequestKind::Criteria)
        .expect("a request");
    let started = Instant::now();
    let id = host
        .start_criteria(PAYER, &Rights::All, &request, submission, None)
        .expect("an activity")
        .answer;
    let activity = loop {
        let activity = host.activity(PAYER, id).expect("the activity");
        if activity.status.is_final() {
            break activity;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let elapsed = started.elapsed();
    assert!(
        [ActivityStatus::Completed, ActivityStatus::CompletedWithErrors].contains(&activity.status),
        "{activity:?}"
    );
    assert_eq!(activity.counts.succeeded, REPROCESSED, "the population is another one");
    elapsed
}
