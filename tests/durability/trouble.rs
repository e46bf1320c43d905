//! A database that cannot be written or reached for a while: a run waits, says why, and goes on by itself.

use std::path::PathBuf;
use std::process::Command;

use reprise_test_postgres::Cluster;
use serde_json::json;

use super::database::{Engine, Population, open};
use super::outcome::{Outcome, check_halfway};
use super::requests::{SLOWLY, everything, progress, start_run, until_ended, until_handled};
use super::server::{Server, serving};
use super::until;
use crate::cli::command::REPRISE;

/// Has the server's files grow to this many bytes at most; none is no limit.
fn limit_files(server: &Server, bytes_max: Option<u64>) {
    let limit = bytes_max.map_or_else(|| "unlimited".to_owned(), |bytes_max| bytes_max.to_string());
    let pid = server.id().to_string();
    let limited = Command::new("prlimit")
        .args(["--pid", &pid, &format!("--fsize={limit}:")])
        .status();
    assert!(limited.expect("prlimit runs").success());
}

#[test]
fn a_run_whose_database_cannot_grow_waits_and_goes_on_when_it_can() {
    let population = Population::generated(Engine::Sqlite, 2_500);
    let expected = Outcome::undisturbed(&population);
    let database = population.database();
    let before = open(&database).change_sequence().expect("a sequence");
    // Without the trap the system would end the server at its first write behind the limit.
    let limited = ["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", REPRISE];
    let server = Server::listening(&database, serving("/bin/sh", &limited, &database, SLOWLY));
    server.ready();
    let location = start_run(&server, &everything());
    until_handled(&server, &location, 1);
    let mut log = PathBuf::from(Population::file(&database));
    log.as_mut_os_string().push("-wal");
    // There is room for the beginning of a portion, and not for all of it.
    let length = std::fs::metadata(log).expect("the log of the database").len();
    limit_files(&server, Some(length + 64 * 1024));
    let held_up = until("the run is held up", || {
        let progress = progress(&server, &location);
        assert!(progress.is_going_on(), "{progress:?} {:?}", server.last_said());
        progress.trouble.is_some().then_some(progress)
    });
    assert_eq!(held_up.status, "in process");
    let trouble = held_up.trouble.as_deref().unwrap_or_default();
    assert!(
        trouble.contains("cannot be written") || trouble.contains("full"),
        "{trouble}"
    );
    check_halfway(&database, &location, before);

    // What only reads goes on; what writes is refused in words.
    limit_files(&server, Some(4096));
    assert_eq!(server.get("/readyz")["ready"], true);
    let count = server.post("/api/claimsreprocesscount", "", &json!({ "processType": "CLAIM" }));
    assert_eq!(count.status, 200, "{}", count.body);
    let refused = server.post(
        "/api/datafilesets",
        "",
        &json!({ "code": "SET", "dataFiles": [{ "code": "A" }] }),
    );
    assert!(
        [503, 507].contains(&refused.status),
        "{} {}",
        refused.status,
        refused.body
    );
    assert!(
        refused.body.contains("nothing of this write was kept"),
        "{}",
        refused.body
    );
    assert_eq!(progress(&server, &location), held_up);

    limit_files(&server, None);
    until_ended(&server, &location);
    Outcome::of(&server, &database, &location).assert_same(&expected);
}

#[test]
fn a_run_whose_database_server_is_stopped_goes_on_when_it_is_back() {
    let Some(mut cluster) = Cluster::start() else { return };
    let (database, expected) = {
        let population = Population::generated(Engine::Postgres(&cluster), 2_500);
        (population.database(), Outcome::undisturbed(&population))
    };
    let server = Server::on(&database, SLOWLY);
    let location = start_run(&server, &everything());
    let begun = until_handled(&server, &location, 1);
    assert!(begun.is_going_on(), "{begun:?}");
    cluster.stop();
    for (method, path, body) in [
        ("GET", location.as_str(), ""),
        ("GET", "/api/claims/C00000001", ""),
        ("POST", "/api/claimsreprocesscount", r#"{"processType":"CLAIM"}"#),
        ("POST", "/api/claimsreprocess", r#"{"code":"C00000001"}"#),
    ] {
        let answer = server.ask(method, path, "Content-Type: application/json\r\n", body.as_bytes());
        assert_eq!(answer.status, 503, "{method} {path}: {}", answer.body);
        assert!(answer.body.contains("database"), "{method} {path}: {}", answer.body);
    }
    assert_eq!(server.text("/healthz", ""), "ok\n");
    cluster.start_again();
    until("the server has found its database again", || {
        (server.ask("GET", &location, "", b"").status == 200).then_some(())
    });
    until_ended(&server, &location);
    Outcome::of(&server, &database, &location).assert_same(&expected);
}
