//! The story of claims that began at intake: found by patient, status, age and procedure, whatever becomes of them.

use std::sync::Arc;

use reprise_model::{Claim, IntakeDetails, IntakeType, SubmissionStatus};

use super::claims::{claim, write};
use super::{done, dropped};
use crate::{ClaimChange, ClaimToWrite, EncodedClaim, ExistingClaims, IntakeQuery, Store, WriteOutcome};

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    nothing_is_found_at_first(open().as_ref());
    claims_are_found_by_all_that_is_asked(open().as_ref());
    pages_follow_each_other(open().as_ref());
    claims_are_found_by_their_procedures(open().as_ref());
    what_is_replaced_is_found_by_what_it_has_now(open().as_ref());
    what_is_changed_is_found_by_what_it_has_now(open().as_ref());
    of_one_code_given_twice_the_last_is_found(open().as_ref());
    many_at_once_are_found_like_few(open().as_ref());
    what_is_not_committed_is_not_found(open().as_ref());
    ids_are_given_as_announced(open().as_ref());
}

/// No claim.
const NONE: [i64; 0] = [];

/// What is asked where nothing is.
pub(super) const ALL: IntakeQuery<'_> = IntakeQuery {
    patient: None,
    status: None,
    edited_from_ms: None,
    after: 0,
    offset: 0,
    limit: 1000,
};

/// What is asked by patient, status and age.
pub(super) fn asked(
    patient: Option<&str>,
    status: Option<SubmissionStatus>,
    edited_from_ms: Option<i64>,
) -> IntakeQuery<'_> {
    IntakeQuery {
        patient,
        status,
        edited_from_ms,
        ..ALL
    }
}

/// A claim of ACME's that began at intake.
pub(super) fn intake_claim(code: &str, patient: &str, status: &str, procedures: &[&str]) -> Claim {
    Claim {
        patient: Some(patient.to_owned()),
        intake_type: Some(IntakeType::Primary),
        submission_status: Some(status.parse().expect("a status")),
        procedures: procedures.iter().map(|procedure| (*procedure).to_owned()).collect(),
        ..claim("ACME", code, "")
    }
}

fn edited(edited_at_ms: i64, claim: Claim) -> Claim {
    Claim {
        intake: Some(Box::new(IntakeDetails {
            edited_at_ms: Some(edited_at_ms),
            ..IntakeDetails::default()
        })),
        ..claim
    }
}

fn of_other(claim: Claim) -> Claim {
    Claim {
        payer: "OTHER".to_owned(),
        ..claim
    }
}

fn ids(rows: &[EncodedClaim]) -> Vec<i64> {
    rows.iter()
        .map(|row| {
            let claim = row.decode().expect("readable");
            assert_eq!((row.payer.as_ref(), claim.id), (claim.payer.as_str(), Some(row.id)));
            row.id
        })
        .collect()
}

pub(super) fn found(store: &dyn Store, payer: &str, query: IntakeQuery<'_>) -> Vec<i64> {
    ids(&store.intake_claims(payer, &query).expect("read"))
}

pub(super) fn with(store: &dyn Store, payer: &str, procedures: &[&str]) -> Vec<i64> {
    ids(&store.claims_with_procedures(payer, procedures).expect("read"))
}

/// How the claims are found by patients 1 and 2, waiting and held, and by procedures 7, 8 and 9.
fn lookups(store: &dyn Store) -> [Vec<i64>; 7] {
    let patient = |patient| found(store, "ACME", asked(Some(patient), None, None));
    let status = |status| found(store, "ACME", asked(None, Some(status), None));
    let procedure = |procedure| with(store, "ACME", &[procedure]);
    [
        patient("1"),
        patient("2"),
        status(SubmissionStatus::Waiting),
        status(SubmissionStatus::Hold),
        procedure("7"),
        procedure("8"),
        procedure("9"),
    ]
}

fn nothing_is_found_at_first(store: &dyn Store) {
    assert_eq!(found(store, "ACME", ALL), NONE);
    assert_eq!(with(store, "ACME", &["1"]), NONE);
}

fn claims_are_found_by_all_that_is_asked(store: &dyn Store) {
    let claims = vec![
        edited(100, intake_claim("C1", "1337", "W", &["1"])),
        edited(300, intake_claim("C2", "1337", "H", &["1"])),
        claim("ACME", "C3", "from the payer's side"),
        edited(200, intake_claim("C4", "20", "W", &["2"])),
        intake_claim("C5", "20", "W", &[]),
        of_other(edited(150, intake_claim("C1", "1337", "W", &["1"]))),
        Claim {
            submission_status: None,
            ..intake_claim("C7", "1337", "W", &["3"])
        },
        Claim {
            patient: None,
            ..intake_claim("C8", "1337", "W", &["3"])
        },
    ];
    write(store, claims, ExistingClaims::Refuse);
    let waiting = Some(SubmissionStatus::Waiting);
    for (what, query, expected) in [
        ("all", ALL, vec![1, 2, 4, 5]),
        ("a patient's", asked(Some("1337"), None, None), vec![1, 2]),
        ("in a status", asked(None, waiting, None), vec![1, 4, 5]),
        ("edited from then on", asked(None, None, Some(200)), vec![2, 4]),
        ("a patient's in a status", asked(Some("1337"), waiting, None), vec![1]),
        (
            "a patient's edited from then on",
            asked(Some("20"), None, Some(-5)),
            vec![4],
        ),
        (
            "in a status, edited from then on",
            asked(None, waiting, Some(101)),
            vec![4],
        ),
        ("all three", asked(Some("1337"), waiting, Some(100)), vec![1]),
        ("a patient who is none", asked(Some("133"), None, None), vec![]),
        (
            "what no patient can be",
            IntakeQuery {
                patient: Some("1\u{0}7"),
                ..ALL
            },
            vec![],
        ),
        (
            "a status that none is in",
            asked(None, Some(SubmissionStatus::Received), None),
            vec![],
        ),
    ] {
        assert_eq!(found(store, "ACME", query), expected, "{what}");
    }
    assert_eq!(found(store, "OTHER", ALL), [6]);
    assert_eq!(found(store, "NOBODY", ALL), NONE);
}

fn pages_follow_each_other(store: &dyn Store) {
    let claims = (0..25)
        .map(|number| {
            edited(
                1000 - number,
                intake_claim(
                    &format!("C{number}"),
                    "1",
                    if number % 2 == 0 { "W" } else { "S" },
                    &["1"],
                ),
            )
        })
        .collect();
    write(store, claims, ExistingClaims::Refuse);
    let odd: Vec<i64> = (1..=25).step_by(2).collect();
    let all: Vec<i64> = (1..=25).collect();
    for (query, expected) in [
        (ALL, &all),
        (asked(Some("1"), None, None), &all),
        (asked(None, None, Some(0)), &all),
        (asked(None, Some(SubmissionStatus::Waiting), None), &odd),
    ] {
        for (after, offset, limit) in [
            (0, 0, 4),
            (0, 3, 4),
            (7, 0, 4),
            (7, 2, 100),
            (0, 0, 0),
            (25, 0, 4),
            (0, u64::MAX, 4),
        ] {
            let rest = expected.iter().copied().filter(|id| *id > after);
            let page: Vec<i64> = rest
                .skip(usize::try_from(offset).expect("a number"))
                .take(limit as usize)
                .collect();
            let asked = IntakeQuery {
                after,
                offset,
                limit,
                ..query
            };
            assert_eq!(found(store, "ACME", asked), page, "{asked:?}");
        }
    }
}

fn claims_are_found_by_their_procedures(store: &dyn Store) {
    let claims = vec![
        intake_claim("C1", "1", "W", &["12857", "12859", "12857"]),
        intake_claim("C2", "1", "H", &["12859"]),
        of_other(intake_claim("C1", "1", "W", &["12857"])),
        Claim {
            procedures: vec!["12857".to_owned()],
            ..claim("ACME", "C4", "from the payer's side, for a procedure")
        },
        claim("ACME", "C5", "from the payer's side"),
    ];
    write(store, claims, ExistingClaims::Refuse);
    for (payer, procedures, expected) in [
        ("ACME", vec!["12857"], vec![1, 4]),
        ("ACME", vec!["12859"], vec![1, 2]),
        ("ACME", vec!["12859", "12857", "12859"], vec![1, 2, 4]),
        ("ACME", vec!["1285", "", "012857", "1\u{0}"], vec![]),
        ("ACME", vec![], vec![]),
        ("OTHER", vec!["12857", "12859"], vec![3]),
        ("NOBODY", vec!["12857"], vec![]),
    ] {
        assert_eq!(with(store, payer, &procedures), expected, "{payer} {procedures:?}");
    }
}

/// What a claim is, step by step, and how it and another claim, with id 2, are found then.
fn steps() -> Vec<(Claim, [Vec<i64>; 7])> {
    vec![
        (
            intake_claim("C1", "1", "W", &["7", "8"]),
            [vec![1], vec![2], vec![1], vec![2], vec![1], vec![1, 2], vec![]],
        ),
        (
            intake_claim("C1", "2", "H", &["7", "8"]),
            [vec![], vec![1, 2], vec![], vec![1, 2], vec![1], vec![1, 2], vec![]],
        ),
        (
            intake_claim("C1", "2", "W", &["8", "9"]),
            [vec![], vec![1, 2], vec![1], vec![2], vec![], vec![1, 2], vec![1]],
        ),
        (
            claim("ACME", "C1", "from the payer's side"),
            [vec![], vec![2], vec![], vec![2], vec![], vec![2], vec![]],
        ),
        (
            claim("ACME", "C1", "still"),
            [vec![], vec![2], vec![], vec![2], vec![], vec![2], vec![]],
        ),
        (
            Claim {
                submission_status: None,
                ..intake_claim("C1", "1", "W", &["9"])
            },
            [vec![], vec![2], vec![], vec![2], vec![], vec![2], vec![1]],
        ),
        (
            edited(1, intake_claim("C1", "1", "H", &[])),
            [vec![1], vec![2], vec![], vec![1, 2], vec![], vec![2], vec![]],
        ),
    ]
}

fn create_two(store: &dyn Store) {
    let claims = vec![claim("ACME", "C1", "at first"), intake_claim("C2", "2", "H", &["8"])];
    write(store, claims, ExistingClaims::Refuse);
}

fn what_is_replaced_is_found_by_what_it_has_now(store: &dyn Store) {
    create_two(store);
    for (number, (claim, expected)) in steps().into_iter().enumerate() {
        let refused = write(store, vec![claim.clone()], ExistingClaims::Refuse);
        assert_eq!(refused, [WriteOutcome::Conflict]);
        let replaced = write(store, vec![claim], ExistingClaims::Replace);
        assert_eq!(
            (replaced, lookups(store)),
            (vec![WriteOutcome::Replaced], expected),
            "step {number}"
        );
    }
}

fn what_is_changed_is_found_by_what_it_has_now(store: &dyn Store) {
    create_two(store);
    for (number, (claim, expected)) in steps().into_iter().enumerate() {
        let seen = store.claims_by_id("ACME", &[1]).expect("read")[0].change_sequence;
        let change = |seen| {
            [ClaimChange {
                id: 1,
                seen,
                claim: ClaimToWrite::encode(claim.clone()).expect("encodable"),
            }]
        };
        let before = lookups(store);
        assert_eq!(
            done(store, |transaction| transaction.change_claims(&change(seen + 1))),
            [false]
        );
        assert_eq!(lookups(store), before, "nothing was changed");
        assert_eq!(
            done(store, |transaction| transaction.change_claims(&change(seen))),
            [true]
        );
        assert_eq!(lookups(store), expected, "step {number}");
    }
}

fn of_one_code_given_twice_the_last_is_found(store: &dyn Store) {
    let outcomes = write(
        store,
        vec![
            intake_claim("C1", "1", "W", &["7"]),
            intake_claim("C2", "2", "H", &["9"]),
            intake_claim("C1", "2", "H", &["8"]),
        ],
        ExistingClaims::Replace,
    );
    assert_eq!(outcomes[2], WriteOutcome::Replaced);
    assert_eq!(
        lookups(store),
        [vec![], vec![1, 2], vec![], vec![1, 2], vec![], vec![1], vec![2]]
    );
}

fn many_at_once_are_found_like_few(store: &dyn Store) {
    const COUNT: i64 = 300;
    let number = |id: i64| format!("{}", id % 3 + 7);
    let claims = |status: &str, shift: i64| -> Vec<Claim> {
        (1..=COUNT)
            .map(|id| match id % 10 {
                0 => claim("ACME", &format!("C{id}"), status),
                _ => intake_claim(
                    &format!("C{id}"),
                    if id <= 100 { "1" } else { "2" },
                    status,
                    &[&number(id + shift), "9"],
                ),
            })
            .collect()
    };
    let check = |shift: i64, status: SubmissionStatus| {
        let ids =
            |holds: &dyn Fn(i64) -> bool| -> Vec<i64> { (1..=COUNT).filter(|id| id % 10 != 0 && holds(*id)).collect() };
        let in_status = |of| ids(&|_| of == status);
        let expected = [
            ids(&|id| id <= 100),
            ids(&|id| id > 100),
            in_status(SubmissionStatus::Waiting),
            in_status(SubmissionStatus::Hold),
            ids(&|id| number(id + shift) == "7"),
            ids(&|id| number(id + shift) == "8"),
            ids(&|_| true),
        ];
        assert_eq!(lookups(store), expected, "shifted by {shift}");
    };
    write(store, claims("W", 0), ExistingClaims::Refuse);
    check(0, SubmissionStatus::Waiting);
    write(store, claims("H", 1), ExistingClaims::Replace);
    check(1, SubmissionStatus::Hold);
    let all: Vec<i64> = (1..=COUNT).collect();
    let seen = store.claims_by_id("ACME", &all).expect("read");
    let changes: Vec<_> = seen
        .iter()
        .zip(claims("W", 2))
        .map(|(row, claim)| ClaimChange {
            id: row.id,
            seen: row.change_sequence,
            claim: ClaimToWrite::encode(claim).expect("encodable"),
        })
        .collect();
    let changed = done(store, |transaction| transaction.change_claims(&changes));
    assert_eq!(changed, vec![true; all.len()]);
    check(2, SubmissionStatus::Waiting);
}

fn what_is_not_committed_is_not_found(store: &dyn Store) {
    let claims = [ClaimToWrite::encode(intake_claim("C1", "1", "W", &["7"])).expect("encodable")];
    dropped(store, |transaction| {
        transaction.write_claims(&claims, ExistingClaims::Refuse)?;
        assert_eq!(
            lookups(store),
            <[Vec<i64>; 7]>::default(),
            "found before it was committed"
        );
        Ok(())
    });
    assert_eq!(lookups(store), <[Vec<i64>; 7]>::default());
}

fn ids_are_given_as_announced(store: &dyn Store) {
    let create = |codes: &[&str]| {
        done(store, |transaction| {
            let first = transaction.next_claim_id()?;
            let claims = (first..)
                .zip(codes)
                .map(|(id, code)| {
                    ClaimToWrite::encode(Claim {
                        id: Some(id),
                        ..claim("ACME", code, "")
                    })
                })
                .collect::<Result<Vec<_>, _>>()?;
            transaction.write_claims(&claims, ExistingClaims::Refuse)?;
            Ok((first, transaction.next_claim_id()?))
        })
    };
    assert_eq!(create(&[]), (1, 1));
    assert_eq!(create(&["C1", "C2", "C3"]), (1, 4));
    dropped(store, |transaction| {
        let claims = [ClaimToWrite::encode(claim("ACME", "LOST", ""))?];
        transaction.write_claims(&claims, ExistingClaims::Refuse)?;
        assert_eq!(transaction.next_claim_id(), Ok(5));
        Ok(())
    });
    assert_eq!(create(&["C4"]), (4, 5));
    write(
        store,
        vec![Claim {
            id: Some(900),
            ..claim("OTHER", "C5", "")
        }],
        ExistingClaims::Refuse,
    );
    assert_eq!(create(&["C6"]), (901, 902));
    assert_eq!(
        store
            .claim_by_code("ACME", "C6")
            .expect("read")
            .and_then(|claim| claim.id),
        Some(901)
    );
}
