//! The restrictions that reprocessing heeds: always those of unfinalize reasons, and if a server is set so those of the
//! pend reasons that it removes.

use axum::http::Method;
use reprise::Configuration;
use serde_json::{Value, json};

use super::fixture::{
    Kept, READ, attached, grant, pend_history, pend_reason, pended, principal, reasons, shown, unresolved,
};
use crate::http::client::{Client, JSON, XML};
use crate::reprocess::world::{World, line, on_both, on_both_set_up};
use crate::support::{Place, claim_line};

const UNFINALIZE_NOT_ALLOWED: &str = "CLA-IP-CLAI-025";
const PEND_NOT_ALLOWED: &str = "CLA-IP-CLAI-023";
const SCHEDULED: &str = "CLA-IP-REPR-022";
/// The restrictions of reprocessing itself, one by one and many at once.
const REPROCESS: [&str; 5] = [
    "claims.reprocess IP",
    "claims.reprocesscriteria IP",
    "activities IP",
    "datafilesets IP",
    READ,
];

/// Unfinalize reasons of which two take a restriction, and finalized claims.
fn finalized() -> String {
    let reason = |code: &str, restriction: Option<&str>| {
        let members = json!({
            "kind": "unfinalizeReason", "payer": "ACME", "code": code, "accessRestriction": restriction,
        });
        format!("{members}\n")
    };
    let claims = (1..=4).map(|number| claim_line(&format!("F{number}"), &json!({})));
    [
        reason("FREE", Some("")),
        reason("REOPEN", Some("REOPENING")),
        reason("AUDIT", Some("AUDITORS")),
    ]
    .concat()
        + &claims.collect::<String>()
}

fn reasons_given(codes: &[&str]) -> Value {
    let given: Vec<_> = codes.iter().map(|code| json!({ "code": code })).collect();
    json!(given)
}

/// A principal that may reprocess, and what else it may.
fn operator(world: &World, more: &[&str]) -> Client {
    principal(world, "operator-of-its-own", &[&REPROCESS, more].concat())
}

fn single(client: &Client, code: &str, reasons: &[&str]) -> crate::http::client::Answer {
    let body = json!({ "code": code, "claimUnfinalizeReasonList": reasons_given(reasons) });
    client.post_json("/api/claimsreprocess", &body)
}

fn criteria(client: &Client, reasons: &[&str]) -> crate::http::client::Answer {
    let body = json!({
        "reprocess": true, "processType": "CLAIM", "claimUnfinalizeReasonList": reasons_given(reasons),
    });
    client.post_json("/api/claimsreprocesscriteria", &body)
}

/// The lines of a batch of these requests, started by somebody.
fn batch(world: &World, client: &Client, set: &str, requests: &Value) -> Vec<(String, String, Vec<String>)> {
    world.data_file(set, JSON, requests.to_string());
    let body = json!({
        "code": "REPROCESSCLAIMS_IMPORT", "level": "GL", "parameters": { "dataFileSetCode": set },
    });
    let started = client.post_json("/api/activities/start", &body).expect(201);
    world.listed(&world.client.ended(started.header("location")))
}

#[test]
fn an_unfinalize_reason_is_given_by_who_may() {
    on_both(&finalized(), |world| {
        let operator = operator(world, &["AUDITORS"]);
        let text = "You do not have the privileges to use unfinalize reason REOPEN";
        let before = Kept::of(world);
        for reasons in [&["REOPEN"][..], &["FREE", "REOPEN"], &["AUDIT", "REOPEN", "FREE"]] {
            for answer in [single(&operator, "F1", reasons), criteria(&operator, reasons)] {
                let messages = answer.expect(403).messages();
                assert_eq!(
                    messages,
                    [(UNFINALIZE_NOT_ALLOWED.to_owned(), text.to_owned())],
                    "{reasons:?}"
                );
            }
        }
        // Whether there is such a claim does not matter, and neither does the format.
        single(&operator, "NONE", &["REOPEN"]).expect(403);
        let xml = "<claim code=\"F1\"><claimUnfinalizeReasonList><claimUnfinalizeReason code=\"REOPEN\"/>\
                   </claimUnfinalizeReasonList></claim>";
        let answer = operator.post("/api/claimsreprocess", XML, xml).expect(403);
        let message = format!("<resultMessage code=\"{UNFINALIZE_NOT_ALLOWED}\">{text}</resultMessage>");
        assert!(answer.text.contains(&message), "{}", answer.text);
        before.assert_same(world, "what was refused");
        let activities = world.client.get("/api/activities").expect(200).json();
        assert_eq!(activities["activities"], json!([]));
        let refused = world
            .client
            .get("/api/audit?user=operator-of-its-own")
            .expect(200)
            .json();
        let refused = refused["entries"].as_array().expect("entries").clone();
        assert_eq!(refused.len(), 8, "{refused:?}");
        for entry in &refused {
            assert_eq!(
                (&entry["refused"], &entry["details"]["reason"]),
                (&json!(true), &json!(text))
            );
        }

        // In a file each has its turn, and only what is refused stays.
        let request =
            |code: &str, reasons: &[&str]| json!({ "code": code, "claimUnfinalizeReasonList": reasons_given(reasons) });
        let requests = json!([
            request("F1", &["FREE", "REOPEN"]),
            request("F2", &["FREE"]),
            request("F3", &["REOPEN"]),
            request("F4", &["AUDIT"]),
        ]);
        let listed = batch(world, &operator, "SET", &requests);
        let expected = [
            line("F1", "F", UNFINALIZE_NOT_ALLOWED),
            line("F2", "S", SCHEDULED),
            line("F3", "F", UNFINALIZE_NOT_ALLOWED),
            line("F4", "S", SCHEDULED),
        ];
        assert_eq!(listed, expected);
        for (code, status) in [
            ("F1", "FINALIZED"),
            ("F2", "INITIAL"),
            ("F3", "FINALIZED"),
            ("F4", "INITIAL"),
        ] {
            assert_eq!(world.status(code), status);
            assert_eq!(world.history(code).len(), usize::from(status == "INITIAL"));
        }

        // As soon as it is granted, each way can be gone.
        grant(world, "operator-of-its-own", &[&REPROCESS[..], &["REOPENING"]].concat());
        single(&operator, "F1", &["REOPEN"]).expect(200);
        let run = criteria(&operator, &["REOPEN"]).expect(202);
        let listed = world.listed(&world.client.ended(run.header("location")));
        assert!(listed.contains(&line("F3", "S", SCHEDULED)), "{listed:?}");
        assert_eq!(shown(world, "F3")["unfinalizeReasons"][0]["code"], "REOPEN");
        world.import(&finalized());
        assert_eq!(
            batch(world, &operator, "SET-2", &json!([request("F3", &["REOPEN"])])),
            [line("F3", "S", SCHEDULED)]
        );
        // Now it may no more give the other.
        single(&operator, "F1", &["AUDIT"]).expect(403);
        single(&world.client, "F1", &["AUDIT", "REOPEN"]).expect(200);
    });
}

/// Pended claims: R has a restricted pend reason that nobody has resolved, D one that somebody has, N none.
fn restricted() -> String {
    let lines = |codes: &[&str]| json!([{ "code": "L1", "pendReasons": attached(codes) }]);
    let of = |code: &str, codes: &[&str]| pended(code, &json!({ "lines": lines(codes), "bills": [] }));
    let medical = json!({ "accessRestriction": "MEDICAL", "publishMessage": true });
    [
        reasons(),
        finalized(),
        pend_reason("MED", &medical),
        of("R1", &["MED"]),
        of("R2", &["LOUD", "MED"]),
        of("R3", &["MED"]),
        of("D1", &["MED!"]),
        of("N1", &["LOUD"]),
        // A claim that was finalized with one keeps it.
        claim_line("K1", &json!({ "pendReasons": attached(&["MED"]) })),
    ]
    .concat()
}

/// Play a story on servers that check the restrictions of pend reasons.
#[track_caller]
fn on_both_that_check(lines: &str, story: impl Fn(World) + Sync) {
    let checks = |configuration: &mut Configuration, _: &Place| configuration.check_pend_restrictions = true;
    on_both_set_up(lines, checks, story);
}

#[test]
fn reprocessing_removes_pend_reasons_whatever_their_restrictions_are() {
    on_both(&restricted(), |world| {
        let operator = operator(world, &[]);
        single(&operator, "R1", &[]).expect(200);
        let claim = shown(world, "R1");
        assert_eq!(claim["lines"][0]["pendReasons"], json!([]));
        let rows = pend_history(world, &claim);
        assert!(
            rows.contains(&json!(["MED", "line", "L1", 3, "operator-of-its-own", "reprocess"])),
            "{rows:?}"
        );
        let run = criteria(&operator, &["FREE"]).expect(202);
        let listed = world.listed(&world.client.ended(run.header("location")));
        assert!(listed.contains(&line("R2", "S", SCHEDULED)), "{listed:?}");
        assert_eq!(
            batch(world, &operator, "SET", &json!([{ "code": "R3" }]))[0].1,
            "F",
            "it was done by the run"
        );
    });
}

#[test]
fn a_server_that_checks_has_pend_reasons_removed_by_who_may_resolve_them() {
    on_both_that_check(&restricted(), |world| {
        let operator = operator(&world, &[]);
        let before = shown(&world, "R1");
        let refused = single(&operator, "R1", &[]).expect(403);
        assert_eq!(refused.messages()[0].0, PEND_NOT_ALLOWED);
        let headers = [("content-type", XML), ("accept", XML)];
        let refused = operator
            .send(Method::POST, "/api/claimsreprocess", &headers, "<claim code=\"R1\"/>")
            .expect(403);
        assert!(
            refused.text.contains(&format!("code=\"{PEND_NOT_ALLOWED}\"")),
            "{}",
            refused.text
        );
        assert_eq!(shown(&world, "R1"), before);
        assert_eq!(pend_history(&world, &before), Vec::<Value>::new());
        // Whoever asks for more than that is told what forbids it first.
        world.import(&pended(
            "R4",
            &json!({ "pendReasons": attached(&["MED"]), "settlementReason": "PAID" }),
        ));
        let settled = single(&operator, "R4", &[]).expect(409);
        assert!(settled.text.contains("CLA-IP-REPR-027"), "{}", settled.text);

        // A file and a run refuse those claims alone.
        let requests = json!([{ "code": "R1" }, { "code": "D1" }, { "code": "R2" }]);
        let listed = batch(&world, &operator, "SET", &requests);
        let expected = [
            line("R1", "F", PEND_NOT_ALLOWED),
            line("D1", "S", SCHEDULED),
            line("R2", "F", PEND_NOT_ALLOWED),
        ];
        assert_eq!(listed, expected);
        let run = criteria(&operator, &["FREE"]).expect(202);
        let listed = world.listed(&world.client.ended(run.header("location")));
        for code in ["R1", "R2", "R3"] {
            assert!(listed.contains(&line(code, "F", PEND_NOT_ALLOWED)), "{listed:?}");
            assert!(!unresolved(&shown(&world, code)).is_empty());
            assert_eq!(world.status(code), "MANUAL ADJUDICATION");
        }
        for code in ["N1", "K1", "F1"] {
            assert!(listed.contains(&line(code, "S", SCHEDULED)), "{listed:?}");
        }
        // What was finalized with it keeps it.
        assert_eq!(unresolved(&shown(&world, "K1")), [1]);

        // To give one takes no right; to take it off does, and whoever has it may.
        let pends = json!({ "code": "F2", "claimPendReasonList": [{ "code": "MED" }] });
        world.import(&finalized());
        let mut given = pends.clone();
        given["claimUnfinalizeReasonList"] = reasons_given(&["FREE"]);
        operator.post_json("/api/claimsreprocess", &given).expect(200);
        operator.post_json("/api/claimsreprocess", &pends).expect(403);
        grant(&world, "operator-of-its-own", &[&REPROCESS[..], &["MEDICAL"]].concat());
        operator.post_json("/api/claimsreprocess", &pends).expect(200);
        single(&operator, "R1", &[]).expect(200);
        single(&world.client, "R2", &[]).expect(200);
    });
}

#[test]
fn a_run_goes_by_the_rights_that_whoever_wants_it_has_as_it_goes_on() {
    on_both_that_check(&restricted(), |world| {
        let operator = operator(&world, &["REOPENING", "MEDICAL"]);
        // Nothing is done of what is accepted from here on.
        world.host.stop_activities();
        let run = criteria(&operator, &["REOPEN"])
            .expect(202)
            .header("location")
            .to_owned();
        grant(&world, "operator-of-its-own", &REPROCESS);
        let world = world.restarted(|_| ());
        let listed = world.listed(&world.client.ended(&run));
        // The reasons of the request were judged when it was accepted, the pend reasons of a claim when its turn comes.
        assert!(listed.contains(&line("F1", "S", SCHEDULED)), "{listed:?}");
        assert!(listed.contains(&line("R1", "F", PEND_NOT_ALLOWED)), "{listed:?}");
        assert_eq!(world.status("R1"), "MANUAL ADJUDICATION");
    });
}
