//! `reprise serve` as a process, asked over its socket.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};

use super::command::{command_in, token};
use super::reprise;
use crate::support::{Place, SAMPLE, claim_line};

/// A server, ended with the story.
pub(super) struct Server {
    child: Child,
    address: SocketAddr,
    database: String,
    /// That of who asks.
    token: String,
    /// What it says, line by line.
    said: mpsc::Receiver<String>,
}

impl Server {
    /// A server on the story's database, on a port that is free, ready, and asked by an administrator of payer ACME.
    pub(super) fn on(place: &Place, arguments: &[&str]) -> Self {
        let token = token(&place.database(), &["--role", "administrator", "--payer", "ACME"]);
        Self::start(place, arguments, token)
    }

    /// The same, asked with this token. What it prints is in the file `printed`.
    pub(super) fn start(place: &Place, arguments: &[&str], token: String) -> Self {
        let printed = std::fs::File::create(place.path("printed")).expect("a file");
        let mut child = command_in(place.directory())
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(printed)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let stderr = BufReader::new(child.stderr.take().expect("standard error"));
        let (sender, said) = mpsc::channel();
        // It is read to its end, so that the server is never held up by what it says.
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let mut before = Vec::new();
        let address = loop {
            let line = said
                .recv_timeout(Duration::from_secs(60))
                .unwrap_or_else(|_| panic!("no address: {before:?}"));
            if let Some((_, address)) = line.split_once("listening on http://") {
                break address.parse().expect("an address");
            }
            before.push(line);
        };
        let server = Self {
            child,
            address,
            database: place.database(),
            token,
            said,
        };
        for _ in 0..6_000 {
            if server.ask("GET", "/readyz", "", b"").0 == 200 {
                return server;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the server is not ready after a minute");
    }

    /// Status, head and body of an answer over a connection of its own.
    fn ask(&self, method: &str, path: &str, content_type: &str, body: &[u8]) -> (u16, String, String) {
        self.ask_with(&self.token, method, path, content_type, body)
    }

    /// The same to whoever sends this token.
    pub(super) fn ask_with(
        &self,
        token: &str,
        method: &str,
        path: &str,
        content_type: &str,
        body: &[u8],
    ) -> (u16, String, String) {
        let mut stream = TcpStream::connect(self.address).expect("a connection");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: {content_type}\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        let mut writing = stream.try_clone().expect("a second handle");
        let mut bytes = Vec::new();
        std::thread::scope(|scope| {
            // A server that refuses a body does not read all of it.
            scope.spawn(move || {
                writing
                    .write_all(head.as_bytes())
                    .and_then(|()| writing.write_all(body))
            });
            // What came before the connection was cut off is the answer.
            let _ = stream.read_to_end(&mut bytes);
            let _ = stream.shutdown(std::net::Shutdown::Both);
        });
        let text = String::from_utf8(bytes).expect("UTF-8");
        let (head, body) = text
            .split_once("\r\n\r\n")
            .unwrap_or_else(|| panic!("no answer: `{text}`"));
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .expect("a status");
        let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
        (
            status,
            head.to_owned(),
            if chunked { without_chunks(body) } else { body.to_owned() },
        )
    }

    fn get(&self, path: &str) -> String {
        let (status, _, body) = self.ask("GET", path, "", b"");
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    fn count(&self, body: &Value) -> Value {
        let (status, _, answer) = self.ask(
            "POST",
            "/api/claimsreprocesscount",
            "application/json",
            body.to_string().as_bytes(),
        );
        assert_eq!(status, 200, "{answer}");
        serde_json::from_str(&answer).expect("JSON")
    }

    /// Ask it to end with this signal, and answer its exit code and what it said last.
    pub(super) fn end(mut self, signal: &str) -> (Option<i32>, Vec<String>) {
        let killed = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status()
            .expect("kill");
        assert!(killed.success());
        let status = self.child.wait().expect("the server ends");
        (status.code(), self.said.iter().collect())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended already is not there to be ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A body that came in chunks, put together.
fn without_chunks(mut chunks: &str) -> String {
    let mut whole = String::new();
    while let Some((size, rest)) = chunks.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).expect("a chunk's size");
        if size == 0 {
            break;
        }
        whole.push_str(&rest[..size]);
        chunks = rest[size..].trim_start_matches("\r\n");
    }
    whole
}

fn everything() -> Value {
    json!({ "reprocess": false, "processType": "CLAIM" })
}

#[test]
fn a_server_answers_and_ends_when_it_is_asked_to() {
    let place = Place::with(SAMPLE);
    let server = Server::on(&place, &[]);
    assert_eq!(server.get("/healthz"), "ok\n");
    assert_eq!(server.count(&everything())["count"], 8);

    let request = include_bytes!("../../host/samples/late-authorizations-1.xml");
    let (status, head, _) = server.ask("POST", "/api/claimsreprocesscriteria", "application/xml", request);
    assert_eq!(status, 202);
    let location = head
        .lines()
        .find_map(|line| line.strip_prefix("location: "))
        .expect("a location");
    let activity = loop {
        let activity: Value = serde_json::from_str(&server.get(location)).expect("JSON");
        if activity["ended"].is_string() {
            break activity;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(activity["status"], "completed");
    let file = server.get(activity["links"][2]["href"].as_str().expect("a file"));
    assert_eq!(file.lines().count(), 3);

    let monitor = token(&server.database, &["--role", "monitor"]);
    let (status, _, metrics) = server.ask_with(&monitor, "GET", "/metrics", "", b"");
    assert_eq!(status, 200, "{metrics}");
    for line in [
        "reprise_index_claims 12\n",
        "reprise_index_lines 13\n",
        "reprise_http_requests_total{path=\"/api/claimsreprocesscount\",status=\"200\"} 1\n",
        "reprise_activities_total{code=\"REPROCESSCLAIMS_CRITERIA\",outcome=\"done\"} 1\n",
    ] {
        assert!(metrics.contains(line), "`{line}` is not in: {metrics}");
    }
    // A path that callers choose is no label.
    assert!(!metrics.contains("/api/activities/1\""), "{metrics}");

    let (code, said) = server.end("-TERM");
    assert_eq!(code, Some(0), "{said:?}");
}

/// What a prefilter rules out, by the days of lines here, no component is asked about.
#[test]
fn rows_that_can_be_no_hit_are_not_decided() {
    let place = Place::with(SAMPLE);
    let server = Server::on(&place, &[]);
    let monitor = token(&server.database, &["--role", "monitor"]);
    let decided = || {
        let (_, _, metrics) = server.ask_with(&monitor, "GET", "/metrics", "", b"");
        let rows = metrics
            .lines()
            .find_map(|line| line.strip_prefix("reprise_match_rows_decided_total "));
        rows.map_or(0, |rows| rows.parse::<u64>().expect("a number"))
    };
    let rows_for = |from: &str, through: &str| {
        let before = decided();
        let mut request = everything();
        request["serviceStartDate"] = json!(from);
        request["serviceEndDate"] = json!(through);
        let count = server.count(&request)["count"].as_u64().expect("a count");
        (count, decided() - before)
    };
    let (all, rows_for_all) = rows_for("2000-01-01", "2099-12-31");
    assert_eq!(all, 8);
    let (few, rows_for_few) = rows_for("2009-07-03", "2009-07-04");
    assert_eq!(few, 1);
    // A row for each claim in question, and one for each of its lines that is left.
    assert_eq!(rows_for_all - rows_for_few, 10, "{rows_for_all} and {rows_for_few}");
    let (none, rows_for_none) = rows_for("1990-01-01", "1990-12-31");
    assert_eq!(
        (none, rows_for_none),
        (0, 0),
        "a block that can hold no hit is passed over"
    );
}

#[test]
fn an_interrupt_ends_it_too() {
    let (code, said) = Server::on(&Place::with(SAMPLE), &[]).end("-INT");
    assert_eq!(code, Some(0), "{said:?}");
}

#[test]
fn an_open_connection_that_asks_nothing_does_not_hold_up_the_end() {
    let server = Server::on(&Place::with(SAMPLE), &[]);
    let idle = TcpStream::connect(server.address).expect("a connection");
    // Once another is answered, this one is known to the server.
    server.get("/healthz");
    let (code, said) = server.end("-TERM");
    assert_eq!(code, Some(0), "{said:?}");
    drop(idle);
}

#[test]
fn half_a_request_does_not_hold_up_the_end_for_ever() {
    // Its head may take longer to come than the end may.
    let server = Server::on(&Place::with(SAMPLE), &["--header-seconds-max", "600"]);
    let mut slow = TcpStream::connect(server.address).expect("a connection");
    slow.write_all(b"GET /healthz HTTP/1.1\r\nHo").expect("half a request");
    server.get("/healthz");
    let (code, said) = server.end("-TERM");
    assert_eq!(code, Some(0), "{said:?}");
    assert!(said.iter().any(|line| line.contains("cut off")), "{said:?}");
    drop(slow);
}

#[test]
fn an_import_by_another_process_is_seen_by_the_next_request() {
    let place = Place::with(SAMPLE);
    let server = Server::on(&place, &[]);
    assert_eq!(server.count(&everything())["count"], 8);
    place.file(
        "more.ndjson",
        [claim_line("N1", &json!({})), claim_line("N2", &json!({}))].concat(),
    );
    reprise(&place, &["import", "more.ndjson"]).well();
    assert_eq!(server.count(&everything())["count"], 10);
    place.file("less.ndjson", claim_line("N1", &json!({ "lockedBy": "nightly-run" })));
    reprise(&place, &["import", "--replace", "less.ndjson"]).well();
    let count = server.count(&everything());
    assert_eq!(
        (count["count"].as_i64(), count["excludedLocked"].as_i64()),
        (Some(9), Some(2))
    );
}

#[test]
fn a_body_of_50_megabytes_is_refused_and_the_next_is_answered() {
    let server = Server::on(&Place::with(SAMPLE), &[]);
    let body = vec![b' '; 50 << 20];
    let (status, _, answer) = server.ask("POST", "/api/claimsreprocesscount", "application/json", &body);
    assert_eq!(status, 413, "{answer}");
    assert!(answer.contains("REPRISE-REQ-016"), "{answer}");
    assert_eq!(server.count(&everything())["count"], 8);
}

#[test]
fn a_deployment_brings_its_own_spellings_and_codes() {
    let place = Place::with(SAMPLE);
    place.file("names.json", r#"{"formCode":"claimFormCode"}"#);
    place.file("codes.json", r#"{"Matches":"MY-023"}"#);
    let server = Server::on(&place, &["--names", "names.json", "--message-codes", "codes.json"]);
    let request = json!({ "reprocess": false, "processType": "CLAIM", "formCode": "HCFA1500" });
    assert_eq!(server.count(&request)["count"], 2);
    let (status, head, answer) = server.ask(
        "POST",
        "/api/claimsreprocesscriteria",
        "application/json",
        request.to_string().as_bytes(),
    );
    assert_eq!(status, 202, "{answer}");
    let location = head
        .lines()
        .find_map(|line| line.strip_prefix("location: "))
        .expect("a location");
    let activity = loop {
        let activity: Value = serde_json::from_str(&server.get(location)).expect("JSON");
        if activity["ended"].is_string() {
            break activity;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(
        activity["status"],
        "completed",
        "{}",
        server.get(&format!("{location}/messages"))
    );
    let file = server.get(activity["links"][2]["href"].as_str().expect("a file"));
    assert!(
        file.starts_with(r#"{"elementId":"C003","result":"S","messages":[{"code":"MY-023","#),
        "{file}"
    );
}

#[test]
fn a_server_that_cannot_start_says_why() {
    let place = Place::with(SAMPLE);
    place.file("rules.wasm", "no component");
    place.file("names.json", r#"{"formCode":"nothing"}"#);
    place.file("codes.json", r#"{"Nothing":"A"}"#);
    let server = Server::on(&place, &[]);
    let taken = server.address.to_string();
    for (arguments, words) in [
        (
            vec!["--listen", &taken],
            vec![format!("error: cannot listen on {taken}: "), "in use".to_owned()],
        ),
        (
            vec!["--rules", "rules.wasm"],
            vec!["error: rules `rules.wasm`: ".to_owned()],
        ),
        (
            vec!["--rules", "absent.wasm"],
            vec!["error: rules `absent.wasm`: No such file".to_owned()],
        ),
        (
            vec!["--names", "names.json"],
            vec!["error: names `names.json`: ".to_owned()],
        ),
        (
            vec!["--names", "absent.json"],
            vec!["error: `absent.json` cannot be read: No such file".to_owned()],
        ),
        (
            vec!["--message-codes", "codes.json"],
            vec!["error: message codes `codes.json`: ".to_owned()],
        ),
        (
            vec!["--database", "sqlite:absent/a.db"],
            vec!["error: database `sqlite:absent/a.db`: ".to_owned()],
        ),
    ] {
        // A port that is free, but for who asks for one that is not.
        let free = ["serve", "--listen", "127.0.0.1:0"];
        let start = if arguments[0] == "--listen" { &free[..1] } else { &free };
        let arguments: Vec<_> = start.iter().copied().chain(arguments).collect();
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        reprise(&place, &arguments).failed(1, &words);
    }
}
