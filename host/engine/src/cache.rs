//! Keeps the machine code of admitted components in a directory, so that the next process need not compile them.
//!
//! Whoever can write machine code that is loaded runs anything. So a file is trusted only if a code over all of it
//! verifies under a key that is not kept beside it; and the bytes that are verified are the bytes that are loaded. What
//! does not verify is removed, and the component is compiled anew. The cache is a convenience in everything else: a
//! disk that is full costs time at the next start, nothing now.

mod directory;
mod entry;

use std::fmt;
use std::hash::{Hash as _, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ring::digest::{Context, SHA256};
use wasmtime::Engine;

use crate::contract::ComponentKind;
use crate::digest::Digest;
use crate::precompiled::MachineCode;
use directory::Directory;

/// What all files of a cache take together, unless it is said otherwise.
const SIZE_BYTES_MAX: u64 = 1 << 30;
/// Troubles that are kept until somebody asks; the later ones would say the same.
const TROUBLES_MAX: usize = 256;

/// A directory of machine code that was compiled before.
pub struct PrecompiledCache {
    directory: Directory,
    key: entry::Key,
    size_bytes_max: u64,
    troubles: Mutex<Vec<CacheTrouble>>,
}

/// What machine code runs on: version and settings of the sandbox and the machine's own instructions.
pub(crate) struct Platform([u8; 32]);

impl Platform {
    fn of(engine: &Engine) -> Self {
        struct Sum(Context);
        impl Hasher for Sum {
            fn write(&mut self, bytes: &[u8]) {
                self.0.update(bytes);
            }

            fn finish(&self) -> u64 {
                // The whole sum is read below; nobody asks for eight bytes of it.
                0
            }
        }
        let mut sum = Sum(Context::new(&SHA256));
        // Files of another format are another platform's: they are not looked at, and make room.
        sum.write(&entry::MARK);
        engine.precompile_compatibility_hash().hash(&mut sum);
        let mut platform = [0; 32];
        platform.copy_from_slice(sum.0.finish().as_ref());
        Self(platform)
    }
}

/// Something wrong with the cache. It kept no component from being loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheTrouble {
    digest: Digest,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    NotTrusted { file: PathBuf, reason: String },
    NotKept { reason: String },
}

impl CacheTrouble {
    pub(crate) fn not_kept(digest: Digest, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self {
            digest,
            what: What::NotKept { reason },
        }
    }

    /// The component that it is about.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Whether a file was there that was not trusted, as when somebody else wrote it.
    pub fn is_distrust(&self) -> bool {
        matches!(self.what, What::NotTrusted { .. })
    }
}

impl fmt::Display for CacheTrouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest = self.digest;
        match &self.what {
            What::NotTrusted { file, reason } => write!(
                formatter,
                "the machine code of component {digest} in `{}` is not trusted and was removed, and the component is \
                 compiled anew: {reason}",
                file.display()
            ),
            What::NotKept { reason } => write!(
                formatter,
                "the machine code of component {digest} could not be kept, so that the next start compiles it again: \
                 {reason}"
            ),
        }
    }
}

impl PrecompiledCache {
    /// The cache in a directory, which is made if it is not there. The key authenticates what is kept; it must be
    /// secret, stay the same, and lie elsewhere.
    ///
    /// # Errors
    /// If the directory cannot be made or read, or if others than its owner may read it or write to it.
    pub fn open(directory: &Path, key: [u8; 32]) -> io::Result<Self> {
        Ok(Self {
            directory: Directory::open(directory)?,
            key: entry::Key::new(key),
            size_bytes_max: SIZE_BYTES_MAX,
            troubles: Mutex::default(),
        })
    }

    /// The same cache, holding no more than so many bytes: what was used longest ago makes room. 1 GiB if nothing is
    /// said.
    #[must_use]
    pub fn with_size_max(mut self, size_bytes_max: u64) -> Self {
        self.size_bytes_max = size_bytes_max;
        self
    }

    /// What is kept of a component for this engine, if it can be trusted.
    pub(crate) fn find(&self, engine: &Engine, digest: Digest) -> Option<(ComponentKind, MachineCode)> {
        let platform = Platform::of(engine);
        let name = file_name(digest, &platform);
        let bytes = match self.directory.read(&name, self.size_bytes_max) {
            Ok(bytes) => bytes?,
            Err(error) => {
                self.distrust(digest, &name, error.to_string());
                return None;
            }
        };
        match entry::read(&self.key, digest, &platform, bytes) {
            Ok(found) => Some(found),
            Err(reason) => {
                self.distrust(digest, &name, reason);
                None
            }
        }
    }

    /// Remove what is kept of a component, which was authentic and yet of no use.
    pub(crate) fn discard(&self, engine: &Engine, digest: Digest, reason: String) {
        self.distrust(digest, &file_name(digest, &Platform::of(engine)), reason);
    }

    /// Keep a component's machine code, if there is room for it.
    pub(crate) fn keep(&self, engine: &Engine, digest: Digest, kind: ComponentKind, machine_code: &MachineCode) {
        let platform = Platform::of(engine);
        let kept = match entry::write(&self.key, digest, &platform, kind, machine_code.as_bytes()) {
            Some(bytes) if bytes.len() as u64 > self.size_bytes_max => Err(format!(
                "it takes {} bytes; the cache holds {}",
                bytes.len(),
                self.size_bytes_max
            )),
            Some(bytes) => self
                .directory
                .write(&file_name(digest, &platform), &bytes, self.size_bytes_max)
                .map_err(|error| error.to_string()),
            None => Err("its key is of no use".to_owned()),
        };
        if let Err(reason) = kept {
            self.note(CacheTrouble::not_kept(digest, reason));
        }
    }

    pub(crate) fn note(&self, trouble: CacheTrouble) {
        let mut troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        if troubles.len() < TROUBLES_MAX {
            troubles.push(trouble);
        }
    }

    pub(crate) fn take_troubles(&self) -> Vec<CacheTrouble> {
        std::mem::take(&mut self.troubles.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn distrust(&self, digest: Digest, name: &str, reason: impl Into<String>) {
        let mut reason = reason.into();
        let file = self.directory.path_of(name);
        if let Err(error) = self.directory.remove(name) {
            reason = format!("{reason}; it could not be removed: {error}");
        }
        let what = What::NotTrusted { file, reason };
        self.note(CacheTrouble { digest, what });
    }
}

/// Names tell files apart and find them; that a file is what its name says, its content proves.
fn file_name(digest: Digest, platform: &Platform) -> String {
    use std::fmt::Write as _;
    let mut name = format!("{digest}-");
    for byte in &platform.0[..8] {
        // Writing to a text does not fail.
        let _ = write!(name, "{byte:02x}");
    }
    name + directory::EXTENSION
}

#[cfg(test)]
mod tests;
