//! An index that was read from its image says what the index said that it is of, and goes on like it. Bytes that are no
//! image are refused, whatever they are.
#![expect(clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, proptest};
use reprise_index::{AmountBuffer, AmountTotals, ImageError, ImageReader, LineIndex, Snapshot};
use reprise_model::{Claim, Column, Dictionary, SetTable};
use support::{Dice, check};

/// The sections of a snapshot's image.
fn image(snapshot: &Snapshot) -> Vec<Vec<u8>> {
    (0..snapshot.image_section_count())
        .map(|number| {
            let mut section = Vec::new();
            snapshot.write_image_section(number, &mut section);
            section
        })
        .collect()
}

/// The index of these sections.
fn read(sections: &[Vec<u8>], sequence: u64) -> Result<LineIndex, ImageError> {
    read_from(sections, sequence, sections.len() - 1)
}

/// The same, read backwards from one of the sections and round, since any order will do.
fn read_from(sections: &[Vec<u8>], sequence: u64, first: usize) -> Result<LineIndex, ImageError> {
    let reader = ImageReader::begin(&sections[0], sections.len(), sequence)?;
    for number in (1..=first).rev().chain((first + 1..sections.len()).rev()) {
        reader.read_section(number, &sections[number])?;
    }
    reader.finish()
}

/// An index of random claims after random commits, and what it is of.
fn grown(dice: &mut Dice, built: u64, commits: &[(u64, u64)]) -> (LineIndex, BTreeMap<i64, Claim>) {
    let mut claims: BTreeMap<i64, Claim> = (0..built)
        .map(|_| (i64::try_from(dice.below(3 * built)).expect("an id"), dice.claim(5)))
        .collect();
    let index = LineIndex::new();
    let mut builder = index.builder();
    let mut blocks = Vec::new();
    for (id, claim) in &claims {
        blocks.extend(builder.push(*id, claim).expect("in order"));
    }
    blocks.extend(builder.finish().expect("in order"));
    index.install(1, blocks).expect("in order");
    for ((changed, deleted), sequence) in commits.iter().zip(2..) {
        commit(&index, sequence, &mut claims, dice, *changed, *deleted);
    }
    (index, claims)
}

/// Changes and adds so many claims, and deletes so many.
fn commit(
    index: &LineIndex,
    sequence: u64,
    claims: &mut BTreeMap<i64, Claim>,
    dice: &mut Dice,
    changed: u64,
    deleted: u64,
) {
    let ids = 4 * claims.len() as u64 + 50;
    let changed: BTreeMap<i64, Claim> = (0..changed)
        .map(|_| (i64::try_from(dice.below(ids)).expect("an id") - 5, dice.claim(5)))
        .collect();
    let there: Vec<i64> = claims.keys().copied().filter(|id| !changed.contains_key(id)).collect();
    let deleted: Vec<i64> = (0..deleted.min(there.len() as u64))
        .map(|_| dice.one_of(&there))
        .collect();
    let changes = changed.iter().map(|(id, claim)| (*id, Some(claim)));
    index
        .apply(sequence, changes.chain(deleted.iter().map(|id| (*id, None))))
        .expect("a commit in order");
    claims.extend(changed);
    claims.retain(|id, _| !deleted.contains(id));
}

/// Says the same about everything that can be asked of a snapshot as a whole; claims are compared with [`check`].
fn check_same(read: &Snapshot, written: &Snapshot) {
    assert_eq!(
        (read.claim_count(), read.line_count(), read.sequence()),
        (written.claim_count(), written.line_count(), written.sequence())
    );
    for dictionary in Dictionary::ALL {
        assert_eq!(read.codes(*dictionary), written.codes(*dictionary));
        for code in written.codes(*dictionary) {
            assert_eq!(read.code_id(*dictionary, &code), written.code_id(*dictionary, &code));
        }
    }
    for table in SetTable::ALL {
        assert_eq!(read.lists(*table), written.lists(*table));
    }
    assert_eq!(read.blocks().len(), written.blocks().len());
    for (one, other) in read.blocks().iter().zip(written.blocks()) {
        assert_eq!((one.live(), one.candidates()), (other.live(), other.candidates()));
        assert_eq!(
            (one.live_claim_count(), one.live_line_count()),
            (other.live_claim_count(), other.live_line_count())
        );
        for column in Column::ALL {
            assert_eq!(one.bounds(*column), other.bounds(*column), "{column}");
        }
        assert!((0..one.line_count()).all(|line| one.claim_of(line) == other.claim_of(line)));
    }
    assert_eq!(image(read), image(written), "the image of what was read is the same");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn an_index_that_was_read_is_the_one_that_was_written(
        seed in any::<u64>(),
        built in 0_u64..80,
        commits in vec((0_u64..40, 0_u64..12), 0..6),
        later in vec((0_u64..40, 0_u64..12), 0..3),
    ) {
        let mut dice = Dice::new(seed);
        let (index, mut claims) = grown(&mut dice, built, &commits);
        let snapshot = index.snapshot();
        let again = read(&image(&snapshot), snapshot.sequence()).expect("an image");
        check_same(&again.snapshot(), &snapshot);
        check(&again.snapshot(), &claims);
        for ((changed, deleted), sequence) in later.into_iter().zip(snapshot.sequence() + 1..) {
            commit(&again, sequence, &mut claims, &mut dice, changed, deleted);
            check(&again.snapshot(), &claims);
        }
        let last = again.snapshot();
        let once_more = read(&image(&last), last.sequence()).expect("an image of an image");
        check(&once_more.snapshot(), &claims);
    }
}

#[test]
fn large_indexes_are_read_after_commits_of_every_size() {
    let mut dice = Dice::new(77);
    let (index, mut claims) = grown(
        &mut dice,
        9_000,
        &[(1, 0), (300, 20), (6_000, 900), (1_500, 0), (800, 4_000), (900, 0)],
    );
    let snapshot = index.snapshot();
    assert!(snapshot.blocks().len() > 3);
    let again = read(&image(&snapshot), snapshot.sequence()).expect("an image");
    check_same(&again.snapshot(), &snapshot);
    commit(&again, 50, &mut claims, &mut dice, 5_000, 300);
    check(&again.snapshot(), &claims);
}

#[test]
fn an_image_is_of_its_snapshot_whatever_is_committed_meanwhile() {
    let mut dice = Dice::new(78);
    let (index, mut claims) = grown(&mut dice, 300, &[(40, 4)]);
    let (snapshot, then) = (index.snapshot(), claims.clone());
    let before = image(&snapshot);
    commit(&index, 9, &mut claims, &mut dice, 200, 40);
    assert_eq!(image(&snapshot), before);
    check(&read(&before, 2).expect("an image").snapshot(), &then);
}

#[test]
fn what_is_cut_off_or_goes_on_is_refused() {
    let (index, _) = grown(&mut Dice::new(4), 60, &[(20, 3), (30, 2)]);
    let sections = image(&index.snapshot());
    let reader = ImageReader::begin(&sections[0], sections.len(), 3).expect("an outline");
    let refused = |number: usize, bytes: &[u8]| {
        let outcome = match number {
            0 => ImageReader::begin(bytes, sections.len(), 3).map(|_| ()),
            _ => reader.read_section(number, bytes),
        };
        let error = outcome.expect_err("a section of another length").to_string();
        assert!(error.starts_with(&format!("section {number}: ")), "{error}");
    };
    for (number, whole) in sections.iter().enumerate() {
        for length in 0..whole.len() {
            refused(number, &whole[..length]);
        }
        refused(number, &[whole.as_slice(), &[0]].concat());
    }
    for count in 0..sections.len() {
        ImageReader::begin(&sections[0], count, 3)
            .and_then(ImageReader::finish)
            .expect_err("sections that are missing");
    }
}

/// Whatever bytes say, reading them ends with an index or a refusal. That they were not changed is for digests to tell.
#[test]
fn no_byte_makes_reading_panic_nor_an_index_that_cannot_be_used() {
    let mut dice = Dice::new(5);
    let (index, claims) = grown(&mut dice, 12, &[(8, 1), (5, 2)]);
    let sections = image(&index.snapshot());
    let (mut refused, mut taken) = (0, 0);
    for (number, section) in sections.iter().enumerate() {
        for place in 0..section.len() {
            let mut bent = sections.clone();
            let bits = dice.one_of(&[1, 0x10, 0x80, 0xff, 0x7f]);
            bent[number][place] ^= bits;
            match read_from(&bent, 3, number.max(1)) {
                Err(_) => refused += 1,
                Ok(read) => {
                    taken += 1;
                    use_all(&read);
                    if taken % 50 == 0 {
                        commit(&read, 4, &mut claims.clone(), &mut dice, 30, 5);
                        use_all(&read);
                    }
                }
            }
        }
    }
    assert!(refused > 500 && taken > 100, "{refused} refused, {taken} taken");
}

/// Asks an index for everything.
fn use_all(index: &LineIndex) {
    let snapshot = index.snapshot();
    for block in snapshot.blocks() {
        for claim in 0..block.claim_count() {
            let _ = (block.claim_code(claim), block.status(claim), block.currency(claim));
            let _ = (block.allowed_total(claim), block.covered_total(claim));
            let _ = snapshot.find(block.claim_id(claim));
            for line in block.lines_of(claim) {
                for column in Column::ALL {
                    let _ = block.cell(*column, line);
                }
            }
        }
        let claims: Vec<u32> = (0..block.claim_count()).collect();
        block.add_amounts(&claims, &mut AmountBuffer::default(), &mut AmountTotals::new());
    }
    let _ = index.memory();
}

/// What a start reads was written by an earlier version of this program, which put claims into columns in its own way.
/// When this fails, raise `IMAGE_FORMAT` and put the new number here with the new digest.
#[test]
fn the_format_has_another_version_when_its_bytes_change() {
    let (index, _) = grown(&mut Dice::new(2_026), 200, &[(60, 9)]);
    let bytes: Vec<u8> = image(&index.snapshot()).concat();
    // FNV-1a: enough to see a change that nobody makes on purpose.
    let digest = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |digest, byte| {
        (digest ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    });
    assert_eq!(
        (reprise_index::IMAGE_FORMAT, bytes.len(), digest),
        (1, 42_020, 12_395_093_609_211_942_201)
    );
}
