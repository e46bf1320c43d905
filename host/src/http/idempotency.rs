//! The header `Idempotency-Key`: a POST that comes again under its key is not done again.

use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use reprise_model::{Message, MessageKey};
use reprise_store::IdempotencyKey;
use sha2::{Digest as _, Sha256};

use crate::Once;
use crate::http::error::ApiError;
use crate::http::exchange::Caller;

/// The header that a caller sets to a key of its own making.
const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header of an answer that was kept from when the request came first.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// How long a key may be.
const KEY_BYTES_MAX: usize = 200;

/// A POST as it was sent: what tells whether it is the same one when it comes again.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    /// None if the caller gives no key: then it is done each time.
    key: Option<String>,
    user: String,
    path: String,
    digest: Vec<u8>,
}

impl Sent {
    /// The request of these parts. A key that is none is refused.
    pub(super) fn of(parts: &Parts, caller: &Caller, content_type: &str, body: &[u8]) -> Result<Self, ApiError> {
        let key = match parts.headers.get(&KEY) {
            None => None,
            Some(value) => Some(key_of(value).map_err(|reason| {
                let message = Message::new(MessageKey::BadValue, ["header Idempotency-Key", &reason]);
                ApiError::refused(vec![message], caller)
            })?),
        };
        let mut digest = Sha256::new();
        digest.update(content_type);
        digest.update([0]);
        digest.update(body);
        if let Some(query) = parts.uri.query() {
            digest.update([0]);
            digest.update(query);
        }
        Ok(Self {
            key,
            user: caller.user.clone(),
            path: format!("{} {}", parts.method, parts.uri.path()),
            digest: digest.finalize().to_vec(),
        })
    }

    /// Under which key the payer's request is done once, if under one.
    pub(crate) fn once(&self, payer: &str) -> Option<Once> {
        self.key.clone().map(|key| Once {
            key: IdempotencyKey {
                payer: payer.to_owned(),
                user: self.user.clone(),
                path: self.path.clone(),
                key,
            },
            request_digest: self.digest.clone(),
        })
    }
}

fn key_of(value: &HeaderValue) -> Result<String, String> {
    let length = value.len();
    if !(1..=KEY_BYTES_MAX).contains(&length) {
        return Err(format!(
            "it is {length} characters long; a key has 1 to {KEY_BYTES_MAX}"
        ));
    }
    match value.to_str() {
        Ok(key) if key.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(key.to_owned()),
        _ => Err("it holds characters other than the visible ones of ASCII".to_owned()),
    }
}

/// The answer, with the word that it was kept if it was.
pub(crate) fn replayed(mut response: Response, repeated: bool) -> Response {
    if repeated {
        response
            .headers_mut()
            .insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::key_of;

    #[test]
    fn a_key_is_1_to_200_visible_characters() {
        let long = "k".repeat(200);
        for key in ["a", "8e03978e-40d5-43e8-bc93-6894a57f9324", "!~", &long] {
            assert_eq!(key_of(&HeaderValue::from_str(key).expect(key)), Ok(key.to_owned()));
        }
        let longer = "k".repeat(201);
        for (bytes, words) in [
            (&b""[..], "it is 0 characters long"),
            (longer.as_bytes(), "it is 201 characters long"),
            (b"a b", "other than the visible ones"),
            (b"a\tb", "other than the visible ones"),
            ("ä".as_bytes(), "other than the visible ones"),
        ] {
            let reason = key_of(&HeaderValue::from_bytes(bytes).expect("a header")).expect_err(words);
            assert!(reason.contains(words), "{reason}");
        }
    }
}
