//! Runs over the same claims, single requests, imports and adjudications, all at once: each claim is decided on what it
//! is when it is changed, nobody's change is lost, and everything ends.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use reprise_model::Claim;
use reprise_store::HistoryEntry;
use serde_json::{Value, json};

use super::database::{Engine, PAYER, Population, open};
use super::requests::{activity_id, data_file, start_run, until_ended};
use super::server::{OPERATOR, Server};
use super::{Chance, say, sized};

/// What imports give to claims, and nothing else does: reprocessing leaves it, so it is there as long as no change is
/// lost.
const MARK: &str = "VISION";

/// The runs: over all claims, over a half, over those of one status; some give pend reasons, so that others can take the
/// claim after them.
fn runs() -> Vec<Value> {
    let reasons = json!([{ "code": "UF1" }]);
    let run = |members: Value| {
        let mut request = json!({
            "reprocess": true, "processType": "CLAIM", "claimUnfinalizeReasonList": reasons,
        });
        let object = request.as_object_mut().expect("an object");
        object.extend(members.as_object().expect("an object").clone());
        request
    };
    vec![
        run(json!({ "claimPendReasonList": [{ "code": "PR-1" }] })),
        run(json!({ "reprocessMessageCode": "CUST1" })),
        run(json!({ "entryStartDate": "2024-01-01", "claimPendReasonList": [{ "code": "PR-2" }] })),
        run(json!({ "claimStatus": "FINALIZED", "setToHighPriority": true })),
    ]
}

/// What single requests and reports were answered.
#[derive(Default)]
struct Answered {
    /// How often a claim was changed, by operation and code.
    changes: HashMap<(&'static str, String), usize>,
    refused: usize,
}

/// Asks for single claims until the runs have ended: to be reprocessed, or as adjudicated.
fn ask_for_singles(server: &Server, codes: &[String], ended: &AtomicBool, answered: &Mutex<Answered>) {
    let mut chance = Chance::new();
    while !ended.load(Ordering::Relaxed) {
        let place = chance.below(codes.len() as u64);
        let code = &codes[usize::try_from(place).expect("a place")];
        let (operation, path, body) = if chance.below(2) == 0 {
            let reasons = json!([{ "code": "UF2" }]);
            let body = json!({ "code": code, "claimUnfinalizeReasonList": reasons });
            ("reprocess", "/api/claimsreprocess".to_owned(), body)
        } else {
            let path = format!("/api/claims/{code}/adjudicated");
            ("adjudicated", path, json!({ "status": "FINALIZED" }))
        };
        let answer = server.post_as("single", &path, &body);
        let mut answered = answered.lock().expect("nobody has panicked");
        match answer.status {
            200 => *answered.changes.entry((operation, code.clone())).or_default() += 1,
            409 => answered.refused += 1,
            _ => panic!("{path}: {answer:?}"),
        }
    }
}

/// Imports every tenth claim again with a mark, each as it was at first.
fn import_again(population: &Population<'_>, database: &str, lines: &[&str]) -> HashSet<String> {
    let mut codes = HashSet::new();
    let mut text = String::new();
    for line in lines.iter().step_by(10) {
        let mut claim: Value = serde_json::from_str(line).expect("JSON");
        codes.insert(claim["code"].as_str().expect("a code").to_owned());
        claim["formCode"] = MARK.into();
        text.push_str(&format!("{claim}\n"));
    }
    std::fs::write(population.directory().join("again.ndjson"), text).expect("a file");
    let imported = population
        .command(&[
            "import",
            "--strict",
            "--replace",
            "--database",
            database,
            "again.ndjson",
        ])
        .output()
        .expect("the command ends");
    assert!(
        imported.status.success(),
        "{}",
        String::from_utf8_lossy(&imported.stderr)
    );
    codes
}

/// Which claims an activity says to have scheduled, and how many others had taken before.
fn scheduled(server: &Server, location: &str) -> (HashSet<String>, usize) {
    let file = data_file(server, location, "application/json");
    let mut listed = HashSet::new();
    let (mut scheduled, mut overtaken) = (HashSet::new(), 0);
    for line in file.lines() {
        let entry: Value = serde_json::from_str(line).expect("JSON");
        let code = entry["elementId"].as_str().expect("a code").to_owned();
        assert!(listed.insert(code.clone()), "{line} is there twice");
        let message = entry["messages"][0]["code"].as_str().expect("a code");
        match message {
            "CLA-IP-REPR-022" => assert!(scheduled.insert(code)),
            "CLA-IP-REPR-013" | "REPRISE-REQ-024" => overtaken += 1,
            "CLA-IP-REPR-027" | "CLA-IP-REPR-028" => {}
            _ => panic!("{line}"),
        }
    }
    (scheduled, overtaken)
}

/// A claim is what its history makes of what it was: no change was made on anything but the change before.
fn check_claim(before: &Claim, after: &Claim, history: &[HistoryEntry], is_imported: bool) {
    let mut status = before.status.as_str().to_owned();
    // An import is no entry, and sets the claim back to what it was: once at most.
    let mut may_be_set_back = is_imported;
    for entry in history {
        let found = entry.details["statusBefore"].as_str().expect("a status");
        if found != status && may_be_set_back {
            may_be_set_back = false;
            before.status.as_str().clone_into(&mut status);
        }
        assert_eq!(found, status, "{} {history:?}", before.code);
        entry.details["statusAfter"]
            .as_str()
            .expect("a status")
            .clone_into(&mut status);
    }
    if after.status.as_str() != status && may_be_set_back {
        before.status.as_str().clone_into(&mut status);
    }
    assert_eq!(after.status.as_str(), status, "{} {history:?}", before.code);
    if is_imported {
        assert_eq!(after.form_code.as_deref(), Some(MARK), "{} {history:?}", before.code);
    } else {
        assert_eq!(after.form_code, before.form_code, "{}", before.code);
        let stamped = history.iter().any(|entry| entry.details["message"] == "CUST1");
        assert_eq!(
            after.messages.iter().any(|message| message == "CUST1"),
            stamped,
            "{}",
            before.code
        );
        let is_high = history.iter().any(|entry| entry.details["highPriority"] == true);
        assert_eq!(after.high_priority, before.high_priority || is_high, "{}", before.code);
    }
    let amounts = |claim: &Claim| claim.lines.iter().map(|line| line.allowed_amount).collect::<Vec<_>>();
    assert_eq!(amounts(after), amounts(before), "{}", before.code);
}

fn check(what: &str, engine: Engine<'_>) {
    let population = Population::generated(engine, sized(4_000, 100_000));
    let database = population.database();
    let text = population.lines();
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("\"kind\":\"claim\""))
        .collect();
    let codes: Vec<String> = (1..=lines.len()).map(|number| format!("C{number:08}")).collect();
    let store = open(&database);
    let claim = |code: &String| store.claim_by_code(PAYER, code).expect("a read").expect("a claim");
    let before: Vec<Claim> = codes.iter().map(claim).collect();

    let server = Server::on(&database, &["--lease-seconds", "2"]);
    let (ended, answered) = (AtomicBool::new(false), Mutex::<Answered>::default());
    let (locations, imported) = std::thread::scope(|scope| {
        let singles = || ask_for_singles(&server, &codes, &ended, &answered);
        let asking = [scope.spawn(singles), scope.spawn(singles)];
        let importing = scope.spawn(|| import_again(&population, &database, &lines));
        let work = || {
            let locations: Vec<String> = runs().iter().map(|request| start_run(&server, request)).collect();
            for location in &locations {
                let progress = until_ended(&server, location);
                assert!(progress.status.starts_with("completed"), "{progress:?}");
            }
            locations
        };
        // Whoever asks is told to end, also when the runs fail.
        let worked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        let imported = importing.join();
        ended.store(true, Ordering::Relaxed);
        let asked = asking.map(std::thread::ScopedJoinHandle::join);
        assert!(asked.iter().all(Result::is_ok), "a single request failed");
        (worked.expect("runs that end"), imported.expect("an import"))
    });

    let mut by_run = HashMap::new();
    let mut overtaken_of_all = 0;
    for location in &locations {
        let (scheduled, overtaken) = scheduled(&server, location);
        by_run.insert(activity_id(location), scheduled);
        overtaken_of_all += overtaken;
    }
    let answered = answered.into_inner().expect("nobody has panicked");
    say(&format!(
        "{what}: runs scheduled {} claims and were overtaken at {overtaken_of_all}; single requests changed {} and were \
         refused {}; {} were imported again",
        by_run.values().map(HashSet::len).sum::<usize>(),
        answered.changes.values().sum::<usize>(),
        answered.refused,
        imported.len()
    ));
    let mut entries: HashMap<i64, usize> = HashMap::new();
    for (code, before) in codes.iter().zip(&before) {
        let after = claim(code);
        let id = after.id.expect("an id");
        let mut history = store.claim_history(PAYER, id, 0, 1_000).expect("a history");
        // What was refused has changed nothing.
        history.retain(|entry| entry.operation != "reprocess-refused");
        for (operation, user) in [("reprocess", "single"), ("adjudicated", "single")] {
            let of_singles = history
                .iter()
                .filter(|entry| entry.operation == operation && entry.user == user);
            let answered = answered.changes.get(&(operation, code.clone())).copied().unwrap_or(0);
            assert_eq!(of_singles.count(), answered, "{operation} of {code}");
        }
        let of_runs = history
            .iter()
            .filter(|entry| entry.operation == "reprocess" && entry.user == OPERATOR);
        for entry in of_runs {
            let run = entry.activity.expect("an activity");
            *entries.entry(run).or_default() += 1;
            assert!(by_run[&run].contains(code), "{code} has an entry of {run} and no line");
        }
        check_claim(before, &after, &history, imported.contains(code));
    }
    for (run, scheduled) in &by_run {
        // No claim has two entries of a run, since there are as many as lines and each has one.
        assert_eq!(entries.get(run).copied().unwrap_or(0), scheduled.len(), "{run}");
    }
    let ids: Vec<i64> = before.iter().filter_map(|claim| claim.id).collect();
    assert_eq!(store.claim_locks(&ids).expect("locks"), []);
    assert!(!answered.changes.is_empty() && answered.refused > 0, "nothing raced");
}

#[test]
fn nobody_loses_a_change_when_runs_requests_imports_and_reports_meet_on_sqlite() {
    check("races on SQLite", Engine::Sqlite);
}

#[test]
fn nobody_loses_a_change_when_runs_requests_imports_and_reports_meet_on_postgresql() {
    if let Some(cluster) = reprise_test_postgres::shared() {
        check("races on PostgreSQL", Engine::Postgres(cluster));
    }
}
