//! Reads the members of an object by what they mean, and collects everything that is wrong with them.

use std::collections::HashSet;

use reprise_model::{Amount, Day, Message, MessageKey, check_code};

use crate::amount::amount_of;
use crate::document::{Member, Value};
use crate::media::MediaType;
use crate::place::{quoted, shown};

/// How many findings an answer holds; a hostile body could have one for every byte.
pub(crate) const FINDINGS_MAX: usize = 100;

/// How long a text that is not a code may be, where it is written down with every claim that a request is about.
const SHORT_TEXT_BYTES_MAX: usize = 2_000;

/// What is wrong with a request, in the order found.
#[derive(Default)]
pub(crate) struct Findings {
    messages: Vec<Message>,
    not_kept: usize,
}

impl Findings {
    pub(crate) fn add(&mut self, message: Message) {
        self.add_if_kept(|| message);
    }

    /// As [`Self::add`], for a message that is not worth its making when it is not kept.
    fn add_if_kept(&mut self, message: impl FnOnce() -> Message) {
        if self.messages.len() < FINDINGS_MAX {
            self.messages.push(message());
        } else {
            self.not_kept += 1;
        }
    }

    pub(crate) fn bad_value(&mut self, label: &str, reason: &str) {
        self.add(Message::new(MessageKey::BadValue, [label, reason]));
    }

    /// What is wrong; nothing if nothing is.
    pub(crate) fn into_messages(mut self) -> Vec<Message> {
        if self.not_kept > 0 {
            self.messages
                .push(Message::new(MessageKey::MoreFindings, [&self.not_kept.to_string()]));
        }
        self.messages
    }
}

/// An object of a body, with what it takes to name its members in a message.
#[derive(Clone)]
pub(crate) struct Object<'d> {
    pub(crate) members: &'d [Member],
    pub(crate) media_type: MediaType,
    /// JSON: the path to it, with a final dot; empty for the root.
    path: String,
    /// XML: the element, if it is not the root.
    element: Option<&'d Member>,
}

impl<'d> Object<'d> {
    /// The root of a body, or the object that a JSON root wraps under a name.
    pub(crate) fn root(members: &'d [Member], media_type: MediaType, wrapped_in: Option<&str>) -> Self {
        let path = wrapped_in.map_or_else(String::new, |name| format!("{name}."));
        Self {
            members,
            media_type,
            path,
            element: None,
        }
    }

    /// A member as messages name it: in XML by its name and place, in JSON by its path.
    pub(crate) fn label(&self, member: &Member) -> String {
        match member.place {
            Some(place) => format!("{} ({place})", quoted(&member.name)),
            None => quoted(&format!("{}{}", self.path, member.name)),
        }
    }

    /// As [`Self::label`], for a member that is not there.
    pub(crate) fn label_of_missing(&self, name: &str) -> String {
        match self.element {
            Some(element) => match element.place {
                Some(place) => format!("`{name}` of {} ({place})", quoted(&element.name)),
                None => format!("`{name}` of {}", quoted(&element.name)),
            },
            None => quoted(&format!("{}{name}", self.path)),
        }
    }

    /// Sorts the members by what they mean. What means nothing is a finding, and so is what is given twice, unless it
    /// is a child element that may repeat.
    pub(crate) fn fields<T: Copy + PartialEq>(
        self,
        target: impl Fn(&str) -> Option<T>,
        repeats: impl Fn(T) -> bool,
        known: impl Fn() -> String,
        findings: &mut Findings,
    ) -> Fields<'d, T> {
        let mut given: Vec<(T, &'d Member)> = Vec::new();
        let mut unknown = HashSet::new();
        for member in self.members {
            let Some(target) = target(&member.name) else {
                if unknown.insert(&member.name) {
                    findings.add_if_kept(|| Message::new(MessageKey::UnknownMember, [&self.label(member), &known()]));
                }
                continue;
            };
            let is_repeat = given.iter().any(|(held, _)| *held == target);
            if is_repeat && !(self.media_type == MediaType::Xml && repeats(target)) {
                findings.add(Message::new(MessageKey::GivenTwice, [&self.label(member)]));
                continue;
            }
            given.push((target, member));
        }
        Fields { object: self, given }
    }

    /// As [`Self::fields`], by a table of names. The first name of a meaning is the one that messages list.
    pub(crate) fn named<T: Copy + PartialEq>(
        self,
        names: &[(&str, T)],
        repeats: impl Fn(T) -> bool,
        findings: &mut Findings,
    ) -> Fields<'d, T> {
        let target = |spelling: &str| {
            let found = names.iter().find(|(name, _)| *name == spelling);
            found.map(|(_, target)| *target)
        };
        let known = || {
            let mut listed: Vec<(&str, T)> = Vec::new();
            for (name, target) in names {
                if !listed.iter().any(|(_, held)| held == target) {
                    listed.push((name, *target));
                }
            }
            listed.into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(", ")
        };
        self.fields(target, repeats, known, findings)
    }
}

/// The members of an object, sorted by what they mean.
pub(crate) struct Fields<'d, T> {
    pub(crate) object: Object<'d>,
    given: Vec<(T, &'d Member)>,
}

impl<'d, T: Copy + PartialEq> Fields<'d, T> {
    /// The member that gives it; none if it is absent or empty.
    pub(crate) fn get(&self, target: T) -> Option<&'d Member> {
        let given = self
            .given
            .iter()
            .find(|(held, member)| *held == target && !member.value.is_blank());
        given.map(|(_, member)| *member)
    }

    /// A text of any content.
    pub(crate) fn text(&self, target: T, findings: &mut Findings) -> Option<String> {
        let member = self.get(target)?;
        match &member.value {
            Value::Text(text) => Some(text.clone()),
            value => {
                let reason = format!("it is {}, and has to be a text", value.described());
                findings.bad_value(&self.object.label(member), &reason);
                None
            }
        }
    }

    /// A text of any content that is not long.
    pub(crate) fn short_text(&self, target: T, findings: &mut Findings) -> Option<String> {
        let text = self.text(target, findings)?;
        if text.len() > SHORT_TEXT_BYTES_MAX {
            let reason = format!("it is {} bytes long; {SHORT_TEXT_BYTES_MAX} are allowed", text.len());
            self.bad_value(target, &reason, findings);
            return None;
        }
        Some(text)
    }

    /// A code: a text that could be one.
    pub(crate) fn code(&self, target: T, findings: &mut Findings) -> Option<String> {
        let code = self.text(target, findings)?;
        match check_code("it", &code) {
            Ok(()) => Some(code),
            Err(reason) => {
                self.bad_value(target, &reason.replace("`it`", "it"), findings);
                None
            }
        }
    }

    /// A code that has to be there.
    pub(crate) fn mandatory_code(&self, target: T, name: &str, findings: &mut Findings) -> Option<String> {
        self.require(target, name, findings);
        self.code(target, findings)
    }

    /// That it is not there is a finding.
    pub(crate) fn require(&self, target: T, name: &str, findings: &mut Findings) {
        if self.get(target).is_none() {
            let label = self.object.label_of_missing(name);
            findings.add(Message::new(MessageKey::MissingMember, [&label]));
        }
    }

    /// An amount.
    pub(crate) fn amount(&self, target: T, findings: &mut Findings) -> Option<Amount> {
        let member = self.get(target)?;
        match amount_of(&member.value) {
            Ok(amount) => Some(amount),
            Err(reason) => {
                findings.bad_value(&self.object.label(member), &format!("it {reason}"));
                None
            }
        }
    }

    /// Adds a finding about what was given.
    pub(crate) fn bad_value(&self, target: T, reason: &str, findings: &mut Findings) {
        if let Some(member) = self.get(target) {
            findings.bad_value(&self.object.label(member), reason);
        }
    }

    /// A truth.
    pub(crate) fn truth(&self, target: T, findings: &mut Findings) -> Option<bool> {
        let member = self.get(target)?;
        let given = match &member.value {
            Value::Truth(truth) => return Some(*truth),
            Value::Text(text) => match text.as_str() {
                "true" | "Y" => return Some(true),
                "false" | "N" => return Some(false),
                _ => shown(text),
            },
            value => value.described(),
        };
        findings.add(Message::new(
            MessageKey::BadBoolean,
            [&self.object.label(member), &given],
        ));
        None
    }

    /// A day.
    pub(crate) fn day(&self, target: T, findings: &mut Findings) -> Option<Day> {
        let member = self.get(target)?;
        let given = match &member.value {
            Value::Text(text) => match text.parse() {
                Ok(day) => return Some(day),
                Err(_) => shown(text),
            },
            value => value.described(),
        };
        findings.add(Message::new(MessageKey::BadDate, [&self.object.label(member), &given]));
        None
    }

    /// The objects of a list. In XML they are the child elements of this name in the list's element, in JSON the
    /// objects of an array.
    pub(crate) fn items(&self, target: T, item_name: &str, findings: &mut Findings) -> Vec<Object<'d>> {
        let Some(member) = self.get(target) else {
            return Vec::new();
        };
        let label = || self.object.label(member);
        match (&member.value, self.object.media_type) {
            (Value::Object(children), MediaType::Xml) => {
                let mut items = Vec::new();
                for child in children {
                    match &child.value {
                        Value::Object(_) if child.name == item_name => items.extend(self.element(child)),
                        _ => {
                            let label = self.object.label(child);
                            findings.add(Message::new(MessageKey::UnknownMember, [&label, item_name]));
                        }
                    }
                }
                items
            }
            (Value::List(values), MediaType::Json) => self.array(member, values, findings),
            (value, MediaType::Xml) => {
                let reason = format!(
                    "it is {}; write it as an element with {item_name} elements",
                    value.described()
                );
                findings.bad_value(&label(), &reason);
                Vec::new()
            }
            (value, MediaType::Json) => {
                findings.bad_value(&label(), &format!("it is {}, and has to be a list", value.described()));
                Vec::new()
            }
        }
    }

    /// The object that a JSON member is, where a list would be right too.
    pub(crate) fn json_object(&self, target: T) -> Option<Object<'d>> {
        let member = self.get(target)?;
        match (&member.value, self.object.media_type) {
            (Value::Object(members), MediaType::Json) => Some(Object {
                members,
                media_type: MediaType::Json,
                path: format!("{}{}.", self.object.path, member.name),
                element: None,
            }),
            _ => None,
        }
    }

    /// The objects that stand under one name without a list around them. In XML they are the child elements of that
    /// name, in JSON the objects of an array.
    pub(crate) fn repeated(&self, target: T, findings: &mut Findings) -> Vec<Object<'d>> {
        let mut objects = Vec::new();
        for (_, member) in self
            .given
            .iter()
            .filter(|(held, member)| *held == target && !member.value.is_blank())
        {
            match (&member.value, self.object.media_type) {
                (Value::Object(_), MediaType::Xml) => objects.extend(self.element(member)),
                (Value::List(values), MediaType::Json) => objects.extend(self.array(member, values, findings)),
                (value, media_type) => {
                    let right = if media_type == MediaType::Xml {
                        "an element"
                    } else {
                        "a list"
                    };
                    let reason = format!("it is {}, and has to be {right}", value.described());
                    findings.bad_value(&self.object.label(member), &reason);
                }
            }
        }
        objects
    }

    fn element(&self, member: &'d Member) -> Option<Object<'d>> {
        let Value::Object(members) = &member.value else {
            return None;
        };
        Some(Object {
            members,
            media_type: self.object.media_type,
            path: String::new(),
            element: Some(member),
        })
    }

    fn array(&self, member: &'d Member, values: &'d [Value], findings: &mut Findings) -> Vec<Object<'d>> {
        let mut objects = Vec::new();
        for (position, value) in values.iter().enumerate() {
            let path = format!("{}{}[{position}]", self.object.path, member.name);
            match value {
                Value::Object(members) => objects.push(Object {
                    members,
                    media_type: self.object.media_type,
                    path: format!("{path}."),
                    element: None,
                }),
                value => {
                    let reason = format!("it is {}, and has to be an object", value.described());
                    findings.bad_value(&quoted(&path), &reason);
                }
            }
        }
        objects
    }
}
