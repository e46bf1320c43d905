//! JWTs: what an issuer vouches for. Its keys are kept, and read again when they are old or a token names another one.
//!
//! Who may sign is the issuer's to say, and it says so by the keys that it shows. While tokens come, keys are read again
//! every ten minutes, and nobody waits for that. Where nobody has looked for twenty, whoever comes waits until somebody has:
//! a key that the issuer has taken back meanwhile is not good for one more token. An issuer that cannot be reached is
//! believed by the keys that it has shown last, and for a day.

mod keys;
#[cfg(test)]
mod tests;
mod verifying;

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, AlgorithmFamily, Header, Validation, decode, decode_header};
use reprise_model::check_code;
use serde::Deserialize;

pub use keys::JwtKeys;

use self::keys::IssuerKey;
use crate::ConfigurationError;

/// After how long keys are read again while those that are known are used.
const OLD_AFTER: Duration = Duration::from_secs(600);
/// After how long without a look at them keys are used again only when they were read.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(1_200);
/// After how long keys are of no use that could not be read again.
const GONE_AFTER: Duration = Duration::from_hours(24);
/// How long is waited between two times that keys are read because that failed, or because a token names one that is not
/// known.
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
    keys: RwLock<KnownKeys>,
    looked: Mutex<Looked>,
    /// Told when a look has ended.
    look_ended: Condvar,
}

/// The keys that the issuer has shown last.
#[derive(Clone, Debug)]
struct KnownKeys {
    keys: Arc<Vec<IssuerKey>>,
    read_at: Instant,
}

/// When keys were looked at last, and what came of it.
#[derive(Debug)]
struct Looked {
    at: Instant,
    has_failed: bool,
    is_under_way: bool,
}

/// When keys are to be read.
#[derive(Clone, Copy)]
enum Due {
    /// So long after they were looked at last.
    After(Duration),
    /// So long after they were looked at last, or sooner if that failed.
    AfterOrFailed(Duration),
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
        let (keys, has_failed) = match settings.keys.read() {
            Ok(keys) => (keys, false),
            Err(reason) if matches!(settings.keys, JwtKeys::Url(_)) => {
                say_kept(&settings, &reason);
                (Vec::new(), true)
            }
            Err(reason) => {
                let keys = settings.keys.to_string();
                return Err(ConfigurationError::IssuerKeys { keys, reason });
            }
        };
        let at = Instant::now();
        let inner = Inner {
            settings,
            keys: RwLock::new(KnownKeys {
                keys: Arc::new(keys),
                read_at: at,
            }),
            looked: Mutex::new(Looked {
                at,
                has_failed,
                is_under_way: false,
            }),
            look_ended: Condvar::new(),
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
        self.look_if_forgotten(now);
        let unknown = match self.find(header, now) {
            Found::Key(key) => {
                self.look_aside(now);
                return Ok(key);
            }
            Found::No(reason) => return Err(reason),
            Found::Unknown(reason) => reason,
        };
        let Some(look) = self.begin_to_look(now, Due::After(LOOK_AGAIN_AFTER)) else {
            return Err(unknown);
        };
        look.finish();
        match self.find(header, now) {
            Found::Key(key) => Ok(key),
            Found::No(reason) | Found::Unknown(reason) => Err(reason),
        }
    }

    fn find(&self, header: &Header, now: Instant) -> Found {
        let known = self.inner.keys.read().unwrap_or_else(PoisonError::into_inner).clone();
        if now.saturating_duration_since(known.read_at) >= GONE_AFTER {
            return Found::Unknown(
                "The issuer's keys could not be read for a day; its tokens are not good until they can".to_owned(),
            );
        }
        find(&known.keys, header)
    }

    /// Has keys read again that are old, for which nobody waits.
    fn look_aside(&self, now: Instant) {
        let Some(look) = self.begin_to_look(now, Due::AfterOrFailed(OLD_AFTER)) else {
            return;
        };
        let reading = std::thread::Builder::new().name("issuer keys".to_owned());
        if let Err(error) = reading.spawn(move || look.finish()) {
            say_kept(&self.inner.settings, &error.to_string());
        }
    }

    /// Waits until keys were read that nobody has looked at for long, by this thread or by another one.
    fn look_if_forgotten(&self, now: Instant) {
        let is_forgotten = |looked: &Looked| now.saturating_duration_since(looked.at) >= FORGOTTEN_AFTER;
        if let Some(look) = self.begin_to_look(now, Due::After(FORGOTTEN_AFTER)) {
            return look.finish();
        }
        let mut looked = self.inner.looked();
        while looked.is_under_way && is_forgotten(&looked) {
            looked = self
                .inner
                .look_ended
                .wait(looked)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A look at the keys, if one is due and nobody else has it.
    fn begin_to_look(&self, now: Instant, due: Due) -> Option<Look> {
        let mut looked = self.inner.looked();
        let after = match due {
            Due::AfterOrFailed(_) if looked.has_failed => LOOK_AGAIN_AFTER,
            Due::After(after) | Due::AfterOrFailed(after) => after,
        };
        if looked.is_under_way || now.saturating_duration_since(looked.at) < after {
            return None;
        }
        looked.is_under_way = true;
        Some(Look {
            issuer: self.clone(),
            begun: now,
            has_failed: true,
        })
    }
}

impl Inner {
    fn looked(&self) -> MutexGuard<'_, Looked> {
        self.looked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A look at the keys that is under way. Whatever becomes of it, it ends.
struct Look {
    issuer: JwtIssuer,
    begun: Instant,
    has_failed: bool,
}

impl Look {
    /// Reads the keys again, and keeps those that are known if that fails.
    fn finish(mut self) {
        let inner = &self.issuer.inner;
        match inner.settings.keys.read() {
            Ok(keys) => {
                let known = KnownKeys {
                    keys: Arc::new(keys),
                    read_at: self.begun,
                };
                *inner.keys.write().unwrap_or_else(PoisonError::into_inner) = known;
                self.has_failed = false;
            }
            Err(reason) => say_kept(&inner.settings, &reason),
        }
    }
}

impl Drop for Look {
    fn drop(&mut self) {
        let inner = &self.issuer.inner;
        *inner.looked() = Looked {
            at: self.begun,
            has_failed: self.has_failed,
            is_under_way: false,
        };
        inner.look_ended.notify_all();
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
