//! The keys of signatures: the one that signs, in a file of its owner's, and the public one that others trust.

use std::fmt;
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reprise_engine::Digest;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use sha2::{Digest as _, Sha256};

use super::{Manifest, SignatureDocument, signed_text};

/// How many hexadecimal digits the id of a key has.
pub(super) const ID_DIGITS: usize = 16;
/// How long a file with a key may be.
const FILE_BYTES_MAX: u64 = 4 << 10;
const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_END: &str = "-----END PRIVATE KEY-----";

/// A public key: ed25519.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// The key of these bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What it is known by: the first 16 hexadecimal digits of its SHA-256.
    pub fn id(&self) -> String {
        let digest = Sha256::digest(self.0);
        digest
            .iter()
            .take(ID_DIGITS / 2)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl FromStr for PublicKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // 64 hexadecimal digits are read as a digest is; as base64 they would be 48 bytes.
        let bytes = if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let digits = text.as_bytes().chunks_exact(2);
            let values = digits.map(|pair| {
                str::from_utf8(pair)
                    .ok()
                    .and_then(|pair| u8::from_str_radix(pair, 16).ok())
            });
            values.collect::<Option<Vec<u8>>>()
        } else {
            STANDARD.decode(text).ok()
        };
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok()).map(Self);
        bytes
            .ok_or_else(|| format!("`{text}` is no public key; one is 32 bytes, as 64 hexadecimal digits or as base64"))
    }
}

/// Why a key that signs cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeyError {
    /// The file cannot be read or written.
    #[error("`{}`: {cause}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// Others can read the file.
    #[error("`{}` can be read by others than its owner (its mode is {mode:o}); run `chmod 600 {}`", file.display(), file.display())]
    Readable {
        /// The file.
        file: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// What is in the file is no key.
    #[error("`{}` holds no ed25519 key in PKCS#8, as PEM; `reprise rules key generate` makes one", .0.display())]
    Content(PathBuf),
    /// There is such a file already.
    #[error("`{}` is there already, and nothing could be signed with its key again; name another file", .0.display())]
    Taken(PathBuf),
    /// The system gives no random bytes.
    #[error("there are no random bytes for a key")]
    Random,
}

/// A key that signs. It is shown by its id alone.
pub struct SigningKey {
    pair: Ed25519KeyPair,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SigningKey({})", self.public_key().id())
    }
}

impl SigningKey {
    /// Write a new key to a file that is not there yet and only its owner can read.
    pub fn create(file: &Path) -> Result<Self, SigningKeyError> {
        let failed = |cause: std::io::Error| match cause.kind() {
            std::io::ErrorKind::AlreadyExists => SigningKeyError::Taken(file.to_owned()),
            _ => SigningKeyError::File {
                file: file.to_owned(),
                cause,
            },
        };
        let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| SigningKeyError::Random)?;
        let key = Self::of_pkcs8(made.as_ref()).ok_or(SigningKeyError::Random)?;
        let mut open = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(file)
            .map_err(failed)?;
        let encoded = STANDARD.encode(made.as_ref());
        // Lines of PEM are 64 characters long; base64 is ASCII.
        let lines: Vec<_> = encoded
            .as_bytes()
            .chunks(64)
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect();
        writeln!(open, "{PEM_BEGIN}\n{}\n{PEM_END}", lines.join("\n")).map_err(failed)?;
        open.sync_all().map_err(failed)?;
        Ok(key)
    }

    /// The key in a file that only its owner can read.
    pub fn read(file: &Path) -> Result<Self, SigningKeyError> {
        let failed = |cause| SigningKeyError::File {
            file: file.to_owned(),
            cause,
        };
        let metadata = std::fs::metadata(file).map_err(failed)?;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            let file = file.to_owned();
            return Err(SigningKeyError::Readable { file, mode });
        }
        // What is in the file is not shown: it may be a key with a letter too many.
        let content = || SigningKeyError::Content(file.to_owned());
        if metadata.len() > FILE_BYTES_MAX {
            return Err(content());
        }
        let bytes = std::fs::read(file).map_err(failed)?;
        let text = String::from_utf8(bytes).map_err(|_| content())?;
        Self::of_pem(&text).ok_or_else(content)
    }

    fn of_pem(text: &str) -> Option<Self> {
        let encoded = text.trim().strip_prefix(PEM_BEGIN)?.strip_suffix(PEM_END)?;
        let encoded: String = encoded.split_ascii_whitespace().collect();
        Self::of_pkcs8(&STANDARD.decode(encoded).ok()?)
    }

    /// Other programs leave the public key out of the file, so that it may be.
    fn of_pkcs8(bytes: &[u8]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(bytes).ok()?;
        Some(Self { pair })
    }

    /// What others trust.
    pub fn public_key(&self) -> PublicKey {
        let mut bytes = [0; 32];
        // INVARIANT: a public key of ed25519 is 32 bytes long.
        bytes.copy_from_slice(self.pair.public_key().as_ref());
        PublicKey(bytes)
    }

    /// The signature under a component with this digest and manifest.
    pub fn sign(&self, digest: Digest, manifest: &Manifest) -> SignatureDocument {
        let manifest = manifest.to_json();
        let made = self.pair.sign(signed_text(digest, &manifest).as_bytes());
        let mut signature = [0; 64];
        // INVARIANT: a signature of ed25519 is 64 bytes long.
        signature.copy_from_slice(made.as_ref());
        SignatureDocument {
            digest,
            manifest,
            key_id: self.public_key().id(),
            signature,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::{PublicKey, SigningKey};

    #[test]
    fn a_public_key_is_read_in_both_ways_of_writing_it() {
        let key = PublicKey::new([7; 32]);
        for text in [
            key.to_string(),
            key.to_string().to_uppercase(),
            STANDARD.encode(key.bytes()),
        ] {
            assert_eq!(text.parse(), Ok(key), "{text}");
        }
        assert_eq!(key.id().len(), 16);
        for text in ["", "07", &"0".repeat(63), &"g".repeat(64), &STANDARD.encode([7; 31])] {
            let said = text.parse::<PublicKey>().expect_err(text);
            assert!(said.contains("64 hexadecimal digits or as base64"), "{said}");
        }
    }

    #[test]
    fn a_key_is_read_as_it_was_made_and_only_its_owner_reads_it() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("key.pem");
        let made = SigningKey::create(&file).expect("a key");
        assert_eq!(SigningKey::read(&file).expect("a key").public_key(), made.public_key());
        let mode = std::fs::metadata(&file).expect("metadata").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let taken = SigningKey::create(&file).expect_err("taken").to_string();
        assert!(taken.contains("is there already"), "{taken}");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).expect("permissions");
        let open = SigningKey::read(&file).expect_err("open").to_string();
        assert!(open.contains("can be read by others"), "{open}");
    }

    #[test]
    fn a_key_of_another_program_is_read_too() {
        // RFC 8410, section 10.3: without its public key.
        let text = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
                    -----END PRIVATE KEY-----\n";
        let key = SigningKey::of_pem(text).expect("a key");
        assert_eq!(
            key.public_key().to_string(),
            "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1"
        );
        for wrong in [
            "",
            "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----",
            &text.replace("MC4C", "MC4D"),
        ] {
            assert!(SigningKey::of_pem(wrong).is_none(), "{wrong}");
        }
    }
}
