//! How a use-case of intake can fail.

use reprise_engine::Fault;
use reprise_request::Problem;
use reprise_store::StoreError;

use crate::HostError;

/// Why a use-case of intake was not done. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// What was asked for is refused, by the host or by the rules. All that is wrong is told at once; there is one at
    /// least.
    #[error("{}", sentences(.0))]
    Refused(Vec<Problem>),
    /// What can happen to any use-case.
    #[error(transparent)]
    Host(#[from] HostError),
}

fn sentences(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(|problem| problem.detail.as_str())
        .collect::<Vec<_>>()
        .join("; ")
}

impl IntakeError {
    /// A refusal with one problem.
    pub(crate) fn refused(code: &'static str, field: &str, detail: impl Into<String>) -> Self {
        Problem::new(code, field, detail).into()
    }

    /// There is no such claim.
    pub(crate) fn no_claim(number: i64) -> Self {
        Self::refused(Problem::NOT_FOUND, "ClaimNum", format!("there is no claim {number}"))
    }

    /// Others were faster, again and again.
    pub(crate) fn overtaken() -> Self {
        Self::Host(HostError::Store(StoreError::Unavailable {
            reason: "what was decided on changed each time before it could be written".to_owned(),
        }))
    }
}

impl From<Problem> for IntakeError {
    fn from(problem: Problem) -> Self {
        Self::Refused(vec![problem])
    }
}

impl From<StoreError> for IntakeError {
    fn from(error: StoreError) -> Self {
        Self::Host(error.into())
    }
}

impl From<Fault> for IntakeError {
    fn from(fault: Fault) -> Self {
        Self::Host(fault.into())
    }
}
