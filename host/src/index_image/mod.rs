//! The image of the line indexes: a file that a start reads instead of every claim, and that a server writes now and then.
//!
//! The database vouches for it: when one is written, its id, the change that it is in step with and its digest are recorded
//! there. An image is used only if the database knows it so. One of another database, or one that is newer than what a
//! backup has brought back, is not known; one that was changed has another digest. Then the index is built of the claims,
//! which is always right and only takes longer. What has changed since an image was written is taken like any change.

mod file;
mod keeping;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Instant, UNIX_EPOCH};

use reprise_store::IndexImage;

use self::file::{ImageFile, Unusable};
pub(crate) use self::keeping::keep_index_image;
use crate::{Host, HostError};

/// The file in the directory.
const FILE: &str = "lines.image";
/// So many changed claims are always taken one by one rather than all claims read.
const TAKEN_ALWAYS: u64 = 20_000;
/// Where more than one of so many claims has changed, all claims are read instead.
const TAKEN_SHARE: u64 = 4;

/// Where the image is kept, and what is known of it.
pub(crate) struct IndexImages {
    directory: Option<PathBuf>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The image that this host has read or written last.
    kept: Option<Kept>,
    /// When this host has tried to write one last.
    tried: Option<Instant>,
}

/// An image that is up to date but for what has changed since.
struct Kept {
    /// How many changes the indexes had taken when it was made.
    taken: u64,
}

/// Why an image was not used.
enum NotUsed {
    /// It cannot be; the index is built instead.
    Unusable(String),
    /// Nothing can be read from the database.
    Trouble(HostError),
}

impl From<Unusable> for NotUsed {
    fn from(Unusable(reason): Unusable) -> Self {
        Self::Unusable(reason)
    }
}

impl<E: Into<HostError>> From<E> for NotUsed {
    fn from(error: E) -> Self {
        Self::Trouble(error.into())
    }
}

impl IndexImages {
    pub(crate) fn new(directory: Option<PathBuf>) -> Self {
        Self {
            directory,
            state: Mutex::default(),
        }
    }
}

impl Host {
    /// Loads the line indexes from their image, if there is one of this database, and takes what has changed since. Answers
    /// whether they are loaded. There are so many claims.
    pub(crate) fn load_from_image(&self, claims: u64) -> Result<bool, HostError> {
        let Some(directory) = &self.inner.index_images.directory else {
            return Ok(false);
        };
        let path = directory.join(FILE);
        match self.read_image(&path, claims) {
            Ok(true) => Ok(true),
            Ok(false) => {
                tracing::info!(image = %path.display(), "no image of the line index yet; it is built of the claims");
                Ok(false)
            }
            Err(NotUsed::Unusable(reason)) => {
                tracing::warn!(
                    image = %path.display(),
                    reason,
                    "the image of the line index is not used; the index is built of the claims"
                );
                Ok(false)
            }
            Err(NotUsed::Trouble(error)) => Err(error),
        }
    }

    fn read_image(&self, path: &Path, claims: u64) -> Result<bool, NotUsed> {
        let started = Instant::now();
        let Some(image) = ImageFile::open(path)? else {
            return Ok(false);
        };
        self.check_vouched(&image, claims)?;
        let indexes = image.read(self.inner.workers)?;
        let read_ms = started.elapsed().as_millis();
        self.inner.indexes.install(image.sequence, indexes);
        let taken = self.inner.indexes.taken();
        self.inner.indexes.keep_in_step()?;
        *self
            .inner
            .index_images
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = State {
            kept: Some(Kept { taken }),
            tried: None,
        };
        let written = std::fs::metadata(path)
            .and_then(|metadata| metadata.modified())
            .ok()
            .and_then(|modified| modified.duration_since(UNIX_EPOCH).ok());
        crate::metrics::index_image(image.bytes, written.unwrap_or_default());
        tracing::info!(
            bytes = image.bytes,
            sequence = image.sequence,
            read_ms,
            changed_since = self.inner.indexes.taken() - taken,
            elapsed_ms = started.elapsed().as_millis(),
            "line index from its image"
        );
        Ok(true)
    }

    /// Refuses an image that the database does not know, and one that is not worth reading.
    fn check_vouched(&self, image: &ImageFile, claims: u64) -> Result<(), NotUsed> {
        let unusable = |reason: String| Err(NotUsed::Unusable(reason));
        let store = &self.inner.store;
        let found = IndexImage {
            id: image.id.to_string(),
            change_sequence: image.sequence,
            digest: image.digest.clone(),
        };
        match store.index_image(&found.id)? {
            None => {
                return unusable(
                    "the database does not know it: it is of another database, or of changes that a backup does not have"
                        .to_owned(),
                );
            }
            Some(known) if known != found => {
                return unusable("it is damaged: it is not what was written".to_owned());
            }
            Some(_) => {}
        }
        let current = store.change_sequence()?;
        if current < image.sequence {
            return unusable(format!(
                "it is of change {}, and the database has had {current}",
                image.sequence
            ));
        }
        let changed = store.changed_claim_count(image.sequence)?;
        if changed > TAKEN_ALWAYS.max(claims / TAKEN_SHARE) {
            return unusable(format!(
                "{changed} claims have changed since it was written, so that it takes less time to read all {claims}"
            ));
        }
        Ok(())
    }
}
