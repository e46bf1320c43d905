//! Claims and requests drawn at random, few-worded, so that what one names is often what the other has.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::{Just, Strategy};
use proptest::sample::{select, subsequence};
use proptest::{bool, prop_oneof};
use serde_json::{Value, json};

/// A claim, but for its payer and code, and what is asked of it.
pub(super) type Pair = (Value, Value);

pub(super) fn claim() -> impl Strategy<Value = Value> {
    const IN_SCOPE: [&str; 7] = [
        "CHANGE",
        "MANUAL PRICING",
        "MANUAL PRICING ADJUDICATION",
        "MANUAL BENEFITS",
        "MANUAL ADJUDICATION",
        "PRICING FINALIZED",
        "FINALIZED",
    ];
    const ON_ITS_WAY: [&str; 5] = ["ENTRY", "INITIAL", "PRICING DONE", "BENEFITS DONE", "ADJUDICATION DONE"];
    let standing = (
        prop_oneof![9 => select(&IN_SCOPE[..]), 1 => select(&ON_ITS_WAY[..])],
        select(&["CLAIM", "CLAIM", "RESERVATION"][..]),
        bool::weighted(0.05),
        bool::weighted(0.05),
        bool::ANY,
        bool::ANY,
        bool::weighted(0.2),
    );
    let held = (
        subsequence(vec!["CUST1", "AUTH1", "CUST2"], 0..=3),
        pend_reasons(),
        tag_actions(&["T1", "T2", "OLD"]),
        unfinalize_reasons(&["OLD", "UF1"]),
        vec(pend_reasons(), 0..=2),
        vec(pend_reasons(), 0..=2),
    );
    (standing, held).prop_map(|(standing, held)| {
        let (status, process_type, is_settled, is_locked, preprocessing_done, pricing_done, high_priority) = standing;
        let (messages, pend_reasons, tag_actions, unfinalize_reasons, bills, lines) = held;
        let placed = |kind: &str, places: Vec<Vec<Value>>| {
            let places = places.into_iter().zip(1..);
            let placed =
                places.map(|(reasons, number)| json!({ "code": format!("{kind}{number}"), "pendReasons": reasons }));
            placed.collect::<Vec<_>>()
        };
        // A claim without lines meets no criteria, so there is always one.
        let mut lines = placed("L", lines);
        lines.push(json!({ "code": "L0", "messages": ["AUTH1"] }));
        json!({
            "kind": "claim", "processType": process_type, "status": status, "entryDate": "2020-01-01",
            "settlementReason": is_settled.then_some("PAID"), "lockedBy": is_locked.then_some("nightly-run"),
            "preprocessingDone": preprocessing_done, "pricingDone": pricing_done, "highPriority": high_priority,
            "messages": messages, "pendReasons": pend_reasons, "tagActions": tag_actions,
            "unfinalizeReasons": unfinalize_reasons, "bills": placed("B", bills), "lines": lines,
        })
    })
}

/// Attached pend reasons, of which one no reference row defines.
fn pend_reasons() -> impl Strategy<Value = Vec<Value>> {
    subsequence(vec!["LOUD", "QUIET", "LOUDER", "UNDEFINED"], 0..=3)
        .prop_shuffle()
        .prop_flat_map(|codes| (Just(codes.clone()), vec(bool::ANY, codes.len())))
        .prop_map(|(codes, resolved)| {
            let reasons = codes.into_iter().zip(resolved);
            reasons
                .map(|(code, resolved)| json!({ "code": code, "resolved": resolved }))
                .collect()
        })
}

fn tag_actions(tags: &[&'static str]) -> impl Strategy<Value = Vec<Value>> + use<> {
    let tags = tags.to_vec();
    let count = tags.len();
    (
        subsequence(tags, 0..=count).prop_shuffle(),
        vec(select(&["R", "S", "S", "H", "F"][..]), count),
    )
        .prop_map(|(tags, actions)| {
            let entries = tags.into_iter().zip(actions);
            entries
                .map(|(tag, action)| json!({ "tag": tag, "action": action }))
                .collect()
        })
}

fn unfinalize_reasons(codes: &[&'static str]) -> impl Strategy<Value = Vec<Value>> + use<> {
    let count = codes.len();
    subsequence(codes.to_vec(), 0..=count).prop_map(|codes| {
        let reasons = codes.into_iter();
        reasons
            .map(|code| json!({ "code": code, "sourceReference": null, "dynamicFields": [] }))
            .collect()
    })
}

/// The options of a request, each given or not.
pub(super) fn options() -> impl Strategy<Value = Value> {
    let truth = || weighted(0.6, bool::ANY);
    let reasons = (
        subsequence(vec!["UF1", "UF2", "UFREF"], 0..=3).prop_shuffle(),
        weighted(0.5, select(&["audit", "ä <b> & \"c\""][..])),
    );
    (
        (truth(), truth(), truth(), truth()),
        weighted(0.5, select(&["CUST1", "CUST2"][..])),
        tag_actions(&["T1", "T2", "T3"]),
        reasons,
        prop_oneof![
            2 => Just(Vec::new()),
            1 => subsequence(vec!["LOUD", "QUIET", "LOUDER"], 1..=3).prop_shuffle(),
        ],
    )
        .prop_map(|(truths, message, tag_actions, (reasons, note), pend_reasons)| {
            let mut options = json!({});
            for (name, value) in [
                ("overrideSkip", truths.0),
                ("preprocessingDone", truths.1),
                ("pricingDone", truths.2),
                ("setToHighPriority", truths.3),
            ] {
                if let Some(value) = value {
                    options[name] = value.into();
                }
            }
            if let Some(message) = message {
                options["reprocessMessageCode"] = message.into();
            }
            if !tag_actions.is_empty() {
                options["claimTagActionList"] = tag_actions.into();
            }
            if !reasons.is_empty() {
                let given = |code: &str| match (code, note) {
                    ("UF1", Some(note)) => json!({ "code": code, "dynamicField": [{ "name": "note", "value": note }] }),
                    ("UFREF", note) => json!({ "code": code, "sourceReference": note.unwrap_or("REF-9") }),
                    _ => json!({ "code": code }),
                };
                options["claimUnfinalizeReasonList"] = reasons.into_iter().map(given).collect();
            }
            if !pend_reasons.is_empty() {
                let listed = pend_reasons.into_iter().map(|code| json!({ "code": code }));
                options["claimPendReasonList"] = listed.collect();
            }
            options
        })
}

pub(super) fn pairs(count: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Vec<Pair>> {
    vec((claim(), options()), count)
}
