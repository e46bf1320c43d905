//! The request to make or start an activity.

use reprise_model::Message;
use reprise_request::{ActivityRequest, ImportActivityRequest, read_activity_request};

use crate::reading::document;
use crate::refusals::{check_one, texts};

fn read(body: &str) -> Result<ActivityRequest, Vec<Message>> {
    read_activity_request(&document(body)?)
}

/// A request of these parameters, in XML.
fn xml(parameters: &str) -> String {
    format!("<activity code='REPROCESSCLAIMS_IMPORT' level='GL'><parameters>{parameters}</parameters></activity>")
}

/// A request of these parameters, in JSON.
fn json(parameters: &str) -> String {
    format!(r#"{{"code": "REPROCESSCLAIMS_IMPORT", "level": "GL", "parameters": {parameters}}}"#)
}

#[test]
fn parameters_are_read_in_every_way_to_write_them() {
    for (body, response) in [
        (xml("<parameter name='dataFileSetCode' value='SET-1'/>"), None),
        (
            xml(
                "<parameter value='OUT' name='responseDataFileSetCode'/><parameter name='dataFileSetCode' value='SET-1'/>",
            ),
            Some("OUT"),
        ),
        (
            xml(
                "<parameter name='dataFileSetCode' value='SET-1'/><parameter name='responseDataFileSetCode' value=''/>",
            ),
            None,
        ),
        (
            json(r#"{"dataFileSetCode": "SET-1", "responseDataFileSetCode": null}"#),
            None,
        ),
        (
            json(r#"{"dataFileSetCode": "SET-1", "responseDataFileSetCode": "OUT"}"#),
            Some("OUT"),
        ),
        (
            json(
                r#"[{"name": "dataFileSetCode", "value": "SET-1"}, {"name": "responseDataFileSetCode", "value": "OUT"}]"#,
            ),
            Some("OUT"),
        ),
        (
            format!(r#"{{"activity": {}}}"#, json(r#"{"dataFileSetCode": "SET-1"}"#)),
            None,
        ),
    ] {
        let expected = ImportActivityRequest {
            data_file_set: "SET-1".to_owned(),
            response_data_file_set: response.map(str::to_owned),
        };
        assert_eq!(read(&body), Ok(ActivityRequest::Import(expected)), "{body}");
    }
}

#[test]
fn what_is_wrong_is_said_with_what_would_be_right() {
    for (body, expected) in [
        (
            "<activity code='OTHER' level='GL'><parameters><parameter name='x' value='1'/></parameters></activity>".to_owned(),
            "BadValue: `code` (line 1, column 11) has a value that it cannot have: it is `OTHER`; known is REPROCESSCLAIMS_IMPORT",
        ),
        (
            r#"{"code": "REPROCESSCLAIMS_IMPORT", "level": "PL", "parameters": {"dataFileSetCode": "S"}}"#.to_owned(),
            "BadValue: `level` has a value that it cannot have: it is `PL`; known is GL",
        ),
        (
            r#"{"code": "REPROCESSCLAIMS_IMPORT", "parameters": {"dataFileSetCode": "S"}}"#.to_owned(),
            "MissingMember: `level` is missing",
        ),
        (r#"{"level": "GL"}"#.to_owned(), "MissingMember: `code` is missing"),
        (
            r#"{"code": "REPROCESSCLAIMS_IMPORT", "level": "GL"}"#.to_owned(),
            "MissingMember: parameter `dataFileSetCode` is missing; it is mandatory",
        ),
        (xml(""), "MissingMember: parameter `dataFileSetCode` is missing"),
        (
            xml("<parameter name='dataFileSetCode' value=''/>"),
            "MissingMember: parameter `dataFileSetCode` is missing",
        ),
        (json(r#"{"dataFileSetCode": ""}"#), "MissingMember: parameter `dataFileSetCode` is missing"),
        (
            json(r#"{"dataFileSetCode": "S", "colour": "red"}"#),
            "UnknownMember: `parameters.colour` is not known here; known are: dataFileSetCode, responseDataFileSetCode",
        ),
        (
            xml("<parameter name='dataFileSetCode' value='S'/><parameter name='colour'/>"),
            "UnknownMember: parameter `colour` is not known here; known are: dataFileSetCode, responseDataFileSetCode",
        ),
        (
            xml("<parameter name='dataFileSetCode' value='S'/><parameter name='dataFileSetCode' value='T'/>"),
            "GivenTwice: parameter `dataFileSetCode` is given more than once",
        ),
        (
            json(r#"{"dataFileSetCode": "S", "dataFileSetCode": "S"}"#),
            "GivenTwice: `parameters.dataFileSetCode` is given more than once",
        ),
        (
            json(r#"{"dataFileSetCode": 5}"#),
            "BadValue: `parameters.dataFileSetCode` has a value that it cannot have: it is the number 5, and has to be a text",
        ),
        (
            json(r#"{"dataFileSetCode": "a\u0001"}"#),
            "BadValue: `parameters.dataFileSetCode` has a value that it cannot have: it holds a control character",
        ),
        (
            json(r#"{"dataFileSetCode": "S", "responseDataFileSetCode": "\n"}"#),
            "BadValue: `parameters.responseDataFileSetCode` has a value that it cannot have: it holds a control character",
        ),
        (
            "<activity code='REPROCESSCLAIMS_IMPORT' level='GL' when='now'><parameters><parameter name='dataFileSetCode' value='S'/></parameters></activity>".to_owned(),
            "UnknownMember: `when` (line 1, column 52) is not known here; known are: code, level, parameters",
        ),
        ("<claim/>".to_owned(), "UnexpectedRoot: The root `claim` is not expected here; expected is activity"),
    ] {
        check_one(&body, &texts(&read(&body).expect_err(&body)), expected);
    }
}
