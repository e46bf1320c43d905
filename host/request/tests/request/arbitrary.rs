//! Arbitrary bodies: whatever comes, the reader answers.

use proptest::prelude::{ProptestConfig, any, proptest};
use proptest::sample::select;
use reprise_model::Message;
use reprise_request::{Document, MediaType, NameMap, RequestKind, named_codes, read_criteria_request};

/// Reads a body all the way.
fn read_all(body: &[u8], media_type: MediaType) -> Result<(), Vec<Message>> {
    let document = Document::read(body, media_type).map_err(|message| vec![message])?;
    let request = read_criteria_request(&document, RequestKind::Count, NameMap::standard())?;
    named_codes(&request);
    Ok(())
}

/// Pieces of which something like a request may come about.
const PIECES: &[&str] = &[
    "<claimReprocessCountRequest ",
    "</claimReprocessCountRequest>",
    "/>",
    ">",
    "<",
    "processType=\"CLAIM\" ",
    "productCode='",
    "'",
    "\"",
    "&#x41;",
    "&",
    ";",
    "<claimPendReasonList>",
    "</claimPendReasonList>",
    "<claimPendReason code='P'/>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?xml version='1.0'?>",
    "<!DOCTYPE",
    "<!",
    " ",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"processType\":\"CLAIM\"",
    "\\u",
    "\"productCode\":{\"anyOf\":[\"A\"]}",
    "\"not\"",
    "1e5",
    "-",
    "null",
    "\n",
    "ä",
    "\u{0}",
    "\u{10FFFF}",
    "=",
    "-",
    "xmlns:a='b'",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        for media_type in [MediaType::Xml, MediaType::Json] {
            let _ = read_all(&body, media_type);
        }
    }

    #[test]
    fn arbitrary_pieces_never_panic(pieces in proptest::collection::vec(select(PIECES), 0..40)) {
        for media_type in [MediaType::Xml, MediaType::Json] {
            let _ = read_all(pieces.concat().as_bytes(), media_type);
        }
    }

    #[test]
    fn a_request_cut_anywhere_never_panics_and_is_refused(cut in 0..150_usize) {
        let xml = "<claimReprocessCountRequest processType=\"CLAIM\" productCode=\"ä\"><claimPendReasonList><claimPendReason code='P'/></claimPendReasonList></claimReprocessCountRequest>";
        let json = "{\"processType\": \"CLAIM\", \"productCode\": {\"not\": {\"anyOf\": [\"ä\", \"B\"]}}, \"claimPendReasonList\": [{\"code\": \"P\"}], \"allowedAmount\": {\"from\": \"1.00\"}}";
        for (media_type, body) in [(MediaType::Xml, xml), (MediaType::Json, json)] {
            assert!(read_all(body.as_bytes(), media_type).is_ok());
            assert!(read_all(&body.as_bytes()[..cut.min(body.len() - 1)], media_type).is_err());
        }
    }
}
