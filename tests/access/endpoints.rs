//! Every operation of the document, asked for by everybody: who may not gets the right status, and nothing is changed.

use std::collections::{BTreeSet, HashMap};

use axum::http::Method;
use reprise::Configuration;
use reprise::access::PrincipalUpdate;
use reprise::access::rights::{INTEGRATION_POINTS, METRICS_READ};
use reprise_store::{AuditOf, Role};
use serde_json::Value;

use super::everything::{audit_after, everything_of, sequences};
use super::fixture::{ZENITH, lines, set_up};
use super::rows::{Foreign, Row, Whose, rows};
use crate::http::client::{Answer, Client};
use crate::http::who::token;
use crate::reprocess::world::{World, on_both_set_up};
use crate::support::Place;
use crate::webhooks::SECRETS_KEY;

/// What the document says of an operation.
struct Documented {
    id: String,
    /// None if everybody may have it done.
    restrictions: Option<Vec<String>>,
}

fn documented(client: &Client) -> HashMap<(String, String), Documented> {
    let document = client.without_credentials().get("/api/openapi.json").expect(200).json();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let mut operations = HashMap::new();
    for (path, of_path) in document["paths"].as_object().expect("paths") {
        for (method, operation) in of_path.as_object().expect("operations") {
            let restrictions = operation["security"][0]["token"].as_array();
            let documented = Documented {
                id: text(&operation["operationId"]),
                restrictions: restrictions.map(|restrictions| restrictions.iter().map(text).collect()),
            };
            operations.insert((method.to_ascii_uppercase(), path.clone()), documented);
        }
    }
    operations
}

#[test]
fn every_operation_has_a_row_and_every_row_an_operation() {
    let (client, _place) = Client::on("");
    let document: BTreeSet<_> = documented(&client).into_keys().collect();
    let asked: BTreeSet<_> = rows()
        .iter()
        .map(|row| (row.method.to_string(), row.operation.to_owned()))
        .collect();
    let missing: Vec<_> = document.difference(&asked).collect();
    let of_nothing: Vec<_> = asked.difference(&document).collect();
    assert!(missing.is_empty(), "operations without a row: {missing:?}");
    assert!(of_nothing.is_empty(), "rows without an operation: {of_nothing:?}");
}

/// Who asks in the story.
struct Callers {
    /// A payer's administrator, and one of another payer.
    right: Client,
    foreign: Client,
    platform: Client,
    /// Credentials that are good for nothing, by what is wrong with them.
    bad: Vec<(&'static str, Client)>,
    /// A principal that holds every restriction but this, by it; it is named after it.
    lacking: HashMap<String, (String, Client)>,
}

impl Callers {
    fn of(world: &World) -> Self {
        let (client, host) = (&world.client, &world.host);
        let access = host.access("the story");
        let good = token(host, Some("ACME"), "good", &["administrator"]);
        let id = |token: &str| token.split('_').nth(1).expect("an id").to_owned();
        let principal = |name: &str| {
            let found = access.principal_named(Some("ACME"), name).expect("a read");
            found.expect("a principal").id
        };
        let expired = access
            .create_token(Some("ACME"), principal("good"), Some(0))
            .expect("a token")
            .text;
        let revoked = token(host, Some("ACME"), "good", &["administrator"]);
        access.revoke_token(Some("ACME"), &id(&revoked)).expect("revoked");
        let disabled = token(host, Some("ACME"), "disabled", &["administrator"]);
        let update = PrincipalUpdate {
            disabled: Some(true),
            ..PrincipalUpdate::default()
        };
        access
            .change_principal(Some("ACME"), principal("disabled"), &update)
            .expect("disabled");
        let secret = |of: &str| of.split('_').nth(2).expect("a secret").to_owned();
        let bad = [
            ("unknown", format!("reprise_{}_{}", "0123456789abcdef", secret(&good))),
            (
                "of another secret",
                format!("reprise_{}_{}", id(&good), secret(&revoked)),
            ),
            ("cut off", good[..good.len() - 1].to_owned()),
            ("none of ours", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJqYW5lIn0.".to_owned()),
            ("empty", String::new()),
            ("expired", expired),
            ("revoked", revoked),
            ("of a disabled principal", disabled),
        ];
        let mut bad: Vec<_> = bad
            .into_iter()
            .map(|(what, token)| (what, client.bearing(&token)))
            .collect();
        bad.push(("absent", client.without_credentials()));
        Self {
            right: client.bearing(&good),
            foreign: client.as_of(ZENITH),
            platform: client.of_platform("platform-administrator"),
            bad,
            lacking: INTEGRATION_POINTS
                .iter()
                .map(|missing| lacking(world, missing))
                .collect(),
        }
    }

    /// Has everybody ask for something, so that nobody is made while others ask.
    fn settle(&self) {
        for client in [&self.right, &self.foreign, &self.platform] {
            client.get("/api/principals/self").expect(200);
        }
    }
}

/// A caller that holds everything but this.
fn lacking(world: &World, missing: &str) -> (String, (String, Client)) {
    let name = format!("all but {missing}");
    let restrictions = INTEGRATION_POINTS
        .iter()
        .filter(|held| ![missing, METRICS_READ].contains(held));
    let role = Role {
        payer: "ACME".to_owned(),
        name: name.clone(),
        restrictions: restrictions.map(|&restriction| restriction.to_owned()).collect(),
    };
    world.host.access("the story").write_role(&role).expect("a role");
    let token = token(&world.host, Some("ACME"), &name, &[&name]);
    (missing.to_owned(), (name, world.client.bearing(&token)))
}

/// What is asked for, with what the fixture has made.
fn ask(client: &Client, row: &Row, names: &HashMap<&'static str, String>) -> Answer {
    let mut path = row.path.to_owned();
    for (name, value) in names {
        path = path.replace(&format!("{{{name}}}"), value);
    }
    assert!(!path.contains('{'), "{path} names what is not there");
    client.send(
        row.method.clone(),
        &path,
        &[("content-type", row.content_type)],
        row.body.clone(),
    )
}

/// All that is kept, but the audit log.
fn kept(world: &World) -> (Vec<Vec<String>>, [u64; 6]) {
    let store = world.store.as_ref();
    let of = [Some("ACME"), Some(ZENITH), None].map(|payer| everything_of(store, payer));
    (of.to_vec(), sequences(store))
}

/// What is kept is as it was. Whole databases would be no message that anybody reads.
#[track_caller]
fn assert_same(what: &str, (before, sequences_before): &(Vec<Vec<String>>, [u64; 6]), world: &World) {
    let (after, sequences) = kept(world);
    for (before, after) in before.iter().zip(&after) {
        assert_rows(what, before, after);
    }
    assert_eq!(sequences, *sequences_before, "{what}: something was changed");
}

#[track_caller]
fn assert_rows(what: &str, before: &[String], after: &[String]) {
    let changed: Vec<_> = after.iter().filter(|row| !before.contains(row)).collect();
    assert!(
        changed.is_empty() && before.len() == after.len(),
        "{what}: {changed:#?}"
    );
}

/// The entry that a refusal leaves in the audit log, and no other; with no part of the token.
#[track_caller]
fn assert_noted(what: &str, world: &World, of: AuditOf<'_>, before: usize, user: &str, operation: &str) {
    let entries = audit_after(world.store.as_ref(), of, 0);
    let [entry] = &entries[before..] else {
        panic!("{what}: {:?}", &entries[before..]);
    };
    assert_eq!(
        (entry.user.as_str(), entry.operation.as_str(), entry.refused),
        (user, operation, true),
        "{what}"
    );
    assert!(!format!("{entry:?}").contains("reprise_"), "{what}: {entry:?}");
}

/// Who may not is refused, and nothing is changed; then who may is not.
fn check(world: &World, callers: &Callers, row: &Row, operation: &Documented, names: &HashMap<&'static str, String>) {
    let what = |who: &str| format!("{} {} by {who}", row.method, row.operation);
    let of_acme = AuditOf::Payer("ACME");
    let audited = |of: AuditOf<'_>| audit_after(world.store.as_ref(), of, 0).len();
    let before = kept(world);
    if row.whose == Whose::Everybodys {
        assert_eq!(operation.restrictions, None, "{}", row.operation);
        for (_, client) in &callers.bad {
            assert_eq!(ask(client, row, names).status, row.right, "{}", row.operation);
        }
        return assert_same(&what("everybody"), &before, world);
    }
    let restrictions = operation.restrictions.as_ref();
    let restrictions = restrictions.unwrap_or_else(|| panic!("{} is open to everybody", row.operation));

    let entries = audited(of_acme);
    for (bad, client) in &callers.bad {
        let what = what(&format!("a token that is {bad}"));
        let answer = ask(client, row, names);
        assert_eq!(answer.status, 401, "{what}: {}", answer.text);
        assert!(answer.header("www-authenticate").starts_with("Bearer"), "{what}");
        assert!(
            !answer.text.contains("reprise_0") && !answer.text.contains("eyJ"),
            "{what}: {}",
            answer.text
        );
    }
    assert_same(&what("nobody"), &before, world);
    assert_eq!(audited(of_acme), entries, "nobody is known, so nobody is noted");

    for restriction in restrictions {
        let (name, client) = &callers.lacking[restriction];
        let entries = audited(of_acme);
        let answer = ask(client, row, names);
        let what = what(name);
        assert_eq!(answer.status, 403, "{what}: {}", answer.text);
        if row.method != Method::HEAD {
            assert!(answer.text.contains(restriction.as_str()), "{what}: {}", answer.text);
        }
        assert_noted(&what, world, of_acme, entries, name, &operation.id);
        assert_same(&what, &before, world);
    }

    check_foreign(world, callers, row, &before, names);
    check_platform(world, callers, row, &before, operation, names);
    let right = if row.whose == Whose::Platforms {
        &callers.platform
    } else {
        &callers.right
    };
    let answer = ask(right, row, names);
    assert_eq!(
        answer.status,
        row.right,
        "{}: {}",
        what("somebody who may"),
        answer.text
    );
}

type Kept = (Vec<Vec<String>>, [u64; 6]);

/// Another payer finds nothing of the first one's, and changes nothing of it.
fn check_foreign(world: &World, callers: &Callers, row: &Row, before: &Kept, names: &HashMap<&'static str, String>) {
    let what = format!("{} {} by another payer", row.method, row.operation);
    let answer = ask(&callers.foreign, row, names);
    if row.whose == Whose::Platforms {
        assert_eq!(answer.status, 403, "{what}: {}", answer.text);
        return assert_same(&what, before, world);
    }
    match row.foreign {
        Foreign::NotThere => {
            assert_eq!(answer.status, 404, "{what}: {}", answer.text);
            assert_same(&what, before, world);
        }
        Foreign::Empty(place) => {
            assert_eq!(answer.status, 200, "{what}: {}", answer.text);
            let list = answer.json();
            let list = list.pointer(place).and_then(Value::as_array);
            assert!(list.is_some_and(Vec::is_empty), "{what}: {}", answer.text);
            assert_same(&what, before, world);
        }
        Foreign::Own(status) => {
            assert_eq!(answer.status, status, "{what}: {}", answer.text);
            let (asked, told) = (
                row.body.contains("ACME") || row.path.contains("ACME"),
                answer.text.contains("ACME"),
            );
            assert!(asked || !told, "{what}: {}", answer.text);
            assert_rows(&what, &before.0[0], &everything_of(world.store.as_ref(), Some("ACME")));
        }
    }
}

/// A principal of the platform touches nothing of a payer that it does not name.
fn check_platform(
    world: &World,
    callers: &Callers,
    row: &Row,
    before: &Kept,
    operation: &Documented,
    names: &HashMap<&'static str, String>,
) {
    let Whose::Payers(status) = row.whose else { return };
    let what = format!("{} {} by the platform", row.method, row.operation);
    let entries = audit_after(world.store.as_ref(), AuditOf::Platform, 0).len();
    let answer = ask(&callers.platform, row, names);
    assert_eq!(answer.status, status, "{what}: {}", answer.text);
    assert_rows(&what, &before.0[0], &everything_of(world.store.as_ref(), Some("ACME")));
    if status == 403 {
        assert_noted(
            &what,
            world,
            AuditOf::Platform,
            entries,
            "platform-administrator",
            &operation.id,
        );
    }
}

#[test]
fn who_may_not_is_refused_and_changes_nothing() {
    let with_key = |configuration: &mut Configuration, _: &Place| {
        configuration.secrets = Some(SECRETS_KEY.parse().expect("a key"));
    };
    on_both_set_up(&lines(), with_key, |world| {
        let names = set_up(&world);
        let callers = Callers::of(&world);
        callers.settle();
        let operations = documented(&world.client);
        for row in rows() {
            let operation = operations.get(&(row.method.to_string(), row.operation.to_owned()));
            let operation = operation.unwrap_or_else(|| panic!("{} {} is not documented", row.method, row.operation));
            check(&world, &callers, &row, operation, &names);
        }
    });
}
