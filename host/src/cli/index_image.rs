//! Where the image of the line index is, as arguments.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::cli::DatabaseArguments;

#[derive(Debug, clap::Args)]
pub(super) struct IndexImageArguments {
    /// Where the image of the line index is, from which a start takes it instead of reading every claim: a directory, or
    /// `none`
    ///
    /// A server writes it. If absent, it is beside the file of an SQLite database, in a directory with `-index` at the end
    /// of its name; for PostgreSQL there is none then. To delete it is always safe.
    #[arg(long, value_name = "DIRECTORY", env = "REPRISE_INDEX_IMAGE")]
    index_image: Option<PathBuf>,
}

impl IndexImageArguments {
    /// The directory, if there is to be one.
    pub(super) fn directory(&self, database: &DatabaseArguments) -> Option<PathBuf> {
        match &self.index_image {
            Some(named) if named.as_os_str() == "none" => None,
            Some(directory) => Some(directory.clone()),
            None => {
                let mut name = OsString::from(database.sqlite_file()?);
                name.push("-index");
                Some(name.into())
            }
        }
    }
}
