//! The cache never loads what it has not written, and never keeps a component from being loaded.

use std::convert::Infallible;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::entry::HEADER_BYTES;
use super::{PrecompiledCache, directory};
use crate::{AdmissionLimits, CallLimits, ComponentKind, Digest, LoadError, RuleComponent, RuleEngine};

const CRITERIA: &[u8] = include_bytes!("../../../../tests/contract/0.1.0/criteria.wasm");
const CLAIM_STATUS: &[u8] = include_bytes!("../../../../tests/contract/0.1.0/claim-status.wasm");
const KEY: [u8; 32] = [7; 32];

/// A host's engine, with a cache as it is when it starts.
fn engine(directory: &Path) -> RuleEngine {
    engine_with(PrecompiledCache::open(directory, KEY).expect("a cache"))
}

fn engine_with(cache: PrecompiledCache) -> RuleEngine {
    RuleEngine::new(AdmissionLimits::default(), CallLimits::default())
        .expect("an engine")
        .with_cache(cache)
}

fn empty_directory() -> (TempDir, PathBuf) {
    let outer = tempfile::tempdir().expect("a directory");
    let path = outer.path().join("machine code");
    (outer, path)
}

/// A component, and whether its bytes were asked for, which is: not found in the cache.
fn load(engine: &RuleEngine, bytes: &[u8]) -> (RuleComponent, bool) {
    let mut was_asked = false;
    let component = engine.load_known(Digest::of(bytes), || {
        was_asked = true;
        Ok::<_, Infallible>(bytes.to_vec())
    });
    (component.expect("a component"), was_asked)
}

/// The files of a cache, by name.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("a directory");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

/// What is wrong with the cache, each in its words.
fn troubles(engine: &RuleEngine) -> Vec<String> {
    let troubles = engine.take_cache_troubles();
    troubles.iter().map(ToString::to_string).collect()
}

#[test]
fn what_was_admitted_once_is_loaded_without_its_bytes() {
    let (_outer, directory) = empty_directory();
    let first = engine(&directory);
    for (bytes, kind) in [
        (CRITERIA, ComponentKind::Criteria),
        (CLAIM_STATUS, ComponentKind::ClaimStatus),
    ] {
        let (compiled, was_asked) = load(&first, bytes);
        assert!(was_asked && compiled.kind() == kind);
        for engine in [&first, &engine(&directory)] {
            let (cached, was_asked) = load(engine, bytes);
            assert!(!was_asked, "{kind}");
            assert_eq!(
                (
                    cached.kind(),
                    cached.name(),
                    cached.digest(),
                    cached.machine_code_bytes()
                ),
                (kind, compiled.name(), Digest::of(bytes), compiled.machine_code_bytes())
            );
            assert_eq!(troubles(engine), [""; 0]);
        }
    }
}

#[test]
fn what_was_kept_at_admission_is_there_at_the_next_start() {
    let (_outer, directory) = empty_directory();
    let first = engine(&directory);
    let admitted = first.load_any(CLAIM_STATUS).expect("a component");
    first.keep_precompiled(&admitted);
    assert!(!load(&engine(&directory), CLAIM_STATUS).1);
}

#[test]
fn a_cache_and_its_files_are_their_owners_alone() {
    let (_outer, directory) = empty_directory();
    load(&engine(&directory), CLAIM_STATUS);
    let mode = |path: &Path| fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    assert_eq!(mode(&directory), 0o700);
    let files = files(&directory);
    assert!(files.len() == 1 && mode(&files[0]) == 0o600, "{files:?}");
    for open in [0o750, 0o707, 0o701] {
        fs::set_permissions(&directory, Permissions::from_mode(open)).expect("permissions");
        let error = PrecompiledCache::open(&directory, KEY).err().expect("others may enter");
        let words = format!("(mode {open:04o}); close it with `chmod 700 {}`", directory.display());
        assert!(error.to_string().ends_with(&words), "{error}");
    }
}

/// A file that is other than it was written is never loaded; it is removed, and the component compiled anew.
#[track_caller]
fn check_distrusted(engine: &RuleEngine, directory: &Path, what: &str, reason: &str) {
    let digest = Digest::of(CLAIM_STATUS);
    // Nobody hands out the bytes, so that what is loaded can only be the file.
    let loaded = engine.load_known(digest, || Err(()));
    assert!(matches!(loaded, Err(LoadError::Bytes(()))), "{what} was loaded");
    let troubles = engine.take_cache_troubles();
    assert!(
        matches!(&troubles[..], [trouble] if trouble.is_distrust() && trouble.digest() == digest),
        "{what}: {troubles:?}"
    );
    assert!(troubles[0].to_string().ends_with(reason), "{what}: {}", troubles[0]);
    let name = digest.to_string();
    let is_left = |path: &PathBuf| path.display().to_string().contains(&name);
    assert!(!files(directory).iter().any(is_left), "{what} is left there");
}

const CHANGED: &str = "it was damaged, changed, or written under another key";

#[test]
fn a_file_with_any_bit_changed_is_never_loaded() {
    let (_outer, directory) = empty_directory();
    let engine = engine(&directory);
    load(&engine, CLAIM_STATUS);
    let file = files(&directory).remove(0);
    let good = fs::read(&file).expect("a file");
    // Every byte of the header, and bytes all over the machine code, each in another bit.
    let spread = (0..200).map(|number| HEADER_BYTES + number * 7_919 % (good.len() - HEADER_BYTES));
    for (number, position) in (0..HEADER_BYTES).chain(spread).chain([good.len() - 1]).enumerate() {
        let mut bad = good.clone();
        bad[position] ^= 1 << (number % 8);
        fs::write(&file, &bad).expect("a file");
        check_distrusted(
            &engine,
            &directory,
            &format!("a file with byte {position} changed"),
            CHANGED,
        );
    }
    fs::write(&file, &good).expect("a file");
    assert!(!load(&engine, CLAIM_STATUS).1, "unchanged it is loaded");
}

#[test]
fn a_file_that_is_not_the_one_that_was_written_is_never_loaded() {
    let (_outer, directory) = empty_directory();
    let engine = engine(&directory);
    load(&engine, CLAIM_STATUS);
    let file = files(&directory).remove(0);
    let good = fs::read(&file).expect("a file");
    load(&engine, CRITERIA);
    let others = files(&directory)
        .into_iter()
        .find(|path| path != &file)
        .expect("another file");
    let others = fs::read(others).expect("a file");
    let (_elsewhere, of_another_key) = empty_directory();
    let another_key = PrecompiledCache::open(&of_another_key, [8; 32]).expect("a cache");
    load(&engine_with(another_key), CLAIM_STATUS);
    let of_another_key = fs::read(&files(&of_another_key)[0]).expect("a file");
    let longer = [&good[..], b"x"].concat();
    for (what, bytes, reason) in [
        ("an empty file", &[][..], "it is cut off"),
        ("half a header", &good[..HEADER_BYTES / 2], "it is cut off"),
        ("a header alone", &good[..HEADER_BYTES], CHANGED),
        ("half a file", &good[..good.len() / 2], CHANGED),
        ("a file but for its last byte", &good[..good.len() - 1], CHANGED),
        ("a longer file", &longer, CHANGED),
        ("the file of another component", &others, "it holds another component"),
        ("a file under another key", &of_another_key, CHANGED),
        ("a component", CLAIM_STATUS, CHANGED),
    ] {
        fs::write(&file, bytes).expect("a file");
        check_distrusted(&engine, &directory, what, reason);
    }
    let elsewhere = directory.join("elsewhere");
    fs::write(&elsewhere, &good).expect("a file");
    symlink(&elsewhere, &file).expect("a link");
    check_distrusted(&engine, &directory, "a link to a good file", "it is not a file");
}

#[test]
fn machine_code_of_another_platform_makes_room_for_this_ones() {
    let (_outer, directory) = empty_directory();
    let engine = engine(&directory);
    load(&engine, CLAIM_STATUS);
    let file = files(&directory).remove(0);
    let other = directory.join(format!(
        "{}-0123456789abcdef{}",
        Digest::of(CLAIM_STATUS),
        directory::EXTENSION
    ));
    fs::rename(&file, &other).expect("a file");
    assert!(load(&engine, CLAIM_STATUS).1, "it is not this platform's");
    assert_eq!(files(&directory), [file]);
}

#[test]
fn a_cache_holds_no_more_than_it_may_and_lets_go_of_what_was_used_longest_ago() {
    let (_outer, directory) = empty_directory();
    load(&engine(&directory), CRITERIA);
    let one_file = fs::metadata(&files(&directory)[0]).expect("a file").len();
    let small = engine_with(
        PrecompiledCache::open(&directory, KEY)
            .expect("a cache")
            .with_size_max(one_file),
    );
    assert!(load(&small, CLAIM_STATUS).1);
    let names: Vec<_> = files(&directory);
    let is_of_claim_status = |path: &PathBuf| {
        path.display()
            .to_string()
            .contains(&Digest::of(CLAIM_STATUS).to_string())
    };
    assert!(names.len() == 1 && names.iter().all(is_of_claim_status), "{names:?}");
    let tiny = engine_with(
        PrecompiledCache::open(&directory, KEY)
            .expect("a cache")
            .with_size_max(1_000),
    );
    assert!(load(&tiny, CRITERIA).1, "it is compiled all the same");
    let troubles = troubles(&tiny);
    assert!(
        troubles.len() == 1 && troubles[0].ends_with("bytes; the cache holds 1000"),
        "{troubles:?}"
    );
}

#[test]
fn a_component_is_loaded_where_nothing_can_be_kept() {
    let (_outer, directory) = empty_directory();
    let engine = engine(&directory);
    fs::remove_dir(&directory).expect("an empty directory");
    for _ in 0..2 {
        assert!(load(&engine, CLAIM_STATUS).1);
        let troubles = troubles(&engine);
        let words = "could not be kept, so that the next start compiles it again: No such file or directory";
        assert!(troubles.len() == 1 && troubles[0].contains(words), "{troubles:?}");
    }
}

#[test]
fn bytes_that_are_another_components_are_not_taken_for_it() {
    let (_outer, directory) = empty_directory();
    let engine = engine(&directory);
    let wanted = Digest::of(CRITERIA);
    let loaded = engine.load_known(wanted, || Ok::<_, Infallible>(CLAIM_STATUS.to_vec()));
    let found = Digest::of(CLAIM_STATUS);
    assert_eq!(loaded.err(), Some(LoadError::OtherDigest { wanted, found }));
    let refused = engine.load_known(Digest::of(b"rules"), || Ok::<_, Infallible>(b"rules".to_vec()));
    assert!(matches!(refused, Err(LoadError::Refused(_))));
    assert_eq!(files(&directory), [""; 0].map(PathBuf::from));
}
