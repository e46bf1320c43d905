//! From installation to rollback: what stands where, what decides, and what is refused in which words.

use std::time::Duration;

use reprise::{HostError, RulesManagement};
use reprise_engine::{AdmissionLimits, CallLimits, RuleEngine};
use reprise_store::{AuditOf, InstallationState, RuleKind, Store};
use serde_json::Value;

use super::{REASON, activate, install, lines, named, names, refused, request, roll_back, variant};
use crate::access::audit_after;
use crate::components::{ANY_DIAGNOSIS, RIVERSIDE_DENTAL};
use crate::reprocess::world::on_both;

/// Where a component stands for a payer, or for the platform.
#[track_caller]
fn state(store: &dyn Store, payer: Option<&str>, digest: &str) -> Option<InstallationState> {
    let found = store.installation(payer, digest).expect("a read");
    found.map(|found| found.state)
}

/// What was done to the rules of ACME, by operation, and whether it was refused.
fn audited(store: &dyn Store) -> Vec<(String, bool)> {
    let entries = audit_after(store, AuditOf::Payer("ACME"), 0).into_iter();
    let of_rules =
        entries.filter(|entry| entry.operation.ends_with("_rules") || entry.operation.ends_with("_component"));
    of_rules.map(|entry| (entry.operation, entry.refused)).collect()
}

#[test]
fn a_component_is_installed_once_and_decides_when_it_is_activated() {
    on_both(&lines(), |world| {
        let store = world.store.as_ref();
        let rules = world.host.rules(Some("ACME"), "jane");
        let installed = rules.install(ANY_DIAGNOSIS, &[], None).expect("an answer");
        assert_eq!(
            (installed.state, installed.already),
            (InstallationState::Checked, false)
        );
        assert!(installed.report.is_some_and(|report| report.refusal().is_none()));
        let digest = installed.digest.to_string();

        let again = rules.install(ANY_DIAGNOSIS, &[], None).expect("an answer");
        assert_eq!((again.digest, again.already), (installed.digest, true));
        assert_eq!(rules.list().expect("a list").len(), 1);

        let activated = activate(&rules, &["any-diagnosis@0.1.0"]);
        assert_eq!((activated.generation, activated.claim_status), (Some(1), None));
        assert_eq!(activated.criteria.as_ref(), Some(&digest));
        assert_eq!(state(store, Some("ACME"), &digest), Some(InstallationState::Active));
        let active = rules.active_generation().expect("a read").expect("a generation");
        assert_eq!((active.user.as_str(), active.reason.as_str()), ("jane", REASON));
        let inspected = rules.inspect(&named(&digest[..8])).expect("a component");
        assert_eq!(inspected.generations, [active]);
        assert_eq!(
            audited(store),
            [
                ("install_component".to_owned(), false),
                ("activate_rules".to_owned(), false)
            ]
        );

        let of_zenith = world.host.rules(Some("ZENITH"), "john");
        refused(of_zenith.inspect(&named(&digest)), "that is installed for payer ZENITH");
        assert_eq!(of_zenith.list().expect("a list"), []);
        assert_eq!(of_zenith.active_generation().expect("a read"), None);
    });
}

#[test]
fn what_is_not_named_goes_on_deciding() {
    on_both(&lines(), |world| {
        let rules = world.host.rules(Some("ACME"), "jane");
        let criteria = install(&rules, ANY_DIAGNOSIS);
        let claim_status = install(&rules, RIVERSIDE_DENTAL);
        let both = activate(&rules, &[&criteria, &claim_status]);
        assert_eq!(
            (both.criteria.as_ref(), both.claim_status.as_ref()),
            (Some(&criteria), Some(&claim_status))
        );

        let next = install(&rules, &variant(ANY_DIAGNOSIS, 1));
        let one = activate(&rules, &[&next]);
        assert_eq!(
            (one.criteria.as_ref(), one.claim_status.as_ref()),
            (Some(&next), Some(&claim_status))
        );
        assert_eq!(
            state(world.store.as_ref(), Some("ACME"), &criteria),
            Some(InstallationState::Draining)
        );

        let mut default = names(&[]);
        default.defaults = vec![RuleKind::ClaimStatus];
        let left = rules.activate(&default, request(REASON)).expect("activated").answer;
        assert_eq!((left.criteria.as_ref(), left.claim_status), (Some(&next), None));
        let mut nothing = names(&[]);
        nothing.defaults = RuleKind::ALL.to_vec();
        refused(rules.activate(&nothing, request(REASON)), "name one, or deactivate");
    });
}

#[test]
fn two_rollbacks_go_two_back() {
    on_both(&lines(), |world| {
        let rules = world.host.rules(Some("ACME"), "jane");
        refused(
            rules.roll_back(None, request(REASON)),
            "payer ACME has nothing to go back from",
        );
        refused(rules.deactivate(request(REASON)), "has no rules of its own that decide");
        for note in 1..=3 {
            let digest = install(&rules, &variant(ANY_DIAGNOSIS, note));
            assert_eq!(activate(&rules, &[&digest]).generation, Some(note.into()));
        }
        assert_eq!(roll_back(&rules, None), Some(2));
        assert_eq!(roll_back(&rules, None), Some(1));
        assert_eq!(roll_back(&rules, Some(3)), Some(3));
        refused(
            rules.roll_back(Some(3), request(REASON)),
            "generation 3 decides already",
        );
        refused(
            rules.roll_back(Some(9), request(REASON)),
            "There is no generation 9 of payer ACME",
        );
        let deactivated = rules.deactivate(request(REASON)).expect("deactivated").answer;
        assert_eq!((deactivated.generation, deactivated.criteria), (None, None));
        assert_eq!(rules.active_generation().expect("a read"), None);
        assert_eq!(roll_back(&rules, None), Some(3));
        let history = rules.history(None, 100).expect("a record");
        let kinds: Vec<_> = history.iter().rev().map(|entry| entry.kind.as_str()).collect();
        let expected = "activate activate activate rollback rollback rollback deactivate rollback";
        assert_eq!(kinds.join(" "), expected);
    });
}

#[test]
fn what_is_the_platforms_is_everybodys_default_and_may_be_activated_by_payers() {
    on_both(&lines(), |world| {
        let platform = world.host.rules(None, "root");
        refused(platform.deactivate(request(REASON)), "they cannot be deactivated");
        refused(
            platform.roll_back(None, request(REASON)),
            "the platform has no generation before the one that decides",
        );
        let digest = install(&platform, ANY_DIAGNOSIS);
        assert_eq!(activate(&platform, &[&digest]).generation, Some(2));
        assert_eq!(roll_back(&platform, None), Some(1));

        let rules = world.host.rules(Some("ACME"), "jane");
        assert_eq!(rules.list().expect("a list"), []);
        activate(&rules, &["any-diagnosis@0.1.0"]);
        let store = world.store.as_ref();
        assert_eq!(state(store, Some("ACME"), &digest), Some(InstallationState::Active));
        assert_eq!(state(store, None, &digest), Some(InstallationState::Draining));
    });
}

#[test]
fn what_cannot_be_activated_is_refused_by_name() {
    on_both(&lines(), |world| {
        let rules = world.host.rules(Some("ACME"), "jane");
        let one = install(&rules, ANY_DIAGNOSIS);
        let other = install(&rules, &variant(ANY_DIAGNOSIS, 1));
        let check =
            |components: &[&str], words: &str| refused(rules.activate(&names(components), request(REASON)), words);
        check(&["any-diagnosis@0.1.0"], "it is the name of several");
        check(
            &["any-diagnosis@9"],
            "There is no component `any-diagnosis@9` that is installed for payer ACME",
        );
        check(&[&one, &other], "are both of kind criteria; name one");
        check(&[], "none is named");
        for (reason, words) in [
            ("", "it is empty"),
            (" ", "it is empty"),
            ("a\nb", "a control character"),
            (&"x".repeat(1_001), "1000 are allowed"),
        ] {
            refused(rules.activate(&names(&[&one]), request(reason)), words);
        }
        quarantine(world.store.as_ref(), Some("ACME"), &one);
        check(
            &[&one],
            "(any-diagnosis@0.1.0) is quarantined and cannot decide: it loops; name another in its place",
        );
        quarantine(world.store.as_ref(), Some("ACME"), &other);
        let again = rules.install(&variant(ANY_DIAGNOSIS, 1), &[], None).expect("an answer");
        assert_eq!((again.state, again.already), (InstallationState::Quarantined, true));
        assert_eq!(rules.active_generation().expect("a read"), None);
    });
}

/// The component faults too often.
fn quarantine(store: &dyn Store, payer: Option<&str>, digest: &str) {
    let quarantined = store.write(|transaction| {
        let from = InstallationState::ALL;
        transaction.set_installation_state(payer, digest, from, InstallationState::Quarantined, Some("it loops"))
    });
    assert_eq!(quarantined, Ok(true));
}

#[test]
fn nobody_goes_back_to_what_was_quarantined() {
    on_both(&lines(), |world| {
        let rules = world.host.rules(Some("ACME"), "jane");
        let first = install(&rules, ANY_DIAGNOSIS);
        activate(&rules, &[&first]);
        let second = install(&rules, &variant(ANY_DIAGNOSIS, 1));
        activate(&rules, &[&second]);
        quarantine(world.store.as_ref(), Some("ACME"), &first);
        refused(
            rules.roll_back(None, request(REASON)),
            "name another generation with --to",
        );
        assert_eq!(
            rules.active_generation().expect("a read").map(|active| active.number),
            Some(2)
        );
    });
}

#[test]
fn what_was_quarantined_decides_again_when_somebody_says_why() {
    on_both(&lines(), |world| {
        let store = world.store.as_ref();
        let rules = world.host.rules(Some("ACME"), "jane");
        let digest = install(&rules, ANY_DIAGNOSIS);
        let other = install(&rules, &variant(ANY_DIAGNOSIS, 1));
        activate(&rules, &[&digest]);
        let reinstate = |digest: &str, reason: &str| rules.reinstate(&named(digest), reason, Duration::ZERO);
        refused(reinstate(&digest, REASON), "is not quarantined for payer ACME");
        for digest in [&digest, &other] {
            quarantine(store, Some("ACME"), digest);
        }
        refused(reinstate(&digest, ""), "it is empty");
        let reinstated = [&digest, &other].map(|digest| reinstate(digest, REASON).expect("it is").state);
        assert_eq!(reinstated, [InstallationState::Active, InstallationState::Checked]);
        assert_eq!(state(store, Some("ACME"), &digest), Some(InstallationState::Active));
        activate(&rules, &[&other]);
    });
}

#[test]
fn what_is_refused_is_noted_and_what_says_nothing_of_itself_is_not_kept() {
    on_both(&lines(), |world| {
        let store = world.store.as_ref();
        let rules = world.host.rules(Some("ACME"), "jane");
        let refused = rules.install(b"no component", &[], None).expect("an answer");
        assert_eq!(refused.state, InstallationState::Refused);
        let reason = refused.reason.expect("a reason");
        assert!(reason.contains("refused at step `validation`"), "{reason}");
        let digest = refused.digest.to_string();
        assert_eq!(store.component(&digest), Ok(None));
        let entries = audit_after(store, AuditOf::Payer("ACME"), 0);
        let entry = entries.last().expect("an entry");
        assert_eq!((entry.operation.as_str(), entry.refused), ("install_component", true));
        assert_eq!(entry.details["step"], Value::from("validation"));

        let checked = rules.check(ANY_DIAGNOSIS, &[], None).expect("a report");
        assert_eq!(checked.refusal(), None);
        assert_eq!(rules.list().expect("a list"), [], "a check keeps nothing");
    });
}

#[test]
fn a_command_beside_a_server_is_followed() {
    on_both(&lines(), |world| {
        let engine = RuleEngine::new(AdmissionLimits::default(), CallLimits::default()).expect("an engine");
        let beside = RulesManagement::of_database(world.store.as_ref(), &engine, Some("ACME"), "command line");
        let digest = install(&beside, ANY_DIAGNOSIS);
        let done: Result<_, HostError> = beside.activate(
            &names(&[&digest]),
            reprise::ActivationRequest {
                wait_max: Duration::from_secs(30),
                ..request(REASON)
            },
        );
        assert_eq!(done.expect("activated").answer.hosts_missing, Vec::<String>::new());
    });
}
