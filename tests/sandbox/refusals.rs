//! What each step of admission says when it refuses, whole: authors act on these sentences, and programs may show them.

use std::path::Path;

use reprise_engine::{AdmissionChecks, AdmissionLimits, AdmissionStep, RuleEngine};

use super::forged::{Part, exporting, importing, with_part, with_vectors};
use super::tight_limits;
use crate::components;

/// The sentences, by the names of the cases below.
const KEPT: &str = include_str!("refusals.txt");

/// Set to anything, the sentences are written anew, to be read through before they are kept.
const REWRITE: &str = "REPRISE_REWRITE_REFUSALS";

const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

/// What is handed in, by what is wrong with it.
fn cases() -> Vec<(&'static str, Vec<u8>)> {
    let criteria = reprise_bundle::CRITERIA;
    let with_part_alone = |part| with_part(EMPTY, part);
    let failing = r#"[{"file": "cases/days.json", "name": "August is in July",
        "criteria": [{"criterion": "service-date", "from": "2026-07-01", "through": "2026-07-31"}],
        "line": {"service-start-date": "2026-08-01"}, "hit": true}]"#;
    vec![
        ("too long", vec![0; 1_000_001]),
        ("nothing", Vec::new()),
        ("native code", b"\x7fELF\x02\x01\x01\0".to_vec()),
        ("a core module", b"\0asm\x01\0\0\0".to_vec()),
        ("truncated", b"\0asm\x0d\0\x01\0\x0b".to_vec()),
        ("100,000 functions", with_part_alone(Part::Functions(100_000))),
        ("many memories", with_part_alone(Part::MemoryModules(9))),
        ("deep blocks", with_part_alone(Part::DeepBlocks(20_000))),
        ("WASI", importing("wasi:clocks/monotonic-clock@0.2.0")),
        ("an unknown interface", importing("acme:prices/lists@1.0.0")),
        ("exports nothing", EMPTY.to_vec()),
        ("other types", exporting("reprise:rules/criteria@0.1.0")),
        ("traps at its start", with_part(criteria, Part::TrapsAtStart)),
        ("loops at its start", with_part(criteria, Part::LoopsAtStart)),
        ("grows at its start", with_part(criteria, Part::GrowsMemory)),
        ("many instances", with_part(criteria, Part::Instances(65))),
        ("slow to say what it is", components::SLOW_IN_DESCRIBE.to_vec()),
        ("never says what it is", components::LOOPS_IN_DESCRIBE.to_vec()),
        (
            "panics when it is asked what it is",
            components::PANICS_IN_DESCRIBE.to_vec(),
        ),
        ("has no name", components::HAS_NO_NAME.to_vec()),
        ("an unknown criterion", components::INVENTS_CRITERION.to_vec()),
        ("an enormous list", components::LISTS_TOO_MUCH.to_vec()),
        (
            "vectors that are not JSON",
            with_vectors(criteria, "[{\"name\": \"a\",}]"),
        ),
        (
            "a vector that cannot be read",
            with_vectors(criteria, r#"[{"name": "a", "hit": true}]"#),
        ),
        ("a vector that fails", with_vectors(components::PANICS, failing)),
        ("keeps state between batches", components::KEEPS_STATE.to_vec()),
        ("keeps count of claims", components::COUNTS_CLAIMS.to_vec()),
        ("loops when it decides", components::LOOPS_IN_REPROCESS.to_vec()),
        ("panics when it decides", components::PANICS_ON_RESERVATIONS.to_vec()),
        ("answers too few", components::ANSWERS_TOO_FEW.to_vec()),
        ("makes claims for another", components::CLAIMS_FOR_ANOTHER.to_vec()),
    ]
}

#[test]
fn every_refusal_is_kept_as_it_is_said() {
    let admission = AdmissionLimits {
        component_bytes_max: 1_000_000,
        ..AdmissionLimits::default()
    };
    let engine = RuleEngine::new(admission, tight_limits()).expect("an engine");
    let mut said = String::new();
    let mut steps = Vec::new();
    let mut say = |engine: &RuleEngine, name: &str, bytes: &[u8], checks: &AdmissionChecks<'_>| {
        let (report, _) = engine.admit(bytes, checks);
        let refusal = report.refusal().unwrap_or_else(|| panic!("{name}: taken"));
        steps.push(refusal.step);
        said.push_str(&format!("{name}\n  {}: {}\n", refusal.step, refusal.reason));
    };
    for (name, bytes) in cases() {
        say(&engine, name, &bytes, &AdmissionChecks::default());
    }
    let nobody = |_| Err("nobody vouches for it".to_owned());
    let unsigned = AdmissionChecks {
        signature: Some(&nobody),
        ..AdmissionChecks::default()
    };
    say(&engine, "nobody vouches for it", EMPTY, &unsigned);
    let impatient = AdmissionLimits {
        compile_time_max: std::time::Duration::ZERO,
        ..AdmissionLimits::default()
    };
    let impatient = RuleEngine::new(impatient, tight_limits()).expect("an engine");
    let checks = AdmissionChecks::default();
    say(&impatient, "slow to compile", reprise_bundle::CLAIM_STATUS, &checks);
    let little = AdmissionLimits {
        trial_fuel_max: 1_000_000,
        ..AdmissionLimits::default()
    };
    let little = RuleEngine::new(little, tight_limits()).expect("an engine");
    say(&little, "dear to try", components::REPROCESSES_EVERYTHING, &checks);

    for step in AdmissionStep::ALL {
        assert!(steps.contains(&step), "no case is refused at `{step}`");
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("sandbox/refusals.txt");
    if std::env::var_os(REWRITE).is_some() {
        std::fs::write(&file, &said).expect("the file of sentences");
    } else {
        let line = |number| (said.lines().nth(number), KEPT.lines().nth(number));
        let differs = (0..=said.lines().count()).map(line).find(|(said, kept)| said != kept);
        assert!(
            said == KEPT,
            "what is said is not what tests/sandbox/refusals.txt has, first here: {differs:#?}; if it is better, run this \
             story with {REWRITE}=1 and read the file through"
        );
    }
}
