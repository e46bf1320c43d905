//! A copy that is made while a run is going goes on with the run, and so does a server that was asked to end.

use std::process::Command;

use super::database::{Engine, Population};
use super::outcome::Outcome;
use super::requests::{SLOWLY, everything, progress, start_run, until_ended, until_handled};
use super::server::Server;

#[test]
fn a_copy_that_is_made_while_a_run_is_going_goes_on_with_it() {
    let population = Population::generated(Engine::Sqlite, 2_500);
    let expected = Outcome::undisturbed(&population);
    let database = population.database();
    let server = Server::on(&database, SLOWLY);
    let location = start_run(&server, &everything());
    until_handled(&server, &location, 1);
    let copied = population
        .command(&["backup", "the-copy.db", "--database", &database])
        .output()
        .expect("the command ends");
    let said = String::from_utf8_lossy(&copied.stderr);
    assert!(copied.status.success(), "{said}");
    let original = progress(&server, &location);
    assert!(original.is_going_on(), "{original:?}");

    let copy = format!("sqlite:{}", population.directory().join("the-copy.db").display());
    check_integrity(&population);
    let on_copy = Server::on(&copy, &[]);
    until_ended(&on_copy, &location);
    Outcome::of(&on_copy, &copy, &location).assert_same(&expected);

    until_ended(&server, &location);
    Outcome::of(&server, &database, &location).assert_same(&expected);
}

/// Has SQLite's own program look at the copy, where there is one.
fn check_integrity(population: &Population<'_>) {
    let checked = Command::new("sqlite3")
        .current_dir(population.directory())
        .args(["the-copy.db", "PRAGMA integrity_check"])
        .output();
    match checked {
        Ok(checked) => assert_eq!(String::from_utf8_lossy(&checked.stdout), "ok\n"),
        Err(error) => super::say(&format!("skipped: sqlite3 does not check the copy: {error}")),
    }
}

fn check_ending(engine: Engine<'_>) {
    let population = Population::generated(engine, 2_500);
    let expected = Outcome::undisturbed(&population);
    let database = population.database();
    let server = Server::on(&database, SLOWLY);
    let location = start_run(&server, &everything());
    until_handled(&server, &location, 1);
    let (code, said) = server.end();
    assert_eq!(code, Some(0), "{said:?}");
    let server = Server::on(&database, SLOWLY);
    let begun = progress(&server, &location);
    assert!(begun.is_going_on() && begun.handled() > 0, "{begun:?}");
    until_ended(&server, &location);
    Outcome::of(&server, &database, &location).assert_same(&expected);
}

#[test]
fn a_server_that_is_asked_to_end_during_a_run_ends_well_and_the_next_goes_on_on_sqlite() {
    check_ending(Engine::Sqlite);
}

#[test]
fn a_server_that_is_asked_to_end_during_a_run_ends_well_and_the_next_goes_on_on_postgresql() {
    if let Some(cluster) = reprise_test_postgres::shared() {
        check_ending(Engine::Postgres(cluster));
    }
}
