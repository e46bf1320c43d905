//! Another office's policy: a component is swapped, and claims are born otherwise.

use serde_json::json;

use super::family::{ACME, all_created, check_refused, letters, patient, post, procedure};
use crate::components;
use crate::reprocess::world::{on_both, on_both_set_up};

fn lines() -> String {
    let mut lines = String::new();
    for (number, plans) in [(1, "ddd"), (2, "md"), (3, "d")] {
        lines += &patient(ACME, number, plans);
        lines += &procedure(ACME, number, 1, json!({}));
    }
    lines
}

#[test]
fn by_default_the_tertiary_is_unsent_and_a_primary_is_not_held() {
    on_both(&lines(), |world| {
        let statuses: Vec<String> = all_created(world, 1, &[101])
            .iter()
            .map(|claim| letters(claim).1)
            .collect();
        assert_eq!(statuses, ["W", "H", "U"]);
        let held = json!({ "PatNum": 2, "procNums": [201], "ClaimType": "P", "ClaimStatus": "H" });
        check_refused(
            "held",
            &post(world, ACME, &held),
            ("status-not-allowed", "ClaimStatus"),
            "U W",
        );
    });
}

#[test]
fn another_office_holds_its_tertiary_and_its_primaries_behind_medical_plans() {
    on_both_set_up(
        &lines(),
        |configuration, place| {
            configuration.claim_status_rules = Some(place.file("office.wasm", components::RIVERSIDE_DENTAL));
        },
        |world| {
            let statuses: Vec<String> = all_created(&world, 1, &[101])
                .iter()
                .map(|claim| letters(claim).1)
                .collect();
            assert_eq!(statuses, ["W", "H", "H"]);
            let held = json!({ "PatNum": 2, "procNums": [201], "ClaimType": "P", "ClaimStatus": "H" });
            assert_eq!(letters(&post(&world, ACME, &held).expect(201).json()).1, "H");
            let held = json!({ "PatNum": 3, "procNums": [301], "ClaimType": "P", "ClaimStatus": "H" });
            check_refused(
                "no medical plan",
                &post(&world, ACME, &held),
                ("status-not-allowed", "ClaimStatus"),
                "U W",
            );
        },
    );
}
