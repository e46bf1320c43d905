//! The command says what is wrong with the component that it is given, in one line, before it does anything else.

use std::path::Path;

use super::forged::{exporting, importing};
use crate::cli::command::reprise;
use crate::components;
use crate::support::{Place, SAMPLE};

/// The command with these arguments ends with exit code 1, an empty standard output and one line that has these words.
#[track_caller]
fn check(place: &Place, arguments: &[&str], words: &[&str]) {
    let done = reprise(place, arguments);
    assert_eq!(
        (done.code, done.output.as_str()),
        (1, ""),
        "{arguments:?}: {}",
        done.said
    );
    assert!(
        done.said.starts_with("error: ") && done.said.lines().count() == 1,
        "not one line: {}",
        done.said
    );
    for words in words {
        assert!(done.said.contains(words), "`{words}` is not in: {}", done.said);
    }
}

fn text(path: &Path) -> String {
    path.to_str().expect("a path in UTF-8").to_owned()
}

/// Files that are no component of ours, and what is said of them.
fn refused() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let good = reprise_bundle::CRITERIA;
    vec![
        (
            "empty.wasm",
            Vec::new(),
            "refused at step `validation`: this is not a WebAssembly component",
        ),
        (
            "script.wasm",
            b"#!/bin/sh\n".to_vec(),
            "refused at step `validation`: this is not a WebAssembly component",
        ),
        (
            "native.cwasm",
            b"\x7fELF\x02\x01\x01\0".to_vec(),
            "refused at step `validation`: this is native code",
        ),
        (
            "module.wasm",
            b"\0asm\x01\0\0\0".to_vec(),
            "refused at step `validation`: this is a core module",
        ),
        (
            "half.wasm",
            good[..good.len() / 2].to_vec(),
            "refused at step `validation`: this component cannot be read",
        ),
        (
            "clock.wasm",
            importing("wasi:clocks/monotonic-clock@0.2.0"),
            "refused at step `imports`: it imports `wasi:clocks/monotonic-clock@0.2.0`; rules have no clock",
        ),
        (
            "other.wasm",
            exporting("acme:prices/lists@1.0.0"),
            "refused at step `contract`: it does not fit world `criteria-component` of reprise:rules@0.1.0",
        ),
        (
            "panics.wasm",
            components::PANICS_IN_DESCRIBE.to_vec(),
            "refused at step `description`: it panicked: the list of criteria is not written yet",
        ),
        (
            "loops.wasm",
            components::LOOPS_IN_DESCRIBE.to_vec(),
            "refused at step `description`: it takes more than ",
        ),
    ]
}

#[test]
fn match_and_serve_refuse_what_is_no_component_of_ours() {
    let place = Place::with(SAMPLE);
    let criteria = text(&place.file("criteria.json", r#"{"processType":"CLAIM"}"#));
    for (name, bytes, words) in refused() {
        let rules = text(&place.file(name, bytes));
        let words = [format!("rules `{rules}`: the component is "), words.to_owned()];
        let words = [words[0].as_str(), words[1].as_str()];
        check(&place, &["match", &criteria, "--rules", &rules], &words);
        check(&place, &["serve", "--listen", "127.0.0.1:0", "--rules", &rules], &words);
    }
    let missing = text(&place.path("nowhere.wasm"));
    check(
        &place,
        &["match", &criteria, "--rules", &missing],
        &[&format!("rules `{missing}`: "), "No such file"],
    );
    let directory = text(place.directory());
    check(
        &place,
        &["match", &criteria, "--rules", &directory],
        &[&format!("rules `{directory}`: ")],
    );
}

#[test]
fn match_says_how_a_component_failed_on_its_request() {
    let place = Place::with(SAMPLE);
    for (guest, product, words) in [
        (
            components::PANICS,
            "PANIC-IN-COMPILE",
            "it panicked: the table of products has no row",
        ),
        (components::PANICS, "PANIC-IN-MATCH", "lines and no price"),
        (components::LOOPS, "LOOP-IN-MATCH", "it ran out of "),
        (
            components::GROWS,
            "GROW-IN-MATCH",
            "it ran out of memory: more than 512 MiB",
        ),
        (components::RECURSES, "RECURSE", "it trapped: its stack is full"),
        (
            components::BREAKS_CONTRACT,
            "LONG-BITMAP",
            "it broke the contract: its bitmap for ",
        ),
        (
            components::BREAKS_CONTRACT,
            "UNKNOWN-COLUMN",
            "it broke the contract: it asks for column `shoe-size`",
        ),
    ] {
        place.import(&format!(
            "{{\"kind\":\"product\",\"payer\":\"ACME\",\"code\":\"{product}\"}}\n"
        ));
        let request = format!("{{\"processType\":\"CLAIM\",\"productCode\":\"{product}\"}}");
        let criteria = text(&place.file("criteria.json", request));
        let rules = text(&place.file("rules.wasm", guest));
        let words = ["error: the rule component failed, so nothing was decided: ", words];
        check(&place, &["match", &criteria, "--rules", &rules], &words);
        check(&place, &["match", &criteria, "--count", "--rules", &rules], &words);
    }
}

#[test]
fn match_passes_on_what_a_component_refuses() {
    let place = Place::with(SAMPLE);
    place.import("{\"kind\":\"product\",\"payer\":\"ACME\",\"code\":\"SOLD-NO-MORE\"}\n");
    let request = r#"{"processType":"CLAIM","productCode":"SOLD-NO-MORE"}"#;
    let criteria = text(&place.file("criteria.json", request));
    let rules = text(&place.file("rules.wasm", components::REFUSES));
    let words = "criterion product: product `SOLD-NO-MORE` is sold no more; ask for `GOLD`";
    check(&place, &["match", &criteria, "--rules", &rules], &[words]);
}
