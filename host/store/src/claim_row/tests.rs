//! A body is read in every version, written in the newest, and refused where it is damaged.

use reprise_model::{AttachedPendReason, Claim};

use super::{ClaimDecoder, ClaimToWrite, EncodedClaim, body_in_place_of, decode, same_content};

/// A claim with every field filled, in the import format.
const FULL_CLAIM: &str = include_str!("../../golden/claim.json");
/// The same as its row held it when version 1 was new, in hexadecimal.
const FULL_CLAIM_VERSION_1: &str = include_str!("../../golden/claim-version-1.hex");
/// One with details of its intake, every one of them.
const INTAKE_CLAIM: &str = include_str!("../../golden/claim-with-intake.json");
/// The same as its row held it when version 2 was new, in hexadecimal.
const INTAKE_CLAIM_VERSION_2: &str = include_str!("../../golden/claim-version-2.hex");

/// One whose pend reasons have had other numbers before, with the numbers of version 3 in front of it.
const NUMBERED_CLAIM_VERSION_3: &str = include_str!("../../golden/claim-version-3.hex");

/// The claim, with the numbers that it is given when it comes in.
fn claim_of(text: &str) -> Claim {
    let mut claim: Claim = serde_json::from_str(text).expect("a claim");
    claim.number_pend_reasons(None);
    claim
}

fn full_claim() -> Claim {
    claim_of(FULL_CLAIM)
}

fn intake_claim() -> Claim {
    claim_of(INTAKE_CLAIM)
}

/// The same after its pend reasons were removed and attached anew, one of them twice.
fn numbered_claim() -> Claim {
    let mut claim = intake_claim();
    for _ in 0..2 {
        for (_, attached) in claim.attached_pend_reasons_mut() {
            attached.number = 0;
        }
        claim.number_pend_reasons(None);
    }
    claim.pend_reasons.push(AttachedPendReason::unresolved("PR-9"));
    claim.number_pend_reasons(None);
    claim
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits: Vec<u8> = hexadecimal.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).expect("digits"), 16).expect("a byte"))
        .collect()
}

#[test]
fn every_version_is_read_for_ever() {
    for (claim, id, frozen) in [
        (full_claim(), 77, FULL_CLAIM_VERSION_1),
        (intake_claim(), 78, INTAKE_CLAIM_VERSION_2),
        (
            Claim {
                id: Some(79),
                ..numbered_claim()
            },
            79,
            NUMBERED_CLAIM_VERSION_3,
        ),
    ] {
        assert_eq!(decode(id, &bytes(frozen)), Ok(claim));
    }
}

#[test]
fn every_version_is_written_as_it_was_frozen() {
    for (claim, frozen) in [
        (full_claim(), FULL_CLAIM_VERSION_1),
        (intake_claim(), INTAKE_CLAIM_VERSION_2),
        (numbered_claim(), NUMBERED_CLAIM_VERSION_3),
    ] {
        let body = ClaimToWrite::encode(claim).expect("encodable").body;
        let lines: Vec<String> = body
            .chunks(40)
            .map(|line| line.iter().map(|byte| format!("{byte:02x}")).collect())
            .collect();
        assert_eq!(lines.join("\n"), frozen.trim_end());
    }
}

#[test]
fn what_is_absent_of_intake_is_absent_when_read() {
    for intake in [None, Some(Box::default()), intake_claim().intake] {
        let claim = Claim { intake, ..full_claim() };
        let body = ClaimToWrite::encode(claim.clone()).expect("encodable").body;
        assert_eq!(body[0], if claim.intake.is_some() { 2 } else { 1 });
        assert_eq!(decode(77, &body), Ok(claim));
    }
}

#[test]
fn a_damaged_body_is_told_apart() {
    for claim in [full_claim(), intake_claim(), numbered_claim()] {
        let body = ClaimToWrite::encode(claim).expect("encodable").body;
        let mut of_a_later_version = body.clone();
        of_a_later_version[0] = 4;
        let mut too_long = body.clone();
        too_long.push(0);
        for (damaged, word) in [
            (Vec::new(), "it is empty"),
            (of_a_later_version, "format version 4"),
            (body[..body.len() - 1].to_vec(), "the claim with id 5"),
            (too_long, "1 bytes follow"),
        ] {
            let sentence = decode(5, &damaged).expect_err("damaged").to_string();
            assert!(sentence.contains(word), "{sentence}");
        }
    }
}

#[test]
fn numbers_of_pend_reasons_that_cannot_be_are_told_apart() {
    let body = ClaimToWrite::encode(numbered_claim()).expect("encodable").body;
    // The version, how many were given, how many follow, and those.
    let (count, numbers) = (usize::from(body[2]), 3..3 + usize::from(body[2]));
    assert_eq!((body[0], body[1]), (3, u8::try_from(3 * (count - 1) + 1).expect("few")));
    let with = |place: usize, byte: u8| {
        let mut body = body.clone();
        body[place] = byte;
        body
    };
    let without_the_last = [
        &[3, body[1], body[2] - 1],
        &body[3..numbers.end - 1],
        &body[numbers.end..],
    ]
    .concat();
    let with_one_more = [&[3, body[1], body[2] + 1, 1], &body[3..]].concat();
    for (damaged, words) in [
        (with(1, body[1] - 1), "were not given"),
        (with(3, 0), "were not given"),
        (with(3, body[4]), "were not given"),
        (without_the_last, "has no number"),
        (with_one_more, "more numbers"),
        (with(numbers.end, 3), "of no known version"),
    ] {
        let sentence = decode(5, &damaged).expect_err(words).to_string();
        assert!(sentence.contains(words), "{sentence}");
    }
}

#[test]
fn numbers_are_no_content_and_stay_where_a_claim_is_replaced() {
    let body = |claim: Claim| ClaimToWrite::encode(claim).expect("encodable").body;
    let (numbered, brought_in) = (body(numbered_claim()), {
        let mut claim = numbered_claim();
        claim.number_pend_reasons_in_order();
        body(claim)
    });
    assert_ne!(numbered, brought_in);
    assert!(same_content(&numbered, &brought_in) && same_content(&brought_in, &numbered));
    assert!(!same_content(&numbered, &body(intake_claim())));
    assert_eq!(body_in_place_of(&brought_in, &numbered).expect("readable"), numbered);
    // One that never had pend reasons, and one that cannot be read, have no numbers to go on with.
    let mut bare = full_claim();
    for lists in [&mut bare.pend_reasons].into_iter().chain(
        (bare.bills.iter_mut().map(|bill| &mut bill.pend_reasons))
            .chain(bare.lines.iter_mut().map(|line| &mut line.pend_reasons)),
    ) {
        lists.clear();
    }
    bare.pend_numbers_given = 0;
    for before in [body(bare), Vec::new(), b"\x09".to_vec()] {
        assert_eq!(body_in_place_of(&brought_in, &before).expect("readable"), brought_in);
    }
    // What is attached no more does not have its number given to another.
    let mut emptied = numbered_claim();
    emptied.pend_reasons.clear();
    let emptied = body(emptied);
    let again = body_in_place_of(&brought_in, &emptied).expect("readable");
    let again = decode(5, &again).expect("readable");
    let given = numbered_claim().pend_numbers_given;
    assert!(again.pend_reasons.iter().all(|attached| attached.number > given));
    assert_eq!(again.lines, numbered_claim().lines);
}

#[test]
fn a_type_or_status_at_intake_that_is_none_is_told_apart() {
    let body = ClaimToWrite::encode(full_claim()).expect("encodable").body;
    // As an option with a text of one letter.
    for (letter, word) in [(b'P', "`claimType` is none of P"), (b'W', "`claimStatus` is none of U")] {
        let place = body
            .windows(3)
            .rposition(|bytes| *bytes == [1, 1, letter])
            .expect("there");
        let mut other = body.clone();
        other[place + 2] = b'X';
        let sentence = decode(5, &other).expect_err("unknown").to_string();
        assert!(sentence.contains(word), "{sentence}");
    }
}

#[test]
fn no_damage_is_more_than_an_error() {
    for claim in [full_claim(), intake_claim(), numbered_claim()] {
        let body = ClaimToWrite::encode(claim).expect("encodable").body;
        for length in 0..body.len() {
            assert!(decode(1, &body[..length]).is_err(), "cut to {length} bytes");
            assert!(!same_content(&body[..length], &body), "cut to {length} bytes");
        }
        for place in 0..body.len() {
            for byte in [0, 1, 2, 0x7f, 0x80, 0xff] {
                let mut damaged = body.clone();
                damaged[place] = byte;
                // Another claim, or an error; never a panic.
                let _: Result<_, _> = decode(1, &damaged);
                let _: Result<_, _> = body_in_place_of(&damaged, &body);
                body_in_place_of(&body, &damaged).expect("what is new can be read");
            }
        }
    }
}

#[test]
fn a_claim_is_looked_up_by_what_it_has_at_intake() {
    let keys = |claim: Claim| ClaimToWrite::encode(claim).expect("encodable").intake;
    let procedures = |claim: Claim| keys(claim).map(|keys| keys.procedures);
    let of_the_payer = Claim {
        patient: None,
        submission_status: None,
        procedures: Vec::new(),
        ..full_claim()
    };
    assert_eq!(keys(of_the_payer.clone()), None);
    let listed = ["9", "10", "9"].map(str::to_owned).into();
    assert_eq!(
        procedures(Claim {
            procedures: listed,
            ..of_the_payer.clone()
        }),
        Some(vec!["10".to_owned(), "9".to_owned()])
    );
    let without_status = Claim {
        patient: full_claim().patient,
        ..of_the_payer
    };
    assert_eq!(keys(without_status), None);
    for (claim, edited_at_ms) in [(full_claim(), None), (intake_claim(), Some(1_767_225_600_123))] {
        let patient = keys(claim).and_then(|keys| keys.patient).expect("a patient");
        assert_eq!((patient.patient.as_str(), patient.status.as_str()), ("1337", "W"));
        assert_eq!(patient.edited_at_ms, edited_at_ms);
    }
}

#[test]
fn a_claim_beyond_all_measure_is_refused() {
    let fits = |bytes: usize| {
        let claim = Claim {
            settlement_reason: Some("x".repeat(bytes)),
            ..full_claim()
        };
        ClaimToWrite::encode(claim)
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    assert_eq!(fits(16_000_000), Ok(()));
    let refused = "claim `C001` takes 17000388 bytes to store; 16777216 are allowed";
    assert_eq!(fits(17_000_000), Err(refused.to_owned()));
}

#[test]
fn a_decoder_leaves_nothing_of_the_claim_before() {
    let full = full_claim();
    let bare = || -> Claim {
        serde_json::from_str(
            r#"{"kind":"claim","id":5,"code":"C","payer":"A","processType":"RESERVATION","status":"ENTRY",
                "entryDate":"2020-02-29","lines":[]}"#,
        )
        .expect("a claim")
    };
    let one_line = Claim {
        lines: full.lines[1..].to_vec(),
        ..bare()
    };
    let mut decoder = ClaimDecoder::new();
    let (intake, numbered) = (intake_claim(), numbered_claim());
    for claim in [
        &full,
        &numbered,
        &bare(),
        &intake,
        &numbered,
        &bare(),
        &full,
        &one_line,
        &intake,
        &intake,
        &bare(),
        &full,
        &full,
    ] {
        let written = ClaimToWrite::encode(claim.clone()).expect("encodable");
        let id = claim.id.expect("an id");
        let row = EncodedClaim {
            id,
            payer: "A".into(),
            change_sequence: 1,
            body: written.body,
        };
        assert_eq!(decoder.decode(&row), Ok(claim));
        let damaged = EncodedClaim {
            body: row.body[..row.body.len() / 2].to_vec(),
            ..row
        };
        assert!(decoder.decode(&damaged).is_err());
    }
}
