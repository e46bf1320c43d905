//! What an activity has left behind, without what may differ between two that did the same: times and surrogate ids.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write;
use std::ops::ControlFlow;

use reprise_store::{ClaimScan, Store};
use serde_json::Value;

use super::database::{PAYER, Population, open};
use super::requests::{Progress, activity_id, data_file, everything, progress, start_run, until_ended};
use super::server::Server;
use super::sized;

/// What an activity has left behind, once it has ended.
pub(super) struct Outcome {
    pub(super) progress: Progress,
    /// The data file in XML.
    file: String,
    /// A digest of each exported line.
    lines: Vec<u64>,
    /// By claim: operation, user and details of each entry, in order.
    history: BTreeMap<i64, Vec<String>>,
    /// By claim: kind and details of each event, in order.
    events: BTreeMap<i64, Vec<String>>,
}

impl Outcome {
    /// What a run over everything leaves behind that nothing disturbs.
    #[track_caller]
    pub(super) fn undisturbed(population: &Population<'_>) -> Self {
        let database = population.database();
        let server = Server::on(&database, &[]);
        let location = start_run(&server, &everything());
        until_ended(&server, &location);
        Self::of(&server, &database, &location)
    }

    /// Gathers it, and checks what must hold of any: a result line for each claim in scope and no two for one, a history
    /// entry of this activity for each that says `scheduled`, no claim held, an index that knows all claims.
    #[track_caller]
    pub(super) fn of(server: &Server, database: &str, location: &str) -> Self {
        let activity = activity_id(location);
        let store = open(database);
        let (history, locks) = histories(store.as_ref(), activity);
        assert_eq!(locks, 0, "claims are held");
        let results = data_file(server, location, "application/json");
        // A batch may name a claim several times.
        let is_run = server.get(location)["code"] == "REPROCESSCLAIMS_CRITERIA";
        let mut codes = HashSet::new();
        let mut scheduled = 0;
        for line in results.lines() {
            let entry: Value = serde_json::from_str(line).expect("JSON");
            let code = entry["elementId"].as_str().expect("a code").to_owned();
            scheduled += usize::from(entry["messages"][0]["code"] == "CLA-IP-REPR-022");
            assert!(codes.insert(code) || !is_run, "{line} is there twice");
        }
        let progress = progress(server, location);
        assert_eq!(progress.handled(), results.lines().count() as u64);
        assert_eq!(progress.succeeded, scheduled as u64);
        assert_eq!(history.values().map(Vec::len).sum::<usize>(), scheduled);
        let metrics = server.metrics();
        let indexed = format!("\nreprise_index_claims {}\n", store.claim_count(None).expect("a count"));
        assert!(metrics.contains(&indexed), "{indexed}: {metrics}");
        Self {
            progress,
            file: data_file(server, location, "application/xml"),
            lines: exported(store.as_ref()),
            history,
            events: events(store.as_ref()),
        }
    }

    /// It is what the other one is.
    #[track_caller]
    pub(super) fn assert_same(&self, undisturbed: &Self) {
        assert_eq!(self.progress, undisturbed.progress);
        // Whole files would be no message that anybody reads.
        let (file, expected) = (self.file.lines(), undisturbed.file.lines());
        let differing = file.zip(expected).find(|(line, expected)| line != expected);
        assert_eq!(differing, None, "the data files differ");
        assert!(
            self.file == undisturbed.file,
            "one data file goes on where the other ends"
        );
        let differing = (0..self.lines.len()).find(|&line| self.lines[line] != undisturbed.lines[line]);
        assert_eq!(differing, None, "an exported line differs");
        assert_eq!(self.lines.len(), undisturbed.lines.len());
        assert_same_by_claim("history", &self.history, &undisturbed.history);
        assert_same_by_claim("events", &self.events, &undisturbed.events);
    }
}

#[track_caller]
fn assert_same_by_claim(what: &str, found: &BTreeMap<i64, Vec<String>>, expected: &BTreeMap<i64, Vec<String>>) {
    for (claim, expected) in expected {
        assert_eq!(found.get(claim), Some(expected), "{what} of claim {claim}");
    }
    assert_eq!(found.len(), expected.len(), "{what} of claims that should have none");
}

/// The histories of all claims, which are all this activity's, and how many claims are held.
fn histories(store: &dyn Store, activity: i64) -> (BTreeMap<i64, Vec<String>>, usize) {
    let (mut histories, mut locks) = (BTreeMap::new(), 0);
    let ids = claims_changed_after(store, 0);
    for chunk in ids.chunks(1_000) {
        locks += store.claim_locks(chunk).expect("locks").len();
        for &id in chunk {
            let entries = store.claim_history(PAYER, id, 0, 1_000).expect("a history");
            if entries.is_empty() {
                continue;
            }
            let told = entries.into_iter().map(|entry| {
                assert_eq!(entry.activity, Some(activity), "{entry:?}");
                format!("{} {} {}", entry.operation, entry.user, entry.details)
            });
            histories.insert(id, told.collect());
        }
    }
    (histories, locks)
}

/// Each claim that was changed, and no other, has its result line, at any moment of an activity that began after this change.
#[track_caller]
pub(super) fn check_halfway(database: &str, location: &str, before: u64) {
    let (store, id) = (open(database), activity_id(location));
    let activity = store.activity(PAYER, id).expect("a read").expect("an activity");
    let mut results = 0;
    let mut next = 0;
    while let Some((number, chunk)) = store.result_chunk(PAYER, id, next).expect("a read") {
        results += chunk.len() as u64;
        next = number + 1;
    }
    let counts = activity.counts;
    assert_eq!(results, counts.succeeded + counts.failed);
    let changed = claims_changed_after(store.as_ref(), before);
    assert_eq!(changed.len() as u64, counts.succeeded);
    let entries = |id: &i64| store.claim_history(PAYER, *id, 0, 10).expect("a history").len();
    // A look at each would take longer than the run.
    assert!(changed.iter().step_by(sized(20, 500)).all(|id| entries(id) == 1));
}

/// The ids of the claims that were changed after this change.
pub(super) fn claims_changed_after(store: &dyn Store, sequence: u64) -> Vec<i64> {
    let mut ids = Vec::new();
    store
        .scan_claims(ClaimScan::ChangedAfter(sequence), &mut |chunk| {
            ids.extend(chunk.into_iter().map(|claim| claim.id));
            ControlFlow::Continue(())
        })
        .expect("claims");
    ids
}

fn events(store: &dyn Store) -> BTreeMap<i64, Vec<String>> {
    let mut events: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    let mut after = 0;
    loop {
        let page = store.events(PAYER, after, 1_000).expect("events");
        let Some(last) = page.last() else { return events };
        after = last.position;
        for mut event in page {
            if let Some(details) = event.details.as_object_mut() {
                details.remove("activity");
            }
            let told = format!("{} {}", event.kind, event.details);
            events.entry(event.claim).or_default().push(told);
        }
    }
}

/// A digest of each line of an export.
fn exported(store: &dyn Store) -> Vec<u64> {
    let mut digests = Digests::default();
    reprise_interchange::export(store, None, &mut digests, &mut reprise_interchange::NoProgress).expect("an export");
    digests.lines
}

/// Takes lines and keeps their digests.
#[derive(Default)]
struct Digests {
    lines: Vec<u64>,
    open: DefaultHasher,
}

impl Write for Digests {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut parts = bytes.split(|byte| *byte == b'\n').peekable();
        while let Some(part) = parts.next() {
            // Byte by byte, since a line may come in pieces of any length.
            part.iter().for_each(|byte| byte.hash(&mut self.open));
            if parts.peek().is_some() {
                self.lines.push(std::mem::take(&mut self.open).finish());
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
