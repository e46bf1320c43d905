//! Doing a request once, however often it is sent: under an idempotency key its answer is kept together with what it
//! changed, and is what the same request gets when it comes again.

use reprise_model::{Message, MessageKey};
use reprise_store::{IdempotencyKey, KeptAnswer, Store, WriteTransaction};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Host, HostError};

/// Under which key a request is sent, and what makes it the same request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// The key, with whom and where it is for.
    pub key: IdempotencyKey,
    /// The digest of the request's body.
    pub request_digest: Vec<u8>,
}

/// The answer of a request, new or kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done<Answer> {
    /// The answer.
    pub answer: Answer,
    /// Whether it was kept from when the request came first; nothing was done this time.
    pub repeated: bool,
}

impl<Answer> Done<Answer> {
    pub(crate) const fn now(answer: Answer) -> Self {
        Self {
            answer,
            repeated: false,
        }
    }
}

impl Host {
    /// The answer that is kept for a request, if it was answered before. Another request under the same key is refused.
    pub(crate) fn kept<Answer: DeserializeOwned>(
        &self,
        once: Option<&Once>,
    ) -> Result<Option<Done<Answer>>, HostError> {
        kept_answer(self.inner.store.as_ref(), once)
    }

    /// What a refusal comes to that was decided on before anybody was held up: what refuses a request may be what it has
    /// done itself, when it came first and was not answered yet as this one looked for its answer.
    pub(crate) fn kept_or_refused<Answer: DeserializeOwned>(
        &self,
        once: Option<&Once>,
        refusal: HostError,
    ) -> Result<Done<Answer>, HostError> {
        self.kept(once)?.ok_or(refusal)
    }

    /// Does work in one transaction, once: the answer is kept with it, and if the request was answered before, nothing
    /// is done and that answer is answered.
    pub(crate) fn write_once<Answer: Serialize + DeserializeOwned>(
        &self,
        once: Option<&Once>,
        work: impl FnOnce(&mut dyn WriteTransaction) -> Result<Answer, HostError>,
    ) -> Result<Done<Answer>, HostError> {
        let done = self.write_once_if(once, |transaction| work(transaction).map(Some))?;
        done.ok_or_else(|| HostError::Technical("work was done and has no answer".to_owned()))
    }

    /// The same for work that may find, once it can write, that it has to be prepared anew: it answers nothing then, and
    /// nothing of it is kept.
    pub(crate) fn write_once_if<Answer: Serialize + DeserializeOwned>(
        &self,
        once: Option<&Once>,
        work: impl FnOnce(&mut dyn WriteTransaction) -> Result<Option<Answer>, HostError>,
    ) -> Result<Option<Done<Answer>>, HostError> {
        if let Some(kept) = self.kept(once)? {
            return Ok(Some(kept));
        }
        let mut transaction = self.inner.store.begin_write()?;
        // Another thread may have been first while this one waited to write. From here on none can be.
        if let Some(kept) = self.kept(once)? {
            return Ok(Some(kept));
        }
        let Some(answer) = work(transaction.as_mut())? else {
            return Ok(None);
        };
        keep(transaction.as_mut(), once, &answer)?;
        transaction.commit()?;
        Ok(Some(Done::now(answer)))
    }
}

/// The answer that is kept in a database for a request, if it was answered before. Another request under the same key is
/// refused.
pub(crate) fn kept_answer<Answer: DeserializeOwned>(
    store: &dyn Store,
    once: Option<&Once>,
) -> Result<Option<Done<Answer>>, HostError> {
    let Some(once) = once else { return Ok(None) };
    let kept = store.kept_answer(&once.key)?;
    kept.map(|kept| answer_of(once, &kept)).transpose()
}

/// Keeps an answer with what the transaction writes.
pub(crate) fn keep<Answer: Serialize>(
    transaction: &mut dyn WriteTransaction,
    once: Option<&Once>,
    answer: &Answer,
) -> Result<(), HostError> {
    let Some(once) = once else { return Ok(()) };
    let answer = KeptAnswer {
        request_digest: once.request_digest.clone(),
        answer: serde_json::to_string(answer).map_err(|error| HostError::Technical(error.to_string()))?,
    };
    match transaction.keep_answer(&once.key, &answer)? {
        None => Ok(()),
        Some(_) => Err(HostError::Technical(
            "an answer was kept while nobody else was writing".to_owned(),
        )),
    }
}

fn answer_of<Answer: DeserializeOwned>(once: &Once, kept: &KeptAnswer) -> Result<Done<Answer>, HostError> {
    if kept.request_digest != once.request_digest {
        return Err(HostError::KeyReused(Message::new(
            MessageKey::IdempotencyKeyReused,
            [&once.key.key],
        )));
    }
    let answer = serde_json::from_str(&kept.answer)
        .map_err(|error| HostError::Technical(format!("a kept answer cannot be read: {error}")))?;
    Ok(Done { answer, repeated: true })
}
