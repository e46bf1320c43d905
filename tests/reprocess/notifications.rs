//! Notifications: an endpoint is told that a request by criteria has ended, again and again until it takes it.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use reprise::{Configuration, NotificationAuthorization, NotificationSettings};
use reprise_request::MediaType;
use reprise_store::DeliveryOutcome;
use serde_json::{Value, json};

use super::world::{NAMES, World, line, on_both_set_up};
use crate::components;
use crate::http::client::{JSON, link};
use crate::support::{Place, claim_line};

/// A notification that came: the head of the request, in lower case, and its body.
type Told = (String, String);

/// An endpoint on the loopback device that answers what it is told to, and in the end 204.
struct Endpoint {
    url: String,
    told: mpsc::Receiver<Told>,
}

impl Endpoint {
    /// The endpoint answers these statuses first.
    fn answering(statuses: &[u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/told", listener.local_addr().expect("an address"));
        let (sender, told) = mpsc::channel();
        let answers = Arc::new(Mutex::new(VecDeque::from(statuses.to_vec())));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let status = answers.lock().expect("answers").pop_front().unwrap_or(204);
                let Ok(told) = take(stream.expect("a connection"), status) else {
                    continue;
                };
                if sender.send(told).is_err() {
                    return;
                }
            }
        });
        Self { url, told }
    }

    /// The next notification that comes, within a minute.
    fn next(&self) -> Told {
        self.told
            .recv_timeout(Duration::from_secs(60))
            .expect("a notification within a minute")
    }
}

/// Read a request and answer it.
fn take(mut stream: TcpStream, status: u16) -> std::io::Result<Told> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut head = String::new();
    loop {
        let before = head.len();
        if reader.read_line(&mut head)? == 0 || head.len() - before <= 2 {
            break;
        }
    }
    let head = head.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.and_then(|length| length.trim().parse().ok()).unwrap_or(0)];
    reader.read_exact(&mut body)?;
    write!(
        stream,
        "HTTP/1.1 {status} As Told\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )?;
    Ok((head, String::from_utf8_lossy(&body).into_owned()))
}

fn settings(endpoint: &Endpoint, media_type: MediaType) -> NotificationSettings {
    NotificationSettings {
        endpoint: endpoint.url.clone(),
        authorization: None,
        media_type,
        public_url: "https://claims.example/".to_owned(),
    }
}

/// A product that a guest panics on.
const PRODUCT: &str = "PANIC-IN-MATCH";

fn lines() -> String {
    let product = json!({ "kind": "product", "payer": "ACME", "code": PRODUCT });
    let lines = json!([{ "code": "L1", "benefits": [{ "product": PRODUCT }] }]);
    let claims = [
        claim_line("C1", &json!({ "status": "CHANGE", "lines": lines })),
        claim_line(
            "C2",
            &json!({ "status": "CHANGE", "lines": lines, "settlementReason": "PAID" }),
        ),
    ];
    format!("{NAMES}{product}\n{}", claims.concat())
}

/// Play a story on both databases, each with an endpoint of its own.
#[track_caller]
fn on_both_told(
    answers: &[u16],
    set_up: impl Fn(&Endpoint, &mut Configuration, &Place) + Sync,
    story: impl Fn(World, &Endpoint) + Sync,
) {
    let set_up = &set_up;
    on_both_set_up(
        &lines(),
        |_, _| (),
        |world| {
            let endpoint = Endpoint::answering(answers);
            let place = Place::new();
            let world = world.restarted(|configuration| set_up(&endpoint, configuration, &place));
            story(world, &endpoint);
        },
    );
}

/// The path of the activity of a criteria request, accepted with this correlation id.
fn accepted_as(world: &World, correlation_id: &str, reprocess: bool) -> String {
    let body = json!({ "reprocess": reprocess, "processType": "CLAIM", "productCode": PRODUCT });
    let headers = [("correlation-id", correlation_id)];
    let answer = world.post_with("/api/claimsreprocesscriteria", &headers, &body);
    answer.expect(202).header("location").to_owned()
}

fn notification_of(shown: &Value) -> (Value, Value) {
    let notification = &shown["notification"];
    (notification["status"].clone(), notification["attempts"].clone())
}

#[test]
fn the_endpoint_is_told_until_it_takes_it() {
    let set_up = |endpoint: &Endpoint, configuration: &mut Configuration, _: &Place| {
        configuration.notifications = Some(settings(endpoint, MediaType::Xml));
    };
    on_both_told(&[500, 302], set_up, |world, endpoint| {
        let path = accepted_as(&world, "case <7>", true);
        let first = endpoint.next();
        let waiting = world.until(&path, |shown| notification_of(shown) == (json!("waiting"), json!(1)));
        let notification = &waiting["notification"];
        assert_eq!(
            notification["lastError"],
            "the endpoint answered 500 Internal Server Error"
        );
        assert!(
            notification["nextAttempt"]
                .as_str()
                .is_some_and(|time| time.ends_with('Z')),
            "{notification}"
        );
        link(&waiting, "retry-notification");

        let (second, third) = (endpoint.next(), endpoint.next());
        let taken = world.until(&path, |shown| shown["notification"]["status"] == "taken");
        assert_eq!(notification_of(&taken), (json!("taken"), json!(3)));
        let id = &taken["id"];
        let file = link(&taken, "file");
        let expected = format!(
            "<notification correlationId=\"case &lt;7&gt;\" workId=\"{id}\" status=\"Success\"><links>\
             <link rel=\"file\" href=\"https://claims.example{file}\"/></links></notification>"
        );
        for (head, body) in [&first, &second, &third] {
            assert_eq!(*body, expected);
            assert!(head.starts_with("post /told http/1.1"), "{head}");
            assert!(
                head.contains("content-type: application/xml") && !head.contains("authorization:"),
                "{head}"
            );
        }
        // What was taken is not told again.
        world
            .client
            .post(&format!("{path}/notification/retry"), JSON, "")
            .expect(404);
        assert_eq!(
            taken["status"], "completed with errors",
            "which is a success all the same"
        );
    });
}

#[test]
fn a_dry_run_is_told_as_well_and_its_own_id_correlates_it() {
    let set_up = |endpoint: &Endpoint, configuration: &mut Configuration, _: &Place| {
        configuration.notifications = Some(NotificationSettings {
            authorization: Some(NotificationAuthorization::Bearer("a-token".to_owned())),
            ..settings(endpoint, MediaType::Json)
        });
    };
    on_both_told(&[], set_up, |world, endpoint| {
        let path = accepted_as(&world, "", false);
        let (head, body) = endpoint.next();
        let told: Value = serde_json::from_str(&body).expect("JSON");
        let shown = world.until(&path, |shown| shown["notification"]["status"] == "taken");
        let id = &shown["id"];
        let href = format!("https://claims.example{}", link(&shown, "file"));
        assert_eq!(
            told,
            json!({ "notification": {
                "correlationId": id.to_string(), "workId": id, "status": "Success",
                "links": [{ "rel": "file", "href": href }],
            } })
        );
        assert!(head.contains("content-type: application/json"), "{head}");
        assert!(head.contains("authorization: bearer a-token"), "{head}");
        // A batch is nobody's to be told of.
        world.data_file("SET", JSON, "[{\"code\":\"C1\"}]");
        assert_eq!(world.batch("SET")["notification"], Value::Null);
    });
}

#[test]
fn a_failure_is_told_as_one_and_what_is_recovered_is_told_again() {
    let set_up = |endpoint: &Endpoint, configuration: &mut Configuration, place: &Place| {
        configuration.notifications = Some(NotificationSettings {
            authorization: Some(NotificationAuthorization::Basic {
                user: "reprise".to_owned(),
                password: "secret".to_owned(),
            }),
            ..settings(endpoint, MediaType::Xml)
        });
        configuration.rules = Some(place.file("panics.wasm", components::PANICS));
    };
    on_both_told(&[], set_up, |world, endpoint| {
        let path = accepted_as(&world, "case 8", true);
        let ended = world.client.ended(&path);
        assert_eq!(ended["status"], "technical error");
        let id = &ended["id"];
        let (head, body) = endpoint.next();
        assert_eq!(
            body,
            format!(
                "<notification correlationId=\"case 8\" workId=\"{id}\" status=\"Failure\"><links/></notification>"
            )
        );
        // `reprise:secret`, in base 64.
        assert!(head.contains("authorization: basic cmvwcmlzztpzzwnyzxq="), "{head}");
        assert_eq!(world.status("C1"), "CHANGE");

        let world = world.restarted(|configuration| configuration.rules = None);
        world.client.post(&format!("{path}/recover"), JSON, "").expect(202);
        let ended = world.client.ended(&path);
        let settled = line("C2", "F", "CLA-IP-REPR-027");
        assert_eq!(world.listed(&ended), [line("C1", "S", "CLA-IP-REPR-022"), settled]);
        let (_, body) = endpoint.next();
        assert!(
            body.contains("status=\"Success\"") && body.contains("rel=\"file\""),
            "{body}"
        );
    });
}

#[test]
fn a_notification_that_was_given_up_can_be_sent_again() {
    let set_up = |_: &Endpoint, configuration: &mut Configuration, _: &Place| {
        // Nobody listens there: the port was another's, who has gone.
        let gone = TcpListener::bind("127.0.0.1:0")
            .expect("a port")
            .local_addr()
            .expect("an address");
        configuration.notifications = Some(NotificationSettings {
            endpoint: format!("http://{gone}/told"),
            authorization: None,
            media_type: MediaType::Json,
            public_url: "http://127.0.0.1:8080".to_owned(),
        });
    };
    on_both_told(&[], set_up, |world, endpoint| {
        let path = accepted_as(&world, "case 9", false);
        let waiting = world.until(&path, |shown| shown["notification"]["attempts"].as_u64() >= Some(1));
        let error = waiting["notification"]["lastError"].as_str().expect("a reason");
        assert!(error.starts_with("it could not be sent: "), "{error}");
        // After a day it is given up, which this is.
        world.host.stop_activities();
        let id = waiting["id"].as_i64().expect("an id");
        let delivery = world
            .store
            .delivery("ACME", id)
            .expect("a delivery")
            .expect("a delivery");
        let error = "it was tried often".to_owned();
        let outcome = DeliveryOutcome::GiveUp { error };
        let given_up = world
            .store
            .write(|transaction| transaction.record_delivery(delivery.id, delivery.next_attempt_at_ms, &outcome));
        given_up.expect("a delivery");
        let url = endpoint.url.clone();
        let world = world.restarted(move |configuration| {
            let told = configuration.notifications.as_mut().expect("settings");
            told.endpoint = url;
        });
        let given_up = world.client.get(&path).expect(200).json();
        let notification = &given_up["notification"];
        assert_eq!(
            [&notification["status"], &notification["nextAttempt"]],
            [&json!("given up"), &Value::Null]
        );
        let retry = link(&given_up, "retry-notification");
        let asked = world.client.post(retry, JSON, "").expect(202);
        assert_eq!(asked.json()["notification"]["status"], "waiting");
        let (_, body) = endpoint.next();
        assert!(body.contains("case 9"), "{body}");
        world.until(&path, |shown| shown["notification"]["status"] == "taken");
        // Of an activity that nobody is told of there is none to send.
        world.data_file("SET", JSON, "[{\"code\":\"C1\"}]");
        let batch = world.batch("SET");
        let retry = format!("/api/activities/{}/notification/retry", batch["id"]);
        world.client.post(&retry, JSON, "").expect(404);
    });
}
