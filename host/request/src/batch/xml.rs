//! Finds the entries of a batch file in XML.
//!
//! By their bytes and not by a reader of XML, which would be lost at the first thing that is not well-formed. It knows
//! as much of XML as it takes to not mistake for markup what is none: comments, CDATA sections, processing
//! instructions and quoted values. XML allows no `<` in a value, so one there is the next markup, and what a missing
//! quote costs is the claim that misses it.

use std::io::{self, Read};

use crate::batch::split::{Found, Next, is_blank};
use crate::batch::window::Window;
use crate::place::quoted;
use crate::root::CLAIM_ROOT;

/// How long a name may be, with its prefix.
pub(crate) const NAME_BYTES_MAX: usize = 200;
/// How many bytes tell what a markup is.
const MARKUP_BYTES: usize = NAME_BYTES_MAX + 3;

/// What begins with a `<`.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Markup {
    Claim,
    ClaimEnd,
    RootEnd,
    Comment,
    CharacterData,
    Instruction,
    /// `<!` and a word.
    Declaration,
    Other,
}

/// How a tag ends.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum TagEnd {
    Open,
    SelfClosed,
    /// Not before the next `<`.
    Broken,
    /// Not before the end of the file.
    Cut,
}

/// The next entry, in a file with this root, named as in its tag.
pub(crate) fn next_entry<R: Read>(window: &mut Window<R>, root: &str, next: Next) -> io::Result<Found> {
    let mut ended = next == Next::Nothing;
    loop {
        window.begin();
        let Some(byte) = window.skip_while(is_blank)? else {
            return Ok(if ended {
                Found::End
            } else {
                Found::Cut { in_entry: false }
            });
        };
        window.begin();
        let markup = if byte == b'<' {
            markup_at(window, root)?
        } else {
            Markup::Other
        };
        match markup {
            Markup::Comment | Markup::Instruction => {
                if !pass_hidden(window, markup)? {
                    return Ok(Found::Cut { in_entry: false });
                }
            }
            _ if ended => return pass_rest(window, root),
            Markup::RootEnd => {
                if pass_tag(window)? == TagEnd::Cut {
                    return Ok(Found::Cut { in_entry: false });
                }
                ended = true;
            }
            Markup::Claim => return claim(window, root),
            _ => {
                let words = first_words(window)?;
                return pass_flawed(
                    window,
                    root,
                    format!("{words} stands where a `{CLAIM_ROOT}` element can stand"),
                );
            }
        }
    }
}

/// What begins with the `<` that is next.
pub(crate) fn markup_at<R: Read>(window: &mut Window<R>, root: &str) -> io::Result<Markup> {
    let ahead = window.ahead(MARKUP_BYTES)?;
    let markup = if ahead.starts_with(b"<!--") {
        Markup::Comment
    } else if ahead.starts_with(b"<![CDATA[") {
        Markup::CharacterData
    } else if ahead.starts_with(b"<?") {
        Markup::Instruction
    } else if ahead.starts_with(b"<!") {
        Markup::Declaration
    } else if let Some(rest) = ahead.strip_prefix(b"</") {
        match name_at(rest) {
            name if name == root.as_bytes() => Markup::RootEnd,
            name if is_claim(name) => Markup::ClaimEnd,
            _ => Markup::Other,
        }
    } else if is_claim(name_at(ahead.strip_prefix(b"<").unwrap_or_default())) {
        Markup::Claim
    } else {
        Markup::Other
    };
    Ok(markup)
}

/// The name that bytes begin with.
pub(crate) fn name_at(bytes: &[u8]) -> &[u8] {
    let is_end = |byte: &u8| is_blank(*byte) || matches!(byte, b'/' | b'>' | b'<' | b'"' | b'\'' | b'=');
    bytes.split(is_end).next().unwrap_or_default()
}

/// Whether a name is that of a claim's element, with whatever prefix.
fn is_claim(name: &[u8]) -> bool {
    let local = match name.iter().position(|byte| *byte == b':') {
        Some(colon) => name.get(colon + 1..).unwrap_or_default(),
        None => name,
    };
    local == CLAIM_ROOT.as_bytes()
}

/// Passes over a markup that hides what is in it. Whether it ends.
pub(crate) fn pass_hidden<R: Read>(window: &mut Window<R>, markup: Markup) -> io::Result<bool> {
    let (start, end): (&[u8], &[u8]) = match markup {
        Markup::Comment => (b"<!--", b"-->"),
        Markup::CharacterData => (b"<![CDATA[", b"]]>"),
        _ => (b"<?", b"?>"),
    };
    window.pass(start.len());
    window.pass_through(end)
}

/// Passes over a tag.
pub(crate) fn pass_tag<R: Read>(window: &mut Window<R>) -> io::Result<TagEnd> {
    window.pass(1);
    let (mut quote, mut last) = (None, b'<');
    loop {
        let Some(byte) = window.peek()? else {
            return Ok(TagEnd::Cut);
        };
        match quote {
            _ if byte == b'<' => return Ok(TagEnd::Broken),
            Some(open) if byte == open => quote = None,
            None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
            None if byte == b'>' => {
                window.pass(1);
                return Ok(if last == b'/' { TagEnd::SelfClosed } else { TagEnd::Open });
            }
            _ => {}
        }
        last = byte;
        window.pass(1);
    }
}

/// The claim whose tag is next.
fn claim<R: Read>(window: &mut Window<R>, root: &str) -> io::Result<Found> {
    let mut markup = Markup::Claim;
    loop {
        match markup {
            Markup::Comment | Markup::CharacterData | Markup::Instruction => {
                if !pass_hidden(window, markup)? {
                    return Ok(Found::Cut { in_entry: true });
                }
            }
            _ => match pass_tag(window)? {
                TagEnd::Cut => return Ok(Found::Cut { in_entry: true }),
                TagEnd::Broken => {
                    let place = window.place();
                    let flaw = format!("{place}: `<` stands in a tag; a quote or `>` is missing, or `&lt;` is meant");
                    return pass_flawed(window, root, flaw);
                }
                end if markup == Markup::ClaimEnd || (markup == Markup::Claim && end == TagEnd::SelfClosed) => {
                    return Ok(Found::Entry {
                        flaw: None,
                        next: Next::Entry,
                    });
                }
                TagEnd::Open | TagEnd::SelfClosed => {}
            },
        }
        if window.skip_while(|byte| byte != b'<')?.is_none() {
            return Ok(Found::Cut { in_entry: true });
        }
        markup = markup_at(window, root)?;
        if matches!(markup, Markup::Claim | Markup::RootEnd) {
            let flaw = format!("its end tag `</{CLAIM_ROOT}>` is missing before {}", window.place());
            return Ok(Found::Entry {
                flaw: Some(flaw),
                next: Next::Entry,
            });
        }
    }
}

/// Passes over what is wrong, up to the next claim or the end of the root.
fn pass_flawed<R: Read>(window: &mut Window<R>, root: &str, flaw: String) -> io::Result<Found> {
    while window.skip_while(|byte| byte != b'<')?.is_some() {
        let markup = markup_at(window, root)?;
        match markup {
            Markup::Claim | Markup::RootEnd => {
                return Ok(Found::Entry {
                    flaw: Some(flaw),
                    next: Next::Entry,
                });
            }
            Markup::Comment | Markup::CharacterData | Markup::Instruction => {
                if !pass_hidden(window, markup)? {
                    break;
                }
            }
            Markup::ClaimEnd | Markup::Declaration | Markup::Other => window.pass(1),
        }
    }
    Ok(Found::Cut { in_entry: true })
}

/// Passes over what stands behind the end of the root, as one entry that cannot be read.
fn pass_rest<R: Read>(window: &mut Window<R>, root: &str) -> io::Result<Found> {
    let words = first_words(window)?;
    while window.skip_while(|_| true)?.is_some() {}
    Ok(Found::Entry {
        flaw: Some(format!(
            "{words} stands behind the end of {}; nothing from there on is read",
            quoted(root)
        )),
        next: Next::Nothing,
    })
}

/// The next few words, quoted.
pub(crate) fn first_words<R: Read>(window: &mut Window<R>) -> io::Result<String> {
    const BYTES_SHOWN: usize = 60;
    let ahead = window.ahead(BYTES_SHOWN)?;
    let line = ahead.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(quoted(
        String::from_utf8_lossy(line).trim_end_matches(char::REPLACEMENT_CHARACTER),
    ))
}
