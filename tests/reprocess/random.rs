//! Claims and requests drawn at random: what becomes of each, whichever way it is asked for, is what the plain reading
//! says. `REPRISE_SOAK=1` draws far more.

use std::cell::Cell;
use std::fmt::Write as _;

use proptest::collection::vec;
use serde_json::{Value, json};

use super::drawn::{claim, options, pairs};
use super::plain::{Reprocessed, reading};
use super::world::{NAMES, World, line, merge, on_both};
use crate::http::client::JSON;
use crate::support::decided_by;
use crate::support::draw::draw;

/// The pend reasons of [`NAMES`] that open a task.
const PUBLISHING: [&str; 2] = ["LOUD", "LOUDER"];

/// How many claims were drawn that are processed again and that stay, so that the stories can tell that they showed
/// something.
#[derive(Default)]
struct Tally {
    payers: Cell<u32>,
    done: Cell<usize>,
    stays: Cell<usize>,
}

impl Tally {
    fn check(&self) {
        let (done, stays) = (self.done.get(), self.stays.get());
        assert!(done > 20 && stays > 5, "{done} were processed again, {stays} stayed");
    }
}

/// Claims that were brought in as those of a payer of their own.
struct Brought<'a> {
    world: &'a World,
    payer: String,
    /// The claims as they were.
    before: Vec<Value>,
    position: u64,
    tally: &'a Tally,
}

fn code(number: usize) -> String {
    format!("C{number:03}")
}

impl<'a> Brought<'a> {
    fn new<'c>(world: &'a World, tally: &'a Tally, claims: impl Iterator<Item = &'c Value>) -> Self {
        tally.payers.set(tally.payers.get() + 1);
        let payer = format!("PAYER-{}", tally.payers.get());
        let mut lines = NAMES.replace("ACME", &payer);
        let mut count = 0;
        for (number, claim) in claims.enumerate() {
            let mut claim = claim.clone();
            claim["code"] = code(number).into();
            claim["payer"] = payer.as_str().into();
            writeln!(lines, "{claim}").expect("room");
            count = number + 1;
        }
        world.import(&lines);
        let mut brought = Self {
            world,
            payer,
            before: Vec::new(),
            position: world.position(),
            tally,
        };
        brought.before = (0..count).map(|number| brought.claim(number)).collect();
        brought
    }

    fn claim(&self, number: usize) -> Value {
        let claim = self.world.store.claim_by_code(&self.payer, &code(number));
        serde_json::to_value(claim.expect("a claim").expect("a claim")).expect("JSON")
    }

    fn post(&self, path: &str, body: &Value) -> crate::http::client::Answer {
        self.world.client.as_of(&self.payer).post_json(path, body)
    }

    fn get(&self, path: &str) -> Value {
        self.world.client.as_of(&self.payer).get(path).expect(200).json()
    }

    /// The lines of an activity's data file, once it has ended.
    fn results(&self, path: &str) -> Vec<(String, String, Vec<String>)> {
        let ended = loop {
            let shown = self.get(path);
            if !["initial", "in process"].contains(&shown["status"].as_str().expect("a status")) {
                break shown;
            }
            std::thread::sleep(std::time::Duration::from_millis(2));
        };
        let file = crate::http::client::link(&ended, "file");
        let (_, _, bytes) = self.world.client.as_of(&self.payer).bytes(file, &[("accept", JSON)]);
        let text = String::from_utf8(bytes).expect("UTF-8");
        let lines = text.lines().map(|line| serde_json::from_str(line).expect("JSON"));
        lines.map(|entry| super::world::outcome(&entry)).collect()
    }

    /// Hold what became of the claims, and what is told of it, against the readings.
    fn check(&self, expected: &[Result<Reprocessed, &'static str>]) -> Result<(), String> {
        let decided_by = decided_by(&self.world.host);
        let mut told = Vec::new();
        let done = expected.iter().filter(|read| read.is_ok()).count();
        self.tally.done.set(self.tally.done.get() + done);
        self.tally.stays.set(self.tally.stays.get() + expected.len() - done);
        for (number, expected) in expected.iter().enumerate() {
            let before = &self.before[number];
            let id = before["id"].as_i64().expect("an id");
            let claim = self.claim(number);
            let history = self
                .world
                .store
                .claim_history(&self.payer, id, 0, 10)
                .expect("a history");
            // That a single request was refused is kept too, and shown elsewhere.
            let done = history
                .into_iter()
                .filter(|entry| entry.operation != "reprocess-refused");
            let details: Vec<_> = done.map(|entry| entry.details).collect();
            let (after, history) = match expected {
                Ok(done) => {
                    let mut details = done.details.clone();
                    merge(&mut details, &decided_by);
                    let events = done.events.iter();
                    told.extend(events.map(|(kind, data)| (id, kind.clone(), data.clone())));
                    (&done.claim, vec![details])
                }
                Err(_) => (before, Vec::new()),
            };
            if claim != *after {
                return Err(format!(
                    "claim {before}\nis now {claim}\nand by the plain reading {after}"
                ));
            }
            if details != history {
                return Err(format!(
                    "claim {before}\nhas history {details:?}\nand by the plain reading {history:?}"
                ));
            }
        }
        let events = self
            .world
            .store
            .events(&self.payer, self.position, u32::MAX)
            .expect("events");
        let events: Vec<_> = events
            .into_iter()
            .map(|event| (event.claim, event.kind, event.details))
            .collect();
        if events != told {
            return Err(format!("told is {events:?}\nand by the plain reading {told:?}"));
        }
        Ok(())
    }
}

/// The line of results that a reading comes to.
fn result_line(number: usize, read: &Result<Reprocessed, &'static str>) -> (String, String, Vec<String>) {
    match read {
        Ok(_) => line(&code(number), "S", "CLA-IP-REPR-022"),
        Err(message) => line(&code(number), "F", message),
    }
}

fn read(
    brought: &Brought<'_>,
    number: usize,
    asked: &Value,
    activity: Option<i64>,
) -> Result<Reprocessed, &'static str> {
    reading(&brought.before[number], asked, &PUBLISHING, "clerk", activity)
}

#[test]
fn single_requests_do_what_the_text_says() {
    on_both("", |world| {
        let tally = Tally::default();
        draw(10, 200, &pairs(1..=10), |pairs| {
            let brought = Brought::new(world, &tally, pairs.iter().map(|(claim, _)| claim));
            let mut expected = Vec::new();
            for (number, (_, asked)) in pairs.iter().enumerate() {
                let mut body = asked.clone();
                body["code"] = code(number).into();
                let answer = brought.post("/api/claimsreprocess", &body);
                let read = read(&brought, number, asked, None);
                let status = if read.is_ok() { 200 } else { 409 };
                let given = super::world::outcome(&answer.json()["resultMessages"][0]);
                if answer.status != status || given != result_line(number, &read) {
                    return Err(format!(
                        "{asked} of {} is answered {}",
                        brought.before[number], answer.text
                    ));
                }
                expected.push(read);
            }
            brought.check(&expected)
        });
        tally.check();
    });
}

#[test]
fn batches_do_what_the_text_says() {
    on_both("", |world| {
        let tally = Tally::default();
        draw(8, 200, &pairs(1..=100), |pairs| {
            let brought = Brought::new(world, &tally, pairs.iter().map(|(claim, _)| claim));
            let entries = pairs.iter().enumerate().map(|(number, (_, asked))| {
                let mut entry = asked.clone();
                entry["code"] = code(number).into();
                entry
            });
            let content: Value = entries.collect();
            let set = json!({ "code": "SET", "dataFiles": [{ "code": "IN" }] });
            brought.post("/api/datafilesets", &set).expect(201);
            brought
                .post("/api/datafilesets/SET/datafile/IN/data", &content)
                .expect(200);
            let parameters = json!({ "dataFileSetCode": "SET" });
            let start = json!({ "code": "REPROCESSCLAIMS_IMPORT", "level": "GL", "parameters": parameters });
            let started = brought.post("/api/activities/start", &start).expect(201);
            let path = started.header("location").to_owned();
            check_activity(&brought, &path, pairs.iter().map(|(_, asked)| asked), |_| true)
        });
        tally.check();
    });
}

#[test]
fn runs_do_what_the_text_says() {
    on_both("", |world| {
        let tally = Tally::default();
        let claims_and_options = (vec(claim(), 1..=60), options());
        draw(8, 200, &claims_and_options, |(claims, asked)| {
            let brought = Brought::new(world, &tally, claims.iter());
            let mut body = asked.clone();
            body["reprocess"] = true.into();
            body["processType"] = "CLAIM".into();
            let accepted = brought.post("/api/claimsreprocesscriteria", &body).expect(202);
            let path = accepted.header("location").to_owned();
            // In scope is what is of the type and in one of the seven statuses, settled and locked or not.
            let in_scope = |claim: &Value| {
                let mut free = claim.clone();
                free["settlementReason"] = Value::Null;
                free["lockedBy"] = Value::Null;
                let read = reading(&free, &asked, &PUBLISHING, "clerk", None);
                claim["processType"] == "CLAIM" && !matches!(read, Err("CLA-IP-REPR-013"))
            };
            check_activity(&brought, &path, claims.iter().map(|_| &asked), in_scope)
        });
        tally.check();
    });
}

/// The results of an activity, and what it did, on the claims that it is about; nothing of the others.
fn check_activity<'a>(
    brought: &Brought<'_>,
    path: &str,
    asked: impl Iterator<Item = &'a Value>,
    in_scope: impl Fn(&Value) -> bool,
) -> Result<(), String> {
    let id: i64 = path.rsplit('/').next().expect("an id").parse().expect("a number");
    let results = brought.results(path);
    let mut expected = Vec::new();
    let mut lines = Vec::new();
    for (number, asked) in asked.enumerate() {
        if in_scope(&brought.before[number]) {
            let read = read(brought, number, asked, Some(id));
            lines.push(result_line(number, &read));
            expected.push(read);
        } else {
            expected.push(Err("not in scope"));
        }
    }
    if results != lines {
        return Err(format!(
            "the results are {results:?}\nand by the plain reading {lines:?}"
        ));
    }
    brought.check(&expected)
}
