//! A caller of a host on a fresh database of either kind, and what a story looks at there.

use std::sync::Arc;
use std::thread::Builder;

use axum::http::Method;
use reprise::http::Api;
use reprise::{Configuration, Host};
use reprise_interchange::{ImportOptions, NoProgress, Source};
use reprise_store::{ClaimScan, Store};
use serde_json::{Value, json};

use crate::http::client::{Answer, Client, JSON, link};
use crate::support::{Place, open_host};

/// What requests of the stories may name, of payer ACME.
pub(crate) const NAMES: &str = concat!(
    r#"{"kind":"pendReason","payer":"ACME","code":"LOUD","publishMessage":true}"#,
    "\n",
    r#"{"kind":"pendReason","payer":"ACME","code":"LOUDER","publishMessage":true}"#,
    "\n",
    r#"{"kind":"pendReason","payer":"ACME","code":"QUIET"}"#,
    "\n",
    r#"{"kind":"unfinalizeReason","payer":"ACME","code":"UF1","dynamicFields":["requestedBy","note"]}"#,
    "\n",
    r#"{"kind":"unfinalizeReason","payer":"ACME","code":"UF2"}"#,
    "\n",
    r#"{"kind":"unfinalizeReason","payer":"ACME","code":"UFREF","sourceReferenceMandatory":true}"#,
    "\n",
    r#"{"kind":"skipTag","payer":"ACME","code":"T1"}"#,
    "\n",
    r#"{"kind":"skipTag","payer":"ACME","code":"T2"}"#,
    "\n",
    r#"{"kind":"skipTag","payer":"ACME","code":"T3"}"#,
    "\n",
    r#"{"kind":"message","payer":"ACME","code":"CUST1"}"#,
    "\n",
    r#"{"kind":"message","payer":"ACME","code":"CUST2"}"#,
    "\n",
);

/// A caller of payer ACME, and the database that its host is on.
pub(crate) struct World {
    pub(crate) client: Client,
    pub(crate) host: Host,
    /// The same database, beside the host.
    pub(crate) store: Arc<dyn Store>,
    configuration: Configuration,
    _place: Place,
}

/// What nothing is to be different in.
#[derive(Debug, PartialEq)]
pub(crate) struct Everything {
    claims: Vec<(i64, u64, Vec<u8>)>,
    position: u64,
}

/// Play a story on SQLite and on PostgreSQL, each with these lines imported.
#[track_caller]
pub(crate) fn on_both(lines: &str, story: impl Fn(&World) + Sync) {
    on_both_set_up(lines, |_, _| (), |world| story(&world));
}

/// Play a story on both, with a host that is set up otherwise.
#[track_caller]
pub(crate) fn on_both_set_up(
    lines: &str,
    set_up: impl Fn(&mut Configuration, &Place) + Sync,
    story: impl Fn(World) + Sync,
) {
    let cluster = reprise_test_postgres::shared();
    let play = |database: Option<String>| {
        let place = Place::new();
        let database = database.unwrap_or_else(|| place.database());
        let mut configuration = Configuration::new(database);
        set_up(&mut configuration, &place);
        let world = World::open(configuration, place, lines);
        world.host.start_activities().expect("threads for activities");
        story(world);
    };
    let play = &play;
    std::thread::scope(|scope| {
        // A thread's name is said where it panics, and tells which of them it was.
        let spawn = |name: &str, database: Option<String>| {
            let thread = Builder::new().name(name.to_owned());
            thread.spawn_scoped(scope, move || play(database)).expect("a thread")
        };
        let mut threads = vec![spawn("on SQLite", None)];
        threads.extend(cluster.map(|cluster| spawn("on PostgreSQL", Some(cluster.create_database()))));
        let ended: Vec<_> = threads.into_iter().map(|thread| thread.join()).collect();
        assert!(
            ended.iter().all(Result::is_ok),
            "the story does not hold on every database"
        );
    });
}

impl World {
    fn open(configuration: Configuration, place: Place, lines: &str) -> Self {
        let store = reprise_store::open(&configuration.database).expect("a database");
        import(store.as_ref(), lines);
        let host = loaded(&configuration);
        Self {
            client: Client::of_host(host.clone()).as_of("ACME"),
            host,
            store,
            configuration,
            _place: place,
        }
    }

    /// How the host is set up.
    pub(crate) fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// Have the host end after the unit of work that it is at, and another one, set up otherwise, take over.
    pub(crate) fn restarted(self, set_up: impl FnOnce(&mut Configuration)) -> Self {
        self.host.stop_activities();
        let mut configuration = self.configuration;
        set_up(&mut configuration);
        let host = loaded(&configuration);
        host.start_activities().expect("threads for activities");
        Self {
            client: Client::of_host(host.clone()).as_of("ACME"),
            host,
            store: self.store,
            configuration,
            _place: self._place,
        }
    }

    /// Another caller of the same host, by an API that is set up otherwise.
    pub(crate) fn caller_of(&self, set_up: impl FnOnce(&mut Api)) -> Client {
        let mut api = Api::new(self.host.clone());
        set_up(&mut api);
        Client::of_api(api).as_of("ACME")
    }

    /// Import lines; a claim that is there is replaced.
    pub(crate) fn import(&self, lines: &str) {
        import(self.store.as_ref(), lines);
    }

    /// Post JSON, with further headers.
    pub(crate) fn post_with(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let mut all = vec![("content-type", JSON)];
        all.extend(headers);
        self.client.send(Method::POST, path, &all, body.to_string())
    }

    /// Ask for a claim to be processed again.
    pub(crate) fn reprocess(&self, code: &str, options: &Value) -> Answer {
        let mut body = json!({ "code": code });
        merge(&mut body, options);
        self.client.post_json("/api/claimsreprocess", &body)
    }

    /// The path of the activity of a criteria request for all claims with these members more, which must be accepted.
    pub(crate) fn accepted(&self, members: &Value) -> String {
        let mut body = json!({ "reprocess": true, "processType": "CLAIM" });
        merge(&mut body, members);
        let answer = self.client.post_json("/api/claimsreprocesscriteria", &body);
        answer.expect(202).header("location").to_owned()
    }

    /// The activity of such a request, once it has ended.
    pub(crate) fn run(&self, members: &Value) -> Value {
        self.client.ended(&self.accepted(members))
    }

    /// Wait until an activity is as it is waited for. One that is not within a minute fails the story.
    #[track_caller]
    pub(crate) fn until(&self, activity: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..6_000 {
            let shown = self.client.get(activity).expect(200).json();
            if is_so(&shown) {
                return shown;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!(
            "{activity} is not so within a minute: {}",
            self.client.get(activity).text
        );
    }

    /// The lines of an activity's data file: the element, the result, the codes of its messages.
    pub(crate) fn listed(&self, activity: &Value) -> Vec<(String, String, Vec<String>)> {
        self.client.results(activity).iter().map(outcome).collect()
    }

    /// The claim with this code, without its links and the ids of its pend reasons.
    #[track_caller]
    pub(crate) fn claim(&self, code: &str) -> Value {
        let found = self.client.get(&format!("/api/claims?code={code}")).expect(200).json();
        let mut claim = found["claims"][0].clone();
        let members = claim
            .as_object_mut()
            .unwrap_or_else(|| panic!("no claim {code}: {found}"));
        members.remove("links");
        remove_ids(&mut claim, "pendReasons", &["id", "links"]);
        for places in ["bills", "lines"] {
            for place in claim[places].as_array_mut().into_iter().flatten() {
                remove_ids(place, "pendReasons", &["id", "links"]);
            }
        }
        claim
    }

    pub(crate) fn id(&self, code: &str) -> i64 {
        self.claim(code)["id"].as_i64().expect("an id")
    }

    pub(crate) fn status(&self, code: &str) -> String {
        self.claim(code)["status"].as_str().expect("a status").to_owned()
    }

    /// The entries of the claim's history, without the numbers of pend reasons.
    pub(crate) fn history(&self, code: &str) -> Vec<Value> {
        let path = format!("/api/claims/{}/history?limit=1000", self.id(code));
        let mut history = self.client.get(&path).expect(200).json();
        let entries = history["history"].as_array_mut().expect("entries");
        for entry in entries.iter_mut() {
            remove_ids(&mut entry["details"], "pendReasonsRemoved", &["number"]);
        }
        std::mem::take(entries)
    }

    /// The position of the last event.
    pub(crate) fn position(&self) -> u64 {
        self.store.event_position().expect("a position")
    }

    /// The events after this position, page after page.
    pub(crate) fn events_after(&self, mut after: u64) -> Vec<Value> {
        let mut events = Vec::new();
        loop {
            let page = self.client.get(&format!("/api/v1/events?limit=1000&after={after}"));
            let page = page.expect(200).json();
            let of_page = page["events"].as_array().expect("events");
            if of_page.is_empty() {
                return events;
            }
            events.extend(of_page.iter().cloned());
            after = page["next"].as_u64().expect("where to go on");
        }
    }

    /// Every claim with the number of its last change, and how far the events are.
    pub(crate) fn everything(&self) -> Everything {
        let mut claims = Vec::new();
        let scan = self.store.scan_claims(ClaimScan::All, &mut |chunk| {
            claims.extend(
                chunk
                    .into_iter()
                    .map(|claim| (claim.id, claim.change_sequence, claim.body)),
            );
            std::ops::ControlFlow::Continue(())
        });
        scan.expect("claims");
        Everything {
            claims,
            position: self.position(),
        }
    }

    /// Create a data file set of one file `IN` with this content.
    pub(crate) fn data_file(&self, set: &str, content_type: &str, content: impl Into<axum::body::Body>) {
        let created = json!({ "code": set, "dataFiles": [{ "code": "IN" }] });
        self.client.post_json("/api/datafilesets", &created).expect(201);
        self.upload(set, "IN", content_type, content).expect(200);
    }

    pub(crate) fn upload(
        &self,
        set: &str,
        file: &str,
        content_type: &str,
        content: impl Into<axum::body::Body>,
    ) -> Answer {
        let path = format!("/api/datafilesets/{set}/datafile/{file}/data");
        self.client.post(&path, content_type, content)
    }

    /// Start a batch on a data file set.
    pub(crate) fn start_batch(&self, parameters: &Value) -> Answer {
        let body = json!({ "code": "REPROCESSCLAIMS_IMPORT", "level": "GL", "parameters": parameters });
        self.client.post_json("/api/activities/start", &body)
    }

    /// The activity of a batch on a data file set, once it has ended.
    #[track_caller]
    pub(crate) fn batch(&self, set: &str) -> Value {
        let started = self.start_batch(&json!({ "dataFileSetCode": set })).expect(201);
        self.client.ended(started.header("location"))
    }

    /// The content of an activity's data file in this type.
    pub(crate) fn file_as(&self, activity: &Value, accept: &str) -> String {
        let path = link(activity, "file");
        self.client
            .send(Method::GET, path, &[("accept", accept)], "")
            .expect(200)
            .text
    }
}

/// Takes these members off each item of a list, if there is one.
fn remove_ids(of: &mut Value, list: &str, names: &[&str]) {
    let items = of.get_mut(list).and_then(Value::as_array_mut);
    for item in items.into_iter().flatten().filter_map(Value::as_object_mut) {
        for name in names {
            item.remove(*name);
        }
    }
}

fn loaded(configuration: &Configuration) -> Host {
    let host = open_host(configuration);
    host.load(|_, _| ()).expect("a loaded index");
    host
}

fn import(store: &dyn Store, lines: &str) {
    let source = Source::new("the story", None, std::io::Cursor::new(lines.to_owned()));
    let options = ImportOptions {
        strict: true,
        replace: true,
        ..ImportOptions::default()
    };
    reprise_interchange::import(store, vec![source], &options, &mut NoProgress).expect("lines that can be imported");
}

/// The element of a line of results, its result and the codes of its messages.
pub(crate) fn outcome(entry: &Value) -> (String, String, Vec<String>) {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let messages = entry["messages"].as_array().expect("messages");
    let codes = messages.iter().map(|message| text(&message["code"])).collect();
    (text(&entry["elementId"]), text(&entry["result"]), codes)
}

/// A line of results, as [`outcome`] reads it.
pub(crate) fn line(element: &str, result: &str, code: &str) -> (String, String, Vec<String>) {
    (element.to_owned(), result.to_owned(), vec![code.to_owned()])
}

/// Set members of an object.
pub(crate) fn merge(object: &mut Value, members: &Value) {
    let object = object.as_object_mut().expect("an object");
    for (name, value) in members.as_object().expect("an object of members") {
        object.insert(name.clone(), value.clone());
    }
}
