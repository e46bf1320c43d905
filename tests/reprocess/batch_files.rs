//! What a batch file can hold: well-formed or not, in XML and in JSON, one or several. What cannot be read costs what it
//! is, and the answer is in the order of the file.

use serde_json::{Value, json};

use super::world::{NAMES, World, line, on_both, outcome};
use crate::http::client::{JSON, XML};
use crate::support::claim_line;

/// Pended claims `C1` to `C4`, and a reservation.
fn lines() -> String {
    let mut claims = NAMES.to_owned();
    for number in 1..=4 {
        claims += &claim_line(
            &format!("C{number}"),
            &json!({ "status": "CHANGE", "tagActions": [
            { "tag": "T1", "action": "R" },
        ] }),
        );
    }
    claims += &claim_line("R1", &json!({ "status": "CHANGE", "processType": "RESERVATION" }));
    claims
}

/// Play a story with each of these contents on both databases, each time with the claims as they were and a data file set
/// of its own.
#[track_caller]
fn on_both_with_each<C: Sync>(contents: &[C], story: impl Fn(&World, &str, &C) + Sync) {
    on_both("", |world| {
        for (number, content) in contents.iter().enumerate() {
            world.import(&lines());
            story(world, &format!("SET-{number}"), content);
        }
    });
}

fn scheduled(code: &str) -> (String, String, Vec<String>) {
    line(code, "S", "CLA-IP-REPR-022")
}

/// A file is refused when its activity is to start, with this message, and nothing is changed or locked.
fn check_refused(world: &World, number: usize, content: &str, code: &str, words: &str) {
    let set = format!("BAD-{number}");
    world.data_file(&set, XML, content.to_owned());
    let before = world.everything();
    let answer = world.start_batch(&json!({ "dataFileSetCode": set })).expect(400);
    let messages = answer.messages();
    assert!(
        messages.len() == 1 && messages[0].0 == code && messages[0].1.contains(words),
        "{content}: {messages:?}"
    );
    assert_eq!(world.everything(), before);
    let shown = world.client.get(&format!("/api/datafilesets/{set}")).expect(200).json();
    assert_eq!(shown["locked"], false);
}

#[test]
fn a_file_that_is_no_batch_is_refused_before_anything_starts() {
    on_both(&lines(), |world| {
        for (number, (content, code, words)) in [
            ("", "REPRISE-REQ-027", "Data file IN is empty"),
            (" \n\t", "REPRISE-REQ-027", "Data file IN is empty"),
            (
                "<claim code=\"C1\"/>",
                "REPRISE-REQ-002",
                "The root `claim` is not expected here",
            ),
            (
                "<other><claim code=\"C1\"/></other>",
                "REPRISE-REQ-002",
                "claimsReprocessRequests",
            ),
            ("{\"code\":\"C1\"}", "REPRISE-REQ-002", "expected"),
            (
                "<!DOCTYPE claims [<!ENTITY a \"b\">]><claims/>",
                "REPRISE-REQ-014",
                "not accepted",
            ),
            (
                "claim C1",
                "REPRISE-REQ-002",
                "The root `claim C1` is not expected here",
            ),
        ]
        .into_iter()
        .enumerate()
        {
            check_refused(world, number, content, code, words);
        }
        // A file of the set that was never handed in is as empty.
        let set = json!({ "code": "TWO", "dataFiles": [{ "code": "A" }, { "code": "B" }] });
        world.client.post_json("/api/datafilesets", &set).expect(201);
        world.upload("TWO", "A", JSON, "[{\"code\":\"C1\"}]").expect(200);
        let answer = world.start_batch(&json!({ "dataFileSetCode": "TWO" })).expect(400);
        assert_eq!(
            answer.messages(),
            [("REPRISE-REQ-027".to_owned(), "Data file B is empty".to_owned())]
        );
        assert_eq!(world.status("C1"), "CHANGE");
    });
}

#[test]
fn a_file_is_read_in_both_formats_and_answered_in_both() {
    let xml = "<?xml version=\"1.0\"?>\n<claimsReprocessRequests>\n\
               <claim code=\"C2\" pricingDone=\"Y\"><claimTagActionlist><claimTagAction tag=\"T1\" action=\"H\"/>\
               </claimTagActionlist></claim>\n\
               <claim code=\"NONE\"/><claim code=\"C1\" reprocessMessageCode=\"CUST1\"/>\n</claimsReprocessRequests>\n";
    let json_file = json!([
        { "code": "C2", "pricingDone": true, "claimTagActionList": [{ "tag": "T1", "action": "H" }] },
        { "code": "NONE" }, { "code": "C1", "reprocessMessageCode": "CUST1" },
    ]);
    let contents = [
        (XML, xml.to_owned()),
        (XML, xml.replace("claimsReprocessRequests", "claims")),
        (JSON, json_file.to_string()),
        // What it is, is what it looks like, not what it is called.
        (XML, serde_json::to_string_pretty(&json_file).expect("JSON")),
    ];
    on_both_with_each(&contents, |world, set, (content_type, content)| {
        world.data_file(set, content_type, content.clone());
        let ended = world.batch(set);
        assert_eq!(ended["status"], "completed with errors");
        let unknown = line("NONE", "F", "CLA-IP-REPR-010");
        assert_eq!(world.listed(&ended), [scheduled("C2"), unknown, scheduled("C1")]);
        let text = |code: &str| format!("Claim with code {code} is scheduled for reprocessing");
        assert_eq!(
            world.file_as(&ended, XML),
            format!(
                "<claimsReprocessResponse>\n\
                     <resultMessages result=\"S\" elementId=\"C2\"><resultMessage code=\"CLA-IP-REPR-022\">{}\
                     </resultMessage></resultMessages>\n\
                     <resultMessages result=\"F\" elementId=\"NONE\"><resultMessage code=\"CLA-IP-REPR-010\">\
                     Claim code NONE is unknown</resultMessage></resultMessages>\n\
                     <resultMessages result=\"S\" elementId=\"C1\"><resultMessage code=\"CLA-IP-REPR-022\">{}\
                     </resultMessage></resultMessages>\n\
                     </claimsReprocessResponse>\n",
                text("C2"),
                text("C1")
            )
        );
        let claim = world.claim("C2");
        assert_eq!(
            [&claim["pricingDone"], &claim["tagActions"][0]["action"]],
            [&json!(true), &json!("H")]
        );
        assert_eq!(world.claim("C1")["messages"], json!(["CUST1"]));
        let history = world.history("C1");
        let entry = history.last().expect("an entry");
        assert_eq!([&entry["activity"], &entry["user"]], [&ended["id"], &json!("clerk")]);
    });
}

#[test]
fn what_is_malformed_in_the_middle_costs_its_entry() {
    let contents = [
        "<claims>\n<claim code=\"C1\"/>\n<claim code=\"C2\" pricingDone=yes/>\n<claim code=\"C3\"/>\n</claims>",
        "[\n{\"code\":\"C1\"},\n{\"code\":\"C2\",},\n{\"code\":\"C3\"}\n]",
    ];
    on_both_with_each(&contents, |world, set, content| {
        world.data_file(set, XML, *content);
        let ended = world.batch(set);
        assert_eq!(ended["status"], "completed with errors");
        let broken = line("", "F", "REPRISE-REQ-025");
        assert_eq!(world.listed(&ended), [scheduled("C1"), broken, scheduled("C3")]);
        let text = world.client.results(&ended)[1]["messages"][0]["text"].clone();
        let text = text.as_str().expect("a text");
        assert!(text.starts_with("Entry 2, line 3"), "{text}");
        assert_eq!(world.status("C2"), "CHANGE");
    });
}

#[test]
fn a_file_that_ends_in_the_middle_is_told_and_what_was_complete_stands() {
    let contents = [
        "<claims>\n<claim code=\"C1\"/>\n<claim code=\"C2\"/>\n<claim code=\"C3\" pricing",
        "<claims>\n<claim code=\"C1\"/>\n<claim code=\"C2\"/>\n",
        "[{\"code\":\"C1\"},{\"code\":\"C2\"},{\"code\":\"C",
        "[{\"code\":\"C1\"},{\"code\":\"C2\"}",
    ];
    on_both_with_each(&contents, |world, set, content| {
        world.data_file(set, JSON, *content);
        let ended = world.batch(set);
        assert_eq!(ended["status"], "completed with errors", "{content}");
        let end = line("", "F", "REPRISE-REQ-026");
        assert_eq!(
            world.listed(&ended),
            [scheduled("C1"), scheduled("C2"), end],
            "{content}"
        );
        let path = format!("/api/activities/{}/messages", ended["id"]);
        let messages = world.client.get(&path).expect(200).messages();
        assert_eq!(messages.len(), 1);
        assert!(
            messages[0]
                .1
                .starts_with("The file ends in the middle; 2 entries before that were processed"),
            "{messages:?}"
        );
        assert_eq!(world.status("C3"), "CHANGE");
    });
}

#[test]
fn the_second_request_for_a_claim_finds_what_the_first_has_done() {
    on_both(&lines(), |world| {
        let content = json!([
            { "code": "C1", "claimPendReasonList": [{ "code": "LOUD" }] },
            { "code": "C2" },
            { "code": "C1", "claimTagActionList": [{ "tag": "T1", "action": "S" }] },
            { "code": "C1" },
            { "code": "C2" },
        ]);
        world.data_file("SET", JSON, content.to_string());
        let ended = world.batch("SET");
        let done = |code: &str| line(code, "F", "CLA-IP-REPR-013");
        assert_eq!(
            world.listed(&ended),
            [
                scheduled("C1"),
                scheduled("C2"),
                scheduled("C1"),
                done("C1"),
                done("C2")
            ]
        );
        let history = world.history("C1");
        assert_eq!(history.len(), 2);
        assert_eq!(history[1]["details"]["pendReasonsRemoved"][0]["code"], "LOUD");
        assert_eq!(history[1]["details"]["statusBefore"], "CHANGE");
        let claim = world.claim("C1");
        assert_eq!([&claim["status"], &claim["tagActions"][0]["action"]], ["INITIAL", "S"]);
    });
}

#[test]
fn the_files_of_a_set_are_one_after_the_other() {
    on_both(&lines(), |world| {
        let set =
            json!({ "code": "SET", "dataFiles": [{ "code": "SECOND" }, { "code": "FIRST" }, { "code": "LAST" }] });
        world.client.post_json("/api/datafilesets", &set).expect(201);
        for (file, content) in [
            ("SECOND", "[{\"code\":\"C2\"},7]"),
            ("FIRST", "<claims><claim code=\"C1\"/><claim code=\"C2\"/><claim"),
            ("LAST", "[{\"code\":\"C3\"}]"),
        ] {
            world.upload("SET", file, XML, content).expect(200);
        }
        let ended = world.batch("SET");
        assert_eq!(
            world.listed(&ended),
            [
                scheduled("C2"),
                line("", "F", "REPRISE-REQ-025"),
                scheduled("C1"),
                line("C2", "F", "CLA-IP-REPR-013"),
                line("", "F", "REPRISE-REQ-026"),
                scheduled("C3"),
            ]
        );
        let results = world.client.results(&ended);
        for (number, file) in [(1, "(data file SECOND)"), (4, "(data file FIRST)")] {
            let text = results[number]["messages"][0]["text"].as_str().expect("a text");
            assert!(text.ends_with(file), "{text}");
        }
    });
}

#[test]
fn a_file_that_mixes_reservations_and_claims_is_told_so_once() {
    on_both(&lines(), |world| {
        let file = |codes: &[&str]| {
            codes
                .iter()
                .map(|code| json!({ "code": code }))
                .collect::<Value>()
                .to_string()
        };
        world.data_file("MIXED", JSON, file(&["C1", "R1", "C2", "R1"]));
        let mixed = world.batch("MIXED");
        let messages = |activity: &Value| {
            let path = format!("/api/activities/{}/messages", activity["id"]);
            world.client.get(&path).expect(200).json()["resultMessages"][0].clone()
        };
        let said = messages(&mixed);
        assert_eq!(outcome(&said), line("", "S", "REPRISE-REQ-028"));
        world.data_file("PURE", JSON, file(&["C3", "C4"]));
        assert_eq!(messages(&world.batch("PURE"))["messages"], json!([]));
    });
}

#[test]
fn a_file_without_entries_is_done_at_once() {
    let contents = ["<claims/>", "<claimsReprocessRequests></claimsReprocessRequests>", "[]"];
    on_both_with_each(&contents, |world, set, content| {
        world.data_file(set, XML, *content);
        let ended = world.batch(set);
        assert_eq!(
            [&ended["status"], &ended["progress"]["total"]],
            [&json!("completed"), &json!(0)],
            "{content}"
        );
        assert_eq!(
            world.file_as(&ended, XML),
            "<claimsReprocessResponse>\n</claimsReprocessResponse>\n"
        );
    });
}
