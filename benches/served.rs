//! A host that is asked over HTTP on the loopback, as its clients ask it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use reprise::Host;
use reprise::access::ADMINISTRATOR;
use reprise::http::{Api, router};
use reprise_store::NewPrincipal;
use tokio::runtime::Runtime;

/// A host behind a port, until this is dropped.
pub(crate) struct Served {
    host: Host,
    address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Served {
    pub(crate) fn new(host: Host) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .expect("a port");
        let address = listener.local_addr().expect("an address");
        runtime.spawn(axum::serve(listener, router(Api::new(host.clone()))).into_future());
        Self {
            host,
            address,
            runtime: Some(runtime),
        }
    }

    /// What requests are sent with: the token of an administrator of the payer.
    pub(crate) fn token(&self, payer: &str) -> String {
        let access = self.host.access("the benchmark");
        let administrator = NewPrincipal {
            payer: Some(payer.to_owned()),
            name: "clerk".to_owned(),
            subject: None,
            roles: vec![ADMINISTRATOR.to_owned()],
        };
        let principal = access.create_principal(&administrator).expect("a principal");
        let token = access.create_token(Some(payer), principal.id, None);
        token.expect("a token").text
    }

    /// A connection of whoever has this token.
    pub(crate) fn connect(&self, token: &str) -> Connection {
        let stream = TcpStream::connect(self.address).expect("a connection");
        stream.set_nodelay(true).expect("an option");
        Connection {
            stream,
            token: token.to_owned(),
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A connection that stays open, of one client.
pub(crate) struct Connection {
    stream: TcpStream,
    token: String,
}

impl Connection {
    /// Posts JSON, under an idempotency key if there is one; answers all that comes back, its head first.
    pub(crate) fn post(&mut self, path: &str, key: Option<u64>, body: &str) -> String {
        let key = key.map_or_else(String::new, |key| format!("Idempotency-Key: {key}\r\n"));
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
             {key}Content-Length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        self.stream.write_all(request.as_bytes()).expect("sent");
        self.read_answer()
    }

    /// An answer with a length.
    fn read_answer(&mut self) -> String {
        let mut bytes = Vec::new();
        let mut piece = [0; 16_384];
        loop {
            let read = self.stream.read(&mut piece).expect("an answer");
            assert!(read > 0, "the answer is cut off");
            bytes.extend_from_slice(&piece[..read]);
            let text = String::from_utf8_lossy(&bytes);
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.expect("a length").parse().expect("a number");
            if body.len() >= length {
                return text.into_owned();
            }
        }
    }
}
