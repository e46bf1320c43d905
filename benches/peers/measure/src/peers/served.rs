//! Reprise as its clients reach it: a count over HTTP on the loopback, by a connection that stays open.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use crate::population::PAYER;
use crate::question::Question;
use anyhow::{Context as _, bail, ensure};
use reprise::Host;
use reprise::access::ADMINISTRATOR;
use reprise::http::{Api, router};
use reprise_store::NewPrincipal;
use serde_json::Value;
use tokio::runtime::Runtime;

use super::{Counted, Formulation, Ours, Peer};

/// A host behind a port, and a client of it.
pub(crate) struct Served {
    ours: Ours,
    stream: TcpStream,
    token: String,
    // Whoever is still answered is not waited for when this is dropped.
    runtime: Option<Runtime>,
}

impl Served {
    /// Serve this host.
    pub(crate) fn start(ours: Ours) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let listener = TcpListener::bind("127.0.0.1:0").context("no port of the loopback is free")?;
        listener.set_nonblocking(true)?;
        let address: SocketAddr = listener.local_addr()?;
        let host = ours.host();
        let listener = {
            let _guard = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let api = router(Api::new(host.clone()));
        runtime.spawn(axum::serve(listener, api).into_future());
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            token: token(host)?,
            ours,
            stream,
            runtime: Some(runtime),
        })
    }

    /// Post a body, and answer the one that comes back.
    fn post(&mut self, body: &str) -> anyhow::Result<Value> {
        let request = format!(
            "POST /api/claimsreprocesscount HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: \
             application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        self.stream.write_all(request.as_bytes())?;
        let (mut bytes, mut piece) = (Vec::new(), [0; 16_384]);
        loop {
            let read = self.stream.read(&mut piece)?;
            ensure!(read > 0, "the answer is cut off");
            bytes.extend_from_slice(&piece[..read]);
            let text = String::from_utf8_lossy(&bytes);
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.context("the answer has no length")?.parse()?;
            if body.len() < length {
                continue;
            }
            if !head.starts_with("HTTP/1.1 200") {
                bail!("the host answers {head}: {body}");
            }
            return Ok(serde_json::from_str(body)?);
        }
    }
}

/// The token of somebody who may count.
fn token(host: &Host) -> anyhow::Result<String> {
    let access = host.access("the benchmark");
    // A population that an earlier run has measured knows the principal already.
    let name = format!("clerk-{}", jiff::Timestamp::now().as_nanosecond());
    let principal = access.create_principal(&NewPrincipal {
        payer: Some(PAYER.to_owned()),
        name,
        subject: None,
        roles: vec![ADMINISTRATOR.to_owned()],
    })?;
    Ok(access.create_token(Some(PAYER), principal.id, None)?.text)
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Peer for Served {
    fn name(&self) -> String {
        self.ours.name().replace("Reprise", "Reprise over HTTP")
    }

    fn about(&self) -> String {
        "the same host behind its HTTP interface, a request on a connection that stays open".to_owned()
    }

    fn loading(&self) -> Duration {
        self.ours.loading()
    }

    fn formulations(&self, question: &Question) -> Vec<Formulation> {
        let body = || question.body.clone();
        vec![Formulation {
            name: "count request".to_owned(),
            settings: String::new(),
            count: body(),
            hits: question.name.clone(),
        }]
    }

    fn count(&mut self, formulation: &Formulation, _time_max: Duration) -> anyhow::Result<Counted> {
        let started = Instant::now();
        let answer = self.post(&formulation.count)?;
        let elapsed = started.elapsed();
        let member = |name: &str| answer.get(name).and_then(Value::as_u64);
        let count = member("count").with_context(|| format!("the host answers `{answer}`"))?;
        let excluded = ["excludedSettled", "excludedLocked"].map(|name| member(name).unwrap_or(0));
        Ok(Counted {
            count: count + excluded.iter().sum::<u64>(),
            elapsed,
        })
    }

    fn hits(&mut self, formulation: &Formulation) -> anyhow::Result<Vec<i32>> {
        self.ours.hits(formulation)
    }

    fn plan(&mut self, formulation: &Formulation) -> anyhow::Result<String> {
        Ok(formulation.count.clone())
    }
}
