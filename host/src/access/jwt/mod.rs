//! JWTs: what an issuer vouches for. Its keys are kept, and read again when they are old or a token names another one.

mod keys;
#[cfg(test)]
mod tests;
mod verifying;

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, AlgorithmFamily, Header, Validation, decode, decode_header};
use reprise_model::check_code;
use serde::Deserialize;

pub use keys::JwtKeys;

use self::keys::IssuerKey;
use crate::ConfigurationError;

/// After how long keys are read again.
const OLD_AFTER: Duration = Duration::from_secs(600);
/// How long is waited between two times that keys are read because a token names one that is not known.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(30);
/// How far the issuer's clock may be from ours.
const LEEWAY_S: u64 = 60;
/// How long a token may be.
const TOKEN_BYTES_MAX: usize = 16 << 10;

/// Whose JWTs are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwtSettings {
    /// The issuer, as `iss` names it.
    pub issuer: String,
    /// For whom tokens have to be, as `aud` names it.
    pub audience: String,
    /// Where the issuer's public keys are.
    pub keys: JwtKeys,
}

/// An issuer of JWTs, with its keys. Cheap to clone.
#[derive(Clone, Debug)]
pub struct JwtIssuer {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    settings: JwtSettings,
    keys: RwLock<Arc<Vec<IssuerKey>>>,
    looked: Mutex<Looked>,
}

/// When keys were read last, whatever came of it.
#[derive(Debug)]
struct Looked {
    at: Instant,
    is_under_way: bool,
}

/// What is read of a token besides what is checked already.
#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    sub: Option<String>,
    /// One text. A list of several issuers would be nobody's word.
    #[serde(default, rename = "iss")]
    _issuer: Option<String>,
}

impl JwtIssuer {
    /// The issuer of these settings. Keys in a file have to be there; those at an address may come later.
    pub fn new(settings: JwtSettings) -> Result<Self, ConfigurationError> {
        verifying::install();
        let keys = match settings.keys.read() {
            Ok(keys) => keys,
            Err(reason) if matches!(settings.keys, JwtKeys::Url(_)) => {
                say_kept(&settings, &reason);
                Vec::new()
            }
            Err(reason) => {
                let keys = settings.keys.to_string();
                return Err(ConfigurationError::IssuerKeys { keys, reason });
            }
        };
        let looked = Looked {
            at: Instant::now(),
            is_under_way: false,
        };
        let inner = Inner {
            settings,
            keys: RwLock::new(Arc::new(keys)),
            looked: Mutex::new(looked),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Whom the issuer vouches for by this token. The error is a sentence for its bearer that holds nothing of it.
    ///
    /// It blocks where keys are read again.
    pub fn subject_of(&self, token: &str) -> Result<String, String> {
        self.subject_at(token, Instant::now())
    }

    fn subject_at(&self, token: &str, now: Instant) -> Result<String, String> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(format!("The token is longer than {TOKEN_BYTES_MAX} bytes"));
        }
        let header = decode_header(token).map_err(|_| {
            "The token is no JWT that can be read, or is signed in a way other than RS, PS, ES and EdDSA".to_owned()
        })?;
        if header.alg.family() == AlgorithmFamily::Hmac {
            return Err("The token is signed with a secret; it has to be signed with a private key".to_owned());
        }
        if header.crit.is_some() {
            return Err("The token has to be understood in a way that is not known here (`crit`)".to_owned());
        }
        let key = self.key_of(&header, now)?;
        let settings = &self.inner.settings;
        let mut validation = Validation::new(header.alg);
        validation.leeway = LEEWAY_S;
        validation.validate_nbf = true;
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[&settings.issuer]);
        validation.set_audience(&[&settings.audience]);
        let claims = decode::<Claims>(token, &key.key, &validation).map_err(|error| sentence_of(error.kind()))?;
        let subject = claims.claims.sub.unwrap_or_default();
        match check_code("sub", &subject) {
            Ok(()) => Ok(subject),
            Err(_) => Err("The token's `sub` is empty, too long, or holds control characters".to_owned()),
        }
    }

    fn key_of(&self, header: &Header, now: Instant) -> Result<IssuerKey, String> {
        if self.begin_to_look(now, OLD_AFTER) {
            let issuer = self.clone();
            // Nobody waits for it: the keys that are known are good until there are others.
            let reading = std::thread::Builder::new().name("issuer keys".to_owned());
            if let Err(error) = reading.spawn(move || issuer.look()) {
                self.inner.end_look();
                say_kept(&self.inner.settings, &error.to_string());
            }
        }
        match find(&self.inner.keys(), header) {
            Found::Key(key) => Ok(key),
            Found::No(reason) => Err(reason),
            Found::Unknown(reason) => {
                if !self.begin_to_look(now, LOOK_AGAIN_AFTER) {
                    return Err(reason);
                }
                self.look();
                match find(&self.inner.keys(), header) {
                    Found::Key(key) => Ok(key),
                    Found::No(reason) | Found::Unknown(reason) => Err(reason),
                }
            }
        }
    }

    /// Whether keys are to be read, by whoever asks and by nobody else.
    fn begin_to_look(&self, now: Instant, after: Duration) -> bool {
        let mut looked = self.inner.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = !looked.is_under_way && now.saturating_duration_since(looked.at) >= after;
        if is_due {
            *looked = Looked {
                at: now,
                is_under_way: true,
            };
        }
        is_due
    }

    /// Reads the keys again, and keeps those that are known if that fails.
    fn look(&self) {
        match self.inner.settings.keys.read() {
            Ok(keys) => *self.inner.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys),
            Err(reason) => say_kept(&self.inner.settings, &reason),
        }
        self.inner.end_look();
    }
}

impl Inner {
    fn keys(&self) -> Arc<Vec<IssuerKey>> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn end_look(&self) {
        self.looked.lock().unwrap_or_else(PoisonError::into_inner).is_under_way = false;
    }
}

fn say_kept(settings: &JwtSettings, reason: &str) {
    tracing::warn!(keys = %settings.keys, reason, "the keys of the issuer of JWTs cannot be read; those that are known stay");
}

/// What came of looking for the key of a token.
enum Found {
    Key(IssuerKey),
    /// There may be one that is not known yet.
    Unknown(String),
    /// There is none, whatever else becomes known.
    No(String),
}

fn find(keys: &[IssuerKey], header: &Header) -> Found {
    let named = match &header.kid {
        Some(id) => keys.iter().filter(|key| key.id.as_ref() == Some(id)).collect(),
        None if keys.len() > 1 => {
            return Found::No("The token does not say by which of the issuer's keys it is signed (`kid`)".to_owned());
        }
        None => keys.iter().collect::<Vec<_>>(),
    };
    if named.is_empty() {
        return Found::Unknown("The token is signed by a key that its issuer does not show".to_owned());
    }
    let algorithm: Algorithm = header.alg;
    match named.into_iter().find(|key| key.algorithms.contains(&algorithm)) {
        Some(key) => Found::Key(key.clone()),
        None => Found::No("The token is signed in a way that its key is not for".to_owned()),
    }
}

/// What is wrong with a token, without anything that stands in it.
fn sentence_of(kind: &ErrorKind) -> String {
    match kind {
        ErrorKind::ExpiredSignature => "The token has expired".to_owned(),
        ErrorKind::ImmatureSignature => "The token is not good yet (`nbf`)".to_owned(),
        ErrorKind::InvalidIssuer => "The token is from another issuer (`iss`)".to_owned(),
        ErrorKind::InvalidAudience => "The token is for another audience (`aud`)".to_owned(),
        // The name is one of those that are asked for here.
        ErrorKind::MissingRequiredClaim(name) => format!("The token has no `{name}`, or none that can be read"),
        ErrorKind::InvalidClaimFormat(name) => format!("The token has a `{name}` that cannot be read"),
        ErrorKind::InvalidSignature => "The token's signature is not its issuer's".to_owned(),
        _ => "The token cannot be read".to_owned(),
    }
}
