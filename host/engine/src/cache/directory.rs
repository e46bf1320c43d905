//! The files of a cache: only their owner's, whole or not there, and together no more than they may take.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// How a file of a cache ends.
pub(super) const EXTENSION: &str = ".machine-code";
/// How a file ends that is being written.
const UNFINISHED: &str = ".unfinished";
/// A file that has been unfinished for so long was left behind by a process that died.
const UNFINISHED_TIME_MAX: Duration = Duration::from_secs(3_600);

/// The permissions of the directory and of its files: their owner's alone.
const DIRECTORY_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

pub(super) struct Directory {
    path: PathBuf,
    /// Tells apart files that are written at once.
    written: AtomicU64,
}

impl Directory {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(path)?;
        let mode = fs::metadata(path)?.permissions().mode() & 0o777;
        // It may hold something else, so that it is not ours to close it.
        if mode & 0o077 != 0 {
            let path = path.display();
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                format!("others may read `{path}` or write to it (mode {mode:04o}); close it with `chmod 700 {path}`"),
            ));
        }
        let directory = Self {
            path: path.to_owned(),
            written: AtomicU64::new(0),
        };
        directory.remove_unfinished()?;
        Ok(directory)
    }

    pub(super) fn path_of(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// All of a file, none if there is no such file.
    pub(super) fn read(&self, name: &str, bytes_max: u64) -> io::Result<Option<Vec<u8>>> {
        let path = self.path_of(name);
        // What is no file could be something that never ends.
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_file() => {}
            Ok(_) => return Err(io::Error::other("it is not a file")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        }
        let file = File::open(&path)?;
        let length = file.metadata()?.len();
        if length > bytes_max {
            return Err(io::Error::other(format!(
                "it is {length} bytes long; {bytes_max} are allowed"
            )));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
        (&file).take(bytes_max).read_to_end(&mut bytes)?;
        // What is used is not the first to make room. That it cannot be marked so is no reason not to use it.
        let _ = file.set_modified(SystemTime::now());
        Ok(Some(bytes))
    }

    /// Write a file so that it is there whole or not at all, and make room for it before.
    pub(super) fn write(&self, name: &str, bytes: &[u8], bytes_max: u64) -> io::Result<()> {
        self.make_room(name, (bytes.len() as u64).min(bytes_max), bytes_max)?;
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        let unfinished = self.path_of(&format!("{name}.{}.{number}{UNFINISHED}", std::process::id()));
        let written = self.write_unfinished(&unfinished, bytes);
        let written = written.and_then(|()| fs::rename(&unfinished, self.path_of(name)));
        if written.is_err() {
            // It takes room that is short, most likely; the first error is the one that matters.
            let _ = fs::remove_file(&unfinished);
        }
        written?;
        // So that the name is there, too, after the machine has lost its power.
        File::open(&self.path)?.sync_all()
    }

    fn write_unfinished(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(FILE_MODE)
            .open(path)?;
        // Whatever the process masks.
        file.set_permissions(Permissions::from_mode(FILE_MODE))?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.path_of(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    /// Remove what was used longest ago until so many bytes fit, and what the same component left for another platform.
    fn make_room(&self, name: &str, needed_bytes: u64, bytes_max: u64) -> io::Result<()> {
        let of_component = name.split('-').next().unwrap_or(name);
        let mut kept = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let file_name = entry.file_name().to_string_lossy().into_owned();
            if !file_name.ends_with(EXTENSION) || file_name == name {
                continue;
            }
            if file_name.starts_with(of_component) {
                fs::remove_file(entry.path())?;
                continue;
            }
            // Another process may have made room, too.
            if let Ok(metadata) = entry.metadata() {
                let used_at = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                kept.push((used_at, metadata.len(), entry.path()));
            }
        }
        kept.sort();
        let mut total_bytes: u64 = kept.iter().map(|(_, bytes, _)| bytes).sum();
        for (_, bytes, path) in kept {
            if total_bytes.saturating_add(needed_bytes) <= bytes_max {
                break;
            }
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => total_bytes = total_bytes.saturating_sub(bytes),
            }
        }
        Ok(())
    }

    fn remove_unfinished(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let is_unfinished = entry.file_name().to_string_lossy().ends_with(UNFINISHED);
            let age = entry
                .metadata()
                .and_then(|metadata| metadata.modified())
                .ok()
                .and_then(|modified| modified.elapsed().ok());
            if is_unfinished && age.is_some_and(|age| age > UNFINISHED_TIME_MAX) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}
