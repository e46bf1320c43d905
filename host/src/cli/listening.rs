//! The arguments of `reprise serve` about connections: where they are taken, how many, and what they are encrypted with.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, ensure};

use crate::http::{ServingSettings, Tls, TlsFiles};

#[derive(Debug, clap::Args)]
pub(super) struct ListeningArguments {
    /// Where to listen; beyond this machine only with a certificate or behind a proxy
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Encrypt connections with the certificate in this file, which those may follow that lead up to one that callers know
    ///
    /// It is read again when it has changed, at the latest after 30 seconds, and at once on SIGHUP. One that is of no use
    /// leaves the one before in use.
    #[arg(long, value_name = "FILE.pem", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// The certificate's private key
    #[arg(long, value_name = "FILE.pem", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// A proxy in front ends TLS: what comes from beyond this machine is trusted to be encrypted up to it
    #[arg(long)]
    behind_proxy: bool,
    /// How long the head of a request may take to come, and how long a connection is kept open for a next request
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    header_seconds_max: u64,
    /// How many connections there are at once; further ones wait to be taken
    #[arg(long, value_name = "COUNT", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    connections_max: u32,
}

impl ListeningArguments {
    /// The listener, if what comes by it cannot be read on the way.
    pub(super) fn listener(&self) -> anyhow::Result<TcpListener> {
        ensure!(
            self.is_here() || self.tls_certificate.is_some() || self.behind_proxy,
            "`--listen {}` is reached from other machines, and tokens and claims would come over the network for everybody \
             to read; give --tls-certificate and --tls-key, or --behind-proxy if a proxy in front ends TLS, or listen on \
             127.0.0.1",
            self.listen
        );
        TcpListener::bind(self.listen).with_context(|| format!("cannot listen on {}", self.listen))
    }

    /// Within which limits connections are served.
    pub(super) fn settings(&self) -> anyhow::Result<ServingSettings> {
        let tls = match (&self.tls_certificate, &self.tls_key) {
            (Some(certificate), Some(key)) => Some(Tls::load(TlsFiles {
                certificate: certificate.clone(),
                key: key.clone(),
            })?),
            _ => None,
        };
        Ok(ServingSettings {
            head_time_max: Duration::from_secs(self.header_seconds_max),
            connections_max: usize::try_from(self.connections_max).unwrap_or(usize::MAX),
            tls,
            ..ServingSettings::default()
        })
    }

    /// The address that is listened on, as a URL.
    pub(super) fn url(&self, address: SocketAddr) -> String {
        let scheme = if self.tls_certificate.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{address}")
    }

    /// Whether others than whoever is on this machine may ask.
    pub(super) fn is_public(&self) -> bool {
        self.behind_proxy || !self.is_here()
    }

    fn is_here(&self) -> bool {
        self.listen.ip().to_canonical().is_loopback()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::ListeningArguments;

    #[derive(Debug, Parser)]
    struct Arguments {
        #[command(flatten)]
        listening: ListeningArguments,
    }

    fn check(arguments: &[&str], expected: Result<bool, &str>) {
        let parsed = Arguments::parse_from([&["serve"], arguments].concat()).listening;
        match expected {
            Ok(is_public) => {
                parsed.listener().expect("a listener");
                assert_eq!(parsed.is_public(), is_public, "{arguments:?}");
            }
            Err(words) => {
                let error = parsed.listener().expect_err(words).to_string();
                assert!(error.contains(words), "{error}");
            }
        }
    }

    #[test]
    fn what_others_can_reach_is_encrypted_or_behind_a_proxy() {
        check(&["--listen", "127.0.0.1:0"], Ok(false));
        check(&["--listen", "127.0.0.9:0"], Ok(false));
        check(&["--listen", "127.0.0.1:0", "--behind-proxy"], Ok(true));
        for beyond in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "[::ffff:192.0.2.1]:0"] {
            check(&["--listen", beyond], Err("give --tls-certificate and --tls-key"));
        }
    }

    #[test]
    fn a_certificate_comes_with_its_key() {
        for alone in ["--tls-certificate", "--tls-key"] {
            assert!(Arguments::try_parse_from(["serve", alone, "a.pem"]).is_err(), "{alone}");
        }
        let given = [
            "serve",
            "--tls-certificate",
            "/nowhere/a.pem",
            "--tls-key",
            "/nowhere/b.pem",
        ];
        let listening = Arguments::parse_from(given).listening;
        let error = listening.settings().expect_err("no files").to_string();
        assert!(
            error.contains("the certificate `/nowhere/a.pem` cannot be read"),
            "{error}"
        );
    }
}
