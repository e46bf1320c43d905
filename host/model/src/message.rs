//! What a request or an activity says of a claim or of itself.
//!
//! A message is known inside by a stable key. Its outward code and text are those below; the codes 022, 023 and 027
//! are certain from the specification of the integration point that Reprise stands in for, the rest of the numbering
//! is Reprise's own.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How grave a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageSeverity {
    /// What was asked for is not done.
    Fatal,
    /// For information.
    Informative,
}

macro_rules! messages {
    ($($(#[$meta:meta])* $key:ident $severity:ident $code:literal $text:literal,)+) => {
        /// The stable key of a message.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum MessageKey { $(#[doc = concat!("`", $code, "`: ", $text)] $(#[$meta])* $key,)+ }

        impl MessageKey {
            /// Every message.
            pub const ALL: &[Self] = &[$(Self::$key,)+];

            /// Its name, the same for ever.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$key => stringify!($key),)+ }
            }

            /// Its outward code.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$key => $code,)+ }
            }

            /// Its text, with `{}` for each argument.
            pub const fn template(self) -> &'static str {
                match self { $(Self::$key => $text,)+ }
            }

            /// How grave it is.
            pub const fn severity(self) -> MessageSeverity {
                match self { $(Self::$key => MessageSeverity::$severity,)+ }
            }
        }
    };
}

messages! {
    UnknownProduct Fatal "CLA-IP-REPR-001" "Product code {} is unknown",
    UnknownProviderGroup Fatal "CLA-IP-REPR-002" "Provider group code {} is unknown",
    UnknownProcedureGroup Fatal "CLA-IP-REPR-003" "Procedure group code {} is unknown",
    UnknownProcedureCondition Fatal "CLA-IP-REPR-004" "Procedure condition code {} is unknown",
    UnknownDiagnosisGroup Fatal "CLA-IP-REPR-005" "Diagnosis group code {} is unknown",
    UnknownDiagnosisCondition Fatal "CLA-IP-REPR-006" "Diagnosis condition code {} is unknown",
    UnknownCoverageRegime Fatal "CLA-IP-REPR-007" "Regime code {} is unknown",
    UnknownMessage Fatal "CLA-IP-REPR-008" "Message code {} is unknown",
    UnknownClaimForm Fatal "CLA-IP-REPR-009" "Claim Form {} is unknown",
    UnknownClaim Fatal "CLA-IP-REPR-010" "Claim code {} is unknown",
    UnknownServicedEntity Fatal "CLA-IP-REPR-011" "Serviced entity code {} with type {} is unknown",
    UnknownMessageGroup Fatal "CLA-IP-REPR-012" "Message group code {} is unknown",
    StatusNotReprocessable Fatal "CLA-IP-REPR-013" "Claim {} cannot be reprocessed due to its current status",
    UnfinalizeReasonMissing Fatal "CLA-IP-REPR-014" "Claim {} is finalized. At least 1 unfinalize reason must be supplied to unfinalize the claim",
    UnknownUnfinalizeReason Fatal "CLA-IP-REPR-015" "Unfinalize reason {} is unknown",
    ProcedureGroupAndCondition Fatal "CLA-IP-REPR-016" "It is not allowed to specify both a procedure group and a procedure condition",
    DiagnosisGroupAndCondition Fatal "CLA-IP-REPR-017" "It is not allowed to specify both a diagnosis group and a diagnosis condition",
    DiagnosisConditionAlone Fatal "CLA-IP-REPR-018" "A diagnosis condition must be specified in conjunction with a procedure group or procedure condition",
    StartAfterEnd Fatal "CLA-IP-REPR-019" "Start date must be before end date",
    UnknownPendReason Fatal "CLA-IP-REPR-020" "Pend reason code {} is unknown",
    UnknownProcessType Fatal "CLA-IP-REPR-021" "The process type is unknown",
    Scheduled Informative "CLA-IP-REPR-022" "Claim with code {} is scheduled for reprocessing",
    Matches Informative "CLA-IP-REPR-023" "Claim with code {} matches the given search criteria",
    Settled Fatal "CLA-IP-REPR-027" "The claim cannot be unfinalized because it is settled",
    Locked Fatal "CLA-IP-REPR-028" "Claim {} cannot be reprocessed because it is locked by another process",
    UnknownSkipTag Fatal "CLA-IP-REPR-029" "Skip tag code {} is unknown",
    SkipTagUndo Fatal "CLA-IP-REPR-030" "Skip tag action UNDO cannot be specified",
    UnknownFeeSchedule Fatal "CLA-IP-REPR-031" "Fee schedule code {} is unknown",
    UnknownClaimType Fatal "CLA-IP-REPR-032" "Claim type is unknown",
    StatusNotValidForRequest Fatal "CLA-IP-REPR-033" "Claim status {} is not a valid status for the request",
    PendReasonNotAllowed Fatal "CLA-IP-CLAI-023" "Unresolved pend reasons exist and you don't have the privileges to resolve them",
    UnfinalizeReasonNotAllowed Fatal "CLA-IP-CLAI-025" "You do not have the privileges to use unfinalize reason {}",
    DataFileSetLocked Fatal "ACT-VL-FIAT-001" "Data file set {} is locked: an activity is using it",
    ActivityNotInitial Fatal "ACT-IP-ACTY-006" "Activity {} cannot be started: its status is {}",
    MalformedBody Fatal "REPRISE-REQ-001" "The body is not well-formed {}: {}",
    UnexpectedRoot Fatal "REPRISE-REQ-002" "The root {} is not expected here; expected is {}",
    UnknownMember Fatal "REPRISE-REQ-003" "{} is not known here; known are: {}",
    MissingMember Fatal "REPRISE-REQ-004" "{} is missing; it is mandatory",
    BadBoolean Fatal "REPRISE-REQ-005" "{} is `{}`; it can be true, false, Y or N",
    BadDate Fatal "REPRISE-REQ-006" "{} is `{}`; a day is written YYYY-MM-DD, such as 2009-07-01",
    HalfServicedEntity Fatal "REPRISE-REQ-007" "servicedEntityCode and servicedEntityTypeCode are given together or not at all; {} is missing",
    BadTagAction Fatal "REPRISE-REQ-008" "The action of tag {} is `{}`; it can be R, S, H or F",
    BadAmountRange Fatal "REPRISE-REQ-009" "{} is not a range of amounts: {}",
    BadValue Fatal "REPRISE-REQ-010" "{} has a value that it cannot have: {}",
    GivenTwice Fatal "REPRISE-REQ-011" "{} is given more than once",
    UnknownDynamicField Fatal "REPRISE-REQ-012" "Unfinalize reason {} has no field {}; its fields are: {}",
    SourceReferenceMissing Fatal "REPRISE-REQ-013" "Unfinalize reason {} needs a sourceReference",
    NoDoctype Fatal "REPRISE-REQ-014" "A document type or entity declaration is not accepted",
    UnsupportedMediaType Fatal "REPRISE-REQ-015" "The body is {}; it can be application/xml or application/json",
    BodyTooLarge Fatal "REPRISE-REQ-016" "The body is larger than {} bytes",
    UnknownPayer Fatal "REPRISE-REQ-017" "Payer {} is unknown; known are: {}",
    PayerMissing Fatal "REPRISE-REQ-018" "Several payers are here; name one with --payer: {}",
    NotFound Fatal "REPRISE-REQ-019" "There is no {}",
    NotYet Fatal "REPRISE-REQ-020" "{}",
    BeyondLimit Fatal "REPRISE-REQ-021" "The body is more than is accepted: {}",
    MoreFindings Fatal "REPRISE-REQ-022" "{} more findings are not shown",
    NoUnfinalizeReasonGiven Informative "REPRISE-REQ-023" "{} of these claims are finalized: each needs an unfinalize reason, and the request gives none",
    NoLongerMatches Fatal "REPRISE-REQ-024" "Claim {} was changed after it was matched and no longer meets the criteria",
    UnreadableEntry Fatal "REPRISE-REQ-025" "Entry {}, {}, cannot be read: {}",
    FileTruncated Fatal "REPRISE-REQ-026" "The file ends in the middle; {} entries before that were processed: {}",
    EmptyFile Fatal "REPRISE-REQ-027" "Data file {} is empty",
    MixedProcessTypes Informative "REPRISE-REQ-028" "The file holds reservations and claims; reservations are best reprocessed first, in a file of their own",
    IdempotencyKeyReused Fatal "REPRISE-REQ-029" "Idempotency-Key {} was given before with another request; give a new request a new key",
    CodeTaken Fatal "REPRISE-REQ-030" "{} is there already",
    WrongState Fatal "REPRISE-REQ-031" "{}",
    Cancelled Informative "REPRISE-REQ-032" "Cancelled by {}: {} of {} claims were handled before, and stay so",
    NotAuthenticated Fatal "REPRISE-ACCESS-001" "{}",
    NotAllowed Fatal "REPRISE-ACCESS-002" "{} does not have the access restriction {}, which this takes",
    TooManyRequests Fatal "REPRISE-ACCESS-003" "{}",
    RuleFault Fatal "REPRISE-RULES-001" "The rule component failed, so nothing was decided: {}",
    CriterionNotInRules Fatal "REPRISE-RULES-002" "The rule component cannot decide criterion {}: {}",
    RefusedByRules Fatal "REPRISE-RULES-003" "Claim {} cannot be reprocessed: {}",
    Interrupted Informative "REPRISE-TECH-002" "Interrupted, and going on by itself when the trouble is over: {}",
    TechnicalError Fatal "REPRISE-TECH-001" "Reprise could not do its work: {}",
}

impl fmt::Display for MessageKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A message with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Which message it is.
    pub key: MessageKey,
    /// What stands for each `{}` of its text.
    pub arguments: Vec<String>,
}

impl Message {
    /// A message with these arguments, one for each `{}` of its text.
    pub fn new<const COUNT: usize>(key: MessageKey, arguments: [&str; COUNT]) -> Self {
        debug_assert_eq!(
            COUNT,
            key.template().matches("{}").count(),
            "{key} has another number of arguments"
        );
        Self {
            key,
            arguments: arguments.map(str::to_owned).to_vec(),
        }
    }

    /// Its text.
    pub fn text(&self) -> String {
        let mut parts = self.key.template().split("{}");
        let mut text = parts.next().unwrap_or_default().to_owned();
        for (part, argument) in parts.zip(self.arguments.iter().map(String::as_str).chain(std::iter::repeat(""))) {
            text.push_str(argument);
            text.push_str(part);
        }
        text
    }

    /// Whether what was asked for is not done.
    pub fn is_fatal(&self) -> bool {
        self.key.severity() == MessageSeverity::Fatal
    }
}

/// What became of an element of a request: a claim, or the request itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResultOutcome {
    /// Success.
    #[serde(rename = "S")]
    Success,
    /// Failure.
    #[serde(rename = "F")]
    Failure,
}

impl ResultOutcome {
    /// Its letter, as answers and data files write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "S",
            Self::Failure => "F",
        }
    }
}

/// The messages about one element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultMessages {
    /// What became of it.
    pub result: ResultOutcome,
    /// The claim's code; empty for the request itself.
    pub element_id: String,
    /// What there is to say.
    pub messages: Vec<Message>,
}

impl ResultMessages {
    /// The messages about an element; a failure if any is fatal.
    pub fn about(element_id: impl Into<String>, messages: Vec<Message>) -> Self {
        let failed = messages.iter().any(Message::is_fatal);
        let result = if failed {
            ResultOutcome::Failure
        } else {
            ResultOutcome::Success
        };
        Self {
            result,
            element_id: element_id.into(),
            messages,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Message, MessageKey};

    #[test]
    fn arguments_stand_in_the_text() {
        let message = Message::new(MessageKey::UnknownServicedEntity, ["M-1", "PERSON"]);
        assert_eq!(message.text(), "Serviced entity code M-1 with type PERSON is unknown");
    }

    #[test]
    fn no_two_messages_share_a_code() {
        let mut codes: Vec<_> = MessageKey::ALL.iter().map(|key| key.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), MessageKey::ALL.len());
    }
}
