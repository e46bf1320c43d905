//! Tokens in use: shown once, noted when they are used, refused as soon as they are revoked, on whichever host.

use std::path::Path;

use axum::http::Method;
use serde_json::{Value, json};

use crate::cli::command::reprise;
use crate::http::client::{Client, JSON, XML};
use crate::reprocess::world::on_both;
use crate::support::SAMPLE;

/// The id and the secret of a token of ours.
#[track_caller]
fn parts(token: &str) -> (String, String) {
    let mut parts = token.splitn(3, '_');
    assert_eq!(parts.next(), Some("reprise"), "{token}");
    let mut part = || parts.next().unwrap_or_else(|| panic!("{token}")).to_owned();
    let (id, secret) = (part(), part());
    assert_eq!((id.len(), secret.len()), (16, 43), "{token}");
    (id, secret)
}

/// The bytes that a secret stands for.
fn decoded(secret: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits: String = secret
        .bytes()
        .map(|digit| {
            let value = DIGITS.iter().position(|known| *known == digit);
            format!("{:06b}", value.expect("a digit of base64url"))
        })
        .collect();
    let bytes = bits.as_bytes().chunks_exact(8);
    bytes
        .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).expect("digits"), 2).expect("a byte"))
        .collect()
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// Whatever is in a database's files, the secret is not, in whichever way it is written.
fn assert_kept_nowhere(directory: &Path, token: &str) {
    let (id, secret) = parts(token);
    let bytes = decoded(&secret);
    let in_hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let in_base64 = secret.replace('-', "+").replace('_', "/");
    let mut knows_token = false;
    for entry in std::fs::read_dir(directory).expect("the directory") {
        let file = entry.expect("an entry").path();
        let content = std::fs::read(&file).expect("a file");
        knows_token |= contains(&content, id.as_bytes());
        for secret in [secret.as_bytes(), &bytes, in_hex.as_bytes(), in_base64.as_bytes()] {
            assert!(!contains(&content, secret), "{} has a secret", file.display());
        }
    }
    assert!(knows_token, "no file has the token's id, so nothing was looked at");
}

#[test]
fn a_token_is_shown_once_and_its_secret_is_kept_nowhere() {
    let (client, place) = Client::on(SAMPLE);
    let jane = json!({ "name": "jane", "roles": ["operator"] });
    let jane = client.post_json("/api/principals", &jane).expect(201);
    let tokens = format!("{}/tokens", jane.header("location"));
    let created = client
        .post_json(&tokens, &json!({ "expiresInDays": 30 }))
        .expect(201)
        .json();
    let by_api = created["token"].as_str().expect("a token").to_owned();
    let made = reprise(&place, &["token", "create", "--principal", "jane", "--payer", "ACME"]).well();
    let by_command = made.output.lines().last().expect("a line").to_owned();
    assert_eq!(made.output, format!("{by_command}\n"), "it stands alone");
    assert!(!made.said.contains(&by_command), "{}", made.said);

    for token in [&by_api, &by_command] {
        client.bearing(token).get("/api/claims/C001").expect(200);
        let (id, secret) = parts(token);
        for path in [&tokens, "/api/principals", "/api/audit", "/api/audit/export"] {
            for accept in [JSON, XML] {
                let shown = client
                    .send(Method::GET, path, &[("accept", accept)], "")
                    .expect(200)
                    .text;
                assert!(!shown.contains(&secret), "{path}: {shown}");
                assert!(path == "/api/principals" || shown.contains(&id), "{path}: {shown}");
            }
        }
        let listed = reprise(&place, &["token", "list", "--payer", "ACME"]).well().output;
        assert!(listed.contains(&id) && !listed.contains(&secret), "{listed}");
        assert_kept_nowhere(place.directory(), token);
    }
}

#[test]
fn it_is_shown_when_a_token_was_made_and_used_and_when_it_ends() {
    on_both(SAMPLE, |world| {
        let jane = world
            .client
            .post_json("/api/principals", &json!({ "name": "jane", "roles": ["operator"] }));
        let tokens = format!("{}/tokens", jane.expect(201).header("location"));
        let created = world
            .client
            .post_json(&tokens, &json!({ "expiresInDays": 30 }))
            .expect(201)
            .json();
        let forever = world.client.post(&tokens, XML, "<token/>").expect(201);
        assert!(forever.text.contains(" token=\"reprise_"), "{}", forever.text);
        let forever = world.client.post_json(&tokens, &json!({})).expect(201).json();
        assert_eq!([&created["lastUsed"], &forever["expires"]], [&Value::Null; 2]);
        let (made, ends) = (&created["created"], &created["expires"]);
        assert!(
            made.as_str() < ends.as_str() && ends.as_str().is_some_and(|time| time.ends_with('Z')),
            "{created}"
        );

        let token = created["token"].as_str().expect("a token");
        world.client.bearing(token).get("/api/claims/C001").expect(200);
        // It is noted once the host has time for it, at the latest when it ends.
        world.host.stop_activities();
        let listed = world.client.get(&tokens).expect(200).json();
        let used: Vec<bool> = listed["tokens"]
            .as_array()
            .expect("tokens")
            .iter()
            .map(|shown| shown["lastUsed"].is_string() && shown["id"] == created["id"])
            .collect();
        assert_eq!(used.iter().filter(|used| **used).count(), 1, "{listed}");
        assert_eq!(used.len(), 3);
    });
}

#[test]
fn a_token_that_is_revoked_is_refused_on_every_host_with_the_next_request() {
    let (client, place) = Client::on(SAMPLE);
    let other = Client::of_host(place.host(None));
    let jane = client.post_json("/api/principals", &json!({ "name": "jane", "roles": ["operator"] }));
    let tokens = format!("{}/tokens", jane.expect(201).header("location"));
    let create = || {
        let created = client.post_json(&tokens, &json!({})).expect(201).json();
        created["token"].as_str().expect("a token").to_owned()
    };
    let (one, another) = (create(), create());
    let asked = |token: &str, status: u16| {
        for client in [&client, &other] {
            client.bearing(token).get("/api/claims/C001").expect(status);
        }
    };
    asked(&one, 200);
    asked(&another, 200);
    let path = format!("/api/tokens/{}", parts(&one).0);
    let revoked = client.send(Method::DELETE, &path, &[], "").expect(200).json();
    assert!(revoked["revoked"].is_string(), "{revoked}");
    asked(&one, 401);
    asked(&another, 200);
    // Once more is as good, and the moment stays.
    let again = client.send(Method::DELETE, &path, &[], "").expect(200).json();
    assert_eq!(again["revoked"], revoked["revoked"]);
    reprise(&place, &["token", "revoke", &parts(&another).0, "--payer", "ACME"]).well();
    asked(&another, 401);
}

#[test]
fn what_cannot_be_asked_for_about_tokens_is_refused() {
    let (client, place) = Client::on(SAMPLE);
    let jane = client.post_json("/api/principals", &json!({ "name": "jane", "roles": ["operator"] }));
    let tokens = format!("{}/tokens", jane.expect(201).header("location"));
    for (body, words) in [
        (json!({ "expiresInDays": 0 }), "from 1 to 3653"),
        (json!({ "expiresInDays": "soon" }), "from 1 to 3653"),
        (json!({ "secret": "mine" }), "`secret` is not known here"),
    ] {
        let answer = client.post_json(&tokens, &body).expect(400);
        assert!(answer.text.contains(words), "{body}: {}", answer.text);
    }
    client.post_json("/api/principals/999/tokens", &json!({})).expect(404);
    client.post_json("/api/principals/jane/tokens", &json!({})).expect(400);
    client
        .send(Method::DELETE, "/api/tokens/0123456789abcdef", &[], "")
        .expect(404);
    let create = |arguments: &[&str], words: &str| {
        let arguments: Vec<_> = ["token", "create", "--payer", "ACME"].iter().chain(arguments).collect();
        reprise(&place, &arguments).failed(1, &[words]);
    };
    create(&["--principal", "john"], "payer ACME has no principal `john`");
    create(
        &["--principal", "jane", "--role", "administrator"],
        "principal `jane` is there with operator",
    );
    create(
        &["--role", "king"],
        "`king` is no role for a principal of payer ACME; those are administrator, operator, integrator, rule-author",
    );
    reprise(&place, &["principal", "disable", "jane", "--payer", "ACME"]).well();
    create(&["--principal", "jane"], "principal `jane` is disabled");
}
