//! Where PostgreSQL's programs are, and as whom they are run.

use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where Debian keeps the programs of each major version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The user that Debian's package brings along, for its server.
const SERVER_USER: &str = "postgres";

/// PostgreSQL's programs.
#[derive(Debug)]
pub(crate) struct Programs {
    directory: PathBuf,
    /// User and group to run them as, where this process is root: the server refuses to be that.
    user: Option<(u32, u32)>,
}

impl Programs {
    /// The programs; none where they are not installed, which is said once and is a failure in continuous integration.
    pub(crate) fn find_or_skip() -> Option<Self> {
        match Self::find() {
            Ok(programs) => Some(programs),
            Err(reason) if std::env::var_os("CI").is_some() => panic!("{reason}"),
            Err(reason) => {
                // Not by a macro: what those print is shown only of tests that fail.
                let _: std::io::Result<()> = writeln!(std::io::stderr(), "skipped: {reason}");
                None
            }
        }
    }

    fn find() -> Result<Self, String> {
        let directory = directory().ok_or_else(|| {
            format!("no PostgreSQL to test with, neither on the path nor in {DEBIAN}; `.ci/setup tests` installs it")
        })?;
        let user = if is_root() { Some(server_user()?) } else { None };
        Ok(Self { directory, user })
    }

    /// The path of a program.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// A command, to be run as the server's user.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        // Not from where the test is: the server's user may have no right to that directory.
        command.current_dir("/").env("LC_ALL", "C");
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }

    /// Runs a program to its end and answers what it printed.
    #[track_caller]
    pub(crate) fn run(&self, name: &str, arguments: &[&str]) -> String {
        let output = self.command(&self.path(name)).args(arguments).output();
        let output = output.unwrap_or_else(|error| panic!("{name} cannot be run: {error}"));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name} failed: {errors}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Makes a directory the server's.
    pub(crate) fn give_to_server(&self, directory: &Path) {
        if let Some((user, group)) = self.user {
            std::os::unix::fs::chown(directory, Some(user), Some(group)).expect("root may give a directory away");
        }
    }
}

/// The directory of the programs: that on the path, else Debian's newest.
fn directory() -> Option<PathBuf> {
    let is_complete = |directory: &PathBuf| {
        ["initdb", "postgres", "pg_isready", "createdb", "psql"]
            .iter()
            .all(|name| directory.join(name).is_file())
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(directory) = std::env::split_paths(&path).find(is_complete) {
        return Some(directory);
    }
    let versions = std::fs::read_dir(DEBIAN).ok()?.filter_map(|entry| {
        let entry = entry.ok()?;
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        Some((version, entry.path().join("bin")))
    });
    let complete = versions.filter(|(_, directory)| is_complete(directory));
    Some(complete.max()?.1)
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// User and group of the server.
fn server_user() -> Result<(u32, u32), String> {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let mut names = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let fields = names.find(|fields| fields.first() == Some(&SERVER_USER));
    let number = |place: usize| fields.as_ref()?.get(place)?.parse().ok();
    number(2).zip(number(3)).ok_or_else(|| {
        format!("PostgreSQL does not run as root, and there is no user `{SERVER_USER}` to run it as; run the tests as another user")
    })
}
