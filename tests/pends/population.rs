//! Every claim of a population: each link that it shows, when followed, succeeds and changes exactly what it says; every
//! operation without a link is refused and changes nothing, but one that was done already is a success that changes
//! nothing. `REPRISE_SOAK=1` asks far more claims.

use std::collections::BTreeMap;
use std::time::Duration;

use reprise_model::Claim;
use reprise_store::{ClaimChange, ClaimToWrite};
use serde_json::{Value, json};

use super::drawn::{Population, Random};
use super::fixture::{number, places, post};
use super::plain::{Asked, Done, Reading, all_that_can_be_asked, link_of_reason, links_of_claim, reading};
use super::shown::links_in_xml;
use crate::http::who::USER;
use crate::reprocess::world::{World, on_both};
use crate::support::draw::soaks;

/// A claim as it is kept, its change and the entries of its history, and how far changes and events are.
type Mark = (Vec<u8>, u64, usize, u64, u64);

/// How often what came of it, by operation, so that the story can tell that it showed something.
type Tally = BTreeMap<(&'static str, &'static str), usize>;

/// A claim of the population.
struct Standing<'a> {
    world: &'a World,
    publishing: &'a [String],
    /// Whether some work holds it.
    held: bool,
    code: &'a str,
    id: i64,
    /// The entries of its history and the events that were seen.
    seen: (i64, u64),
    /// The rows of its pend history.
    rows: Vec<Value>,
}

impl Standing<'_> {
    /// The claim as it is shown, with its links and without them.
    fn shown(&self) -> (Value, Value) {
        let path = format!("/api/generic/claims/{}", self.id);
        let shown = self.world.client.get(&path).expect(200).json();
        let mut bare = shown.clone();
        remove_links(&mut bare);
        (shown, bare)
    }

    fn kept(&self) -> Claim {
        let kept = self.world.store.claim_by_id("ACME", self.id);
        kept.expect("a read").expect("a claim")
    }

    /// Has the claim be as it was.
    fn restore(&self, claim: &Claim) {
        let store = &self.world.store;
        let now = store.claims_by_id("ACME", &[self.id]).expect("a read").remove(0);
        let change = ClaimChange {
            id: self.id,
            seen: now.change_sequence,
            claim: ClaimToWrite::encode(claim.clone()).expect("a claim that can be kept"),
        };
        let written = store.write(|transaction| transaction.change_claims(&[change]));
        assert_eq!(written, Ok(vec![true]));
        assert_eq!(self.kept(), *claim);
    }

    /// All that is to stay as it is.
    fn mark(&self) -> Mark {
        let store = &self.world.store;
        let kept = store.claims_by_id("ACME", &[self.id]).expect("a read").remove(0);
        let history = store.claim_history("ACME", self.id, 0, 1_000_000).expect("a history");
        let (changes, events) = (store.change_sequence(), store.event_position());
        (
            kept.body,
            kept.change_sequence,
            history.len(),
            changes.expect("a number"),
            events.expect("a number"),
        )
    }

    /// The claim links to exactly what the text says, in JSON and in XML, and so do its pend reasons there. Answers each of
    /// those that are shown by themselves too, and its links.
    fn check_links(&self, shown: &Value, bare: &Value) -> Vec<(&'static str, Value, Value, Vec<Value>)> {
        let mut expected = links_of_claim(bare, self.held);
        assert_eq!(shown["links"], json!(expected), "{}: {bare}", self.code);
        let (mut reasons, mut all) = (Vec::new(), Vec::new());
        for ((level, of, reason), (_, _, shown)) in places(bare).into_iter().zip(places(shown)) {
            if level == "bill" {
                assert_eq!(shown.get("links"), None, "{shown}");
                continue;
            }
            let own = json!({ "href": path_of(level, &reason), "rel": "self", "httpMethod": "GET" });
            let mut links = vec![own];
            links.extend(link_of_reason(bare, self.held, level, &reason));
            assert_eq!(shown["links"], json!(links), "{}: {shown}", self.code);
            all.extend(links.iter().cloned());
            reasons.push((level, of, reason, links));
        }
        // In XML the links of its pend reasons come before its own, as its lists do.
        all.append(&mut expected);
        let xml = self.world.client.get_xml(&format!("/api/generic/claims/{}", self.id));
        assert_eq!(links_in_xml(&xml), relations(&all), "{}", self.code);
        reasons
    }

    /// A pend reason that is shown by itself shows and links to the same as where it is attached, and to its claim.
    fn check_reason(&self, level: &str, of: &Value, reason: &Value, mut links: Vec<Value>) {
        let path = path_of(level, reason);
        let claim = json!({ "href": format!("/api/generic/claims/{}", self.id), "rel": "claim", "httpMethod": "GET" });
        links.insert(1, claim);
        let client = &self.world.client;
        let shown = client.get(&path).expect(200).json();
        for (name, expected) in [
            ("links", &json!(links)),
            ("code", &reason["code"]),
            ("resolved", &reason["resolved"]),
            ("claimCode", &json!(self.code)),
            ("line", of),
        ] {
            assert_eq!(shown[name], *expected, "{path}: {name}");
        }
        assert_eq!(links_in_xml(&client.get_xml(&path)), relations(&links), "{path}");
        assert_eq!(client.get(&path.replace("generic/", "")).expect(200).json(), shown);
    }

    /// Asks for something, holds what comes of it against the text, and answers the claim as it is shown then if it was
    /// done.
    fn ask(&mut self, before: &Value, asked: &Asked, tally: &mut Tally) -> Option<(Value, Value)> {
        let read = reading(before, self.held, asked, self.publishing, USER);
        let path = asked.path(before);
        let answer = post(&self.world.client, &path);
        let (status, word) = match &read {
            Reading::Done(_) => (303, "done"),
            Reading::Nothing => (303, "nothing"),
            Reading::Refused(404) => (404, "404"),
            Reading::Refused(status) => (*status, "409"),
        };
        *tally.entry((asked.operation(), word)).or_default() += 1;
        assert_eq!(answer.status, status, "{path} of {before}: {}", answer.text);
        if status == 303 {
            assert_eq!(answer.header("location"), asked.location(before), "{path} of {before}");
        }
        match read {
            Reading::Done(done) => Some(self.check_done(&path, *done, asked)),
            Reading::Nothing | Reading::Refused(_) => None,
        }
    }

    /// Asks for what comes to nothing, or is refused: all stays as it is.
    fn ask_in_vain(&mut self, before: &Value, asked: &Asked, mark: &Mark, tally: &mut Tally) {
        assert_eq!(
            self.ask(before, asked, tally),
            None,
            "{asked:?} of {before} has no link"
        );
        assert!(*mark == self.mark(), "{asked:?} of {before} has changed something");
    }

    fn check_done(&mut self, what: &str, mut done: Done, asked: &Asked) -> (Value, Value) {
        let (shown, after) = self.shown();
        if done.events.iter().any(|(kind, _)| kind == "claim.status-changed") {
            // A claim that is sent once more says when.
            assert!(after["dateSent"].is_string(), "{what}: {after}");
            for name in ["dateSent", "intake"] {
                done.claim[name] = after[name].clone();
            }
        }
        assert_eq!(after, done.claim, "{what}");
        let (entry, position) = self.seen;
        let store = &self.world.store;
        let history = store.claim_history("ACME", self.id, entry, 100).expect("a history");
        let told = history.iter();
        let told: Vec<_> = told
            .map(|entry| {
                (
                    entry.operation.as_str(),
                    entry.user.as_str(),
                    entry.activity,
                    &entry.details,
                )
            })
            .collect();
        assert_eq!(told, [(asked.operation(), USER, None, &done.details)], "{what}");
        let events = store.events("ACME", position, 1_000).expect("events");
        let told = events.iter();
        let told: Vec<_> = told
            .map(|event| (event.claim, event.kind.clone(), event.details.clone()))
            .collect();
        let expected = done.events.into_iter();
        let expected: Vec<_> = expected.map(|(kind, data)| (self.id, kind, data)).collect();
        assert_eq!(told, expected, "{what}");
        self.seen = (
            history.last().map_or(entry, |entry| entry.id),
            events.last().map_or(position, |event| event.position),
        );
        self.rows.extend(done.rows);
        (shown, after)
    }
}

/// Where a pend reason is shown by itself.
fn path_of(level: &str, reason: &Value) -> String {
    let resource = if level == "claim" {
        "claimpendreasons"
    } else {
        "claimlinependreasons"
    };
    format!("/api/generic/{resource}/{}", reason["id"].as_str().expect("an id"))
}

/// The relation and path of each link.
fn relations(links: &[Value]) -> Vec<(String, String)> {
    super::fixture::links(&json!({ "links": links }))
}

fn remove_links(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.remove("links");
            members.values_mut().for_each(remove_links);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_links),
        _ => {}
    }
}

/// What a claim links to, those of its pend reasons among it.
fn linked(bare: &Value, held: bool) -> Vec<Asked> {
    let all = all_that_can_be_asked(bare).into_iter();
    let mut hrefs = links_of_claim(bare, held);
    let places = places(bare).into_iter();
    hrefs.extend(places.filter_map(|(level, _, reason)| link_of_reason(bare, held, level, &reason)));
    all.filter(|asked| hrefs.iter().any(|link| link["href"] == asked.path(bare).as_str()))
        .collect()
}

fn check(standing: &mut Standing<'_>, random: &mut Random, tally: &mut Tally) {
    let original = standing.kept();
    let (shown, bare) = standing.shown();
    let numbers: Vec<_> = places(&bare).iter().map(|(_, _, reason)| number(reason)).collect();
    assert!(
        numbers.iter().copied().zip(1..).all(|(number, place)| number == place),
        "{bare}"
    );
    for (level, of, reason, links) in standing.check_links(&shown, &bare) {
        standing.check_reason(level, &of, &reason, links);
    }

    // What it does not link to, and then each link, on the claim as it is.
    let linked_to = linked(&bare, standing.held);
    let mark = standing.mark();
    for asked in all_that_can_be_asked(&bare) {
        if !linked_to.contains(&asked) {
            standing.ask_in_vain(&bare, &asked, &mark, tally);
        }
    }
    for asked in &linked_to {
        assert!(
            standing.ask(&bare, asked, tally).is_some(),
            "{asked:?} of {bare} has a link"
        );
        standing.restore(&original);
    }

    // One link after the other, until there is none.
    let mut now = bare;
    loop {
        let linked_to = linked(&now, standing.held);
        // To submit it ends it, so that is seldom the next.
        let chosen = match linked_to.as_slice() {
            [] => break,
            [Asked::Submit, others @ ..] if !others.is_empty() && random.below(8) > 0 => random.one_of(others),
            all => random.one_of(all),
        };
        let done = standing.ask(&now, chosen, tally);
        let (shown, after) = done.unwrap_or_else(|| panic!("{chosen:?} of {now} has a link"));
        standing.check_links(&shown, &after);
        // It is done by now, so it comes to nothing, or the claim is on its way.
        let mark = standing.mark();
        standing.ask_in_vain(&after, chosen, &mark, tally);
        now = after;
    }
    let path = format!("/api/claims/{}/pendhistory?limit=1000", standing.id);
    let history = standing.world.client.get(&path).expect(200).json();
    let rows = history["resolutions"].as_array().expect("rows").iter();
    let names = ["pendReason", "level", "of", "number", "user", "operation"];
    let rows: Vec<Value> = rows
        .map(|row| names.iter().map(|name| row[*name].clone()).collect())
        .collect();
    assert_eq!(rows, standing.rows, "{}", standing.code);
}

#[test]
fn every_link_succeeds_and_what_has_none_is_refused() {
    let population = Population::of(if soaks() { 3_000 } else { 60 });
    on_both(&population.lines, |world| {
        let by_code = |code: &String| {
            let claim = world.store.claim_by_code("ACME", code).expect("a read");
            claim.and_then(|claim| claim.id).expect("a claim")
        };
        let held: Vec<i64> = population.held.iter().map(by_code).collect();
        let day = Duration::from_secs(86_400);
        let locked = world
            .store
            .write(|transaction| transaction.lock_claims(&held, "activity 99", day));
        assert_eq!(locked, Ok(Vec::new()));
        let (mut random, mut tally) = (Random::seeded(), Tally::new());
        for code in &population.codes {
            let id = by_code(code);
            let mut standing = Standing {
                world,
                publishing: &population.publishing,
                held: held.contains(&id),
                code,
                id,
                seen: (0, world.position()),
                rows: Vec::new(),
            };
            check(&mut standing, &mut random, &mut tally);
        }
        for operation in [
            "submit",
            "resolve-pend",
            "resolve-line-pend",
            "resolve-claim-pend-reason",
            "resolve-line-pend-reason",
        ] {
            for word in ["done", "nothing", "404", "409"] {
                // A claim that is there is always one to submit or not.
                let is_shown = operation != "submit" || ["done", "409"].contains(&word);
                let count = tally.get(&(operation, word)).copied().unwrap_or_default();
                assert_eq!(count > 5, is_shown, "{operation} {word}: {count}");
            }
        }
        if soaks() {
            say(&tally);
        }
    });
}

/// Says what a soak has shown.
#[expect(clippy::print_stderr, reason = "figures that a soak is run for")]
fn say(tally: &Tally) {
    eprintln!("{tally:#?}");
}
