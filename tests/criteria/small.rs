//! The smallest claims that show one thing, written down as JSON.

use reprise_model::{Claim, Reference};
use serde_json::{Value, json};

use super::plain;
use super::population::Population;
use super::requests::read;
use super::world::{World, agree};

/// A claim with one line, in scope of every request: the members of `changes` are the claim's, those of its `line` the
/// line's. With `lines` instead, it has those.
pub(super) fn claim(code: &str, mut changes: Value) -> Value {
    let mut claim = json!({
        "kind": "claim", "code": code, "payer": "-", "processType": "CLAIM", "status": "CHANGE",
        "entryDate": "2009-07-01", "currency": "USD",
    });
    let members = changes.as_object_mut().expect("an object of changes");
    let lines = match (members.remove("line"), members.remove("lines")) {
        (Some(line), None) => vec![line],
        (None, Some(Value::Array(lines))) => lines,
        (None, None) => vec![json!({})],
        _ => unreachable!("a claim has a line or lines"),
    };
    let lines = (1..).zip(lines).map(|(number, changes)| {
        let mut line = json!({ "code": format!("L{number}"), "serviceStartDate": "2009-06-30" });
        merge(&mut line, changes);
        line
    });
    claim["lines"] = lines.collect();
    merge(&mut claim, changes);
    claim
}

/// A group, its memberships as code, first and last day; `-` is an open end.
pub(super) fn group(kind: &str, code: &str, members: &[(&str, &str, &str)]) -> Value {
    let members = members.iter().map(|(code, from, through)| {
        let mut member = json!({ "code": code });
        for (name, day) in [("from", from), ("through", through)] {
            if *day != "-" {
                member[name] = json!(day);
            }
        }
        member
    });
    json!({ "kind": kind, "payer": "-", "code": code, "members": members.collect::<Vec<_>>() })
}

/// A row that is only a name.
pub(super) fn named(kind: &str, code: &str) -> Value {
    json!({ "kind": kind, "payer": "-", "code": code })
}

/// The opposite of a criterion's value.
pub(super) fn not(value: impl Into<Value>) -> Value {
    json!({ "not": value.into() })
}

fn merge(into: &mut Value, changes: Value) {
    let Value::Object(changes) = changes else {
        unreachable!("changes are an object")
    };
    for (name, value) in changes {
        into[name] = value;
    }
}

/// The rows and claims as a population.
pub(super) fn population(references: &[Value], claims: &[Value]) -> Population {
    let read_claim = |value: &Value| serde_json::from_value::<Claim>(value.clone()).expect("a claim");
    let read_row = |value: &Value| serde_json::from_value::<Reference>(value.clone()).expect("a row");
    Population {
        references: references.iter().map(read_row).collect(),
        claims: claims.iter().map(read_claim).collect(),
    }
}

/// A request body with what every request has.
pub(super) fn request(members: Value) -> Value {
    let mut request = json!({ "reprocess": false, "processType": "CLAIM" });
    merge(&mut request, members);
    request
}

/// Whether a request hits these claims of the population, by the component and by the plain reading alike.
pub(super) fn check(world: &World, references: &[Value], claims: &[Value], members: Value, hit: &[&str]) {
    let population = population(references, claims);
    let payer = world.bring(&population);
    let body = request(members);
    let matched = agree(&world.host, &payer, plain::by_default, &population, &read(&body));
    let matched = matched.unwrap_or_else(|difference| unreachable!("{body}: {difference}"));
    let codes: Vec<_> = matched.claims.iter().map(|claim| claim.code.as_str()).collect();
    assert_eq!(codes, hit, "{body}");
}
