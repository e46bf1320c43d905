//! `reprise rules`: from an author's crate to a component that decides for a payer, and back.

use super::{Done, reprise};
use crate::support::{Place, claim_line};

/// The crate of the example that lets any diagnosis count.
const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../rules/examples/any-diagnosis");

/// A claim that only the example's rules pick up, and the request that asks for it.
fn place() -> Place {
    let group = r#"{"kind":"diagnosisGroup","payer":"ACME","code":"DG-1","members":[{"code":"E119"}]}"#;
    let line = serde_json::json!({ "lines": [{
        "code": "1", "serviceStartDate": "2020-01-01",
        "diagnoses": [{ "code": "I10", "sequence": 1 }, { "code": "E119", "sequence": 2 }],
    }]});
    let place = Place::with(&format!("{group}\n{}", claim_line("A", &line)));
    place.file("request.json", r#"{"processType":"CLAIM","diagnosisGroupCode":"DG-1"}"#);
    place
}

/// `reprise rules` with these words.
fn rules(place: &Place, words: &[&str]) -> Done {
    let arguments: Vec<_> = std::iter::once("rules").chain(words.iter().copied()).collect();
    reprise(place, &arguments)
}

/// The same about the rules of payer ACME.
fn of_acme(place: &Place, words: &[&str]) -> Done {
    let words: Vec<_> = words.iter().copied().chain(["--payer", "ACME"]).collect();
    rules(place, &words)
}

/// What stands behind this word at the start of a line.
#[track_caller]
fn shown(output: &str, word: &str) -> String {
    let line = output.lines().find_map(|line| line.strip_prefix(word));
    line.unwrap_or_else(|| panic!("`{word}` is not in: {output}"))
        .trim()
        .to_owned()
}

#[test]
fn a_component_is_built_checked_and_changes_the_answer() {
    let place = place();
    let built = rules(&place, &["build", EXAMPLE, "--output", "any.wasm"]).well();
    let start = "kind        criteria\nname        any-diagnosis\n";
    assert!(built.output.starts_with(start), "{}", built.output);
    let checked = rules(&place, &["check", "any.wasm"]).well();
    let (steps, described) = checked.output.split_once("\n\n").expect("steps, and what it is");
    assert_eq!(described, built.output);
    for step in [
        "size",
        "validation",
        "contract",
        "compilation",
        "description",
        "conformance",
    ] {
        let outcome = shown(steps, step);
        assert!(
            outcome.starts_with("pass ") && outcome.contains(" ms  "),
            "{step}: {outcome}"
        );
    }
    for words in [
        "version     0.1.0\n",
        "digest      ",
        "criteria    ",
        "condition   PREVENTIVE-UNDER-18 ",
    ] {
        assert!(described.contains(words), "`{words}` is not in: {described}");
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
fn a_component_is_signed_installed_activated_and_gone_back_from() {
    let place = place();
    rules(&place, &["build", EXAMPLE, "--output", "any.wasm"]).well();
    let key = rules(&place, &["key", "generate", "--output", "release.pem"]).well();
    let (id, public_key) = (shown(&key.output, "key  "), shown(&key.output, "public key"));
    let sign = [
        "sign",
        "any.wasm",
        "--key",
        "release.pem",
        "--expires",
        "2999-12-31",
        "-o",
        "any.sig.json",
    ];
    of_acme(&place, &sign).well();

    let policy = of_acme(&place, &["policy", "--require-signature", "true"]).well();
    assert_eq!(shown(&policy.output, "require-signature"), "true");
    let install = ["install", "any.wasm", "--signature", "any.sig.json"];
    let refused = of_acme(&place, &install);
    assert_eq!(refused.code, 1);
    assert!(
        shown(&refused.output, "signature").starts_with("fail "),
        "{}",
        refused.output
    );
    assert!(
        refused.said.contains("is not trusted by payer ACME or the platform"),
        "{}",
        refused.said
    );
    of_acme(&place, &["trust", "add", &public_key, "--comment", "the release key"]).well();
    let digest = of_acme(&place, &install).well().output.trim().to_owned();
    assert!(of_acme(&place, &install).well().said.contains("as it was before"));

    let activate = ["activate", "any-diagnosis@0.1.0", "--reason", "any diagnosis counts"];
    let activated = of_acme(&place, &activate).well();
    assert_eq!(shown(&activated.output, "generation"), "1");
    assert_eq!(shown(&activated.output, "criteria"), digest);
    let listed = of_acme(&place, &["list"]).well().output;
    for words in [
        "any-diagnosis@0.1.0\tactive\t",
        &format!("signed by {id}"),
        "installed by command line",
    ] {
        assert!(listed.contains(words), "`{words}` is not in: {listed}");
    }
    let inspected = of_acme(&place, &["inspect", &digest[..8]]).well().output;
    assert_eq!(shown(&inspected, "signature"), format!("of key {id}, good"));
    let count = || reprise(&place, &["match", "request.json", "--count"]).well().output;
    assert!(
        count().contains("\"count\":1,"),
        "what is activated decides for commands, too"
    );

    let gone_back = of_acme(&place, &["rollback", "--reason", "it picks up too much"]).well();
    assert_eq!(shown(&gone_back.output, "generation"), "none");
    assert!(count().contains("\"count\":0,"));
    of_acme(&place, &["rollback", "--reason", "again"]).failed(1, &["payer ACME has nothing to go back from"]);
    of_acme(&place, &["rollback", "--to", "1", "--reason", "it was right"]).well();
    of_acme(&place, &["deactivate", "--reason", "the pilot has ended"]).well();

    let history = of_acme(&place, &["history"]).well().output;
    let kinds: Vec<_> = history.lines().filter_map(|line| line.split('\t').nth(2)).collect();
    assert_eq!(kinds, ["deactivate", "rollback", "rollback", "activate"]);
    let generations = of_acme(&place, &["generations"]).well().output;
    assert!(generations.starts_with("1\t\t"), "none decides: {generations}");
    of_acme(&place, &["trust", "revoke", &id]).well();
    assert!(of_acme(&place, &["trust", "list"]).well().output.contains("revoked "));
    of_acme(&place, &activate).failed(1, &["was revoked on "]);
    rules(&place, &["list", "--payer", "ACEM"]).failed(1, &["payer `ACEM` is unknown; known are: ACME"]);
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
    for (file, step) in [
        ("text.wasm", "validation"),
        ("empty.wasm", "validation"),
        ("module.wasm", "validation"),
        ("hollow.wasm", "contract"),
    ] {
        let checked = rules(&place, &["check", file]);
        assert_eq!(checked.code, 1, "{checked:?}");
        assert!(shown(&checked.output, step).starts_with("fail "), "{}", checked.output);
        let said = format!("error: `{file}`: the component is refused at step `{step}`: ");
        assert!(checked.said.contains(&said), "{}", checked.said);
    }
    rules(&place, &["check", "absent.wasm"])
        .failed(1, &["error: `absent.wasm` cannot be read: No such file or directory"]);
    rules(&place, &["build", "absent", "--output", "a.wasm"]).failed(1, &["error: ", "absent"]);
    assert!(!place.path("a.wasm").exists());
}
