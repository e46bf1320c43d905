//! How a request wants the claims processed that it hits. Every kind of reprocess request has the same options.

use std::collections::HashSet;

use reprise_model::{AttachedUnfinalizeReason, DynamicField, Message, MessageKey, TagActionEntry};

use crate::fields::{Fields, Findings, Object};
use crate::media::MediaType;
use crate::place::{quoted, shown};
use crate::target::{OptionName, Target};

/// How a request wants the claims processed that it hits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReprocessOptions {
    /// Whether a Skip that a claim has gives way to the tag actions given here.
    pub override_skip: Option<bool>,
    /// Whether claims need not be sent out for preprocessing.
    pub preprocessing_done: Option<bool>,
    /// Whether claims need not be sent out for pricing.
    pub pricing_done: Option<bool>,
    /// Whether claims are marked as high priority; false leaves them as they are.
    pub set_to_high_priority: Option<bool>,
    /// The message that claims are marked with.
    pub reprocess_message_code: Option<String>,
    /// What is to happen to tagged steps of processing. No tag is given twice.
    pub tag_actions: Vec<TagActionEntry>,
    /// Why claims are unfinalized. No reason is given twice.
    pub unfinalize_reasons: Vec<AttachedUnfinalizeReason>,
    /// The pend reasons that claims are to wait for a human with. None is given twice.
    pub pend_reasons: Vec<String>,
}

/// Reads the options of a request.
pub(crate) fn read_options(fields: &Fields<'_, Target>, findings: &mut Findings) -> ReprocessOptions {
    let option = Target::Option;
    ReprocessOptions {
        override_skip: fields.truth(option(OptionName::OverrideSkip), findings),
        preprocessing_done: fields.truth(option(OptionName::PreprocessingDone), findings),
        pricing_done: fields.truth(option(OptionName::PricingDone), findings),
        set_to_high_priority: fields.truth(option(OptionName::SetToHighPriority), findings),
        reprocess_message_code: fields.code(option(OptionName::ReprocessMessage), findings),
        tag_actions: read_tag_actions(fields, findings),
        unfinalize_reasons: read_unfinalize_reasons(fields, findings),
        pend_reasons: read_pend_reasons(fields, findings),
    }
}

/// The members of an item of a list; each item knows a few of them.
#[derive(Clone, Copy, PartialEq)]
enum ItemMember {
    Tag,
    Action,
    Code,
    SourceReference,
    DynamicField,
    Name,
    Value,
}

fn read_tag_actions(fields: &Fields<'_, Target>, findings: &mut Findings) -> Vec<TagActionEntry> {
    const NAMES: &[(&str, ItemMember)] = &[("tag", ItemMember::Tag), ("action", ItemMember::Action)];
    let mut entries = Vec::new();
    let mut tags = HashSet::new();
    for item in fields.items(Target::Option(OptionName::TagActions), "claimTagAction", findings) {
        let item = item.named(NAMES, |_| false, findings);
        let tag = item.mandatory_code(ItemMember::Tag, "tag", findings);
        let action = item.mandatory_code(ItemMember::Action, "action", findings);
        let (Some(tag), Some(action)) = (tag, action) else {
            continue;
        };
        if action == "UNDO" {
            findings.add(Message::new(MessageKey::SkipTagUndo, []));
        } else if let Ok(action) = action.parse() {
            if tags.insert(tag.clone()) {
                entries.push(TagActionEntry { tag, action });
            } else {
                findings.add(Message::new(MessageKey::GivenTwice, [&format!("tag {}", quoted(&tag))]));
            }
        } else {
            findings.add(Message::new(MessageKey::BadTagAction, [&quoted(&tag), &shown(&action)]));
        }
    }
    entries
}

fn read_unfinalize_reasons(fields: &Fields<'_, Target>, findings: &mut Findings) -> Vec<AttachedUnfinalizeReason> {
    const IN_XML: &[(&str, ItemMember)] = &[
        ("code", ItemMember::Code),
        ("sourceReference", ItemMember::SourceReference),
        ("dynamicField", ItemMember::DynamicField),
    ];
    // The import format says `dynamicFields`; what is exported there can be sent here.
    const IN_JSON: &[(&str, ItemMember)] = &[
        ("code", ItemMember::Code),
        ("sourceReference", ItemMember::SourceReference),
        ("dynamicField", ItemMember::DynamicField),
        ("dynamicFields", ItemMember::DynamicField),
    ];
    let mut reasons = Vec::new();
    let mut codes = HashSet::new();
    for item in fields.items(
        Target::Option(OptionName::UnfinalizeReasons),
        "claimUnfinalizeReason",
        findings,
    ) {
        let names = if item.media_type == MediaType::Xml {
            IN_XML
        } else {
            IN_JSON
        };
        let item = item.named(names, |member| member == ItemMember::DynamicField, findings);
        let code = item.mandatory_code(ItemMember::Code, "code", findings);
        let source_reference = item.short_text(ItemMember::SourceReference, findings);
        let dynamic_fields = read_dynamic_fields(&item, findings);
        let Some(code) = code else { continue };
        if codes.insert(code.clone()) {
            reasons.push(AttachedUnfinalizeReason {
                code,
                source_reference,
                dynamic_fields,
            });
        } else {
            findings.add(Message::new(
                MessageKey::GivenTwice,
                [&format!("unfinalize reason {}", quoted(&code))],
            ));
        }
    }
    reasons
}

fn read_dynamic_fields(reason: &Fields<'_, ItemMember>, findings: &mut Findings) -> Vec<DynamicField> {
    const NAMES: &[(&str, ItemMember)] = &[("name", ItemMember::Name), ("value", ItemMember::Value)];
    let mut dynamic_fields = Vec::new();
    let mut held = HashSet::new();
    for item in reason.repeated(ItemMember::DynamicField, findings) {
        let item = item.named(NAMES, |_| false, findings);
        let name = item.mandatory_code(ItemMember::Name, "name", findings);
        item.require(ItemMember::Value, "value", findings);
        let value = item.short_text(ItemMember::Value, findings);
        let (Some(name), Some(value)) = (name, value) else {
            continue;
        };
        if held.insert(name.clone()) {
            dynamic_fields.push(DynamicField { name, value });
        } else {
            findings.add(Message::new(
                MessageKey::GivenTwice,
                [&format!("dynamic field {}", quoted(&name))],
            ));
        }
    }
    dynamic_fields
}

fn read_pend_reasons(fields: &Fields<'_, Target>, findings: &mut Findings) -> Vec<String> {
    let items = fields.items(Target::Option(OptionName::PendReasons), "claimPendReason", findings);
    read_codes(items, "pend reason", findings)
}

/// The codes of items that have nothing but a code, each given once.
pub(crate) fn read_codes(items: Vec<Object<'_>>, kind: &str, findings: &mut Findings) -> Vec<String> {
    const NAMES: &[(&str, ItemMember)] = &[("code", ItemMember::Code)];
    let mut codes = Vec::new();
    let mut held = HashSet::new();
    for item in items {
        let item = item.named(NAMES, |_| false, findings);
        let Some(code) = item.mandatory_code(ItemMember::Code, "code", findings) else {
            continue;
        };
        if held.insert(code.clone()) {
            codes.push(code);
        } else {
            let label = format!("{kind} {}", quoted(&code));
            findings.add(Message::new(MessageKey::GivenTwice, [&label]));
        }
    }
    codes
}
