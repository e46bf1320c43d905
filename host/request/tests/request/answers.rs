//! What is answered, in both formats, and what is asked of the reference data before.

use reprise_model::{
    AttachedUnfinalizeReason, Day, DynamicField, Message, MessageKey, ReferenceKind, ResultMessages,
    UnfinalizeReasonDefinition,
};
use reprise_request::{
    CountTotals, DataFileWriter, Document, MediaType, MessageTable, NameMap, NamedCodeKind, NotificationStatus,
    ReprocessCount, RequestKind, ResponseRoot, check_unfinalize_reason, named_codes, named_codes_of_options,
    read_criteria_request, render_notification, render_result_messages,
};

fn scheduled(code: &str) -> ResultMessages {
    ResultMessages::about(code, vec![Message::new(MessageKey::Scheduled, [code])])
}

#[test]
fn messages_are_answered_in_both_formats() {
    let failure = ResultMessages::about("", vec![Message::new(MessageKey::UnknownProduct, ["<A&B>"])]);
    let table = MessageTable::default();
    for (results, media_type, expected) in [
        (
            vec![failure.clone()],
            MediaType::Xml,
            "<resultMessages result=\"F\" elementId=\"\"><resultMessage code=\"CLA-IP-REPR-001\">Product code &lt;A&amp;B&gt; is unknown</resultMessage></resultMessages>",
        ),
        (
            vec![failure.clone()],
            MediaType::Json,
            r#"{"resultMessages":[{"result":"F","elementId":"","messages":[{"code":"CLA-IP-REPR-001","text":"Product code <A&B> is unknown"}]}]}"#,
        ),
        (
            vec![scheduled("C1"), failure],
            MediaType::Xml,
            "<resultMessagesList><resultMessages result=\"S\" elementId=\"C1\"><resultMessage code=\"CLA-IP-REPR-022\">Claim with code C1 is scheduled for reprocessing</resultMessage></resultMessages><resultMessages result=\"F\" elementId=\"\"><resultMessage code=\"CLA-IP-REPR-001\">Product code &lt;A&amp;B&gt; is unknown</resultMessage></resultMessages></resultMessagesList>",
        ),
        (vec![], MediaType::Json, r#"{"resultMessages":[]}"#),
        (vec![], MediaType::Xml, "<resultMessagesList></resultMessagesList>"),
    ] {
        assert_eq!(render_result_messages(&results, media_type, &table), expected);
    }
}

#[test]
fn outward_codes_are_the_deployments_own() {
    let table = MessageTable::with_overrides(r#"{"Scheduled": "MY-1"}"#).unwrap();
    let answer = render_result_messages(&[scheduled("C1")], MediaType::Xml, &table);
    assert!(answer.contains("code=\"MY-1\""), "{answer}");
}

#[test]
fn a_count_is_answered_with_the_decimals_of_its_currency() {
    let totals = |currency: &str| {
        Some(CountTotals {
            allowed: "360".parse().unwrap(),
            covered: "288.5".parse().unwrap(),
            currency: currency.parse().unwrap(),
        })
    };
    let count = |count, totals, missing| ReprocessCount {
        count,
        totals,
        excluded_settled: 1,
        excluded_locked: 0,
        unfinalize_reason_missing: missing,
    };
    for (count, xml, json) in [
        (
            count(3, totals("USD"), None),
            r#"<claimReprocessCountResponse count="3" totalAllowedAmount="360.00" totalCoveredAmount="288.50" currency="USD" excludedSettled="1" excludedLocked="0"/>"#,
            r#"{"count":3,"totalAllowedAmount":"360.00","totalCoveredAmount":"288.50","currency":"USD","excludedSettled":1,"excludedLocked":0}"#,
        ),
        (
            count(3, totals("KWD"), Some(2)),
            r#"<claimReprocessCountResponse count="3" totalAllowedAmount="360.000" totalCoveredAmount="288.500" currency="KWD" excludedSettled="1" excludedLocked="0" unfinalizeReasonMissing="2"/>"#,
            r#"{"count":3,"totalAllowedAmount":"360.000","totalCoveredAmount":"288.500","currency":"KWD","excludedSettled":1,"excludedLocked":0,"unfinalizeReasonMissing":2}"#,
        ),
        (
            count(3, None, None),
            r#"<claimReprocessCountResponse count="3" excludedSettled="1" excludedLocked="0"/>"#,
            r#"{"count":3,"excludedSettled":1,"excludedLocked":0}"#,
        ),
        (
            count(0, totals("USD"), None),
            r#"<claimReprocessCountResponse count="0" excludedSettled="1" excludedLocked="0"/>"#,
            r#"{"count":0,"excludedSettled":1,"excludedLocked":0}"#,
        ),
    ] {
        assert_eq!(count.render(MediaType::Xml), xml);
        assert_eq!(count.render(MediaType::Json), json);
    }
}

#[test]
fn the_data_file_says_what_became_of_each_claim() {
    let table = MessageTable::default();
    let write = |media_type, missing| {
        let mut writer = DataFileWriter::new(Vec::new(), media_type, &table).unwrap();
        for code in ["C001", "C<2"] {
            writer.entry(&scheduled(code)).unwrap();
        }
        String::from_utf8(writer.finish(missing).unwrap()).unwrap()
    };
    assert_eq!(
        write(MediaType::Xml, None),
        "<claimReprocessingCriteriaResponse>\n\
         <resultMessages result=\"S\" elementId=\"C001\"><resultMessage code=\"CLA-IP-REPR-022\">Claim with code C001 is scheduled for reprocessing</resultMessage></resultMessages>\n\
         <resultMessages result=\"S\" elementId=\"C&lt;2\"><resultMessage code=\"CLA-IP-REPR-022\">Claim with code C&lt;2 is scheduled for reprocessing</resultMessage></resultMessages>\n\
         </claimReprocessingCriteriaResponse>\n"
    );
    assert_eq!(
        write(MediaType::Json, Some(1)),
        "{\"elementId\":\"C001\",\"result\":\"S\",\"messages\":[{\"code\":\"CLA-IP-REPR-022\",\"text\":\"Claim with code C001 is scheduled for reprocessing\"}]}\n\
         {\"elementId\":\"C<2\",\"result\":\"S\",\"messages\":[{\"code\":\"CLA-IP-REPR-022\",\"text\":\"Claim with code C<2 is scheduled for reprocessing\"}]}\n\
         {\"elementId\":\"\",\"result\":\"S\",\"messages\":[{\"code\":\"REPRISE-REQ-023\",\"text\":\"1 of these claims are finalized: each needs an unfinalize reason, and the request gives none\"}]}\n"
    );
}

#[test]
fn the_data_file_of_a_batch_has_its_own_root() {
    let table = MessageTable::default();
    let unreadable = Message::new(
        MessageKey::UnreadableEntry,
        ["2", "line 3, column 1", "it has `<` & more"],
    );
    for (media_type, expected) in [
        (
            MediaType::Xml,
            "<claimsReprocessResponse>\n<resultMessages result=\"F\" elementId=\"\"><resultMessage code=\"REPRISE-REQ-025\">\
             Entry 2, line 3, column 1, cannot be read: it has `&lt;` &amp; more</resultMessage></resultMessages>\n\
             </claimsReprocessResponse>\n",
        ),
        (
            MediaType::Json,
            "{\"elementId\":\"\",\"result\":\"F\",\"messages\":[{\"code\":\"REPRISE-REQ-025\",\"text\":\
             \"Entry 2, line 3, column 1, cannot be read: it has `<` & more\"}]}\n",
        ),
    ] {
        let mut writer = DataFileWriter::with_root(Vec::new(), ResponseRoot::Batch, media_type, &table).unwrap();
        writer
            .entry(&ResultMessages::about("", vec![unreadable.clone()]))
            .unwrap();
        assert_eq!(String::from_utf8(writer.finish(None).unwrap()).unwrap(), expected);
    }
}

#[test]
fn a_notification_links_to_the_files() {
    let links = ["https://reprise.example/api/datafilesets/S/datafile/A&B/data".to_owned()];
    for (status, links, media_type, expected) in [
        (
            NotificationStatus::Success,
            &links[..],
            MediaType::Xml,
            r#"<notification correlationId="case &lt;7&gt;" workId="42" status="Success"><links><link rel="file" href="https://reprise.example/api/datafilesets/S/datafile/A&amp;B/data"/></links></notification>"#,
        ),
        (
            NotificationStatus::Failure,
            &[],
            MediaType::Xml,
            r#"<notification correlationId="case &lt;7&gt;" workId="42" status="Failure"><links/></notification>"#,
        ),
        (
            NotificationStatus::Success,
            &links[..],
            MediaType::Json,
            r#"{"notification":{"correlationId":"case <7>","workId":42,"status":"Success","links":[{"rel":"file","href":"https://reprise.example/api/datafilesets/S/datafile/A&B/data"}]}}"#,
        ),
    ] {
        assert_eq!(render_notification("case <7>", 42, status, links, media_type), expected);
    }
}

#[test]
fn every_code_that_a_request_names_is_listed_with_what_to_say_if_it_is_unknown() {
    let body = r#"{"reprocess": true, "processType": "CLAIM", "claimType": "PROVIDER", "claimStatus": "CHANGE",
        "entryStartDate": "2009-01-01", "allowedAmount": {"from": "1"},
        "servicedEntityCode": "M-1", "servicedEntityTypeCode": "PERSON", "claimFormCode": "F",
        "procedureConditionCode": "PC", "diagnosisConditionCode": "DC",
        "benefitsProviderGroupCode": "G", "priceProviderGroupCode": "G", "serviceProviderGroupCode": "SG",
        "locationProviderGroupCode": "LG", "claimantProviderGroupCode": {"not": {"anyOf": ["CG", "G"]}},
        "productCode": {"anyOf": ["A", "B", "A"]}, "coverageRegimeCode": "R", "feeScheduleCode": "FS",
        "messageGroupCode": "MG", "pendReasonCode": "P1", "reprocessMessageCode": "CUST1",
        "claimTagActionList": [{"tag": "T", "action": "R"}], "claimUnfinalizeReasonList": [{"code": "UF1"}],
        "claimPendReasonList": [{"code": "P1"}, {"code": "P2"}]}"#;
    let document = Document::read(body.as_bytes(), MediaType::Json).unwrap();
    let request = read_criteria_request(&document, RequestKind::Criteria, NameMap::standard()).unwrap();
    let found: Vec<_> = named_codes(&request)
        .into_iter()
        .map(|code| (code.kind, code.unknown.text()))
        .collect();
    use NamedCodeKind::{DiagnosisCondition, ProcedureCondition, Reference};
    let expected = [
        (
            Reference(ReferenceKind::ServicedEntity),
            "Serviced entity code M-1 with type PERSON is unknown",
        ),
        (Reference(ReferenceKind::ClaimForm), "Claim Form F is unknown"),
        (ProcedureCondition, "Procedure condition code PC is unknown"),
        (DiagnosisCondition, "Diagnosis condition code DC is unknown"),
        (
            Reference(ReferenceKind::ProviderGroup),
            "Provider group code G is unknown",
        ),
        (
            Reference(ReferenceKind::ProviderGroup),
            "Provider group code SG is unknown",
        ),
        (
            Reference(ReferenceKind::ProviderGroup),
            "Provider group code LG is unknown",
        ),
        (
            Reference(ReferenceKind::ProviderGroup),
            "Provider group code CG is unknown",
        ),
        (Reference(ReferenceKind::Product), "Product code A is unknown"),
        (Reference(ReferenceKind::Product), "Product code B is unknown"),
        (Reference(ReferenceKind::CoverageRegime), "Regime code R is unknown"),
        (Reference(ReferenceKind::FeeSchedule), "Fee schedule code FS is unknown"),
        (
            Reference(ReferenceKind::MessageGroup),
            "Message group code MG is unknown",
        ),
        (Reference(ReferenceKind::PendReason), "Pend reason code P1 is unknown"),
        (Reference(ReferenceKind::Message), "Message code CUST1 is unknown"),
        (Reference(ReferenceKind::SkipTag), "Skip tag code T is unknown"),
        (
            Reference(ReferenceKind::UnfinalizeReason),
            "Unfinalize reason UF1 is unknown",
        ),
        (Reference(ReferenceKind::PendReason), "Pend reason code P2 is unknown"),
    ];
    assert_eq!(found, expected.map(|(kind, text)| (kind, text.to_owned())));
    assert_eq!(named_codes(&request)[0].key, "M-1\u{1f}PERSON");
    assert_eq!(named_codes_of_options(&request.options).len(), 5);

    let groups =
        r#"{"reprocess": "Y", "processType": "CLAIM", "procedureGroupCode": "PG", "diagnosisGroupCode": "DG"}"#;
    let document = Document::read(groups.as_bytes(), MediaType::Json).unwrap();
    let request = read_criteria_request(&document, RequestKind::Criteria, NameMap::standard()).unwrap();
    let found: Vec<_> = named_codes(&request).into_iter().map(|code| code.unknown.key).collect();
    assert_eq!(
        found,
        [MessageKey::UnknownProcedureGroup, MessageKey::UnknownDiagnosisGroup]
    );
}

#[test]
fn an_unfinalize_reason_is_held_to_its_reference_row() {
    let definition = |mandatory, fields: &[&str]| UnfinalizeReasonDefinition {
        payer: "ACME".to_owned(),
        code: "UF1".to_owned(),
        description: None,
        access_restriction: None,
        source_reference_mandatory: mandatory,
        dynamic_fields: fields.iter().map(|field| (*field).to_owned()).collect(),
    };
    let given = |reference: Option<&str>, fields: &[&str]| AttachedUnfinalizeReason {
        code: "UF1".to_owned(),
        source_reference: reference.map(str::to_owned),
        dynamic_fields: fields
            .iter()
            .map(|name| DynamicField {
                name: (*name).to_owned(),
                value: Day::from_number(0).to_string(),
            })
            .collect(),
    };
    for (definition, given, expected) in [
        (definition(true, &["a", "b"]), given(Some("R"), &["a"]), vec![]),
        (definition(false, &["a", "b"]), given(None, &[]), vec![]),
        (
            definition(true, &[]),
            given(None, &[]),
            vec!["Unfinalize reason UF1 needs a sourceReference"],
        ),
        (
            definition(false, &["a", "b"]),
            given(None, &["b", "c"]),
            vec!["Unfinalize reason UF1 has no field `c`; its fields are: a, b"],
        ),
        (
            definition(false, &[]),
            given(None, &["c"]),
            vec!["Unfinalize reason UF1 has no field `c`; its fields are: none"],
        ),
    ] {
        let texts: Vec<_> = check_unfinalize_reason(&definition, &given)
            .iter()
            .map(Message::text)
            .collect();
        assert_eq!(texts, expected);
    }
}
