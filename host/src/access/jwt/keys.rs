//! The public keys of an issuer of JWTs: where they are read, which of them are of use, and for which algorithms.

use std::io::Read as _;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use serde_json::Value;

/// How long it may take to fetch keys.
const FETCH_TIME_MAX: Duration = Duration::from_secs(10);
/// How long a set of keys may be.
const KEY_SET_BYTES_MAX: u64 = 1 << 20;
/// How long the modulus of an RSA key may be, from 2048 bits to 8192.
const MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;

/// Where the public keys of an issuer are, as a set of JSON web keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JwtKeys {
    /// In this file.
    File(PathBuf),
    /// At this address.
    Url(String),
}

impl FromStr for JwtKeys {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.contains("://") {
            return Ok(Self::File(PathBuf::from(text)));
        }
        let uri: ureq::http::Uri = text
            .parse()
            .map_err(|_| "it is neither a file nor a URL; write one such as https://login.example/keys".to_owned())?;
        if uri
            .authority()
            .is_some_and(|authority| authority.as_str().contains('@'))
        {
            return Err(
                "it names a user, and whoever reads the log would see the password; write it without what is \
                 before the @"
                    .to_owned(),
            );
        }
        let host = uri.host().unwrap_or_default();
        let is_here = match host.trim_matches(['[', ']']).parse::<std::net::IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => host == "localhost",
        };
        match uri.scheme_str() {
            Some("https") => Ok(Self::Url(text.to_owned())),
            Some("http") if is_here => Ok(Self::Url(text.to_owned())),
            Some("http") => Err("whoever is in between could give keys of its own; write https://".to_owned()),
            _ => Err("it has to begin with https://, or to be a file".to_owned()),
        }
    }
}

impl std::fmt::Display for JwtKeys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(file) => write!(formatter, "{}", file.display()),
            Self::Url(url) => formatter.write_str(url),
        }
    }
}

impl JwtKeys {
    /// Read the keys. The error says for people why there are none.
    pub(super) fn read(&self) -> Result<Vec<IssuerKey>, String> {
        let mut text = String::new();
        match self {
            Self::File(file) => {
                let file = std::fs::File::open(file).map_err(|error| format!("it cannot be read: {error}"))?;
                file.take(KEY_SET_BYTES_MAX + 1)
                    .read_to_string(&mut text)
                    .map_err(|error| format!("it cannot be read: {error}"))?;
                if text.len() as u64 > KEY_SET_BYTES_MAX {
                    return Err(format!("it is longer than {KEY_SET_BYTES_MAX} bytes"));
                }
            }
            Self::Url(url) => text = fetch(url)?,
        }
        keys_of(&text)
    }
}

fn fetch(url: &str) -> Result<String, String> {
    let configuration = ureq::Agent::config_builder()
        .timeout_global(Some(FETCH_TIME_MAX))
        .http_status_as_error(false)
        // Whom to believe was set; nobody else is believed because of it.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(concat!("reprise/", env!("CARGO_PKG_VERSION")))
        .build();
    let agent = ureq::Agent::new_with_config(configuration);
    let mut response = agent
        .get(url)
        .header("Accept", "application/jwk-set+json, application/json")
        .call()
        .map_err(|error| format!("it cannot be fetched: {error}"))?;
    if response.status() != ureq::http::StatusCode::OK {
        return Err(format!("it cannot be fetched: the answer was {}", response.status()));
    }
    let body = response.body_mut().with_config().limit(KEY_SET_BYTES_MAX);
    body.read_to_string()
        .map_err(|error| format!("it cannot be fetched: {error}"))
}

/// A public key that signatures are checked with.
#[derive(Clone, Debug)]
pub(super) struct IssuerKey {
    pub(super) id: Option<String>,
    /// The algorithms that it is for. Another is refused, whatever a token says.
    pub(super) algorithms: Vec<Algorithm>,
    pub(super) key: DecodingKey,
}

/// The keys of a set that are of use here. What is of none, such as a key to encrypt with, is passed over.
pub(super) fn keys_of(text: &str) -> Result<Vec<IssuerKey>, String> {
    let document: Value = serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?;
    let Some(listed) = document.get("keys").and_then(Value::as_array) else {
        return Err("it is no set of JSON web keys, which is an object with a list `keys`".to_owned());
    };
    let mut keys = Vec::new();
    let mut reasons = Vec::new();
    for (number, key) in (1_u32..).zip(listed) {
        match key_of(key) {
            Ok(key) => keys.push(key),
            Err(reason) => reasons.push(format!("key {number} {reason}")),
        }
    }
    if keys.is_empty() {
        let why = if reasons.is_empty() {
            "it lists none".to_owned()
        } else {
            reasons.join("; ")
        };
        return Err(format!("it holds no key that a signature can be checked with: {why}"));
    }
    if !reasons.is_empty() {
        tracing::debug!(passed_over = reasons.join("; "), "keys of the issuer of JWTs");
    }
    Ok(keys)
}

fn key_of(key: &Value) -> Result<IssuerKey, String> {
    let jwk: Jwk = serde_json::from_value(key.clone()).map_err(|error| format!("is no JSON web key: {error}"))?;
    let common = &jwk.common;
    let is_for_signatures = common
        .public_key_use
        .as_ref()
        .is_none_or(|used| *used == PublicKeyUse::Signature);
    let verifies = common
        .key_operations
        .as_ref()
        .is_none_or(|operations| operations.contains(&KeyOperations::Verify));
    if !is_for_signatures || !verifies {
        return Err("is not to check signatures with".to_owned());
    }
    let (key, mut algorithms) = match &jwk.algorithm {
        AlgorithmParameters::RSA(parameters) => {
            let modulus = number(&parameters.n)?;
            if !MODULUS_BYTES.contains(&modulus.len()) {
                return Err(format!(
                    "has {} bits; an RSA key here has 2048 to 8192",
                    modulus.len() * 8
                ));
            }
            let key = DecodingKey::from_rsa_raw_components(&modulus, &number(&parameters.e)?);
            (key, AlgorithmFamily::Rsa.algorithms().to_vec())
        }
        AlgorithmParameters::EllipticCurve(parameters) => {
            let (algorithm, length) = match parameters.curve {
                EllipticCurve::P256 => (Algorithm::ES256, 32),
                EllipticCurve::P384 => (Algorithm::ES384, 48),
                _ => return Err("is on a curve other than P-256 and P-384".to_owned()),
            };
            let mut point = vec![4];
            point.extend(coordinate(&parameters.x, length)?);
            point.extend(coordinate(&parameters.y, length)?);
            (DecodingKey::from_ec_der(&point), vec![algorithm])
        }
        AlgorithmParameters::OctetKeyPair(parameters) if parameters.curve == EllipticCurve::Ed25519 => {
            let point = coordinate(&parameters.x, 32)?;
            (DecodingKey::from_ed_der(&point), vec![Algorithm::EdDSA])
        }
        AlgorithmParameters::OctetKey(_) => {
            return Err("is secret: whoever can check signatures by it can make them".to_owned());
        }
        _ => return Err("is of a kind other than RSA, EC and OKP with Ed25519".to_owned()),
    };
    if let Some(named) = common.key_algorithm {
        algorithms.retain(|algorithm| named == (*algorithm).into());
        if algorithms.is_empty() {
            return Err("names an algorithm that is none of its kind, or is not known here".to_owned());
        }
    }
    Ok(IssuerKey {
        id: common.key_id.clone(),
        algorithms,
        key,
    })
}

fn decoded(text: &str) -> Result<Vec<u8>, String> {
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| "has a part that is not base64url without padding".to_owned())
}

/// A number in as few bytes as it takes.
fn number(text: &str) -> Result<Vec<u8>, String> {
    let bytes = decoded(text)?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    Ok(bytes[zeros..].to_vec())
}

/// A coordinate, which has as many bytes as the curve says.
fn coordinate(text: &str, length: usize) -> Result<Vec<u8>, String> {
    let bytes = decoded(text)?;
    if bytes.len() == length {
        Ok(bytes)
    } else {
        Err(format!("has a coordinate of {} bytes instead of {length}", bytes.len()))
    }
}
