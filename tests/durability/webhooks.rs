//! Servers that are killed while they send events: each event comes at least once, for the first time in order, and few
//! come twice.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::database::{Engine, PAYER, Population, open};
use super::server::{Server, serving};
use super::{Chance, say, sized, until};
use crate::cli::command::REPRISE;
use crate::webhooks::receiver::{Receiver, taken};
use crate::webhooks::{CREATED, SECRET, append, event};

/// What servers are started with: others wait only this long for what a killed one has leased.
const ARGUMENTS: &[&str] = &[
    "--lease-seconds",
    "1",
    "--webhook-request-ms-max",
    "1000",
    "--webhook-retry-wait-ms",
    "20",
    "--webhook-retry-wait-ms-max",
    "200",
    "--webhook-attempts-max",
    "100",
];

/// How many events may be sent again after a kill.
const GROUP_EVENTS: usize = 64;

fn append_many(database: &str, count: u64) {
    let events: Vec<_> = (1..=count)
        .zip((1..=7).cycle())
        .map(|(number, claim)| event(PAYER, CREATED, claim, number))
        .collect();
    append(open(database).as_ref(), &events);
}

#[track_caller]
fn create(server: &Server, code: &str, receiver: &Receiver) {
    let body = json!({ "code": code, "url": receiver.url, "secret": SECRET });
    let answer = server.post("/api/v1/webhooks", "", &body);
    assert_eq!(answer.status, 201, "{}", answer.body);
}

fn shown(server: &Server, code: &str) -> Value {
    server.get(&format!("/api/v1/webhooks/{code}"))
}

#[track_caller]
fn until_done(server: &Server, code: &str) {
    until("everything is sent", || {
        let shown = shown(server, code);
        (shown["behind"] == 0 && shown["attempts"] == 0).then_some(())
    });
}

/// Whether the events of these positions came each, and for the first time in order.
#[track_caller]
fn assert_all_in_order(positions: &[u64], count: u64) {
    let mut seen = BTreeSet::new();
    let first: Vec<u64> = positions
        .iter()
        .copied()
        .filter(|position| seen.insert(*position))
        .collect();
    assert_eq!(first, (1..=count).collect::<Vec<_>>());
}

#[test]
fn servers_that_are_killed_send_every_event_and_few_twice() {
    let population = Population::generated(Engine::Sqlite, 100);
    let database = population.database();
    let (kills, count) = sized((4, 3_000), (50, 100_000));
    let receiver = Receiver::answering(SECRET, |received| if received.number % 101 == 0 { 500 } else { 200 });
    let mut chance = Chance::new();
    let mut server = Server::on(&database, ARGUMENTS);
    create(&server, "W", &receiver);
    append_many(&database, count);
    let mut killed_between = 0;
    for kill in 1..=kills {
        let due = usize::try_from(count * kill / (kills + 2)).expect("a number");
        receiver.until_taken(due);
        std::thread::sleep(chance.time_below(Duration::from_millis(50)));
        server.kill();
        let before = receiver.taken().len();
        killed_between += usize::from(before < usize::try_from(count).expect("a number"));
        server = Server::listening(&database, serving(REPRISE, &[], &database, ARGUMENTS));
        server.ready();
    }
    until_done(&server, "W");
    let positions = receiver.taken();
    assert_all_in_order(&positions, count);
    let again = positions.len() - usize::try_from(count).expect("a number");
    let most = usize::try_from(kills).expect("a number") * GROUP_EVENTS;
    say(&format!(
        "{count} events, {kills} kills, {killed_between} before all were sent, {again} sent again"
    ));
    assert!(again <= most, "{again} were sent again after {kills} kills");
    assert!(killed_between > 0, "no kill fell while events were sent");
    assert!(receiver.received().iter().all(|received| received.is_signed));

    let number = shown(&server, "W")["number"].clone();
    let metrics = server.metrics();
    for words in [
        format!("reprise_webhook_attempts_total{{webhook=\"{number}\",outcome=\"taken\"}}"),
        format!("reprise_webhook_behind_events{{webhook=\"{number}\"}} 0"),
    ] {
        assert!(metrics.contains(&words), "{words}: {metrics}");
    }
    assert!(!metrics.contains(PAYER), "{metrics}");
    // Asked to end, it does, with a webhook that has nothing to be sent as well.
    assert_eq!(server.end().0, Some(0));
}

#[test]
fn two_servers_share_webhooks_and_one_takes_over_those_of_the_other_when_that_is_killed() {
    let Some(cluster) = reprise_test_postgres::shared() else {
        return;
    };
    let population = Population::generated(Engine::Postgres(cluster), 100);
    let database = population.database();
    let (one, other) = (Server::on(&database, ARGUMENTS), Server::on(&database, ARGUMENTS));
    let receivers = ["A", "B", "C", "D"].map(|code| {
        let receiver = Receiver::answering(SECRET, |_| {
            std::thread::sleep(Duration::from_millis(1));
            200
        });
        create(&one, code, &receiver);
        (code, receiver)
    });
    append_many(&database, 500);
    for (_, receiver) in &receivers {
        receiver.until_taken(100);
    }
    one.kill();
    append_many(&database, 100);
    for (code, receiver) in &receivers {
        let received = receiver.until("every event has come", |received| {
            taken(received).iter().collect::<BTreeSet<_>>().len() == 600
        });
        until_done(&other, code);
        assert_all_in_order(&taken(&received), 600);
    }
}
