//! What connections are encrypted with: a certificate and its key, read from files and read again when they change.

#[cfg(test)]
pub(super) mod certificates;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest as _, Sha256};
use tokio::signal::unix::{SignalKind, signal};

/// How often is looked whether the files have changed.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// Where a certificate and its key are, each in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, and after it those that lead up to one that callers know.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Why a certificate cannot be used, as a sentence for people. It holds nothing of the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TlsError(String);

/// A certificate that is in use. Cheap to clone.
#[derive(Clone)]
pub struct Tls {
    files: TlsFiles,
    used: RustlsConfig,
    /// What the files held when they were looked at last.
    seen: Arc<Mutex<Seen>>,
}

/// What the files held, or why that is not known.
type Seen = Result<[u8; 32], TlsError>;

/// The key is not printed.
impl fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Tls")
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}

impl Tls {
    /// The certificate of these files.
    pub fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let (certificate, key) = files.read()?;
        let used = RustlsConfig::from_config(Arc::new(configuration(&files, &certificate, &key)?));
        let seen = Arc::new(Mutex::new(Ok(digest(&certificate, &key))));
        Ok(Self { files, used, seen })
    }

    pub(super) fn configuration(&self) -> RustlsConfig {
        self.used.clone()
    }

    /// Looks from time to time, and at once on SIGHUP, whether there is another certificate. It never ends.
    pub(super) async fn watch(&self) {
        let mut asked = signal(SignalKind::hangup()).ok();
        loop {
            let is_asked = tokio::select! {
                Some(()) = async { asked.as_mut()?.recv().await } => true,
                () = tokio::time::sleep(LOOK_AGAIN) => false,
            };
            let tls = self.clone();
            // One that has panicked has said so already.
            let _ = tokio::task::spawn_blocking(move || tls.look(is_asked)).await;
        }
    }

    /// Use what the files hold now if it is something else than before; if it is of no use, go on with what was used.
    pub(super) fn look(&self, is_asked: bool) {
        let read = self.files.read();
        let found = match &read {
            Ok((certificate, key)) => Ok(digest(certificate, key)),
            Err(error) => Err(error.clone()),
        };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == found && !is_asked {
            return;
        }
        *seen = found;
        let renewed = read.and_then(|(certificate, key)| configuration(&self.files, &certificate, &key));
        match renewed {
            Ok(configuration) => {
                self.used.reload_from_config(Arc::new(configuration));
                tracing::info!(certificate = %self.files.certificate.display(), "the TLS certificate was read again");
            }
            Err(error) => tracing::error!(%error, "the TLS certificate cannot be renewed; the one before stays in use"),
        }
    }
}

impl TlsFiles {
    fn read(&self) -> Result<(Vec<u8>, Vec<u8>), TlsError> {
        let read = |what: &str, file: &Path| {
            std::fs::read(file)
                .map_err(|error| TlsError(format!("the {what} `{}` cannot be read: {error}", file.display())))
        };
        Ok((read("certificate", &self.certificate)?, read("key", &self.key)?))
    }
}

fn digest(certificate: &[u8], key: &[u8]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in [certificate, key] {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

fn configuration(files: &TlsFiles, certificate: &[u8], key: &[u8]) -> Result<ServerConfig, TlsError> {
    let (certificate_file, key_file) = (files.certificate.display(), files.key.display());
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or_else(|| {
        let wanted = "which begins with `-----BEGIN CERTIFICATE-----`";
        TlsError(format!("`{certificate_file}` holds no certificate in PEM, {wanted}"))
    })?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| {
        let wanted = "which begins with `-----BEGIN PRIVATE KEY-----`, RSA or EC before PRIVATE allowed";
        TlsError(format!("`{key_file}` holds no private key in PEM, {wanted}"))
    })?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let configuration = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsError(format!("TLS cannot be set up: {error}")))?;
    let mut configuration = configuration
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => TlsError(format!(
                "`{key_file}` is not the key of the certificate in `{certificate_file}`"
            )),
            error => TlsError(format!("`{certificate_file}` and `{key_file}` cannot be used: {error}")),
        })?;
    configuration.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(configuration)
}
