//! Tokens that are good, and those that are not: each differs from a good one in one thing.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, KeyPair as _,
};
use serde_json::{Value, json};

use super::keys::keys_of;
use super::{FORGOTTEN_AFTER, GONE_AFTER, JwtIssuer, JwtKeys, JwtSettings, LOOK_AGAIN_AFTER, OLD_AFTER};

const ISSUER: &str = "https://login.example/";
const AUDIENCE: &str = "reprise";

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A key pair of an issuer.
enum Pair {
    Curve(&'static str, &'static str, EcdsaKeyPair),
    Edwards(Ed25519KeyPair),
}

impl Pair {
    fn curve(name: &'static str, algorithm: &'static str, signing: &'static EcdsaSigningAlgorithm) -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(signing, &random).expect("a key");
        let pair = EcdsaKeyPair::from_pkcs8(signing, document.as_ref(), &random).expect("a key");
        Self::Curve(name, algorithm, pair)
    }

    fn p256() -> Self {
        Self::curve("P-256", "ES256", &ECDSA_P256_SHA256_FIXED_SIGNING)
    }

    fn p384() -> Self {
        Self::curve("P-384", "ES384", &ECDSA_P384_SHA384_FIXED_SIGNING)
    }

    fn edwards() -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        Self::Edwards(Ed25519KeyPair::from_pkcs8(document.as_ref()).expect("a key"))
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Self::Curve(_, algorithm, _) => algorithm,
            Self::Edwards(_) => "EdDSA",
        }
    }

    fn public(&self) -> &[u8] {
        match self {
            Self::Curve(_, _, pair) => pair.public_key().as_ref(),
            Self::Edwards(pair) => pair.public_key().as_ref(),
        }
    }

    fn sign(&self, message: &str) -> Vec<u8> {
        match self {
            Self::Curve(_, _, pair) => {
                let signed = pair.sign(&SystemRandom::new(), message.as_bytes()).expect("signed");
                signed.as_ref().to_vec()
            }
            Self::Edwards(pair) => pair.sign(message.as_bytes()).as_ref().to_vec(),
        }
    }

    /// As the issuer shows it.
    fn jwk(&self, id: &str) -> Value {
        match self {
            Self::Curve(name, algorithm, _) => {
                let (x, y) = self.public()[1..].split_at(self.public().len() / 2);
                json!({"kty": "EC", "crv": name, "kid": id, "use": "sig", "alg": algorithm, "x": encoded(x), "y": encoded(y)})
            }
            Self::Edwards(_) => json!({"kty": "OKP", "crv": "Ed25519", "kid": id, "x": encoded(self.public())}),
        }
    }

    fn token(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", encoded(header.to_string()), encoded(claims.to_string()));
        format!("{message}.{}", encoded(self.sign(&message)))
    }
}

fn now_s() -> i64 {
    jiff::Timestamp::now().as_second()
}

fn claims() -> Value {
    json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "jane", "exp": now_s() + 300})
}

fn settings(keys: JwtKeys) -> JwtSettings {
    JwtSettings {
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.to_owned(),
        keys,
    }
}

/// An issuer whose keys are in a file.
fn issuer(keys: &[Value]) -> JwtIssuer {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), json!({ "keys": keys }).to_string()).expect("written");
    JwtIssuer::new(settings(JwtKeys::File(file.path().to_owned()))).expect("an issuer")
}

fn check(issuer: &JwtIssuer, token: &str, expected: Result<&str, &str>) {
    let found = issuer.subject_of(token);
    match expected {
        Ok(subject) => assert_eq!(found.as_deref(), Ok(subject), "{token}"),
        Err(words) => {
            let reason = found.expect_err(words);
            assert!(reason.contains(words), "{reason}");
            for part in token.split('.').filter(|part| part.len() > 8) {
                assert!(!reason.contains(part), "{reason}");
            }
        }
    }
}

#[test]
fn each_kind_of_key_vouches_for_a_subject() {
    for pair in [Pair::p256(), Pair::p384(), Pair::edwards()] {
        let issuer = issuer(&[pair.jwk("a")]);
        let header = json!({"alg": pair.algorithm(), "kid": "a", "typ": "JWT"});
        check(&issuer, &pair.token(&header, &claims()), Ok("jane"));
        // With one key there is nothing to choose from.
        check(
            &issuer,
            &pair.token(&json!({"alg": pair.algorithm()}), &claims()),
            Ok("jane"),
        );
    }
}

#[test]
fn claims_have_to_be_right() {
    let pair = Pair::p256();
    let issuer = issuer(&[pair.jwk("a")]);
    let now = now_s();
    for (name, value, expected) in [
        ("exp", json!(now - 30), Ok("jane")),
        ("exp", json!(now - 90), Err("has expired")),
        ("exp", json!(0), Err("has expired")),
        ("exp", json!(now as f64 + 300.5), Ok("jane")),
        ("exp", json!("tomorrow"), Err("no `exp`")),
        ("exp", json!(-1), Err("no `exp`")),
        ("exp", Value::Null, Err("no `exp`")),
        ("nbf", json!(now + 30), Ok("jane")),
        ("nbf", json!(now + 90), Err("not good yet")),
        ("nbf", json!("now"), Err("`nbf` that cannot be read")),
        ("iss", json!("https://login.example"), Err("another issuer")),
        ("iss", json!([ISSUER, "https://other.example/"]), Err("cannot be read")),
        ("iss", Value::Null, Err("no `iss`")),
        ("aud", json!("claims"), Err("another audience")),
        ("aud", json!("Reprise"), Err("another audience")),
        ("aud", json!(["claims", AUDIENCE]), Ok("jane")),
        ("aud", json!([]), Err("another audience")),
        ("aud", Value::Null, Err("no `aud`")),
        ("sub", json!(""), Err("`sub` is empty")),
        ("sub", json!("a\u{0}b"), Err("control characters")),
        ("sub", json!(7), Err("cannot be read")),
        ("sub", Value::Null, Err("no `sub`")),
    ] {
        let mut claims = claims();
        claims[name] = value;
        let header = json!({"alg": "ES256", "kid": "a"});
        check(&issuer, &pair.token(&header, &claims), expected);
    }
    for missing in ["exp", "iss", "aud", "sub"] {
        let mut claims = claims();
        claims.as_object_mut().expect("an object").remove(missing);
        let token = pair.token(&json!({"alg": "ES256", "kid": "a"}), &claims);
        check(&issuer, &token, Err(&format!("no `{missing}`")));
    }
}

#[test]
fn a_token_is_signed_by_the_key_that_it_names() {
    let (a, b, edwards) = (Pair::p256(), Pair::p256(), Pair::edwards());
    let issuer = issuer(&[a.jwk("a"), b.jwk("b"), edwards.jwk("e")]);
    for (pair, header, expected) in [
        (&b, json!({"alg": "ES256", "kid": "b"}), Ok("jane")),
        (&edwards, json!({"alg": "EdDSA", "kid": "e"}), Ok("jane")),
        (
            &b,
            json!({"alg": "ES256", "kid": "a"}),
            Err("signature is not its issuer's"),
        ),
        (&a, json!({"alg": "ES256", "kid": "c"}), Err("does not show")),
        (&a, json!({"alg": "ES256"}), Err("by which of the issuer's keys")),
        (
            &a,
            json!({"alg": "ES256", "kid": "e"}),
            Err("in a way that its key is not for"),
        ),
        (
            &a,
            json!({"alg": "EdDSA", "kid": "a"}),
            Err("in a way that its key is not for"),
        ),
        (
            &a,
            json!({"alg": "RS256", "kid": "a"}),
            Err("in a way that its key is not for"),
        ),
        (&a, json!({"alg": "ES256", "kid": "a", "crit": ["exp"]}), Err("`crit`")),
        (&a, json!({"alg": "none", "kid": "a"}), Err("no JWT that can be read")),
        (&a, json!({"kid": "a"}), Err("no JWT that can be read")),
    ] {
        check(&issuer, &pair.token(&header, &claims()), expected);
    }
}

#[test]
fn what_everybody_knows_is_no_secret_to_sign_with() {
    for pair in [Pair::p256(), Pair::edwards()] {
        let issuer = issuer(&[pair.jwk("a")]);
        for algorithm in ["HS256", "HS384", "HS512"] {
            let header = json!({"alg": algorithm, "kid": "a"});
            let message = format!("{}.{}", encoded(header.to_string()), encoded(claims().to_string()));
            let key = hmac::Key::new(hmac::HMAC_SHA256, pair.public());
            let token = format!("{message}.{}", encoded(hmac::sign(&key, message.as_bytes())));
            check(&issuer, &token, Err("signed with a secret"));
        }
    }
}

#[test]
fn a_token_that_was_changed_is_refused() {
    let pair = Pair::p256();
    let issuer = issuer(&[pair.jwk("a")]);
    let token = pair.token(&json!({"alg": "ES256", "kid": "a"}), &claims());
    let parts: Vec<&str> = token.split('.').collect();
    let mut other = claims();
    other["sub"] = json!("john");
    let other = encoded(other.to_string());
    for (changed, words) in [
        (
            format!("{}.{other}.{}", parts[0], parts[2]),
            "signature is not its issuer's",
        ),
        (format!("{}.{}.", parts[0], parts[1]), "signature is not its issuer's"),
        (
            format!("{}.{}.{}", parts[0], parts[1], encoded([0; 64])),
            "signature is not its issuer's",
        ),
        (format!("{token}A"), "signature is not its issuer's"),
        (format!("{token}="), "cannot be read"),
        (format!("{}.{}", parts[0], parts[1]), "no JWT that can be read"),
        (format!("{token}.{}", parts[2]), "no JWT that can be read"),
        (String::new(), "no JWT that can be read"),
        ("..".to_owned(), "no JWT that can be read"),
        ("a".repeat(20_000), "longer than 16384 bytes"),
    ] {
        check(&issuer, &changed, Err(words));
    }
}

#[test]
fn keys_of_no_use_are_passed_over() {
    let pair = Pair::p256();
    let good = pair.jwk("a");
    let with = |name: &str, value: Value| {
        let mut changed = good.clone();
        changed[name] = value;
        changed
    };
    for (key, words) in [
        (with("use", json!("enc")), "not to check signatures with"),
        (with("key_ops", json!(["sign"])), "not to check signatures with"),
        (with("alg", json!("ES384")), "none of its kind"),
        (with("alg", json!("ECDH-ES")), "none of its kind"),
        (with("crv", json!("P-521")), "curve other than"),
        (with("crv", json!("P-384")), "32 bytes instead of 48"),
        (with("x", json!("AAAA")), "3 bytes instead of 32"),
        (with("x", json!("a+b/")), "not base64url"),
        (json!({"kty": "oct", "k": "c2VjcmV0"}), "is secret"),
        (
            json!({"kty": "RSA", "n": encoded([255; 128]), "e": "AQAB"}),
            "has 1024 bits",
        ),
        (json!({"kty": "RSA", "n": encoded([0; 300]), "e": "AQAB"}), "has 0 bits"),
        (
            json!({"kty": "OKP", "crv": "X25519", "x": encoded([1; 32])}),
            "of a kind other than",
        ),
        (json!({"kty": "tea"}), "of a kind other than"),
        (json!(7), "no JSON web key"),
    ] {
        let reason = keys_of(&json!({"keys": [key]}).to_string()).expect_err(words);
        assert!(reason.contains(words), "{reason}");
        let beside = keys_of(&json!({"keys": [key, good]}).to_string()).expect("the good one");
        assert_eq!(beside.len(), 1, "{words}");
    }
    for (text, words) in [
        ("", "no JSON"),
        ("{}", "a list `keys`"),
        (r#"{"keys":[]}"#, "it lists none"),
    ] {
        let reason = keys_of(text).expect_err(words);
        assert!(reason.contains(words), "{reason}");
    }
}

#[test]
fn keys_are_in_a_file_or_at_an_address_that_is_safe_to_believe() {
    for (text, expected) in [
        ("keys.json", Ok(JwtKeys::File("keys.json".into()))),
        (
            "https://login.example/keys",
            Ok(JwtKeys::Url("https://login.example/keys".to_owned())),
        ),
        (
            "http://127.0.0.1:9000/",
            Ok(JwtKeys::Url("http://127.0.0.1:9000/".to_owned())),
        ),
        ("http://[::1]:9000/", Ok(JwtKeys::Url("http://[::1]:9000/".to_owned()))),
        ("http://localhost/", Ok(JwtKeys::Url("http://localhost/".to_owned()))),
        ("http://login.example/keys", Err("write https://")),
        ("http://127.0.0.1.example/", Err("write https://")),
        ("ftp://login.example/keys", Err("begin with https://")),
        (
            "https://login.example/@jane/keys",
            Ok(JwtKeys::Url("https://login.example/@jane/keys".to_owned())),
        ),
        ("https://jane:secret@login.example/keys", Err("names a user")),
        ("https://login.example@other.example/keys", Err("names a user")),
        ("http://localhost@other.example/keys", Err("names a user")),
        ("https://a b/", Err("neither a file nor a URL")),
    ] {
        let found = text.parse::<JwtKeys>();
        let is_as_expected = match (&found, &expected) {
            (Ok(found), Ok(expected)) => found == expected,
            (Err(reason), Err(words)) => reason.contains(words),
            _ => false,
        };
        assert!(is_as_expected, "{text}: {found:?}");
    }
}

#[test]
fn a_file_without_keys_is_refused_at_once() {
    let nowhere = settings(JwtKeys::File("/nowhere/keys.json".into()));
    let error = JwtIssuer::new(nowhere).expect_err("no file").to_string();
    assert!(
        error.contains("/nowhere/keys.json") && error.contains("cannot be read"),
        "{error}"
    );
}

/// Answers each request with the next of these statuses and bodies, and tells of each.
fn serve(answers: Vec<(u16, String)>) -> (JwtKeys, mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/keys", listener.local_addr().expect("an address"));
    let (asked, count) = mpsc::channel();
    std::thread::spawn(move || {
        for (status, body) in answers {
            let (mut connection, _) = listener.accept().expect("a connection");
            let mut request = [0; 4096];
            let _ = connection.read(&mut request).expect("a request");
            asked.send(()).expect("somebody counts");
            // As far away as an issuer is, so that others come meanwhile.
            std::thread::sleep(Duration::from_millis(50));
            let head = format!(
                "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close",
                body.len()
            );
            write!(connection, "{head}\r\nLocation: /elsewhere\r\n\r\n{body}").expect("answered");
        }
    });
    (JwtKeys::Url(url), count)
}

#[test]
fn keys_at_an_address_are_fetched_again_for_a_key_that_is_not_known_but_not_often() {
    let (old, new) = (Pair::p256(), Pair::p256());
    let set = |keys: &[Value]| json!({ "keys": keys }).to_string();
    let (keys, asked) = serve(vec![
        (200, set(&[old.jwk("old")])),
        (500, "broken".to_owned()),
        (302, String::new()),
        (200, "no keys".to_owned()),
        (200, set(&[old.jwk("old"), new.jwk("new")])),
    ]);
    let issuer = JwtIssuer::new(settings(keys)).expect("an issuer");
    let old_token = old.token(&json!({"alg": "ES256", "kid": "old"}), &claims());
    let new_token = new.token(&json!({"alg": "ES256", "kid": "new"}), &claims());
    let fetched = || asked.try_iter().count();
    let mut now = Instant::now();
    assert_eq!(fetched(), 1);
    // It is too early, however often somebody asks.
    for _ in 0..3 {
        issuer.subject_at(&new_token, now).expect_err("not known");
    }
    assert_eq!(fetched(), 0);
    for trouble in ["a status", "a redirection", "no keys"] {
        now += LOOK_AGAIN_AFTER;
        issuer.subject_at(&new_token, now).expect_err(trouble);
        assert_eq!(fetched(), 1, "{trouble}");
        assert_eq!(
            issuer.subject_at(&old_token, now).as_deref(),
            Ok("jane"),
            "after {trouble}"
        );
    }
    now += LOOK_AGAIN_AFTER;
    assert_eq!(issuer.subject_at(&new_token, now).as_deref(), Ok("jane"));
    assert_eq!(issuer.subject_at(&old_token, now).as_deref(), Ok("jane"));
    assert_eq!(fetched(), 1);
}

#[test]
fn old_keys_are_fetched_again_while_they_are_still_good() {
    let (old, new) = (Pair::p256(), Pair::p256());
    let set = |pair: &Pair, id: &str| json!({ "keys": [pair.jwk(id)] }).to_string();
    let (keys, asked) = serve(vec![(200, set(&old, "old")), (200, set(&new, "new"))]);
    let issuer = JwtIssuer::new(settings(keys)).expect("an issuer");
    asked.recv().expect("fetched");
    let old_token = old.token(&json!({"alg": "ES256", "kid": "old"}), &claims());
    let new_token = new.token(&json!({"alg": "ES256", "kid": "new"}), &claims());
    let later = Instant::now() + OLD_AFTER;
    assert_eq!(issuer.subject_at(&old_token, later).as_deref(), Ok("jane"));
    asked.recv().expect("fetched again");
    while issuer.subject_at(&new_token, later).is_err() {
        std::thread::sleep(Duration::from_millis(10));
    }
    // What the issuer shows no more is good no more.
    issuer.subject_at(&old_token, later).expect_err("gone");
}

#[test]
fn keys_that_nobody_has_looked_at_for_long_are_read_before_they_are_used_again() {
    let (old, new) = (Pair::p256(), Pair::p256());
    let set = |pair: &Pair, id: &str| json!({ "keys": [pair.jwk(id)] }).to_string();
    let (keys, asked) = serve(vec![(200, set(&old, "old")), (200, set(&new, "new"))]);
    let issuer = JwtIssuer::new(settings(keys)).expect("an issuer");
    let old_token = old.token(&json!({"alg": "ES256", "kid": "old"}), &claims());
    let new_token = new.token(&json!({"alg": "ES256", "kid": "new"}), &claims());
    let later = Instant::now() + FORGOTTEN_AFTER;
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let reason = issuer.subject_at(&old_token, later).expect_err("taken back");
                assert!(reason.contains("does not show"), "{reason}");
                assert_eq!(issuer.subject_at(&new_token, later).as_deref(), Ok("jane"));
            });
        }
    });
    assert_eq!(asked.try_iter().count(), 2, "one reads for all");
}

#[test]
fn an_issuer_that_cannot_be_reached_is_believed_for_a_day() {
    let pair = Pair::p256();
    let set = json!({ "keys": [pair.jwk("a")] }).to_string();
    let (keys, asked) = serve(vec![
        (200, set.clone()),
        (500, String::new()),
        (500, String::new()),
        (200, set),
    ]);
    let issuer = JwtIssuer::new(settings(keys)).expect("an issuer");
    let token = pair.token(&json!({"alg": "ES256", "kid": "a"}), &claims());
    let second = Duration::from_secs(1);
    let read = Instant::now();
    assert_eq!(
        issuer.subject_at(&token, read + GONE_AFTER - second * 10).as_deref(),
        Ok("jane")
    );
    let reason = issuer.subject_at(&token, read + GONE_AFTER).expect_err("a day is over");
    assert!(reason.contains("could not be read for a day"), "{reason}");
    assert_eq!(asked.try_iter().count(), 2);
    // It is tried again now and then.
    let mut later = read + GONE_AFTER + LOOK_AGAIN_AFTER;
    issuer.subject_at(&token, later).expect_err("still away");
    later += LOOK_AGAIN_AFTER;
    assert_eq!(issuer.subject_at(&token, later).as_deref(), Ok("jane"));
    assert_eq!(asked.try_iter().count(), 2);
}

#[test]
fn an_issuer_may_come_later_than_the_server() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    drop(listener);
    let issuer = JwtIssuer::new(settings(JwtKeys::Url(url))).expect("an issuer without keys");
    let pair = Pair::p256();
    let token = pair.token(&json!({"alg": "ES256", "kid": "a"}), &claims());
    check(&issuer, &token, Err("does not show"));
}

/// Signatures of another's implementation, by a key of 2048 bits whose private half is gone:
/// `openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest -sign …`.
#[test]
fn signatures_by_rsa_are_those_of_others() {
    const MODULUS: &str = "3nY8IKbkr0oweNXnbAtA-nfAuoRq_t1nnygh2ELansZ3h_hrSwOyjQKiLfn4VY7dqkBA28tvI_g5CxbcfjVNvqy5rtJdhrbIccq6nYwMY4mFWVxbc_R4uEaCvPIlmIjFNClRHXcuYQvW3RBhhGAE7HoNTLH6XN6d3WXQRcNFoEv6l6e8OHeY7NuCet2_628NuFa5iJsfUaabQ1CveWFtzdbU2p61BjfgkKNW1i0wVsemW311N9MxAqILbWsX1dpIHxIdDSdKEAn7YKE7gLWXFgo8f4DknspagUVYkTxSUynJ60sWQIwmcxQnJKiFG63Bc5yQD8rqS835u7DDRv5zrQ";
    const MESSAGE: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0";
    super::verifying::install();
    let set = json!({"keys": [{"kty": "RSA", "n": MODULUS, "e": "AQAB"}]}).to_string();
    let key = keys_of(&set).expect("a key").remove(0);
    for (algorithm, signature) in [
        (
            Algorithm::RS256,
            "0vyqkNYVcD8H__icuDDqO5MYZ7t9_GEJe-d2OQL6IFjYCWMiQ8QfatXjXF2rUVTSKl1KHBGSyhS0mwMnXSu0qLHSglyjNV9MKSr_waS9qzSHirbHr55REYSJ8yn7vJtfvUYFnPXihfZetg-fDV3yx7Ce7Yg7m9VJlbBUJjHjl5S9LOdwxhSMKeCqH77T7jIIYKmyapYKEEZ6nC71SrY64nl4WHrLKPrg0IApA4EWgLzoAguDXaJvgzWI3Agd3fqjo7-w_1RyKJ-zAHm83dlG-QHK0N6FTl7fGXkuJsQaUQtfVQxoZD59Ld8TeCajqyKBD5QQHazSHnuv8DDS3yO-Ig",
        ),
        (
            Algorithm::RS384,
            "aiYrE5vkNQdLjYVWPlMbr_Jdm70A4tJkqLt1uYJWxjh-BOQMtk_zu3-S3R9P1AWm8MjqaE-rcHWMxLHu-lkBRAcPEvQjjKgPCyws_iPXFfvh5_iGlMVQsAAIqcAsn89YELPodndGbXuzzqLJTkaZjETGjZPlZ5TVuCgkuRn2SxwKNhA9WSPEQZyZfk0SCMFJDYBBfNUMWbwiDwMsjLldNgmVuCqAtkkjG2nxAyXZPKXgRT-GpgNvWG3R1TTQUMYAZMCNJq3tq4jDi5KooybsxZ8QXhj5ODjXZMliayeNbsrj0GFR8ljTCyBSBEZBbYinR7YZrHCAdQvIIX2mISS6tA",
        ),
        (
            Algorithm::RS512,
            "McM-maPoMWDltASAcVT_PojdmtPEi2zxyf5RrMpx9x8ycyK6XWWklJ5modhsYUGvnkU0a_PsV_ph3NRA-nhorP7-J_iZSp3Xk3V4ZTBjiTUAPkpLm_OSmHblUJsD5zDSHSUfQvXO7x7U-zLQsL266FPv6qUGVvbjUOsQ_M8dA_z2ACYUCqeSp2hZ626EUibE8AVwtKQcNYKTVKr6fWpDk_sNWD9-lJ9UUeN5rCYtkL85RAt0pvb_z_KFvSZwkZnPCsSWVAUeB-4zY88jUjJvbqYkVfhGsBIcEBFX3ZsxVa3vcMcs8tbJRZK2S--2MGGGYScB9sLCHJKCfkZRuknAZw",
        ),
        (
            Algorithm::PS256,
            "aHiKLhnr_mnIxghlQX4JPP8E40lDOAhjwoho4L3HWHuhEVdVhvxNWTO6tDtcfpEAApfemn6GzK6rkn3IKUhjxzPQNxrdA_e1epeaIO72h6XICbXIdG-QGNy-sS6Lii59sPfUAhNtmBv2Bfa6tknL0PGU13yaS44xz7r_dBrNibcB_EZg23qrYkPhiCJWZxtHU-EppoMrl5E-iw8foCXPBZMjxHjFBkfFVPU-sVBtqt30tuAeZHsICZR3IH1Sw1i34trBleHNTOr2Yt6DagoRSbPBn1KAuDCEBBXxv7Uxw9N4Jwi7njFWD5nbMClBkEkky1nU697MC0b5QgQp23XJIg",
        ),
        (
            Algorithm::PS384,
            "d5f552SFmDz5zkRFfcXPNQb_ZtlEGpj160ZDTyP9IBzkErGx0n4W77GhQ43Y2lFJTM4VSKBlurjQooz_Qp8tmb9qSi1xAn1DHYc-f0gYPV5Zz4_AXq3SAuEAejDZ12sQpSTdhJN2MJ7-Y189iLbZoaKj2uPde8wxfTi_n8a5Ra0mbOGshKbF6G_7qlwRT7YIvk2diXt_mu509yXqXMLA79eRT0lWbq5pRBczOrD2AD9H88pQ63RZ931VmlVqWiWxeEAgOiXgrg5iIr6STZBtph-94uYy7ByHtnWH5aErUx69r6XBg2AgIbUxli0-mJEp0Drwuj9jwen18sKSiy2cmQ",
        ),
        (
            Algorithm::PS512,
            "P_EEGAjVr8nJz6YhHKPNqJTokPP8jJCMSan9OzOskJlO1Ck3sUsdQ6cBLOyOTcTrqV0_CkJiDmP66ga23agaYeEaLPLZ8anoa3iEh5IhbBl_-HXC_EaNhWRXODxmbzP1EEX9sUeBQn9l_vfYx9EBUVRC-BzLkcR-M3Cz1e6FCwZQc8K2FDVVJ9tsWWghRow0O2Kg2Ai_vpoBeS9jM0voHPbxPCPSguSLLks-b-dHJXt7oAK5JQOb3WQxDMaXOOkvG4rpBy2khrI6L-SKdc9cF9IAL6SzHW3yPKqa6SYrVvlC90gtrVKkAVwv0IkJTjwCtJlLIxMBNmW86cyzPf5L2A",
        ),
    ] {
        for other in key
            .algorithms
            .iter()
            .copied()
            .chain([Algorithm::ES256, Algorithm::HS256])
        {
            let verified = jsonwebtoken::crypto::verify(signature, MESSAGE.as_bytes(), &key.key, other);
            assert_eq!(
                verified.ok() == Some(true),
                other == algorithm,
                "{algorithm:?} as {other:?}"
            );
        }
    }
}
