//! How a use-case can fail. HTTP and the command line each say it in their own way; neither adds to it.

use reprise_engine::{CompileError, Fault};
use reprise_model::{Message, MessageKey};
use reprise_store::StoreError;

use crate::matching::MatchError;

/// Why a use-case was not done. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// What was asked for cannot be asked for. The messages say what is wrong, all of it at once.
    #[error("{}", texts(.0))]
    Refused(Vec<Message>),
    /// Nobody who is known here asks for it.
    #[error("{}", .0.text())]
    NotAuthenticated(Message),
    /// Whoever asks for it may not have it done.
    #[error("{}", .0.text())]
    Forbidden(Message),
    /// What was asked about is not there.
    #[error("{}", .0.text())]
    NotFound(Message),
    /// What was asked for cannot be done in the state that things are in.
    #[error("{}", .0.text())]
    Conflict(Message),
    /// The idempotency key belongs to another request.
    #[error("{}", .0.text())]
    KeyReused(Message),
    /// What was asked about is not ready yet.
    #[error("{}", .0.text())]
    NotYet(Message),
    /// The rule component failed, so nothing was decided.
    #[error("the rule component failed, so nothing was decided: {0}")]
    RuleFault(Fault),
    /// The database could not do its work.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Reprise itself could not do its work.
    #[error("{0}")]
    Technical(String),
}

fn texts(messages: &[Message]) -> String {
    messages.iter().map(Message::text).collect::<Vec<_>>().join("; ")
}

impl HostError {
    /// A refusal with one message.
    pub(crate) fn refused<const COUNT: usize>(key: MessageKey, arguments: [&str; COUNT]) -> Self {
        Self::Refused(vec![Message::new(key, arguments)])
    }

    /// It cannot be done in the state that things are in.
    pub(crate) fn conflict(sentence: &str) -> Self {
        Self::Conflict(Message::new(MessageKey::WrongState, [sentence]))
    }

    /// There is no such thing.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::NotFound(Message::new(MessageKey::NotFound, [what]))
    }

    /// What there is to say of it, for answers.
    pub fn messages(&self) -> Vec<Message> {
        match self {
            Self::Refused(messages) => messages.clone(),
            Self::NotAuthenticated(message)
            | Self::Forbidden(message)
            | Self::NotFound(message)
            | Self::Conflict(message)
            | Self::KeyReused(message)
            | Self::NotYet(message) => vec![message.clone()],
            Self::RuleFault(fault) => vec![Message::new(MessageKey::RuleFault, [&fault.to_string()])],
            Self::Store(_) | Self::Technical(_) => {
                vec![Message::new(MessageKey::TechnicalError, [&self.to_string()])]
            }
        }
    }
}

impl From<MatchError> for HostError {
    fn from(error: MatchError) -> Self {
        match error {
            MatchError::Fault(fault) => fault.into(),
            MatchError::Index(error) => Self::Technical(error.to_string()),
        }
    }
}

impl From<Fault> for HostError {
    fn from(fault: Fault) -> Self {
        match fault {
            // The component did nothing wrong: the database did not answer it.
            Fault::ReferenceUnavailable { reason } => Self::Store(StoreError::Unavailable { reason }),
            fault => Self::RuleFault(fault),
        }
    }
}

impl From<CompileError> for HostError {
    fn from(error: CompileError) -> Self {
        match error {
            CompileError::Fault(fault) => fault.into(),
            CompileError::Refused { criterion, reason } => {
                let criterion = if criterion.is_empty() {
                    "of this request"
                } else {
                    &criterion
                };
                Self::refused(MessageKey::CriterionNotInRules, [criterion, &reason])
            }
        }
    }
}
