//! A bad line is reported with its number and a reason in people's words, and costs only itself.

use reprise_interchange::{ImportOptions, ImportReport, Position, Progress, RefusedLine, import};

use crate::{Scratch, claim, source};

/// A claim with these fields after its mandatory ones, which come without `lines`.
fn claim_with(fields: &str) -> String {
    format!(
        r#"{{"kind":"claim","code":"C1","payer":"ACME","processType":"CLAIM","status":"ENTRY","entryDate":"2009-07-03",{fields}}}"#
    )
}

/// Imports the line between two good ones and checks that only it is refused, for this reason.
fn check(line: &str, reason: &str) {
    let scratch = Scratch::new();
    let text = format!("{}\n{line}\n{}\n", claim("C001", "ENTRY"), claim("C002", "ENTRY"));
    let report = scratch.import(&ImportOptions::default(), text).expect("an import");
    let refused: Vec<_> = report
        .refused_lines
        .iter()
        .map(|refused| (refused.line, &*refused.reason))
        .collect();
    assert_eq!(refused, [(2, reason)], "{line}");
    assert_eq!(
        (report.lines, report.refused, report.claims().inserted),
        (3, 1, 2),
        "{line}"
    );
}

const KINDS: &str = "the kinds that can be imported are claim, procedureGroup, diagnosisGroup, providerGroup, messageGroup, message, pendReason, unfinalizeReason, skipTag, claimForm, product, coverageRegime, feeSchedule, servicedEntity, patient, insPlan, insSub, patPlan, procedure, officeFlag";

#[test]
fn what_is_no_json_object() {
    for (line, reason) in [
        ("C001,ACME", "a line is one JSON object, and this one begins with `C`"),
        ("[1]", "a line is one JSON object, and this one begins with `[`"),
        (
            r#"{"kind":"claim","code":"C1""#,
            "the line ends in the middle of its object",
        ),
        (
            r#"{"kind":"claim","code":C1}"#,
            "the line is not JSON: expected value at byte 24",
        ),
        (
            r#"{"kind":"message","payer":"ACME","code":"X"} {}"#,
            "the line is not JSON: trailing characters at byte 46",
        ),
        (
            r#"{"kind":"message",'payer':"ACME"}"#,
            "the line is not JSON: key must be a string at byte 19",
        ),
    ] {
        check(line, reason);
    }
}

#[test]
fn a_kind_that_is_not_known() {
    for (line, reason) in [
        (
            r#"{"payer":"ACME","code":"X"}"#,
            format!("the field `kind` is missing; {KINDS}"),
        ),
        (
            r#"{"kind":"carrier","payer":"ACME","code":"1"}"#,
            format!("`carrier` is not a kind that can be imported; {KINDS}"),
        ),
        (
            r#"{"kind":"Claim","code":"X"}"#,
            format!("`Claim` is not a kind that can be imported; {KINDS}"),
        ),
        (
            r#"{"kind":null,"code":"X"}"#,
            format!("the field `kind` is missing; {KINDS}"),
        ),
        (
            r#"{"kind":3}"#,
            "`3` is given where a text is expected (in `kind`)".to_owned(),
        ),
        (
            r#"{"kind":"message","kind":"claim"}"#,
            "the field `kind` is given twice".to_owned(),
        ),
    ] {
        check(line, &reason);
    }
}

#[test]
fn a_claim_that_lacks_or_has_other_fields() {
    for (line, reason) in [
        (claim_with(r#""bills":[]"#), "the field `lines` is missing"),
        (
            claim_with(r#""lines":[{"sequence":1}]"#),
            "the field `code` is missing (in `lines` 1)",
        ),
        (
            claim_with(r#""lines":[{"code":"1"},{"code":"2","diagnoses":[{"code":"E119"}]}]"#),
            "the field `sequence` is missing (in `diagnoses` 1 of `lines` 2)",
        ),
        (
            claim_with(r#""lines":[{"code":"1","providers":{"pricing":"P-1"}}]"#),
            "the field `pricing` is unknown here; the fields that can be given are benefits, priceIndividual, priceOrganization, service, location (in `providers` of `lines` 1)",
        ),
        (
            claim_with(r#""code":"C2","lines":[]"#),
            "the field `code` is given twice",
        ),
        (
            claim_with(r#""lines":null"#),
            "null is given where a list is expected (in `lines`)",
        ),
        (
            claim_with(r#""formCode":7,"lines":[]"#),
            "`7` is given where a text is expected (in `formCode`)",
        ),
        (
            claim_with(r#""highPriority":"Y","lines":[]"#),
            "the text `Y` is given where true or false is expected (in `highPriority`)",
        ),
        (
            claim_with(r#""lines":[3]"#),
            "`3` is given where an object is expected (in `lines` 1)",
        ),
    ] {
        check(&line, reason);
    }
}

#[test]
fn a_claim_whose_values_are_not_allowed() {
    let statuses = "ENTRY, INITIAL, SENT OUT FOR PREPROCESSING, CHANGE, SENT OUT FOR PRICING, MANUAL PRICING, PRICING DONE, MANUAL PRICING ADJUDICATION, PRICING ADJUDICATION DONE, PRICING FINALIZED, MANUAL BENEFITS, BENEFITS DONE, MANUAL ADJUDICATION, ADJUDICATION DONE, FINALIZED";
    let line = |fields: &str| claim_with(&format!(r#""currency":"USD","lines":[{{"code":"1",{fields}}}]"#));
    for (line, reason) in [
        (
            claim("C1", "FINAL"),
            format!("`FINAL` is not a processing status; it is one of: {statuses} (in `status`)"),
        ),
        (claim_with(r#""type":"X","lines":[]"#), "`X` is not a claim type; it is one of: PROVIDER, RESTITUTION (in `type`)".into()),
        (
            claim_with(r#""tagActions":[{"tag":"T1","action":"UNDO"}],"lines":[]"#),
            "`UNDO` is not a tag action; it is one of: R, S, H, F (in `action` of `tagActions` 1)".into(),
        ),
        (
            claim_with(r#""currency":"usd","lines":[]"#),
            "`usd` is not a currency; it is one of: the three letters of ISO 4217, such as USD or EUR (in `currency`)".into(),
        ),
        (
            line(r#""serviceStartDate":"2009-02-29""#),
            "`2009-02-29` is not a day; write it as YYYY-MM-DD, such as 2009-07-01 (in `serviceStartDate` of `lines` 1)".into(),
        ),
        (
            line(r#""serviceStartDate":"2009-02-02","serviceEndDate":"2009-02-01""#),
            "line 1 (`1`): `serviceEndDate` 2009-02-01 is before `serviceStartDate` 2009-02-02".into(),
        ),
        (
            line(r#""allowedAmount":"1,000.00","sequence":1"#),
            "`1,000.00` is not an amount; write it as a decimal number with at most four decimals, such as 120.00 (in `allowedAmount` of `lines` 1)".into(),
        ),
        (line(r#""allowedAmount":120.5"#), "`120.5` is given where a text is expected (in `allowedAmount` of `lines` 1)".into()),
        (
            line(r#""attributes":{"age":7,"tooth=x":"y"}"#),
            "line 1 (`1`): the name of attribute `tooth=x` holds `=`".into(),
        ),
        (line(r#""allowedAmount":"1.255""#), "line 1 (`1`): `allowedAmount` 1.255 is finer than USD can be paid".into()),
        (
            claim_with(r#""lines":[{"code":"1","coveredAmount":"1.00"}]"#),
            "line 1 (`1`): `coveredAmount` needs the claim's `currency`".into(),
        ),
        (
            claim_with(r#""lines":[{"code":"1"},{"code":"1"}]"#),
            "line 2 (`1`): another line of the claim has the same code".into(),
        ),
        (claim_with(r#""lines":[{"code":""}]"#), "line 1: `code` is empty".into()),
        (
            claim_with(r#""lines":[],"pendReasons":[{"code":""}]"#),
            "`pend reason` is empty".into(),
        ),
        (
            claim_with(r#""lines":[{"code":"1","pendReasons":[{"code":".."}]}]"#),
            "`..` is no code of a pend reason: no path can have it as a part".into(),
        ),
        (
            claim_with(r#""lines":[{"code":"1"}],"bills":[{"code":"B1","lines":["2"]}]"#),
            "bill `B1` names line `2`, which the claim does not have".into(),
        ),
        (claim_with(r#""id":0,"lines":[]"#), "`id` is a positive number".into()),
        (claim_with(r#""id":1.5,"lines":[]"#), "`1.5` is given where a whole number is expected (in `id`)".into()),
        (
            line(r#""attributes":{"tooth":[14]}"#),
            "an attribute is a text, a number, true or false, not `[14]` (in `tooth` of `attributes` of `lines` 1)".into(),
        ),
    ] {
        check(&line, &reason);
    }
}

#[test]
fn reference_data_that_is_wrong() {
    for (line, reason) in [
        (
            r#"{"kind":"messageGroup","code":"MG-1","payer":"ACME","members":[{"code":"A"},{}]}"#,
            "the field `code` is missing (in `members` 2)",
        ),
        (
            r#"{"kind":"product","payer":"ACME","code":"GOLD","name":"Gold"}"#,
            "the field `name` is unknown here; the fields that can be given are payer, code, description",
        ),
        (
            r#"{"kind":"servicedEntity","payer":"ACME","code":"M-1"}"#,
            "the field `type` is missing",
        ),
        (
            r#"{"kind":"procedureGroup","payer":"ACME","code":"PG-1","members":[{"code":"A","from":"2009"}]}"#,
            "`2009` is not a day; write it as YYYY-MM-DD, such as 2009-07-01 (in `from` of `members` 1)",
        ),
        (
            r#"{"kind":"procedureGroup","payer":"ACME","code":"PG-1","members":[{"code":"A","from":"2009-02-01","through":"2009-01-01"}]}"#,
            "member `A` belongs from 2009-02-01 through 2009-01-01, which is no day",
        ),
        (r#"{"kind":"message","payer":"","code":"A"}"#, "`payer` is empty"),
        (
            r#"{"kind":"message","payer":"ACME","code":"A\u0007"}"#,
            "`code` holds a control character",
        ),
    ] {
        check(line, reason);
    }
}

#[test]
fn intake_data_that_is_wrong() {
    let number = |field: &str, given: &str| {
        format!("`{field}` is a positive decimal number of at most 18 digits without leading zeros, not `{given}`")
    };
    let row = |kind: &str, fields: &str| format!(r#"{{"kind":"{kind}","payer":"ACME",{fields}}}"#);
    for (line, reason) in [
        (row("patient", r#""code":"P-1""#), number("code", "P-1")),
        (row("patient", r#""code":"01""#), number("code", "01")),
        (
            row("patient", r#""code":"1","birthDate":"01.05.1980""#),
            "`01.05.1980` is not a day; write it as YYYY-MM-DD, such as 2009-07-01 (in `birthDate`)".to_owned(),
        ),
        (
            row("insPlan", r#""code":"1","planType":"x""#),
            "`x` is not a plan type; it is one of: an empty text, p, f, c (in `planType`)".to_owned(),
        ),
        (
            row("insPlan", r#""code":"1","isMedical":"true""#),
            "the text `true` is given where true or false is expected (in `isMedical`)".to_owned(),
        ),
        (row("insSub", r#""code":"1""#), "the field `plan` is missing".to_owned()),
        (row("insSub", r#""code":"1","plan":"0""#), number("plan", "0")),
        (
            row("insSub", r#""code":"1","plan":"1","subscriber":"1234567890123456789""#),
            number("subscriber", "1234567890123456789"),
        ),
        (
            row("patPlan", r#""code":"1","patient":"1","insSub":"1""#),
            "the field `ordinal` is missing".to_owned(),
        ),
        (
            row("patPlan", r#""code":"1","patient":"1","insSub":"1","ordinal":-1"#),
            "`-1` is given where a whole number from 0 to 4294967295 is expected (in `ordinal`)".to_owned(),
        ),
        (
            row("patPlan", r#""code":"1","patient":"1","insSub":"1","ordinal":1,"relationship":"Cousin""#),
            "`Cousin` is not a relationship; it is one of: Self, Spouse, Child, Employee, HandicapDep, SignifOther, InjuredPlaintiff, LifePartner, Dependent (in `relationship`)".to_owned(),
        ),
        (
            row("procedure", r#""code":"1","patient":"x","procedureCode":"T0120""#),
            number("patient", "x"),
        ),
        (
            row("procedure", r#""code":"1","patient":"1","procedureCode":"""#),
            "`procedureCode` is empty".to_owned(),
        ),
        (
            row("procedure", r#""code":"1","patient":"1","procedureCode":"T0120","status":"C""#),
            "`C` is not a procedure status; it is one of: treatment-planned, complete, deleted (in `status`)".to_owned(),
        ),
        (
            row("procedure", r#""code":"1","patient":"1","procedureCode":"T0120","fee":"-1.00""#),
            "`fee` is less than 0".to_owned(),
        ),
        (
            row("procedure", r#""code":"1","patient":"1","procedureCode":"T0120","noBillInsSubs":["1","all"]"#),
            number("noBillInsSubs", "all"),
        ),
        (
            row("officeFlag", r#""code":"hold-primary-for-medical""#),
            "the field `value` is missing".to_owned(),
        ),
        (
            claim_with(r#""lines":[],"patient":"1","claimType":"P","claimStatus":"X""#),
            "`X` is not a claim status; it is one of: U, H, W, P, S, R, I (in `claimStatus`)".to_owned(),
        ),
        (
            claim_with(r#""lines":[],"patient":"1","claimType":"T""#),
            "`T` is not a claim type; it is one of: P, S, Other, Cap, PreAuth (in `claimType`)".to_owned(),
        ),
        (
            claim_with(r#""lines":[],"claimType":"P","claimStatus":"W""#),
            "a claim with a `claimStatus` has a `patient` and a `claimType`".to_owned(),
        ),
        (claim_with(r#""lines":[],"procedures":["7","7b"]"#), number("procedures", "7b")),
        (
            claim_with(r#""lines":[],"intake":{"rank":1,"lane":2}"#),
            "the field `lane` is unknown here; the fields that can be given are plan, plan2, relationship, relationship2, dateService, dateReceived, treatingProvider, note, fee, rank, settlesIn, editedAtMs (in `intake`)".to_owned(),
        ),
    ] {
        check(&line, &reason);
    }
}

#[test]
fn a_line_that_is_no_text() {
    let scratch = Scratch::new();
    let report = scratch
        .import(&ImportOptions::default(), b"{\"kind\":\"\xff\"}\n".to_vec())
        .expect("an import");
    assert_eq!(
        report.refused_lines[0].reason,
        "the line is not UTF-8 text: byte 10 does not belong there"
    );
}

#[test]
fn a_line_that_is_too_long_is_passed_over() {
    let options = ImportOptions {
        line_bytes_max: 1_000_000,
        ..ImportOptions::default()
    };
    // Longer than a line may be and than what is read at once; and just longer than it may be, with another beside it.
    for bytes in [3_000_000, 1_000_001 - claim("", "ENTRY").len()] {
        let scratch = Scratch::new();
        let text = [
            claim("C001", "ENTRY"),
            claim(&"9".repeat(bytes), "ENTRY"),
            claim("C002", "ENTRY"),
        ]
        .join("\n");
        let report = scratch.import(&options, text).expect("an import");
        assert_eq!(report.refused_lines.len(), 1);
        assert_eq!(
            report.refused_lines[0].to_string(),
            "test.ndjson:2: the line is longer than 1000000 bytes, the most that is read"
        );
        assert_eq!((report.lines, report.claims().inserted), (3, 2));
    }
}

#[test]
fn a_line_of_another_payer_than_asked_for() {
    let scratch = Scratch::new();
    let options = ImportOptions {
        payer: Some("DEMO".to_owned()),
        ..ImportOptions::default()
    };
    let report = scratch.import(&options, claim("C001", "ENTRY")).expect("an import");
    assert_eq!(
        report.refused_lines[0].reason,
        "it is of payer `ACME`, and only lines of payer `DEMO` are to be imported"
    );
}

/// Keeps what it is told.
#[derive(Default)]
struct Told {
    refused: Vec<u64>,
    last: Position,
}

impl Progress for Told {
    fn advanced(&mut self, position: &Position) {
        self.last = *position;
    }

    fn refused(&mut self, line: &RefusedLine) {
        self.refused.push(line.line);
    }
}

#[test]
fn every_refused_line_is_told_and_the_first_hundred_are_kept() {
    let scratch = Scratch::new();
    let text: String = (0..250)
        .map(|number| format!("bad\n{}\n", claim(&format!("C{number}"), "ENTRY")))
        .collect();
    let length = text.len() as u64;
    let mut told = Told::default();
    let report = import(
        &*scratch.store,
        vec![source(text)],
        &ImportOptions::default(),
        &mut told,
    )
    .expect("an import");
    assert_eq!(
        (report.refused, report.refused_lines.len()),
        (250, ImportReport::REFUSED_LINES_MAX)
    );
    assert_eq!(told.refused, (1..500).step_by(2).collect::<Vec<u64>>());
    let last = Position {
        bytes: length,
        bytes_total: Some(length),
        claims: 250,
        refused: 250,
        ..Position::default()
    };
    assert_eq!(told.last, last);
}
