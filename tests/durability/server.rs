//! `reprise serve` as a process that can be killed, asked over its socket.

use std::collections::HashMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError, mpsc};
use std::time::Duration;

use reprise::SecretsKeys;
use serde_json::Value;

use super::database::open;
use super::until;
use crate::cli::command::{REPRISE, token};

/// The longest that an answer may take: longer means that it never comes.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(150);

/// Who asks a server unless a story says otherwise: an administrator with this name.
pub(super) const OPERATOR: &str = "operator";

/// A server, ended with the story.
pub(super) struct Server {
    child: Child,
    address: SocketAddr,
    tokens: Arc<Tokens>,
    /// What it says, line by line. Several threads may ask the server.
    said: Mutex<mpsc::Receiver<String>>,
}

/// The tokens of a database, each made when it is needed for the first time. They are good for whichever server is on it.
struct Tokens {
    database: String,
    payer: String,
    /// By the name of the principal.
    made: Mutex<HashMap<String, String>>,
}

impl Tokens {
    /// Those of this database, which has one payer.
    fn of(database: &str) -> Arc<Self> {
        static OF_DATABASES: Mutex<Option<HashMap<String, Arc<Tokens>>>> = Mutex::new(None);
        let mut of_databases = OF_DATABASES.lock().unwrap_or_else(PoisonError::into_inner);
        let tokens = of_databases.get_or_insert_default().entry(database.to_owned());
        let tokens = tokens.or_insert_with(|| {
            let payers = open(database).payers().expect("the payers");
            let [payer] = payers.as_slice() else {
                panic!("a story with a server has one payer: {payers:?}");
            };
            Arc::new(Self {
                database: database.to_owned(),
                payer: payer.clone(),
                made: Mutex::default(),
            })
        });
        Arc::clone(tokens)
    }

    fn token(&self, name: &str, role: &str, payer: &[&str]) -> String {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let made = made.entry(name.to_owned());
        made.or_insert_with(|| {
            let who = ["--role", role, "--principal", name];
            token(&self.database, &[&who, payer].concat())
        })
        .clone()
    }

    /// That of an administrator of the payer.
    fn administrator(&self, name: &str) -> String {
        self.token(name, "administrator", &["--payer", &self.payer])
    }

    /// That of who reads what is measured.
    fn monitor(&self) -> String {
        self.token("monitor", "monitor", &[])
    }
}

/// The header that proves who asks.
fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

/// A file with the key that all servers seal secrets with, made when it is needed for the first time.
fn secrets_key_file() -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("secrets-key-{}", std::process::id()));
    static MADE: Once = Once::new();
    MADE.call_once(|| {
        // One that a process of the same number has left is as good.
        let _ = SecretsKeys::create(&file);
    });
    file
}

/// The command that serves this database on a port that is free.
pub(super) fn serving(program: &str, before: &[&str], database: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .args(before)
        .args(["serve", "--listen", "127.0.0.1:0", "--database", database])
        .args(arguments)
        .env("REPRISE_SECRETS_KEY_FILE", secrets_key_file())
        .env_remove("REPRISE_LOG")
        .env_remove("REPRISE_INDEX_IMAGE")
        .env_remove("RUST_BACKTRACE");
    command
}

impl Server {
    /// A server on this database, ready.
    pub(super) fn on(database: &str, arguments: &[&str]) -> Self {
        let server = Self::listening(database, serving(REPRISE, &[], database, arguments));
        server.ready();
        server
    }

    /// A server on this database that can be asked, and may still load its index.
    pub(super) fn listening(database: &str, mut command: Command) -> Self {
        let tokens = Tokens::of(database);
        // Made while nobody is in the way.
        tokens.administrator(OPERATOR);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let stderr = BufReader::new(child.stderr.take().expect("standard error"));
        let (sender, said) = mpsc::channel();
        // It is read to its end, so that the server is never held up by what it says.
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let mut server = Self {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            tokens,
            said: Mutex::new(said),
        };
        let mut before = Vec::new();
        let address = loop {
            match server.said().recv_timeout(ANSWER_TIME_MAX) {
                Ok(line) => match line.split_once("listening on http://") {
                    Some((_, address)) => break address.parse().expect("an address"),
                    None => before.push(line),
                },
                Err(_) => panic!("no address: {before:?}"),
            }
        };
        server.address = address;
        server
    }

    /// Waits until it decides.
    pub(super) fn ready(&self) {
        until("the server is ready", || {
            (self.ask("GET", "/readyz", "", b"").status == 200).then_some(())
        });
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The header by which the operator proves who it is.
    pub(super) fn credentials(&self) -> String {
        bearer(&self.tokens.administrator(OPERATOR))
    }

    /// An answer to the operator over a connection of its own; an error where none comes.
    pub(super) fn try_ask(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> io::Result<Answer> {
        self.try_ask_with(&self.credentials(), method, path, headers, body)
    }

    fn try_ask_with(
        &self,
        credentials: &str,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> io::Result<Answer> {
        let mut stream = self.connect()?;
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\
             {credentials}{headers}\r\n"
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)?;
        read_answer(&mut stream)
    }

    /// A connection to it, for what is no plain request.
    pub(super) fn connect(&self) -> io::Result<TcpStream> {
        let stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(ANSWER_TIME_MAX))?;
        Ok(stream)
    }

    #[track_caller]
    pub(super) fn ask(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
        match self.try_ask(method, path, headers, body) {
            Ok(answer) => answer,
            Err(error) => panic!("{method} {path} is not answered: {error}; {:?}", self.last_said()),
        }
    }

    /// Post JSON, with further headers.
    #[track_caller]
    pub(super) fn post(&self, path: &str, headers: &str, body: &Value) -> Answer {
        let headers = format!("Content-Type: application/json\r\n{headers}");
        self.ask("POST", path, &headers, body.to_string().as_bytes())
    }

    /// Post JSON as this administrator.
    #[track_caller]
    pub(super) fn post_as(&self, user: &str, path: &str, body: &Value) -> Answer {
        let credentials = bearer(&self.tokens.administrator(user));
        let headers = "Content-Type: application/json\r\n";
        let body = body.to_string();
        let answer = self.try_ask_with(&credentials, "POST", path, headers, body.as_bytes());
        answer.unwrap_or_else(|error| panic!("{path} is not answered: {error}; {:?}", self.last_said()))
    }

    /// What is measured.
    #[track_caller]
    pub(super) fn metrics(&self) -> String {
        let credentials = bearer(&self.tokens.monitor());
        let answer = self.try_ask_with(&credentials, "GET", "/metrics", "", b"");
        let answer = answer.unwrap_or_else(|error| panic!("no metrics: {error}; {:?}", self.last_said()));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    /// What is there, as text.
    #[track_caller]
    pub(super) fn text(&self, path: &str, headers: &str) -> String {
        let answer = self.ask("GET", path, headers, b"");
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    /// What is there.
    #[track_caller]
    pub(super) fn get(&self, path: &str) -> Value {
        serde_json::from_str(&self.text(path, "")).expect("JSON")
    }

    fn said(&self) -> MutexGuard<'_, mpsc::Receiver<String>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it has said since it was asked last.
    pub(super) fn last_said(&self) -> Vec<String> {
        self.said().try_iter().collect()
    }

    /// `kill -9`: it gets no chance to do anything.
    pub(super) fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }

    /// Ask it to end, and answer its exit code and what it said last.
    pub(super) fn end(mut self) -> (Option<i32>, Vec<String>) {
        let asked = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .expect("kill");
        assert!(asked.success());
        let status = self.child.wait().expect("the server ends");
        (status.code(), self.said().iter().collect())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended already is not there to be ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Answer {
    /// Where the answer says to look.
    #[track_caller]
    pub(super) fn location(&self) -> String {
        let mut lines = self.head.lines();
        let location = lines.find_map(|line| line.strip_prefix("location: "));
        location
            .unwrap_or_else(|| panic!("no location: {} {}", self.head, self.body))
            .to_owned()
    }
}

/// Reads an answer to the end of the connection.
pub(super) fn read_answer(stream: &mut TcpStream) -> io::Result<Answer> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let cut_off = || io::Error::new(io::ErrorKind::UnexpectedEof, "the answer is cut off");
    let text = String::from_utf8(bytes).map_err(|_| io::Error::other("the answer is not UTF-8"))?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(cut_off)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let is_chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let body = if is_chunked {
        without_chunks(body).ok_or_else(cut_off)?
    } else {
        body.to_owned()
    };
    Ok(Answer {
        status: status.ok_or_else(cut_off)?,
        head: head.to_owned(),
        body,
    })
}

/// A body that came in chunks, put together; none if it has no end.
fn without_chunks(mut chunks: &str) -> Option<String> {
    let mut whole = String::new();
    loop {
        let (size, rest) = chunks.split_once("\r\n")?;
        let size = usize::from_str_radix(size, 16).ok()?;
        if size == 0 {
            return Some(whole);
        }
        whole.push_str(rest.get(..size)?);
        chunks = rest.get(size + 2..)?;
    }
}
