//! The root of a body: which request it says it is.

use reprise_model::{Message, MessageKey};

use crate::document::{Document, Value};
use crate::fields::Object;
use crate::place::quoted;

pub(crate) const ACTIVATION_ROOT: &str = "activation";
pub(crate) const ACTIVITY_ROOT: &str = "activity";
pub(crate) const ADJUDICATED_ROOT: &str = "adjudicated";
pub(crate) const CLAIM_ROOT: &str = "claim";
pub(crate) const COUNT_ROOT: &str = "claimReprocessCountRequest";
pub(crate) const CRITERIA_ROOT: &str = "claimReprocessingCriteriaRequest";
pub(crate) const DATA_FILE_SET_ROOT: &str = "dataFileSet";
pub(crate) const DEACTIVATION_ROOT: &str = "deactivation";
pub(crate) const KEY_ROOT: &str = "key";
pub(crate) const PAYER_ROOT: &str = "payer";
pub(crate) const PRINCIPAL_ROOT: &str = "principal";
pub(crate) const REINSTATEMENT_ROOT: &str = "reinstatement";
pub(crate) const ROLE_ROOT: &str = "role";
pub(crate) const ROLLBACK_ROOT: &str = "rollback";
pub(crate) const RULES_POLICY_ROOT: &str = "rulesPolicy";
pub(crate) const SIGNATURE_ROOT: &str = "signature";
pub(crate) const TOKEN_ROOT: &str = "token";
pub(crate) const WEBHOOK_ROOT: &str = "webhook";

const ROOTS: [&str; 18] = [
    ACTIVATION_ROOT,
    ACTIVITY_ROOT,
    ADJUDICATED_ROOT,
    CLAIM_ROOT,
    COUNT_ROOT,
    CRITERIA_ROOT,
    DATA_FILE_SET_ROOT,
    DEACTIVATION_ROOT,
    KEY_ROOT,
    PAYER_ROOT,
    PRINCIPAL_ROOT,
    REINSTATEMENT_ROOT,
    ROLE_ROOT,
    ROLLBACK_ROOT,
    RULES_POLICY_ROOT,
    SIGNATURE_ROOT,
    TOKEN_ROOT,
    WEBHOOK_ROOT,
];

/// The root's members. XML names it; in JSON it is the object itself, or stands in it under that name.
pub(crate) fn root_object<'d>(document: &'d Document, roots: &[&str]) -> Result<Object<'d>, Message> {
    let unexpected = |found: &str| Message::new(MessageKey::UnexpectedRoot, [found, &roots.join(" or ")]);
    match (&document.root_name, &document.root) {
        (Some(name), _) if !roots.contains(&name.as_str()) => Err(unexpected(&quoted(name))),
        (None, Value::Object(members)) => match members.as_slice() {
            [wrapper] if roots.contains(&wrapper.name.as_str()) => match &wrapper.value {
                Value::Object(members) => Ok(Object::root(members, document.media_type, Some(&wrapper.name))),
                value => Err(unexpected(&format!(
                    "{}, which is {},",
                    quoted(&wrapper.name),
                    value.described()
                ))),
            },
            // A whole request of another kind, not a member that is unknown.
            [wrapper] if ROOTS.contains(&wrapper.name.as_str()) => Err(unexpected(&quoted(&wrapper.name))),
            members => Ok(Object::root(members, document.media_type, None)),
        },
        (_, Value::Object(members)) => Ok(Object::root(members, document.media_type, None)),
        (_, value) => Err(unexpected(&value.described())),
    }
}
