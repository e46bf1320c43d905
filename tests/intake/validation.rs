//! Judging many requests at once: by HTTP and by the command, without storing anything.

use serde_json::{Value, json};

use super::family::{ACME, line, offices, patient, procedure, subscription};
use crate::cli::command::reprise;
use crate::http::client::Client;
use crate::reprocess::world::on_both;
use crate::support::Place;

/// Requests of all kinds, and what is to be said of each: the letters of its claims, or the code of what is wrong.
fn requests() -> (String, Vec<(u64, &'static str)>) {
    let right = |more: Value| {
        let mut body = json!({ "PatNum": 7, "procNums": [701] });
        super::family::merge(&mut body, more);
        line(body)
    };
    let lines = [
        (right(json!({})), "P W, S H"),
        (right(json!({ "ClaimType": "P" })), "P W"),
        (right(json!({ "ClaimType": "S", "ClaimStatus": "H" })), "S H"),
        (
            right(json!({ "ClaimType": "P", "ClaimStatus": "H" })),
            "status-not-allowed",
        ),
        ("\n".to_owned(), ""),
        ("{\n".to_owned(), "malformed-body"),
        (right(json!({ "PatNum": 9 })), "patient-unknown"),
        (right(json!({ "procNums": [799] })), "procedure-unknown"),
        (right(json!({ "ClaimType": "Other" })), "subscription-missing"),
        (
            right(json!({ "ClaimType": "Other", "InsSubNum": subscription(7, 3) })),
            "Other W",
        ),
        (format!("{}\n", "x".repeat((1 << 20) + 10)), "body-too-large"),
        (
            right(json!({ "ClaimType": "PreAuth" })).trim_end().to_owned(),
            "PreAuth W",
        ),
    ];
    let expected = (1..)
        .zip(&lines)
        .filter(|(_, (_, said))| !said.is_empty())
        .map(|(number, (_, said))| (number, *said))
        .collect();
    (lines.into_iter().map(|(line, _)| line).collect(), expected)
}

fn enrolment() -> String {
    offices() + &patient(ACME, 7, "ddm") + &procedure(ACME, 7, 1, json!({}))
}

#[track_caller]
fn check(answers: &str, expected: &[(u64, &str)]) {
    let lines: Vec<Value> = answers
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .filter(|line: &Value| line.get("end").is_none())
        .collect();
    let said: Vec<(u64, String)> = lines
        .iter()
        .map(|line| {
            let said = match line["claims"].as_array() {
                Some(claims) => {
                    let letters = claims.iter().map(|claim| {
                        let text = |name: &str| claim[name].as_str().expect(name);
                        format!("{} {}", text("ClaimType"), text("ClaimStatus"))
                    });
                    letters.collect::<Vec<_>>().join(", ")
                }
                None => line["problems"][0]["code"].as_str().expect("a code").to_owned(),
            };
            (line["line"].as_u64().expect("a number"), said)
        })
        .collect();
    let expected: Vec<(u64, String)> = expected
        .iter()
        .map(|(line, said)| (*line, (*said).to_owned()))
        .collect();
    assert_eq!(said, expected);
}

#[test]
fn each_line_is_judged_as_if_it_were_posted_alone() {
    let (lines, expected) = requests();
    on_both(&enrolment(), |world| {
        let before = world.everything();
        let answer = world
            .client
            .post("/api/v1/claims/validate", "application/x-ndjson", lines.clone())
            .expect(200);
        assert_eq!(answer.header("content-type"), "application/x-ndjson");
        check(&answer.text, &expected);
        let end: Value = serde_json::from_str(answer.text.lines().last().expect("a line")).expect("JSON");
        assert_eq!(end, json!({ "end": true, "requests": 11, "accepted": 5, "refused": 6 }));
        assert_eq!(world.everything(), before);
        // And posted alone, each is answered the same.
        for (line, (_, said)) in lines
            .lines()
            .filter(|line| !line.is_empty() && line.len() < 1_000)
            .zip(expected.iter().filter(|(_, said)| *said != "body-too-large"))
        {
            let path = "/api/v1/claims?dryRun=true";
            let answer = world.client.post(path, "application/json", line.to_owned());
            let json = answer.json();
            match answer.status {
                200 => assert!(said.contains(' '), "{line}: {json}"),
                _ => assert_eq!(json["code"], *said, "{line}"),
            }
        }
    });
}

#[test]
fn many_lines_are_judged_in_stretches() {
    let mut lines = String::new();
    let mut requests = String::new();
    for number in 1..=2_500_u64 {
        if number <= 100 {
            lines += &patient(ACME, number, "dd");
            lines += &procedure(ACME, number, 1, json!({}));
        }
        let patient = (number - 1) % 100 + 1;
        requests += &line(json!({ "PatNum": patient, "procNums": [patient * 100 + 1], "ClaimType": "S" }));
    }
    let (client, _place) = Client::on(&lines);
    let answer = client
        .post("/api/v1/claims/validate", "application/x-ndjson", requests)
        .expect(200);
    let judged: Vec<Value> = answer
        .text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(judged.len(), 2_501);
    for (place, line) in judged[..2_500].iter().enumerate() {
        assert_eq!(line["line"], place as u64 + 1);
        assert_eq!(line["claims"][0]["ClaimStatus"], "W");
    }
}

#[test]
fn the_command_judges_a_file() {
    let place = Place::with(&enrolment());
    let (lines, expected) = requests();
    place.file("requests.ndjson", lines);
    let judged = reprise(
        &place,
        &[
            "claims",
            "validate",
            "requests.ndjson",
            "--payer",
            ACME,
            "--database",
            &place.database(),
        ],
    );
    assert_eq!(judged.code, 1, "{}", judged.said);
    check(&judged.output, &expected);
    assert!(
        judged.said.contains("11 requests: 5 would be done, 6 would be refused"),
        "{}",
        judged.said
    );
    place.file("right.ndjson", line(json!({ "PatNum": 7, "procNums": [701] })));
    let judged = reprise(
        &place,
        &[
            "claims",
            "validate",
            "right.ndjson",
            "--payer",
            ACME,
            "--database",
            &place.database(),
        ],
    );
    assert_eq!(judged.code, 0, "{}", judged.said);
    let missing = reprise(
        &place,
        &["claims", "validate", "nothing.ndjson", "--database", &place.database()],
    );
    assert!(missing.said.contains("nothing.ndjson"), "{}", missing.said);
}
