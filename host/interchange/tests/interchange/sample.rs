//! The sample that is shipped: the case of late authorizations.

use std::path::Path;

use reprise_interchange::{ImportOptions, NoProgress, Source, import};
use reprise_model::{Amount, ProcessType, ProcessingStatus, Reference, ReferenceKind};

use crate::Scratch;

fn samples() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples")
}

fn imported() -> Scratch {
    let scratch = Scratch::new();
    let source = Source::open(&samples().join("late-authorizations.ndjson")).expect("the sample");
    let strict = ImportOptions {
        strict: true,
        ..ImportOptions::default()
    };
    let report = import(&*scratch.store, vec![source], &strict, &mut NoProgress).expect("an import");
    assert_eq!((report.refused, report.claims().inserted), (0, 12));
    scratch
}

/// The codes of the claims that a request for late authorizations by this message group hits, in a plain reading.
fn hit(scratch: &Scratch, group: &str) -> Vec<String> {
    let first = "2009-07-01".parse().expect("a day");
    let reference = scratch
        .store
        .reference("ACME", ReferenceKind::MessageGroup, group)
        .expect("a look-up");
    let Some(Reference::MessageGroup(group)) = reference else {
        panic!("no message group {group}")
    };
    let is_member = |message: &String| group.members.iter().any(|member| member.code == *message);
    let codes = (1..=12).map(|number| format!("C{number:03}"));
    let claims = codes.map(|code| {
        scratch
            .store
            .claim_by_code("ACME", &code)
            .expect("a look-up")
            .expect("a claim")
    });
    let claims = claims.filter(|claim| {
        claim.process_type == ProcessType::Claim
            && claim.status == ProcessingStatus::Finalized
            && claim.entry_date >= first
            && claim.lines.iter().any(|line| line.messages.iter().any(is_member))
    });
    claims.map(|claim| claim.code).collect()
}

#[test]
fn each_request_hits_its_claims_and_no_others() {
    let scratch = imported();
    assert_eq!(hit(&scratch, "AUTHGroup1"), ["C001", "C002", "C003"]);
    assert_eq!(hit(&scratch, "AUTHGroup2"), ["C004"]);
    // One settled, one locked.
    assert_eq!(hit(&scratch, "AUTHGroup3"), ["C010", "C011"]);
}

#[test]
fn its_readme_says_what_the_first_request_s_claims_are_worth() {
    let scratch = imported();
    let mut totals = [0, 0];
    for code in hit(&scratch, "AUTHGroup1") {
        let claim = scratch
            .store
            .claim_by_code("ACME", &code)
            .expect("a look-up")
            .expect("a claim");
        for line in claim.lines {
            totals[0] += line.allowed_amount.map_or(0, Amount::number);
            totals[1] += line.covered_amount.map_or(0, Amount::number);
        }
    }
    let [allowed, covered] = totals.map(Amount::from_number);
    let readme = std::fs::read_to_string(samples().join("README.md")).expect("a README");
    let sentence = format!("3; allowed {allowed} USD, covered {covered} USD");
    assert!(readme.contains(&sentence), "{sentence}");
}

#[test]
fn everything_that_the_requests_name_is_defined() {
    let scratch = imported();
    for (kind, code) in [
        (ReferenceKind::MessageGroup, "AUTHGroup1"),
        (ReferenceKind::MessageGroup, "AUTHGroup2"),
        (ReferenceKind::Message, "CUST1"),
        (ReferenceKind::UnfinalizeReason, "UF1"),
    ] {
        assert!(
            scratch.store.reference_exists("ACME", kind, code).expect("a look-up"),
            "{code}"
        );
    }
    for (request, group) in [("1", "AUTHGroup1"), ("2", "AUTHGroup2"), ("count", "AUTHGroup1")] {
        for form in ["xml", "json"] {
            let body = std::fs::read_to_string(samples().join(format!("late-authorizations-{request}.{form}")));
            assert!(body.expect("a request").contains(group), "{request}.{form}");
        }
    }
}
