//! A block's lines read, checked and encoded: all of importing that needs no database, and most of the work.

use std::io::BufRead;
use std::sync::Arc;

use reprise_model::Reference;
use reprise_store::ClaimToWrite;

use super::block::{Block, Buffers, Content};
use super::record::{self, Record};

/// What was in a block. Lines have their numbers in the block here, from 1.
pub(super) struct Parsed {
    /// Which source it is of.
    pub(super) source: Arc<str>,
    /// Whether it is the source's first.
    pub(super) is_first: bool,
    /// Bytes read of all sources when it was cut.
    pub(super) bytes_read: u64,
    /// How many lines it has, blank ones too.
    pub(super) lines_with_blank: u64,
    /// How many lines it has that are not blank.
    pub(super) lines: u64,
    pub(super) claims: Vec<ClaimToWrite>,
    /// The numbers of the claims' lines.
    pub(super) claim_lines: Vec<u64>,
    pub(super) references: Vec<Reference>,
    /// The numbers of the lines that were refused, with the reasons.
    pub(super) refused: Vec<(u64, String)>,
    /// Why the source cannot be read on, if so.
    pub(super) unreadable: Option<String>,
}

/// What a line must be, beyond the format.
pub(super) struct Demands<'a> {
    /// The only payer whose lines are taken, if there is such.
    pub(super) payer: Option<&'a str>,
    /// How long a line may be.
    pub(super) line_bytes_max: usize,
}

impl Demands<'_> {
    /// Reads a block, and gives its buffer back.
    pub(super) fn parse(&self, block: Block, buffers: &Buffers) -> Parsed {
        let mut parsed = Parsed {
            source: block.source,
            is_first: block.is_first,
            bytes_read: block.bytes_read,
            lines_with_blank: 0,
            lines: 0,
            claims: Vec::new(),
            claim_lines: Vec::new(),
            references: Vec::new(),
            refused: Vec::new(),
            unreadable: None,
        };
        match block.content {
            Content::Lines(bytes) => {
                const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
                let text = if block.is_first {
                    bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes)
                } else {
                    &bytes
                };
                self.parse_lines(text, &mut parsed);
                buffers.give_back(bytes);
            }
            Content::OverlongLine => {
                (parsed.lines_with_blank, parsed.lines) = (1, 1);
                parsed.refused.push((1, self.overlong()));
            }
            Content::Unreadable(reason) => parsed.unreadable = Some(reason),
        }
        parsed
    }

    fn parse_lines(&self, mut rest: &[u8], parsed: &mut Parsed) {
        loop {
            let before = rest;
            // Of a slice, this cannot fail; and it searches faster than `split` does.
            let Ok(length @ 1..) = rest.skip_until(b'\n') else {
                return;
            };
            parsed.lines_with_blank += 1;
            let line = before[..length].trim_ascii();
            if !line.is_empty() {
                parsed.lines += 1;
                self.parse_line(line, parsed);
            }
        }
    }

    fn parse_line(&self, line: &[u8], parsed: &mut Parsed) {
        let number = parsed.lines_with_blank;
        let record = if line.len() > self.line_bytes_max {
            Err(self.overlong())
        } else {
            record::read(line)
        };
        match record.and_then(|record| self.check_payer(record)) {
            Ok(Record::Reference(reference)) => parsed.references.push(*reference),
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
