//! Bodies that are no request: malformed, hostile, too large, of another type. The server answers the next.

use axum::body::Body;
use axum::http::Method;
use reprise::http::BODY_BYTES_MAX;

use super::Client;
use super::client::{JSON, XML};
use crate::support::SAMPLE;

const GOOD: &str = r#"{"processType":"CLAIM","entryStartDate":"2009-07-01","messageGroupCode":"AUTHGroup2"}"#;
const PATHS: [&str; 3] = [
    "/api/claimsreprocesscriteria",
    "/api/claimsreprocesscount",
    "/api/claimsreprocesscriteria/explain?claim=C001",
];

/// Each path refuses the body with this status, message code and, somewhere, words; then it counts as before.
fn check(client: &Client, content_type: &str, body: &str, status: u16, code: &str, words: &str) {
    let headers = [("content-type", content_type), ("accept", JSON)];
    for path in PATHS {
        let answer = client.send(Method::POST, path, &headers, body.to_owned());
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        let messages = answer.messages();
        let [(given, text)] = messages.as_slice() else {
            panic!("{path}: {messages:?}")
        };
        assert_eq!(given, code, "{path}: {text}");
        assert!(text.contains(words), "{path}: {text}");
    }
    check_alive(client);
}

fn check_alive(client: &Client) {
    let count = client.post("/api/claimsreprocesscount", JSON, GOOD).expect(200);
    assert_eq!(count.json()["count"], 1);
}

#[test]
fn a_malformed_body_is_refused_with_its_place() {
    let (client, _place) = Client::on(SAMPLE);
    for (content_type, body, words) in [
        (XML, "", "it is empty"),
        (XML, "<claimReprocessCountRequest", "line 1"),
        (
            XML,
            "<claimReprocessCountRequest processType=\"CLAIM\">\n  <a>\n</claimReprocessCountRequest>",
            "line 3",
        ),
        (XML, "<claimReprocessCountRequest processType=CLAIM/>", "line 1"),
        (XML, "{}", "stands before the root element"),
        (XML, "<a/><b/>", "after the root element another one, `b`"),
        (JSON, "", "it is empty"),
        (JSON, "{\"processType\":\"CLAIM\"", "ends in the middle"),
        (JSON, "{\"processType\":\n\"CLAIM\",}", "line 2"),
        (JSON, "<claim/>", "line 1, column 1"),
        (JSON, "{} {}", "line 1, column 4"),
    ] {
        check(&client, content_type, body, 400, "REPRISE-REQ-001", words);
    }
}

#[test]
fn a_body_that_is_not_utf_8_is_refused() {
    let (client, _place) = Client::on(SAMPLE);
    for content_type in [XML, JSON] {
        let body = b"<claimReprocessCountRequest processType=\"CL\xC4IM\"/>".to_vec();
        let headers = [("content-type", content_type), ("accept", JSON)];
        let answer = client.send(Method::POST, PATHS[1], &headers, body).expect(400);
        let messages = answer.messages();
        assert_eq!(messages[0].0, "REPRISE-REQ-001");
        assert!(messages[0].1.contains("UTF-8"), "{}", messages[0].1);
    }
    check_alive(&client);
}

#[test]
fn another_root_is_refused_with_the_right_one() {
    let (client, _place) = Client::on(SAMPLE);
    check(
        &client,
        XML,
        "<claims/>",
        400,
        "REPRISE-REQ-002",
        "`claims` is not expected here",
    );
    check(
        &client,
        JSON,
        "[]",
        400,
        "REPRISE-REQ-002",
        "claimReprocessingCriteriaRequest",
    );
}

#[test]
fn an_entity_bomb_is_not_looked_at() {
    let (client, _place) = Client::on(SAMPLE);
    let mut bomb = String::from("<?xml version=\"1.0\"?>\n<!DOCTYPE claims [\n<!ENTITY a0 \"aaaaaaaaaa\">\n");
    for level in 1..20 {
        let inner = format!("&a{};", level - 1).repeat(10);
        bomb.push_str(&format!("<!ENTITY a{level} \"{inner}\">\n"));
    }
    bomb.push_str("]>\n<claimReprocessCountRequest processType=\"&a19;\"/>");
    check(&client, XML, &bomb, 400, "REPRISE-REQ-014", "not accepted");
    let external = "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><claimReprocessCountRequest processType=\"CLAIM\"/>";
    check(&client, XML, external, 400, "REPRISE-REQ-014", "not accepted");
    let undeclared = "<claimReprocessCountRequest processType=\"&passwords;\"/>";
    check(&client, XML, undeclared, 400, "REPRISE-REQ-001", "`&passwords;`");
}

#[test]
fn a_deep_body_is_refused() {
    let (client, _place) = Client::on(SAMPLE);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    check(&client, JSON, &deep, 400, "REPRISE-REQ-021", "deep");
    check(&client, XML, &"<a>".repeat(100_000), 400, "REPRISE-REQ-021", "deep");
}

#[test]
fn a_body_of_50_megabytes_is_refused() {
    let (client, _place) = Client::on(SAMPLE);
    let spaces = " ".repeat(50 << 20);
    for content_type in [XML, JSON] {
        let words = "The body is larger than 1048576 bytes";
        check(&client, content_type, &spaces, 413, "REPRISE-REQ-016", words);
    }
}

#[test]
fn a_body_without_a_length_is_measured_as_it_comes() {
    let (client, _place) = Client::on(SAMPLE);
    let chunk = axum::body::Bytes::from(vec![b' '; 1 << 20]);
    let answer = client.post(PATHS[1], JSON, unmeasured(chunk, 50)).expect(413);
    assert_eq!(answer.messages()[0].0, "REPRISE-REQ-016");
    check_alive(&client);
}

/// A body of so many chunks, of which nobody says in advance how long it is.
fn unmeasured(chunk: axum::body::Bytes, count: usize) -> Body {
    let chunks = std::iter::repeat_n(chunk, count);
    Body::from_stream(tokio_stream::iter(chunks.map(Ok::<_, std::io::Error>)))
}

#[test]
fn a_body_that_ends_in_the_middle_is_refused() {
    let (client, _place) = Client::on(SAMPLE);
    let chunks = [
        Ok(axum::body::Bytes::from("{\"processType\"")),
        Err(std::io::Error::other("gone")),
    ];
    let answer = client
        .post(PATHS[1], JSON, Body::from_stream(tokio_stream::iter(chunks)))
        .expect(400);
    assert!(
        answer.messages()[0].1.contains("ended before it was complete"),
        "{}",
        answer.text
    );
    check_alive(&client);
}

#[test]
fn the_largest_body_is_read() {
    let (client, _place) = Client::on(SAMPLE);
    for (length, status) in [(BODY_BYTES_MAX, 200), (BODY_BYTES_MAX + 1, 413)] {
        let body = format!("{GOOD}{}", " ".repeat(length - GOOD.len()));
        client.post(PATHS[1], JSON, body).expect(status);
    }
}

#[test]
fn a_body_of_another_type_is_refused() {
    let (client, _place) = Client::on(SAMPLE);
    for (content_type, shown) in [
        ("text/plain", "`text/plain`"),
        (
            "application/x-www-form-urlencoded",
            "`application/x-www-form-urlencoded`",
        ),
        ("application/json; charset=utf-16", "`application/json; charset=utf-16`"),
        ("", "``"),
    ] {
        check(&client, content_type, GOOD, 415, "REPRISE-REQ-015", shown);
    }
    let answer = client.send(Method::POST, PATHS[1], &[], GOOD).expect(415);
    assert_eq!(answer.messages()[0].0, "REPRISE-REQ-015");
}

#[test]
fn the_answer_comes_in_the_type_that_is_accepted() {
    let (client, _place) = Client::on(SAMPLE);
    for (accept, given) in [
        ("application/xml", XML),
        ("text/xml", XML),
        ("application/json", JSON),
        ("*/*", JSON),
        ("application/xml;q=0.5, application/json", JSON),
        ("text/html, application/xml;q=0.9, */*;q=0.8", XML),
        // An answer it did not ask for is better than none.
        ("image/png", JSON),
    ] {
        let headers = [("content-type", JSON), ("accept", accept)];
        let answer = client.send(Method::POST, PATHS[1], &headers, GOOD).expect(200);
        assert_eq!(answer.header("content-type"), given, "{accept}");
        assert_eq!(answer.text.starts_with('<'), given == XML, "{accept}");
    }
}
