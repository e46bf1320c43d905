//! A generated population: always the same, always good, and as skewed as it is said to be.

use std::collections::{BTreeMap, HashSet};
use std::num::NonZero;
use std::sync::LazyLock;

use reprise_interchange::{GenerateError, GenerateOptions, NoProgress, generate};
use reprise_model::{Claim, ProcessType, Reference};
use sha2::{Digest, Sha256};

use crate::population;

/// Claims and reference data.
type Population = (Vec<Claim>, Vec<Reference>);

/// A generated population.
fn parsed(claims: u64) -> Population {
    let text = population(claims, 1);
    let (claims, references): (Vec<&str>, Vec<&str>) =
        text.lines().partition(|line| line.starts_with(r#"{"kind":"claim","#));
    let claims = claims
        .iter()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect();
    let references = references
        .iter()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect();
    (claims, references)
}

/// One that is large enough for shares to settle.
static LARGE: LazyLock<Population> = LazyLock::new(|| parsed(8_000));

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let digest = |bytes: &[u8]| {
        Sha256::digest(bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    // A change here is a change of every population that anybody has generated: say so in the changelog.
    assert_eq!(
        digest(population(1_200, 1).as_bytes()),
        "92c838b19f34fdc0199bac51def3bb9e838ab2e3e26dfa6f24cb48e5fa952968"
    );
    assert_ne!(
        digest(population(1_200, 2).as_bytes()),
        digest(population(1_200, 1).as_bytes())
    );
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let generated = |threads| {
        let mut bytes = Vec::new();
        let options = GenerateOptions {
            claims: 1_700,
            threads: NonZero::new(threads),
            ..GenerateOptions::default()
        };
        let report = generate(&options, &mut bytes, &mut NoProgress).expect("a population");
        assert_eq!((report.claims, report.bytes), (1_700, bytes.len() as u64));
        bytes
    };
    let one = generated(1);
    for threads in [2, 5] {
        assert!(generated(threads) == one, "{threads} threads");
    }
}

#[test]
fn entry_follows_the_order_of_claims_unless_it_is_shuffled() {
    let entered = |shuffled| -> Vec<String> {
        let mut bytes = Vec::new();
        let options = GenerateOptions {
            claims: 1_000,
            shuffled,
            ..GenerateOptions::default()
        };
        generate(&options, &mut bytes, &mut NoProgress).expect("a population");
        let lines = bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| line.starts_with(b"{\"kind\":\"claim\""));
        lines
            .map(|line| {
                let claim: serde_json::Value = serde_json::from_slice(line).expect("a claim");
                claim["entryDate"].as_str().expect("an entry date").to_owned()
            })
            .collect()
    };
    // Claims that lie a hundred apart are entered months apart where there is an order.
    let in_order = |days: &[String]| {
        days.iter()
            .zip(&days[100..])
            .filter(|(first, later)| first < later)
            .count()
    };
    let (ordered, shuffled) = (entered(false), entered(true));
    assert_eq!(in_order(&ordered), 900);
    assert!((300..600).contains(&in_order(&shuffled)), "{}", in_order(&shuffled));
    for days in [&ordered, &shuffled] {
        assert!(
            days.iter()
                .all(|day| ("2023-01-01".."2026-01-01").contains(&day.as_str()))
        );
    }
}

#[test]
fn everything_is_checked_and_defined() {
    let (claims, references) = &*LARGE;
    let defined: HashSet<(&str, String)> = references
        .iter()
        .map(|reference| (reference.kind().as_str(), reference.key()))
        .collect();
    assert_eq!(defined.len(), references.len(), "a row is given twice");
    for reference in references {
        assert_eq!((reference.check(), reference.payer()), (Ok(()), "DEMO"));
    }
    let check = |kind: &'static str, code: &str| assert!(defined.contains(&(kind, code.to_owned())), "{kind} {code}");
    for claim in claims {
        assert_eq!(claim.check(), Ok(()), "{}", claim.code);
        claim.form_code.iter().for_each(|code| check("claimForm", code));
        claim.messages.iter().for_each(|code| check("message", code));
        claim.tag_actions.iter().for_each(|entry| check("skipTag", &entry.tag));
        claim
            .unfinalize_reasons
            .iter()
            .for_each(|reason| check("unfinalizeReason", &reason.code));
        for line in &claim.lines {
            line.messages.iter().for_each(|code| check("message", code));
            line.pend_reasons
                .iter()
                .for_each(|reason| check("pendReason", &reason.code));
            line.fee_schedules.iter().for_each(|code| check("feeSchedule", code));
            for benefit in &line.benefits {
                benefit.product.iter().for_each(|code| check("product", code));
                benefit.regime.iter().for_each(|code| check("coverageRegime", code));
            }
            let entity = line.serviced_entity.as_ref();
            let key = entity.map(|entity| reprise_model::entity_key(&entity.code, &entity.entity_type));
            key.iter().for_each(|key| check("servicedEntity", key));
        }
    }
}

#[test]
fn shares_are_those_that_are_said() {
    let (claims, _) = &*LARGE;
    let lines: Vec<_> = claims.iter().flat_map(|claim| &claim.lines).collect();
    let unresolved = |claim: &Claim| {
        let attached = claim
            .lines
            .iter()
            .flat_map(|line| &line.pend_reasons)
            .chain(&claim.pend_reasons);
        attached.filter(|reason| !reason.resolved).count() > 0
    };
    let claim_share = |holds: &dyn Fn(&Claim) -> bool| {
        claims.iter().filter(|claim| holds(claim)).count() as f64 * 100.0 / claims.len() as f64
    };
    let line_share = |holds: &dyn Fn(&reprise_model::Line) -> bool| {
        lines.iter().filter(|line| holds(line)).count() as f64 * 100.0 / lines.len() as f64
    };
    for (what, share, from, through) in [
        (
            "finalized",
            claim_share(&|claim| claim.status.as_str() == "FINALIZED"),
            69.0,
            71.0,
        ),
        ("pended", claim_share(&|claim| claim.status.is_pended()), 4.5, 5.5),
        (
            "settled",
            claim_share(&|claim| claim.settlement_reason.is_some()),
            0.8,
            1.2,
        ),
        ("locked", claim_share(&|claim| claim.locked_by.is_some()), 0.02, 0.2),
        (
            "reservations",
            claim_share(&|claim| claim.process_type == ProcessType::Reservation),
            2.6,
            3.4,
        ),
        (
            "in dollars",
            claim_share(&|claim| claim.currency.is_some_and(|currency| currency.code() == "USD")),
            95.0,
            97.0,
        ),
        ("with bills", claim_share(&|claim| !claim.bills.is_empty()), 10.0, 16.0),
        (
            "with tag actions",
            claim_share(&|claim| !claim.tag_actions.is_empty()),
            2.5,
            3.5,
        ),
        (
            "unfinalized",
            claim_share(&|claim| !claim.unfinalize_reasons.is_empty()),
            1.0,
            1.7,
        ),
        (
            "lines without a start",
            line_share(&|line| line.service_start_date.is_none()),
            0.7,
            1.3,
        ),
        (
            "lines with messages",
            line_share(&|line| !line.messages.is_empty()),
            24.0,
            26.0,
        ),
        (
            "lines without benefits",
            line_share(&|line| line.benefits.is_empty()),
            7.0,
            9.0,
        ),
        (
            "lines with amounts",
            line_share(&|line| line.allowed_amount.is_some()),
            85.0,
            90.0,
        ),
        (
            "lines with a tooth",
            line_share(&|line| line.attributes.contains_key("tooth")),
            11.0,
            13.0,
        ),
    ] {
        assert!((from..=through).contains(&share), "{what}: {share} %");
    }
    let statuses: HashSet<_> = claims.iter().map(|claim| claim.status).collect();
    assert_eq!(statuses.len(), 15);
    assert!(
        claims.iter().all(|claim| unresolved(claim) == claim.status.is_pended()),
        "pend reasons of pended claims"
    );
    assert!(
        lines.iter().all(|line| line.covered_amount <= line.allowed_amount),
        "covered is within allowed"
    );
    assert!(
        claims.iter().all(|claim| claim
            .lines
            .iter()
            .all(|line| line.service_start_date <= Some(claim.entry_date))),
        "services are before the entry"
    );
    let mean = lines.len() as f64 / claims.len() as f64;
    assert!((3.8..4.4).contains(&mean), "{mean} lines a claim");
    let counts: Vec<_> = claims.iter().map(|claim| claim.lines.len()).collect();
    assert_eq!((counts.iter().min(), counts.iter().max()), (Some(&1), Some(&30)));
}

#[test]
fn procedures_and_providers_have_a_long_tail() {
    let (claims, _) = &*LARGE;
    let mut times: BTreeMap<&str, u32> = BTreeMap::new();
    let lines = || claims.iter().flat_map(|claim| &claim.lines);
    lines()
        .flat_map(|line| &line.procedures)
        .for_each(|code| *times.entry(code).or_default() += 1);
    let most_frequent = times.values().max().copied().unwrap_or_default();
    assert!((3_300..=4_000).contains(&times.len()), "{} procedures", times.len());
    assert!(most_frequent > 3_000, "{most_frequent}");
    let providers: HashSet<_> = lines()
        .flat_map(|line| [&line.providers.service, &line.providers.location])
        .flatten()
        .collect();
    assert!((400..=600).contains(&providers.len()), "{} providers", providers.len());
    let ties =
        lines().filter(|line| line.diagnoses.len() > 1 && line.diagnoses[0].sequence == line.diagnoses[1].sequence);
    assert!(ties.count() > 40);
}

#[test]
fn memberships_are_dated_and_change() {
    let (_, references) = parsed(10);
    let groups: Vec<_> = references
        .iter()
        .filter_map(|reference| match reference {
            Reference::ProcedureGroup(group) | Reference::DiagnosisGroup(group) | Reference::ProviderGroup(group) => {
                Some(group)
            }
            _ => None,
        })
        .collect();
    assert_eq!(groups.len(), 140);
    let members = || groups.iter().flat_map(|group| &group.members);
    for (from, through) in [(false, false), (true, false), (false, true), (true, true)] {
        let alike = members().filter(|member| (member.from.is_some(), member.through.is_some()) == (from, through));
        assert!(alike.count() > 100, "from {from}, through {through}");
    }
    let sizes: Vec<_> = groups.iter().map(|group| group.members.len()).collect();
    assert!(
        sizes.iter().any(|size| *size > 800) && sizes.iter().any(|size| *size < 9),
        "{sizes:?}"
    );
}

#[test]
fn a_payer_that_cannot_be_one_is_refused() {
    let options = GenerateOptions {
        payer: String::new(),
        ..GenerateOptions::default()
    };
    let error = generate(&options, &mut Vec::new(), &mut NoProgress).expect_err("no payer");
    assert_eq!(error.to_string(), "the payer cannot be used: `payer` is empty");
    let options = GenerateOptions {
        claims: 100_000_000,
        ..GenerateOptions::default()
    };
    let error = generate(&options, &mut Vec::new(), &mut NoProgress).expect_err("too many");
    assert!(matches!(error, GenerateError::TooMany { .. }), "{error}");
}
