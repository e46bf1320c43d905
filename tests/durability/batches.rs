//! A batch file of any length takes no more memory than another, and costs what cannot be read of it and no more.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use serde_json::Value;

use super::database::{Engine, Population};
use super::requests::{FILE_PATH, Progress, create_file, data_file, start_import, until_ended};
use super::server::{Server, read_answer};
use super::{say, sized};

/// What a server may take, the rules' compilation and its index included.
const MEMORY_KIB_MAX: u64 = 300 * 1024;
/// How many entries are sent at once.
const ENTRIES_AT_ONCE: u64 = 1_000;
/// How many claims there are.
const CLAIMS: u64 = 2_000;

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// It ends in the middle of its last entry.
    Truncated,
    /// The entry in its middle cannot be read.
    Malformed,
}

/// The most memory that the server has taken so far.
fn memory_kib(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).expect("the server's status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
    number.expect("its memory").trim().parse().expect("a number")
}

/// The entries with these numbers: every claim there is, then unknown ones, and so on.
fn entries(text: &mut String, numbers: std::ops::Range<u64>, malformed: Option<u64>) {
    for number in numbers {
        let place = number % (2 * CLAIMS);
        let known = if place < CLAIMS { 'C' } else { 'X' };
        let name = if malformed == Some(number) { "what" } else { "code" };
        writeln!(
            text,
            "<claim {name}=\"{known}{:08}\"><claimUnfinalizeReasonList><claimUnfinalizeReason code=\"UF1\"/>\
             </claimUnfinalizeReasonList></claim>",
            place % CLAIMS + 1
        )
        .expect("text");
    }
}

/// Hands in a file of so many entries, made up while it is sent.
fn hand_in(server: &Server, count: u64, fault: Fault) -> io::Result<()> {
    let mut stream = server.connect()?;
    write!(
        stream,
        "POST {FILE_PATH} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n{}\r\n",
        server.credentials()
    )?;
    let mut send = |text: &str| write!(stream, "{:x}\r\n{text}\r\n", text.len());
    send("<claimsReprocessRequests>\n")?;
    let malformed = (fault == Fault::Malformed).then_some(count / 2);
    let mut text = String::new();
    for first in (0..count).step_by(usize::try_from(ENTRIES_AT_ONCE).unwrap_or(1)) {
        text.clear();
        let last = count.min(first + ENTRIES_AT_ONCE);
        entries(&mut text, first..last, malformed);
        if last == count && fault == Fault::Truncated {
            text.truncate(text.len() - 20);
        }
        send(&text)?;
    }
    if fault != Fault::Truncated {
        send("</claimsReprocessRequests>\n")?;
    }
    stream.write_all(b"0\r\n\r\n")?;
    let answer = read_answer(&mut stream)?;
    assert_eq!(answer.status, 200, "{}", answer.body);
    Ok(())
}

/// What the answers say: the entries that could not be read, by their places in the answers.
fn unread(answers: &str) -> Vec<(usize, Value)> {
    let entries = answers.lines().enumerate();
    let unread = entries.filter(|(_, entry)| entry.contains("\"elementId\":\"\""));
    unread
        .map(|(place, entry)| (place, serde_json::from_str(entry).expect("JSON")))
        .collect()
}

fn check(fault: Fault) -> (u64, Progress, Vec<(usize, Value)>) {
    let count = sized(20_000, 2_000_000);
    let population = Population::generated(Engine::Sqlite, CLAIMS);
    let server = Server::on(&population.database(), &[]);
    create_file(&server);
    hand_in(&server, count, fault).expect("handed in");
    let location = start_import(&server).location();
    let progress = until_ended(&server, &location);
    let answers = data_file(&server, &location, "application/json");
    let memory_kib = memory_kib(&server);
    say(&format!(
        "batch of {count} entries, {fault:?}: {} MiB",
        memory_kib / 1024
    ));
    assert!(memory_kib <= MEMORY_KIB_MAX, "{memory_kib} KiB");
    assert_eq!(progress.handled(), answers.lines().count() as u64);
    (count, progress, unread(&answers))
}

#[test]
fn a_long_batch_file_takes_no_more_memory_than_another() {
    let (count, progress, unread) = check(Fault::None);
    assert_eq!(progress.handled(), count);
    assert_eq!(unread, []);
}

#[test]
fn a_long_batch_file_that_ends_in_the_middle_is_done_to_there() {
    let (count, progress, unread) = check(Fault::Truncated);
    assert_eq!(progress.status, "completed with errors");
    // All but the last entry, and a word about the end.
    assert_eq!(progress.handled(), count);
    assert_eq!(unread.len(), 1, "{unread:?}");
    assert_eq!(unread[0].0 as u64, count - 1);
}

#[test]
fn an_entry_in_the_middle_of_a_long_batch_file_that_cannot_be_read_costs_that_entry() {
    let (count, progress, unread) = check(Fault::Malformed);
    assert_eq!(progress.handled(), count);
    assert_eq!(unread.len(), 1, "{unread:?}");
    assert_eq!(unread[0].0 as u64, count / 2);
    let text = unread[0].1["messages"][0]["text"].as_str().expect("a text");
    assert!(text.contains("what"), "{text}");
}
