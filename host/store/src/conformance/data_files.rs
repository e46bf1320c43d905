//! The story of data files: a set is created, content is handed in, locked, read, replaced, or made from results.

use std::sync::Arc;

use super::{LONG, OVER, new_activity};
use crate::{
    ContentId, DataFileDefinition, DataFileName, DataFileOutcome, DataFileSetCreation, DataFileSetDefinition,
    DataFileSource, Store,
};

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    a_set_is_created_once(open().as_ref());
    a_locked_set_is_left_alone(open().as_ref());
    content_is_read_as_it_was_handed_in(open().as_ref());
    content_that_was_not_attached_is_discarded(open().as_ref());
    results_stand_in_for_content(open().as_ref());
}

fn create(store: &dyn Store, payer: &str, set: &str, files: &[&str]) -> DataFileSetCreation {
    let file = |code: &&str| DataFileDefinition {
        code: (*code).to_owned(),
        description: None,
    };
    let definition = DataFileSetDefinition {
        code: set.to_owned(),
        description: Some("claims to reprocess".to_owned()),
        files: files.iter().map(file).collect(),
    };
    store
        .write(|transaction| transaction.create_data_file_set(payer, &definition))
        .expect("answered")
}

fn source(store: &dyn Store, set: &str, file: &str) -> DataFileSource {
    store.data_file("ACME", set, file).expect("read").expect("there").source
}

fn attach(store: &dyn Store, payer: &str, set: &str, file: &str, content: ContentId) -> DataFileOutcome {
    store
        .write(|transaction| transaction.attach_content(payer, set, file, content))
        .expect("answered")
}

/// Hands in content, each part in a transaction of its own.
fn hand_in(store: &dyn Store, parts: &[&[u8]]) -> ContentId {
    let content = store
        .write(|transaction| transaction.create_content())
        .expect("created");
    for part in parts {
        store
            .write(|transaction| transaction.append_content(content, part))
            .expect("appended");
    }
    content
}

fn read(store: &dyn Store, content: ContentId) -> Vec<u8> {
    (0..)
        .map_while(|number| store.content_chunk(content, number).expect("read"))
        .inspect(|chunk| assert!(chunk.len() <= 1 << 20))
        .flatten()
        .collect()
}

fn a_set_is_created_once(store: &dyn Store) {
    for (what, payer, set, files, expected) in [
        ("new", "ACME", "S", vec!["b", "a"], DataFileSetCreation::Created),
        ("again", "ACME", "S", vec!["c"], DataFileSetCreation::CodeTaken),
        ("another payer's", "OTHER", "S", vec![], DataFileSetCreation::Created),
        (
            "a file twice",
            "ACME",
            "T",
            vec!["a", "b", "a"],
            DataFileSetCreation::FileCodeRepeated("a".to_owned()),
        ),
    ] {
        assert_eq!(create(store, payer, set, &files), expected, "{what}");
    }
    let set = store.data_file_set("ACME", "S").expect("read").expect("there");
    let codes: Vec<_> = set.files.iter().map(|file| (&*file.code, file.source)).collect();
    assert_eq!(codes, [("b", DataFileSource::Empty), ("a", DataFileSource::Empty)]);
    assert_eq!(
        (set.code.as_str(), set.description.as_deref(), set.locked),
        ("S", Some("claims to reprocess"), false)
    );
    assert_eq!(store.data_file_set("ACME", "T"), Ok(None));
    assert_eq!(store.data_file_set("NOBODY", "S"), Ok(None));
    assert_eq!(store.data_file("OTHER", "S", "a"), Ok(None));
    assert_eq!(store.data_file("ACME", "S", "c"), Ok(None));
}

fn a_locked_set_is_left_alone(store: &dyn Store) {
    use DataFileOutcome::{Absent, Done, Locked};
    create(store, "ACME", "S", &["f"]);
    let content = hand_in(store, &[b"one"]);
    let lock = |set: &str| {
        store
            .write(|transaction| transaction.lock_data_file_set("ACME", set))
            .expect("answered")
    };
    let unlock = |set: &str| {
        store
            .write(|transaction| transaction.unlock_data_file_set("ACME", set))
            .expect("answered")
    };
    let is_locked = || store.data_file_set("ACME", "S").expect("read").expect("there").locked;
    assert_eq!((lock("T"), unlock("T"), unlock("S")), (Absent, Absent, Done));
    assert_eq!((lock("S"), is_locked(), lock("S")), (Done, true, Locked));
    assert_eq!(attach(store, "ACME", "S", "f", content), Locked);
    assert_eq!(source(store, "S", "f"), DataFileSource::Empty);
    assert_eq!((unlock("S"), is_locked()), (Done, false));
    for (what, payer, set, file, expected) in [
        ("no such payer", "OTHER", "S", "f", Absent),
        ("no such set", "ACME", "T", "f", Absent),
        ("no such file", "ACME", "S", "g", Absent),
        ("all there", "ACME", "S", "f", Done),
    ] {
        assert_eq!(attach(store, payer, set, file, content), expected, "{what}");
    }
}

fn content_is_read_as_it_was_handed_in(store: &dyn Store) {
    create(store, "ACME", "S", &["f"]);
    let large: Vec<u8> = (0..3_000_000_u32)
        .map(|number| number.to_le_bytes()[0] ^ number.to_le_bytes()[1])
        .collect();
    let first = hand_in(store, &[b"", b"first ", &large, b"last"]);
    attach(store, "ACME", "S", "f", first);
    let whole = [b"first ", &*large, b"last"].concat();
    let length_bytes = u64::try_from(whole.len()).expect("a length");
    assert_eq!(
        source(store, "S", "f"),
        DataFileSource::Content {
            id: first,
            length_bytes
        }
    );
    assert_eq!(read(store, first), whole);
    for refused in [
        store.write(|transaction| transaction.append_content(first, b"more")),
        store.write(|transaction| transaction.discard_content(first)),
    ] {
        assert!(refused.is_err(), "the content of a data file stays as it is");
    }

    let second = hand_in(store, &[b"second"]);
    attach(store, "ACME", "S", "f", second);
    assert_eq!(
        source(store, "S", "f"),
        DataFileSource::Content {
            id: second,
            length_bytes: 6
        }
    );
    assert_eq!(
        (read(store, second), read(store, first)),
        (b"second".to_vec(), Vec::new())
    );
}

fn content_that_was_not_attached_is_discarded(store: &dyn Store) {
    create(store, "ACME", "S", &["f"]);
    let (kept, given_up, left) = (
        hand_in(store, &[b"a"]),
        hand_in(store, &[b"b"]),
        hand_in(store, &[b"c"]),
    );
    attach(store, "ACME", "S", "f", kept);
    store
        .write(|transaction| transaction.discard_content(given_up))
        .expect("discarded");
    assert!(
        store
            .write(|transaction| transaction.append_content(given_up, b"more"))
            .is_err()
    );
    for (older_than, discarded, still_there) in [(LONG, 0, "c"), (OVER, 1, ""), (OVER, 0, "")] {
        let done = store.write(|transaction| transaction.discard_unattached_content(older_than));
        assert_eq!(
            (done, read(store, left)),
            (Ok(discarded), still_there.as_bytes().to_vec())
        );
    }
    assert_eq!(
        (read(store, kept), read(store, given_up), read(store, left)),
        (b"a".to_vec(), vec![], vec![])
    );
    assert_ne!(hand_in(store, &[b"d"]), left, "an id is not given twice");
}

fn results_stand_in_for_content(store: &dyn Store) {
    create(store, "ACME", "S", &["f"]);
    let before = hand_in(store, &[b"before"]);
    attach(store, "ACME", "S", "f", before);
    let attached = store.write(|transaction| {
        let activity = transaction.create_activity(&new_activity("ACME"))?;
        transaction.lock_data_file_set("ACME", "S")?;
        let absent = transaction.attach_results("ACME", "S", "g", activity)?;
        Ok((
            activity,
            absent,
            transaction.attach_results("ACME", "S", "f", activity)?,
        ))
    });
    let (activity, absent, done) = attached.expect("attached");
    assert_eq!((absent, done), (DataFileOutcome::Absent, DataFileOutcome::Done));
    assert_eq!(source(store, "S", "f"), DataFileSource::Results { activity });
    assert_eq!(read(store, before), b"");
    let name = DataFileName {
        set: "S".to_owned(),
        file: "f".to_owned(),
    };
    assert_eq!(
        store
            .activity("ACME", activity)
            .expect("read")
            .and_then(|found| found.result_file),
        Some(name)
    );
}
