//! `reprise rules`: from an author's crate to a component that decides.

use super::reprise;
use crate::support::{Place, claim_line};

/// The crate of the example that lets any diagnosis count.
const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../rules/examples/any-diagnosis");

#[test]
fn a_component_is_built_checked_and_changes_the_answer() {
    let group = r#"{"kind":"diagnosisGroup","payer":"ACME","code":"DG-1","members":[{"code":"E119"}]}"#;
    let line = serde_json::json!({ "lines": [{
        "code": "1", "serviceStartDate": "2020-01-01",
        "diagnoses": [{ "code": "I10", "sequence": 1 }, { "code": "E119", "sequence": 2 }],
    }]});
    let place = Place::with(&format!("{group}\n{}", claim_line("A", &line)));
    place.file("request.json", r#"{"processType":"CLAIM","diagnosisGroupCode":"DG-1"}"#);

    let built = reprise(&place, &["rules", "build", EXAMPLE, "--output", "any.wasm"]).well();
    let start = "kind        criteria\nname        any-diagnosis\n";
    assert!(built.output.starts_with(start), "{}", built.output);
    let checked = reprise(&place, &["rules", "check", "any.wasm"]).well();
    assert_eq!(checked.output, built.output);
    for words in [
        "version     0.1.0\n",
        "digest      ",
        "criteria    ",
        "condition   PREVENTIVE-UNDER-18 ",
    ] {
        assert!(
            checked.output.contains(words),
            "`{words}` is not in: {}",
            checked.output
        );
    }

    let count = |rules: &[&str]| {
        let arguments: Vec<_> = ["match", "request.json", "--count"]
            .iter()
            .chain(rules)
            .copied()
            .collect();
        reprise(&place, &arguments).well().output
    };
    assert!(count(&[]).contains("\"count\":0,"));
    assert!(count(&["--rules", "any.wasm"]).contains("\"count\":1,"));
}

#[test]
fn what_is_no_component_is_refused_with_the_step_and_the_reason() {
    let place = Place::new();
    place.file("text.wasm", "no component");
    place.file("empty.wasm", "");
    // A core module, which is WebAssembly, and no component.
    place.file("module.wasm", b"\0asm\x01\0\0\0");
    // A component that exports nothing.
    place.file("hollow.wasm", b"\0asm\x0d\0\x01\0");
    for (arguments, words) in [
        (
            vec!["check", "absent.wasm"],
            vec!["error: `absent.wasm` cannot be read: No such file or directory"],
        ),
        (vec!["check", "text.wasm"], vec!["error: `text.wasm`: "]),
        (vec!["check", "empty.wasm"], vec!["error: `empty.wasm`: "]),
        (vec!["check", "module.wasm"], vec!["error: `module.wasm`: "]),
        (vec!["check", "hollow.wasm"], vec!["error: `hollow.wasm`: "]),
        (vec!["build", "absent", "--output", "a.wasm"], vec!["error: ", "absent"]),
    ] {
        let arguments: Vec<_> = std::iter::once("rules").chain(arguments).collect();
        reprise(&place, &arguments).failed(1, &words);
    }
    assert!(!place.path("a.wasm").exists());
}
