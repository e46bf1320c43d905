//! What a component does is tried before anybody relies on it: by its own test vectors, and by what the contract promises.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use reprise_engine::{
    AdmissionChecks, AdmissionLimits, AdmissionReport, AdmissionStep, EmptyReference, RuleComponent, RuleEngine,
};
use reprise_model::CriterionName;

use super::forged::with_vectors;
use super::{any_of, check_that_others_work, engine, tight_limits};
use crate::components;

/// The component and what was found of it.
#[track_caller]
fn admitted(engine: &RuleEngine, bytes: &[u8]) -> (AdmissionReport, RuleComponent) {
    let (report, component) = engine.admit(bytes, &AdmissionChecks::default());
    let refusal = report.refusal();
    (report, component.unwrap_or_else(|| panic!("refused: {refusal:?}")))
}

/// The component is refused at this step with these words.
#[track_caller]
fn refused(engine: &RuleEngine, bytes: &[u8], step: AdmissionStep, words: &str) {
    let (report, component) = engine.admit(bytes, &AdmissionChecks::default());
    let Some(refusal) = report.refusal() else {
        panic!("taken, but should be refused: {words}")
    };
    assert!(component.is_none(), "it may decide although it is refused");
    assert!(
        refusal.step == step && refusal.reason.contains(words),
        "{refusal}\nis not at `{step}`: {words}"
    );
}

fn found(report: &AdmissionReport, step: AdmissionStep) -> &str {
    let outcome = report.steps.iter().find(|outcome| outcome.step == step);
    outcome
        .expect("the step was taken")
        .result
        .as_ref()
        .expect("it was passed")
}

#[test]
fn the_default_rules_and_the_examples_pass_every_step() {
    let engine = engine(tight_limits());
    for (bytes, name) in [
        (reprise_bundle::CRITERIA, "default-criteria"),
        (reprise_bundle::CLAIM_STATUS, "default-claim-status"),
        (components::ANY_DIAGNOSIS, "any-diagnosis"),
        (components::NO_SECOND_PRICING, "no-second-pricing"),
        (components::RIVERSIDE_DENTAL, "riverside-dental"),
    ] {
        let (report, component) = admitted(&engine, bytes);
        let steps: Vec<_> = report.steps.iter().map(|outcome| outcome.step).collect();
        assert_eq!(steps, AdmissionStep::ALL, "{name}");
        assert_eq!((report.digest, report.size_bytes), (component.digest(), bytes.len()));
        let identity = report.identity.as_ref().expect("it says what it is");
        assert_eq!(
            (
                identity.kind,
                identity.name.as_str(),
                identity.version.as_str(),
                identity.contract.as_str()
            ),
            (component.kind(), name, env!("CARGO_PKG_VERSION"), "0.1.0")
        );
        let vectors = found(&report, AdmissionStep::Vectors);
        assert!(vectors.ends_with(" vectors, decided as expected"), "{name}: {vectors}");
    }
}

#[test]
fn each_step_is_announced_and_the_first_that_is_failed_is_the_last() {
    let engine = engine(tight_limits());
    let announced = RefCell::new(Vec::new());
    let at_step = |step| announced.borrow_mut().push(step);
    let checks = AdmissionChecks {
        at_step: Some(&at_step),
        ..AdmissionChecks::default()
    };
    let (report, _) = engine.admit(components::PANICS_IN_DESCRIBE, &checks);
    let steps: Vec<_> = report.steps.iter().map(|outcome| outcome.step).collect();
    assert_eq!(*announced.borrow(), steps);
    assert_eq!(steps.last(), Some(&AdmissionStep::Description));
    assert_eq!(report.identity, None);
}

#[test]
fn what_the_host_checks_is_part_of_the_steps() {
    let engine = engine(tight_limits());
    let digest = RefCell::new(None);
    let signature = |of| {
        digest.replace(Some(of));
        Ok("signed by `keys/release`".to_owned())
    };
    let identity = |identity: &reprise_engine::ComponentIdentity| {
        Err(format!(
            "its manifest says `other-rules`, and it says `{}`",
            identity.name
        ))
    };
    let checks = AdmissionChecks {
        signature: Some(&signature),
        identity: Some(&identity),
        at_step: None,
    };
    let (report, component) = engine.admit(reprise_bundle::CRITERIA, &checks);
    assert!(component.is_none());
    assert_eq!(*digest.borrow(), Some(report.digest));
    assert_eq!(found(&report, AdmissionStep::Signature), "signed by `keys/release`");
    assert_eq!(
        report.refusal().expect("another name").to_string(),
        "the component is refused at step `description`: its manifest says `other-rules`, and it says `default-criteria`"
    );
    assert!(
        report.identity.is_some(),
        "what it says of itself is told also if it is not what was announced"
    );

    let nobody = |_| Err("nobody vouches for it".to_owned());
    let checks = AdmissionChecks {
        signature: Some(&nobody),
        ..AdmissionChecks::default()
    };
    let (report, _) = engine.admit(b"no component", &checks);
    let refusal = report.refusal().expect("no signature");
    assert_eq!((refusal.step, report.steps.len()), (AdmissionStep::Signature, 2));
}

#[test]
fn a_component_that_keeps_state_is_found_out() {
    let engine = engine(tight_limits());
    let conformance = AdmissionStep::Conformance;
    refused(
        &engine,
        components::KEEPS_STATE,
        conformance,
        " is a hit when all come in one batch and no hit in a fresh instance, in another order and smaller batches",
    );
    refused(
        &engine,
        components::KEEPS_STATE,
        conformance,
        "asked for criterion `product`, line ",
    );
    refused(
        &engine,
        components::COUNTS_CLAIMS,
        conformance,
        "\"enough claims were processed again\"",
    );
    refused(
        &engine,
        components::COUNTS_CLAIMS,
        conformance,
        "a component keeps nothing between calls",
    );
    check_that_others_work(&engine);
}

#[test]
fn a_component_that_fails_on_usual_claims_is_refused_before_it_meets_any() {
    let engine = engine(tight_limits());
    for (bytes, words) in [
        (components::LOOPS_IN_REPROCESS, "asked `reprocess`, it ran out of fuel"),
        (components::LOOPS_IN_CREATE, "asked `create`, it ran out of fuel"),
        (
            components::PANICS_ON_RESERVATIONS,
            "asked `reprocess`, it panicked: there are no reservations here",
        ),
        (components::PANICS_IN_NEW_CLAIM, "asked `new-claim`, it panicked: "),
        (
            components::ANSWERS_TOO_FEW,
            "asked `reprocess-batch`, it broke the contract: it answers 191 outcomes for a batch of 192 claims",
        ),
        (
            components::CLAIMS_FOR_ANOTHER,
            "asked `new-claim`, it broke the contract: ",
        ),
        (
            components::MAKES_RECEIVED_CLAIMS,
            "asked `create`, it broke the contract: it has a claim born in `R`",
        ),
    ] {
        refused(&engine, bytes, AdmissionStep::Conformance, words);
    }
    check_that_others_work(&engine);
}

#[test]
fn a_component_that_wants_every_column_is_merely_slow() {
    let engine = engine(tight_limits());
    let (_, component) = admitted(&engine, components::NEEDS_EVERY_COLUMN);
    let RuleComponent::Criteria(component) = component else {
        panic!("it is a criteria component")
    };
    let request = [any_of(CriterionName::Product, &["GOLD"])];
    let matcher = component
        .compile(Arc::new(EmptyReference), &request)
        .expect("a matcher");
    assert_eq!(matcher.plan().columns.len(), reprise_model::Column::ALL.len());
}

#[test]
fn a_component_may_refuse_what_it_does_not_take() {
    let engine = engine(tight_limits());
    for bytes in [
        components::REFUSES,
        components::KNOWS_LESS,
        components::REPROCESSES_EVERYTHING,
    ] {
        admitted(&engine, bytes);
    }
}

#[test]
fn trying_a_component_is_bounded() {
    let with = |admission| RuleEngine::new(admission, tight_limits()).expect("an engine");
    let defaults = AdmissionLimits::default();
    let little = with(AdmissionLimits {
        trial_fuel_max: 1_000_000,
        ..defaults
    });
    let words = "deciding all of it takes more than 1,000,000 units of fuel when it came to this: asked ";
    refused(&little, reprise_bundle::CRITERIA, AdmissionStep::Conformance, words);
    refused(&little, reprise_bundle::CLAIM_STATUS, AdmissionStep::Conformance, words);
    let impatient = with(AdmissionLimits {
        trial_time_max: Duration::ZERO,
        ..defaults
    });
    let words = "deciding all of it takes longer than 0 ms, up to vector ";
    refused(&impatient, reprise_bundle::CRITERIA, AdmissionStep::Vectors, words);
    let few = with(AdmissionLimits {
        vectors_max: 2,
        ..defaults
    });
    refused(
        &few,
        components::ANY_DIAGNOSIS,
        AdmissionStep::Vectors,
        "it brings 3 test vectors; 2 are allowed",
    );
}

#[test]
fn a_vector_that_fails_says_which_what_was_expected_and_what_came() {
    let engine = engine(tight_limits());
    let criteria = reprise_bundle::CRITERIA;
    let status = reprise_bundle::CLAIM_STATUS;
    for (bytes, vector, words) in [
        (
            criteria,
            r#"{"file": "cases/days.json", "name": "August is in July",
                "criteria": [{"criterion": "service-date", "from": "2026-07-01", "through": "2026-07-31"}],
                "line": {"service-start-date": "2026-08-01"}, "hit": true}"#,
            "`August is in July` of `cases/days.json`: expected a hit, but no hit came from `match-batch`, \
             `match-line`, `explain` (service-date: ",
        ),
        (
            criteria,
            r#"{"name": "no group", "criteria": [{"criterion": "procedure-group", "any-of": ["PG"]}], "hit": false}"#,
            "`no group`: expected no hit, but the request is refused for criterion `procedure-group`: there is no \
             procedure group `PG`",
        ),
        (
            status,
            r#"{"name": "locked", "reprocess": {"status": "change", "process-type": "claim", "flags": ["locked"]},
                "gives": {"status": "initial"}}"#,
            "`locked`: expected {\"gives\":{\"status\":\"initial\",\"preprocessing-done\":false,\"pricing-done\":false}}, \
             but {\"refused\":\"locked\",\"sentence\":\"another process holds the claim",
        ),
        (
            status,
            r#"{"name": "odd", "release": {"claim-type": "secondary", "current": "hold", "settles-in": "hold"},
                "gives": "waiting"}"#,
            "`odd`: expected {\"gives\":\"waiting\"}, but {\"gives\":null} came from `release`",
        ),
    ] {
        refused(
            &engine,
            &with_vectors(bytes, &format!("[{vector}]")),
            AdmissionStep::Vectors,
            words,
        );
    }
}

#[test]
fn a_vector_that_cannot_be_read_says_where() {
    let engine = engine(tight_limits());
    let criteria = reprise_bundle::CRITERIA;
    let status = reprise_bundle::CLAIM_STATUS;
    for (bytes, vectors, words) in [
        (
            criteria,
            "[{]",
            "its section `reprise:vectors` is no JSON array of test vectors: ",
        ),
        (
            criteria,
            r#"[{"name": "a", "hit": true}]"#,
            "vector `a` cannot be read: missing field `criteria`",
        ),
        (
            criteria,
            r#"[{"name": "a", "criteria": [], "hitt": true}]"#,
            "vector `a` cannot be read: unknown field `hitt`, expected one of ",
        ),
        (
            criteria,
            r#"[{"name": "a", "criteria": []}]"#,
            "vector `a`: it must say either `hit`, true or false, or `refused`, the criterion at fault",
        ),
        (
            criteria,
            r#"[{"name": "a", "criteria": [{"criterion": "weather", "any-of": ["RAIN"]}], "hit": true}]"#,
            "vector `a`: there is no criterion `weather`; there are process-type, ",
        ),
        (
            criteria,
            r#"[{"name": "a", "criteria": [{"criterion": "product", "from": "2026-07-01"}], "hit": true}]"#,
            "vector `a`: criterion `product` takes `any-of`, a list of one code or more",
        ),
        (
            criteria,
            r#"[{"name": "a", "criteria": [], "line": {"shoe-size": "9"}, "hit": true}]"#,
            "vector `a`: there is no column `shoe-size`; there are process-type, ",
        ),
        (
            criteria,
            r#"[{"name": "a", "criteria": [], "line": {"service-start-date": "1 July"}, "hit": true}]"#,
            "vector `a`: column `service-start-date` cannot be read: `1 July` is not a day; write it as YYYY-MM-DD",
        ),
        (
            status,
            r#"[{"name": "a", "gives": null}]"#,
            "vector `a`: it must ask one of `reprocess`, `create`, `new-claim`, `change` and `release`",
        ),
        (
            status,
            r#"[{"name": "a", "reprocess": {"status": "CHANGE", "process-type": "claim"}, "refused": "locked"}]"#,
            "vector `a`: `CHANGE` is no processing-status; it is one of entry, initial, ",
        ),
        (
            status,
            r#"[{"name": "a", "reprocess": {"status": "change", "process-type": "claim", "flags": ["paid"]}, "refused": "locked"}]"#,
            "vector `a`: there is no `paid` in `flags`; there are settled, locked, ",
        ),
    ] {
        refused(&engine, &with_vectors(bytes, vectors), AdmissionStep::Vectors, words);
    }
}
