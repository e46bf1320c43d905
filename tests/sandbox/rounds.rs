//! The vice suite: one payer has every misbehaving guest decide, round after round, and another payer's requests go on as if
//! nothing were.
//!
//! Each guest is asked for what it fails on by several clients at once, and fails by its name or is quarantined by then; or
//! admission does not let it in. All the while every request of payer OTHER is answered by the default rules, within its
//! deadline; and the process does not grow from round to round. `REPRISE_SOAK=1` has all guests, more clients and more
//! time; without, a few guests of each sort.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reprise::{
    ActivatedNames, ActivationRequest, Configuration, Host, MachineCodeCache, NamedComponent, RuleSettings, SecretsKeys,
};
use reprise_engine::{Digest, RuleLimits};
use reprise_store::{InstallationState, NewComponent, NewInstallation, RuleKind, Store};
use serde_json::json;

use super::memory::{GROWTH_BYTES_MAX, in_a_process_of_its_own, resident_bytes};
use super::server::COUNT;
use super::tight_limits;
use super::vices::{Guest, Question, guests, lines, refused};
use crate::http::client::{Answer, Client};
use crate::intake::family::{ACME, patient, procedure, procedure_number};
use crate::support::draw::soaks;
use crate::support::{Place, claim_line};

/// The payer whose rules are the default ones.
const OTHER: &str = "OTHER";
/// How many of its clients go on.
const OTHERS: usize = 2;
/// Claims of its payer's side, with a line each.
const CLAIMS: u64 = 50;
/// Procedures of each of its patients.
const PROCEDURES: u64 = 99;
const ROUNDS: usize = 3;
/// No request may take longer. It is far more than one takes: what counts is that none hangs.
const DEADLINE: Duration = Duration::from_secs(30);
/// After how many faults a guest is quarantined, where any is: fewer than there are clients.
const FAULTS: u32 = 2;
/// How often is tried to have a guest decide: what it failed at before may be noted late, and quarantine it once more.
const ATTEMPTS: usize = 5;

/// Clients that ask a guest at once.
fn clients() -> usize {
    if soaks() { 8 } else { 3 }
}

fn patients() -> u64 {
    if soaks() { 500 } else { 60 }
}

/// How long the others' requests are looked at while nobody misbehaves.
fn quiet_time() -> Duration {
    Duration::from_secs(if soaks() { 15 } else { 2 })
}

// In processes of their own, because of the memory that is measured; on SQLite, because the memory of PostgreSQL is not this
// process's.

#[test]
fn guests_that_go_on_failing_cost_nobody_else_anything() {
    in_a_process_of_its_own("sandbox::rounds::while_faults_go_on");
}

#[test]
fn guests_that_are_quarantined_cost_nobody_else_anything() {
    in_a_process_of_its_own("sandbox::rounds::while_faults_lead_to_quarantine");
}

#[test]
#[ignore = "run by another story, in a process of its own"]
fn while_faults_go_on() {
    play(0, &["LOOP-IN-MATCH", "NO-FINDING", "loops-in-create"]);
}

#[test]
#[ignore = "run by another story, in a process of its own"]
fn while_faults_lead_to_quarantine() {
    play(FAULTS, &["GROW-IN-MATCH", "SHORT-BITMAP", "panics-in-reprocess"]);
}

/// Play the rounds, with guests that are quarantined after so many faults, never if 0.
fn play(quarantine_faults: u32, usual: &[&str]) {
    let chosen = (!soaks()).then_some(usual);
    let (guests, refused) = (guests(chosen), refused(chosen));
    let served = Served::with(quarantine_faults);
    let ((), waits) = served.beside(|| std::thread::sleep(quiet_time()));
    report("quiet", waits);
    let mut resident = Vec::new();
    for round in 1..=ROUNDS {
        let ((), waits) = served.beside(|| served.round(&guests, &refused));
        report(&format!("beside the guests of round {round}"), waits);
        resident.push(resident_bytes());
    }
    served.host.stop_activities();
    let (first, last) = (resident[0], resident[ROUNDS - 1]);
    let growth = last.saturating_sub(first);
    say(&format!("{} KiB on top of {} KiB", growth >> 10, first >> 10));
    assert!(
        growth <= GROWTH_BYTES_MAX,
        "after {ROUNDS} rounds there are {growth} bytes more than the {first} after the first"
    );
}

#[expect(clippy::print_stdout, reason = "figures for whoever runs the story alone")]
fn say(words: &str) {
    println!("{words}");
}

/// Say how long the others have waited.
fn report(when: &str, mut waits: Vec<Duration>) {
    assert!(!waits.is_empty(), "{when}: nobody else was answered");
    waits.sort_unstable();
    say(&format!(
        "{OTHER}, {when}: {} requests; half below {:.1?}, 99 of 100 below {:.1?}, all below {:.1?}",
        waits.len(),
        waits[waits.len() / 2],
        waits[waits.len() * 99 / 100],
        waits[waits.len() - 1]
    ));
}

/// A host that both payers ask, on a database of its own.
struct Served {
    host: Host,
    client: Client,
    /// The same database, beside the host.
    store: Arc<dyn Store>,
    quarantines: bool,
    next_procedure: AtomicU64,
    _place: Place,
}

/// How a request may end that asks a guest for what it fails on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Failed,
    Quarantined,
    /// Others of the same payer were first.
    NotItsTurn,
}

impl Served {
    fn with(quarantine_faults: u32) -> Self {
        let place = Place::with(&(lines() + &others_lines()));
        let key = place.path("key");
        SecretsKeys::create(&key).expect("a key");
        let mut configuration = Configuration::new(place.database());
        configuration.rule_limits = RuleLimits::same(tight_limits());
        configuration.rule_settings = RuleSettings {
            quarantine_faults,
            ..RuleSettings::default()
        };
        // What never ends when it is tried ends in a moment, too.
        configuration.admission.trial_fuel_max = 1_000_000_000;
        // A guest that decides again in the next round is not compiled again.
        configuration.machine_code_cache = Some(MachineCodeCache {
            directory: place.path("machine-code"),
            keys: SecretsKeys::read(&key).expect("the key"),
        });
        let host = Host::open(&configuration).expect("a host");
        host.load(|_, _| ()).expect("a loaded index");
        Self {
            client: Client::new(host.clone()),
            host,
            store: reprise_store::open(&configuration.database).expect("a database"),
            quarantines: quarantine_faults > 0,
            next_procedure: AtomicU64::new(0),
            _place: place,
        }
    }

    /// Do something while the others go on; answers how long each of their requests took.
    fn beside<T>(&self, work: impl FnOnce() -> T) -> (T, Vec<Duration>) {
        let stopped = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let stopped = &stopped;
            let others: Vec<_> = (0..OTHERS)
                .map(|asking| scope.spawn(move || self.go_on(asking, stopped)))
                .collect();
            // Whoever fails lets the others end.
            let done = catch_unwind(AssertUnwindSafe(work));
            stopped.store(true, Ordering::Relaxed);
            let ended = others.into_iter().map(|other| other.join());
            let waits = ended.flat_map(|ended| ended.unwrap_or_else(|failure| resume_unwind(failure)));
            let waits = waits.collect();
            (done.unwrap_or_else(|failure| resume_unwind(failure)), waits)
        })
    }

    /// Counts, explains and creates claims, one after the other.
    fn go_on(&self, asking: usize, stopped: &AtomicBool) -> Vec<Duration> {
        let client = self.client.as_of(OTHER);
        let mut waits = Vec::new();
        let mut turn = asking;
        while !stopped.load(Ordering::Relaxed) {
            let asked = Instant::now();
            match turn % 3 {
                0 => check_count(&client, CLAIMS),
                1 => check_explanation(&client),
                _ => self.create(&client),
            }
            let waited = asked.elapsed();
            assert!(waited < DEADLINE, "a request of {OTHER} took {waited:.1?}");
            waits.push(waited);
            turn += 1;
        }
        waits
    }

    /// Creates a claim for a procedure that is on none yet; none if no such procedure is left.
    fn create(&self, client: &Client) {
        let number = self.next_procedure.fetch_add(1, Ordering::Relaxed);
        let (patient, place) = (number / PROCEDURES + 1, number % PROCEDURES + 1);
        if patient > patients() {
            return;
        }
        let body = json!({ "PatNum": patient, "procNums": [procedure_number(patient, place)], "ClaimType": "P" });
        let claim = client.post_json("/api/v1/claims", &body).expect(201).json();
        assert_eq!(claim["ClaimStatus"], "W", "{claim}");
    }

    /// Every guest once.
    fn round(&self, guests: &[Guest], refused: &[(&[u8], &str)]) {
        let rules = self.host.rules(Some(ACME), "jane");
        for (bytes, words) in refused {
            let installed = rules.install(bytes, &[], None).expect("an answer");
            assert_eq!(installed.state, InstallationState::Refused, "{words}");
            let reason = installed.reason.expect("a reason");
            assert!(reason.contains(words), "{reason}\nis not: {words}");
        }
        for guest in guests {
            let digest = self.install(guest);
            self.activate(digest, guest.kind);
            for question in &guest.questions {
                self.ask(question);
            }
            if self.quarantines {
                self.until_quarantined(digest);
            }
            // The default rules decide for it at once where it is seen to.
            rules.deactivate(because("it is bad")).expect("a deactivation");
            check_that_it_decides(&self.client.as_of(ACME));
        }
    }

    /// Installs a guest for ACME. One that admission would refuse was let in by somebody else who has the same database.
    fn install(&self, guest: &Guest) -> Digest {
        let Some(name) = guest.let_in_as else {
            let installed = self.host.rules(Some(ACME), "jane").install(&guest.bytes, &[], None);
            let installed = installed.expect("an answer");
            assert_ne!(installed.state, InstallationState::Refused, "{:?}", installed.reason);
            return installed.digest;
        };
        let digest = Digest::of(&guest.bytes);
        let component = NewComponent {
            digest: digest.to_string(),
            kind: guest.kind,
            name: name.to_owned(),
            version: "0.1.0".to_owned(),
            contract: "0.1.0".to_owned(),
            bytes: guest.bytes.clone(),
        };
        let installation = NewInstallation {
            payer: Some(ACME.to_owned()),
            digest: component.digest.clone(),
            installed_by: "john".to_owned(),
        };
        let (from, to) = ([InstallationState::Received], InstallationState::Checked);
        let stored = self.store.write(|transaction| {
            transaction.store_component(&component)?;
            transaction.install_component(&installation)?;
            transaction.set_installation_state(Some(ACME), &component.digest, &from, to, None)
        });
        stored.expect("a component that is stored");
        digest
    }

    /// Has a guest decide for ACME, and the default rules what it is not for. What was quarantined in the round before is
    /// let back.
    fn activate(&self, digest: Digest, kind: RuleKind) {
        let named: NamedComponent = digest.to_string().parse().expect("a digest names a component");
        let others = RuleKind::ALL.iter().copied().filter(|other| *other != kind);
        let names = ActivatedNames {
            components: vec![named.clone()],
            defaults: others.collect(),
        };
        let rules = self.host.rules(Some(ACME), "jane");
        for _ in 0..ATTEMPTS {
            let Err(refusal) = rules.activate(&names, because("it is worth a try")) else {
                return;
            };
            assert!(
                self.quarantines && refusal.to_string().contains("is quarantined and cannot decide"),
                "{refusal}"
            );
            let reinstated = rules.reinstate(&named, "it may have been the machine", Duration::ZERO);
            reinstated.expect("a component that may decide again");
        }
        panic!("{digest} was quarantined again and again, though nobody asked it anything");
    }

    /// Several clients ask for the same at once, and each request ends.
    fn ask(&self, question: &Question) {
        let ends: Vec<End> = std::thread::scope(|scope| {
            let asking: Vec<_> = (0..clients())
                .map(|_| {
                    let client = self.client.as_of(ACME);
                    scope.spawn(move || {
                        let asked = Instant::now();
                        let end = end_of(question, &client.post_json(question.path, &question.body));
                        let waited = asked.elapsed();
                        assert!(waited < DEADLINE, "`{}` took {waited:.1?} to end", question.words);
                        end
                    })
                })
                .collect();
            let ended = asking.into_iter().map(|client| client.join());
            ended
                .map(|ended| ended.unwrap_or_else(|failure| resume_unwind(failure)))
                .collect()
        });
        let (failed, quarantined) = (ends.contains(&End::Failed), ends.contains(&End::Quarantined));
        let is_named = if self.quarantines {
            failed || quarantined
        } else {
            failed && !quarantined
        };
        assert!(is_named, "`{}`: {ends:?}", question.words);
    }

    fn until_quarantined(&self, digest: Digest) {
        let waiting = Instant::now();
        while waiting.elapsed() < DEADLINE {
            let installation = self.store.installation(Some(ACME), &digest.to_string());
            let installation = installation.expect("a database").expect("an installation");
            if installation.state == InstallationState::Quarantined {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("{digest} has failed, and nothing came of it");
    }
}

/// How a request has ended that asks a guest for what it fails on.
#[track_caller]
fn end_of(question: &Question, answer: &Answer) -> End {
    let says = |words| answer.text.contains(words);
    match answer.status {
        500 if says(question.words) => End::Failed,
        500 if says("it is quarantined: it failed ") => End::Quarantined,
        503 if says("failed a moment ago and decide one request at a time") => End::NotItsTurn,
        status => panic!("`{}`: {status} {}", question.words, answer.text),
    }
}

fn because(reason: &str) -> ActivationRequest<'_> {
    ActivationRequest {
        reason,
        wait_max: Duration::ZERO,
        once: None,
    }
}

/// What the other payer has, as import lines.
fn others_lines() -> String {
    let claim = |number| claim_line(&format!("O{number}"), &json!({ "payer": OTHER }));
    let mut lines: String = (0..CLAIMS).map(claim).collect();
    for number in 1..=patients() {
        lines += &patient(OTHER, number, "d");
        for place in 1..=PROCEDURES {
            lines += &procedure(OTHER, number, place, json!({}));
        }
    }
    lines
}

fn check_count(client: &Client, expected: u64) {
    let request = json!({ "reprocess": false, "processType": "CLAIM" });
    let answer = client.post_json(COUNT, &request).expect(200);
    assert_eq!(answer.json()["count"], expected, "{}", answer.text);
}

fn check_explanation(client: &Client) {
    let request = json!({ "reprocess": false, "processType": "CLAIM" });
    let path = "/api/claimsreprocesscriteria/explain?claim=O7";
    let answer = client.post_json(path, &request).expect(200);
    assert_eq!(answer.json()["hit"], true, "{}", answer.text);
}

/// There are claims with product `GOLD`.
fn check_that_it_decides(client: &Client) {
    let request = json!({ "reprocess": false, "processType": "CLAIM", "productCode": "GOLD" });
    let answer = client.post_json(COUNT, &request).expect(200);
    assert!(
        answer.json()["count"].as_u64().is_some_and(|count| count > 0),
        "{}",
        answer.text
    );
}
