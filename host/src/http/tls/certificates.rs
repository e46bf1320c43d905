//! Certificates for tests, made on the spot: for `localhost`, signed by themselves, with keys that are never kept.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};

use crate::http::tls::TlsFiles;

/// A value with its tag and length, as DER writes it.
fn tagged(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u16::try_from(content.len()).expect("short").to_be_bytes();
    let mut value = match length {
        [0, short] if short < 128 => vec![tag, short],
        [0, short] => vec![tag, 0x81, short],
        [high, low] => vec![tag, 0x82, high, low],
    };
    value.extend(content);
    value
}

/// A certificate for `localhost` and its key, in PEM.
pub(crate) fn certificate() -> (String, String) {
    const SEQUENCE: u8 = 0x30;
    const SIGNED_BY_ECDSA_WITH_SHA256: &[u8] = &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
    const EC_PUBLIC_KEY: &[u8] = &[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
    const P256: &[u8] = &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
    const COMMON_NAME: &[u8] = &[6, 3, 0x55, 4, 3];
    const OTHER_NAMES: &[u8] = &[6, 3, 0x55, 0x1d, 0x11];

    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).expect("a key");
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref(), &random).expect("a key");
    let algorithm = tagged(SEQUENCE, &[SIGNED_BY_ECDSA_WITH_SHA256]);
    let name = tagged(SEQUENCE, &[COMMON_NAME, &tagged(0x0c, &[b"localhost"])]);
    let name = tagged(SEQUENCE, &[&tagged(0x31, &[&name])]);
    let validity = tagged(
        SEQUENCE,
        &[&tagged(0x17, &[b"200101000000Z"]), &tagged(0x17, &[b"491231235959Z"])],
    );
    let key = tagged(SEQUENCE, &[EC_PUBLIC_KEY, P256]);
    let key = tagged(SEQUENCE, &[&key, &tagged(3, &[&[0], pair.public_key().as_ref()])]);
    let names = tagged(SEQUENCE, &[&tagged(0x82, &[b"localhost"])]);
    let extension = tagged(SEQUENCE, &[OTHER_NAMES, &tagged(4, &[&names])]);
    let extensions = tagged(0xa3, &[&tagged(SEQUENCE, &[&extension])]);
    let version = tagged(0xa0, &[&tagged(2, &[&[2]])]);
    let number = tagged(2, &[&[1]]);
    let certified = tagged(
        SEQUENCE,
        &[
            &version,
            &number,
            &algorithm,
            &name,
            &validity,
            &name,
            &key,
            &extensions,
        ],
    );
    let signature = pair.sign(&random, &certified).expect("signed");
    let certificate = tagged(
        SEQUENCE,
        &[&certified, &algorithm, &tagged(3, &[&[0], signature.as_ref()])],
    );
    (pem("CERTIFICATE", &certificate), pem("PRIVATE KEY", document.as_ref()))
}

fn pem(label: &str, bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

/// Writes a new certificate and its key into a folder, over those that are there.
pub(crate) fn write(folder: &Path) -> TlsFiles {
    let (certificate, key) = certificate();
    let files = TlsFiles {
        certificate: folder.join("certificate.pem"),
        key: folder.join("key.pem"),
    };
    std::fs::write(&files.certificate, certificate).expect("written");
    std::fs::write(&files.key, key).expect("written");
    files
}
