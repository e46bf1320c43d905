//! Lines into a store: cut into blocks, parsed on all cores, written by one, in the order of the lines.

mod block;
mod kindless;
mod parsed;
mod place;
mod reason;
mod record;
mod report;
mod source;
mod writer;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use reprise_store::{Store, StoreError};

pub use report::{ImportError, ImportReport, OutcomeCounts, RecordKind, RefusedLine};
pub use source::Source;

use crate::Progress;
use crate::pipeline::{self, Next};
use block::Buffers;
use parsed::Demands;
use writer::Writer;

/// How to import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportOptions {
    /// A line that is refused costs the whole import, which is one transaction then. Else it costs only itself.
    pub strict: bool,
    /// A claim that is there already with other content is replaced. Else its line is refused.
    pub replace: bool,
    /// Lines of any other payer are refused.
    pub payer: Option<String>,
    /// Who imports, as the audit log names it.
    pub user: String,
    /// Lines longer than this are refused.
    pub line_bytes_max: usize,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            strict: false,
            replace: false,
            payer: None,
            user: "import".to_owned(),
            line_bytes_max: 64 * 1024 * 1024,
        }
    }
}

/// Why an import ended early.
enum Stop {
    Store(StoreError),
    Unreadable {
        source_name: Arc<str>,
        line: u64,
        reason: String,
    },
}

/// Imports the sources, one after the other.
///
/// A strict import is one transaction. Another one commits as it goes and whenever its sources have nothing to read for
/// a while, so that others can write; what is committed stands, whatever happens after.
pub fn import(
    store: &dyn Store,
    sources: Vec<Source>,
    options: &ImportOptions,
    progress: &mut dyn Progress,
) -> Result<ImportReport, ImportError> {
    let started = Instant::now();
    let demands = Demands {
        payer: options.payer.as_deref(),
        line_bytes_max: options.line_bytes_max,
    };
    let mut writer = Writer::new(store, options, &sources, progress);
    let buffers = Buffers::default();
    let mut stop = None;
    // Where the receiver broke off, that is known by `stop`.
    let _ = pipeline::run(
        pipeline::workers(),
        |hand_over| block::cut(sources, options.line_bytes_max, &buffers, hand_over),
        |block| demands.parse(block, &buffers),
        |next| {
            let (written, unreadable) = match next {
                Next::Nothing => (writer.pause(), None),
                Next::Made(mut parsed) => {
                    let source_name = Arc::clone(&parsed.source);
                    let unreadable = parsed.unreadable.take();
                    let written = writer.write(parsed);
                    let line = writer.next_line();
                    (
                        written,
                        unreadable.map(|reason| Stop::Unreadable {
                            source_name,
                            line,
                            reason,
                        }),
                    )
                }
            };
            stop = written.err().map(Stop::Store).or(unreadable);
            if stop.is_some() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        },
    );
    let unreadable_and_strict = options.strict && matches!(stop, Some(Stop::Unreadable { .. }));
    if !matches!(stop, Some(Stop::Store(_))) && !unreadable_and_strict && !writer.has_refused_all() {
        stop = writer.commit().err().map(Stop::Store).or(stop);
    }
    let has_refused_all = writer.has_refused_all();
    let mut report = Box::new(writer.into_report());
    report.elapsed = started.elapsed();
    match stop {
        Some(Stop::Store(error)) => Err(ImportError::Store { error, report }),
        Some(Stop::Unreadable {
            source_name,
            line,
            reason,
        }) => Err(ImportError::Unreadable {
            source_name,
            line,
            reason,
            strict: options.strict,
            report,
        }),
        None if has_refused_all => Err(ImportError::Refused(report)),
        None => Ok(*report),
    }
}
