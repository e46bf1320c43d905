//! A block's lines read, checked and encoded: all of importing that needs no database, and most of the work.

use std::sync::Arc;

use reprise_model::Reference;
use reprise_store::ClaimToWrite;

use super::block::{Block, Content};
use super::record::{self, Record};

/// What was in a block.
pub(super) struct Parsed {
    /// Which source it is of.
    pub(super) source: Arc<str>,
    /// Bytes read of all sources when it was cut.
    pub(super) bytes_read: u64,
    /// How many lines it has that are not blank.
    pub(super) lines: u64,
    pub(super) claims: Vec<ClaimToWrite>,
    /// The numbers of the claims' lines.
    pub(super) claim_lines: Vec<u64>,
    pub(super) references: Vec<Reference>,
    /// The numbers of the lines that were refused, with the reasons.
    pub(super) refused: Vec<(u64, String)>,
    /// Why the source cannot be read on, if so, and from which line.
    pub(super) unreadable: Option<(u64, String)>,
}

/// What a line must be, beyond the format.
pub(super) struct Demands<'a> {
    /// The only payer whose lines are taken, if there is such.
    pub(super) payer: Option<&'a str>,
    /// How long a line may be.
    pub(super) line_bytes_max: usize,
}

impl Demands<'_> {
    /// Reads a block.
    pub(super) fn parse(&self, block: Block) -> Parsed {
        let mut parsed = Parsed {
            source: block.source,
            bytes_read: block.bytes_read,
            lines: 0,
            claims: Vec::new(),
            claim_lines: Vec::new(),
            references: Vec::new(),
            refused: Vec::new(),
            unreadable: None,
        };
        match block.content {
            Content::Lines(bytes) => {
                for (number, line) in (block.first_line..).zip(bytes.split(|byte| *byte == b'\n')) {
                    self.parse_line(number, line, &mut parsed);
                }
            }
            Content::OverlongLine => {
                parsed.lines = 1;
                parsed.refused.push((block.first_line, self.overlong()));
            }
            Content::Unreadable(reason) => parsed.unreadable = Some((block.first_line, reason)),
        }
        parsed
    }

    fn parse_line(&self, number: u64, line: &[u8], parsed: &mut Parsed) {
        const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
        let line = if number == 1 {
            line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line)
        } else {
            line
        };
        if line.trim_ascii().is_empty() {
            return;
        }
        parsed.lines += 1;
        if line.len() > self.line_bytes_max {
            return parsed.refused.push((number, self.overlong()));
        }
        match record::read(line).and_then(|record| self.check_payer(record)) {
            Ok(Record::Reference(reference)) => parsed.references.push(reference),
            Ok(Record::Claim(claim)) => match ClaimToWrite::encode(*claim) {
                Ok(claim) => {
                    parsed.claims.push(claim);
                    parsed.claim_lines.push(number);
                }
                Err(error) => parsed.refused.push((number, error.to_string())),
            },
            Err(reason) => parsed.refused.push((number, reason)),
        }
    }

    fn check_payer(&self, record: Record) -> Result<Record, String> {
        let payer = match &record {
            Record::Claim(claim) => &*claim.payer,
            Record::Reference(reference) => reference.payer(),
        };
        match self.payer {
            Some(only) if payer != only => Err(format!(
                "it is of payer `{payer}`, and only lines of payer `{only}` are to be imported"
            )),
            _ => Ok(record),
        }
    }

    fn overlong(&self) -> String {
        format!(
            "the line is longer than {} bytes, the most that is read",
            self.line_bytes_max
        )
    }
}
