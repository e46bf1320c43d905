//! What is particular to PostgreSQL: several hosts, lost connections, other databases; and the story that every back end
//! plays.

use std::ops::ControlFlow;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use reprise_model::{Claim, ReferenceKind};
use reprise_test_postgres::{Cluster, shared};

use super::{Postgres, parse};
use crate::conformance::claims::{claim, write};
use crate::conformance::{create_activity, done};
use crate::{
    ClaimScan, ClaimToWrite, ExistingClaims, IntakeQuery, NewEvent, Store, StoreError, WriteOutcome, WriteTransaction,
    conformance,
};

fn open(url: &str) -> Postgres {
    Postgres::open(parse(url).expect("a URL")).expect("opened")
}

fn refusal(url: &str) -> String {
    let opened = parse(url).map(Postgres::open).expect("a URL");
    opened.err().expect("refused").to_string()
}

fn encoded(code: &str) -> [ClaimToWrite; 1] {
    [ClaimToWrite::encode(claim("ACME", code, "")).expect("encodable")]
}

/// Writes a claim and an event about it, without committing.
fn write_both(transaction: &mut dyn WriteTransaction, code: &str) {
    let event = NewEvent {
        payer: "ACME".to_owned(),
        kind: "claim.changed",
        claim: 1,
        details: "{}".to_owned(),
    };
    transaction
        .write_claims(&encoded(code), ExistingClaims::Refuse)
        .and_then(|_| transaction.append_events(&[event]))
        .expect("written");
}

/// Ends every connection to a database but that of who asks.
fn end_connections(cluster: &Cluster, url: &str) {
    let others = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
                  WHERE datname = current_database() AND pid <> pg_backend_pid()";
    cluster.execute(url, others);
}

#[test]
fn plays_the_story_of_every_back_end() {
    let Some(cluster) = shared() else { return };
    conformance::run(&|| Arc::new(open(&cluster.create_database())));
}

#[test]
fn what_was_committed_is_there_after_closing() {
    let Some(cluster) = shared() else { return };
    let url = cluster.create_database();
    write(&open(&url), vec![claim("ACME", "C1", "a")], ExistingClaims::Refuse);
    let store = open(&url);
    assert_eq!((store.claim_count(None), store.change_sequence()), (Ok(1), Ok(1)));
}

#[test]
fn many_hosts_may_open_and_write_one_database_at_once() {
    let Some(cluster) = shared() else { return };
    many_hosts_write_at_once(&cluster.create_database());
}

#[test]
fn what_the_server_does_by_default_with_transactions_is_all_the_same() {
    let Some(cluster) = shared() else { return };
    for isolation in ["read uncommitted", "repeatable read", "serializable"] {
        let url = cluster.create_database();
        let set = format!(
            "DO $$ BEGIN
                 EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = ''{isolation}''', current_database());
             END $$"
        );
        cluster.execute(&url, &set);
        let shown = cluster.execute(&url, "SHOW default_transaction_isolation");
        assert_eq!(shown.trim(), isolation);
        many_hosts_write_at_once(&url);
    }
}

/// Whoever waited for the writer before sees what that one has written: the claims have numbers of their own.
fn many_hosts_write_at_once(url: &str) {
    thread::scope(|scope| {
        for host in 0..6 {
            scope.spawn(move || {
                let store = open(url);
                for number in 0..5 {
                    let claims = vec![claim("ACME", &format!("C{host}-{number}"), "")];
                    assert_eq!(write(&store, claims, ExistingClaims::Refuse), [WriteOutcome::Inserted]);
                }
            });
        }
    });
    let store = open(url);
    assert_eq!((store.claim_count(None), store.change_sequence()), (Ok(30), Ok(30)));
}

#[test]
fn what_one_host_commits_the_other_sees_while_it_reads() {
    let Some(cluster) = shared() else { return };
    let url = cluster.create_database();
    let (reader, writer) = (open(&url), open(&url));
    let mut transaction = writer.begin_write().expect("begun");
    write_both(transaction.as_mut(), "C1");
    assert_eq!((reader.change_sequence(), reader.claim_count(None)), (Ok(0), Ok(0)));
    assert_eq!(
        (reader.event_position(), reader.events("ACME", 0, 9)),
        (Ok(0), Ok(vec![]))
    );
    transaction.commit().expect("committed");
    assert_eq!((reader.change_sequence(), reader.claim_count(None)), (Ok(1), Ok(1)));
    assert_eq!(reader.event_position(), Ok(1));
}

#[test]
fn no_number_appears_below_one_that_was_seen_however_late_a_writer_commits() {
    let Some(cluster) = shared() else { return };
    let url = cluster.create_database();
    let (early, late, reader) = (open(&url), open(&url), open(&url));
    let mut first = late.begin_write().expect("begun");
    write_both(first.as_mut(), "LATE");
    let (begun, was_begun) = mpsc::channel();
    thread::scope(|scope| {
        // It asks to write while the first has taken its numbers and not committed.
        let second = scope.spawn(|| {
            begun.send(()).expect("heard");
            let mut second = early.begin_write().expect("begun");
            write_both(second.as_mut(), "EARLY");
            second.commit().expect("committed");
        });
        was_begun.recv().expect("told");
        thread::sleep(Duration::from_millis(50));
        assert!(!second.is_finished(), "two writers at once");
        assert_eq!((reader.change_sequence(), reader.event_position()), (Ok(0), Ok(0)));
        first.commit().expect("committed");
    });
    let mut codes = Vec::new();
    reader
        .scan_claims(ClaimScan::ChangedAfter(0), &mut |chunk| {
            codes.extend(
                chunk
                    .iter()
                    .map(|row| (row.change_sequence, row.decode().expect("a claim").code)),
            );
            ControlFlow::Continue(())
        })
        .expect("scanned");
    assert_eq!(codes, [(1, "LATE".to_owned()), (2, "EARLY".to_owned())]);
    let positions: Vec<_> = reader
        .events("ACME", 0, 9)
        .expect("read")
        .iter()
        .map(|event| event.position)
        .collect();
    assert_eq!(positions, [1, 2]);
}

#[test]
fn who_writes_while_another_host_does_is_told_when_the_wait_is_over() {
    let Some(cluster) = shared() else { return };
    let url = cluster.create_database();
    let (one, other) = (open(&url), open(&url));
    let shorten = "SET lock_timeout = '10ms'";
    other
        .writer
        .session()
        .as_mut()
        .expect("open")
        .batch(shorten)
        .expect("set");
    let transaction = one.begin_write().expect("begun");
    assert_eq!(other.begin_write().err(), Some(StoreError::Busy { waited_s: 15 }));
    assert_eq!(other.claim_count(None), Ok(0), "readers do not wait");
    drop(transaction);
    assert!(other.begin_write().is_ok());
}

#[test]
fn a_connection_that_ends_in_a_transaction_takes_all_of_it_along() {
    let Some(cluster) = shared() else { return };
    let url = cluster.create_database();
    let store = open(&url);
    for at_commit in [false, true] {
        let mut transaction = store.begin_write().expect("begun");
        write_both(transaction.as_mut(), "C1");
        end_connections(cluster, &url);
        if !at_commit {
            let failed = transaction.write_claims(&encoded("C2"), ExistingClaims::Refuse);
            assert!(matches!(failed, Err(StoreError::Unavailable { .. })), "{failed:?}");
            let next = transaction.write_claims(&encoded("C3"), ExistingClaims::Refuse);
            assert!(next.is_err(), "nothing more is accepted");
        }
        assert!(transaction.commit().is_err());
        assert_eq!(
            (store.claim_count(None), store.change_sequence(), store.event_position()),
            (Ok(0), Ok(0), Ok(0))
        );
    }
    let written = write(&store, vec![claim("ACME", "C1", "a")], ExistingClaims::Refuse);
    assert_eq!(written, [WriteOutcome::Inserted]);
}

#[test]
fn idle_connections_that_ended_are_made_anew_unnoticed() {
    let Some(cluster) = shared() else { return };
    let url = cluster.create_database();
    let store = open(&url);
    write(&store, vec![claim("ACME", "C1", "a")], ExistingClaims::Refuse);
    let scan = || store.scan_claims(ClaimScan::All, &mut |_| ControlFlow::Continue(()));
    assert_eq!((store.claim_count(None), scan()), (Ok(1), Ok(1)));
    end_connections(cluster, &url);
    assert_eq!(store.claim_count(None), Ok(1));
    end_connections(cluster, &url);
    assert_eq!(scan(), Ok(1));
    end_connections(cluster, &url);
    assert!(store.begin_write().is_ok());
}

#[test]
fn a_server_that_stops_is_unavailable_and_used_again_when_it_is_back() {
    let Some(mut cluster) = Cluster::start() else { return };
    let store = open(&cluster.create_database());
    write(&store, vec![claim("ACME", "C1", "a")], ExistingClaims::Refuse);
    assert_eq!(store.claim_count(None), Ok(1));
    let mut transaction = store.begin_write().expect("begun");
    write_both(transaction.as_mut(), "C2");
    cluster.stop();
    for said in [
        transaction.commit().expect_err("stopped"),
        store.claim_count(None).expect_err("stopped"),
        store.begin_write().err().expect("stopped"),
    ] {
        assert!(matches!(said, StoreError::Unavailable { .. }), "{said}");
    }
    cluster.start_again();
    assert_eq!((store.claim_count(None), store.event_position()), (Ok(1), Ok(0)));
    let written = write(&store, vec![claim("ACME", "C2", "a")], ExistingClaims::Refuse);
    assert_eq!(written, [WriteOutcome::Inserted]);
}

#[test]
fn a_database_that_will_not_do_is_refused_with_what_would() {
    let Some(cluster) = shared() else { return };
    let absent = cluster.url("absent");
    assert!(
        refusal(&absent).contains("`createdb --encoding=UTF8 absent`"),
        "{}",
        refusal(&absent)
    );
    let elsewhere = "postgres://ann:secret@127.0.0.1:1/reprise?connect_timeout=2";
    let said = refusal(elsewhere);
    assert!(
        said.contains("`127.0.0.1:1`") && said.contains("running") && !said.contains("secret"),
        "{said}"
    );

    let something_else = cluster.create_database();
    cluster.execute(&something_else, "CREATE TABLE recipe (name text)");
    assert!(refusal(&something_else).contains("tables of something else"));

    let latin = cluster.create_database();
    cluster.execute(&latin, "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0");
    assert!(refusal(&cluster.url("latin")).contains("keeps text as LATIN1"));

    let not_ours = cluster.create_database();
    cluster.execute(&not_ours, "CREATE ROLE guest LOGIN");
    let as_guest = not_ours.replace("user=reprise", "user=guest");
    assert!(refusal(&as_guest).contains("make the user of the URL the owner"));
}

#[test]
fn a_newer_schema_is_refused() {
    let Some(cluster) = shared() else { return };
    let url = cluster.create_database();
    drop(open(&url));
    cluster.execute(
        &url,
        "INSERT INTO schema_migration (number, name) VALUES (99, 'from the future')",
    );
    let opened = Postgres::open(parse(&url).expect("a URL")).err();
    assert!(
        matches!(opened, Some(StoreError::NewerSchema { found: 99, .. })),
        "{opened:?}"
    );
}

#[test]
fn a_damaged_claim_is_told_with_its_id() {
    let Some(cluster) = shared() else { return };
    let url = cluster.create_database();
    let store = open(&url);
    write(&store, vec![claim("ACME", "C1", "a")], ExistingClaims::Refuse);
    for damage in ["UPDATE claim SET body = '\\x01FFFF'", "UPDATE claim SET body = NULL"] {
        cluster.execute(&url, damage);
        let error = store.claim_by_code("ACME", "C1").expect_err("unreadable");
        assert!(matches!(&error, StoreError::Corrupt { what } if what.contains("a claim") || what.contains("id 1")));
    }
}

#[test]
fn an_activity_with_a_damaged_bookmark_does_not_keep_others_waiting() {
    let Some(cluster) = shared() else { return };
    let url = cluster.create_database();
    let store = open(&url);
    let (damaged, other) = (create_activity(&store, "ACME"), create_activity(&store, "ACME"));
    cluster.execute(
        &url,
        &format!("UPDATE activity SET bookmark = '{{' WHERE id = {damaged}"),
    );
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
    let Some(cluster) = shared() else { return };
    let store = open(&cluster.create_database());
    let panicked = thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let mut transaction = store.begin_write().expect("begun");
            write_both(transaction.as_mut(), "C1");
            assert_eq!(
                transaction.write_claims(&[], ExistingClaims::Refuse),
                Ok(vec![WriteOutcome::Inserted])
            );
        });
        writing.join().is_err()
    });
    assert!(panicked);
    assert_eq!(store.claim_count(None), Ok(0));
    let written = write(&store, vec![claim("ACME", "C1", "a")], ExistingClaims::Refuse);
    assert_eq!(written, [WriteOutcome::Inserted]);
}

#[test]
fn a_commit_whose_answer_was_lost_is_asked_for() {
    let Some(cluster) = shared() else { return };
    let url = cluster.create_database();
    let store = open(&url);
    let committed = cluster.execute(&url, "SELECT pg_current_xact_id()");
    let rolled_back = cluster.execute(&url, "BEGIN; SELECT pg_current_xact_id(); ROLLBACK");
    let transaction = store.writer.begin().expect("begun");
    assert_eq!(transaction.was_kept(committed.trim()), Ok(true));
    assert_eq!(transaction.was_kept(rolled_back.trim()), Ok(false));
}

#[test]
fn nothing_is_found_under_a_text_that_cannot_be_kept() {
    let Some(cluster) = shared() else { return };
    let store = open(&cluster.create_database());
    write(&store, vec![claim("ACME", "C1", "a")], ExistingClaims::Refuse);
    assert_eq!(store.claim_by_code("ACME", "C1\0"), Ok(None));
    assert_eq!(
        store.claims_by_code("ACME", &["\0", "C1"]).map(|found| found.len()),
        Ok(1)
    );
    assert_eq!(store.reference_exists("ACME", ReferenceKind::Product, "\0"), Ok(false));
    assert_eq!(store.data_file("ACME", "\0", "f"), Ok(None));
    let asked = (&store as &dyn Store).write(|transaction| transaction.lock_data_file_set("ACME", "\0"));
    assert!(
        asked
            .expect_err("refused")
            .to_string()
            .contains("a text cannot be kept")
    );
}

#[test]
fn content_that_is_old_and_no_data_files_is_discarded() {
    let Some(cluster) = shared() else { return };
    let url = cluster.create_database();
    let store = open(&url);
    let day = Duration::from_secs(24 * 60 * 60);
    let [_, old] = [(); 2].map(|()| done(&store, |transaction| transaction.create_content()));
    let discard = || done(&store, |transaction| transaction.discard_unattached_content(day));
    let grow_old = |by_ms: u64| {
        let sql = format!(
            "UPDATE content SET created_at_ms = created_at_ms - {by_ms} WHERE id = {}",
            old.0
        );
        cluster.execute(&url, &sql);
    };
    grow_old(23 * 60 * 60 * 1000);
    assert_eq!(discard(), 0);
    grow_old(60 * 60 * 1000);
    assert_eq!((discard(), discard()), (1, 0));
    assert_eq!(cluster.execute(&url, "SELECT count(*) FROM content").trim(), "1");
}

/// Makes a database of the first schema, with a row of content that is no data file's, and these claims of ACME's.
fn create_first(cluster: &Cluster, claims: &[(i64, Vec<u8>)]) -> String {
    let url = cluster.create_database();
    let first = format!(
        "{}; CREATE TABLE schema_migration (number bigint PRIMARY KEY, name text NOT NULL,
                                            applied_at timestamptz NOT NULL DEFAULT clock_timestamp());
         COMMENT ON TABLE schema_migration IS 'the schema of Reprise';
         INSERT INTO schema_migration (number, name) VALUES (1, 'start');
         INSERT INTO payer VALUES (1, 'ACME');
         INSERT INTO content DEFAULT VALUES",
        include_str!("../../migrations/postgres/0001_start.sql")
            .trim_end()
            .trim_end_matches(';')
    );
    cluster.execute(&url, &first);
    for (id, body) in claims {
        let body: String = body.iter().map(|byte| format!("{byte:02x}")).collect();
        let insert = format!("INSERT INTO claim VALUES ({id}, 1, 1, 'C{id}', decode('{body}', 'hex'))");
        cluster.execute(&url, &insert);
    }
    url
}

#[test]
fn content_of_the_first_schema_may_still_be_coming_in() {
    let Some(cluster) = shared() else { return };
    let store = open(&create_first(cluster, &[]));
    let discard = |older_than| done(&store, |transaction| transaction.discard_unattached_content(older_than));
    assert_eq!(discard(Duration::from_secs(60 * 60)), 0);
    assert_eq!(discard(Duration::ZERO), 1);
}

#[test]
fn claims_of_an_older_schema_are_found_by_what_they_have_at_intake() {
    let Some(cluster) = shared() else { return };
    let of_the_payer = || claim("ACME", "C", "");
    let claims = [
        of_the_payer(),
        serde_json::from_str(include_str!("../../golden/claim.json")).expect("a claim"),
        Claim {
            procedures: vec!["12858".to_owned()],
            ..of_the_payer()
        },
        Claim {
            patient: Some("1337".to_owned()),
            ..of_the_payer()
        },
    ];
    let bodies = claims.map(|claim| ClaimToWrite::encode(claim).expect("encodable").body);
    let store = open(&create_first(cluster, &Vec::from_iter((1..).zip(bodies))));
    let ids = |rows: Vec<crate::EncodedClaim>| rows.iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(
        ids(store.claims_with_procedures("ACME", &["12858"]).expect("read")),
        [2, 3]
    );
    let query = IntakeQuery {
        patient: Some("1337"),
        status: None,
        edited_from_ms: None,
        after: 0,
        offset: 0,
        limit: 10,
    };
    assert_eq!(ids(store.intake_claims("ACME", &query).expect("read")), [2]);
    assert_eq!(store.change_sequence(), Ok(0), "no claim has changed");
}

#[test]
fn a_claim_that_cannot_be_taken_over_leaves_the_database_as_it_was() {
    let Some(cluster) = shared() else { return };
    let full: Claim = serde_json::from_str(include_str!("../../golden/claim.json")).expect("a claim");
    let mut body = ClaimToWrite::encode(full).expect("encodable").body;
    let place = body
        .windows(3)
        .rposition(|bytes| *bytes == [1, 1, b'W'])
        .expect("a status");
    body[place + 2] = b'X';
    let url = create_first(cluster, &[(8, body)]);
    let sentence = refusal(&url);
    for words in ["id 8", "`claimStatus` is none of U", "with `--replace`"] {
        assert!(sentence.contains(words), "{sentence}");
    }
    let last = cluster.execute(&url, "SELECT max(number) FROM schema_migration");
    assert_eq!(last.trim(), "1");
}

#[test]
fn a_copy_is_the_business_of_pg_dump() {
    let Some(cluster) = shared() else { return };
    let url = cluster.create_database();
    let store = open(&url);
    for refused in [store.back_up("copy".as_ref()), crate::back_up(&url, "copy".as_ref())] {
        let said = refused.expect_err("refused").to_string();
        assert!(said.contains("pg_dump"), "{said}");
    }
    assert!(store.begin_serving().is_ok() && store.begin_serving().is_ok());
}
