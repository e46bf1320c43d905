//! No reader ever sees a claim in another status than the one it is born in, nor a primary claim without its secondary:
//! looked for as fast as can be, in the API, in the database and on the feed of events, while claims are created.
//!
//! The same look finds both where claims are created the way that a caller without this API would: in several calls.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use reprise_model::SubmissionStatus;
use reprise_store::{IntakeQuery, Store};
use serde_json::{Value, json};

use super::database::open;
use super::server::Server;
use super::{say, sized};
use crate::cli::command::reprise;
use crate::intake::family;
use crate::support::Place;

/// How many clients create claims at the same time.
const CLIENTS: usize = 8;
/// How many pollers look at the API, and how many at the database.
const POLLERS: usize = 2;

/// How claims are created.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// In one request.
    AtOnce,
    /// The primary, then the secondary, then its status.
    InSteps,
}

/// What the clients are at, and what the pollers have seen.
struct Watch {
    /// The patient whose claims each client creates now; 0 is none.
    under_way: Vec<AtomicU64>,
    ended: AtomicBool,
    /// Polls that began and ended while the request they looked at was under way.
    within: AtomicU64,
    polls: AtomicU64,
    /// What must not be.
    seen: Mutex<Vec<String>>,
}

impl Watch {
    fn new() -> Self {
        Self {
            under_way: (0..CLIENTS).map(|_| AtomicU64::new(0)).collect(),
            ended: AtomicBool::new(false),
            within: AtomicU64::new(0),
            polls: AtomicU64::new(0),
            seen: Mutex::default(),
        }
    }

    /// Looks at the patients whose claims are being created, one after the other, until all are.
    fn poll(&self, first: usize, look: impl Fn(u64) -> Vec<(String, String)>) {
        let mut client = first;
        while !self.ended.load(Ordering::Relaxed) {
            client = (client + 1) % CLIENTS;
            let patient = self.under_way[client].load(Ordering::SeqCst);
            if patient == 0 {
                std::thread::yield_now();
                continue;
            }
            let claims = look(patient);
            self.polls.fetch_add(1, Ordering::Relaxed);
            if self.under_way[client].load(Ordering::SeqCst) == patient {
                self.within.fetch_add(1, Ordering::Relaxed);
            }
            let is_right = claims.is_empty() || claims == born();
            if !is_right {
                self.seen
                    .lock()
                    .expect("seen")
                    .push(format!("patient {patient}: {claims:?}"));
            }
        }
    }
}

/// The claims of a patient with two plans, as they are born.
fn born() -> Vec<(String, String)> {
    [("P", "W"), ("S", "H")]
        .map(|(kind, status)| (kind.to_owned(), status.to_owned()))
        .to_vec()
}

fn api_look(server: &Server, patient: u64) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let claims = server.get(&format!("/api/v1/claims?PatNum={patient}"));
    let claims = claims.as_array().expect("a list").iter();
    claims
        .map(|claim| (text(&claim["ClaimType"]), text(&claim["ClaimStatus"])))
        .collect()
}

fn store_look(store: &dyn Store, patient: u64) -> Vec<(String, String)> {
    let patient = patient.to_string();
    let query = IntakeQuery {
        patient: Some(&patient),
        status: None,
        edited_from_ms: None,
        after: 0,
        offset: 0,
        limit: 10,
    };
    let claims = store.intake_claims(family::ACME, &query).expect("claims");
    claims
        .iter()
        .map(|encoded| {
            let claim = encoded.decode().expect("a claim");
            let status = claim.submission_status.map_or("", SubmissionStatus::as_str);
            let kind = claim.intake_type.map_or("", |kind| kind.as_str());
            (kind.to_owned(), status.to_owned())
        })
        .collect()
}

/// Follows the feed until all is created and read, and notes what it tells that must not be.
fn follow(server: &Server, watch: &Watch) -> u64 {
    let mut after = 0;
    let (mut told, mut created) = (Vec::new(), 0);
    loop {
        let is_last = watch.ended.load(Ordering::SeqCst);
        let page = server.get(&format!("/api/v1/events?after={after}&limit=1000"));
        let events = page["events"].as_array().expect("events");
        for event in events {
            let data = &event["data"];
            created += u64::from(event["type"] == "claim.created");
            let pair = (data["claimType"].as_str(), data["claimStatus"].as_str());
            if event["type"] != "claim.created" || !matches!(pair, (Some("P"), Some("W")) | (Some("S"), Some("H"))) {
                told.push(format!("event {event}"));
            }
        }
        after = page["next"].as_u64().expect("where to go on");
        if is_last && events.is_empty() {
            watch.seen.lock().expect("seen").extend(told);
            return created;
        }
    }
}

fn create(server: &Server, way: Way, patient: u64) {
    let asked = |more: Value| {
        let mut body = json!({ "PatNum": patient, "procNums": [family::procedure_number(patient, 1)] });
        family::merge(&mut body, more);
        let answer = server.post("/api/v1/claims", "", &body);
        assert_eq!(answer.status, 201, "{answer:?}");
        answer
    };
    match way {
        Way::AtOnce => _ = asked(json!({})),
        Way::InSteps => {
            asked(json!({ "ClaimType": "P" }));
            let secondary = asked(json!({ "ClaimType": "S" })).location();
            let held = json!({ "ClaimStatus": "H" }).to_string();
            let answer = server.ask("PUT", &secondary, "Content-Type: application/json\r\n", held.as_bytes());
            assert_eq!(answer.status, 200, "{answer:?}");
        }
    }
}

/// Creates claims for so many patients, watched, and answers what was seen that must not be.
fn watched(database: &str, way: Way, patients: u64) -> Watch {
    let server = Server::on(database, &[]);
    let watch = Watch::new();
    let next = AtomicU64::new(1);
    let created = std::thread::scope(|scope| {
        let (server, watch, next) = (&server, &watch, &next);
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                scope.spawn(move || {
                    loop {
                        let patient = next.fetch_add(1, Ordering::Relaxed);
                        if patient > patients {
                            return;
                        }
                        watch.under_way[client].store(patient, Ordering::SeqCst);
                        create(server, way, patient);
                        watch.under_way[client].store(0, Ordering::SeqCst);
                    }
                })
            })
            .collect();
        for poller in 0..POLLERS {
            scope.spawn(move || watch.poll(poller * 3, |patient| api_look(server, patient)));
            scope.spawn(move || {
                let store = open(database);
                watch.poll(poller * 3 + 1, |patient| store_look(store.as_ref(), patient));
            });
        }
        let following = scope.spawn(move || follow(server, watch));
        let ended: Vec<_> = clients.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        // The pollers are told to end, also when a client has failed.
        watch.ended.store(true, Ordering::SeqCst);
        assert!(ended.iter().all(Result::is_ok), "a client failed");
        following.join().expect("the feed")
    });
    assert_eq!(created, 2 * patients);
    watch
}

fn check(what: &str, database: &dyn Fn() -> String) {
    let patients = sized(200, 10_000);
    let place = Place::new();
    let lines: String = (1..=patients)
        .map(|number| {
            family::patient(family::ACME, number, "dd") + &family::procedure(family::ACME, number, 1, json!({}))
        })
        .collect();
    place.file("enrolments.ndjson", lines);
    let fresh = || {
        let database = database();
        reprise(
            &place,
            &["import", "--strict", "--database", &database, "enrolments.ndjson"],
        )
        .well();
        database
    };

    let watch = watched(&fresh(), Way::AtOnce, patients);
    let within = watch.within.load(Ordering::Relaxed);
    say(&format!(
        "{what}: {patients} creations watched by {} polls, {within} of them while the request was under way",
        watch.polls.load(Ordering::Relaxed)
    ));
    assert_eq!(watch.seen.into_inner().expect("seen"), [""; 0]);
    assert!(within >= sized(100, 1_000), "{within} polls are no watch");

    let watch = watched(&fresh(), Way::InSteps, sized(40, 1_000));
    let seen = watch.seen.into_inner().expect("seen");
    let is_unheld = |words: &&String| words.contains("(\"S\", \"W\")");
    let is_alone = |words: &&String| words.ends_with("[(\"P\", \"W\")]");
    say(&format!(
        "{what}: created in steps, {} were seen unheld and {} alone",
        seen.iter().filter(is_unheld).count(),
        seen.iter().filter(is_alone).count()
    ));
    assert!(seen.iter().any(|words| is_unheld(&words)), "the watch is blind");
    assert!(seen.iter().any(|words| is_alone(&words)), "the watch is blind");
}

#[test]
fn nobody_sees_a_claim_before_it_is_what_it_is_born_on_sqlite() {
    let place = Place::new();
    let number = AtomicU64::new(0);
    check("births on SQLite", &|| {
        let number = number.fetch_add(1, Ordering::Relaxed);
        format!("sqlite:{}", place.path(&format!("births-{number}.db")).display())
    });
}

#[test]
fn nobody_sees_a_claim_before_it_is_what_it_is_born_on_postgresql() {
    if let Some(cluster) = reprise_test_postgres::shared() {
        check("births on PostgreSQL", &|| cluster.create_database());
    }
}
