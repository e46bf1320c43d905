//! The loop that serves: takes connections and has their requests answered, within limits that hold whatever is sent.
//!
//! HTTP/1.1 alone: HTTP/2 would bring limits of its own for nothing that callers of this API miss.

#[cfg(test)]
mod tests;

use std::future::Future as _;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum_server::tls_rustls::RustlsAcceptor;
use axum_server::{AddrListener, Address, Handle, Server};
use hyper_util::rt::TokioTimer;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep};

use crate::http::tls::Tls;

/// How long the head of a request may be; 431 beyond. One of half this length is always taken: what is between depends on
/// the pieces that it comes in.
pub const HEAD_BYTES_MAX: usize = 64 << 10;
/// How many headers a request may have; 431 beyond.
pub const HEADERS_MAX: usize = 100;
/// How long it may take to agree on a key.
const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(10);

/// Within which limits connections are served.
#[derive(Clone, Debug)]
pub struct ServingSettings {
    /// How long the head of a request may take to come. A connection that is kept open without a request is closed after
    /// as long.
    pub head_time_max: Duration,
    /// How many connections there may be at once. Further ones wait to be taken.
    pub connections_max: usize,
    /// How long a caller may read nothing of its answer.
    pub stalled_time_max: Duration,
    /// What connections are encrypted with, if they are.
    pub tls: Option<Tls>,
}

impl Default for ServingSettings {
    fn default() -> Self {
        Self {
            head_time_max: Duration::from_secs(10),
            connections_max: 10_000,
            stalled_time_max: Duration::from_secs(60),
            tls: None,
        }
    }
}

/// A server that listens and answers nobody yet.
#[derive(Debug)]
pub struct Serving {
    listener: std::net::TcpListener,
    settings: ServingSettings,
    handle: Handle<Peer>,
}

/// By which a server is asked to end.
#[derive(Clone, Debug)]
pub struct Ending(Handle<Peer>);

impl Ending {
    /// Take no more connections, close those without a request, and end when the requests that are under way have.
    pub fn begin(&self) {
        self.0.graceful_shutdown(None);
    }
}

impl Serving {
    /// A server on this listener.
    pub fn new(listener: std::net::TcpListener, settings: ServingSettings) -> Self {
        Self {
            listener,
            settings,
            handle: Handle::new(),
        }
    }

    /// By which it can be asked to end.
    pub fn ending(&self) -> Ending {
        Ending(self.handle.clone())
    }

    /// Answer until asked to end.
    pub async fn run(self, router: Router) -> io::Result<()> {
        let Self {
            listener,
            settings,
            handle,
        } = self;
        listener.set_nonblocking(true)?;
        let gate = Gate {
            listener: TcpListener::from_std(listener)?,
            places: Arc::new(Semaphore::new(settings.connections_max.min(Semaphore::MAX_PERMITS))),
            stalled_time_max: settings.stalled_time_max,
        };
        let server = Server::<Peer>::from_listener(gate).handle(handle);
        let service = router.into_make_service();
        match &settings.tls {
            None => limited(server, &settings).serve(service).await,
            Some(tls) => {
                let acceptor = RustlsAcceptor::new(tls.configuration()).handshake_timeout(HANDSHAKE_TIME_MAX);
                let server = limited(server.acceptor(acceptor), &settings);
                // Dropped with the server, it watches no more.
                tokio::select! {
                    served = server.serve(service) => served,
                    () = tls.watch() => Ok(()),
                }
            }
        }
    }
}

/// The server within its limits. To be called last: with another acceptor it would tell versions of HTTP apart, and wait for
/// as long as that takes.
fn limited<Acceptor>(mut server: Server<Peer, Acceptor>, settings: &ServingSettings) -> Server<Peer, Acceptor> {
    server
        .http_builder()
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(settings.head_time_max)
        .max_buf_size(HEAD_BYTES_MAX / 2)
        .max_headers(HEADERS_MAX);
    server.http1_only()
}

/// Whoever is at the other end of a connection.
#[derive(Clone, Copy, Debug)]
struct Peer(SocketAddr);

impl Address for Peer {
    type Stream = Connection;
    type Listener = Gate;
}

/// Takes connections as long as there is a place for one more.
#[derive(Debug)]
struct Gate {
    listener: TcpListener,
    places: Arc<Semaphore>,
    stalled_time_max: Duration,
}

impl AddrListener<Connection, Peer> for Gate {
    async fn bind_to(Peer(address): Peer) -> io::Result<Self> {
        let settings = ServingSettings::default();
        Ok(Self {
            listener: TcpListener::bind(address).await?,
            places: Arc::new(Semaphore::new(settings.connections_max)),
            stalled_time_max: settings.stalled_time_max,
        })
    }

    async fn accept_stream(&self) -> io::Result<(Connection, Peer)> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(io::Error::other)?;
        let (stream, address) = self.listener.accept().await?;
        // Without it an event may wait for the one after it. One that cannot have it set is served all the same.
        let _ = stream.set_nodelay(true);
        let connection = Connection {
            stream,
            stalled_time_max: self.stalled_time_max,
            stalled: None,
            _place: place,
        };
        Ok((connection, Peer(address)))
    }

    fn get_local_addr(&self) -> io::Result<Peer> {
        self.listener.local_addr().map(Peer)
    }
}

/// A connection. It fails when nothing of what is sent was taken for too long, so that a caller that reads nothing holds
/// up nothing for ever.
#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    stalled_time_max: Duration,
    /// Runs while nothing is taken.
    stalled: Option<Pin<Box<Sleep>>>,
    _place: OwnedSemaphorePermit,
}

impl Connection {
    fn unless_stalled<Value>(
        &mut self,
        context: &mut Context<'_>,
        sent: Poll<io::Result<Value>>,
    ) -> Poll<io::Result<Value>> {
        if sent.is_ready() {
            self.stalled = None;
            return sent;
        }
        let time_max = self.stalled_time_max;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(time_max)));
        match stalled.as_mut().poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => {
                let seconds = time_max.as_secs();
                tracing::debug!(seconds, "a caller that has not read its answer is cut off");
                Poll::Ready(Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "nothing of the answer was read for too long",
                )))
            }
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let sent = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.unless_stalled(context, sent)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let sent = Pin::new(&mut this.stream).poll_write_vectored(context, slices);
        this.unless_stalled(context, sent)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
