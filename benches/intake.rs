//! How many requests for claims are done in a second, over HTTP on the loopback, each durably: New Claim for a patient with
//! two plans, so two claims a request, with their history, events and kept answer; and how many are judged in bulk.
//!
//! Beside criterion's figures, the waits of single requests are said: the middle one, and the one that 99 of 100 are
//! below.

use std::cell::{LazyCell, RefCell};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use criterion::{Criterion as Bencher, Throughput};
use reprise::{Configuration, Host};
use reprise_interchange::{ImportOptions, NoProgress, Source, import};
use reprise_test_postgres::Cluster;

use crate::served::{Connection, Served};

/// Clients that each ask again as soon as they are answered.
const CLIENTS: u64 = 16;
/// Requests of one measurement.
const REQUESTS: u64 = 8_000;
const PAYER: &str = "ACME";

pub(crate) fn bench(bencher: &mut Bencher) {
    let directory = tempfile::tempdir().expect("a directory");
    let number = AtomicU64::new(0);
    measure(bencher, "sqlite", || {
        let number = number.fetch_add(1, Ordering::Relaxed);
        format!("sqlite:{}", directory.path().join(format!("{number}.db")).display())
    });
    if let Some(cluster) = Cluster::start_with(crate::DURABLE) {
        measure(bencher, "postgres", || cluster.create_database());
    }
    judge(
        bencher,
        &format!("sqlite:{}", directory.path().join("judge.db").display()),
    );
}

fn measure(bencher: &mut Bencher, name: &str, database: impl Fn() -> String) {
    let waits = RefCell::new(Vec::new());
    let mut group = bencher.benchmark_group("intake");
    group.sample_size(10).throughput(Throughput::Elements(REQUESTS));
    group.bench_function(format!("requests for claims, {name}"), |bencher| {
        let created = || {
            let (elapsed, each) = creations(&database());
            waits.borrow_mut().extend(each);
            elapsed
        };
        bencher.iter_custom(|times| (0..times).map(|_| created()).sum());
    });
    group.finish();
    print_waits(name, waits.into_inner());
}

#[expect(clippy::print_stderr, reason = "criterion has no place for the wait of one request")]
fn print_waits(name: &str, mut waits: Vec<Duration>) {
    waits.sort_unstable();
    let Some(last) = waits.len().checked_sub(1) else {
        return;
    };
    eprintln!(
        "claims created, {name}: {} requests by {CLIENTS} clients; waits: middle {:.1?}, 99 of 100 below {:.1?}",
        waits.len(),
        waits[last / 2],
        waits[last * 99 / 100]
    );
}

/// A database with patients of two plans and one procedure each, and a host on it.
fn host(database: &str, patients: u64) -> Host {
    let mut lines = String::new();
    for patient in 1..=patients {
        let row = |kind: &str, rest: String| format!("{{\"kind\":\"{kind}\",\"payer\":\"{PAYER}\",{rest}}}\n");
        lines += &row("patient", format!("\"code\":\"{patient}\""));
        for place in 1..=2 {
            let code = patient * 10 + place;
            lines += &row("insPlan", format!("\"code\":\"{code}\""));
            lines += &row("insSub", format!("\"code\":\"{code}\",\"plan\":\"{code}\""));
            lines += &row(
                "patPlan",
                format!("\"code\":\"{code}\",\"patient\":\"{patient}\",\"insSub\":\"{code}\",\"ordinal\":{place}"),
            );
        }
        lines += &row(
            "procedure",
            format!("\"code\":\"{patient}\",\"patient\":\"{patient}\",\"procedureCode\":\"T0120\",\"fee\":\"50.00\""),
        );
    }
    let store = reprise_store::open(database).expect("a database");
    let source = Source::new("patients", None, std::io::Cursor::new(lines));
    let report = import(store.as_ref(), vec![source], &ImportOptions::default(), &mut NoProgress).expect("an import");
    assert_eq!(report.refused, 0);
    drop(store);
    let host = Host::open(&Configuration::new(database)).expect("a host");
    host.load(|_, _| ()).expect("an index");
    host
}

/// How long all requests took, and each.
fn creations(database: &str) -> (Duration, Vec<Duration>) {
    let host = host(database, REQUESTS);
    let served = Served::new(host);
    let token = served.token(PAYER);
    let next = AtomicU64::new(1);
    let started = Instant::now();
    let waits = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| scope.spawn(|| client(served.connect(&token), &next)))
            .collect();
        let waits = clients.into_iter().map(|client| client.join().expect("a client"));
        waits.flatten().collect()
    });
    (started.elapsed(), waits)
}

fn client(mut connection: Connection, next: &AtomicU64) -> Vec<Duration> {
    let mut waits = Vec::new();
    loop {
        let patient = next.fetch_add(1, Ordering::Relaxed);
        if patient > REQUESTS {
            return waits;
        }
        let body = format!("{{\"PatNum\":{patient},\"procNums\":[{patient}]}}");
        let started = Instant::now();
        let answer = connection.post("/api/v1/claims", Some(patient), &body);
        waits.push(started.elapsed());
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    }
}

fn judge(bencher: &mut Bencher, database: &str) {
    const PATIENTS: u64 = 2_000;
    let host = LazyCell::new(|| host(database, PATIENTS));
    let mut lines = String::new();
    for number in 0..20_000 {
        let patient = number % PATIENTS + 1;
        lines +=
            &format!("{{\"PatNum\":{patient},\"procNums\":[{patient}],\"ClaimType\":\"S\",\"ClaimStatus\":\"H\"}}\n");
    }
    let mut group = bencher.benchmark_group("intake");
    group.sample_size(10).throughput(Throughput::Elements(20_000));
    group.bench_function("requests judged in bulk", |bencher| {
        let host = &*host;
        bencher.iter(|| {
            let counts = host.validate_claims(PAYER, &mut lines.as_bytes(), &mut std::io::sink());
            assert_eq!(counts.expect("a judgement").accepted, 20_000);
        });
    });
    group.finish();
}
