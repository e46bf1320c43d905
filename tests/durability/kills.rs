//! A server that is killed at any moment of a run or a batch, and started again, ends it as if nothing had happened.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::database::{Engine, PAYER, Population, open};
use super::outcome::{Outcome, check_halfway, claims_changed_after};
use super::requests::{
    Progress, activity_id, everything, progress, start_batch, start_run, until_ended, until_handled,
};
use super::server::{Server, serving};
use super::{Chance, say, sized};
use crate::cli::command::REPRISE;

/// What the killed servers are started with: others wait only this long for what a killed one has leased.
const ARGUMENTS: &[&str] = &["--lease-seconds", "1"];

/// How many claims of a population there are for each that is in scope of a run over everything: 81 % of the claims are
/// in a reprocessable status, and 97 % of those are no reservations.
fn population_of(in_scope: u64) -> u64 {
    in_scope * 13 / 10
}

/// What several kills have come to.
struct Kills {
    /// How far the activity was at each kill.
    at: Vec<Progress>,
    elapsed: Duration,
}

impl Kills {
    /// How many fell when something was done, but not all.
    fn between(&self) -> usize {
        let is_between = |progress: &&Progress| progress.handled() > 0 && progress.is_going_on();
        self.at.iter().filter(is_between).count()
    }
}

/// What is done to the servers of a story.
struct Plan<'a> {
    kills: u64,
    /// Of how many claims or entries it is.
    total: u64,
    /// How long an undisturbed one takes from where a kill is due to where the next is.
    between_two: Duration,
    start: &'a dyn Fn(&Server) -> String,
}

/// Has an activity done by servers that are killed again and again, and by a last one that is not.
fn done_by_killed_servers(database: &str, plan: &Plan<'_>) -> (Kills, Outcome) {
    let mut chance = Chance::new();
    let begun = Instant::now();
    let before = open(database).change_sequence().expect("a sequence");
    let mut server = Server::on(database, ARGUMENTS);
    let location = (plan.start)(&server);
    let mut at = Vec::new();
    for kill in 1..=plan.kills {
        until_handled(&server, &location, plan.total * kill / (plan.kills + 1));
        // Anywhere in a portion, and still before the next kill is due, or the end.
        std::thread::sleep(chance.time_below(plan.between_two / 2));
        server.kill();
        if kill % 2 == 1 {
            // Else it is the next server that finds the database as the killed one has left it.
            check_halfway(database, &location, before);
        }
        server = Server::listening(database, serving(REPRISE, &[], database, ARGUMENTS));
        // Nothing goes on before the index is loaded, so this is how far it was.
        at.push(progress(&server, &location));
        server.ready();
    }
    until_ended(&server, &location);
    let elapsed = begun.elapsed();
    (Kills { at, elapsed }, Outcome::of(&server, database, &location))
}

/// What an undisturbed server makes of it.
struct Undisturbed {
    outcome: Outcome,
    elapsed: Duration,
    /// How long a claim takes once the first are handled.
    claim: Duration,
}

impl Undisturbed {
    fn of(database: &str, start: &dyn Fn(&Server) -> String) -> Self {
        let server = Server::on(database, ARGUMENTS);
        let begun = Instant::now();
        let location = start(&server);
        let first = until_handled(&server, &location, 1).handled();
        let applying = Instant::now();
        let rest = until_ended(&server, &location).handled() - first;
        Self {
            claim: applying.elapsed() / u32::try_from(rest).expect("a number of claims").max(1),
            elapsed: begun.elapsed(),
            outcome: Outcome::of(&server, database, &location),
        }
    }

    /// Kills so many servers on another database with the same population, and compares. So many of the kills must fall
    /// when something was done, but not all.
    fn check(&self, what: &str, database: &str, (kills, between_min): (u32, usize), start: &dyn Fn(&Server) -> String) {
        let total = self.outcome.progress.handled();
        let plan = Plan {
            kills: kills.into(),
            total,
            between_two: self.claim * u32::try_from(total).expect("a number of claims") / (kills + 1),
            start,
        };
        let (kills, outcome) = done_by_killed_servers(database, &plan);
        outcome.assert_same(&self.outcome);
        let at: Vec<u64> = kills.at.iter().map(Progress::handled).collect();
        say(&format!(
            "{what}: {total} handled, {} of {} kills strictly between none and all, at {at:?}; {:.1} s, undisturbed {:.1} s",
            kills.between(),
            at.len(),
            kills.elapsed.as_secs_f64(),
            self.elapsed.as_secs_f64()
        ));
        assert!(kills.between() >= between_min, "{} kills are between", kills.between());
    }
}

fn check_run(what: &str, engine: Engine<'_>) {
    let (in_scope, kills) = sized((9_000, (4, 2)), (200_000, (20, 15)));
    let population = Population::generated(engine, population_of(in_scope));
    let start = |server: &Server| start_run(server, &everything());
    let undisturbed = Undisturbed::of(&population.database(), &start);
    let total = undisturbed.outcome.progress.handled();
    assert!(total >= in_scope, "{total}");
    undisturbed.check(what, &population.database(), kills, &start);
}

#[test]
fn a_run_whose_server_is_killed_again_and_again_ends_as_if_nothing_had_happened_on_sqlite() {
    check_run("run on SQLite", Engine::Sqlite);
}

#[test]
fn a_run_whose_server_is_killed_again_and_again_ends_as_if_nothing_had_happened_on_postgresql() {
    if let Some(cluster) = reprise_test_postgres::shared() {
        check_run("run on PostgreSQL", Engine::Postgres(cluster));
    }
}

fn check_matching(engine: Engine<'_>) {
    let population = Population::generated(engine, 2_000);
    let start = |server: &Server| start_run(server, &everything());
    let expected = Undisturbed::of(&population.database(), &start).outcome;
    let mut killed = 0;
    for _ in 0..10 {
        let database = population.database();
        let store = open(&database);
        let before = store.change_sequence().expect("a sequence");
        let mut chance = Chance::new();
        let server = Server::on(&database, ARGUMENTS);
        let location = start_run(&server, &everything());
        // What was matched cannot be written down while somebody else writes.
        let writing = store.begin_write().expect("a transaction");
        let activity = store.activity(PAYER, activity_id(&location));
        let counts = activity.expect("a read").expect("an activity").counts;
        std::thread::sleep(chance.time_below(Duration::from_millis(300)));
        server.kill();
        drop(writing);
        if counts.total.is_none() {
            killed += 1;
            assert_eq!(claims_changed_after(store.as_ref(), before), [0_i64; 0]);
        }
        drop(store);
        let server = Server::on(&database, ARGUMENTS);
        until_ended(&server, &location);
        Outcome::of(&server, &database, &location).assert_same(&expected);
        if killed == 2 {
            return;
        }
    }
    panic!("{killed} of ten kills were before the matching had ended");
}

#[test]
fn a_run_whose_server_is_killed_while_it_matches_is_matched_by_the_next_on_sqlite() {
    check_matching(Engine::Sqlite);
}

#[test]
fn a_run_whose_server_is_killed_while_it_matches_is_matched_by_the_next_on_postgresql() {
    if let Some(cluster) = reprise_test_postgres::shared() {
        check_matching(Engine::Postgres(cluster));
    }
}

/// A batch of every claim in an order of its own, of unknown ones, of some twice, and of what cannot be read.
fn batch(population: &Population<'_>) -> (u64, String) {
    let lines = population.lines();
    let claim = |line: &str| serde_json::from_str::<Value>(line).expect("JSON");
    let mut codes: Vec<String> = lines
        .lines()
        .filter(|line| line.contains("\"kind\":\"claim\""))
        .map(|line| claim(line)["code"].as_str().expect("a code").to_owned())
        .collect();
    let claims = codes.len();
    codes.extend((0..claims / 10).map(|number| format!("X{number:08}")));
    codes.extend_from_within(..claims / 10);
    // The same order each time, and none that the database knows.
    let mut chance = Chance(7);
    for place in (1..codes.len()).rev() {
        let other = usize::try_from(chance.below(place as u64 + 1)).expect("a place");
        codes.swap(place, other);
    }
    let mut file = "<claimsReprocessRequests>\n".to_owned();
    for (number, code) in codes.iter().enumerate() {
        let wrong = if number % 500 == 250 { " what=\"?\"" } else { "" };
        file.push_str(&format!(
            "<claim code=\"{code}\" reprocessMessageCode=\"CUST1\"{wrong}><claimUnfinalizeReasonList>\
             <claimUnfinalizeReason code=\"UF2\"/></claimUnfinalizeReasonList></claim>\n"
        ));
    }
    file.push_str("</claimsReprocessRequests>\n");
    (codes.len() as u64, file)
}

fn check_batch(what: &str, engine: Engine<'_>) {
    let (claims, kills) = sized((5_000, (2, 1)), (200_000, (20, 15)));
    let population = Population::generated(engine, claims);
    let (total, file) = batch(&population);
    let start = |server: &Server| start_batch(server, &file);
    let undisturbed = Undisturbed::of(&population.database(), &start);
    assert_eq!(undisturbed.outcome.progress.handled(), total);
    undisturbed.check(what, &population.database(), kills, &start);
}

#[test]
fn a_batch_whose_server_is_killed_again_and_again_ends_as_if_nothing_had_happened_on_sqlite() {
    check_batch("batch on SQLite", Engine::Sqlite);
}

#[test]
fn a_batch_whose_server_is_killed_again_and_again_ends_as_if_nothing_had_happened_on_postgresql() {
    if let Some(cluster) = reprise_test_postgres::shared() {
        check_batch("batch on PostgreSQL", Engine::Postgres(cluster));
    }
}
