//! A copy of an SQLite database, made while it is in use.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::StoreError;

/// Copies the database into a new file. What has the target's name is a whole copy, on the disk, at any moment.
pub(super) fn back_up(connection: &Connection, target: &Path) -> Result<(), StoreError> {
    let refused = |reason: String| StoreError::Unavailable { reason };
    let shown = target.display();
    match target.try_exists() {
        Ok(false) => {}
        Ok(true) => {
            return Err(refused(format!(
                "`{shown}` is there already; name a file that does not exist yet"
            )));
        }
        Err(error) => {
            return Err(refused(format!(
                "`{shown}` cannot be looked for: {error}; check the rights to its directory"
            )));
        }
    }
    let partial = Partial::create(target)?;
    // The copy has no free pages and is otherwise the same; readers and the writer are not held up.
    let name = partial.path.to_str().ok_or_else(|| {
        refused(format!(
            "`{shown}` is not a name in UTF-8, which SQLite asks for; name another file"
        ))
    })?;
    connection.execute("VACUUM INTO ?1", [name])?;
    partial
        .finish(target)
        .map_err(|error| StoreError::other(format!("the copy could not be put in place as `{shown}`: {error}")))
}

/// A copy that is not whole yet, in a file of its own beside the target. Dropped, it is removed.
struct Partial {
    path: PathBuf,
}

impl Partial {
    fn create(target: &Path) -> Result<Self, StoreError> {
        let mut name = OsString::from(target);
        name.push("-partial");
        let path = PathBuf::from(name);
        // SQLite copies into a file that is not there or is empty; to have made it keeps a second copy out.
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(_) => Ok(Self { path }),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(StoreError::Unavailable {
                reason: format!(
                    "`{}` is there already: another copy is being made, or one was broken off; remove it in that case",
                    path.display()
                ),
            }),
            Err(error) => Err(StoreError::Unavailable {
                reason: format!(
                    "`{}` cannot be created: {error}; check that its directory exists and is writable",
                    path.display()
                ),
            }),
        }
    }

    /// Brings the copy to the disk and gives it its name.
    fn finish(self, target: &Path) -> io::Result<()> {
        File::open(&self.path)?.sync_all()?;
        fs::rename(&self.path, target)?;
        let directory = target.parent().filter(|path| !path.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // It is not there any more if the copy was put in place.
        let _: io::Result<()> = fs::remove_file(&self.path);
    }
}
