//! One file of the cache: what it is about, the code that authenticates it, and the machine code.
//!
//! The header names the component, what the machine code runs on, and the kind; the message authentication code
//! (HMAC-SHA-256) is over the header and the machine code. So a file is trusted for what it says it is, and for nothing
//! else: renamed to another component's name it is not taken.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::Platform;
use crate::contract::ComponentKind;
use crate::digest::Digest;
use crate::precompiled::MachineCode;

/// How a file of this format begins. Another format takes another number.
const MARK: [u8; 16] = *b"reprise-code\0\0\0\x01";
const AUTHENTICATION_BYTES: usize = 32;
/// Mark, digest, platform, kind, length of the machine code.
const SUBJECT_BYTES: usize = MARK.len() + 32 + 32 + 1 + 8;
/// All that comes before the machine code.
pub(super) const HEADER_BYTES: usize = SUBJECT_BYTES + AUTHENTICATION_BYTES;

/// What authenticates the files of a cache. Not kept beside them.
pub(super) struct Key([u8; 32]);

impl Key {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    fn authentication(&self, subject: &[u8], machine_code: &[u8]) -> Option<Hmac<Sha256>> {
        let mut authentication = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        authentication.update(subject);
        authentication.update(machine_code);
        Some(authentication)
    }
}

/// The bytes of the file for a component's machine code, or none if there is no way to authenticate it.
pub(super) fn write(
    key: &Key,
    digest: Digest,
    platform: &Platform,
    kind: ComponentKind,
    machine_code: &[u8],
) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES + machine_code.len());
    bytes.extend(MARK);
    bytes.extend(digest.as_bytes());
    bytes.extend(platform.0);
    bytes.push(number_of(kind));
    bytes.extend((machine_code.len() as u64).to_le_bytes());
    let authentication = key.authentication(&bytes, machine_code)?.finalize().into_bytes();
    bytes.extend(authentication);
    bytes.extend(machine_code);
    Some(bytes)
}

/// What a file holds, or why it is not trusted.
pub(super) fn read(
    key: &Key,
    digest: Digest,
    platform: &Platform,
    mut bytes: Vec<u8>,
) -> Result<(ComponentKind, MachineCode), &'static str> {
    let Some((header, machine_code)) = bytes.split_at_checked(HEADER_BYTES) else {
        return Err("it is cut off");
    };
    let (subject, authentication) = header.split_at(SUBJECT_BYTES);
    let is_authentic = key
        .authentication(subject, machine_code)
        // Compares in constant time.
        .is_some_and(|computed| computed.verify_slice(authentication).is_ok());
    if !is_authentic {
        return Err("it was damaged, changed, or written under another key");
    }
    // What follows is ours, word for word; it may still be about something else.
    let (mark, rest) = subject.split_at(MARK.len());
    let (of_digest, rest) = rest.split_at(32);
    let (of_platform, rest) = rest.split_at(32);
    let (kind, length) = rest.split_at(1);
    if mark != MARK {
        return Err("it is in the format of another version");
    }
    if of_digest != digest.as_bytes() {
        return Err("it holds another component");
    }
    if of_platform != platform.0 {
        return Err("it was compiled for another machine or by another version");
    }
    if length != (machine_code.len() as u64).to_le_bytes() {
        return Err("it is cut off");
    }
    let kind = ComponentKind::ALL
        .into_iter()
        .find(|candidate| kind == [number_of(*candidate)])
        .ok_or("it holds a component of an unknown kind")?;
    bytes.drain(..HEADER_BYTES);
    Ok((kind, MachineCode::authenticated(bytes)))
}

const fn number_of(kind: ComponentKind) -> u8 {
    match kind {
        ComponentKind::Criteria => 1,
        ComponentKind::ClaimStatus => 2,
    }
}
