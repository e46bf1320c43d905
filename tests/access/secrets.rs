//! What is secret stays so: a real server that logs all that it can is asked for what is right and what is wrong, and then
//! its output, its answers, its database and its arguments are searched for every secret that there was.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};

use super::searching::{Secret, as_text, base64};
use crate::cli::command::{command_in, reprise};
use crate::support::{Place, SAMPLE};
use crate::webhooks::receiver::Receiver;

/// What the environment gives to notifications.
const NOTIFICATION_TOKEN: &str = "notification-token-of-the-story-6d1f";
/// What a webhook is given to sign with.
const WEBHOOK_SECRET: &str = "webhook-secret-of-the-story-9a2c";
/// What is sent where it is wrong.
const WRONG_SECRET: &str = "WrongSecretOfTheStoryWrongSecretOfTheStory1";
const PASSWORD: &str = "password-of-the-story-77b0";
/// Whatever else is waited for comes long before.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server whose output is kept, ended with the story.
struct Server {
    child: Child,
    address: String,
    said: PathBuf,
    printed: PathBuf,
}

impl Server {
    /// A server on the story's database that logs all that it can, and has everything set that takes a secret.
    fn on(place: &Place, outputs: &Path, notified: &str) -> Self {
        let (said, printed) = (outputs.join("stderr"), outputs.join("stdout"));
        let child = command_in(place.directory())
            .args(["serve", "--listen", "127.0.0.1:0", "--secrets-key-file", "reprise.key"])
            .args([
                "--jwt-issuer",
                "https://login.example/",
                "--jwt-audience",
                "reprise",
                "--jwt-keys",
                "jwks.json",
            ])
            .args(["--notification-endpoint", notified])
            .env("REPRISE_NOTIFICATION_TOKEN", NOTIFICATION_TOKEN)
            .env("REPRISE_LOG", "trace")
            .stdin(Stdio::null())
            .stdout(File::create(&printed).expect("a file"))
            .stderr(File::create(&said).expect("a file"))
            .spawn()
            .expect("the server starts");
        let mut server = Self {
            child,
            address: String::new(),
            said,
            printed,
        };
        let address = server.until("it listens", |said| {
            let (_, address) = said.split_once("listening on http://")?;
            address.split_once('\n').map(|(address, _)| address.to_owned())
        });
        server.address = address;
        server.until("it is ready", |said| said.contains("ready").then_some(()));
        server
    }

    /// What it has said, once that is as it is waited for.
    #[track_caller]
    fn until<T>(&self, what: &str, found: impl Fn(&str) -> Option<T>) -> T {
        let deadline = std::time::Instant::now() + PATIENCE;
        loop {
            let said = std::fs::read(&self.said).expect("what it says");
            if let Some(found) = found(&String::from_utf8_lossy(&said)) {
                return found;
            }
            assert!(std::time::Instant::now() < deadline, "waited {PATIENCE:?} until {what}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The answer to a request with these lines of its head, all of it.
    fn ask(&self, method: &str, path: &str, head: &[&str], body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n",
            body.len()
        );
        for line in head {
            request += &format!("{line}\r\n");
        }
        stream
            .write_all(format!("{request}\r\n{body}").as_bytes())
            .expect("a request");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Ask it to end, which it does well.
    fn end(mut self) {
        let id = self.child.id().to_string();
        let asked = std::process::Command::new("kill").args(["-TERM", &id]).status();
        assert!(asked.expect("kill").success());
        assert!(self.child.wait().expect("the server ends").success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended already is not there to be ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[track_caller]
fn status(answer: &str) -> u16 {
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.unwrap_or_else(|| panic!("no answer: {answer}"))
}

#[track_caller]
fn body(answer: &str) -> Value {
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"))
}

/// An endpoint that takes the notifications that come, and the heads of their requests.
fn notified() -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/told", listener.local_addr().expect("an address"));
    let (sender, heads) = mpsc::channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let Ok(reading) = stream.try_clone() else { return };
            let head: Vec<_> = BufReader::new(reading)
                .lines()
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .collect();
            let _ = stream.write_all(b"HTTP/1.1 204 As Told\r\nconnection: close\r\n\r\n");
            if sender.send(head.join("\n")).is_err() {
                return;
            }
        }
    });
    (url, heads)
}

/// What stands behind the last underline of a token.
#[track_caller]
fn secret_of(token: &str) -> String {
    let secret = token
        .splitn(3, '_')
        .nth(2)
        .unwrap_or_else(|| panic!("no token: {token}"));
    assert_eq!(secret.len(), 43, "{token}");
    secret.to_owned()
}

/// Asks for what is right; every answer that is no creation is kept.
fn ask_rightly(server: &Server, bearer: &str, receiver: &Receiver, answers: &mut Vec<String>) -> (String, String) {
    let json_head = [bearer, "Content-Type: application/json"];
    let mut get = |path: &str| {
        let answer = server.ask("GET", path, &[bearer], "");
        assert_eq!(status(&answer), 200, "{path}: {answer}");
        answers.push(answer);
    };
    for path in [
        "/api/claims/C001",
        "/api/principals/self",
        "/api/v1/webhooks",
        "/api/v1/events",
    ] {
        get(path);
    }
    let webhook = json!({ "code": "W", "url": receiver.url, "secret": WEBHOOK_SECRET, "after": 0 }).to_string();
    let keyed = [&json_head[..], &["Idempotency-Key: K-1"]].concat();
    for _ in 0..2 {
        let created = server.ask("POST", "/api/v1/webhooks", &keyed, &webhook);
        assert_eq!(
            (status(&created), &body(&created)["secret"]),
            (201, &json!(WEBHOOK_SECRET))
        );
    }
    let other = json!({ "code": "MADE", "url": receiver.url, "after": 0 }).to_string();
    let other = body(&server.ask("POST", "/api/v1/webhooks", &json_head, &other));
    let made = other["secret"].as_str().expect("a secret").to_owned();

    let jane = json!({ "name": "jane", "roles": ["integrator"] }).to_string();
    let jane = body(&server.ask("POST", "/api/principals", &json_head, &jane))["id"].to_string();
    let token = server.ask("POST", &format!("/api/principals/{jane}/tokens"), &json_head, "{}");
    let token = body(&token)["token"].as_str().expect("a token").to_owned();

    let reprocess = json!({ "reprocess": true, "processType": "CLAIM", "claimStatus": "CHANGE" }).to_string();
    let accepted = server.ask("POST", "/api/claimsreprocesscriteria", &json_head, &reprocess);
    assert_eq!(status(&accepted), 202, "{accepted}");
    answers.push(accepted);
    let single = server.ask(
        "POST",
        "/api/claimsreprocess",
        &json_head,
        r#"{"code":"C001","claimUnfinalizeReasonList":[{"code":"UF1"}]}"#,
    );
    answers.push(single);
    (made, token)
}

/// Asks for what is wrong, each time with something that is secret.
fn ask_wrongly(server: &Server, token: &str, answers: &mut Vec<String>) {
    let bearer = format!("Authorization: Bearer {token}");
    let id = token.split('_').nth(1).expect("an id");
    let secret = secret_of(token);
    let heads = [
        format!("Authorization: Bearer reprise_{id}_{WRONG_SECRET}"),
        format!("Authorization: Bearer reprise_0123456789abcdef_{WRONG_SECRET}"),
        format!("Authorization: Bearer {WRONG_SECRET}"),
        format!("Authorization: Bearer eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJqYW5lIn0.{WRONG_SECRET}"),
        format!("Authorization: Bearer {token}x"),
        format!("Authorization: Bearer {token} {token}"),
        format!("Authorization: Token {token}"),
        format!("Authorization: {token}"),
        format!("Authorization: Bearer\t{token}"),
        format!("Authorization: Bearer \u{e4}{token}"),
        format!(
            "Authorization: Basic {}",
            base64(format!("jane:{PASSWORD}--").as_bytes())
        ),
        format!("{bearer}\r\n{bearer}"),
        format!("Proxy-Authorization: Bearer {token}"),
        format!("Cookie: token={token}"),
    ];
    for head in &heads {
        for path in ["/api/claims/C001", "/api/v1/webhooks", "/api/nothing", "/metrics"] {
            let answer = server.ask("GET", path, &[head], "");
            assert!([401, 404].contains(&status(&answer)), "{head}: {answer}");
            answers.push(answer);
        }
    }
    // Where nobody looks for credentials.
    for path in [
        format!("/api/claims/C001?token={token}"),
        format!("/api/claims?code=C001&access_token={token}"),
        format!("/api/v1/events?after={secret}"),
        format!("/api/audit?limit={token}"),
        format!("/api/nothing?token={token}"),
    ] {
        answers.push(server.ask("GET", &path, &[], ""));
        answers.push(server.ask("GET", &path, &[&bearer], ""));
    }
    // Where it is not written as it has to be.
    let json_head = [bearer.as_str(), "Content-Type: application/json"];
    for sent in [
        json!({ "code": "X", "url": "http://127.0.0.1:9/", "secret": format!("{PASSWORD} ä") }).to_string(),
        json!({ "code": "X", "url": "http://127.0.0.1:9/", "secret": PASSWORD.repeat(20) }).to_string(),
        json!({ "code": "X", "url": "http://127.0.0.1:9/", "secret": [PASSWORD] }).to_string(),
        json!({ "code": "X", "url": format!("http://jane:{PASSWORD}@127.0.0.1:9/") }).to_string(),
        json!({ "code": "W", "url": "http://127.0.0.1:9/", "secret": PASSWORD }).to_string(),
        format!("{{\"code\":\"X\",\"secret\":\"{PASSWORD}\""),
        format!("{{\"code\":\"X\",\"secret\":\"{PASSWORD}\",}}"),
    ] {
        let answer = server.ask("POST", "/api/v1/webhooks", &json_head, &sent);
        assert!([400, 409].contains(&status(&answer)), "{sent}: {answer}");
        answers.push(answer);
    }
    let xml_head = [bearer.as_str(), "Content-Type: application/xml"];
    let sent = format!("<webhook code=\"X\" url=\"http://127.0.0.1:9/\" secret=\"{PASSWORD}\"");
    answers.push(server.ask("POST", "/api/v1/webhooks", &xml_head, &sent));
}

#[test]
fn no_secret_is_in_logs_answers_database_or_arguments() {
    let (place, outputs) = (Place::new(), Place::new());
    let key = reprise(&place, &["secrets-key", "create", "reprise.key"]).well();
    place.file(
        "jwks.json",
        r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"1","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#,
    );
    let (url, notifications) = notified();
    let receiver = Receiver::taking(WEBHOOK_SECRET);
    let server = Server::on(&place, outputs.directory(), &url);
    // Nobody was known, so the token of a first administrator is printed: in that line alone.
    let first = std::fs::read_to_string(&server.printed).expect("what it prints");
    let first = first.strip_suffix('\n').expect("a line").to_owned();
    assert!(!first.contains('\n'), "{first}");
    let created = reprise(
        &place,
        &["token", "create", "--role", "administrator", "--payer", "ACME"],
    )
    .well();
    let token = created.output.trim_end().to_owned();
    place.file("sample.ndjson", SAMPLE);
    let imported = reprise(&place, &["import", "sample.ndjson"]).well();

    let mut answers = vec![key.said, key.output, created.said, imported.said, imported.output];
    let bearer = format!("Authorization: Bearer {token}");
    let (made, of_jane) = ask_rightly(&server, &bearer, &receiver, &mut answers);
    ask_wrongly(&server, &token, &mut answers);
    let refused = server.ask(
        "GET",
        "/api/principals?payer=ACME",
        &[&format!("Authorization: Bearer {of_jane}")],
        "",
    );
    assert_eq!(status(&refused), 403, "{refused}");
    answers.push(refused);
    // The secrets were used: they are what the endpoints were told with.
    let told = notifications.recv_timeout(PATIENCE).expect("a notification");
    assert!(
        told.to_lowercase()
            .contains(&format!("authorization: bearer {NOTIFICATION_TOKEN}")),
        "{told}"
    );
    let received = receiver.until("both webhooks have sent", |received| {
        let by = |code: &str| {
            received
                .iter()
                .any(|received| received.headers["reprise-webhook"] == code)
        };
        by("W") && by("MADE")
    });
    assert!(
        received
            .iter()
            .all(|received| received.is_signed == (received.headers["reprise-webhook"] == "W"))
    );
    for path in [
        "/api/audit?limit=1000",
        "/api/audit/export",
        "/api/v1/webhooks",
        "/api/activities",
        "/api/principals",
    ] {
        let answer = server.ask("GET", path, &[&bearer], "");
        assert_eq!(status(&answer), 200, "{path}: {answer}");
        answers.push(answer);
    }
    for arguments in [&["token", "list", "--payer", "ACME"][..], &["audit", "--payer", "ACME"]] {
        answers.push(reprise(&place, arguments).well().output);
    }

    let key = std::fs::read_to_string(place.path("reprise.key")).expect("the key");
    let secrets = [
        Secret::of_bytes("the first administrator's token", &secret_of(&first)),
        Secret::of_bytes("the administrator's token", &secret_of(&token)),
        Secret::of_bytes("jane's token", &secret_of(&of_jane)),
        Secret::of("the notification token", NOTIFICATION_TOKEN),
        Secret::of("the webhook's secret", WEBHOOK_SECRET),
        Secret::of("the secret that was made", &made),
        Secret::of_bytes("the secrets key", key.trim_end()),
        Secret::of("a wrong token", WRONG_SECRET),
        Secret::of("a password", PASSWORD),
    ];
    let arguments = std::fs::read(format!("/proc/{}/cmdline", server.child.id())).expect("arguments");
    // Tokens are noted as used by the time that the server has ended, at the latest.
    let (said, printed) = (server.said.clone(), server.printed.clone());
    let search = |when: &str| {
        let mut places = vec![(format!("the arguments {when}"), arguments.clone())];
        places.push((format!("the log {when}"), std::fs::read(&said).expect("the log")));
        for file in files_below(place.directory()) {
            if file.file_name().is_some_and(|name| name != "reprise.key") {
                places.push((
                    format!("{} {when}", file.display()),
                    std::fs::read(&file).expect("a file"),
                ));
            }
        }
        let id = token.split('_').nth(1).expect("an id");
        let knows_token = places.iter().filter(|(_, content)| as_text(content).contains(id));
        assert!(
            knows_token.count() > 0,
            "the token's id is in the database, and was not found"
        );
        for (place, content) in &places {
            let content = as_text(content);
            secrets.iter().for_each(|secret| secret.assert_absent(place, &content));
        }
        let printed = std::fs::read_to_string(&printed).expect("what is printed");
        assert_eq!(printed, format!("{first}\n"));
    };
    search("while it runs");
    for answer in &answers {
        let content = as_text(answer.as_bytes());
        secrets
            .iter()
            .for_each(|secret| secret.assert_absent("an answer", &content));
    }
    server.end();
    search("after its end");
    // The log says who was refused, so it says enough for a secret to be in it.
    let log = std::fs::read_to_string(&said).expect("the log");
    assert!(log.contains("refused") && log.contains("jane"), "{log}");
}

/// Every file of a directory and of those in it: the database, what lies beside it, the image of its index.
fn files_below(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let entries = entries.map(|entry| entry.expect("an entry").path());
    entries
        .flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] })
        .collect()
}
