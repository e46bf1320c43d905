//! A server is killed while claims are created: of each request all of its claims are there or none, and asked for again
//! under its key, each is there once.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reprise_store::IntakeQuery;
use serde_json::{Value, json};

use super::database::open;
use super::server::Server;
use super::{Chance, say, sized};
use crate::cli::command::reprise;
use crate::intake::family;
use crate::support::Place;

/// How many clients create claims at the same time.
const CLIENTS: usize = 8;

fn ask(server: &Server, patient: u64) -> std::io::Result<super::server::Answer> {
    let body = json!({ "PatNum": patient, "procNums": [family::procedure_number(patient, 1)] });
    let headers = format!("Content-Type: application/json\r\nIdempotency-Key: patient-{patient}\r\n");
    server.try_ask("POST", "/api/v1/claims", &headers, body.to_string().as_bytes())
}

/// How many claims each patient has in the database, once nobody serves it.
fn claims_of(database: &str, patients: u64) -> Vec<usize> {
    let store = open(database);
    let of = |patient: u64| {
        let patient = patient.to_string();
        let query = IntakeQuery {
            patient: Some(&patient),
            status: None,
            edited_from_ms: None,
            after: 0,
            offset: 0,
            limit: 100,
        };
        store.intake_claims(family::ACME, &query).expect("claims").len()
    };
    (1..=patients).map(of).collect()
}

fn check(what: &str, database: &str) {
    let (patients, kills) = sized((400, 3), (20_000, 20));
    let place = Place::new();
    let lines: String = (1..=patients)
        .map(|number| {
            family::patient(family::ACME, number, "ddd") + &family::procedure(family::ACME, number, 1, json!({}))
        })
        .collect();
    place.file("enrolments.ndjson", lines);
    reprise(
        &place,
        &["import", "--strict", "--database", database, "enrolments.ndjson"],
    )
    .well();

    let mut chance = Chance::new();
    let mut done_at_kills = Vec::new();
    let next = AtomicU64::new(1);
    for _ in 0..kills {
        let server = Server::on(database, &[]);
        // What was answered before the kill must be there after it.
        let answered = std::sync::Mutex::new(Vec::new());
        let share = patients / (kills + 1);
        let until = next.load(Ordering::Relaxed) + share;
        std::thread::scope(|scope| {
            let (server, answered, next) = (&server, &answered, &next);
            for _ in 0..CLIENTS {
                scope.spawn(move || {
                    loop {
                        let patient = next.fetch_add(1, Ordering::Relaxed);
                        if patient > patients {
                            return;
                        }
                        match ask(server, patient) {
                            Ok(answer) => {
                                assert_eq!(answer.status, 201, "{answer:?}");
                                answered.lock().expect("answered").push(patient);
                            }
                            // It was killed.
                            Err(_) => return,
                        }
                    }
                });
            }
            while next.load(Ordering::Relaxed) < until {
                std::thread::sleep(Duration::from_millis(1));
            }
            std::thread::sleep(chance.time_below(Duration::from_millis(50)));
            let killed = std::process::Command::new("kill")
                .args(["-9", &server.id().to_string()])
                .status()
                .expect("kill");
            assert!(killed.success());
        });
        drop(server);
        let claims = claims_of(database, patients);
        for (place, count) in claims.iter().enumerate() {
            assert!([0, 3].contains(count), "patient {} has {count} claims", place + 1);
        }
        for patient in answered.into_inner().expect("answered") {
            let place = usize::try_from(patient - 1).expect("a place");
            assert_eq!(claims[place], 3, "patient {patient} was answered");
        }
        done_at_kills.push(claims.iter().filter(|count| **count == 3).count());
    }
    say(&format!(
        "{what}: patients done when the server was killed: {done_at_kills:?}"
    ));

    // All of them again, under the keys that they had: what is done is answered, what is not is done.
    let server = Server::on(database, &[]);
    let mut replayed = 0;
    for patient in 1..=patients {
        let answer = ask(&server, patient).expect("an answer");
        assert_eq!(answer.status, 201, "{answer:?}");
        replayed += usize::from(answer.head.contains("idempotency-replayed: true"));
        let claims: Value = serde_json::from_str(&answer.body).expect("JSON");
        assert_eq!(claims["claims"].as_array().expect("claims").len(), 3);
    }
    assert_eq!(replayed, *done_at_kills.last().expect("a kill"));
    drop(server);
    assert!(claims_of(database, patients).iter().all(|count| *count == 3));
    let store = open(database);
    let events = store.events(family::ACME, 0, 1_000_000).expect("events");
    assert_eq!(events.len() as u64, 3 * patients, "each claim is told of once");
}

#[test]
fn killed_while_claims_are_created_on_sqlite() {
    let place = Place::new();
    check("creations on SQLite", &place.database());
}

#[test]
fn killed_while_claims_are_created_on_postgresql() {
    if let Some(cluster) = reprise_test_postgres::shared() {
        check("creations on PostgreSQL", &cluster.create_database());
    }
}
