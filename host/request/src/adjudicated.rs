//! The report that a claim was adjudicated again, downstream.

use std::collections::HashSet;

use reprise_model::{Amount, Currency, Message, MessageKey, ProcessingStatus};

use crate::document::Document;
use crate::fields::{Fields, Findings};
use crate::place::quoted;
use crate::root::{ADJUDICATED_ROOT, root_object};

/// What became of a claim when it was adjudicated again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdjudicatedReport {
    /// The status that the claim was left in: a reprocessable one.
    pub status: ProcessingStatus,
    /// The currency of the amounts, if the report says it.
    pub currency: Option<Currency>,
    /// What its lines are worth now. No line is given twice.
    pub lines: Vec<AdjudicatedLine>,
    /// The pend reasons that it waits for a human with; none if the status is not a pended one. None is given twice.
    pub pend_reasons: Vec<String>,
}

/// What a line is worth after it was adjudicated again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdjudicatedLine {
    /// The line's code.
    pub code: String,
    /// What the payer allows, if the report says it.
    pub allowed: Option<Amount>,
    /// What the payer covers of it, if the report says it.
    pub covered: Option<Amount>,
}

#[derive(Clone, Copy, PartialEq)]
enum ReportMember {
    Status,
    Currency,
    Lines,
    PendReasons,
}

#[derive(Clone, Copy, PartialEq)]
enum LineMember {
    Code,
    AllowedAmount,
    CoveredAmount,
}

/// Reads a report. Everything that is wrong with it in itself is in the error.
pub fn read_adjudicated_report(document: &Document) -> Result<AdjudicatedReport, Vec<Message>> {
    const NAMES: &[(&str, ReportMember)] = &[
        ("status", ReportMember::Status),
        ("currency", ReportMember::Currency),
        ("lines", ReportMember::Lines),
        ("pendReasons", ReportMember::PendReasons),
    ];
    let object = root_object(document, &[ADJUDICATED_ROOT]).map_err(|message| vec![message])?;
    let mut findings = Findings::default();
    let fields = object.named(NAMES, |_| false, &mut findings);
    let status = read_status(&fields, &mut findings);
    let currency = read_currency(&fields, &mut findings);
    let lines = read_lines(&fields, &mut findings);
    let pend_reasons = read_pend_reasons(&fields, &mut findings);
    if let Some(status) = status.filter(|status| !status.is_pended() && !pend_reasons.is_empty()) {
        let reason =
            format!("a claim in status {status} waits for nobody; give pend reasons with a pended status only");
        fields.bad_value(ReportMember::PendReasons, &reason, &mut findings);
    }
    match (status, findings.into_messages()) {
        (Some(status), findings) if findings.is_empty() => Ok(AdjudicatedReport {
            status,
            currency,
            lines,
            pend_reasons,
        }),
        (_, findings) => Err(findings),
    }
}

fn read_status(fields: &Fields<'_, ReportMember>, findings: &mut Findings) -> Option<ProcessingStatus> {
    fields.require(ReportMember::Status, "status", findings);
    let text = fields.text(ReportMember::Status, findings)?;
    let status = text
        .parse()
        .ok()
        .filter(|status: &ProcessingStatus| status.is_reprocessable());
    if status.is_none() {
        let left_in = ProcessingStatus::ALL.iter().filter(|status| status.is_reprocessable());
        let left_in = left_in.map(|status| status.as_str()).collect::<Vec<_>>().join(", ");
        let reason = format!(
            "it is {}; adjudication leaves a claim in one of: {left_in}",
            quoted(&text)
        );
        fields.bad_value(ReportMember::Status, &reason, findings);
    }
    status
}

fn read_currency(fields: &Fields<'_, ReportMember>, findings: &mut Findings) -> Option<Currency> {
    let text = fields.text(ReportMember::Currency, findings)?;
    let currency = text.parse().ok();
    if currency.is_none() {
        let reason = format!(
            "it is {}; write the three letters of ISO 4217, such as USD or EUR",
            quoted(&text)
        );
        fields.bad_value(ReportMember::Currency, &reason, findings);
    }
    currency
}

fn read_lines(fields: &Fields<'_, ReportMember>, findings: &mut Findings) -> Vec<AdjudicatedLine> {
    const NAMES: &[(&str, LineMember)] = &[
        ("code", LineMember::Code),
        ("allowedAmount", LineMember::AllowedAmount),
        ("coveredAmount", LineMember::CoveredAmount),
    ];
    let mut lines = Vec::new();
    let mut held = HashSet::new();
    for item in fields.items(ReportMember::Lines, "line", findings) {
        let item = item.named(NAMES, |_| false, findings);
        let code = item.mandatory_code(LineMember::Code, "code", findings);
        let allowed = item.amount(LineMember::AllowedAmount, findings);
        let covered = item.amount(LineMember::CoveredAmount, findings);
        let Some(code) = code else { continue };
        if held.insert(code.clone()) {
            lines.push(AdjudicatedLine { code, allowed, covered });
        } else {
            let label = format!("line {}", quoted(&code));
            findings.add(Message::new(MessageKey::GivenTwice, [&label]));
        }
    }
    lines
}

fn read_pend_reasons(fields: &Fields<'_, ReportMember>, findings: &mut Findings) -> Vec<String> {
    let items = fields.items(ReportMember::PendReasons, "pendReason", findings);
    crate::options::read_codes(items, "pend reason", findings)
}
