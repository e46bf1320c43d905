//! One file of the cache: the code that authenticates it, what it is about, and the machine code.
//!
//! The subject names the component, what the machine code runs on, and the kind; the message authentication code is over
//! the subject and the machine code. So a file is trusted for what it says it is, and for nothing else: renamed to another
//! component's name it is not taken.
//!
//! The code is AES-256-GCM's over data that is not encrypted (GMAC): as hard to forge as an HMAC for whoever has no key, and
//! where the processor has instructions for AES alone, a file is read in a tenth of the time that SHA-256 takes. It holds
//! as long as no two files are written with one key and one number; the number is 96 random bits.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};

use super::Platform;
use crate::contract::ComponentKind;
use crate::digest::Digest;
use crate::precompiled::MachineCode;

/// How the subject of a file of this format begins. Another format takes another number.
pub(super) const MARK: [u8; 16] = *b"reprise-code\0\0\0\x02";
const CODE_BYTES: usize = 16;
/// The number of the file and the code.
const AUTHENTICATION_BYTES: usize = NONCE_LEN + CODE_BYTES;
/// Mark, digest, platform, kind, length of the machine code.
const SUBJECT_BYTES: usize = MARK.len() + 32 + 32 + 1 + 8;
/// All that comes before the machine code.
pub(super) const HEADER_BYTES: usize = AUTHENTICATION_BYTES + SUBJECT_BYTES;

/// What authenticates the files of a cache. Not kept beside them.
pub(super) struct Key(Option<LessSafeKey>);

impl Key {
    pub(super) fn new(key: [u8; 32]) -> Self {
        // INVARIANT: a key of AES-256 has 32 bytes, so that there is one; without one nothing is kept and nothing trusted.
        Self(UnboundKey::new(&AES_256_GCM, &key).ok().map(LessSafeKey::new))
    }

    /// What authenticates this: a number that is used once, and the code under it.
    fn authenticate(&self, content: &[u8]) -> Option<[u8; AUTHENTICATION_BYTES]> {
        let mut authentication = [0; AUTHENTICATION_BYTES];
        let (number, code) = authentication.split_first_chunk_mut::<NONCE_LEN>()?;
        SystemRandom::new().fill(number).ok()?;
        let nonce = Nonce::assume_unique_for_key(*number);
        let computed = self
            .0
            .as_ref()?
            .seal_in_place_separate_tag(nonce, Aad::from(content), &mut []);
        code.copy_from_slice(computed.ok()?.as_ref());
        Some(authentication)
    }

    /// Whether this was authenticated so. Compares in constant time.
    fn is_authentic(&self, authentication: &[u8], content: &[u8]) -> bool {
        let Some((number, code)) = authentication.split_first_chunk::<NONCE_LEN>() else {
            return false;
        };
        let nonce = Nonce::assume_unique_for_key(*number);
        // Nothing is encrypted, so that the code is all there is to open.
        let (key, mut nothing_and_code) = (self.0.as_ref(), code.to_vec());
        key.is_some_and(|key| {
            key.open_in_place(nonce, Aad::from(content), &mut nothing_and_code)
                .is_ok()
        })
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
    bytes.extend([0; AUTHENTICATION_BYTES]);
    bytes.extend(MARK);
    bytes.extend(digest.as_bytes());
    bytes.extend(platform.0);
    bytes.push(number_of(kind));
    bytes.extend((machine_code.len() as u64).to_le_bytes());
    bytes.extend(machine_code);
    let (place, content) = bytes.split_at_mut(AUTHENTICATION_BYTES);
    place.copy_from_slice(&key.authenticate(content)?);
    Some(bytes)
}

/// What a file holds, or why it is not trusted.
pub(super) fn read(
    key: &Key,
    digest: Digest,
    platform: &Platform,
    bytes: Vec<u8>,
) -> Result<(ComponentKind, MachineCode), &'static str> {
    let Some((header, machine_code)) = bytes.split_at_checked(HEADER_BYTES) else {
        return Err("it is cut off");
    };
    let (authentication, subject) = header.split_at(AUTHENTICATION_BYTES);
    if !key.is_authentic(authentication, &bytes[AUTHENTICATION_BYTES..]) {
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
    Ok((kind, MachineCode::authenticated(bytes, HEADER_BYTES)))
}

const fn number_of(kind: ComponentKind) -> u8 {
    match kind {
        ComponentKind::Criteria => 1,
        ComponentKind::ClaimStatus => 2,
    }
}
