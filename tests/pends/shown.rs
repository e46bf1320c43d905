//! What a pended claim and its pend reasons show, in JSON and in XML, and that every link leads where it says.

use serde_json::{Value, json};

use super::fixture::{
    attached, link, links, pend_history, pend_reason, pended, post, reason_id, reasons, shown, unresolved,
};
use crate::http::client::Answer;
use crate::http::who::USER;
use crate::reprocess::world::on_both;

/// Codes that are no part of a path as they are.
const ODD_CODES: [&str; 9] = [
    "a/b c",
    "50%",
    "Prüfung fällig",
    "A&B <\"c\">",
    "?x=1#y",
    "%41",
    "+",
    "7",
    "\u{1F9B7}'s",
];

fn get_link(relation: &str, path: &str) -> Value {
    json!({ "href": path, "rel": relation, "httpMethod": "GET" })
}

fn post_link(relation: &str, path: &str) -> Value {
    json!({ "href": path, "rel": relation, "httpMethod": "POST" })
}

#[test]
fn a_claim_links_to_what_can_be_done_about_it() {
    let medical = json!({
        "description": "To be seen by a physician", "priority": 2, "externalCode": "X-7", "accessRestriction": "MEDICAL",
    });
    let changes = json!({
        "pendReasons": attached(&["MED", "QUIET!"]),
        "lines": [
            { "code": "L1", "pendReasons": attached(&["LOUD", "MED"]) },
            { "code": "L2", "pendReasons": attached(&["QUIET", "LOUD"]) },
        ],
    });
    let lines = reasons() + &pend_reason("MED", &medical) + &pended("C1", &changes);
    on_both(&lines, |world| {
        let claim = shown(world, "C1");
        let id = &claim["id"];
        let of_claim = |under: &str| format!("/api/claims/{id}/{under}");
        assert_eq!(
            claim["links"],
            json!([
                get_link("self", &format!("/api/generic/claims/{id}")),
                get_link("claim:status", &of_claim("status")),
                post_link("claim:resolvepend", &of_claim("resolvepend/MED")),
                post_link("claim:resolvepend", &of_claim("resolvepend/LOUD")),
                post_link("claim:resolvepend", &of_claim("resolvepend/QUIET")),
                post_link("claim:resolveclaimlinepend", &of_claim("resolveclaimlinepend/LOUD")),
                post_link("claim:resolveclaimlinepend", &of_claim("resolveclaimlinepend/MED")),
                post_link("claim:resolveclaimlinepend", &of_claim("resolveclaimlinepend/QUIET")),
                post_link("claim:submit", &of_claim("submit")),
            ])
        );
        let of_reason = |resource: &str, number: u32| format!("/api/{resource}/{id}-{number}");
        assert_eq!(
            claim["pendReasons"],
            json!([
                {
                    "code": "MED", "resolved": false, "id": reason_id(&claim, 1),
                    "links": [
                        get_link("self", &of_reason("generic/claimpendreasons", 1)),
                        post_link("claimpendreason:resolve", &(of_reason("claimpendreasons", 1) + "/resolve")),
                    ],
                },
                {
                    "code": "QUIET", "resolved": true, "id": reason_id(&claim, 2),
                    "links": [get_link("self", &of_reason("generic/claimpendreasons", 2))],
                },
            ])
        );
        // Those of bills are shown, and covered by submit alone.
        assert_eq!(
            claim["bills"][0]["pendReasons"],
            json!([
                { "code": "LOUD", "resolved": false, "id": reason_id(&claim, 3) },
                { "code": "QUIET", "resolved": false, "id": reason_id(&claim, 4) },
            ])
        );
        assert_eq!(
            claim["lines"][0]["pendReasons"][1],
            json!({
                "code": "MED", "resolved": false, "id": reason_id(&claim, 6),
                "links": [
                    get_link("self", &of_reason("generic/claimlinependreasons", 6)),
                    post_link("claimlinependreason:resolve", &(of_reason("claimlinependreasons", 6) + "/resolve")),
                ],
            })
        );

        let reason = world
            .client
            .get(&of_reason("generic/claimpendreasons", 1))
            .expect(200)
            .json();
        assert_eq!(
            reason,
            json!({
                "id": reason_id(&claim, 1), "code": "MED", "description": "To be seen by a physician", "priority": 2,
                "externalCode": "X-7", "publishMessage": false, "accessRestriction": "MEDICAL", "resolved": false,
                "claim": id, "claimCode": "C1", "line": null,
                "links": [
                    get_link("self", &of_reason("generic/claimpendreasons", 1)),
                    get_link("claim", &format!("/api/generic/claims/{id}")),
                    post_link("claimpendreason:resolve", &(of_reason("claimpendreasons", 1) + "/resolve")),
                ],
            })
        );
        let xml = world.client.get_xml(&of_reason("claimlinependreasons", 8)).expect(200);
        assert_eq!(xml.header("content-type"), "application/xml");
        let expected = format!(
            "<claimLinePendReason id=\"{id}-8\" code=\"LOUD\" publishMessage=\"true\" resolved=\"false\" claim=\"{id}\" \
             claimCode=\"C1\" line=\"L2\"><links>\
             <link href=\"/api/generic/claimlinependreasons/{id}-8\" rel=\"self\" httpMethod=\"GET\"/>\
             <link href=\"/api/generic/claims/{id}\" rel=\"claim\" httpMethod=\"GET\"/>\
             <link href=\"/api/claimlinependreasons/{id}-8/resolve\" rel=\"claimlinependreason:resolve\" httpMethod=\"POST\"/>\
             </links></claimLinePendReason>"
        );
        assert_eq!(xml.text, expected);

        // Once it is resolved there is no link to resolve it.
        post(&world.client, &of_claim("resolvepend/MED")).expect(303);
        let now = shown(world, "C1");
        let gone = |path: &str| !links(&now).iter().any(|(_, href)| href.ends_with(path));
        assert!(gone("resolvepend/MED") && gone("resolveclaimlinepend/MED"), "{now}");
        assert_eq!(links(&now).len(), links(&claim).len() - 2);
        let reason = world
            .client
            .get(&of_reason("generic/claimpendreasons", 1))
            .expect(200)
            .json();
        assert_eq!(
            (&reason["resolved"], link(&reason, "claimpendreason:resolve")),
            (&json!(true), None)
        );
        post(&world.client, &of_claim("submit")).expect(303);
        let relations: Vec<_> = links(&shown(world, "C1"))
            .into_iter()
            .map(|(relation, _)| relation)
            .collect();
        assert_eq!(relations, ["self", "claim:status"]);
    });
}

#[test]
fn a_pend_reason_that_nothing_defines_is_shown_and_resolved() {
    on_both(&pended("C1", &json!({})), |world| {
        let claim = shown(world, "C1");
        let path = format!("/api/generic/claimpendreasons/{}", reason_id(&claim, 1));
        let reason = world.client.get(&path).expect(200).json();
        assert_eq!(
            [&reason["code"], &reason["publishMessage"]],
            [&json!("LOUD"), &json!(false)]
        );
        for name in ["description", "priority", "externalCode", "accessRestriction"] {
            assert_eq!(reason[name], Value::Null);
        }
        let position = world.position();
        post(
            &world.client,
            &link(&reason, "claimpendreason:resolve").expect("a link"),
        )
        .expect(303);
        let told = world.events_after(position);
        assert_eq!(told.len(), 1, "it has no task: {told:?}");
        assert_eq!(told[0]["type"], "claim.pends-resolved");
    });
}

#[test]
fn a_link_leads_where_it_says_whatever_codes_are_made_of() {
    let long = "ü".repeat(100);
    let codes: Vec<_> = ODD_CODES.into_iter().chain([long.as_str()]).collect();
    let lines = json!([{ "code": "L1", "pendReasons": attached(&codes) }]);
    let changes = json!({ "pendReasons": attached(&codes), "lines": lines, "bills": [] });
    on_both(
        &["C/1 ä%", "C2", "C3"].map(|code| pended(code, &changes)).concat(),
        |world| {
            let claim_at = |code: &str| world.client.get(&format!("/api/claims/{code}")).expect(200).json();
            let count = u32::try_from(codes.len()).expect("a number");
            // By the links of the claim, which is named by its code in between.
            let mut left = codes.len();
            let mut claim = claim_at("C%2F1%20%C3%A4%25");
            assert_eq!(claim["code"], "C/1 ä%");
            while let Some(path) = link(&claim, "claim:resolveclaimlinepend") {
                let (_, code) = path.rsplit_once('/').expect("a path");
                assert!(code.bytes().all(|byte| byte.is_ascii_graphic()), "{path}");
                let by_code = path.replacen(&format!("/{}/", claim["id"]), "/C%2F1%20%C3%A4%25/", 1);
                post(&world.client, &by_code).expect(303);
                claim = claim_at("C%2F1%20%C3%A4%25");
                left -= 1;
                assert_eq!(unresolved(&claim).len(), left + codes.len(), "{path}");
            }
            while let Some(path) = link(&claim, "claim:resolvepend") {
                post(&world.client, &path).expect(303);
                claim = claim_at("C%2F1%20%C3%A4%25");
            }
            assert_eq!((left, unresolved(&claim)), (0, Vec::new()));
            let resolved: Vec<_> = pend_history(world, &claim).iter().map(|row| row[0].clone()).collect();
            let twice: Vec<_> = codes.iter().chain(&codes).map(|code| json!(code)).collect();
            assert_eq!(resolved, twice);

            // By the links of each pend reason.
            let claim = claim_at("C2");
            for number in 1..=2 * count {
                let resource = if number <= count {
                    "claimpendreason"
                } else {
                    "claimlinependreason"
                };
                let path = format!("/api/generic/{resource}s/{}", reason_id(&claim, number));
                let reason = world.client.get(&path).expect(200).json();
                let place = usize::try_from((number - 1) % count).expect("a place");
                assert_eq!(reason["code"], codes[place]);
                let path = link(&reason, &format!("{resource}:resolve")).expect("a link");
                post(&world.client, &path).expect(303);
            }
            assert_eq!(unresolved(&claim_at("C2")), Vec::<u32>::new());

            // By the links as XML has them.
            let path = format!("/api/generic/claims/{}", claim_at("C3")["id"]);
            for (_, href) in links_in_xml(&world.client.get_xml(&path)) {
                if href.contains("/resolveclaimlinepend/") {
                    post(&world.client, &href).expect(303);
                }
            }
            assert_eq!(unresolved(&claim_at("C3")), (1..=count).collect::<Vec<_>>());
        },
    );
}

/// Each link of something shown in XML, wherever it is: its relation and its path, as they read.
#[track_caller]
pub(super) fn links_in_xml(shown: &Answer) -> Vec<(String, String)> {
    assert_eq!(shown.status, 200, "{}", shown.text);
    let read = |text: &str| {
        let entities = [
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&quot;", "\""),
            ("&apos;", "'"),
            ("&amp;", "&"),
        ];
        let read = entities
            .iter()
            .fold(text.to_owned(), |text, (entity, is)| text.replace(entity, is));
        assert!(!read.contains("&#"), "{text}");
        read
    };
    let elements = shown.text.split("<link ").skip(1);
    elements
        .map(|element| {
            let value = |name: &str| {
                let (_, value) = element.split_once(&format!("{name}=\"")).expect(name);
                read(value.split_once('"').expect("an end").0)
            };
            (value("rel"), value("href"))
        })
        .collect()
}

#[test]
fn the_pend_history_tells_of_each_pend_reason_how_it_was_resolved() {
    on_both(
        &(reasons() + &pended("C1", &json!({})) + &pended("C2", &json!({}))),
        |world| {
            let claim = shown(world, "C1");
            let id = &claim["id"];
            let path = format!("/api/claims/{id}/pendhistory");
            assert_eq!(
                world.client.get(&path).expect(200).json(),
                json!({ "resolutions": [], "next": 0 })
            );
            for (user, path) in [
                ("ann", format!("/api/claimlinependreasons/{id}-8/resolve")),
                ("bob", "/api/claims/C1/resolveclaimlinepend/LOUD".to_owned()),
                // Nothing is left of it, so there is no row.
                ("cleo", "/api/claims/C1/resolveclaimlinepend/LOUD".to_owned()),
                ("dan", "/api/claims/C1/resolvepend/LOUD".to_owned()),
            ] {
                post(&world.client.acting_as(user), &path).expect(303);
            }
            world
                .client
                .acting_as("eve")
                .post_json("/api/claimsreprocess", &json!({ "code": "C1" }))
                .expect(200);
            let rows = [
                json!(["LOUD", "line", "L2", 8, "ann", "resolve-line-pend-reason"]),
                json!(["LOUD", "line", "L1", 5, "bob", "resolve-line-pend"]),
                json!(["LOUD", "claim", null, 1, "dan", "resolve-pend"]),
                json!(["LOUD", "bill", "B1", 3, "eve", "reprocess"]),
                json!(["QUIET", "bill", "B1", 4, "eve", "reprocess"]),
                json!(["QUIET", "line", "L1", 6, "eve", "reprocess"]),
            ];
            assert_eq!(pend_history(world, &claim), rows);

            // A limit counts operations, each with all that it has resolved.
            let page = |after: &Value, limit: u32| {
                let page = world
                    .client
                    .get(&format!("/api/claims/C1/pendhistory?after={after}&limit={limit}"));
                page.expect(200).json()
            };
            let (mut after, mut sizes) = (json!(0), Vec::new());
            loop {
                let page = page(&after, 1);
                let rows = page["resolutions"].as_array().expect("rows");
                if rows.is_empty() {
                    break;
                }
                sizes.push(rows.len());
                assert!(rows.iter().all(|row| row["entry"] == rows[0]["entry"]), "{page}");
                after = page["next"].clone();
            }
            assert_eq!(sizes, [1, 1, 1, 3]);
            let first = page(&json!(0), 2);
            assert_eq!(first["resolutions"].as_array().map(Vec::len), Some(2));
            assert_eq!(
                page(&first["next"], 1000)["resolutions"].as_array().map(Vec::len),
                Some(4)
            );
            for row in page(&json!(0), 1000)["resolutions"].as_array().expect("rows") {
                assert!(row["time"].as_str().is_some_and(|time| time.ends_with('Z')), "{row}");
                assert_eq!(row["activity"], Value::Null);
            }
            for query in ["limit=0", "limit=1001", "after=x", "before=1"] {
                world
                    .client
                    .get(&format!("/api/claims/C1/pendhistory?{query}"))
                    .expect(400);
            }

            let of_run = json!({ "reprocess": true, "processType": "CLAIM", "claimStatus": "MANUAL ADJUDICATION" });
            let run = world
                .client
                .ended(&world.client.accepted("application/json", of_run.to_string()));
            let rows = world.client.get("/api/claims/C2/pendhistory").expect(200).json();
            let rows = rows["resolutions"].as_array().expect("rows").clone();
            assert_eq!(rows.len(), 6, "but for what was resolved before: {rows:?}");
            for row in &rows {
                assert_eq!(
                    [&row["activity"], &row["user"], &row["operation"]],
                    [&run["id"], &json!(USER), &json!("reprocess")]
                );
            }
            let xml = world.client.get_xml("/api/claims/C2/pendhistory").expect(200).text;
            let time = rows[0]["time"].as_str().expect("a time");
            let first = format!(
                "<pendHistory next=\"{entry}\"><resolutions><resolution entry=\"{entry}\" pendReason=\"LOUD\" level=\"claim\" \
             number=\"1\" user=\"{USER}\" time=\"{time}\" operation=\"reprocess\" activity=\"{}\"/><resolution ",
                run["id"],
                entry = rows[0]["entry"],
            );
            assert!(xml.starts_with(&first), "{xml}");
            assert_eq!(xml.matches("<resolution ").count(), 6);
        },
    );
}
