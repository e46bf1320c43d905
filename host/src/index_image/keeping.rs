//! Writing the image of the line indexes: after they were built, after much has changed, and when a server ends.
//!
//! It is written into a file of another name, brought to the disk, recorded in the database and only then given its name.
//! So whatever happens in between, what has the name is an image that the database knows, or none that is used. Nothing
//! waits for it: it is made of snapshots. If it cannot be written, the next start takes longer, and that is all.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, Weak};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use reprise_store::{IndexImage, StoreError};

use super::file::{self, ImageId};
use super::{FILE, Kept, State};
use crate::activities::Signal;
use crate::host::Inner;
use crate::{Host, HostError};

/// How often is looked whether enough has changed.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// The shortest time between two images, or two attempts at one.
const PAUSE: Duration = Duration::from_secs(5 * 60);
/// Of so many claims one has to have changed for another image.
const CHANGED_SHARE: u64 = 20;
/// So few changes are taken in no time, however few claims there are.
const CHANGED_MIN: u64 = 1_000;

/// Held by whoever writes in the directory.
const LOCK: &str = "lock";
/// The end of the names of files that are not whole yet.
const PARTIAL: &str = "partial";

/// Why an image was not written.
#[derive(Debug, thiserror::Error)]
enum NotWritten {
    #[error("`{}`: {cause}", path.display())]
    File { path: PathBuf, cause: io::Error },
    #[error("there are no random bytes: {0}")]
    Random(getrandom::Error),
    #[error("the database does not take it: {0}")]
    Store(#[from] StoreError),
    #[error(transparent)]
    Host(#[from] HostError),
    #[error("another process is writing in `{}`", .0.display())]
    Taken(PathBuf),
}

/// Writes an image whenever enough has changed, until the host stops.
pub(crate) fn keep_index_image(host: &Weak<Inner>, signal: &Signal) {
    let mut seen = 0;
    loop {
        let Some(inner) = host.upgrade() else { return };
        if signal.is_stopped() {
            return;
        }
        Host { inner }.keep_image(is_due);
        // Nobody keeps a host that waits for its next turn to look.
        let look_again = Instant::now() + LOOK_AGAIN;
        while Instant::now() < look_again && !signal.is_stopped() {
            signal.wait(&mut seen, look_again.saturating_duration_since(Instant::now()));
        }
    }
}

/// Whether another image is worth writing while a server goes on, after so many changes to so many claims.
fn is_due(state: &State, changes: u64, claims: u64) -> bool {
    state.tried.is_none_or(|tried| tried.elapsed() >= PAUSE)
        && (state.kept.is_none() || changes > CHANGED_MIN.max(claims / CHANGED_SHARE))
}

impl Host {
    /// Writes the image of the line indexes if anything has changed since the last one, where images are kept. What goes
    /// wrong is only said: nothing depends on an image.
    pub(crate) fn keep_last_index_image(&self) {
        self.keep_image(|state, changes, _| changes > 0 || state.kept.is_none());
    }

    fn keep_image(&self, is_wanted: impl FnOnce(&State, u64, u64) -> bool) {
        let images = &self.inner.index_images;
        let Some(directory) = &images.directory else { return };
        let mut state = images.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = self.keep_image_in(directory, &mut state, is_wanted) {
            tracing::warn!(
                reason = %error,
                "the image of the line index is not written; without it, the next start builds the index of the claims"
            );
        }
    }

    fn keep_image_in(
        &self,
        directory: &Path,
        state: &mut State,
        is_wanted: impl FnOnce(&State, u64, u64) -> bool,
    ) -> Result<(), NotWritten> {
        let readiness = self.readiness();
        if !readiness.ready {
            return Ok(());
        }
        self.inner.indexes.keep_in_step()?;
        let changes = match &state.kept {
            Some(kept) => self.inner.indexes.taken() - kept.taken,
            None => 0,
        };
        if !is_wanted(state, changes, readiness.claims) {
            return Ok(());
        }
        state.tried = Some(Instant::now());
        state.kept = Some(self.write_image(directory)?);
        Ok(())
    }

    fn write_image(&self, directory: &Path) -> Result<Kept, NotWritten> {
        let started = Instant::now();
        let path = directory.join(FILE);
        let in_directory = |cause| NotWritten::File {
            path: directory.to_owned(),
            cause,
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(in_directory)?;
        // Ends with this function, or with the process.
        let _lock = lock(directory)?;
        remove_partial(directory).map_err(in_directory)?;
        let id = ImageId::random().map_err(NotWritten::Random)?;
        let partial = Partial(directory.join(format!("{id}.{PARTIAL}")));
        let in_partial = |cause| NotWritten::File {
            path: partial.0.clone(),
            cause,
        };
        let (sequence, taken, indexes) = self.inner.indexes.captured();
        let (digest, bytes) = partial
            .create()
            .and_then(|file| {
                let written = file::write(&file, id, sequence, &indexes)?;
                file.sync_all()?;
                Ok(written)
            })
            .map_err(in_partial)?;
        let image = IndexImage {
            id: id.to_string(),
            change_sequence: sequence,
            digest,
        };
        let replaced = file::id_of(&path);
        // Recorded before it has its name: in between, what has the name is the image before, which is known as well.
        self.inner
            .store
            .write(|transaction| transaction.record_index_image(&image))?;
        let named = fs::rename(&partial.0, &path).and_then(|()| File::open(directory)?.sync_all());
        // Once the new one is there for good, nobody can read the one that had its name.
        let forgotten = match &named {
            Ok(()) => replaced.map(|id| id.to_string()),
            Err(_) => Some(image.id),
        };
        if let Some(forgotten) = forgotten {
            self.inner
                .store
                .write(|transaction| transaction.forget_index_image(&forgotten))?;
        }
        named.map_err(in_directory)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        crate::metrics::index_image(bytes, now);
        tracing::info!(
            image = %path.display(),
            bytes,
            sequence,
            elapsed_ms = started.elapsed().as_millis(),
            "image of the line index written"
        );
        Ok(Kept { taken })
    }
}

/// Keeps every other process from writing in the directory.
fn lock(directory: &Path) -> Result<File, NotWritten> {
    let path = directory.join(LOCK);
    let locked = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .and_then(|file| match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(error),
        });
    match locked {
        Ok(Some(file)) => Ok(file),
        Ok(None) => Err(NotWritten::Taken(directory.to_owned())),
        Err(cause) => Err(NotWritten::File { path, cause }),
    }
}

/// Removes what processes have left that died while they were writing.
fn remove_partial(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == PARTIAL) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// A file that is not an image yet. Dropped, it is removed.
struct Partial(PathBuf);

impl Partial {
    /// What claims say is for the owner of the file alone.
    fn create(&self) -> io::Result<File> {
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.0)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // It is not there any more if it has become the image.
        let _: io::Result<()> = fs::remove_file(&self.0);
    }
}
