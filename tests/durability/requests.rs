//! What these stories ask for, and how far it is.

use serde_json::{Value, json};

use super::server::{Answer, Server};
use super::until;

/// What servers are started with whose runs are to take several seconds on any machine, in portions of a second each.
pub(super) const SLOWLY: &[&str] = &["--lease-seconds", "1", "--claims-per-second", "500"];

/// All claims that can be reprocessed, with a message and a reason.
pub(super) fn everything() -> Value {
    json!({
        "reprocess": true, "processType": "CLAIM", "entryStartDate": "2023-01-01",
        "reprocessMessageCode": "CUST1", "preprocessingDone": true,
        "claimUnfinalizeReasonList": [{
            "code": "UF1", "sourceReference": "REF-9", "dynamicFields": [{ "name": "requestedBy", "value": "audit" }],
        }],
    })
}

/// Has a run started, and answers where its activity is.
#[track_caller]
pub(super) fn start_run(server: &Server, request: &Value) -> String {
    let answer = server.post("/api/claimsreprocesscriteria", "", request);
    assert_eq!(answer.status, 202, "{}", answer.body);
    answer.location()
}

/// Hands a file in and has its batch started, and answers where its activity is. The answers are in `ANSWERS`.
#[track_caller]
pub(super) fn start_batch(server: &Server, file: &str) -> String {
    create_file(server);
    let answer = server.ask("POST", FILE_PATH, "", file.as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.body);
    start_import(server).location()
}

/// Where the content of the batch's file is handed in.
pub(super) const FILE_PATH: &str = "/api/datafilesets/BATCH/datafile/IN/data";

#[track_caller]
pub(super) fn create_file(server: &Server) {
    let set = json!({ "code": "BATCH", "dataFiles": [{ "code": "IN" }] });
    let answer = server.post("/api/datafilesets", "", &set);
    assert_eq!(answer.status, 201, "{}", answer.body);
}

/// Has the batch of the file that was handed in started.
#[track_caller]
pub(super) fn start_import(server: &Server) -> Answer {
    let activity = json!({
        "code": "REPROCESSCLAIMS_IMPORT", "level": "GL",
        "parameters": { "dataFileSetCode": "BATCH", "responseDataFileSetCode": "ANSWERS" },
    });
    let answer = server.post("/api/activities/start", "", &activity);
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer
}

/// How far an activity is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    pub(super) status: String,
    pub(super) trouble: Option<String>,
    pub(super) total: Option<u64>,
    pub(super) succeeded: u64,
    pub(super) failed: u64,
}

impl Progress {
    pub(super) fn of(activity: &Value) -> Self {
        let progress = &activity["progress"];
        let count = |name: &str| progress[name].as_u64().expect("a count");
        Self {
            status: activity["status"].as_str().expect("a status").to_owned(),
            trouble: activity["trouble"].as_str().map(str::to_owned),
            total: progress["total"].as_u64(),
            succeeded: count("succeeded"),
            failed: count("failed"),
        }
    }

    pub(super) fn handled(&self) -> u64 {
        self.succeeded + self.failed
    }

    pub(super) fn is_going_on(&self) -> bool {
        ["initial", "in process"].contains(&&*self.status)
    }
}

#[track_caller]
pub(super) fn progress(server: &Server, location: &str) -> Progress {
    Progress::of(&server.get(location))
}

/// Waits until at least so many claims are handled, or the activity has ended.
#[track_caller]
pub(super) fn until_handled(server: &Server, location: &str, claims: u64) -> Progress {
    until("claims are handled", || {
        let progress = progress(server, location);
        (progress.handled() >= claims || !progress.is_going_on()).then_some(progress)
    })
}

/// Waits until the activity has ended.
#[track_caller]
pub(super) fn until_ended(server: &Server, location: &str) -> Progress {
    until("the activity has ended", || {
        let progress = progress(server, location);
        (!progress.is_going_on()).then_some(progress)
    })
}

/// The id of the activity at this place.
pub(super) fn activity_id(location: &str) -> i64 {
    let id = location.rsplit('/').next().expect("the end of a path");
    id.parse().expect("an id")
}

/// The data file of an activity that has ended.
#[track_caller]
pub(super) fn data_file(server: &Server, location: &str, media_type: &str) -> String {
    let activity = server.get(location);
    let links = activity["links"].as_array().expect("links");
    let file = links.iter().find(|link| link["rel"] == "file");
    let path = file.unwrap_or_else(|| panic!("no file: {activity}"))["href"].as_str();
    server.text(path.expect("a path"), &format!("Accept: {media_type}\r\n"))
}
