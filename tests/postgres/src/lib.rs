//! PostgreSQL servers for tests: started on the spot in a directory of their own, gone with the test.
//!
//! A server listens on a socket in its directory and nowhere else, and everybody who gets there is let in. It is driven
//! through its own programs, so that tests at the product's boundaries need no driver. Nothing of it outlives the test
//! process, however that ends: a shell between the two waits for the end of its input, which is the test's to hold, and
//! then stops the server and removes the directory.
#![expect(clippy::panic, reason = "a test fails by panicking")]

mod programs;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use programs::Programs;
use tempfile::TempDir;

/// The user that the server knows, who may do everything.
const USER: &str = "reprise";

/// For how long a server may take to start or stop before the test fails: long, since machines may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the server in the background until told what signal to send it. Where it is not told but the input ends, the
/// test is gone: then the directory goes as well.
const KEEPER: &str = r#"
directory=$1
shift
"$@" >>"$directory/log" 2>&1 &
server=$!
if read -r signal; then
    kill -s "$signal" $server
    wait $server
else
    kill -s INT $server
    wait $server
    rm -rf "$directory"
fi
"#;

/// What every server is told. A test does not pull the plug of the machine, so nothing waits for its disk.
const SETTINGS: &[&str] = &["listen_addresses=", "fsync=off", "full_page_writes=off"];

/// A server with databases of its own.
#[derive(Debug)]
pub struct Cluster {
    programs: Programs,
    directory: TempDir,
    settings: Vec<String>,
    running: Option<Running>,
    databases: AtomicU32,
}

/// The shell that keeps a running server, and its input.
#[derive(Debug)]
struct Running {
    keeper: Child,
    input: ChildStdin,
}

/// The server of this test process, started by whoever asks first. None where PostgreSQL is not installed; that is said
/// once, and is a failure in continuous integration.
pub fn shared() -> Option<&'static Cluster> {
    static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
    SHARED.get_or_init(Cluster::start).as_ref()
}

impl Cluster {
    /// Starts a new server. None where PostgreSQL is not installed, as for [`shared`].
    pub fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// Starts a new server with settings that come after its own, such as `fsync=on`.
    pub fn start_with(settings: &[&str]) -> Option<Self> {
        let programs = Programs::find_or_skip()?;
        let directory = directory_for_socket();
        programs.give_to_server(directory.path());
        programs.run(
            "initdb",
            &[
                "--pgdata",
                &path_text(&directory.path().join("data")),
                "--username",
                USER,
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
                "--no-instructions",
            ],
        );
        let mut cluster = Self {
            programs,
            directory,
            settings: SETTINGS.iter().chain(settings).map(|text| (*text).to_owned()).collect(),
            running: None,
            databases: AtomicU32::new(0),
        };
        cluster.start_again();
        Some(cluster)
    }

    /// Creates a database and answers its URL.
    pub fn create_database(&self) -> String {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("reprise_test_{}_{number}", std::process::id());
        self.client_program("createdb", &[&name]);
        self.url(&name)
    }

    /// The URL of a database of this server, which may not be there.
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgres:///{database}?host={}&user={USER}",
            path_text(self.directory.path())
        )
    }

    /// Has the server carry out a statement in a database that [`Self::create_database`] answered the URL of, and
    /// answers what it said: a row a line, columns separated by `|`.
    pub fn execute(&self, url: &str, statement: &str) -> String {
        self.programs.run(
            "psql",
            &[
                "--no-psqlrc",
                "--quiet",
                "--tuples-only",
                "--no-align",
                "--set=ON_ERROR_STOP=1",
                "--dbname",
                url,
                "--command",
                statement,
            ],
        )
    }

    /// Stops the server: who is connected is cut off, what was committed stays.
    pub fn stop(&mut self) {
        let Some(mut running) = self.running.take() else {
            return;
        };
        running
            .input
            .write_all(b"INT\n")
            .expect("the keeper of the server reads");
        wait_until("the server has stopped", || {
            running.keeper.try_wait().expect("the keeper's status").is_some()
        });
    }

    /// Starts the server again after it was stopped.
    pub fn start_again(&mut self) {
        assert!(self.running.is_none(), "the server is running");
        let directory = path_text(self.directory.path());
        let mut command = self.programs.command(Path::new("/bin/sh"));
        command.args(["-c", KEEPER, "sh", &directory]);
        command.arg(self.programs.path("postgres"));
        command.args(["-D", &path_text(&self.directory.path().join("data"))]);
        let socket = format!("unix_socket_directories={directory}");
        for setting in self.settings.iter().chain([&socket]) {
            command.args(["-c", setting]);
        }
        let mut keeper = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell starts");
        let input = keeper.stdin.take().expect("the keeper's input");
        self.running = Some(Running { keeper, input });
        wait_until("the server answers", || {
            let running = self.running.as_mut();
            let ended = running.is_some_and(|running| running.keeper.try_wait().is_ok_and(|status| status.is_some()));
            assert!(!ended, "the server does not start: {}", self.log());
            self.answers()
        });
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    fn answers(&self) -> bool {
        let mut command = self.programs.command(&self.programs.path("pg_isready"));
        command.args(["--quiet", "--host"]).arg(self.directory.path());
        command.status().is_ok_and(|status| status.success())
    }

    fn client_program(&self, name: &str, arguments: &[&str]) -> String {
        let directory = path_text(self.directory.path());
        let mut all = vec!["--host", &directory, "--username", USER];
        all.extend(arguments);
        self.programs.run(name, &all)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The end of its input tells the keeper to clean up.
        if let Some(Running { mut keeper, input }) = self.running.take() {
            drop(input);
            let _: std::io::Result<_> = keeper.wait();
        }
    }
}

/// A directory whose path is short enough to name a socket in it.
fn directory_for_socket() -> TempDir {
    const PATH_BYTES_MAX: usize = 80;
    let mut place = std::env::temp_dir();
    if place.as_os_str().len() > PATH_BYTES_MAX {
        place = PathBuf::from("/tmp");
    }
    let directory = tempfile::Builder::new().prefix("reprise-postgres-").tempdir_in(place);
    directory.expect("a directory for the server")
}

fn path_text(path: &Path) -> String {
    path.to_str().expect("a path of plain text").to_owned()
}

#[track_caller]
fn wait_until(what: &str, mut happened: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !happened() {
        assert!(Instant::now() < deadline, "waited {PATIENCE:?} until {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[cfg(test)]
mod tests {
    use super::Cluster;

    #[test]
    fn a_server_starts_stops_and_starts_again_and_leaves_nothing() {
        let Some(mut cluster) = Cluster::start() else {
            return;
        };
        let url = cluster.create_database();
        cluster.execute(
            &url,
            "CREATE TABLE kept (number bigint); INSERT INTO kept VALUES (1), (2)",
        );
        cluster.stop();
        assert!(!cluster.answers());
        cluster.start_again();
        assert_eq!(cluster.execute(&url, "SELECT number FROM kept ORDER BY 1"), "1\n2\n");
        let directory = cluster.directory.path().to_owned();
        drop(cluster);
        assert!(!directory.exists());
    }
}
