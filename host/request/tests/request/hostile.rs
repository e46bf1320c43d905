//! Bodies that are broken, or made to break the reader.

use reprise_model::MessageKey;
use reprise_request::{Document, MEMBERS_MAX, MediaType, NameMap, RequestKind, VALUES_MAX, read_criteria_request};

/// The body is refused with a message of this text.
fn check(media_type: MediaType, body: impl AsRef<[u8]>, expected: &str) {
    let message = Document::read(body.as_ref(), media_type).expect_err(expected);
    let text = message.text();
    assert!(text.starts_with(expected), "expected {expected}\nfound    {text}");
    assert!(text.len() < 1_000, "a message of {} bytes", text.len());
}

fn check_xml(body: impl AsRef<[u8]>, expected: &str) {
    check(MediaType::Xml, body, expected);
}

fn check_json(body: impl AsRef<[u8]>, expected: &str) {
    check(MediaType::Json, body, expected);
}

#[test]
fn xml_that_is_not_well_formed_is_refused_with_its_place() {
    for (body, expected) in [
        ("", "The body is not well-formed XML: line 1, column 1: it is empty"),
        (" \n ", "The body is not well-formed XML: line 1, column 1: it is empty"),
        (
            "<!-- nothing -->",
            "The body is not well-formed XML: line 1, column 17: there is no element in it",
        ),
        (
            "words",
            "The body is not well-formed XML: line 1, column 1: `words` stands before the root element",
        ),
        (
            "<a/>\nwords",
            "The body is not well-formed XML: line 2, column 1: `words` stands after the root element",
        ),
        (
            "<a/><b/>",
            "The body is not well-formed XML: line 1, column 5: after the root element another one, `b`, begins",
        ),
        (
            "<a>\n  <b>",
            "The body is not well-formed XML: line 2, column 6: the body ends in the middle: `b` of line 2, column 3 is not closed",
        ),
        (
            "<a",
            "The body is not well-formed XML: line 1, column 1: the body ends in the middle",
        ),
        (
            "<a b='",
            "The body is not well-formed XML: line 1, column 1: the body ends in the middle",
        ),
        (
            "<a>\n</b>",
            "The body is not well-formed XML: line 2, column 1: expected `</a>`, but `</b>` was found",
        ),
        (
            "</a>",
            "The body is not well-formed XML: line 1, column 1: close tag `</a>` does not match any open tag",
        ),
        (
            "<a b=c/>",
            "The body is not well-formed XML: line 1, column 1: the attributes of `a` cannot be read",
        ),
        (
            "<a b/>",
            "The body is not well-formed XML: line 1, column 1: the attributes of `a` cannot be read",
        ),
        (
            "<a b='1'c='2'/>",
            "The body is not well-formed XML: line 1, column 9: a space is missing before the attribute",
        ),
        (
            "<a b='<'/>",
            "The body is not well-formed XML: line 1, column 4: the value of `b` holds `<`",
        ),
        (
            "<a b='&'/>",
            "The body is not well-formed XML: line 1, column 4: the value of `b` cannot be read: `&` without `;`",
        ),
        (
            "<a b='&lol;'/>",
            "The body is not well-formed XML: line 1, column 4: the value of `b` cannot be read: the entity `&lol;` is unknown; known are &amp;, ",
        ),
        (
            "<a b='&#0;'/>",
            "The body is not well-formed XML: line 1, column 4: the value of `b` cannot be read",
        ),
        (
            "<a b='&#1;'/>",
            "The body is not well-formed XML: line 1, column 4: the value of `b` refers to a character that XML does not allow",
        ),
        (
            "<a b='\u{1}'/>",
            "The body is not well-formed XML: line 1, column 7: a character that XML does not allow stands here",
        ),
        ("<a><!-- a -- b --></a>", "The body is not well-formed XML: line 1"),
        (
            "\n<?xml version='1.0'?><a/>",
            "The body is not well-formed XML: line 2, column 1: the XML declaration stands at the very start or not at all",
        ),
        (
            "<?xml version='2.0'?><a/>",
            "The body is not well-formed XML: line 1, column 1: it is XML `2.0`",
        ),
        (
            "<?xml encoding='UTF-8'?><a/>",
            "The body is not well-formed XML: line 1, column 1: the XML declaration is not right",
        ),
        (
            "<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
            "The body is not well-formed XML: line 1, column 1: it declares the encoding `ISO-8859-1`; send it in UTF-8",
        ),
        (
            "<a>words</a>",
            "`a` (line 1, column 4) has a value that it cannot have: it holds the text `words`; values are written as attributes",
        ),
        (
            "<a>\n<b>1</b></a>",
            "`b` (line 2, column 4) has a value that it cannot have: it holds the text `1`",
        ),
        (
            "<a><![CDATA[words]]></a>",
            "`a` (line 1, column 4) has a value that it cannot have: it holds the text `words`",
        ),
        ("<a>&amp;</a>", "`a` (line 1, column 4) has a value that it cannot have"),
        ("{\"a\": 1}", "The body is not well-formed XML: line 1, column 1"),
    ] {
        check_xml(body, expected);
    }
}

#[test]
fn a_document_type_is_refused_before_anything_of_it_is_read() {
    let laughs = "<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol2 \"&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;\">\
                  <!ENTITY lol3 \"&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;\">]><a b=\"&lol3;\">&lol3;</a>";
    for body in [
        laughs,
        "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
        "<!DOCTYPE",
        "<!doctype html><a/>",
        "<!ENTITY x 'y'><a/>",
        "<a><!DOCTYPE a></a>",
    ] {
        check_xml(body, "A document type or entity declaration is not accepted");
    }
}

#[test]
fn json_that_is_not_well_formed_is_refused_with_its_place() {
    for (body, expected) in [
        ("", "The body is not well-formed JSON: line 1, column 1: it is empty"),
        (
            "{",
            "The body is not well-formed JSON: line 1, column 1: the body ends in the middle",
        ),
        (
            "{\"a\":\n \"b",
            "The body is not well-formed JSON: line 2, column 3: the body ends in the middle",
        ),
        (
            "{\"ä\": x}",
            "The body is not well-formed JSON: line 1, column 7: expected value",
        ),
        (
            "{\"a\": 1}\n{}",
            "The body is not well-formed JSON: line 2, column 1: trailing characters",
        ),
        (
            "{\"a\": 1,}",
            "The body is not well-formed JSON: line 1, column 9: trailing comma",
        ),
        (
            "{\"a\": NaN}",
            "The body is not well-formed JSON: line 1, column 7: expected value",
        ),
        ("{\"a\": 1e999}", "The body is not well-formed JSON: line 1"),
        ("{\"a\": \"\u{1}\"}", "The body is not well-formed JSON: line 1"),
        ("{\"a\": \"\\ud800\"}", "The body is not well-formed JSON: line 1"),
        (
            "// words\n{}",
            "The body is not well-formed JSON: line 1, column 1: expected value",
        ),
        (
            "<a/>",
            "The body is not well-formed JSON: line 1, column 1: expected value",
        ),
    ] {
        check_json(body, expected);
    }
}

#[test]
fn another_encoding_is_refused() {
    for media_type in [MediaType::Xml, MediaType::Json] {
        let name = media_type.format_name();
        check(
            media_type,
            b"\xFF\xFE<\0a\0/\0>\0",
            &format!("The body is not well-formed {name}: line 1, column 1: it is in UTF-16"),
        );
        check(
            media_type,
            b"\xFE\xFF\0<\0a\0/\0>",
            &format!("The body is not well-formed {name}: line 1, column 1: it is in UTF-16"),
        );
        check(
            media_type,
            b"\n\xC3\xA4\xE4",
            &format!("The body is not well-formed {name}: line 2, column 2: these bytes are not UTF-8"),
        );
    }
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    for (media_type, body) in [
        (
            MediaType::Xml,
            &b"\xEF\xBB\xBF<?xml version='1.0' encoding='utf-8'?><a/>"[..],
        ),
        (MediaType::Json, b"\xEF\xBB\xBF{}"),
    ] {
        assert!(Document::read(body, media_type).is_ok());
    }
}

#[test]
fn what_is_nested_too_deep_is_refused() {
    let deep = 100_000;
    check_xml(
        "<a>".repeat(deep),
        "The body is more than is accepted: line 1, column 97: elements may be nested 32 deep",
    );
    check_json(
        "[".repeat(deep),
        "The body is more than is accepted: line 1, column 33: objects and lists may be nested 32 deep",
    );
    check_json(
        "{\"a\":".repeat(deep),
        "The body is more than is accepted: line 1, column",
    );
    assert!(
        Document::read(
            format!("{}{}", "[".repeat(32), "]".repeat(32)).as_bytes(),
            MediaType::Json
        )
        .is_ok()
    );
    assert!(
        Document::read(
            format!("{}{}", "<a>".repeat(32), "</a>".repeat(32)).as_bytes(),
            MediaType::Xml
        )
        .is_ok()
    );
}

#[test]
fn what_is_too_much_is_refused() {
    let attributes: Vec<String> = (0..=MEMBERS_MAX).map(|number| format!("a{number}='1'")).collect();
    check_xml(
        format!("<a {}/>", attributes.join(" ")),
        "The body is more than is accepted: line 1, column 2198: an element may have 256 attributes",
    );
    let members: Vec<String> = (0..=MEMBERS_MAX).map(|number| format!("\"a{number}\":1")).collect();
    check_json(
        format!("{{{}}}", members.join(",")),
        "The body is more than is accepted: line 1, column",
    );
    check_json(
        format!("[{}1]", "1,".repeat(VALUES_MAX)),
        "The body is more than is accepted: line 1, column",
    );
    check_xml(
        format!("<a>{}</a>", "<b/>".repeat(VALUES_MAX)),
        "The body is more than is accepted: line 1, column",
    );
    for (media_type, body, expected) in [
        (
            MediaType::Xml,
            "<a/>".repeat(1_000_000),
            "The body is not well-formed XML: line 1, column 5",
        ),
        (
            MediaType::Xml,
            format!("<{}", "a".repeat(5_000_000)),
            "The body is not well-formed XML: line 1, column 1",
        ),
        (
            MediaType::Xml,
            format!("<a b='{}", "a".repeat(5_000_000)),
            "The body is not well-formed XML: line 1, column 1",
        ),
        (
            MediaType::Xml,
            format!("<a>{}</a>", "x".repeat(5_000_000)),
            "`a` (line 1, column 4) has a value that",
        ),
        (
            MediaType::Json,
            format!("[{}", "[],".repeat(1_000_000)),
            "The body is more than is accepted",
        ),
        (
            MediaType::Json,
            format!("{{\"{}", "a".repeat(5_000_000)),
            "The body is not well-formed JSON: line 1, column",
        ),
        (
            MediaType::Json,
            format!("[{}", "\n".repeat(5_000_000)),
            "The body is not well-formed JSON: line 5000001",
        ),
    ] {
        check(media_type, body, expected);
    }
}

#[test]
fn fifty_megabytes_are_refused_like_less() {
    let spaces = " ".repeat(50_000_000);
    check_xml(
        &spaces,
        "The body is not well-formed XML: line 1, column 1: it is empty",
    );
    check_json(
        &spaces,
        "The body is not well-formed JSON: line 1, column 1: it is empty",
    );
    check_xml(
        format!("<a>{spaces}"),
        "The body is not well-formed XML: line 1, column 50000004",
    );
}

#[test]
fn names_and_values_of_any_length_make_a_message_of_bounded_length() {
    let long = "x".repeat(1_000_000);
    for body in [
        format!(
            r#"{{"{long}": "{long}", "claimType": "{long}", "claimStatus": "{long}", "entryEndDate": "{long}", "productCode": "{long}"}}"#
        ),
        format!(
            r#"{{"reprocess": "{long}", "allowedAmount": {{"from": "{long}"}}, "coveredAmount": {{"{long}": 1}}, "claimTagActionList": [{{"tag": "T", "action": "{long}"}}]}}"#
        ),
        format!(
            r#"{{"productCode": {{"{long}": 1}}, "claimUnfinalizeReasonList": [{{"code": "U", "{long}": 1}}, "{long}"]}}"#
        ),
        format!(r#"{{"{long}": 1}}"#),
    ] {
        let document = Document::read(body.as_bytes(), MediaType::Json).unwrap();
        let messages = read_criteria_request(&document, RequestKind::Criteria, NameMap::standard()).unwrap_err();
        for message in messages {
            assert!(
                message.text().len() < 2_000,
                "{} is {} bytes long",
                message.key,
                message.text().len()
            );
        }
    }
}

#[test]
fn the_limits_have_their_own_message() {
    let message = Document::read("[".repeat(40).as_bytes(), MediaType::Json).unwrap_err();
    assert_eq!(message.key, MessageKey::BeyondLimit);
}
