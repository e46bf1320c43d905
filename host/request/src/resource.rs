//! Anything that is shown, a claim, an activity, an explanation, in both formats from one tree of values.
//!
//! JSON is the tree itself. XML is made of it by one rule:
//!
//! - an object is an element, named by its member;
//! - a text, number or truth is an attribute, and `null` is none;
//! - a list is an element that holds one element for each item, named in the singular: `lines` holds `line`, and what
//!   is not a list of objects says its items as `value`: `<procedures><procedure value="G0438"/></procedures>`;
//! - an object whose names are data, such as a line's `attributes`, is a list of elements with `name` and `value`.

use serde_json::{Map, Value};

use crate::media::MediaType;
use crate::names::is_attribute_name;
use crate::xml_text::push_attribute;

/// Members whose objects have names that are data.
const NAMES_ARE_DATA: [&str; 2] = ["attributes", "where"];

/// Plurals whose singular is not had by taking an `s` off.
const SINGULARS: [(&str, &str); 9] = [
    ("activities", "activity"),
    ("adjudicated", "adjudication"),
    ("criteria", "criterion"),
    ("diagnoses", "diagnosis"),
    ("history", "entry"),
    ("matches", "match"),
    ("properties", "property"),
    ("statuses", "status"),
    ("where", "member"),
];

/// Something that is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    name: &'static str,
    value: Value,
}

impl Resource {
    /// A resource of this name, which is its root element in XML.
    pub const fn new(name: &'static str, value: Value) -> Self {
        Self { name, value }
    }

    /// The resource as an answer.
    pub fn render(&self, media_type: MediaType) -> String {
        match media_type {
            MediaType::Json => self.value.to_string(),
            MediaType::Xml => {
                let mut out = String::new();
                push_element(&mut out, self.name, None, &self.value);
                out
            }
        }
    }
}

/// Appends an element. `label` is its attribute `name`, where names are data.
fn push_element(out: &mut String, element: &str, label: Option<&str>, value: &Value) {
    out.push('<');
    out.push_str(element);
    if let Some(label) = label {
        push_attribute(out, "name", label);
    }
    match value {
        Value::Object(members) if label.is_none() && !names_are_data(element, members) => {
            for (name, value) in members {
                if let Some(text) = scalar(value) {
                    push_attribute(out, name, &text);
                }
            }
            let children = members
                .iter()
                .filter(|(_, value)| value.is_object() || value.is_array());
            push_content(out, element, children, |out, (name, value)| {
                push_element(out, name, None, value)
            });
        }
        Value::Object(members) if label.is_none() => {
            let item = singular(element);
            push_content(out, element, members.iter(), |out, (name, value)| {
                push_element(out, item, Some(name), value);
            });
        }
        Value::Array(items) if label.is_none() => {
            let item = singular(element);
            push_content(out, element, items.iter(), |out, value| {
                push_element(out, item, None, value)
            });
        }
        // Under a name that is data, whatever is no scalar is one element further in, away from the attribute `name`.
        Value::Object(_) | Value::Array(_) => {
            push_content(out, element, std::iter::once(value), |out, value| {
                push_element(out, "value", None, value)
            });
        }
        value => {
            if let Some(text) = scalar(value) {
                push_attribute(out, "value", &text);
            }
            out.push_str("/>");
        }
    }
}

/// Appends the end of a start tag, the children and the end tag; an empty element's end if there is no child.
fn push_content<T>(out: &mut String, element: &str, children: impl Iterator<Item = T>, push: impl Fn(&mut String, T)) {
    let mut children = children.peekable();
    if children.peek().is_none() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    for child in children {
        push(out, child);
    }
    out.push_str("</");
    out.push_str(element);
    out.push('>');
}

fn names_are_data(element: &str, members: &Map<String, Value>) -> bool {
    NAMES_ARE_DATA.contains(&element) || !members.keys().all(|name| is_attribute_name(name))
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn singular(plural: &str) -> &str {
    SINGULARS
        .iter()
        .find(|(known, _)| *known == plural)
        .map(|(_, singular)| *singular)
        .or_else(|| plural.strip_suffix("List"))
        .or_else(|| plural.strip_suffix('s').filter(|stem| !stem.ends_with('s')))
        .filter(|singular| !singular.is_empty())
        .unwrap_or("item")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Resource;
    use crate::media::MediaType;

    fn check(name: &'static str, value: Value, xml: &str) {
        let resource = Resource::new(name, value.clone());
        assert_eq!(resource.render(MediaType::Xml), xml);
        assert_eq!(resource.render(MediaType::Json), value.to_string());
    }

    #[test]
    fn an_activity_has_attributes_and_links() {
        check(
            "activity",
            json!({
                "id": 7, "code": "REPROCESSCLAIMS_CRITERIA", "status": "completed", "progress": {"done": 3, "of": 3},
                "links": [{"href": "/api/activities/7?a=1&b=2", "rel": "self"}, {"href": "/f", "rel": "file"}],
            }),
            "<activity id=\"7\" code=\"REPROCESSCLAIMS_CRITERIA\" status=\"completed\"><progress done=\"3\" of=\"3\"/>\
             <links><link href=\"/api/activities/7?a=1&amp;b=2\" rel=\"self\"/><link href=\"/f\" rel=\"file\"/></links>\
             </activity>",
        );
    }

    #[test]
    fn a_claim_has_its_lists() {
        check(
            "claim",
            json!({
                "code": "C001", "formCode": null, "highPriority": false, "messages": [],
                "lines": [{
                    "code": "C001-1", "servicedEntity": {"code": "M-1", "type": "PERSON"}, "procedures": ["G0438"],
                    "diagnoses": [{"code": "E119", "sequence": 1}], "attributes": {"tooth": "14", "the age": 7},
                }],
            }),
            "<claim code=\"C001\" highPriority=\"false\"><messages/><lines><line code=\"C001-1\">\
             <servicedEntity code=\"M-1\" type=\"PERSON\"/><procedures><procedure value=\"G0438\"/></procedures>\
             <diagnoses><diagnosis code=\"E119\" sequence=\"1\"/></diagnoses>\
             <attributes><attribute name=\"tooth\" value=\"14\"/><attribute name=\"the age\" value=\"7\"/></attributes>\
             </line></lines></claim>",
        );
    }

    #[test]
    fn whatever_the_tree_holds_is_written() {
        for (value, xml) in [
            (json!(null), "<things/>"),
            (json!("a"), "<things value=\"a\"/>"),
            (
                json!([1, [2], {"a": 3}]),
                "<things><thing value=\"1\"/><thing><item value=\"2\"/></thing><thing a=\"3\"/></things>",
            ),
            (
                json!({"1st": {"name": "x"}, "2nd": [1], "3rd": null}),
                "<things><thing name=\"1st\"><value name=\"x\"/></thing>\
                 <thing name=\"2nd\"><value><item value=\"1\"/></value></thing><thing name=\"3rd\"/></things>",
            ),
        ] {
            check("things", value, xml);
        }
    }
}
