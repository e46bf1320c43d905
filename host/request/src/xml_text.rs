//! Writes XML: escaped text and attributes, nothing that a reader would have to guess.

use std::borrow::Cow;

use quick_xml::escape::escape;

use crate::xml::is_xml_character;

/// Appends ` name="value"`. The name is one that XML allows.
pub(crate) fn push_attribute(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    // A reader makes a space of a line break or tab in an attribute, unless it is written as a reference.
    let escaped = escape(allowed(value));
    if escaped.contains(['\n', '\t']) {
        out.push_str(&escaped.replace('\n', "&#10;").replace('\t', "&#9;"));
    } else {
        out.push_str(&escaped);
    }
    out.push('"');
}

/// Appends text between tags.
pub(crate) fn push_text(out: &mut String, text: &str) {
    out.push_str(&escape(allowed(text)));
}

/// The text with U+FFFD for each character that no XML document can hold, written in whatever way.
fn allowed(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_xml_character) {
        return Cow::Borrowed(text);
    }
    let replaced = |character| {
        if is_xml_character(character) {
            character
        } else {
            char::REPLACEMENT_CHARACTER
        }
    };
    Cow::Owned(text.chars().map(replaced).collect())
}

#[cfg(test)]
mod tests {
    use super::{push_attribute, push_text};

    #[test]
    fn what_would_be_markup_is_escaped() {
        for (value, expected) in [
            ("plain", " a=\"plain\""),
            ("<&>'\"", " a=\"&lt;&amp;&gt;&apos;&quot;\""),
            ("one\ntwo\tthree\r", " a=\"one&#10;two&#9;three&#13;\""),
            ("a\u{0}b\u{FFFF}", " a=\"a\u{FFFD}b\u{FFFD}\""),
        ] {
            let mut out = String::new();
            push_attribute(&mut out, "a", value);
            assert_eq!(out, expected, "{value:?}");
        }
    }

    #[test]
    fn text_keeps_its_line_breaks() {
        let mut out = String::new();
        push_text(&mut out, "a < b\nc");
        assert_eq!(out, "a &lt; b\nc");
    }
}
