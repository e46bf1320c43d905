//! An endpoint on the loopback device that checks signatures, and answers as it is told to.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

/// The longest that is waited for what must come.
const PATIENCE: Duration = Duration::from_secs(120);

/// A request that came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Value,
    /// The event's position.
    pub(crate) position: u64,
    /// The so-manieth attempt.
    pub(crate) attempt: u64,
    /// Whether it is a dead letter that is sent again.
    pub(crate) resent: bool,
    /// Whether whoever sent it knows the secret.
    pub(crate) is_signed: bool,
    /// The so-manieth connection of this endpoint.
    pub(crate) connection: usize,
    /// The so-manieth request of this endpoint, from 1.
    pub(crate) number: usize,
    /// What it was answered.
    pub(crate) answered: u16,
}

/// An endpoint.
pub(crate) struct Receiver {
    pub(crate) url: String,
    shared: Arc<Shared>,
}

struct Shared {
    secret: String,
    answer: Box<dyn Fn(&Received) -> u16 + Send + Sync>,
    received: Mutex<Vec<Received>>,
    connections: AtomicUsize,
    ended: (Mutex<bool>, Condvar),
}

/// What an endpoint answers that never does.
pub(crate) const NEVER: u16 = 0;

impl Receiver {
    /// An endpoint that takes everything.
    pub(crate) fn taking(secret: &str) -> Self {
        Self::answering(secret, |_| 204)
    }

    /// An endpoint that answers with these statuses.
    pub(crate) fn answering(secret: &str, answer: impl Fn(&Received) -> u16 + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!(
            "http://{}/events?of=reprise",
            listener.local_addr().expect("an address")
        );
        let shared = Arc::new(Shared {
            secret: secret.to_owned(),
            answer: Box::new(answer),
            received: Mutex::default(),
            connections: AtomicUsize::new(0),
            ended: (Mutex::new(false), Condvar::new()),
        });
        let of_listener = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&of_listener);
                if *shared.ended.0.lock().expect("a lock") {
                    return;
                }
                // A sender that goes away in the middle of a request is none of the endpoint's business.
                std::thread::spawn(move || _ = shared.serve(&stream));
            }
        });
        Self { url, shared }
    }

    /// All requests that came.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.shared.received.lock().expect("a lock").clone()
    }

    /// The requests that came, once they are as they are waited for.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, is_so: impl Fn(&[Received]) -> bool) -> Vec<Received> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            {
                let received = self.shared.received.lock().expect("a lock");
                if is_so(&received) {
                    return received.clone();
                }
                assert!(
                    Instant::now() < deadline,
                    "waited {PATIENCE:?} until {what}: {received:?}"
                );
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The positions of the events that were taken, in the order in which they were.
    pub(crate) fn taken(&self) -> Vec<u64> {
        taken(&self.shared.received.lock().expect("a lock"))
    }

    /// The requests, once so many events were taken.
    #[track_caller]
    pub(crate) fn until_taken(&self, count: usize) -> Vec<Received> {
        self.until(&format!("{count} events are taken"), |received| {
            taken(received).len() >= count
        })
    }
}

/// The positions of the events that were taken, in the order in which they were.
pub(crate) fn taken(received: &[Received]) -> Vec<u64> {
    let taken = received
        .iter()
        .filter(|received| (200..300).contains(&received.answered));
    taken.map(|received| received.position).collect()
}

impl Drop for Receiver {
    fn drop(&mut self) {
        *self.shared.ended.0.lock().expect("a lock") = true;
        self.shared.ended.1.notify_all();
        // Has the listener look.
        let address = self.url.trim_start_matches("http://").split('/').next();
        _ = address.map(TcpStream::connect);
    }
}

impl Shared {
    /// Reads requests and answers them until the connection ends.
    fn serve(&self, mut stream: &TcpStream) -> std::io::Result<()> {
        let connection = self.connections.fetch_add(1, Ordering::SeqCst);
        let mut reader = BufReader::new(stream.try_clone()?);
        loop {
            let mut head = String::new();
            loop {
                let before = head.len();
                if reader.read_line(&mut head)? == 0 {
                    return Ok(());
                }
                if head.len() - before <= 2 {
                    break;
                }
            }
            let mut lines = head.lines();
            assert_eq!(lines.next(), Some("POST /events?of=reprise HTTP/1.1"));
            let headers: HashMap<String, String> = lines
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect();
            let length = headers
                .get("content-length")
                .expect("a length")
                .parse()
                .expect("a number");
            let mut body = vec![0; length];
            reader.read_exact(&mut body)?;
            let status = self.take(headers, &body, connection);
            if status == NEVER {
                let ended = self.ended.0.lock().expect("a lock");
                let _ended = self.ended.1.wait_while(ended, |ended| !*ended).expect("a lock");
                return Ok(());
            }
            // In one piece: the next one of several would wait until the first is acknowledged.
            let answer = if status == 204 {
                "HTTP/1.1 204 No Content\r\n\r\n".to_owned()
            } else {
                format!("HTTP/1.1 {status} As Told\r\nContent-Length: 6\r\n\r\nthanks")
            };
            stream.write_all(answer.as_bytes())?;
        }
    }

    /// Notes a request, and answers its status.
    fn take(&self, headers: HashMap<String, String>, body: &[u8], connection: usize) -> u16 {
        let number = |name: &str| headers[name].parse().expect("a number");
        let mut received = Received {
            position: number("reprise-event"),
            attempt: number("reprise-attempt"),
            resent: headers.get("reprise-resent").is_some_and(|resent| resent == "true"),
            is_signed: is_signed(&self.secret, &headers["reprise-signature"], body),
            body: serde_json::from_slice(body).expect("JSON"),
            connection,
            number: 0,
            answered: 0,
            headers,
        };
        let mut all = self.received.lock().expect("a lock");
        received.number = all.len() + 1;
        received.answered = (self.answer)(&received);
        let answered = received.answered;
        all.push(received);
        answered
    }
}

/// Whether a signature is right and not old, as a receiver finds out.
fn is_signed(secret: &str, signature: &str, body: &[u8]) -> bool {
    let (time, code) = signature.split_once(",v1=").expect("a time and a code");
    let time = time.strip_prefix("t=").expect("a time");
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock that is right");
    let age_s = since.as_secs().abs_diff(time.parse().expect("seconds"));
    let bytes: Vec<u8> = code
        .as_bytes()
        .chunks(2)
        .map(|digits| u8::from_str_radix(std::str::from_utf8(digits).expect("digits"), 16).expect("digits"))
        .collect();
    let mut expected = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    expected.update(time.as_bytes());
    expected.update(b".");
    expected.update(body);
    expected.verify_slice(&bytes).is_ok() && age_s < 300
}
