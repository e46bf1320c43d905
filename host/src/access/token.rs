//! Bearer tokens: what is handed out once, and what is kept of it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// What every token begins with, so that a token which has got somewhere it should not be is found there.
const PREFIX: &str = "reprise_";
/// How many random bytes are in a token's id and in its secret.
const ID_BYTES: usize = 8;
const SECRET_BYTES: usize = 32;

/// A token as it is sent: `reprise_`, its id, `_`, its secret. It is not printed by accident.
pub(crate) struct TokenText {
    /// Tells it from other tokens, and nothing else.
    pub(crate) id: String,
    /// What is kept of its secret. The secret is 256 random bits, so a plain digest is as good as a slow one.
    pub(crate) digest: [u8; 32],
}

impl TokenText {
    /// The token of this text; none if it is not one of ours.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let is_id = id.len() == 2 * ID_BYTES && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let secret = URL_SAFE_NO_PAD.decode(secret).ok()?;
        (is_id && secret.len() == SECRET_BYTES).then(|| Self {
            id: id.to_owned(),
            digest: Sha256::digest(&secret).into(),
        })
    }

    /// A new token: its text, and what is kept of it.
    pub(crate) fn random() -> Result<(String, Self), getrandom::Error> {
        let mut bytes = [0; ID_BYTES + SECRET_BYTES];
        getrandom::fill(&mut bytes)?;
        let (id, secret) = bytes.split_at(ID_BYTES);
        let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        let text = format!("{PREFIX}{id}_{}", URL_SAFE_NO_PAD.encode(secret));
        let digest = Sha256::digest(secret).into();
        Ok((text, Self { id, digest }))
    }
}

/// Whether a text is meant to be one of our tokens, right or wrong.
pub(crate) fn is_ours(text: &str) -> bool {
    text.starts_with(PREFIX)
}

#[cfg(test)]
mod tests {
    use super::TokenText;

    #[test]
    fn a_token_is_read_as_it_was_made() {
        let (text, made) = TokenText::random().expect("random bytes");
        let read = TokenText::parse(&text).expect("a token");
        assert_eq!((read.id, read.digest), (made.id, made.digest));
        assert_eq!(text.len(), "reprise_".len() + 16 + 1 + 43);
    }

    #[test]
    fn what_is_none_is_none() {
        let (text, _) = TokenText::random().expect("random bytes");
        for wrong in [
            "",
            "reprise_",
            "reprise_0011223344556677",
            "reprise_0011223344556677_",
            &text[1..],
            &text[..text.len() - 1],
            &format!("{text}A"),
            &text.to_uppercase(),
        ] {
            assert!(TokenText::parse(wrong).is_none(), "{wrong}");
        }
    }
}
