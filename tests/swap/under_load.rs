//! Generations are activated and rolled back while clients count, explain and create claims: no request fails, and each is
//! answered by one generation. `REPRISE_SOAK=1` has it go on for a minute with 50 activations and 10 rollbacks.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reprise_engine::Digest;
use serde_json::json;

use super::fixture::{Color, activate, because, install_both};
use crate::http::client::Client;
use crate::intake::family::{ACME, patient, procedure, procedure_number};
use crate::reprocess::world::{World, on_both_set_up};
use crate::support::claim_line;
use crate::support::draw::soaks;

const CLIENTS: usize = 8;
/// Claims of the payer's side, with a line each.
const CLAIMS: u64 = 50;
/// Procedures of a patient.
const PROCEDURES: u64 = 99;
/// No request may take longer. It is far more than one takes: what counts is that none hangs.
const DEADLINE: Duration = Duration::from_secs(30);

/// How often is activated, how often rolled back, and how long a swap is waited for.
fn swaps() -> (usize, usize, Duration) {
    if soaks() {
        (50, 10, Duration::from_millis(1_000))
    } else {
        (12, 4, Duration::from_millis(150))
    }
}

fn patients() -> u64 {
    if soaks() { 400 } else { 60 }
}

fn lines() -> String {
    let mut lines: String = (0..CLAIMS)
        .map(|number| claim_line(&format!("C{number}"), &json!({})))
        .collect();
    for number in 1..=patients() {
        lines += &patient(ACME, number, "d");
        for place in 1..=PROCEDURES {
            lines += &procedure(ACME, number, place, json!({}));
        }
    }
    lines
}

/// What the clients have seen.
#[derive(Default)]
struct Seen {
    stopped: AtomicBool,
    next_procedure: AtomicU64,
    answers: Mutex<BTreeMap<(&'static str, &'static str), u64>>,
}

impl Seen {
    fn note(&self, what: &'static str, color: Color) {
        *self
            .answers
            .lock()
            .expect("a lock")
            .entry((what, color.as_str()))
            .or_default() += 1;
    }
}

fn color_of(is_red: bool) -> Color {
    if is_red { Color::Red } else { Color::Blue }
}

/// Counts; by red rules every claim is hit, by blue ones none.
fn count(client: &Client) -> Color {
    let request = json!({ "reprocess": false, "processType": "CLAIM" });
    let answer = client
        .post_json("/api/claimsreprocesscount", &request)
        .expect(200)
        .json();
    let count = answer["count"].as_u64().expect("a count");
    assert!(
        count == CLAIMS || count == 0,
        "some are red and some are blue: {answer}"
    );
    color_of(count == CLAIMS)
}

/// Asks why a claim is hit or not; each finding names the color that it is of.
fn explain(client: &Client) -> Color {
    let request = json!({ "reprocess": false, "processType": "CLAIM" });
    let path = "/api/claimsreprocesscriteria/explain?claim=C7";
    let answer = client.post_json(path, &request).expect(200);
    let is_red = answer.json()["hit"].as_bool().expect("whether it is hit");
    let color = color_of(is_red);
    assert!(answer.text.contains(color.as_str()), "{}", answer.text);
    assert!(!answer.text.contains(color.other().as_str()), "{}", answer.text);
    color
}

/// Creates a claim for a procedure that is on none yet; none is left if nothing is answered.
fn create(client: &Client, seen: &Seen) -> Option<Color> {
    let number = seen.next_procedure.fetch_add(1, Ordering::Relaxed);
    let (patient, place) = (number / PROCEDURES + 1, number % PROCEDURES + 1);
    if patient > patients() {
        return None;
    }
    let body = json!({ "PatNum": patient, "procNums": [procedure_number(patient, place)], "ClaimType": "P" });
    let answer = client.post_json("/api/v1/claims", &body).expect(201).json();
    let born = answer["ClaimStatus"].as_str().expect("a status").to_owned();
    let color = Color::BOTH.into_iter().find(|color| color.born() == born);
    Some(color.unwrap_or_else(|| panic!("neither red nor blue: {answer}")))
}

fn within_deadline<T>(ask: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let answer = ask();
    assert!(started.elapsed() < DEADLINE, "a request outlived its deadline");
    answer
}

fn go_on(client: &Client, seen: &Seen, asking: usize) {
    let mut turn = asking;
    while !seen.stopped.load(Ordering::Relaxed) {
        match turn % 3 {
            0 => seen.note("count", within_deadline(|| count(client))),
            1 => seen.note("explain", within_deadline(|| explain(client))),
            _ => {
                if let Some(color) = within_deadline(|| create(client, seen)) {
                    seen.note("create", color);
                }
            }
        }
        turn += 1;
    }
}

#[test]
fn generations_are_swapped_under_load_and_every_answer_is_of_one() {
    on_both_set_up(&lines(), |_, _| (), |world| play(&world));
}

fn play(world: &World) {
    let host = &world.host;
    let colors = Color::BOTH.map(|color| (color, install_both(host, color)));
    let digests = |wanted: Color| colors.iter().find(|(color, _)| *color == wanted).expect("a color").1;
    let mut generations = BTreeMap::new();
    let first = activate(host, &digests(Color::Red), "to begin with");
    generations.insert(first.generation.expect("a generation"), Color::Red);
    let seen = Seen::default();
    let (activations, rollbacks, pause) = swaps();
    std::thread::scope(|scope| {
        for asking in 0..CLIENTS {
            let (client, seen) = (world.client.clone(), &seen);
            scope.spawn(move || {
                let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| go_on(&client, seen, asking)));
                // Whoever fails lets the others end.
                seen.stopped.store(true, Ordering::Relaxed);
                ended.unwrap_or_else(|failure| std::panic::resume_unwind(failure));
            });
        }
        let mut color = Color::Red;
        for swap in 0..activations + rollbacks {
            if seen.stopped.load(Ordering::Relaxed) {
                break;
            }
            let every = (activations + rollbacks) / rollbacks;
            if swap % every == every - 1 {
                // What was activated before is the other color, for they take turns.
                let back = host
                    .rules(Some(ACME), "jane")
                    .roll_back(None, because("it was better before"));
                let back = back.expect("a generation before").answer;
                color = generations[&back.generation.expect("a generation")];
            } else {
                color = color.other();
                let activated = activate(host, &digests(color), "the other color");
                assert_eq!(activated.hosts_missing, Vec::<String>::new());
                generations.insert(activated.generation.expect("a generation"), color);
            }
            // What is asked next is decided by it.
            assert_eq!(count(&world.client), color);
            assert_eq!(explain(&world.client), color);
            std::thread::sleep(pause);
        }
        seen.stopped.store(true, Ordering::Relaxed);
    });
    let answers = seen.answers.into_inner().expect("a lock");
    for what in ["count", "explain", "create"] {
        for color in Color::BOTH {
            let count = answers.get(&(what, color.as_str())).copied().unwrap_or(0);
            assert!(count > 0, "{what} was never {color:?}: {answers:?}");
        }
    }
    check_histories(world, &generations);
}

/// Each claim says by which generation it was born, and is born as that one has it.
fn check_histories(world: &World, generations: &BTreeMap<i64, Color>) {
    let (mut after, mut checked) = ("0-0".to_owned(), 0);
    loop {
        let path = format!("/api/audit?operation=create&limit=1000&after={after}");
        let page = world.client.get(&path).expect(200).json();
        let entries = page["entries"].as_array().expect("entries");
        if entries.is_empty() {
            break;
        }
        for entry in entries {
            let generation = entry["generation"].as_str().and_then(|number| number.parse().ok());
            let color = generations[&generation.unwrap_or_else(|| panic!("no generation of one's own: {entry}"))];
            assert_eq!(entry["details"]["claimStatus"], color.born(), "{entry}");
            assert_eq!(entry["rules"], Digest::of(color.status()).to_string(), "{entry}");
            checked += 1;
        }
        after = page["next"].as_str().expect("where to go on").to_owned();
    }
    assert!(checked > 0, "no claim was created");
}
