//! What was measured, as a part of the page.

use std::fmt::Write as _;
use std::time::Duration;

use crate::times::{median, shown, times_as_fast};

use super::turns::{Measured, Trouble};

/// A table for each workload.
pub(crate) fn of(measured: &[Measured]) -> String {
    let mut page = "## Rule engines\n".to_owned();
    for measured in measured {
        let _ = write!(
            page,
            "\n### {}\n\n{} decisions in each turn, on one thread.\n\n\
             | who | median for one decision | least to most | Reprise in batches is | Reprise one by one is | how |\n\
             |---|---:|---:|---:|---:|---|\n",
            measured.title, measured.decisions
        );
        let one = |time: Duration| per_decision(time, measured.decisions);
        let ours: Vec<_> = measured.rows.iter().take(2).map(|row| median(&row.times)).collect();
        for (number, row) in measured.rows.iter().enumerate() {
            let time = median(&row.times);
            match (&row.trouble, time) {
                (Some(Trouble::Void(reason)), _) => {
                    let _ = writeln!(page, "| {} | void | | | | {reason} |", row.name);
                }
                (Some(Trouble::Unable(reason)), _) => {
                    let reason = reason.replace(['\n', '|'], " ");
                    let _ = writeln!(page, "| {} | not measured | | | | {reason} |", row.name);
                }
                (None, Some(time)) => {
                    let ratio = |ours: Option<Duration>| match ours {
                        Some(ours) if number >= 2 => times_as_fast(ours.as_secs_f64(), time.as_secs_f64()),
                        _ => String::new(),
                    };
                    let least = row.times.iter().min().copied().unwrap_or(time);
                    let most = row.times.iter().max().copied().unwrap_or(time);
                    let _ = writeln!(
                        page,
                        "| {} | {} | {} to {} | {} | {} | {} |",
                        row.name,
                        one(time),
                        one(least),
                        one(most),
                        ratio(ours.first().copied().flatten()),
                        ratio(ours.get(1).copied().flatten()),
                        row.mode
                    );
                }
                (None, None) => {}
            }
        }
    }
    page
}

#[expect(clippy::cast_precision_loss, reason = "a few digits are shown")]
fn per_decision(time: Duration, decisions: usize) -> String {
    let nanoseconds = time.as_secs_f64() * 1e9 / decisions.max(1) as f64;
    if nanoseconds < 100.0 {
        format!("{nanoseconds:.1} ns")
    } else {
        shown(Duration::from_secs_f64(nanoseconds / 1e9))
    }
}
