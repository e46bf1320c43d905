//! Finds the entries of a batch file in JSON: the items of its list.
//!
//! By strings and brackets and not by a reader of JSON, which would be lost at the first thing that is not
//! well-formed. Where a bracket or a quote is missing, it looks for where the next entry begins: a `{` where no object
//! can stand, directly in the entry; or, once something is wrong, a `{` that stands on its line as the entry does. A
//! string ends with its line, as JSON allows no line break in it.

use std::io::{self, Read};

use crate::batch::split::{Found, Next, is_blank};
use crate::batch::window::Window;
use crate::batch::xml::first_words;

/// How many open brackets are known by kind; an entry of more is refused when it is read.
const BRACKETS_MAX: usize = 64;

#[derive(Clone, Copy, PartialEq)]
enum Bracket {
    Object,
    List,
}

/// What stood last.
#[derive(Clone, Copy, PartialEq)]
enum Last {
    Open,
    Comma,
    Name,
    Colon,
    Value,
}

/// How a string ends.
enum StringEnd {
    Closed,
    /// With its line.
    AtLineEnd,
    /// Before a quote that begins another string. The last byte before it that is no blank, and how far back that is.
    AtNextString {
        tail: u8,
        since: usize,
    },
    Cut,
}

/// The next entry.
pub(crate) fn next_entry<R: Read>(window: &mut Window<R>, mut next: Next) -> io::Result<Found> {
    loop {
        window.begin();
        let Some(byte) = window.skip_while(is_blank)? else {
            return Ok(if next == Next::Nothing {
                Found::End
            } else {
                Found::Cut { in_entry: false }
            });
        };
        window.begin();
        match (next, byte) {
            (Next::Nothing, _) => {
                let words = first_words(window)?;
                while window.skip_while(|_| true)?.is_some() {}
                let flaw = format!("{words} stands behind the end of the list; nothing from there on is read");
                return Ok(flawed(&flaw, Next::Nothing));
            }
            (Next::First | Next::Separator, b']') => {
                window.pass(1);
                next = Next::Nothing;
            }
            (Next::Separator, b',') => {
                window.pass(1);
                next = Next::Entry;
            }
            (Next::Entry, b']') => {
                window.pass(1);
                return Ok(flawed("no entry stands between the last comma and `]`", Next::Nothing));
            }
            (Next::First | Next::Entry, b',') => {
                window.pass(1);
                return Ok(flawed("no entry stands before the comma", Next::Entry));
            }
            (Next::First | Next::Entry, _) => return entry(window, byte),
            (Next::Separator, _) => {
                let found = entry(window, byte)?;
                return Ok(match found {
                    Found::Entry { next, .. } => flawed("a comma is missing before it", next),
                    found => found,
                });
            }
        }
    }
}

fn flawed(flaw: &str, next: Next) -> Found {
    Found::Entry {
        flaw: Some(flaw.to_owned()),
        next,
    }
}

const CUT: Found = Found::Cut { in_entry: true };

fn entry<R: Read>(window: &mut Window<R>, first: u8) -> io::Result<Found> {
    match first {
        b'{' => bracketed(window, Bracket::Object),
        b'[' => bracketed(window, Bracket::List),
        _ => unbracketed(window),
    }
}

/// An entry that is no object or list, and so no request. It ends before a comma, a `]` or a `{`.
fn unbracketed<R: Read>(window: &mut Window<R>) -> io::Result<Found> {
    while let Some(byte) = window.peek()? {
        match byte {
            b',' | b']' | b'{' => {
                return Ok(Found::Entry {
                    flaw: None,
                    next: Next::Separator,
                });
            }
            b'"' => {
                if let StringEnd::Cut = pass_string(window)? {
                    break;
                }
            }
            _ => window.pass(1),
        }
    }
    Ok(CUT)
}

/// The brackets that are open.
struct Open {
    brackets: Vec<Bracket>,
    /// How many more there are than are known by kind.
    more: u64,
}

impl Open {
    fn push(&mut self, bracket: Bracket) {
        if self.brackets.len() < BRACKETS_MAX {
            self.brackets.push(bracket);
        } else {
            self.more += 1;
        }
    }

    /// Whether no bracket is open but the entry's own.
    fn is_outermost(&self) -> bool {
        self.brackets.len() <= 1
    }

    /// Opens and closes what a text opens and closes.
    fn follow(&mut self, text: &[u8]) {
        for byte in text {
            match byte {
                b'{' => self.push(Bracket::Object),
                b'[' => self.push(Bracket::List),
                b'}' => _ = self.close(Bracket::Object),
                b']' => _ = self.close(Bracket::List),
                _ => {}
            }
        }
    }

    fn innermost(&self) -> Option<Bracket> {
        self.brackets.last().copied()
    }

    /// Closes the innermost bracket of this kind, and what is open in it.
    fn close(&mut self, bracket: Bracket) -> Closed {
        if self.more > 0 {
            self.more -= 1;
            return Closed::Innermost;
        }
        match self.brackets.iter().rposition(|open| *open == bracket) {
            None => Closed::Nothing,
            Some(depth) => {
                let is_innermost = depth + 1 == self.brackets.len();
                self.brackets.truncate(depth);
                if is_innermost { Closed::Innermost } else { Closed::Outer }
            }
        }
    }
}

/// What closing a bracket closes.
#[derive(PartialEq)]
enum Closed {
    /// The innermost bracket.
    Innermost,
    /// One further out, so that what was open in it is missing its end.
    Outer,
    /// None: there is none of its kind.
    Nothing,
}

/// The object or list whose bracket is next.
fn bracketed<R: Read>(window: &mut Window<R>, bracket: Bracket) -> io::Result<Found> {
    let unclosed = |window: &mut Window<R>, next| {
        let flaw = format!("it is not closed before {}", window.place());
        Ok(flawed(&flaw, next))
    };
    let column = window.begun_place().column;
    let mut open = Open {
        brackets: vec![bracket],
        more: 0,
    };
    let (mut last, mut broken, mut at_line_start) = (Last::Open, false, false);
    window.pass(1);
    while let Some(byte) = window.skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\r'))? {
        broken |= window.overflowed();
        match byte {
            b'\n' => {
                window.pass(1);
                at_line_start = true;
                continue;
            }
            b'{' | b'[' => {
                let is_in_place = match open.innermost() {
                    Some(Bracket::Object) => last == Last::Colon,
                    _ => matches!(last, Last::Open | Last::Comma),
                };
                broken |= !is_in_place;
                let begins_entry = (!is_in_place && open.is_outermost() && matches!(last, Last::Comma | Last::Value))
                    || (broken && at_line_start && window.place().column == column);
                if byte == b'{' && begins_entry {
                    return unclosed(window, Next::Entry);
                }
                open.push(if byte == b'{' { Bracket::Object } else { Bracket::List });
                last = Last::Open;
                window.pass(1);
            }
            b'}' | b']' => {
                let bracket = if byte == b'}' { Bracket::Object } else { Bracket::List };
                let closed = open.close(bracket);
                if closed == Closed::Nothing && bracket == Bracket::List && is_last(window)? {
                    return unclosed(window, Next::Separator);
                }
                broken |= closed != Closed::Innermost;
                window.pass(1);
                if open.brackets.is_empty() {
                    return Ok(Found::Entry {
                        flaw: None,
                        next: Next::Separator,
                    });
                }
                last = Last::Value;
            }
            b'"' => {
                let is_name = open.innermost() == Some(Bracket::Object) && matches!(last, Last::Open | Last::Comma);
                last = if is_name { Last::Name } else { Last::Value };
                let position = window.entry().map(<[u8]>::len);
                match pass_string(window)? {
                    StringEnd::Closed => {}
                    StringEnd::AtLineEnd => broken = true,
                    StringEnd::Cut => return Ok(CUT),
                    StringEnd::AtNextString { tail, since } => {
                        // What it holds is no text but what follows it.
                        broken = true;
                        let entry = window.entry().unwrap_or_default();
                        let text = entry.get(position.unwrap_or(entry.len())..).unwrap_or_default();
                        let (text, rest) = text.split_at(text.len().saturating_sub(since));
                        open.follow(text);
                        if tail == b'{' && open.is_outermost() && !rest.is_empty() {
                            window.back(since);
                            return unclosed(window, Next::Entry);
                        }
                        open.follow(rest);
                        if open.brackets.is_empty() {
                            open.push(bracket);
                        }
                        last = match tail {
                            b',' => Last::Comma,
                            b':' => Last::Colon,
                            _ => Last::Open,
                        };
                    }
                }
            }
            _ => {
                last = match byte {
                    b',' => Last::Comma,
                    b':' => Last::Colon,
                    _ => Last::Value,
                };
                window.pass(1);
            }
        }
        at_line_start = false;
    }
    Ok(CUT)
}

/// Whether nothing but blanks comes behind the next byte, as behind the `]` of the file's own list.
fn is_last<R: Read>(window: &mut Window<R>) -> io::Result<bool> {
    const BYTES_LOOKED_AT: usize = 200;
    let ahead = window.ahead(BYTES_LOOKED_AT)?;
    Ok(ahead.iter().skip(1).all(|byte| is_blank(*byte)))
}

/// Passes over the string whose quote is next.
///
/// A quote that seems to close it, but comes right after what opens or separates and right before a word, really opens
/// the next string: the quote that closes this one is missing.
fn pass_string<R: Read>(window: &mut Window<R>) -> io::Result<StringEnd> {
    window.pass(1);
    let (mut tail, mut since) = (b'"', 0_usize);
    loop {
        let stopped = window.skip_while(|byte| {
            if matches!(byte, b'"' | b'\\' | b'\n') {
                return false;
            }
            if is_blank(byte) {
                since += 1;
            } else {
                (tail, since) = (byte, 1);
            }
            true
        })?;
        match stopped {
            None => return Ok(StringEnd::Cut),
            Some(b'\n') => return Ok(StringEnd::AtLineEnd),
            Some(b'\\') => {
                window.pass(1);
                if window.peek()?.is_some_and(|byte| byte != b'\n') {
                    window.pass(1);
                }
                tail = b'\\';
            }
            Some(_) => {
                let is_before_word = window.ahead(2)?.get(1).is_some_and(u8::is_ascii_alphanumeric);
                if is_before_word && matches!(tail, b'{' | b'[' | b',' | b':') {
                    return Ok(StringEnd::AtNextString { tail, since });
                }
                window.pass(1);
                return Ok(StringEnd::Closed);
            }
        }
    }
}
