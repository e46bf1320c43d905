//! Two servers on one database: in PostgreSQL they share a run, in SQLite the second is refused.

use std::collections::BTreeSet;

use serde_json::json;

use super::database::{Engine, Population};
use super::outcome::Outcome;
use super::requests::{SLOWLY, everything, progress, start_run, until_ended};
use super::server::{Server, serving};
use super::until;
use crate::cli::command::REPRISE;

/// How many claims the server has handled since it was started.
fn handled(server: &Server) -> u64 {
    let metrics = server.metrics();
    let lines = metrics.lines();
    let counters = lines.filter(|line| line.starts_with("reprise_claims_handled_total{"));
    let counts = counters.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
    counts.sum()
}

#[test]
fn two_servers_share_a_run_and_one_ends_it_when_the_other_is_killed() {
    let Some(cluster) = reprise_test_postgres::shared() else {
        return;
    };
    let population = Population::generated(Engine::Postgres(cluster), 6_000);
    let database = population.database();
    let expected = Outcome::undisturbed(&population);

    let (one, other) = (Server::on(&database, SLOWLY), Server::on(&database, SLOWLY));
    let location = start_run(&one, &everything());
    until("both have worked", || {
        (handled(&one) > 0 && handled(&other) > 0).then_some(())
    });
    let midway = progress(&other, &location);
    assert!(midway.is_going_on(), "{midway:?}");
    one.kill();
    until_ended(&other, &location);
    assert!(handled(&other) < expected.progress.handled());
    Outcome::of(&other, &database, &location).assert_same(&expected);

    // What one decides, the other knows.
    let another = Server::on(&database, SLOWLY);
    let count = json!({ "processType": "RESERVATION" });
    let reservation = population
        .lines()
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find(|claim| {
            claim["processType"] == "RESERVATION"
                && claim["status"] == "FINALIZED"
                && claim["settlementReason"].is_null()
                && claim["lockedBy"].is_null()
        })
        .expect("a reservation");
    let counted = |server: &Server| {
        let answer = server.post("/api/claimsreprocesscount", "", &count);
        assert_eq!(answer.status, 200, "{}", answer.body);
        serde_json::from_str::<serde_json::Value>(&answer.body).expect("JSON")
    };
    let before = counted(&other);
    assert_eq!(counted(&another), before);
    let single = json!({ "code": reservation["code"], "claimUnfinalizeReasonList": [{ "code": "UF1" }] });
    let answer = other.post("/api/claimsreprocess", "", &single);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let after = counted(&another);
    assert_eq!(after["count"].as_u64(), before["count"].as_u64().map(|count| count - 1));
    assert_eq!(counted(&other), after);
    let indexed = |server: &Server| {
        let metrics = server.metrics();
        let lines = metrics.lines();
        let sizes =
            lines.filter(|line| line.starts_with("reprise_index_claims ") || line.starts_with("reprise_index_lines "));
        sizes.map(str::to_owned).collect::<BTreeSet<_>>()
    };
    assert_eq!(indexed(&another).len(), 2);
    assert_eq!(indexed(&another), indexed(&other));
}

#[test]
fn a_second_server_on_a_database_in_sqlite_is_refused() {
    let population = Population::generated(Engine::Sqlite, 100);
    let database = population.database();
    let one = Server::on(&database, &[]);
    let refused = serving(REPRISE, &[], &database, &[]).output().expect("it ends");
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).expect("UTF-8");
    assert!(
        said.contains("another `reprise serve` works on the database") && said.contains("copy-0.db`"),
        "{said}"
    );
    assert_eq!(one.get("/readyz")["ready"], true);
    // It is the process that holds the place, not a file that it leaves behind.
    one.kill();
    Server::on(&database, &[]);
}
