//! What splitting a file into its entries finds, whichever format it is in.

use serde::{Deserialize, Serialize};

/// What may come next in a file, at the end of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Next {
    /// The first entry, or the end of the root.
    First,
    /// JSON: what separates two entries, or the end of the root.
    Separator,
    /// An entry; in XML also the end of the root.
    Entry,
    /// Nothing: the root has ended.
    Nothing,
}

/// What was found in a file. The window stands behind it.
pub(crate) enum Found {
    /// An entry, from where the window began it.
    Entry {
        /// Why it cannot be read, as far as its ends already say so.
        flaw: Option<String>,
        /// What may come next.
        next: Next,
    },
    /// The end of a file that ends as it should.
    End,
    /// The end of a file that ends before its root does.
    Cut {
        /// Whether it ends in the entry that the window began.
        in_entry: bool,
    },
}

/// Blanks, in both formats.
pub(crate) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}
