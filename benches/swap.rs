//! What it takes to have other rules decide, and what those notice who ask meanwhile, on a SQLite file.
//!
//! With criterion: to activate components of both kinds that are installed already; the first count by what was activated,
//! beside any other count; to roll back; and to load an installed component from the cache of machine code.
//!
//! Then a table: how long 8 clients wait over HTTP on the loopback that count, explain and create claims in turn, each
//! asking again as soon as it is answered. Quiet; while generations are activated every 100 ms and every fifth time rolled
//! back; and while 4 clients of another payer ask for what its rules spin on to the limit of their fuel, half a second or
//! less each time, without ever being quarantined. The ratios are those of the waits that 99 of 100 are below; aimed at is
//! at most 2 while rules are swapped, and at most 1.5 beside the other payer.
//!
//! `cargo bench -p reprise-benches -- swap` runs these alone and takes about a minute and a half. Nothing is prepared,
//! and there is no table, where the name leaves them out.

use std::cell::OnceCell;
use std::convert::Infallible;
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion as Bencher};
use reprise::{ActivatedNames, ActivationRequest, Configuration, Host};
use reprise_engine::{AdmissionLimits, CallLimits, Digest, PrecompiledCache, RuleEngine, RuleLimits};
use reprise_interchange::{ImportOptions, NoProgress, Source, import};
use reprise_request::{CriteriaRequest, Document, MediaType, RequestKind};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::components;
use crate::served::{Connection, Served};

/// The payer whose rules are swapped.
const PAYER: &str = "ACME";
/// The payer whose rules spin.
const SPINNER: &str = "SPIN";
/// What they spin on.
const PRODUCT: &str = "LOOP-IN-COMPILE";
/// Clients that ask in the name of each.
const CLIENTS: usize = 8;
const SPINNING_CLIENTS: usize = 4;
/// How long each row of the table is measured.
const PHASE: Duration = Duration::from_secs(12);
/// From one swap to the next.
const SWAP_EVERY: Duration = Duration::from_millis(100);
/// Claims with a line each.
const CLAIMS: usize = 20_000;
/// Patients that claims are created for, and procedures of each.
const PATIENTS: u64 = 800;
const PROCEDURES: u64 = 99;
/// What all claims are counted and explained by.
const ALL_CLAIMS: &str = r#"{"reprocess": false, "processType": "CLAIM"}"#;

/// Two sets of rules: criteria, claim status.
const COLORS: [[&[u8]; 2]; 2] = [
    [components::RED_CRITERIA, components::RED_STATUS],
    [components::BLUE_CRITERIA, components::BLUE_STATUS],
];

pub(crate) fn bench(bencher: &mut Bencher) {
    // Made by the first that is measured, if any is.
    let made = OnceCell::new();
    let swapped = || made.get_or_init(Swapped::new);
    let mut group = bencher.benchmark_group("swap");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3));
    group.bench_function("activate both kinds", |bencher| {
        let swapped = swapped();
        bencher.iter(|| swapped.activate_other());
    });
    group.bench_function("count, the first after an activation", |bencher| {
        let swapped = swapped();
        bencher.iter_custom(|times| {
            let first = |_| {
                swapped.activate_other();
                timed(|| swapped.count())
            };
            (0..times).map(first).sum()
        });
    });
    group.bench_function("count, any other", |bencher| {
        let swapped = swapped();
        bencher.iter(|| swapped.count());
    });
    group.bench_function("roll back", |bencher| {
        let swapped = swapped();
        bencher.iter_custom(|times| {
            let back = |_| {
                swapped.activate_other();
                timed(|| swapped.roll_back())
            };
            (0..times).map(back).sum()
        });
    });
    bench_load(&mut group, &swapped);
    group.finish();
    if let Some(swapped) = made.get() {
        print_table(swapped);
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let started = Instant::now();
    work();
    started.elapsed()
}

/// What a host that starts takes for each component that is installed and was loaded here before.
fn bench_load<'a>(group: &mut BenchmarkGroup<'_, WallTime>, swapped: &impl Fn() -> &'a Swapped) {
    for (kind, name) in ["criteria", "claim-status"].into_iter().enumerate() {
        group.bench_function(BenchmarkId::new("load from the cache", name), |bencher| {
            let swapped = swapped();
            let digest = swapped.colors[0][kind];
            let store = reprise_store::open(&swapped.database).expect("a database");
            let directory = tempfile::tempdir().expect("a directory");
            let cache = PrecompiledCache::open(&directory.path().join("machine-code"), [1; 32]).expect("a cache");
            let engine = RuleEngine::new(AdmissionLimits::default(), CallLimits::default())
                .expect("an engine")
                .with_cache(cache);
            let load = || {
                engine.load_known(digest, || {
                    let bytes = store.component_bytes(&digest.to_string());
                    Ok::<_, Infallible>(bytes.expect("a database").expect("a component that is stored"))
                })
            };
            load().expect("a component that is kept from now on");
            bencher.iter(|| black_box(load().expect("a component")));
        });
    }
}

/// A host whose rules are swapped.
struct Swapped {
    host: Host,
    served: Served,
    token: String,
    database: String,
    request: CriteriaRequest,
    /// The components of both colors, by digest.
    colors: [[Digest; 2]; 2],
    /// Which color decides.
    active: AtomicUsize,
    next_procedure: AtomicU64,
    _directory: TempDir,
}

impl Swapped {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let database = format!("sqlite:{}", directory.path().join("swap.db").display());
        fill(&database);
        let mut configuration = Configuration::new(&database);
        // The other payer's rules are to go on failing.
        configuration.rule_settings.quarantine_faults = 0;
        let limits = json!({ "payers": { SPINNER: { "criteria": { "fuelMax": 500_000_000 } } } });
        configuration.rule_limits = RuleLimits::from_json(&limits.to_string()).expect("limits");
        let host = Host::open(&configuration).expect("a host");
        host.load(|_, _| ()).expect("an index");
        host.start_activities().expect("activities");
        let colors = COLORS.map(|color| color.map(|bytes| install(&host, PAYER, bytes)));
        let loops = install(&host, SPINNER, components::LOOPS);
        activate(&host, SPINNER, &[loops]);
        activate(&host, PAYER, &colors[0]);
        let document = Document::read(ALL_CLAIMS.as_bytes(), MediaType::Json).expect("a document");
        let request = host
            .read_request(PAYER, &document, RequestKind::Count)
            .expect("a request");
        let served = Served::new(host.clone());
        Self {
            token: served.token(PAYER),
            served,
            host,
            database,
            request,
            colors,
            active: AtomicUsize::new(0),
            next_procedure: AtomicU64::new(0),
            _directory: directory,
        }
    }

    /// Has the color decide that does not.
    fn activate_other(&self) {
        let other = 1 - self.active.load(Ordering::Relaxed);
        activate(&self.host, PAYER, &self.colors[other]);
        self.active.store(other, Ordering::Relaxed);
    }

    /// Has the generation decide again that was before, which is of the other color.
    fn roll_back(&self) {
        let rules = self.host.rules(Some(PAYER), "the benchmark");
        rules
            .roll_back(None, because("it was better"))
            .expect("a generation before");
        self.active.fetch_xor(1, Ordering::Relaxed);
    }

    fn count(&self) {
        black_box(self.host.count(PAYER, &self.request).expect("a count"));
    }

    /// The request that is asked in this turn, and the status of its answer; none if nothing is left to create.
    fn request(&self, kind: usize) -> Option<(&'static str, String, u16)> {
        match KINDS[kind] {
            "count" => Some(("/api/claimsreprocesscount", ALL_CLAIMS.to_owned(), 200)),
            "explain" => {
                let path = "/api/claimsreprocesscriteria/explain?claim=C7";
                Some((path, ALL_CLAIMS.to_owned(), 200))
            }
            _ => {
                let number = self.next_procedure.fetch_add(1, Ordering::Relaxed);
                let (patient, place) = (number / PROCEDURES + 1, number % PROCEDURES + 1);
                let procedure = procedure_number(patient, place);
                let body = json!({ "PatNum": patient, "procNums": [procedure], "ClaimType": "P" });
                (patient <= PATIENTS).then(|| ("/api/v1/claims", body.to_string(), 201))
            }
        }
    }
}

impl Drop for Swapped {
    fn drop(&mut self) {
        self.host.stop_activities();
    }
}

/// What clients ask for.
const KINDS: [&str; 3] = ["count", "explain", "create"];

/// How long clients have waited for what they asked for, by kind.
type Waits = [Vec<Duration>; KINDS.len()];

/// Have the clients ask for so long, with something going on beside that ends when it is told to.
fn load(swapped: &Swapped, duration: Duration, beside: impl FnOnce(&AtomicBool) + Send) -> Waits {
    let stopped = AtomicBool::new(false);
    let mut all = Waits::default();
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|asking| {
                let (connection, stopped) = (swapped.served.connect(&swapped.token), &stopped);
                scope.spawn(move || go_on(swapped, connection, asking, stopped))
            })
            .collect();
        let beside = scope.spawn(|| beside(&stopped));
        std::thread::sleep(duration);
        stopped.store(true, Ordering::Relaxed);
        for client in clients {
            let waits = client.join().expect("a client");
            for (all, more) in all.iter_mut().zip(waits) {
                all.extend(more);
            }
        }
        beside.join().expect("what goes on beside");
    });
    all.iter_mut().for_each(|waits| waits.sort_unstable());
    all
}

fn go_on(swapped: &Swapped, mut connection: Connection, asking: usize, stopped: &AtomicBool) -> Waits {
    let mut waits = Waits::default();
    let mut turn = asking;
    while !stopped.load(Ordering::Relaxed) {
        let kind = turn % KINDS.len();
        turn += 1;
        let Some((path, body, status)) = swapped.request(kind) else {
            continue;
        };
        let started = Instant::now();
        let answer = connection.post(path, None, &body);
        waits[kind].push(started.elapsed());
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    }
    waits
}

/// Swap rules until told to stop; answers how often they were activated and rolled back.
fn swap(swapped: &Swapped, stopped: &AtomicBool) -> (u64, u64) {
    let (mut activations, mut rollbacks) = (0, 0);
    while !stopped.load(Ordering::Relaxed) {
        let started = Instant::now();
        if (activations + rollbacks) % 5 == 4 {
            swapped.roll_back();
            rollbacks += 1;
        } else {
            swapped.activate_other();
            activations += 1;
        }
        std::thread::sleep(SWAP_EVERY.saturating_sub(started.elapsed()));
    }
    (activations, rollbacks)
}

/// Have the other payer's rules spin until told to stop; answers how often they were stopped by their limit.
fn spin(swapped: &Swapped, token: &str, stopped: &AtomicBool) -> u64 {
    let body = json!({ "reprocess": false, "processType": "CLAIM", "productCode": PRODUCT }).to_string();
    let client = || {
        let mut connection = swapped.served.connect(token);
        let mut faults = 0;
        while !stopped.load(Ordering::Relaxed) {
            let answer = connection.post("/api/claimsreprocesscount", None, &body);
            // 503 where others of the payer were first for too long.
            let is_fault = answer.starts_with("HTTP/1.1 500") && answer.contains("it ran out of fuel");
            assert!(is_fault || answer.starts_with("HTTP/1.1 503"), "{answer}");
            faults += u64::from(is_fault);
        }
        faults
    };
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..SPINNING_CLIENTS).map(|_| scope.spawn(client)).collect();
        clients.into_iter().map(|client| client.join().expect("a client")).sum()
    })
}

#[expect(clippy::print_stdout, reason = "criterion has no place for the wait of one request")]
fn print_table(swapped: &Swapped) {
    // Both colors for the same time, as while they are swapped.
    let mut quiet = load(swapped, PHASE / 2, |_| ());
    swapped.activate_other();
    for (quiet, more) in quiet.iter_mut().zip(load(swapped, PHASE / 2, |_| ())) {
        quiet.extend(more);
        quiet.sort_unstable();
    }
    let mut swaps = (0, 0);
    let while_swapped = load(swapped, PHASE, |stopped| swaps = swap(swapped, stopped));
    let token = swapped.served.token(SPINNER);
    let mut faults = 0;
    let beside_spinning = load(swapped, PHASE, |stopped| faults = spin(swapped, &token, stopped));
    println!(
        "\n{CLIENTS} clients, SQLite, {PHASE:?} each; {} activations and {} rollbacks; {faults} times out of fuel\n",
        swaps.0, swaps.1
    );
    println!("|  | requests | half below | 99 of 100 below | all below | to quiet | aim |");
    println!("|---|---|---|---|---|---|---|");
    for (kind, name) in KINDS.iter().enumerate() {
        let of_quiet = at(&quiet[kind], 99);
        for (phase, waits, aim) in [
            ("quiet", &quiet[kind], ""),
            ("while rules are swapped", &while_swapped[kind], "2"),
            ("beside rules that spin", &beside_spinning[kind], "1.5"),
        ] {
            println!(
                "| {name}, {phase} | {} | {:.2?} | {:.2?} | {:.2?} | {:.2} | {aim} |",
                waits.len(),
                at(waits, 50),
                at(waits, 99),
                at(waits, 100),
                at(waits, 99).as_secs_f64() / of_quiet.as_secs_f64()
            );
        }
    }
}

/// The wait that so many of a hundred are below, of waits in order; none if there are none.
fn at(waits: &[Duration], of_hundred: usize) -> Duration {
    let place = (waits.len() * of_hundred / 100).min(waits.len().saturating_sub(1));
    waits.get(place).copied().unwrap_or_default()
}

fn because(reason: &str) -> ActivationRequest<'_> {
    ActivationRequest {
        reason,
        wait_max: Duration::ZERO,
        once: None,
    }
}

fn install(host: &Host, payer: &str, bytes: &[u8]) -> Digest {
    let rules = host.rules(Some(payer), "the benchmark");
    let installed = rules.install(bytes, &[], None).expect("an answer");
    assert_eq!(installed.reason, None, "it is let in");
    installed.digest
}

fn activate(host: &Host, payer: &str, digests: &[Digest]) {
    let names = digests.iter().map(|digest| digest.to_string().parse());
    let names = ActivatedNames {
        components: names.collect::<Result<_, _>>().expect("digests name components"),
        defaults: Vec::new(),
    };
    let rules = host.rules(Some(payer), "the benchmark");
    rules
        .activate(&names, because("the other ones"))
        .expect("an activation");
}

/// The number of a patient's procedure in this place, from 1.
const fn procedure_number(patient: u64, place: u64) -> u64 {
    patient * 100 + place
}

/// Claims, and patients with a plan and procedures; and what the other payer's rules spin on.
fn fill(database: &str) {
    let mut lines = String::new();
    let mut row = |payer: &str, kind: &str, mut members: Value| {
        members["payer"] = payer.into();
        members["kind"] = kind.into();
        lines += &format!("{members}\n");
    };
    for number in 0..CLAIMS {
        let line = json!({ "code": format!("C{number}-1"), "allowedAmount": "10.00", "coveredAmount": "8.00" });
        let claim = json!({
            "code": format!("C{number}"), "processType": "CLAIM", "status": "FINALIZED", "entryDate": "2020-01-01",
            "currency": "USD", "lines": [line],
        });
        row(PAYER, "claim", claim);
    }
    for patient in 1..=PATIENTS {
        let code = patient.to_string();
        row(PAYER, "patient", json!({ "code": code }));
        row(PAYER, "insPlan", json!({ "code": code }));
        row(PAYER, "insSub", json!({ "code": code, "plan": code }));
        let enrolled = json!({ "code": code, "patient": code, "insSub": code, "ordinal": 1 });
        row(PAYER, "patPlan", enrolled);
        for place in 1..=PROCEDURES {
            let number = procedure_number(patient, place).to_string();
            let procedure = json!({ "code": number, "patient": code, "procedureCode": "T0120", "fee": "50.00" });
            row(PAYER, "procedure", procedure);
        }
    }
    row(SPINNER, "product", json!({ "code": PRODUCT }));
    let store = reprise_store::open(database).expect("a database");
    let source = Source::new("the benchmark", None, std::io::Cursor::new(lines));
    let report = import(store.as_ref(), vec![source], &ImportOptions::default(), &mut NoProgress).expect("an import");
    assert_eq!(report.refused, 0);
}
