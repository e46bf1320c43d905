//! What a database knows of the images of line indexes that were written of it, and the verbs for it: a part of [`Store`]
//! and of [`WriteTransaction`].
//!
//! An image lies in a file of a host. The database only vouches for it: an image that it knows was written of its own past,
//! so that what has changed since then is all that an index of the image lacks. Deleted claims stay among what has changed
//! for ever, so that this holds for an image of any age.
//!
//! [`Store`]: crate::Store
//! [`WriteTransaction`]: crate::WriteTransaction

use crate::StoreError;

/// How many images a database knows at most: far more than hosts share one. Each host forgets those that it replaces; what is
/// over was left by hosts that are gone.
pub const INDEX_IMAGES_MAX: u32 = 1_000;

/// An image of line indexes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexImage {
    /// What it is known by: random, and of no other image.
    pub id: String,
    /// The change of the store that the indexes were in step with.
    pub change_sequence: u64,
    /// The digest of what the image says of its sections, their digests among it.
    pub digest: String,
}

/// Reads about images of line indexes.
pub trait IndexImageStore {
    /// The image with this id, if one was recorded here.
    fn index_image(&self, id: &str) -> Result<Option<IndexImage>, StoreError>;

    /// How many claims of all payers have changed after this change, those among them that were deleted. Cheap where these
    /// are few.
    fn changed_claim_count(&self, after: u64) -> Result<u64, StoreError>;
}

/// Writes about images of line indexes.
pub trait IndexImageWriting {
    /// Records an image, which must be one of changes that were committed before; forgets all but the last
    /// [`INDEX_IMAGES_MAX`].
    fn record_index_image(&mut self, image: &IndexImage) -> Result<(), StoreError>;

    /// Forgets an image, which no host has any more.
    fn forget_index_image(&mut self, id: &str) -> Result<(), StoreError>;
}
