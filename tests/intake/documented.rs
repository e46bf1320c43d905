//! What docs/intake.md says of problems is what there is: each code of the host with its status and meaning, and each of the
//! default component.

use std::collections::BTreeSet;
use std::path::Path;

use reprise_request::PROBLEM_CODES;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn document() -> String {
    std::fs::read_to_string(Path::new(ROOT).join("docs/intake.md")).expect("docs/intake.md")
}

#[test]
fn every_code_of_the_host_is_documented_as_it_is() {
    let document = document();
    for known in PROBLEM_CODES {
        let row = format!("| `{}` | {} | {} |", known.code, known.status, known.meaning);
        assert!(document.contains(&row), "docs/intake.md lacks: {row}");
    }
}

/// The codes in the sources of the default component: the texts that its refusals begin with.
fn codes_of_the_default_component() -> BTreeSet<String> {
    let sources = Path::new(ROOT).join("rules/packs/claim-status/src/intake");
    let mut codes = BTreeSet::new();
    for entry in std::fs::read_dir(sources).expect("sources") {
        let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("a source");
        let texts = text.split('"').skip(1).step_by(2);
        let is_code = |text: &&str| {
            text.contains('-') && text.bytes().all(|letter| letter.is_ascii_lowercase() || letter == b'-')
        };
        codes.extend(texts.filter(is_code).map(str::to_owned));
    }
    // The names of flags are of the same letters.
    codes.remove("hold-primary-for-medical");
    codes.remove("block-zero-fee");
    codes
}

#[test]
fn every_code_of_the_default_component_is_documented() {
    let document = document();
    let codes = codes_of_the_default_component();
    assert!(codes.len() > 20, "{codes:?}");
    for code in codes {
        assert!(
            document.contains(&format!("| `{code}` | ")),
            "docs/intake.md lacks {code}"
        );
    }
}
