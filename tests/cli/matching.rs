//! `reprise match`: a request answered without a server.

use serde_json::{Value, json};

use super::reprise;
use crate::support::{Place, SAMPLE, claim_line};

/// The sample and its first request, in both formats.
fn sample() -> Place {
    let place = Place::with(SAMPLE);
    place.file(
        "first.xml",
        include_str!("../../host/samples/late-authorizations-1.xml"),
    );
    place.file(
        "first.json",
        include_str!("../../host/samples/late-authorizations-1.json"),
    );
    place.file(
        "count.xml",
        include_str!("../../host/samples/late-authorizations-count.xml"),
    );
    place
}

/// The claims that a data file of JSON lines is about.
fn listed(output: &str) -> Vec<String> {
    let entries = output
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
    entries
        .map(|entry| entry["elementId"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn claims_are_listed_in_the_format_of_the_request() {
    let place = sample();
    let json = reprise(&place, &["match", "first.json"]).well().output;
    assert_eq!(listed(&json), ["C001", "C002", "C003"]);
    let xml = reprise(&place, &["match", "first.xml"]).well().output;
    assert!(xml.starts_with("<claimReprocessingCriteriaResponse>\n<resultMessages result=\"S\" elementId=\"C001\">"));
    assert!(xml.ends_with("</claimReprocessingCriteriaResponse>\n"), "{xml}");
    assert_eq!(
        reprise(&place, &["match", "first.xml", "--format", "json"])
            .well()
            .output,
        json
    );
    assert_eq!(
        reprise(&place, &["match", "first.json", "--format", "xml"])
            .well()
            .output,
        xml
    );
    // The body of a count has no word on reprocessing, and no unfinalize reason.
    let counted = reprise(&place, &["match", "count.xml", "--format", "json"])
        .well()
        .output;
    assert_eq!(listed(&counted), ["C001", "C002", "C003", ""]);
}

#[test]
fn claims_are_counted() {
    let place = sample();
    assert_eq!(
        reprise(&place, &["match", "first.xml", "--count"]).well().output,
        "<claimReprocessCountResponse count=\"3\" totalAllowedAmount=\"1347.75\" totalCoveredAmount=\"1078.20\" \
         currency=\"USD\" excludedSettled=\"0\" excludedLocked=\"0\"/>\n"
    );
    let json = reprise(&place, &["match", "first.json", "--count"]).well().output;
    assert_eq!(serde_json::from_str::<Value>(&json).expect("JSON")["count"], 3);
}

#[test]
fn a_claim_is_explained_to_people_and_to_programs() {
    let place = sample();
    let text = reprise(&place, &["match", "first.xml", "--explain", "C002"])
        .well()
        .output;
    for words in [
        "claim C002 is hit; its status is FINALIZED\n",
        "it is finalized, so reprocessing it takes an unfinalize reason\n",
        "line C002-1: does not\n",
        "  not met  message-group: ",
        "line C002-2: meets every criterion\n",
        "  met      message-group: ",
    ] {
        assert!(text.contains(words), "`{words}` is not in: {text}");
    }
    let text = reprise(&place, &["match", "first.xml", "--explain", "C006"])
        .well()
        .output;
    assert!(
        text.starts_with("claim C006 is not hit; its status is ENTRY\na request reaches no claim"),
        "{text}"
    );
    for (claim, words) in [("C010", "it is settled"), ("C011", "it is locked by another process")] {
        let text = reprise(&place, &["match", "first.xml", "--explain", claim])
            .well()
            .output;
        assert!(text.contains(words), "{text}");
    }
    let json = reprise(&place, &["match", "first.xml", "--explain", "C002", "--format", "json"])
        .well()
        .output;
    assert_eq!(
        serde_json::from_str::<Value>(&json).expect("JSON")["lines"][1]["hit"],
        true
    );
    let xml = reprise(&place, &["match", "first.json", "--explain", "C002", "--format", "xml"])
        .well()
        .output;
    assert!(
        xml.starts_with("<explanation claim=\"C002\" status=\"FINALIZED\""),
        "{xml}"
    );
}

#[test]
fn the_payer_is_named_where_there_are_several() {
    let place = sample();
    place.import(&claim_line("Z1", &json!({ "payer": "ZENITH" })));
    place.file("all.json", r#"{"processType":"CLAIM"}"#);
    let count = |payer| {
        reprise(&place, &["match", "all.json", "--count", "--payer", payer])
            .well()
            .output
    };
    assert!(count("ACME").contains("\"count\":8,"));
    assert!(count("ZENITH").contains("\"count\":1,"));
    reprise(&place, &["match", "all.json"]).failed(1, &["error: Several payers are here; name one", "ACME, ZENITH"]);
    reprise(&place, &["match", "all.json", "--payer", "NONE"])
        .failed(1, &["error: Payer NONE is unknown; known are: ACME, ZENITH"]);
}

#[test]
fn the_database_is_named_by_argument_or_environment() {
    let place = sample();
    let elsewhere = Place::new();
    let request = place.path("first.json").display().to_string();
    let by_argument = ["match", &request, "--count", "--database", &place.database()];
    assert!(reprise(&elsewhere, &by_argument).well().output.contains("\"count\":3,"));
    let by_environment = super::command::command_in(elsewhere.directory())
        .args(["match", &request, "--count"])
        .env("REPRISE_DATABASE", place.database())
        .output()
        .expect("the command runs");
    assert!(String::from_utf8_lossy(&by_environment.stdout).contains("\"count\":3,"));
}

#[test]
fn what_cannot_be_matched_is_said_in_a_sentence() {
    let place = sample();
    place.file("request.txt", "{}");
    place.file("malformed.json", "{\"processType\":\"CLAIM\"");
    place.file("malformed.xml", "<claimReprocessCountRequest");
    place.file(
        "unknown.json",
        r#"{"processType":"CLAIM","productCode":"NONE","claimFormCode":"NONE"}"#,
    );
    place.file("wrong.json", r#"{"processType":"CLAIM","color":"red"}"#);
    place.file("latin.xml", b"<claimReprocessCountRequest processType=\"\xC4\"/>");
    place.file("rules.wasm", "no component");
    place.file("not-a-database", "something else entirely\n".repeat(1_000));
    for (arguments, words) in [
        (
            vec!["request.txt"],
            vec!["error: `request.txt` is neither XML nor JSON by its ending; name it .xml or .json"],
        ),
        (
            vec!["first"],
            vec!["error: `first` is neither XML nor JSON by its ending"],
        ),
        (
            vec!["absent.json"],
            vec!["error: `absent.json` cannot be read: No such file or directory"],
        ),
        (
            vec!["malformed.json"],
            vec![
                "error: malformed.json: The body is not well-formed JSON: ",
                "in the middle",
            ],
        ),
        (
            vec!["malformed.xml"],
            vec!["error: malformed.xml: The body is not well-formed XML: "],
        ),
        (vec!["latin.xml"], vec!["error: latin.xml: ", "UTF-8"]),
        (
            vec!["unknown.json"],
            vec!["error: ", "Product code NONE is unknown", "Claim Form NONE is unknown"],
        ),
        (
            vec!["wrong.json"],
            vec!["error: wrong.json: `color` is not known here; known are: reprocess, "],
        ),
        (
            vec!["first.json", "--explain", "NONE"],
            vec!["error: Claim code NONE is unknown"],
        ),
        (
            vec!["first.json", "--rules", "absent.wasm"],
            vec!["error: rules `absent.wasm`: No such file or directory"],
        ),
        (
            vec!["first.json", "--rules", "rules.wasm"],
            vec!["error: rules `rules.wasm`: "],
        ),
        (
            vec!["first.json", "--database", "sqlite:a/b.db"],
            vec!["error: database `sqlite:a/b.db`: "],
        ),
        (
            vec!["first.json", "--database", "sqlite:not-a-database"],
            vec!["error: database `sqlite:not-a-database`: "],
        ),
        (
            vec!["first.json", "--database", "sqlite:empty.db"],
            vec!["reprise import"],
        ),
    ] {
        let arguments: Vec<_> = std::iter::once("match").chain(arguments).collect();
        reprise(&place, &arguments).failed(1, &words);
    }
}
