//! Whose signatures under components are trusted, the signatures, and what is asked of them.

/// A key to be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTrustedKey {
    /// The payer that trusts it; none if the platform does.
    pub payer: Option<String>,
    /// The first 16 hexadecimal digits of the SHA-256 of the public key. Who adds the key has computed it.
    pub id: String,
    /// The public key: ed25519.
    pub public_key: [u8; 32],
    /// Whose it is, or what it is for, in words.
    pub comment: String,
    /// Who adds it.
    pub added_by: String,
    /// Until when it is trusted, in milliseconds since 1970-01-01T00:00:00Z; for ever if absent.
    pub expires_at_ms: Option<i64>,
}

/// A key that is trusted, or was. It is revoked rather than deleted: signatures name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedKey {
    /// The payer that trusts it; none if the platform does.
    pub payer: Option<String>,
    /// The first 16 hexadecimal digits of the SHA-256 of the public key.
    pub id: String,
    /// The public key: ed25519.
    pub public_key: [u8; 32],
    /// Whose it is, or what it is for, in words.
    pub comment: String,
    /// When it was added, in milliseconds since 1970-01-01T00:00:00Z.
    pub added_at_ms: i64,
    /// Who has added it.
    pub added_by: String,
    /// Until when it is trusted; for ever if absent.
    pub expires_at_ms: Option<i64>,
    /// When it was revoked, if it was.
    pub revoked_at_ms: Option<i64>,
}

/// A signature to be added to a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewComponentSignature {
    /// The payer that it counts for; none if it is the platform.
    pub payer: Option<String>,
    /// The component, which is stored.
    pub digest: String,
    /// The id of the key. Nobody sees to it that it is trusted, or known at all.
    pub key_id: String,
    /// What was signed beside the digest, as JSON, byte for byte.
    pub manifest: String,
    /// The signature: ed25519.
    pub signature: [u8; 64],
}

/// A signature under a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentSignature {
    /// The payer that it counts for; none if it is the platform.
    pub payer: Option<String>,
    /// The component.
    pub digest: String,
    /// The id of the key. Nobody sees to it that it is trusted, or known at all.
    pub key_id: String,
    /// What was signed beside the digest, as JSON, byte for byte.
    pub manifest: String,
    /// The signature: ed25519.
    pub signature: [u8; 64],
    /// When it was added, in milliseconds since 1970-01-01T00:00:00Z.
    pub added_at_ms: i64,
}

/// What a payer, or the platform, wants to be done about rule components.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RulesPolicy {
    /// Whether only a component is let in that somebody trusted has signed.
    pub require_signature: bool,
    /// Whether what decided before does again once a component is quarantined.
    pub return_after_quarantine: bool,
}
