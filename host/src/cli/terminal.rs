//! What commands say: results on standard output, everything else on standard error, progress as a bar on a terminal
//! and as plain lines elsewhere.

use std::io::{self, IsTerminal as _, Write};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use reprise_interchange::{Position, Progress, RefusedLine};

/// How often progress is said where there is no terminal.
const PLAIN_INTERVAL: Duration = Duration::from_secs(5);

/// Standard output and standard error.
pub(super) struct Terminal {
    is_terminal: bool,
}

impl Terminal {
    pub(super) fn new() -> Self {
        Self {
            is_terminal: io::stderr().is_terminal(),
        }
    }

    /// Say something to the person who watches.
    pub(super) fn say(&self, text: &str) {
        // Nobody listens when standard error is closed; the command goes on.
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// Where results go.
    pub(super) fn output(&self) -> io::StdoutLock<'static> {
        io::stdout().lock()
    }

    /// Progress of something that is done `what`: "imported".
    pub(super) fn progress(&self, what: &'static str) -> Bar<'_> {
        let target = if self.is_terminal {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        Bar {
            terminal: self,
            bar,
            what,
            refused_shown: 0,
            said: Instant::now(),
        }
    }
}

/// Progress of one command.
pub(super) struct Bar<'t> {
    terminal: &'t Terminal,
    bar: ProgressBar,
    what: &'static str,
    refused_shown: u64,
    said: Instant,
}

impl Bar<'_> {
    /// So much is done, of so much where that is known.
    pub(super) fn set(&mut self, done: u64, total: Option<u64>, text: String) {
        if self.terminal.is_terminal {
            if let Some(total) = total
                && self.bar.length() != Some(total)
            {
                self.bar.set_length(total);
                self.bar.set_style(style("{bar:40} {percent:>3} %  {msg}  {eta} left"));
            }
            self.bar.set_position(done);
            self.bar.set_message(text);
        } else if self.said.elapsed() >= PLAIN_INTERVAL {
            self.said = Instant::now();
            let share = total
                .filter(|total| *total > 0)
                .map(|total| format!(" ({} %)", done * 100 / total));
            self.terminal.say(&format!("{text}{}", share.unwrap_or_default()));
        }
    }

    /// Take the bar away.
    pub(super) fn finish(self) {
        self.bar.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Progress for Bar<'_> {
    fn advanced(&mut self, position: &Position) {
        let text = format!(
            "{} claims {}, {}",
            HumanCount(position.claims),
            self.what,
            HumanBytes(position.bytes)
        );
        let (done, total) = match (position.bytes_total, position.claims_total) {
            (Some(total), _) => (position.bytes, Some(total)),
            (None, total) => (position.claims, total),
        };
        self.set(done, total, text);
    }

    fn refused(&mut self, line: &RefusedLine) {
        const SHOWN_MAX: u64 = 100;
        self.refused_shown += 1;
        let text = match self.refused_shown {
            ..=SHOWN_MAX => format!("refused: {line}"),
            shown if shown == SHOWN_MAX + 1 => "further refused lines are counted, not shown".to_owned(),
            _ => return,
        };
        self.bar.suspend(|| self.terminal.say(&text));
    }
}
