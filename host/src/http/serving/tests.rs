//! Callers that are slow, large, many or silent, on connections of their own.

use std::convert::Infallible;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::{Ending, HEAD_BYTES_MAX, HEADERS_MAX, Serving, ServingSettings};
use crate::http::tls::{Tls, certificates};

/// As short as a test may wait for something to end by itself.
const SHORT: Duration = Duration::from_millis(100);

struct World {
    runtime: Runtime,
    address: SocketAddr,
    ending: Ending,
    served: JoinHandle<std::io::Result<()>>,
}

fn serve(settings: ServingSettings, router: Router) -> World {
    let runtime = Runtime::new().expect("a runtime");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let serving = Serving::new(listener, settings);
    let ending = serving.ending();
    let served = runtime.spawn(serving.run(router));
    World {
        runtime,
        address,
        ending,
        served,
    }
}

fn hello() -> Router {
    Router::new().route("/", get(|| async { "hello" }))
}

impl World {
    fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).expect("connected")
    }
}

/// All that comes until the connection is closed, in whichever way.
fn rest(mut connection: impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = connection.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What comes up to the end of a short answer.
fn answer(connection: &mut impl Read) -> String {
    let mut text = String::new();
    let mut piece = [0; 1024];
    while !text.ends_with("hello") {
        let length = connection.read(&mut piece).expect("an answer");
        assert_ne!(length, 0, "cut off after {text}");
        text.push_str(&String::from_utf8_lossy(&piece[..length]));
    }
    text
}

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn a_connection_without_a_whole_head_is_closed_in_time() {
    let world = serve(
        ServingSettings {
            head_time_max: SHORT,
            ..ServingSettings::default()
        },
        hello(),
    );
    for begun in ["", "G", "P", "GET / HTTP/1.1\r\nHost: a\r\n"] {
        let mut connection = world.connect();
        connection.write_all(begun.as_bytes()).expect("sent");
        assert_eq!(rest(connection), "", "{begun:?}");
    }
    // A letter now and then does not help.
    let mut connection = world.connect();
    let dribbled = (0..1000).find(|_| {
        std::thread::sleep(SHORT / 10);
        connection.write_all(b"G").is_err()
    });
    assert!(dribbled.is_some_and(|letters| letters < 900), "{dribbled:?}");
    // One that was of use is closed as well when there is nothing more to come.
    let mut connection = world.connect();
    connection.write_all(REQUEST).expect("sent");
    assert!(rest(connection).ends_with("hello"));
}

#[test]
fn a_head_is_only_so_large() {
    let world = serve(ServingSettings::default(), hello());
    let headers = |count: usize| {
        (0..count)
            .map(|number| format!("X-{number}: a\r\n"))
            .collect::<String>()
    };
    for (headers, status) in [
        (headers(HEADERS_MAX - 2), "200 OK"),
        (headers(HEADERS_MAX - 1), "431 "),
        (format!("X: {}\r\n", "a".repeat(HEAD_BYTES_MAX / 2 - 1024)), "200 OK"),
        (format!("X: {}\r\n", "a".repeat(HEAD_BYTES_MAX)), "431 "),
    ] {
        let mut connection = world.connect();
        let request = format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}\r\n");
        // The answer may come before all of it is sent.
        let _ = connection.write_all(request.as_bytes());
        let answer = rest(connection);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{}: {answer}",
            headers.len()
        );
    }
}

#[test]
fn a_connection_too_many_waits_until_there_is_a_place() {
    let world = serve(
        ServingSettings {
            connections_max: 1,
            ..ServingSettings::default()
        },
        hello(),
    );
    let mut first = world.connect();
    first.write_all(REQUEST).expect("sent");
    answer(&mut first);
    let mut second = world.connect();
    second.write_all(REQUEST).expect("sent");
    second.set_read_timeout(Some(SHORT)).expect("set");
    let waiting = second.read(&mut [0]).expect_err("no answer yet");
    assert!(matches!(waiting.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));
    second.set_read_timeout(None).expect("set");
    drop(first);
    answer(&mut second);
}

#[test]
fn an_answer_that_nobody_reads_is_broken_off() {
    let (sender, dropped) = mpsc::channel::<()>();
    let endless = move || {
        let sender = sender.clone();
        let portions = std::iter::repeat_with(move || {
            let _held = &sender;
            Ok::<_, Infallible>(Bytes::from_static(&[0; 65_536]))
        });
        async move { Body::from_stream(tokio_stream::iter(portions)) }
    };
    let world = serve(
        ServingSettings {
            stalled_time_max: SHORT,
            ..ServingSettings::default()
        },
        Router::new().route("/", get(endless)),
    );
    let mut connection = world.connect();
    connection.write_all(REQUEST).expect("sent");
    // As long as something is read it goes on.
    for _ in 0..100 {
        let mut bytes = [0; 65_536];
        connection.read_exact(&mut bytes).expect("more");
    }
    // Ending drops what the router holds, so that only the answer is left.
    world.ending.begin();
    assert!(dropped.recv().is_err(), "the answer is dropped");
    drop(connection);
}

#[test]
fn a_server_ends_after_the_requests_that_are_under_way() {
    let (begun, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (notify, wait) = (Arc::clone(&begun), Arc::clone(&release));
    let slow = move || {
        let (notify, wait) = (Arc::clone(&notify), Arc::clone(&wait));
        async move {
            notify.notify_one();
            wait.notified().await;
            "hello"
        }
    };
    let World {
        runtime,
        address,
        ending,
        served,
    } = serve(ServingSettings::default(), Router::new().route("/", get(slow)));
    let idle = TcpStream::connect(address).expect("connected");
    let mut busy = TcpStream::connect(address).expect("connected");
    busy.write_all(REQUEST).expect("sent");
    runtime.block_on(begun.notified());
    ending.begin();
    assert_eq!(rest(idle), "");
    release.notify_one();
    assert!(rest(busy).ends_with("hello"));
    runtime.block_on(served).expect("no panic").expect("no failure");
    TcpStream::connect(address).expect_err("nobody listens");
}

#[test]
fn a_connection_is_encrypted_with_the_certificate_that_is_there_now() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = certificates::write(folder.path());
    let tls = Tls::load(files.clone()).expect("a certificate");
    let settings = ServingSettings {
        head_time_max: SHORT,
        tls: Some(tls.clone()),
        ..ServingSettings::default()
    };
    let world = serve(settings, hello());
    let ask = |trusted: &[u8]| {
        let mut roots = RootCertStore::empty();
        let certificate = CertificateDer::from_pem_slice(trusted).expect("a certificate");
        roots.add(certificate).expect("to be trusted");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let configuration = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").expect("a name");
        let client = ClientConnection::new(Arc::new(configuration), name).expect("a client");
        let mut connection = StreamOwned::new(client, world.connect());
        connection.write_all(REQUEST)?;
        Ok::<_, std::io::Error>(rest(connection))
    };
    let first = std::fs::read(&files.certificate).expect("a certificate");
    assert!(ask(&first).expect("encrypted").ends_with("hello"));
    certificates::write(folder.path());
    let second = std::fs::read(&files.certificate).expect("a certificate");
    ask(&second).expect_err("not in use yet");
    tls.look(true);
    assert!(ask(&second).expect("encrypted").ends_with("hello"));
    ask(&first).expect_err("not in use any more");
    // What is not encrypted gets no answer, and what begins to be in no time is closed.
    let mut plain = world.connect();
    plain.write_all(REQUEST).expect("sent");
    assert!(!rest(plain).contains("hello"));
}
