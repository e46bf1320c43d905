//! Signatures under rule components: what is signed, with which keys, and whether a signature is one.
//!
//! A signature is ed25519, over the component's digest and a [`Manifest`]: what the component is, for whom, until when.
//! Whom somebody trusts is not known here; see `management`.

mod key;
mod manifest;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reprise_engine::Digest;
use reprise_store::ComponentSignature;
use ring::signature::{ED25519, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

pub use key::{PublicKey, SigningKey, SigningKeyError};
pub use manifest::Manifest;

/// What every signed text begins with, so that it is never one that was signed for something else.
const SIGNED_START: &str = "reprise rules signature v1\n";
/// How long a file with a signature may be.
const DOCUMENT_BYTES_MAX: usize = 16 << 10;

/// A signature under a component, as it is handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureDocument {
    /// The component.
    pub digest: Digest,
    /// What is signed beside the digest: a [`Manifest`] as JSON, byte for byte.
    pub manifest: String,
    /// The id of the key.
    pub key_id: String,
    /// The signature.
    pub signature: [u8; 64],
}

/// The document as a file has it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    digest: String,
    manifest: String,
    key_id: String,
    signature: String,
}

impl SignatureDocument {
    /// The document in a text as `reprise rules sign` writes it. The error is a sentence for people.
    pub fn from_json(text: &str) -> Result<Self, String> {
        if text.len() > DOCUMENT_BYTES_MAX {
            return Err(format!(
                "it is {} bytes long; a signature has at most {DOCUMENT_BYTES_MAX}",
                text.len()
            ));
        }
        let written: Written = serde_json::from_str(text)
            .map_err(|error| format!("it is no signature as `reprise rules sign` writes it: {error}"))?;
        Self::of_parts(&written.digest, written.manifest, written.key_id, &written.signature)
    }

    /// The document of these parts: the digest in hexadecimal digits, the signature as base64.
    pub fn of_parts(digest: &str, manifest: String, key_id: String, signature: &str) -> Result<Self, String> {
        let digest = digest.parse::<Digest>().map_err(|error| error.to_string())?;
        Manifest::from_json(&manifest)?;
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if key_id.len() != key::ID_DIGITS || !key_id.bytes().all(is_digit) {
            return Err(format!(
                "`{key_id}` is not the id of a key; one has {} hexadecimal digits, in lower case",
                key::ID_DIGITS
            ));
        }
        let signature = STANDARD.decode(signature).ok().and_then(|bytes| bytes.try_into().ok());
        let signature = signature.ok_or("its `signature` is not 64 bytes as base64")?;
        Ok(Self {
            digest,
            manifest,
            key_id,
            signature,
        })
    }

    /// A signature that is kept.
    pub(crate) fn of_kept(kept: &ComponentSignature) -> Result<Self, String> {
        Ok(Self {
            digest: kept.digest.parse::<Digest>().map_err(|error| error.to_string())?,
            manifest: kept.manifest.clone(),
            key_id: kept.key_id.clone(),
            signature: kept.signature,
        })
    }

    /// The document as a file has it.
    pub fn to_json(&self) -> String {
        let written = Written {
            digest: self.digest.to_string(),
            manifest: self.manifest.clone(),
            key_id: self.key_id.clone(),
            signature: STANDARD.encode(self.signature),
        };
        // Texts alone can always be written.
        serde_json::to_string_pretty(&written).unwrap_or_default() + "\n"
    }

    /// Whether this key has signed this manifest for this component.
    pub fn is_of(&self, public_key: &PublicKey) -> bool {
        let signed = signed_text(self.digest, &self.manifest);
        UnparsedPublicKey::new(&ED25519, public_key.bytes())
            .verify(signed.as_bytes(), &self.signature)
            .is_ok()
    }
}

/// What a signature is over. A digest has no line break, so no two pairs of digest and manifest are the same text.
fn signed_text(digest: Digest, manifest: &str) -> String {
    format!("{SIGNED_START}{digest}\n{manifest}")
}

#[cfg(test)]
mod tests {
    use super::{DOCUMENT_BYTES_MAX, Manifest, SignatureDocument, SigningKey};
    use reprise_engine::Digest;

    fn signed() -> (SigningKey, SignatureDocument) {
        let directory = tempfile::tempdir().expect("a directory");
        let key = SigningKey::create(&directory.path().join("key.pem")).expect("a key");
        let manifest = Manifest {
            name: "criteria".to_owned(),
            version: "1.0.0".to_owned(),
            payer: Some("ACME".to_owned()),
            kind: "criteria".to_owned(),
            contract: "0.1.0".to_owned(),
            expires_at: None,
        };
        let signed = key.sign(Digest::of(b"component"), &manifest);
        (key, signed)
    }

    #[test]
    fn a_signature_is_good_for_its_component_manifest_and_key_alone() {
        let (key, signed) = signed();
        assert!(signed.is_of(&key.public_key()));
        let (other_key, _) = self::signed();
        assert!(!signed.is_of(&other_key.public_key()));
        let other_component = SignatureDocument {
            digest: Digest::of(b"another"),
            ..signed.clone()
        };
        assert!(!other_component.is_of(&key.public_key()));
        let other_manifest = SignatureDocument {
            manifest: signed.manifest.replace("ACME", "ZENITH"),
            ..signed.clone()
        };
        assert!(!other_manifest.is_of(&key.public_key()));
        for bit in 0..512 {
            let mut changed = signed.clone();
            changed.signature[bit / 8] ^= 1 << (bit % 8);
            assert!(!changed.is_of(&key.public_key()), "{bit}");
        }
    }

    #[test]
    fn a_document_is_read_as_it_is_written() {
        let (_, signed) = signed();
        assert_eq!(SignatureDocument::from_json(&signed.to_json()), Ok(signed));
    }

    #[test]
    fn what_is_no_signature_is_refused_in_words() {
        let (_, signed) = signed();
        let json = signed.to_json();
        let digest = signed.digest.to_string();
        for (text, words) in [
            (String::new(), "it is no signature as `reprise rules sign` writes it"),
            ("[]".to_owned(), "it is no signature"),
            (json.replace("keyId", "key"), "unknown field `key`"),
            (json.replace(&digest, &digest[1..]), "64 hexadecimal digits"),
            (
                json.replace(&signed.key_id, "0123456789ABCDEF"),
                "is not the id of a key",
            ),
            (
                json.replace("\"signature\": \"", "\"signature\": \"A"),
                "not 64 bytes as base64",
            ),
            (
                json.replace("\\\"contract\\\"", "\\\"contracts\\\""),
                "its manifest cannot be read",
            ),
            (" ".repeat(DOCUMENT_BYTES_MAX + 1), "at most 16384"),
        ] {
            let said = SignatureDocument::from_json(&text).expect_err(words);
            assert!(said.contains(words), "{said}");
        }
    }
}
