//! What the index refuses, each with its reason.

use reprise_model::{Column, Dictionary, SetTable};

/// Why the index cannot do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// A dictionary has run out of numbers or of room for text.
    #[error("the dictionary `{0}` is full: the codes of one payer may come to 4 GiB of text and no more")]
    DictionaryFull(Dictionary),
    /// A set table has run out of numbers or of room for members.
    #[error("the set table `{0}` is full: the distinct lists of one payer may hold 4,294,967,295 codes and no more")]
    SetTableFull(SetTable),
    /// A claim is too large for a block of its own.
    #[error("claim {id} has more lines than can be numbered: 4,294,967,295 are allowed")]
    ClaimTooLarge {
        /// The claim's id.
        id: i64,
    },
    /// Claims were not given in ascending order of their ids.
    #[error("claim {id} was given after claim {previous}; give each claim once, in ascending order of ids")]
    OutOfOrder {
        /// The claim that came too late.
        id: i64,
        /// The claim before it.
        previous: i64,
    },
    /// A change was applied after a later one.
    #[error("change {sequence} was given after change {current}; apply changes in the order of their commits")]
    StaleSequence {
        /// The change that came too late.
        sequence: u64,
        /// The change that the index is in step with.
        current: u64,
    },
    /// A column of lines was asked for with rows of claims.
    #[error("`{0}` is a column of lines; ask for it with rows of lines")]
    LineColumn(Column),
}
