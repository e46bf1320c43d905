//! A server whose component turns bad on a certain request says so in that answer, and answers the next.

use std::time::Duration;

use reprise::{Configuration, Host};
use reprise_engine::{CallLimits, RuleLimits};
use serde_json::{Value, json};

use super::faults::{VICES, Vice};
use super::tight_limits;
use crate::components;
use crate::http::client::{Client, JSON, XML};
use crate::support::{Place, SAMPLE};

pub(super) const COUNT: &str = "/api/claimsreprocesscount";
const EXPLAIN: &str = "/api/claimsreprocesscriteria/explain?claim=C001";

/// A caller of a server with this component, on the sample and on products of every vice.
fn serve(guest: &[u8], call: CallLimits) -> (Client, Place) {
    let place = Place::with(SAMPLE);
    let refused = ["SOLD-NO-MORE", "CONTROL-CHARACTERS"];
    let products = VICES.iter().map(|vice| vice.product).chain(refused);
    let product = |code| format!("{}\n", json!({ "kind": "product", "payer": "ACME", "code": code }));
    place.import(&products.map(product).collect::<String>());
    let mut configuration = Configuration::new(place.database());
    configuration.rules = Some(place.file("rules.wasm", guest));
    configuration.rule_limits = RuleLimits::same(call);
    // What becomes of a component that fails again and again is told elsewhere.
    configuration.rule_settings.quarantine_faults = 0;
    let host = Host::open(&configuration).expect("a host");
    host.load(|_, _| ()).expect("a loaded index");
    (Client::new(host), place)
}

/// Where a request fails on a product: what the component does wrong when it explains is not seen by who counts.
pub(super) fn path_of(vice: &Vice) -> &'static str {
    let only_explained = ["LONG-REASON", "NO-FINDING", "OTHER-FINDING"].contains(&vice.product);
    if only_explained { EXPLAIN } else { COUNT }
}

pub(super) fn asking_for(product: &str) -> Value {
    json!({ "reprocess": false, "processType": "CLAIM", "productCode": product })
}

/// The server decides: as it stands, there are claims with product `GOLD`.
#[track_caller]
fn check_that_it_decides(client: &Client) {
    let answer = client.post_json(COUNT, &asking_for("GOLD")).expect(200);
    assert!(
        answer.json()["count"].as_u64().is_some_and(|count| count > 0),
        "{}",
        answer.text
    );
}

#[test]
fn a_request_that_the_component_fails_on_is_answered_with_its_fault_and_the_next_is_decided() {
    for of_one_guest in VICES.chunk_by(|left, right| left.guest == right.guest) {
        let (client, _place) = serve(of_one_guest[0].guest, tight_limits());
        for vice in of_one_guest {
            let answer = client.post_json(path_of(vice), &asking_for(vice.product)).expect(500);
            let [(code, text)] = &answer.messages()[..] else {
                panic!("not one message: {}", answer.text)
            };
            assert_eq!(code, "REPRISE-RULES-001", "{}: {text}", vice.product);
            let said = "The rule component failed, so nothing was decided: ";
            assert!(
                text.starts_with(said) && text.contains(vice.words),
                "{}: {text}",
                vice.product
            );
            check_that_it_decides(&client);
        }
    }
}

#[test]
fn others_are_answered_while_a_request_loops_until_its_time_is_over() {
    let time_max = Duration::from_secs(8);
    let (client, _place) = serve(
        components::LOOPS,
        CallLimits {
            fuel_max: u64::MAX,
            time_max,
            ..tight_limits()
        },
    );
    let activity = client.accepted(JSON, asking_for("LOOP-IN-MATCH").to_string());
    let status = || client.get(&activity).expect(200).json()["status"].clone();
    while status() == "initial" {
        std::thread::sleep(Duration::from_millis(5));
    }
    client.get("/healthz").expect(200);
    client.get("/readyz").expect(200);
    client.get("/api/claims/C001").expect(200);
    check_that_it_decides(&client);
    assert_eq!(status(), "in process", "all this time the request was under way");
    let ended = client.ended(&activity);
    assert_eq!(ended["status"], "technical error");
    let messages = client.get(&format!("{activity}/messages")).expect(200);
    let words = "it ran out of time: more than 8000 ms in one call";
    assert!(
        messages.text.contains("REPRISE-RULES-001") && messages.text.contains(words),
        "{}",
        messages.text
    );
    check_that_it_decides(&client);
}

#[test]
fn what_the_component_will_not_compile_is_refused_with_its_sentence() {
    let (client, _place) = serve(components::REFUSES, tight_limits());
    let answer = client.post_json(COUNT, &asking_for("SOLD-NO-MORE")).expect(400);
    let text =
        "The rule component cannot decide criterion product: product `SOLD-NO-MORE` is sold no more; ask for `GOLD`";
    assert_eq!(answer.messages(), [("REPRISE-RULES-002".to_owned(), text.to_owned())]);
    check_that_it_decides(&client);
}

#[test]
fn control_characters_in_a_components_words_do_not_break_the_answer() {
    let (client, _place) = serve(components::REFUSES, tight_limits());
    let xml = r#"<claimReprocessCountRequest processType="CLAIM" productCode="CONTROL-CHARACTERS"/>"#;
    for (content_type, body) in [
        (JSON, asking_for("CONTROL-CHARACTERS").to_string()),
        (XML, xml.to_owned()),
    ] {
        let answer = client.post(COUNT, content_type, body).expect(400);
        assert!(answer.text.contains("REPRISE-RULES-002"), "{}", answer.text);
        assert!(!answer.text.contains(['\u{0}', '\u{1b}']), "{}", answer.text);
        assert!(
            !answer.text.contains("&#0;") && !answer.text.contains("&#x0;"),
            "{}",
            answer.text
        );
    }
}

#[test]
fn a_criterion_that_the_component_does_not_know_is_refused_by_name() {
    let (client, _place) = serve(components::KNOWS_LESS, tight_limits());
    let mut request = asking_for("GOLD");
    request["claimStatus"] = json!("FINALIZED");
    let answer = client.post_json(COUNT, &request).expect(400);
    let text = "The rule component cannot decide criterion claim-status: it understands process-type, product";
    assert_eq!(answer.messages(), [("REPRISE-RULES-002".to_owned(), text.to_owned())]);
    check_that_it_decides(&client);
}
