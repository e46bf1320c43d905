//! What fixed work takes of a component, in fuel: a guard against getting slower that is not a timer.
//!
//! Fuel counts instructions, so that the same component takes the same for the same work on every machine. The components
//! of release 0.1.0 never change: where they take more than they did, the host asks them more than it did, hands them other
//! rows, or counts otherwise. What the components take that are built from source is printed beside it, and may change:
//! `cargo test -p reprise-tests fuel -- --nocapture` shows it.

mod payer;
mod workloads;

use std::fmt::Write as _;

use workloads::{Taken, claim_status, criteria};

const CRITERIA: &[u8] = include_bytes!("0.1.0/criteria.wasm");
const CLAIM_STATUS: &[u8] = include_bytes!("0.1.0/claim-status.wasm");

/// What the work took when somebody last looked: a line for each, fuel first.
const COMMITTED: &str = include_str!("fuel.txt");

/// By how much fuel may be another, in thousandths.
const TOLERANCE_THOUSANDTHS: u64 = 5;

fn frozen() -> Vec<Taken> {
    [criteria(CRITERIA), claim_status(CLAIM_STATUS)].concat()
}

/// The lines of a file that holds these figures.
fn lines(taken: &[Taken]) -> String {
    let mut text = String::new();
    for (work, fuel) in taken {
        writeln!(text, "{fuel:>12}  {work}").expect("a text");
    }
    text
}

/// The committed figures.
fn read(text: &str) -> Vec<Taken> {
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let figures = lines.map(|line| {
        let (fuel, work) = line
            .split_once(char::is_whitespace)
            .expect("fuel, then what it was for");
        (work.trim().to_owned(), fuel.parse().expect("a number"))
    });
    figures.collect()
}

/// What speaks against figures being those that are committed, if anything does: in words, with what to do about it.
fn against(taken: &[Taken], committed: &str) -> Option<String> {
    let committed = read(committed);
    let mut differences = Vec::new();
    for (work, fuel) in taken {
        match committed.iter().find(|(known, _)| known == work) {
            None => differences.push(format!("`{work}` took {fuel}, and no figure is committed for it")),
            Some((_, before)) if fuel.abs_diff(*before) * 1_000 > before * TOLERANCE_THOUSANDTHS => {
                let ratio = *fuel as f64 / *before as f64;
                differences.push(format!(
                    "`{work}` took {fuel}, {ratio:.3} of the {before} that are committed"
                ));
            }
            Some(_) => {}
        }
    }
    let is_gone = |work: &String| !taken.iter().any(|(known, _)| known == work);
    let gone = committed.iter().map(|(work, _)| work).filter(|work| is_gone(work));
    differences.extend(gone.map(|work| format!("`{work}` is not measured any more")));
    if differences.is_empty() {
        return None;
    }
    Some(format!(
        "{}.\nThe components are frozen, so that it is the host that asks more of them, hands them other rows, or counts \
         otherwise, as another version of the sandbox may. Where that is meant, the figures of tests/contract/fuel.txt are to \
         be these, and the commit says why:\n{}",
        differences.join("; "),
        lines(taken)
    ))
}

#[test]
fn fixed_work_takes_frozen_components_as_much_fuel_as_it_did() {
    if let Some(words) = against(&frozen(), COMMITTED) {
        panic!("{words}");
    }
}

#[test]
fn another_figure_is_told_of_with_what_to_do_about_it() {
    let taken: Vec<Taken> = vec![("one".to_owned(), 100_000), ("two".to_owned(), 2_000)];
    for (committed, words) in [
        ("100000 one\n2000 two", None),
        ("# a comment\n\n 99600  one\n 2010  two\n", None),
        (
            "99400 one\n2000 two",
            Some("`one` took 100000, 1.006 of the 99400 that are committed"),
        ),
        (
            "100600 one\n2000 two",
            Some("`one` took 100000, 0.994 of the 100600 that are committed"),
        ),
        ("100000 one", Some("`two` took 2000, and no figure is committed for it")),
        (
            "100000 one\n2000 two\n5 three",
            Some("`three` is not measured any more"),
        ),
    ] {
        let said = against(&taken, committed);
        match words {
            None => assert_eq!(said, None, "{committed}"),
            Some(words) => {
                let said = said.expect(committed);
                assert!(said.starts_with(words), "{said}");
                assert!(said.ends_with("100000  one\n        2000  two\n"), "{said}");
            }
        }
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "figures to look at; nothing hangs on them")]
fn what_the_components_of_today_take_is_shown() {
    let today = [
        criteria(reprise_bundle::CRITERIA),
        claim_status(reprise_bundle::CLAIM_STATUS),
    ]
    .concat();
    let committed = read(COMMITTED);
    println!("{:>12} {:>12} {:>6}  work", "0.1.0", "today", "ratio");
    for (work, fuel) in today {
        let before = committed
            .iter()
            .find(|(known, _)| *known == work)
            .map_or(0, |(_, fuel)| *fuel);
        println!("{before:>12} {fuel:>12} {:>6.3}  {work}", fuel as f64 / before as f64);
    }
}
