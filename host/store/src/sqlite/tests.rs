//! What is particular to SQLite: the file, several handles on it, a full disk; and the story that every back end plays.

use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rusqlite::Connection;
use tempfile::TempDir;

use super::Sqlite;
use crate::conformance::claims::{claim, write};
use crate::conformance::create_activity;
use crate::{
    ClaimChange, ClaimToWrite, ExistingClaims, NewEvent, NewHistoryEntry, Store, StoreError, WriteOutcome, conformance,
};

fn directory() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("reprise.db");
    (directory, path)
}

fn sentence(opened: Result<Sqlite, StoreError>) -> String {
    opened.err().expect("refused").to_string()
}

/// Lets the file have so many pages. SQLite raises a limit below the present size to that size: not a page more.
fn limit_pages(store: &Sqlite, pages: &str) {
    let writer = store.writer.lock().expect("a lock");
    writer
        .execute_batch(&format!("PRAGMA max_page_count = {pages}"))
        .expect("limited");
}

#[test]
fn plays_the_story_of_every_back_end() {
    let directories = RefCell::new(Vec::new());
    conformance::run(&|| {
        let (directory, path) = directory();
        directories.borrow_mut().push(directory);
        Arc::new(Sqlite::open(&path).expect("opened"))
    });
}

#[test]
fn what_was_committed_is_there_after_closing() {
    let (_directory, path) = directory();
    let store = Sqlite::open(&path).expect("opened");
    write(&store, vec![claim("ACME", "C1", "a")], ExistingClaims::Refuse);
    drop(store);
    let store = Sqlite::open(&path).expect("opened again");
    assert_eq!((store.claim_count(None), store.change_sequence()), (Ok(1), Ok(1)));
}

#[test]
fn many_handles_may_open_and_write_one_file_at_once() {
    let (_directory, path) = directory();
    thread::scope(|scope| {
        for handle in 0..6 {
            let path = &path;
            scope.spawn(move || {
                let store = Sqlite::open(path).expect("opened");
                for number in 0..5 {
                    let claims = vec![claim("ACME", &format!("C{handle}-{number}"), "")];
                    assert_eq!(write(&store, claims, ExistingClaims::Refuse), [WriteOutcome::Inserted]);
                }
            });
        }
    });
    let store = Sqlite::open(&path).expect("opened");
    assert_eq!((store.claim_count(None), store.change_sequence()), (Ok(30), Ok(30)));
}

#[test]
fn what_one_handle_commits_the_other_sees_while_it_reads() {
    let (_directory, path) = directory();
    let (reader, writer) = (
        Sqlite::open(&path).expect("opened"),
        Sqlite::open(&path).expect("opened"),
    );
    let mut transaction = writer.begin_write().expect("begun");
    let claims = [ClaimToWrite::encode(claim("ACME", "C1", "a")).expect("encodable")];
    transaction
        .write_claims(&claims, ExistingClaims::Refuse)
        .expect("written");
    assert_eq!((reader.change_sequence(), reader.claim_count(None)), (Ok(0), Ok(0)));
    transaction.commit().expect("committed");
    assert_eq!((reader.change_sequence(), reader.claim_count(None)), (Ok(1), Ok(1)));
}

#[test]
fn who_writes_while_another_process_does_is_told_when_the_wait_is_over() {
    let (_directory, path) = directory();
    let (one, other) = (
        Sqlite::open(&path).expect("opened"),
        Sqlite::open(&path).expect("opened"),
    );
    other
        .writer
        .lock()
        .expect("a lock")
        .busy_timeout(Duration::from_millis(10))
        .expect("set");
    let transaction = one.begin_write().expect("begun");
    assert_eq!(other.begin_write().err(), Some(StoreError::Busy { waited_s: 15 }));
    drop(transaction);
    assert!(other.begin_write().is_ok());
}

#[test]
fn a_full_disk_leaves_everything_as_it_was() {
    let (_directory, path) = directory();
    let store = Sqlite::open(&path).expect("opened");
    write(&store, vec![claim("ACME", "C1", "a")], ExistingClaims::Refuse);
    limit_pages(&store, "1");
    let many: Vec<_> = (0..5000)
        .map(|number| ClaimToWrite::encode(claim("ACME", &format!("D{number}"), "")).expect("encodable"))
        .collect();
    let mut transaction = store.begin_write().expect("begun");
    assert_eq!(
        transaction.write_claims(&many, ExistingClaims::Refuse),
        Err(StoreError::DiskFull)
    );
    // Whatever SQLite did with the transaction, what comes after the failure is not kept alone.
    assert!(transaction.write_claims(&many[..1], ExistingClaims::Refuse).is_err());
    assert!(transaction.commit().is_err());
    assert_eq!((store.claim_count(None), store.change_sequence()), (Ok(1), Ok(1)));

    limit_pages(&store, "1000000");
    let outcomes = store.begin_write().and_then(|mut transaction| {
        let outcomes = transaction.write_claims(&many, ExistingClaims::Refuse)?;
        transaction.commit()?;
        Ok(outcomes)
    });
    assert_eq!(outcomes, Ok(vec![WriteOutcome::Inserted; 5000]));
}

#[test]
fn a_full_disk_in_the_middle_of_changes_leaves_everything_as_it_was() {
    let (_directory, path) = directory();
    let store = Sqlite::open(&path).expect("opened");
    let claims = (1..=500)
        .map(|number| claim("ACME", &format!("C{number}"), "a"))
        .collect();
    write(&store, claims, ExistingClaims::Refuse);
    let ids: Vec<i64> = (1..=500).collect();
    let before = store.claims_by_id("ACME", &ids).expect("read");
    let changes: Vec<_> = before
        .iter()
        .map(|row| {
            let mut claim = row.decode().expect("readable");
            claim.messages.push("m".repeat(2000));
            ClaimChange {
                id: row.id,
                seen: row.change_sequence,
                claim: ClaimToWrite::encode(claim).expect("encodable"),
            }
        })
        .collect();
    let entries: Vec<_> = ids
        .iter()
        .map(|id| NewHistoryEntry {
            claim: *id,
            operation: "reprocess",
            user: "jane".to_owned(),
            activity: None,
            details: "{}".to_owned(),
        })
        .collect();
    let event = NewEvent {
        payer: "ACME".to_owned(),
        kind: "claim.resubmitted",
        claim: 1,
        details: "{}".to_owned(),
    };
    limit_pages(&store, "1");
    let mut transaction = store.begin_write().expect("begun");
    assert_eq!(transaction.append_events(std::slice::from_ref(&event)), Ok(()));
    assert_eq!(transaction.change_claims(&changes), Err(StoreError::DiskFull));
    assert!(transaction.append_history(&entries).is_err());
    assert!(transaction.commit().is_err());
    assert_eq!(store.claims_by_id("ACME", &ids), Ok(before));
    assert_eq!((store.change_sequence(), store.event_position()), (Ok(1), Ok(0)));
    assert_eq!(store.claim_history("ACME", 1, 0, 10), Ok(Vec::new()));

    limit_pages(&store, "1000000");
    let store: &dyn Store = &store;
    let changed = store.write(|transaction| {
        transaction.append_events(&[event])?;
        transaction.append_history(&entries)?;
        transaction.change_claims(&changes)
    });
    assert_eq!(changed, Ok(vec![true; 500]));
    assert_eq!((store.change_sequence(), store.event_position()), (Ok(2), Ok(1)));
}

#[test]
fn a_file_that_is_something_else_is_refused_and_left_alone() {
    let (directory, path) = directory();
    let text = directory.path().join("notes.txt");
    fs::write(&text, "not a database, but long enough to look at: ".repeat(100)).expect("a file");
    let other = directory.path().join("other.db");
    Connection::open(&other)
        .expect("opened")
        .execute_batch("CREATE TABLE recipe (name TEXT)")
        .expect("created");
    let absent = directory.path().join("absent").join("reprise.db");
    for (path, words) in [
        (&text, "notes.txt` is not an SQLite database"),
        (&other, "other.db` is an SQLite database of something else"),
        (&absent, "check that its directory exists"),
        (&directory.path().to_owned(), "cannot be opened"),
    ] {
        let before = fs::read(path).ok();
        let sentence = sentence(Sqlite::open(path));
        assert!(sentence.contains(words), "{sentence}");
        assert_eq!(fs::read(path).ok(), before, "{}", path.display());
    }
    Sqlite::open(&path).expect("a new one beside them");
}

#[test]
fn a_newer_schema_is_refused() {
    let (_directory, path) = directory();
    drop(Sqlite::open(&path).expect("opened"));
    let connection = Connection::open(&path).expect("opened");
    connection
        .execute("INSERT INTO schema_migration VALUES (99, 'from the future', 0)", [])
        .expect("inserted");
    let opened = Sqlite::open(&path).err();
    assert!(
        matches!(opened, Some(StoreError::NewerSchema { found: 99, .. })),
        "{opened:?}"
    );
}

#[test]
fn a_damaged_claim_is_told_with_its_id() {
    let (_directory, path) = directory();
    let store = Sqlite::open(&path).expect("opened");
    write(&store, vec![claim("ACME", "C1", "a")], ExistingClaims::Refuse);
    for damage in ["UPDATE claim SET body = x'01FFFF'", "UPDATE claim SET body = NULL"] {
        store
            .writer
            .lock()
            .expect("a lock")
            .execute_batch(damage)
            .expect("damaged");
        let error = store.claim_by_code("ACME", "C1").expect_err("unreadable");
        assert!(matches!(&error, StoreError::Corrupt { what } if what.contains("a claim") || what.contains("id 1")));
    }
}

#[test]
fn an_activity_with_a_damaged_bookmark_does_not_keep_others_waiting() {
    let (_directory, path) = directory();
    let store = Sqlite::open(&path).expect("opened");
    let (damaged, other) = (create_activity(&store, "ACME"), create_activity(&store, "ACME"));
    store
        .writer
        .lock()
        .expect("a lock")
        .execute("UPDATE activity SET bookmark = '{' WHERE id = ?1", [damaged])
        .expect("damaged");
    let queued = store.queued_activities().expect("read");
    let found: Vec<_> = queued
        .iter()
        .map(|activity| (activity.id, activity.bookmark.clone()))
        .collect();
    assert_eq!(found, [(damaged, Some(serde_json::Value::Null)), (other, None)]);
    let error = store.activity("ACME", damaged).expect_err("unreadable");
    assert!(
        matches!(&error, StoreError::Corrupt { what } if what.contains("the bookmark of activity")),
        "{error}"
    );
}

#[test]
fn a_panic_while_writing_leaves_the_store_usable() {
    let (_directory, path) = directory();
    let store = Sqlite::open(&path).expect("opened");
    let panicked = thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let mut transaction = store.begin_write().expect("begun");
            let claims = [ClaimToWrite::encode(claim("ACME", "C1", "a")).expect("encodable")];
            transaction
                .write_claims(&claims, ExistingClaims::Refuse)
                .expect("written");
            assert_eq!(claims.len(), 2, "on purpose");
        });
        writing.join().is_err()
    });
    assert!(panicked);
    assert_eq!(store.claim_count(None), Ok(0));
    assert_eq!(
        write(&store, vec![claim("ACME", "C1", "a")], ExistingClaims::Refuse),
        [WriteOutcome::Inserted]
    );
}
