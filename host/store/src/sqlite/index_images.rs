//! Images of line indexes that SQLite vouches for.

use rusqlite::OptionalExtension as _;

use super::clock::now_ms;
use super::write::SqliteWrite;
use super::{Sqlite, from_stored, to_stored};
use crate::{INDEX_IMAGES_MAX, IndexImage, IndexImageStore, IndexImageWriting, StoreError};

impl IndexImageStore for Sqlite {
    fn index_image(&self, id: &str) -> Result<Option<IndexImage>, StoreError> {
        self.read(|connection| {
            let found = connection
                .prepare_cached("SELECT change_sequence, digest FROM index_image WHERE id = ?1")?
                .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            found
                .map(|(change_sequence, digest)| {
                    Ok(IndexImage {
                        id: id.to_owned(),
                        change_sequence: from_stored(change_sequence)?,
                        digest,
                    })
                })
                .transpose()
        })
    }

    fn changed_claim_count(&self, after: u64) -> Result<u64, StoreError> {
        // A change that has no number here is after all that have one.
        let Ok(after) = to_stored(after) else { return Ok(0) };
        self.read(|connection| {
            let count = connection
                .prepare_cached("SELECT count(*) FROM claim INDEXED BY claim_by_change WHERE change_sequence > ?1")?
                .query_row([after], |row| row.get(0))?;
            from_stored(count)
        })
    }
}

impl IndexImageWriting for SqliteWrite<'_> {
    fn record_index_image(&mut self, image: &IndexImage) -> Result<(), StoreError> {
        self.attempt(|connection, _| {
            connection
                .prepare_cached(
                    "INSERT INTO index_image (id, change_sequence, digest, written_at_ms) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute((&image.id, to_stored(image.change_sequence)?, &image.digest, now_ms()))?;
            connection
                .prepare_cached(
                    "DELETE FROM index_image WHERE id IN
                        (SELECT id FROM index_image ORDER BY written_at_ms DESC, id LIMIT -1 OFFSET ?1)",
                )?
                .execute([INDEX_IMAGES_MAX])?;
            Ok(())
        })
    }

    fn forget_index_image(&mut self, id: &str) -> Result<(), StoreError> {
        self.attempt(|connection, _| {
            connection
                .prepare_cached("DELETE FROM index_image WHERE id = ?1")?
                .execute([id])?;
            Ok(())
        })
    }
}
