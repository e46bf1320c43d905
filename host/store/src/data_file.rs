//! Data file sets and data files: what is handed in and out in bulk.

/// A data file set that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFileSetDefinition {
    /// What requests name it by. Unique for a payer.
    pub code: String,
    /// What it is, for people.
    pub description: Option<String>,
    /// Its files.
    pub files: Vec<DataFileDefinition>,
}

/// A data file that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFileDefinition {
    /// What requests name it by. Unique in its set.
    pub code: String,
    /// What it is, for people.
    pub description: Option<String>,
}

/// What became of a data file set that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataFileSetCreation {
    /// It is there.
    Created,
    /// The payer has one with its code already; nothing was created.
    CodeTaken,
    /// Two of its files have this code; nothing was created.
    FileCodeRepeated(String),
}

/// What became of a change to a data file set or a data file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataFileOutcome {
    /// It is made.
    Done,
    /// There is no such data file set or data file; nothing was changed.
    Absent,
    /// The data file set is locked; nothing was changed.
    Locked,
}

/// A data file set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFileSet {
    /// What requests name it by. Unique for a payer.
    pub code: String,
    /// What it is, for people.
    pub description: Option<String>,
    /// Whether an activity is using it.
    pub locked: bool,
    /// Its files, in the order in which they were asked for.
    pub files: Vec<DataFile>,
}

/// A data file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFile {
    /// What requests name it by. Unique in its set.
    pub code: String,
    /// What it is, for people.
    pub description: Option<String>,
    /// Where its content comes from.
    pub source: DataFileSource,
}

/// Where the content of a data file comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataFileSource {
    /// It has none yet.
    Empty,
    /// It was handed in.
    Content {
        /// By which to read it.
        id: ContentId,
        /// How long it is.
        length_bytes: u64,
    },
    /// It is made from the results of an activity when it is asked for, in the form that is asked for.
    Results {
        /// The activity's id.
        activity: i64,
    },
}

/// A data file, named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFileName {
    /// The code of its data file set.
    pub set: String,
    /// Its own code.
    pub file: String,
}

/// Content that was handed in. Only a store makes one: who has it was shown the data file, or is handing it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContentId(pub(crate) i64);

impl ContentId {
    /// Its number, by which it is told from what was handed in before or after it.
    pub const fn number(self) -> i64 {
        self.0
    }
}
