//! Images of line indexes that PostgreSQL vouches for.

use super::session::get;
use super::write::PostgresWrite;
use super::{Postgres, can_be_held, from_stored, to_stored};
use crate::{INDEX_IMAGES_MAX, IndexImage, IndexImageStore, IndexImageWriting, StoreError};

impl IndexImageStore for Postgres {
    fn index_image(&self, id: &str) -> Result<Option<IndexImage>, StoreError> {
        self.look_up(&[id], |session| {
            let rows = session.rows("SELECT change_sequence, digest FROM index_image WHERE id = $1", &[&id])?;
            rows.first()
                .map(|row| {
                    Ok(IndexImage {
                        id: id.to_owned(),
                        change_sequence: from_stored(get(row, 0)?)?,
                        digest: get(row, 1)?,
                    })
                })
                .transpose()
        })
    }

    fn changed_claim_count(&self, after: u64) -> Result<u64, StoreError> {
        // A change that has no number here is after all that have one.
        let Ok(after) = to_stored(after) else { return Ok(0) };
        self.read(|session| {
            from_stored(session.one("SELECT count(*) FROM claim WHERE change_sequence > $1", &[&after])?)
        })
    }
}

impl IndexImageWriting for PostgresWrite<'_> {
    fn record_index_image(&mut self, image: &IndexImage) -> Result<(), StoreError> {
        self.attempt(|session, _| {
            session.execute(
                "INSERT INTO index_image (id, change_sequence, digest) VALUES ($1, $2, $3)",
                &[&image.id, &to_stored(image.change_sequence)?, &image.digest],
            )?;
            session.execute(
                "DELETE FROM index_image WHERE id IN
                    (SELECT id FROM index_image ORDER BY written_at_ms DESC, id OFFSET $1)",
                &[&i64::from(INDEX_IMAGES_MAX)],
            )?;
            Ok(())
        })
    }

    fn forget_index_image(&mut self, id: &str) -> Result<(), StoreError> {
        // A text that PostgreSQL cannot hold is no image's id.
        if !can_be_held(id) {
            return Ok(());
        }
        self.attempt(|session, _| {
            session.execute("DELETE FROM index_image WHERE id = $1", &[&id])?;
            Ok(())
        })
    }
}
