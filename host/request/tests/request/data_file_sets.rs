//! The request to make a data file set.

use reprise_model::Message;
use reprise_request::{DATA_FILES_MAX, DataFileRequest, DataFileSetRequest, read_data_file_set_request};

use crate::reading::document;
use crate::refusals::{check_one, texts};

fn read(body: &str) -> Result<DataFileSetRequest, Vec<Message>> {
    read_data_file_set_request(&document(body)?)
}

#[test]
fn xml_and_json_of_the_same_content_are_the_same_request() {
    let file = |code: &str, description: Option<&str>| DataFileRequest {
        code: code.to_owned(),
        description: description.map(str::to_owned),
    };
    let expected = DataFileSetRequest {
        code: "JULY".to_owned(),
        description: Some("late ones".to_owned()),
        data_files: vec![file("A", Some("first")), file("B", None)],
    };
    for body in [
        "<dataFileSet code='JULY' description='late ones'><dataFiles><dataFile code='A' description='first'/>\
         <dataFile code='B' description=''/></dataFiles></dataFileSet>",
        r#"{"code": "JULY", "description": "late ones",
            "dataFiles": [{"code": "A", "description": "first"}, {"code": "B"}]}"#,
        r#"{"dataFileSet": {"code": "JULY", "description": "late ones",
            "dataFiles": [{"code": "A", "description": "first"}, {"code": "B", "description": null}]}}"#,
    ] {
        assert_eq!(read(body).as_ref(), Ok(&expected), "{body}");
    }
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let many = vec![r#"{"code": "A"}"#; DATA_FILES_MAX + 1].join(",");
    for (body, expected) in [
        (r#"{"dataFiles": [{"code": "A"}]}"#, "MissingMember: `code` is missing"),
        (r#"{"code": "S"}"#, "MissingMember: `dataFiles` is missing"),
        (
            r#"{"code": "S", "dataFiles": []}"#,
            "BadValue: `dataFiles` has a value that it cannot have: it lists no data file; a set has at least one",
        ),
        (
            "<dataFileSet code='S'><dataFiles/></dataFileSet>",
            "BadValue: `dataFiles` (line 1, column 23) has a value that it cannot have: it lists no data file",
        ),
        (
            r#"{"code": "S", "dataFiles": {"code": "A"}}"#,
            "BadValue: `dataFiles` has a value that it cannot have: it is an object or element, and has to be a list",
        ),
        (
            r#"{"code": "S", "dataFiles": [{}]}"#,
            "MissingMember: `dataFiles[0].code` is missing",
        ),
        (
            r#"{"code": "S", "dataFiles": [{"code": "A"}, {"code": "A"}]}"#,
            "GivenTwice: data file `A` is given more than once",
        ),
        (
            "<dataFileSet code='S'><dataFiles><file code='A'/></dataFiles></dataFileSet>",
            "UnknownMember: `file` (line 1, column 34) is not known here; known are: dataFile",
        ),
        (
            r#"{"code": "S", "dataFiles": [{"code": "A", "locked": true}]}"#,
            "UnknownMember: `dataFiles[0].locked` is not known here; known are: code, description",
        ),
        (
            r#"{"code": "S", "locked": true, "dataFiles": [{"code": "A"}]}"#,
            "UnknownMember: `locked` is not known here; known are: code, description, dataFiles",
        ),
        (
            r#"{"code": "S", "description": 1, "dataFiles": [{"code": "A"}]}"#,
            "BadValue: `description` has a value that it cannot have: it is the number 1",
        ),
        (
            &format!(r#"{{"code": "S", "dataFiles": [{many}]}}"#),
            "BadValue: `dataFiles` has a value that it cannot have: it lists 1001 data files; a set may have 1000",
        ),
        (
            "<dataFile/>",
            "UnexpectedRoot: The root `dataFile` is not expected here; expected is dataFileSet",
        ),
    ] {
        check_one(body, &texts(&read(body).expect_err(body)), expected);
    }
}
