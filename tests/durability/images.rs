//! A server that is started on the image of its line index decides as one that has read every claim, whatever has become of
//! the image or of the database meanwhile.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reprise_model::ProcessingStatus;
use reprise_store::{ClaimDeletion, ClaimScan, ClaimToWrite, EncodedClaim, ExistingClaims};
use serde_json::json;

use super::database::{Engine, PAYER, Population, open};
use super::server::{Server, serving};
use super::{Chance, until};
use crate::cli::command::REPRISE;

const FROM_IMAGE: &str = "line index from its image";
const NOT_USED: &str = "the image of the line index is not used";

/// The directory of the image of a database.
fn directory(database: &str) -> PathBuf {
    let mut directory = PathBuf::from(Population::file(database));
    directory.as_mut_os_string().push("-index");
    directory
}

fn image(database: &str) -> PathBuf {
    directory(database).join("lines.image")
}

/// What a server answers that depends on every claim.
fn answers(server: &Server) -> Vec<String> {
    let requests = [
        json!({ "processType": "CLAIM" }),
        json!({ "processType": "RESERVATION" }),
        json!({ "processType": "CLAIM", "claimStatus": "FINALIZED" }),
    ];
    let answers = requests.map(|request| server.post("/api/claimsreprocesscount", "", &request));
    answers
        .into_iter()
        .map(|answer| {
            assert_eq!(answer.status, 200, "{}", answer.body);
            answer.body
        })
        .collect()
}

/// What is answered by a server that reads every claim.
fn expected(database: &str) -> Vec<String> {
    let server = Server::on(database, &["--index-image", "none"]);
    let answers = answers(&server);
    let (code, _) = server.end();
    assert_eq!(code, Some(0));
    answers
}

/// What the servers on a database say from start to end, and what they answer.
struct Served {
    said: String,
    answers: Vec<String>,
}

/// Has a server be started, asked, and ended.
#[track_caller]
fn served(database: &str, arguments: &[&str]) -> Served {
    let server = Server::on(database, arguments);
    let answers = answers(&server);
    let mut said = server.last_said();
    let (code, last) = server.end();
    said.extend(last);
    let said = said.join("\n");
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    Served { said, answers }
}

/// A database with an image that a server has left.
fn with_image(population: &Population<'_>) -> String {
    let database = population.database();
    let first = served(&database, &[]);
    assert!(first.said.contains("image of the line index written"), "{}", first.said);
    assert!(!first.said.contains(FROM_IMAGE), "{}", first.said);
    database
}

/// The next server answers as one that reads every claim, and has done so on the image or not; then there is a good one.
#[track_caller]
fn check_next(database: &str, from_image: bool, words: &[&str]) {
    let expected = expected(database);
    let next = served(database, &[]);
    assert_eq!(next.said.contains(FROM_IMAGE), from_image, "{}", next.said);
    for words in words {
        assert!(next.said.contains(words), "`{words}` is not said in: {}", next.said);
    }
    assert_eq!(next.answers, expected);
    let then = served(database, &[]);
    assert!(then.said.contains(FROM_IMAGE), "{}", then.said);
    assert_eq!(then.answers, expected);
    let left: Vec<_> = fs::read_dir(directory(database))
        .expect("read")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(left.len(), 2, "only the image and the lock: {left:?}");
}

fn claims(database: &str) -> Vec<EncodedClaim> {
    let mut claims = Vec::new();
    open(database)
        .scan_claims(ClaimScan::All, &mut |chunk| {
            claims.extend(chunk);
            ControlFlow::Continue(())
        })
        .expect("scanned");
    claims
}

/// Changes some claims and deletes others, as another process does.
fn change(database: &str, changed: usize, deleted: usize) {
    let claims = claims(database);
    let deletions: Vec<ClaimDeletion> = claims[..deleted]
        .iter()
        .map(|claim| ClaimDeletion {
            payer: PAYER.to_owned(),
            id: claim.id,
            seen: claim.change_sequence,
        })
        .collect();
    let written: Vec<ClaimToWrite> = claims[deleted..deleted + changed]
        .iter()
        .map(|encoded| {
            let mut claim = encoded.decode().expect("readable");
            claim.status = match claim.status {
                ProcessingStatus::Finalized => ProcessingStatus::Entry,
                _ => ProcessingStatus::Finalized,
            };
            ClaimToWrite::encode(claim).expect("encodable")
        })
        .collect();
    open(database)
        .write(|transaction| {
            assert!(transaction.delete_claims(&deletions)?.iter().all(|done| *done));
            transaction.write_claims(&written, ExistingClaims::Replace)
        })
        .expect("written");
}

#[test]
fn the_next_server_starts_from_the_image() {
    let population = Population::generated(Engine::Sqlite, 2_500);
    let database = with_image(&population);
    check_next(&database, true, &["changed_since=0"]);
    let server = Server::on(&database, &[]);
    let metrics = server.metrics();
    let bytes = fs::metadata(image(&database)).expect("an image").len();
    assert!(
        metrics.contains(&format!("reprise_index_image_bytes {bytes}\n")),
        "{metrics}"
    );
}

#[test]
fn what_others_have_changed_and_deleted_since_is_taken() {
    let population = Population::generated(Engine::Sqlite, 2_500);
    let database = with_image(&population);
    change(&database, 40, 7);
    check_next(&database, true, &["changed_since=47"]);
}

#[test]
fn a_server_that_is_killed_while_it_writes_leaves_an_image_that_is_good_or_none() {
    let population = Population::generated(Engine::Sqlite, 2_500);
    let database = population.database();
    let mut chance = Chance::new();
    for kill in 0..12 {
        change(&database, 3, 1);
        if kill % 3 == 0 {
            fs::remove_dir_all(directory(&database)).unwrap_or_default();
        }
        let server = Server::listening(&database, serving(REPRISE, &[], &database, &[]));
        if kill % 2 == 0 {
            // As soon as something is being written.
            until("an image is begun", || directory(&database).exists().then_some(()));
        }
        std::thread::sleep(chance.time_below(Duration::from_millis(60)));
        server.kill();
    }
    let last = served(&database, &[]);
    assert_eq!(last.answers, expected(&database), "{}", last.said);
    check_next(&database, true, &[]);
}

/// Puts something else in the place of the image.
fn harm(path: &Path, harm: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).expect("an image");
    harm(&mut bytes);
    fs::write(path, bytes).expect("written");
}

#[test]
fn an_image_that_is_not_what_was_written_is_not_used() {
    type Harm = fn(&mut Vec<u8>);
    let population = Population::generated(Engine::Sqlite, 300);
    let database = with_image(&population);
    let cases: [(Harm, &str); 9] = [
        (|bytes| bytes.truncate(bytes.len() / 2), "it is torn"),
        (|bytes| bytes.truncate(bytes.len() - 1), "it is torn"),
        (Vec::clear, "it is torn"),
        (|bytes| bytes.push(0), "it is torn"),
        (
            |bytes| *bytes = b"notes about something else altogether, long enough".repeat(9),
            "it is something else",
        ),
        (|bytes| bytes[8] += 1, "it is of format"),
        // The id, then the change, then sections, then their digests.
        (|bytes| bytes[12] ^= 1, "the database does not know it"),
        (|bytes| bytes[28] ^= 1, "it is damaged"),
        (|bytes| bytes[3_000] ^= 1, "it is damaged"),
    ];
    for (change, reason) in cases {
        harm(&image(&database), change);
        check_next(&database, false, &[NOT_USED, reason]);
    }
    let digest = |bytes: &mut Vec<u8>| {
        let place = bytes.len() - 30;
        bytes[place] ^= 1;
    };
    harm(&image(&database), digest);
    check_next(&database, false, &[NOT_USED, "it is damaged"]);
    fs::remove_file(image(&database)).expect("removed");
    fs::create_dir(image(&database)).expect("a directory");
    let server = served(&database, &[]);
    assert!(server.said.contains("it is not a file"), "{}", server.said);
    assert!(server.said.contains("is not written"), "{}", server.said);
}

#[test]
fn the_image_of_another_database_is_not_used() {
    let (population, other) = (
        Population::generated(Engine::Sqlite, 300),
        Population::generated(Engine::Sqlite, 200),
    );
    let (database, other) = (with_image(&population), with_image(&other));
    fs::copy(image(&other), image(&database)).expect("copied");
    check_next(&database, false, &[NOT_USED, "the database does not know it"]);
}

#[test]
fn an_image_of_changes_that_a_backup_does_not_have_is_not_used() {
    let population = Population::generated(Engine::Sqlite, 2_500);
    let database = with_image(&population);
    let (file, backup) = (Population::file(&database), population.directory().join("backup.db"));
    let copied = population
        .command(&["backup", "--database", &database, &backup.display().to_string()])
        .output();
    assert!(copied.expect("the command ends").status.success());
    change(&database, 30, 3);
    // This one writes an image of what the backup does not have.
    assert!(served(&database, &[]).said.contains("image of the line index written"));
    fs::copy(&backup, file).expect("restored");
    for log in ["-wal", "-shm"] {
        let mut log_file = file.to_owned();
        log_file.as_mut_os_string().push(log);
        // Of what is no more; it is gone already where the last server has folded it back.
        let _ = fs::remove_file(log_file);
    }
    // As many changes, and others: the number alone would not tell.
    change(&database, 3, 30);
    check_next(&database, false, &[NOT_USED, "the database does not know it"]);
}

#[test]
fn much_that_has_changed_is_read_like_everything() {
    let population = Population::generated(Engine::Sqlite, 200);
    let database = with_image(&population);
    let place = population.directory().join("more.ndjson");
    let output = place.display().to_string();
    for arguments in [
        vec!["generate", "--claims", "25000", "--seed", "9", "--output", &output],
        vec!["import", "--replace", "--database", &database, &output],
    ] {
        let done = population.command(&arguments).output().expect("the command ends");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    check_next(
        &database,
        false,
        &[NOT_USED, "claims have changed since it was written"],
    );
}

#[test]
fn an_image_that_cannot_be_written_is_a_warning_and_nothing_else() {
    let population = Population::generated(Engine::Sqlite, 300);
    let database = population.database();
    let file = population.directory().join("a file");
    fs::write(&file, "").expect("written");
    let below = file.join("index").display().to_string();
    let server = served(&database, &["--index-image", &below]);
    assert!(
        server.said.contains("the image of the line index is not written"),
        "{}",
        server.said
    );
    assert_eq!(server.answers, expected(&database));
    assert!(!directory(&database).exists());
}

#[test]
fn only_the_owner_of_the_image_reads_what_claims_say() {
    use std::os::unix::fs::PermissionsExt as _;
    let population = Population::generated(Engine::Sqlite, 300);
    let database = with_image(&population);
    for (path, mode) in [(directory(&database), 0o700), (image(&database), 0o600)] {
        let found = fs::metadata(&path).expect("there").permissions().mode() & 0o777;
        assert_eq!(found, mode, "{}", path.display());
    }
}
