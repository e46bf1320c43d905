//! Results of an activity as their rows hold them: many in one versioned value.
//!
//! The first byte is the version of the format. Version 1 is the postcard encoding of [`Chunk`]: messages are named by
//! their keys, which stay the same for ever, and each key is written once for the chunk.

use reprise_model::{Message, MessageKey, ResultMessages, ResultOutcome};
use serde::{Deserialize, Serialize};

use crate::StoreError;

/// The version of the format that is written.
const VERSION: u8 = 1;

/// How many results a chunk holds at most: small enough to render at once, large enough that its row is cheap.
pub(crate) const RESULTS_MAX: usize = 4096;

#[derive(Serialize, Deserialize)]
struct Chunk<'a> {
    #[serde(borrow)]
    keys: Vec<&'a str>,
    #[serde(borrow)]
    results: Vec<StoredResult<'a>>,
}

#[derive(Serialize, Deserialize)]
struct StoredResult<'a> {
    element_id: &'a str,
    failed: bool,
    #[serde(borrow)]
    messages: Vec<StoredMessage<'a>>,
}

#[derive(Serialize, Deserialize)]
struct StoredMessage<'a> {
    /// The place of its key among the chunk's keys.
    key: u32,
    #[serde(borrow)]
    arguments: Vec<&'a str>,
}

/// The results, encoded.
pub(crate) fn encode(results: &[ResultMessages]) -> Result<Vec<u8>, StoreError> {
    let mut keys: Vec<&str> = Vec::new();
    let mut number_of = |key: MessageKey| {
        let place = keys.iter().position(|name| *name == key.name()).unwrap_or_else(|| {
            keys.push(key.name());
            keys.len() - 1
        });
        u32::try_from(place).map_err(|_| StoreError::other("a chunk of results has too many kinds of messages"))
    };
    let mut stored = Vec::with_capacity(results.len());
    for result in results {
        let mut messages = Vec::with_capacity(result.messages.len());
        for message in &result.messages {
            let arguments = message.arguments.iter().map(String::as_str).collect();
            messages.push(StoredMessage {
                key: number_of(message.key)?,
                arguments,
            });
        }
        let failed = result.result == ResultOutcome::Failure;
        stored.push(StoredResult {
            element_id: &result.element_id,
            failed,
            messages,
        });
    }
    postcard::to_extend(&Chunk { keys, results: stored }, vec![VERSION])
        .map_err(|error| StoreError::other(format!("results cannot be encoded: {error}")))
}

/// The results of a chunk.
pub(crate) fn decode(body: &[u8]) -> Result<Vec<ResultMessages>, StoreError> {
    let corrupt = |reason: String| StoreError::corrupt(format!("results of an activity cannot be read: {reason}"));
    let (version, encoded) = body
        .split_first()
        .ok_or_else(|| corrupt("a chunk is empty".to_owned()))?;
    if *version != VERSION {
        return Err(corrupt(format!(
            "a chunk has format version {version}, and {VERSION} is known"
        )));
    }
    let chunk: Chunk<'_> = postcard::from_bytes(encoded).map_err(|error| corrupt(error.to_string()))?;
    let keys = chunk
        .keys
        .iter()
        .map(|name| message_key(name))
        .collect::<Result<Vec<_>, _>>()?;
    let message = |stored: StoredMessage<'_>| -> Result<Message, StoreError> {
        let key = usize::try_from(stored.key).ok().and_then(|place| keys.get(place));
        let key = *key.ok_or_else(|| corrupt("a message has no key".to_owned()))?;
        Ok(Message {
            key,
            arguments: stored.arguments.into_iter().map(str::to_owned).collect(),
        })
    };
    let result = |stored: StoredResult<'_>| {
        Ok(ResultMessages {
            result: if stored.failed {
                ResultOutcome::Failure
            } else {
                ResultOutcome::Success
            },
            element_id: stored.element_id.to_owned(),
            messages: stored.messages.into_iter().map(message).collect::<Result<_, _>>()?,
        })
    };
    chunk.results.into_iter().map(result).collect()
}

/// The message with this key.
pub(crate) fn message_key(name: &str) -> Result<MessageKey, StoreError> {
    MessageKey::ALL
        .iter()
        .copied()
        .find(|key| key.name() == name)
        .ok_or_else(|| StoreError::corrupt(format!("`{name}` is not the key of a message")))
}

#[cfg(test)]
mod tests {
    use reprise_model::{Message, MessageKey, ResultMessages};

    use super::{decode, encode};

    fn results() -> Vec<ResultMessages> {
        vec![
            ResultMessages::about("C001", vec![Message::new(MessageKey::Matches, ["C001"])]),
            ResultMessages::about("C002", vec![Message::new(MessageKey::Settled, [])]),
            ResultMessages::about(
                "C003",
                vec![
                    Message::new(MessageKey::Matches, ["C003"]),
                    Message::new(MessageKey::Locked, ["C003"]),
                ],
            ),
        ]
    }

    #[test]
    fn results_are_read_as_they_were_written() {
        assert_eq!(
            decode(&encode(&results()).expect("encodable")).expect("readable"),
            results()
        );
    }

    #[test]
    fn version_1_is_written_as_it_was_frozen() {
        let frozen = b"\x01\x03\x07Matches\x07Settled\x06Locked\x03\x04C001\x00\x01\x00\x01\x04C001\x04C002\x01\x01\x01\x00\x04C003\x01\x02\x00\x01\x04C003\x02\x01\x04C003";
        assert_eq!(encode(&results()).expect("encodable"), frozen);
    }

    #[test]
    fn a_damaged_chunk_is_told_apart() {
        let whole = encode(&results()).expect("encodable");
        let mut of_a_later_version = whole.clone();
        of_a_later_version[0] = 9;
        let mut unknown_key = whole.clone();
        unknown_key[3] = b'X';
        for (damaged, word) in [
            (Vec::new(), "is empty"),
            (of_a_later_version, "format version 9"),
            (whole[..whole.len() - 1].to_vec(), "cannot be read"),
            (unknown_key, "`Xatches` is not the key of a message"),
        ] {
            let sentence = decode(&damaged).expect_err("damaged").to_string();
            assert!(sentence.contains(word), "{sentence}");
        }
    }
}
