//! Answers: the messages about a request or claim, and the count.

use reprise_model::{Amount, Currency, ResultMessages};
use serde_json::{Map, Value, json};

use crate::media::MediaType;
use crate::message_table::MessageTable;
use crate::xml_text::{push_attribute, push_text};

/// Messages as an answer.
///
/// XML has one root: the only `resultMessages` element itself, and around none or several of them
/// `resultMessagesList`. JSON always has the array `resultMessages`.
pub fn render_result_messages(results: &[ResultMessages], media_type: MediaType, table: &MessageTable) -> String {
    match media_type {
        MediaType::Xml => {
            let mut out = String::new();
            if let [result] = results {
                push_result_messages(&mut out, result, table);
                return out;
            }
            out.push_str("<resultMessagesList>");
            for result in results {
                push_result_messages(&mut out, result, table);
            }
            out.push_str("</resultMessagesList>");
            out
        }
        MediaType::Json => {
            let results: Vec<Value> = results
                .iter()
                .map(|result| {
                    json!({
                        "result": result.result.as_str(),
                        "elementId": result.element_id,
                        "messages": json_messages(result, table),
                    })
                })
                .collect();
            json!({ "resultMessages": results }).to_string()
        }
    }
}

/// Appends a `resultMessages` element.
pub(crate) fn push_result_messages(out: &mut String, result: &ResultMessages, table: &MessageTable) {
    out.push_str("<resultMessages");
    push_attribute(out, "result", result.result.as_str());
    push_attribute(out, "elementId", &result.element_id);
    out.push('>');
    for message in &result.messages {
        out.push_str("<resultMessage");
        push_attribute(out, "code", table.code(message.key));
        out.push('>');
        push_text(out, &message.text());
        out.push_str("</resultMessage>");
    }
    out.push_str("</resultMessages>");
}

/// The messages as JSON.
pub(crate) fn json_messages(result: &ResultMessages, table: &MessageTable) -> Value {
    let messages = result.messages.iter();
    messages
        .map(|message| json!({ "code": table.code(message.key), "text": message.text() }))
        .collect()
}

/// The answer to a count request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReprocessCount {
    /// How many claims the criteria request would reprocess.
    pub count: u64,
    /// What they are worth; none if there is no claim, or if they have different currencies.
    pub totals: Option<CountTotals>,
    /// How many claims meet the criteria and are left out because they are settled.
    pub excluded_settled: u64,
    /// How many claims meet the criteria and are left out because another process holds them.
    pub excluded_locked: u64,
    /// How many of the counted claims need an unfinalize reason, if the request gives none.
    pub unfinalize_reason_missing: Option<u64>,
}

/// The sums over all lines of the counted claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountTotals {
    /// What the payer allows.
    pub allowed: Amount,
    /// What the payer covers of it.
    pub covered: Amount,
    /// The currency of both.
    pub currency: Currency,
}

impl ReprocessCount {
    /// The count as an answer. Amounts have the decimals of their currency, and are texts in JSON too.
    pub fn render(&self, media_type: MediaType) -> String {
        let members = self.members();
        match media_type {
            MediaType::Json => Value::Object(members).to_string(),
            MediaType::Xml => crate::resource::Resource::new("claimReprocessCountResponse", Value::Object(members))
                .render(MediaType::Xml),
        }
    }

    fn members(&self) -> Map<String, Value> {
        let mut members = Map::new();
        members.insert("count".to_owned(), self.count.into());
        // No claim is worth nothing in no currency.
        if let Some(totals) = self.totals.filter(|_| self.count > 0) {
            let decimals = totals.currency.decimals();
            members.insert("totalAllowedAmount".to_owned(), totals.allowed.to_text(decimals).into());
            members.insert("totalCoveredAmount".to_owned(), totals.covered.to_text(decimals).into());
            members.insert("currency".to_owned(), totals.currency.code().into());
        }
        members.insert("excludedSettled".to_owned(), self.excluded_settled.into());
        members.insert("excludedLocked".to_owned(), self.excluded_locked.into());
        if let Some(missing) = self.unfinalize_reason_missing {
            members.insert("unfinalizeReasonMissing".to_owned(), missing.into());
        }
        members
    }
}
