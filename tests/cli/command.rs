//! The command as a process: what it is given, what it says, how it ends.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::Place;

/// The command that these stories run.
pub(crate) const REPRISE: &str = env!("CARGO_BIN_EXE_reprise-under-test");

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) output: String,
    pub(crate) said: String,
}

/// The command in this directory, with nothing of the surrounding environment that it listens to.
pub(crate) fn command_in(directory: &Path) -> Command {
    let mut command = Command::new(REPRISE);
    command
        .current_dir(directory)
        .env_remove("REPRISE_DATABASE")
        .env_remove("REPRISE_LOG")
        .env_remove("REPRISE_INDEX_IMAGE")
        .env_remove("RUST_BACKTRACE");
    command
}

/// Run the command in the story's directory, where its default database is the story's.
pub(crate) fn reprise<Argument: AsRef<OsStr>>(place: &Place, arguments: &[Argument]) -> Done {
    reprise_given(place, arguments, b"")
}

/// The same, with this on standard input.
pub(crate) fn reprise_given<Argument: AsRef<OsStr>>(place: &Place, arguments: &[Argument], input: &[u8]) -> Done {
    let mut child = command_in(place.directory())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut stdin = child.stdin.take().expect("standard input");
    std::thread::scope(|scope| {
        // A command that does not read its input ends before all of it is written.
        scope.spawn(move || stdin.write_all(input));
        let output = child.wait_with_output().expect("the command ends");
        Done {
            code: output.status.code().expect("an exit code"),
            output: String::from_utf8(output.stdout).expect("UTF-8 on standard output"),
            said: String::from_utf8(output.stderr).expect("UTF-8 on standard error"),
        }
    })
}

/// A token that the command makes in this database, for the principal that the arguments describe.
#[track_caller]
pub(crate) fn token(database: &str, arguments: &[&str]) -> String {
    let made = command_in(&std::env::temp_dir())
        .args(["token", "create", "--database", database])
        .args(arguments)
        .output()
        .expect("the command ends");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let output = String::from_utf8(made.stdout).expect("UTF-8 on standard output");
    output.lines().last().expect("a token in the last line").to_owned()
}

impl Done {
    /// How it ended, which must be well.
    #[track_caller]
    pub(crate) fn well(self) -> Self {
        assert_eq!(self.code, 0, "{}", self.said);
        self
    }

    /// It failed with this exit code, printed nothing, and said these words.
    #[track_caller]
    pub(crate) fn failed(self, code: i32, words: &[&str]) {
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(self.output, "", "{}", self.said);
        for words in words {
            assert!(self.said.contains(words), "`{words}` is not said in: {}", self.said);
        }
        assert!(!self.said.contains("panicked"), "{}", self.said);
    }
}
