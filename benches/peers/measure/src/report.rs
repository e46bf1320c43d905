//! What was measured, as a page for `docs/` and for the terminal: losses are shown like wins.

use std::fmt::Write as _;
use std::time::Duration;

use crate::times::{median, shown, spread, times_as_fast};

use crate::peers::Peer;
use crate::turns::{Measured, Row};

/// What a page says of the peers that hold tables.
pub(crate) fn of_questions(measured: &Measured, peers: &[Box<dyn Peer>], lines: usize) -> String {
    let mut page = String::new();
    for (question, hits) in &measured.hits {
        let rows: Vec<_> = measured.rows.iter().filter(|row| row.question == *question).collect();
        let _ = write!(
            page,
            "\n### {question}\n\n{hits} claims are hit.\n\n\
             | who | median | least to most | lines a second | Reprise with as many threads is | its prefilter off | formulation kept |\n\
             |---|---:|---:|---:|---:|---:|---|\n"
        );
        for row in &rows {
            let name = peers[row.peer].name();
            if let Some(reason) = &row.void {
                let reason = reason.replace(['\n', '|'], " ");
                let _ = writeln!(page, "| {name} | void | | | | | {reason} |");
                continue;
            }
            let (Some(time), Some(kept)) = (median(&row.times), row.kept) else {
                continue;
            };
            let _ = writeln!(
                page,
                "| {name} | {} | {} | {} | {} | {} | {} |",
                shown(time),
                spread(&row.times),
                rate(lines, time),
                ratio(row, &rows, peers, false),
                ratio(row, &rows, peers, true),
                row.tried[kept].0.name
            );
        }
    }
    page
}

/// Who was measured, and how long each took to take the tables in.
pub(crate) fn of_peers(peers: &[Box<dyn Peer>]) -> String {
    let mut page = "| who | taking in the tables, with indexes | set up |\n|---|---:|---|\n".to_owned();
    for peer in peers {
        let _ = writeln!(
            page,
            "| {} | {:.1} s | {} |",
            peer.name(),
            peer.loading().as_secs_f64(),
            peer.about()
        );
    }
    page
}

/// The statements that were kept.
pub(crate) fn of_statements(measured: &Measured, peers: &[Box<dyn Peer>]) -> String {
    let mut page = String::new();
    for row in &measured.rows {
        let Some((formulation, _)) = row.kept.map(|kept| &row.tried[kept]) else {
            continue;
        };
        if formulation.count.starts_with("SELECT") {
            let _ = write!(
                page,
                "\n{}, {}: {}\n\n```sql\n{}\n```\n",
                row.question,
                peers[row.peer].name(),
                formulation.name,
                formulation.count
            );
        }
    }
    page
}

/// Reprise against this row, with the same number of threads, with its prefilter or without.
fn ratio(row: &Row, rows: &[&Row], peers: &[Box<dyn Peer>], prefilter_off: bool) -> String {
    let name = peers[row.peer].name();
    if name.starts_with("Reprise, ") {
        return String::new();
    }
    let threads = |name: &str| {
        name.split(", ")
            .nth(1)
            .and_then(|threads| threads.split(' ').next())
            .map(str::to_owned)
    };
    let ours = rows.iter().find(|row| {
        let own = peers[row.peer].name();
        own.starts_with("Reprise, ")
            && own.ends_with("prefilter off") == prefilter_off
            && threads(&own) == threads(&name)
    });
    let ours = ours.and_then(|row| median(&row.times));
    match (ours, median(&row.times)) {
        (Some(ours), Some(theirs)) => times_as_fast(ours.as_secs_f64(), theirs.as_secs_f64()),
        _ => String::new(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn rate(lines: usize, time: Duration) -> String {
    format!("{:.0} M", lines as f64 / time.as_secs_f64() / 1e6)
}
