//! The secrets that we must present to others, such as what webhooks are signed with: sealed where they are kept.
//!
//! A file holds the keys. The first seals; the others only open, so that a key can be replaced: the new one is put before
//! the old one, and what the old one sealed is sealed anew when a server starts.

use std::fmt;
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest as _, Sha256};

/// What a sealed text begins with: that it is one, and in which way.
const SEALED: &str = "sealed:1:";
/// What the key is made for that authenticates machine code.
const FOR_MACHINE_CODE: &[u8] = b"reprise: cache of machine code";
/// How long a key is.
const KEY_BYTES: usize = 32;
/// How long a file of keys may be.
const FILE_BYTES_MAX: u64 = 64 << 10;

/// The keys that secrets are sealed and opened with. They are not printed.
#[derive(Clone)]
pub struct SecretsKeys {
    /// INVARIANT: there is one at least.
    keys: Vec<SecretsKey>,
}

#[derive(Clone)]
struct SecretsKey {
    /// What sealed texts name it by: the beginning of its SHA-256.
    id: String,
    key: LessSafeKey,
    /// Made of the key, and good for nothing that the key is good for.
    for_machine_code: [u8; KEY_BYTES],
}

/// Why there are no keys. It holds nothing of them.
#[derive(Debug, thiserror::Error)]
pub enum SecretsKeyError {
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
    /// What is in the file is no list of keys.
    #[error("`{}`: {reason}", file.display())]
    Content {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// There is such a file already.
    #[error("`{}` is there already, and what it has sealed could not be opened without it; name another file", .0.display())]
    Taken(PathBuf),
    /// The system gives no random bytes.
    #[error("there are no random bytes for a key: {0}")]
    Random(getrandom::Error),
}

/// Why a text is not opened. It holds nothing of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("it is sealed, and this server has no key; start it with --secrets-key-file")]
    NoKey,
    #[error("it is sealed with key {0}, which is not in the file of --secrets-key-file")]
    UnknownKey(String),
    #[error("it is sealed with key {0}, and was changed since or belongs to something else")]
    Changed(String),
    #[error("it is sealed in a way that this version does not know")]
    Unreadable,
}

impl fmt::Debug for SecretsKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretsKeys(")?;
        let ids: Vec<&str> = self.keys.iter().map(|key| key.id.as_str()).collect();
        write!(formatter, "{})", ids.join(", "))
    }
}

impl SecretsKey {
    fn new(bytes: &[u8; KEY_BYTES]) -> Option<Self> {
        let digest = Sha256::digest(bytes);
        let mut for_machine_code = Hmac::<Sha256>::new_from_slice(bytes).ok()?;
        for_machine_code.update(FOR_MACHINE_CODE);
        Some(Self {
            for_machine_code: for_machine_code.finalize().into_bytes().into(),
            id: digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect(),
            key: LessSafeKey::new(UnboundKey::new(&AES_256_GCM, bytes).ok()?),
        })
    }
}

impl SecretsKeys {
    /// The keys of a file: a line for each, the one that seals first.
    pub fn read(file: &Path) -> Result<Self, SecretsKeyError> {
        let failed = |cause| SecretsKeyError::File {
            file: file.to_owned(),
            cause,
        };
        let metadata = std::fs::metadata(file).map_err(failed)?;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            let file = file.to_owned();
            return Err(SecretsKeyError::Readable { file, mode });
        }
        let content = |reason: String| SecretsKeyError::Content {
            file: file.to_owned(),
            reason,
        };
        if metadata.len() > FILE_BYTES_MAX {
            return Err(content(format!("it is longer than {FILE_BYTES_MAX} bytes")));
        }
        let text = std::fs::read_to_string(file).map_err(failed)?;
        text.parse().map_err(content)
    }

    /// Write a new key to a file that is not there yet and only its owner can read. Answers what the key is known by.
    pub fn create(file: &Path) -> Result<String, SecretsKeyError> {
        let failed = |cause: std::io::Error| match cause.kind() {
            std::io::ErrorKind::AlreadyExists => SecretsKeyError::Taken(file.to_owned()),
            _ => SecretsKeyError::File {
                file: file.to_owned(),
                cause,
            },
        };
        let mut bytes = [0; KEY_BYTES];
        getrandom::fill(&mut bytes).map_err(SecretsKeyError::Random)?;
        let key = SecretsKey::new(&bytes).ok_or_else(|| failed(std::io::Error::other("the key cannot be used")))?;
        let mut options = std::fs::OpenOptions::new();
        let mut open = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(file)
            .map_err(failed)?;
        writeln!(open, "{}", STANDARD.encode(bytes)).map_err(failed)?;
        open.sync_all().map_err(failed)?;
        Ok(key.id)
    }

    /// What kept machine code is authenticated with, made of the first key.
    pub(crate) fn for_machine_code(&self) -> [u8; KEY_BYTES] {
        // INVARIANT: there is a key.
        self.keys.first().map_or([0; KEY_BYTES], |key| key.for_machine_code)
    }

    /// A secret, sealed with the first key. It opens only for this owner.
    pub(crate) fn seal(&self, owner: &str, secret: &str) -> Result<String, String> {
        let key = self.keys.first().ok_or("there is no key")?;
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(|error| format!("there are no random bytes: {error}"))?;
        let mut sealed = secret.as_bytes().to_vec();
        key.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(owner.as_bytes()),
                &mut sealed,
            )
            .map_err(|_| "the key cannot be used".to_owned())?;
        let mut bytes = nonce.to_vec();
        bytes.append(&mut sealed);
        Ok(format!("{SEALED}{}:{}", key.id, STANDARD.encode(bytes)))
    }

    /// Whether a kept text is sealed with the first key.
    pub(crate) fn is_current(&self, kept: &str) -> bool {
        let sealed = kept.strip_prefix(SEALED).and_then(|rest| rest.split_once(':'));
        sealed.is_some_and(|(id, _)| self.keys.first().is_some_and(|key| key.id == id))
    }
}

impl FromStr for SecretsKeys {
    type Err = String;

    /// The keys of a text as the file has it. The error holds nothing of them.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut keys: Vec<SecretsKey> = Vec::new();
        for (number, line) in (1_u32..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            let bytes = STANDARD.decode(line).ok();
            let bytes: Option<[u8; KEY_BYTES]> = bytes.and_then(|bytes| bytes.try_into().ok());
            let key = bytes.and_then(|bytes| SecretsKey::new(&bytes));
            // The line is not shown: it may be a key with a letter too many.
            let key = key.ok_or_else(|| {
                format!("line {number} is no key, which is {KEY_BYTES} bytes as base64; `reprise secrets-key create` makes one")
            })?;
            if keys.iter().any(|known| known.id == key.id) {
                return Err(format!("line {number} is the same key as one before"));
            }
            keys.push(key);
        }
        if keys.is_empty() {
            return Err("it holds no key; `reprise secrets-key create` makes a file with one".to_owned());
        }
        Ok(Self { keys })
    }
}

/// The secret that is kept as this text, which may be plain: it was kept before there was a key.
pub(crate) fn open(keys: Option<&SecretsKeys>, owner: &str, kept: &str) -> Result<String, OpenError> {
    let Some(sealed) = kept.strip_prefix(SEALED) else {
        return if is_sealed(kept) {
            Err(OpenError::Unreadable)
        } else {
            Ok(kept.to_owned())
        };
    };
    let (id, text) = sealed.split_once(':').ok_or(OpenError::Unreadable)?;
    let keys = keys.ok_or(OpenError::NoKey)?;
    let mut found = keys.keys.iter().filter(|key| key.id == id).peekable();
    if found.peek().is_none() {
        return Err(OpenError::UnknownKey(id.to_owned()));
    }
    let bytes = STANDARD.decode(text).map_err(|_| OpenError::Unreadable)?;
    let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN).ok_or(OpenError::Unreadable)?;
    for key in found {
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| OpenError::Unreadable)?;
        let mut sealed = sealed.to_vec();
        if let Ok(secret) = key.key.open_in_place(nonce, Aad::from(owner.as_bytes()), &mut sealed) {
            return String::from_utf8(secret.to_vec()).map_err(|_| OpenError::Unreadable);
        }
    }
    Err(OpenError::Changed(id.to_owned()))
}

/// Whether a kept text is sealed, in whichever way.
pub(crate) fn is_sealed(kept: &str) -> bool {
    kept.starts_with("sealed:")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::{OpenError, SecretsKeys, is_sealed, open};

    fn line(byte: u8) -> String {
        STANDARD.encode([byte; 32])
    }

    fn keys(bytes: &[u8]) -> SecretsKeys {
        let lines: Vec<String> = bytes.iter().map(|byte| line(*byte)).collect();
        lines.join("\n").parse().expect("keys")
    }

    #[test]
    fn a_secret_opens_with_its_key_for_its_owner_as_it_was_sealed() {
        let own = keys(&[1]);
        let sealed = own.seal("webhook A", "hush hush").expect("sealed");
        assert!(
            sealed.starts_with("sealed:1:") && is_sealed(&sealed) && !sealed.contains("hush"),
            "{sealed}"
        );
        assert_ne!(own.seal("webhook A", "hush hush").expect("sealed"), sealed);
        let id = sealed.split(':').nth(2).expect("an id").to_owned();
        assert!(id.len() == 8 && format!("{own:?}") == format!("SecretsKeys({id})"));
        let mut changed = sealed.clone().into_bytes();
        let middle = changed.len() - 20;
        changed[middle] = if changed[middle] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).expect("text");
        let cut = format!("sealed:1:{id}:AAAA");
        for (with, owner, kept, expected) in [
            (Some(&own), "webhook A", sealed.as_str(), Ok("hush hush")),
            (Some(&keys(&[2, 1])), "webhook A", &sealed, Ok("hush hush")),
            (Some(&own), "webhook B", &sealed, Err(OpenError::Changed(id.clone()))),
            (Some(&own), "webhook A", &changed, Err(OpenError::Changed(id.clone()))),
            (
                Some(&keys(&[2])),
                "webhook A",
                &sealed,
                Err(OpenError::UnknownKey(id.clone())),
            ),
            (None, "webhook A", &sealed, Err(OpenError::NoKey)),
            (Some(&own), "webhook A", &cut, Err(OpenError::Unreadable)),
            (Some(&own), "webhook A", "sealed:1:", Err(OpenError::Unreadable)),
            (Some(&own), "webhook A", "sealed:2:abc", Err(OpenError::Unreadable)),
            (Some(&own), "webhook A", "plain", Ok("plain")),
            (None, "webhook A", "plain", Ok("plain")),
        ] {
            let found = open(with, owner, kept);
            assert_eq!(found, expected.map(str::to_owned), "{with:?} {owner} {kept}");
        }
    }

    #[test]
    fn the_first_key_seals() {
        let (old, new) = (keys(&[1]), keys(&[2, 1]));
        let sealed = old.seal("a", "b").expect("sealed");
        assert!(old.is_current(&sealed) && !new.is_current(&sealed) && !old.is_current("plain"));
        assert!(new.is_current(&new.seal("a", "b").expect("sealed")));
    }

    #[test]
    fn a_file_holds_a_key_a_line() {
        let two = format!("\n  {}\n\n{}\n", line(1), line(2));
        assert_eq!(two.parse::<SecretsKeys>().expect("keys").keys.len(), 2);
        for (text, words) in [
            (String::new(), "holds no key"),
            ("\n\n".to_owned(), "holds no key"),
            (format!("{}\n{}", line(1), line(1)), "line 2 is the same key"),
            (format!("{}\nabc", line(1)), "line 2 is no key"),
            (STANDARD.encode([1; 31]), "line 1 is no key"),
            (STANDARD.encode([1; 33]), "line 1 is no key"),
        ] {
            let reason = text.parse::<SecretsKeys>().expect_err(words);
            assert!(reason.contains(words), "{reason}");
            assert!(!reason.contains(&line(1)), "{reason}");
        }
    }

    #[test]
    fn a_file_is_for_its_owner_and_never_written_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("key");
        let id = SecretsKeys::create(&file).expect("created");
        let read = SecretsKeys::read(&file).expect("read");
        assert_eq!(format!("{read:?}"), format!("SecretsKeys({id})"));
        let before = std::fs::read(&file).expect("a file");
        let error = SecretsKeys::create(&file).expect_err("taken").to_string();
        assert!(error.contains("is there already"), "{error}");
        assert_eq!(std::fs::read(&file).expect("a file"), before);
        for mode in [0o640, 0o604, 0o660] {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("changed");
            let error = SecretsKeys::read(&file).expect_err("readable").to_string();
            assert!(
                error.contains("chmod 600") && error.contains(&format!("{mode:o}")),
                "{error}"
            );
        }
        let error = SecretsKeys::read(&folder.path().join("none"))
            .expect_err("no file")
            .to_string();
        assert!(error.contains("none`: No such file"), "{error}");
    }
}
