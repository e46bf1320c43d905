//! The index says of every claim what the claim says: as built, after every commit, and in snapshots taken before.
#![expect(clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, proptest};
use reprise_index::{IndexError, LineIndex};
use reprise_model::{Amount, Claim, Column, Day, Dictionary, SetTable};
use support::{Dice, check};

/// Builds the index with a builder for each of these many stretches of claims, each on a thread of its own.
fn install(index: &LineIndex, sequence: u64, claims: &BTreeMap<i64, Claim>, stretches: usize) {
    let all: Vec<(&i64, &Claim)> = claims.iter().collect();
    let blocks = std::thread::scope(|scope| {
        let workers: Vec<_> = all
            .chunks(all.len().div_ceil(stretches).max(1))
            .map(|stretch| {
                scope.spawn(move || {
                    let mut builder = index.builder();
                    let mut blocks = Vec::new();
                    for (id, claim) in stretch {
                        blocks.extend(builder.push(**id, claim).expect("claims in order"));
                    }
                    blocks.extend(builder.finish().expect("claims in order"));
                    blocks
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("a builder"))
            .collect()
    });
    index.install(sequence, blocks).expect("blocks in order");
}

fn apply(index: &LineIndex, sequence: u64, changed: &BTreeMap<i64, Claim>) {
    index
        .apply(sequence, changed.iter().map(|(id, claim)| (*id, claim)))
        .expect("a commit in order");
}

/// A commit that changes these claims and deletes those.
fn apply_both(index: &LineIndex, sequence: u64, changed: &BTreeMap<i64, Claim>, deleted: &[i64]) {
    let changes = changed.iter().map(|(id, claim)| (*id, Some(claim)));
    index
        .apply(sequence, changes.chain(deleted.iter().map(|id| (*id, None))))
        .expect("a commit in order");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn says_what_the_claims_say(seed in any::<u64>(), built in 0_u64..60, commits in vec((0_u64..12, 0_u64..12), 0..6)) {
        let mut dice = Dice::new(seed);
        let mut claims: BTreeMap<i64, Claim> =
            (0..built).map(|_| (i64::try_from(dice.below(100)).expect("an id") * 7 - 1, dice.claim(5))).collect();
        let index = LineIndex::new();
        install(&index, 1, &claims, 3);
        let mut taken = vec![(index.snapshot(), claims.clone())];
        for ((commit, deletions), sequence) in commits.into_iter().zip(2..) {
            let changed: BTreeMap<i64, Claim> =
                (0..commit).map(|_| (i64::try_from(dice.below(800)).expect("an id") - 2, dice.claim(5))).collect();
            // Some that are there, and one that most often is not.
            let there: Vec<i64> = claims.keys().copied().filter(|id| !changed.contains_key(id)).collect();
            let mut deleted: Vec<i64> = (0..deletions.min(there.len() as u64)).map(|_| dice.one_of(&there)).collect();
            deleted.extend(Some(i64::try_from(dice.below(800)).expect("an id")).filter(|id| !changed.contains_key(id)));
            apply_both(&index, sequence, &changed, &deleted);
            claims.extend(changed);
            claims.retain(|id, _| !deleted.contains(id));
            assert_eq!(index.snapshot().sequence(), sequence);
            taken.push((index.snapshot(), claims.clone()));
        }
        for (snapshot, claims) in &taken {
            check(snapshot, claims);
        }
    }
}

/// Large enough for full blocks, sealed tails, blocks that stand by themselves, and compaction.
#[test]
fn says_so_through_commits_of_every_size() {
    let mut dice = Dice::new(20_260_101);
    let mut claims: BTreeMap<i64, Claim> = (0..6_000).map(|id| (id * 2, dice.claim(6))).collect();
    let index = LineIndex::new();
    install(&index, 0, &claims, 2);
    let mut taken = Vec::new();
    // Single claims, small commits, commits of several blocks; old ids, new ids between and beyond.
    let sizes = [
        1, 1, 40, 300, 1_500, 1, 6_000, 700, 700, 1, 3_000, 3, 800, 800, 800, 800, 800, 800, 800, 1,
    ];
    for (size, sequence) in sizes.into_iter().zip(1..) {
        let first = dice.below(6_000);
        let changed: BTreeMap<i64, Claim> = (0..size)
            .map(|_| (i64::try_from(first + dice.below(9_000)).expect("an id"), dice.claim(6)))
            .collect();
        apply(&index, sequence, &changed);
        claims.extend(changed);
        if sequence % 10 == 0 {
            taken.push((index.snapshot(), claims.clone()));
        }
    }
    for (snapshot, claims) in &taken {
        check(snapshot, claims);
    }
    let rows: u64 = index
        .snapshot()
        .blocks()
        .iter()
        .map(|block| u64::from(block.claim_count()))
        .sum();
    assert!(
        rows <= 2 * claims.len() as u64,
        "{rows} rows for {} claims",
        claims.len()
    );
}

#[test]
fn claims_that_only_ever_come_new_stay_in_order() {
    let mut dice = Dice::new(5);
    let index = LineIndex::new();
    let mut claims = BTreeMap::new();
    for sequence in 1..24_i64 {
        let changed: BTreeMap<i64, Claim> = (0..500)
            .map(|place| (sequence * 1_000 + place, dice.claim(4)))
            .collect();
        apply(&index, sequence.unsigned_abs(), &changed);
        claims.extend(changed);
    }
    check(&index.snapshot(), &claims);
}

#[test]
fn a_claim_of_many_lines_has_a_block_to_itself() {
    let mut dice = Dice::new(11);
    let mut large = dice.claim(0);
    large.lines = std::iter::repeat_with(|| dice.claim(30).lines)
        .flatten()
        .take(20_000)
        .collect();
    let mut claims: BTreeMap<i64, Claim> = (0..100).map(|id| (id, dice.claim(3))).collect();
    claims.insert(50, large.clone());
    let index = LineIndex::new();
    install(&index, 0, &claims, 1);
    assert_eq!(index.snapshot().find(50).map(|(block, _)| block.claim_count()), Some(1));
    large.code = "C-AGAIN".to_owned();
    let changed = BTreeMap::from([(50, large)]);
    apply(&index, 1, &changed);
    claims.extend(changed);
    check(&index.snapshot(), &claims);
}

#[test]
fn a_snapshot_shows_a_commit_whole_or_not_at_all() {
    const CLAIMS: i64 = 200;
    let index = Arc::new(LineIndex::new());
    let commit = |day: u32| -> BTreeMap<i64, Claim> {
        let mut dice = Dice::new(3);
        let claim = |id| {
            (
                id,
                Claim {
                    entry_date: Day::from_number(day.cast_signed()),
                    ..dice.claim(3)
                },
            )
        };
        (0..CLAIMS).map(claim).collect()
    };
    install(&index, 0, &commit(0), 2);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for day in 1..40 {
                apply(&index, day.into(), &commit(day));
            }
            done.store(true, Ordering::Release);
        });
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(Ordering::Acquire) {
                    let snapshot = index.snapshot();
                    let mut live = 0;
                    for block in snapshot.blocks() {
                        for claim in block.live().rows() {
                            live += 1;
                            for line in block.lines_of(claim) {
                                assert_eq!(block.cell(Column::EntryDate, line).cast_unsigned(), snapshot.sequence());
                            }
                        }
                    }
                    assert_eq!(live, CLAIMS);
                }
            });
        }
    });
}

/// A claim's amounts may come to more than any amount, in either direction, or to just the number that stands for none.
#[test]
fn amounts_add_up_beyond_the_greatest() {
    for (lines, number) in [
        (1, i64::MAX),
        (1, i64::MIN + 1),
        (2, i64::MIN / 2),
        (2, i64::MIN / 2 + 1),
        (2, i64::MAX / 2),
        (2, i64::MAX),
        (3, i64::MIN + 1),
    ] {
        let mut dice = Dice::new(7);
        let mut claims: BTreeMap<i64, Claim> = (0..20).map(|id| (id, dice.claim(3))).collect();
        for (id, claim) in &mut claims {
            let Some(line) = claim.lines.first().cloned() else {
                continue;
            };
            claim.lines = vec![line; lines];
            for line in &mut claim.lines {
                line.allowed_amount = (id % 3 > 0).then_some(Amount::from_number(number));
                line.covered_amount = (id % 3 > 1).then_some(Amount::from_number(number));
            }
        }
        let index = LineIndex::new();
        install(&index, 0, &claims, 1);
        check(&index.snapshot(), &claims);
    }
}

#[test]
fn a_claim_given_twice_is_taken_as_given_last() {
    let mut dice = Dice::new(9);
    let (first, last) = (dice.claim(3), dice.claim(3));
    let index = LineIndex::new();
    index.apply(1, [(4, &first), (4, &last)]).expect("a commit");
    check(&index.snapshot(), &BTreeMap::from([(4, last)]));
}

/// Full blocks, sealed tails and the open block lose claims until nothing is left, and take new ones after.
#[test]
fn forgets_deleted_claims_wherever_they_are() {
    let mut dice = Dice::new(20_260_102);
    let mut claims: BTreeMap<i64, Claim> = (0..9_000).map(|id| (id, dice.claim(4))).collect();
    let index = LineIndex::new();
    install(&index, 0, &claims, 2);
    let mut sequence = 0;
    for round in 0..6 {
        let changed: BTreeMap<i64, Claim> = (0..700)
            .map(|_| (i64::try_from(dice.below(12_000)).expect("an id"), dice.claim(4)))
            .collect();
        sequence += 1;
        apply(&index, sequence, &changed);
        claims.extend(changed);
        let deleted: Vec<i64> = claims.keys().copied().filter(|id| id % 6 == round).collect();
        sequence += 1;
        apply_both(&index, sequence, &BTreeMap::new(), &deleted);
        claims.retain(|id, _| id % 6 != round);
        check(&index.snapshot(), &claims);
        assert!(deleted.iter().all(|id| index.snapshot().find(*id).is_none()));
    }
    let rest: Vec<i64> = claims.keys().copied().collect();
    apply_both(&index, sequence + 1, &BTreeMap::new(), &rest);
    check(&index.snapshot(), &BTreeMap::new());
    let again = BTreeMap::from([(3, dice.claim(2)), (20_000, dice.claim(2))]);
    apply(&index, sequence + 2, &again);
    check(&index.snapshot(), &again);
}

#[test]
fn a_claim_given_and_deleted_at_once_is_taken_as_given_last() {
    let claim = Dice::new(3).claim(2);
    let index = LineIndex::new();
    index
        .apply(1, [(4, None), (4, Some(&claim)), (5, Some(&claim)), (5, None)])
        .expect("a commit");
    check(&index.snapshot(), &BTreeMap::from([(4, claim)]));
}

#[test]
fn refuses_claims_and_changes_out_of_order() {
    let claim = Dice::new(1).claim(2);
    let index = LineIndex::new();
    let mut builder = index.builder();
    assert!(builder.push(2, &claim).is_ok());
    assert_eq!(
        builder.push(2, &claim).err(),
        Some(IndexError::OutOfOrder { id: 2, previous: 2 })
    );
    let blocks = [3, 1].map(|id| {
        let mut builder = index.builder();
        builder
            .push(id, &claim)
            .and_then(|_| builder.finish())
            .expect("a claim")
            .expect("a block")
    });
    assert_eq!(
        index.install(1, blocks.into()).err(),
        Some(IndexError::OutOfOrder { id: 1, previous: 3 })
    );
    assert_eq!(index.apply(8, [(1, &claim)]), Ok(()));
    assert_eq!(index.apply(8, [(1, None)]), Ok(()));
    assert_eq!(
        index.apply(7, [(1, None)]),
        Err(IndexError::StaleSequence {
            sequence: 7,
            current: 8
        })
    );
}

#[test]
fn tables_stay_as_they_were_when_the_snapshot_was_taken() {
    let mut dice = Dice::new(77);
    let mut claims: BTreeMap<i64, Claim> = (0..200).map(|id| (id, dice.claim(4))).collect();
    let index = LineIndex::new();
    install(&index, 0, &claims, 2);
    let before = index.snapshot();
    let codes_before = before.codes(Dictionary::Procedure);
    let lists_before = before.lists(SetTable::Procedures);
    let mut changed = dice.claim(0);
    changed.lines = dice
        .claim(9)
        .lines
        .into_iter()
        .chain(claims[&0].lines.clone())
        .take(1)
        .collect();
    changed
        .lines
        .iter_mut()
        .for_each(|line| line.procedures = vec!["G-NEW".to_owned()]);
    assert_eq!(changed.lines.len(), 1);
    claims = BTreeMap::from([(7, changed)]);
    apply(&index, 1, &claims);

    let after = index.snapshot();
    let new = after
        .code_id(Dictionary::Procedure, "G-NEW")
        .expect("a code that is used");
    assert_eq!(new as usize, codes_before.len() + 1);
    assert_eq!(after.code_of(Dictionary::Procedure, new).as_deref(), Some("G-NEW"));
    assert_eq!(after.list_count(SetTable::Procedures), lists_before.count() + 1);
    assert_eq!(before.code_id(Dictionary::Procedure, "G-NEW"), None);
    assert_eq!(before.code_of(Dictionary::Procedure, new), None);
    assert_eq!(before.codes(Dictionary::Procedure), codes_before);
    assert_eq!(before.lists(SetTable::Procedures), lists_before);
    assert_eq!(before.code_of(Dictionary::Procedure, 0), None);
    assert_eq!(index.code_id(Dictionary::Procedure, "G-NEW"), Some(new));
}

#[test]
fn every_code_and_list_has_its_number() {
    let mut dice = Dice::new(78);
    let claims: BTreeMap<i64, Claim> = (0..200).map(|id| (id, dice.claim(4))).collect();
    let index = LineIndex::new();
    install(&index, 0, &claims, 2);
    let snapshot = index.snapshot();
    for &dictionary in Dictionary::ALL {
        let codes = snapshot.codes(dictionary);
        assert_eq!(codes.len(), snapshot.code_count(dictionary));
        for (code, id) in codes.iter().zip(1..) {
            assert_eq!(snapshot.code_id(dictionary, code), Some(id));
        }
        assert_eq!(snapshot.code_id(dictionary, "no such code"), None);
    }
    for &table in SetTable::ALL {
        let lists = snapshot.lists(table);
        assert_eq!(lists.count(), snapshot.list_count(table));
        assert_eq!(lists.list(0), Some(&[][..]));
        assert_eq!(lists.starts.last().map(|end| *end as usize), Some(lists.members.len()));
        let codes = snapshot.code_count(table.dictionary());
        assert!(lists.members.iter().all(|code| (1..=codes).contains(&(*code as usize))));
    }
    assert!(index.memory().total_bytes() > 0);
}
