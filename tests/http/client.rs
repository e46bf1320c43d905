//! A caller of the API. Every answer it gets is held against the OpenAPI document.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, header};
use http_body_util::BodyExt as _;
use reprise::Host;
use reprise::http::{Api, document, router};
use serde_json::Value;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

use super::who::{Tokens, Who};
use crate::support::Place;

/// XML, as `Content-Type` and `Accept` name it.
pub(crate) const XML: &str = "application/xml";
/// JSON, as `Content-Type` and `Accept` name it.
pub(crate) const JSON: &str = "application/json";

/// A caller, and the API that it calls. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Client {
    api: Arc<Called>,
    who: Who,
}

/// The API that callers call.
struct Called {
    runtime: Runtime,
    router: Router,
    document: Value,
    tokens: Tokens,
}

/// A stream of events that is being read.
pub(crate) struct Feed {
    api: Arc<Called>,
    body: Body,
    /// What has come and was not read yet.
    text: String,
}

/// What the API answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Client {
    /// A caller of a host that is loaded already. Activities are done.
    pub(crate) fn new(host: Host) -> Self {
        host.start_activities().expect("a thread for activities");
        Self::of_host(host)
    }

    /// A caller of a host as it is.
    pub(crate) fn of_host(host: Host) -> Self {
        Self::of_api(Api::new(host))
    }

    /// A caller of an API that is set up already.
    pub(crate) fn of_api(api: Api) -> Self {
        // Handlers block on threads of their own, so more than one is needed.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let document = serde_json::to_value(document()).expect("a document that is JSON");
        let called = Called {
            runtime,
            tokens: Tokens::new(api.host.clone()),
            router: router(api),
            document,
        };
        Self {
            api: Arc::new(called),
            who: Who::usual(),
        }
    }

    /// Another caller of the same API.
    fn by(&self, who: Who) -> Self {
        Self {
            api: Arc::clone(&self.api),
            who,
        }
    }

    /// The same user, of this payer.
    pub(crate) fn as_of(&self, payer: &str) -> Self {
        self.by(self.who.of_payer(payer))
    }

    /// This user, of the same payer.
    pub(crate) fn acting_as(&self, user: &str) -> Self {
        self.by(self.who.named(user))
    }

    /// A principal of the platform with this role.
    pub(crate) fn of_platform(&self, role: &str) -> Self {
        self.by(Who::Platform { role: role.to_owned() })
    }

    /// Whoever this token is of.
    pub(crate) fn bearing(&self, token: &str) -> Self {
        self.by(Who::Bearer {
            token: token.to_owned(),
        })
    }

    /// Somebody who brings no credentials.
    pub(crate) fn without_credentials(&self) -> Self {
        self.by(Who::Nobody)
    }

    /// A request by this caller.
    fn request(&self, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = self.api.tokens.of(&self.who) {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(body.into()).expect("a request")
    }

    /// A caller of a loaded host on these lines, and the place where they are.
    pub(crate) fn on(lines: &str) -> (Self, Place) {
        let place = Place::with(lines);
        (Self::new(place.host(None)), place)
    }

    /// Get something, as JSON where the answer can be that.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], "")
    }

    /// Get something as XML.
    pub(crate) fn get_xml(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[("accept", XML)], "")
    }

    /// Post a body of this type.
    pub(crate) fn post(&self, path: &str, content_type: &str, body: impl Into<Body>) -> Answer {
        self.send(Method::POST, path, &[("content-type", content_type)], body)
    }

    /// Post JSON and take the answer as JSON.
    pub(crate) fn post_json(&self, path: &str, body: &Value) -> Answer {
        self.post(path, JSON, body.to_string())
    }

    /// Send a request and hold the answer's status against the document.
    pub(crate) fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let request = self.request(method.clone(), path, headers, body);
        let answer = self.api.runtime.block_on(async {
            let response = self
                .api
                .router
                .clone()
                .oneshot(request)
                .await
                .expect("a router never fails");
            let (parts, body) = response.into_parts();
            let bytes = body.collect().await.expect("a whole body").to_bytes();
            let text = String::from_utf8(bytes.to_vec()).expect("an answer in UTF-8");
            Answer {
                status: parts.status.as_u16(),
                headers: parts.headers,
                text,
            }
        });
        self.check_documented(&method, path, &answer);
        answer
    }

    /// Get the bytes of something: the status, the headers, the bytes.
    pub(crate) fn bytes(&self, path: &str, headers: &[(&str, &str)]) -> (u16, HeaderMap, Vec<u8>) {
        let request = self.request(Method::GET, path, headers, Body::empty());
        self.api.runtime.block_on(async {
            let sent = self.api.router.clone().oneshot(request).await;
            let (parts, body) = sent.expect("a router never fails").into_parts();
            let bytes = body.collect().await.expect("a whole body").to_bytes();
            (parts.status.as_u16(), parts.headers, bytes.to_vec())
        })
    }

    /// Begin a request whose answer goes on, and hand out its body; a status other than 200 is an error.
    pub(crate) fn open(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Result<(HeaderMap, Body), u16> {
        let request = self.request(method, path, headers, body);
        let sent = self.api.runtime.block_on(self.api.router.clone().oneshot(request));
        let (parts, body) = sent.expect("a router never fails").into_parts();
        match parts.status.as_u16() {
            200 => Ok((parts.headers, body)),
            status => Err(status),
        }
    }

    /// Open a stream of events, which must be one, and read it as it comes.
    pub(crate) fn follow(&self, path: &str, headers: &[(&str, &str)]) -> Feed {
        let mut all = vec![("accept", "text/event-stream")];
        all.extend(headers);
        let (headers, body) = self.open(Method::GET, path, &all, "").expect("a stream");
        assert_eq!(headers["content-type"], "text/event-stream");
        Feed {
            api: Arc::clone(&self.api),
            body,
            text: String::new(),
        }
    }

    /// Post JSON and go away, unless it is answered so soon.
    pub(crate) fn post_and_leave(&self, path: &str, body: &Value, patience: Duration) {
        let headers = [("content-type", JSON)];
        let request = self.request(Method::POST, path, &headers, body.to_string());
        let sent = self.api.router.clone().oneshot(request);
        let _ = self
            .api
            .runtime
            .block_on(async { tokio::time::timeout(patience, sent).await });
    }

    /// Post a criteria request, which must be accepted, and answer the path of its activity.
    pub(crate) fn accepted(&self, content_type: &str, body: impl Into<Body>) -> String {
        let answer = self.post("/api/claimsreprocesscriteria", content_type, body);
        assert_eq!(answer.status, 202, "{}", answer.text);
        answer.header("location").to_owned()
    }

    /// The activity at this path, once it has ended.
    pub(crate) fn ended(&self, activity: &str) -> Value {
        for _ in 0..6_000 {
            let shown = self.get(activity).expect(200).json();
            let status = shown["status"].as_str().expect("a status");
            if !["initial", "in process"].contains(&status) {
                return shown;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("{activity} has not ended within a minute");
    }

    /// The data file of an activity that has ended, as JSON lines.
    pub(crate) fn results(&self, activity: &Value) -> Vec<Value> {
        let file = self.get(link(activity, "file")).expect(200);
        file.text
            .lines()
            .map(|line| serde_json::from_str(line).expect("a line of JSON"))
            .collect()
    }

    fn check_documented(&self, method: &Method, path: &str, answer: &Answer) {
        let path = path.split('?').next().unwrap_or_default();
        let documented = self.api.document["paths"].as_object().expect("paths").iter();
        let operation = documented
            .filter(|(template, _)| is_instance(template, path))
            .find_map(|(_, operations)| operations.get(method.as_str().to_ascii_lowercase()));
        // What has no operation is answered 404 or 405 whatever the document says.
        let Some(operation) = operation else {
            assert!(
                [404, 405].contains(&answer.status),
                "{method} {path} is served, and not documented"
            );
            return;
        };
        let status = answer.status.to_string();
        assert!(
            operation["responses"].get(&status).is_some(),
            "{method} {path} answers {status}, which is not documented: {}",
            answer.text
        );
    }
}

/// Whether a path is one of a template such as `/api/claims/{claim}`.
fn is_instance(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template
            .iter()
            .zip(&path)
            .all(|(wanted, given)| wanted.starts_with('{') || wanted == given)
}

/// The link of an activity with this relation.
pub(crate) fn link<'a>(activity: &'a Value, relation: &str) -> &'a str {
    let links = activity["links"].as_array().expect("links");
    let link = links.iter().find(|link| link["rel"] == relation);
    link.and_then(|link| link["href"].as_str())
        .unwrap_or_else(|| panic!("no link `{relation}` in {activity}"))
}

impl Feed {
    /// The next event: its position, its type, and what is said of it. One that does not come within a minute fails the
    /// story.
    pub(crate) fn next_event(&mut self) -> (String, String, Value) {
        let event = self.next_block().expect("a stream that goes on");
        let field = |name| field(&event, name).unwrap_or_else(|| panic!("no `{name}`: {event}"));
        (field("id:"), field("event:"), data(&event))
    }

    /// What is said of its end, which comes next, and after which nothing comes.
    pub(crate) fn ended(mut self) -> Value {
        let end = self.next_block().expect("a stream that says why it ends");
        assert_eq!(field(&end, "event:").as_deref(), Some("end"), "{end}");
        assert_eq!(field(&end, "id:"), None, "{end}");
        assert_eq!(self.next_block(), None);
        data(&end)
    }

    /// The next event as it is sent; none at the end.
    fn next_block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let block = block.to_owned();
                self.text = rest.to_owned();
                // What begins with a colon only says that the stream is alive.
                if !block.starts_with(':') {
                    return Some(block);
                }
                continue;
            }
            let frame = self.api.runtime.block_on(async {
                let frame = tokio::time::timeout(Duration::from_secs(60), self.body.frame());
                frame.await.expect("an event within a minute")
            });
            let bytes = frame?.expect("a whole frame").into_data().expect("data");
            self.text
                .push_str(std::str::from_utf8(&bytes).expect("events in UTF-8"));
        }
    }
}

/// What an event that was sent says under this name.
fn field(event: &str, name: &str) -> Option<String> {
    let value = event.lines().find_map(|line| line.strip_prefix(name));
    value.map(|value| value.trim().to_owned())
}

fn data(event: &str) -> Value {
    let data = field(event, "data:").unwrap_or_else(|| panic!("no data: {event}"));
    serde_json::from_str(&data).expect("data in JSON")
}

impl Answer {
    /// The answer, which must have this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// A header that must be there.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self
            .headers
            .get(name)
            .unwrap_or_else(|| panic!("no header `{name}`: {:?}", self.headers));
        value.to_str().expect("a header of text")
    }

    /// The codes and texts of the messages in a JSON answer about the request itself.
    #[track_caller]
    pub(crate) fn messages(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let json = self.json();
        let messages = json["resultMessages"][0]["messages"].as_array();
        let messages = messages.unwrap_or_else(|| panic!("no messages: {}", self.text));
        messages
            .iter()
            .map(|message| (text(&message["code"]), text(&message["text"])))
            .collect()
    }
}
