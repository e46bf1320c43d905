//! Whose signatures count, and what is asked of them.
//!
//! A payer trusts its own keys and those of the platform; the platform trusts its own alone. A key that either has revoked
//! is revoked. A signature is required where the payer requires one, and where the platform does.

use reprise_engine::Digest;
use reprise_store::{NewTrustedKey, RulesPolicy, TrustedKey};
use serde_json::json;

use super::{RulesManagement, check_words, whose};
use crate::HostError;
use crate::rules::signing::{Manifest, PublicKey, SignatureDocument};
use crate::time::{now_ms, time_text};

/// A key to be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustRequest {
    /// The public key.
    pub public_key: PublicKey,
    /// Whose it is, or what it is for.
    pub comment: String,
    /// Until when it is trusted, in milliseconds since 1970-01-01T00:00:00Z; for ever if absent.
    pub expires_at_ms: Option<i64>,
}

/// What is to be changed of a policy. What is absent stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolicyChange {
    /// Whether only a component is let in that somebody trusted has signed.
    pub require_signature: Option<bool>,
    /// Whether what decided before does again once a component is quarantined.
    pub return_after_quarantine: Option<bool>,
}

/// How a signature stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureStanding {
    /// It is good.
    Good,
    /// Nobody knows its key, so nobody can say.
    UnknownKey,
    /// Its key was revoked then.
    Revoked(i64),
    /// Its key was trusted until then.
    KeyExpired(i64),
    /// It was good until then.
    Expired(i64),
    /// It is for another component, payer or key than it says, or is no signature at all.
    Bad,
}

impl SignatureStanding {
    /// The standing as answers write it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::UnknownKey => "unknown key",
            Self::Revoked(_) => "revoked",
            Self::KeyExpired(_) | Self::Expired(_) => "expired",
            Self::Bad => "bad",
        }
    }
}

/// How a signature stands, and why, as a sentence, if it is not good.
pub(super) type Judged = (SignatureStanding, String);

/// The keys that count for somebody, and what is asked of signatures.
pub(super) struct Trust {
    payer: Option<String>,
    keys: Vec<TrustedKey>,
    pub(super) required: bool,
    now_ms: i64,
}

impl RulesManagement<'_> {
    /// The keys that count here, as they are now.
    pub(super) fn trust(&self) -> Result<Trust, HostError> {
        let mut keys = self.store.trusted_keys(self.payer)?;
        let mut required = self.store.rules_policy(self.payer)?.require_signature;
        if self.payer.is_some() {
            keys.extend(self.store.trusted_keys(None)?);
            required |= self.store.rules_policy(None)?.require_signature;
        }
        Ok(Trust {
            payer: self.payer.map(str::to_owned),
            keys,
            required,
            now_ms: now_ms(),
        })
    }

    /// The keys of whose rules these are, those that were revoked or have expired included.
    pub fn trusted_keys(&self) -> Result<Vec<TrustedKey>, HostError> {
        Ok(self.store.trusted_keys(self.payer)?)
    }

    /// Has a key be trusted, and answers it, and whether it is new. One that is there stays as it is, revoked or not.
    pub fn trust_key(&self, request: &TrustRequest) -> Result<(TrustedKey, bool), HostError> {
        check_words("the comment", &request.comment)?;
        let id = request.public_key.id();
        let key = NewTrustedKey {
            payer: self.payer.map(str::to_owned),
            id: id.clone(),
            public_key: *request.public_key.bytes(),
            comment: request.comment.clone(),
            added_by: self.user.to_owned(),
            expires_at_ms: request.expires_at_ms,
        };
        let mut transaction = self.store.begin_write()?;
        let is_new = transaction.add_trusted_key(&key)?;
        if is_new {
            let details = json!({
                "publicKey": request.public_key.to_string(), "comment": request.comment,
                "expires": request.expires_at_ms.and_then(time_text),
            });
            transaction.append_audit(&[self.entry("trust_key", format!("key {id}"), &details)])?;
            transaction.commit()?;
        }
        Ok((self.trusted_key(&id)?, is_new))
    }

    /// Has a key not be trusted from now on.
    pub fn revoke_key(&self, id: &str) -> Result<TrustedKey, HostError> {
        self.trusted_key(id)?;
        self.change("revoke_key", |transaction| {
            transaction.revoke_trusted_key(self.payer, id)?;
            Ok(((), format!("key {id}"), json!({})))
        })?;
        self.trusted_key(id)
    }

    fn trusted_key(&self, id: &str) -> Result<TrustedKey, HostError> {
        let found = self.trusted_keys()?.into_iter().find(|key| key.id == id);
        found.ok_or_else(|| HostError::not_found(&format!("key {id} that {} has", self.whose())))
    }

    /// What whose rules these are wants to be done about components.
    pub fn policy(&self) -> Result<RulesPolicy, HostError> {
        Ok(self.store.rules_policy(self.payer)?)
    }

    /// Changes that.
    pub fn change_policy(&self, change: PolicyChange) -> Result<RulesPolicy, HostError> {
        self.change("change_rules_policy", |transaction| {
            let before = self.policy()?;
            let policy = RulesPolicy {
                require_signature: change.require_signature.unwrap_or(before.require_signature),
                return_after_quarantine: change.return_after_quarantine.unwrap_or(before.return_after_quarantine),
            };
            transaction.set_rules_policy(self.payer, &policy)?;
            let shown = |policy: RulesPolicy| {
                json!({
                    "requireSignature": policy.require_signature,
                    "returnAfterQuarantine": policy.return_after_quarantine,
                })
            };
            let details = json!({ "before": shown(before), "policy": shown(policy) });
            Ok((policy, "rules policy".to_owned(), details))
        })
    }
}

impl Trust {
    /// How a signature of a component stands.
    pub(super) fn judge(&self, digest: Digest, signature: &SignatureDocument) -> Judged {
        let id = &signature.key_id;
        let manifest = match Manifest::from_json(&signature.manifest) {
            Ok(manifest) => manifest,
            Err(reason) => {
                return (
                    SignatureStanding::Bad,
                    format!("of the signature of key `{id}`, {reason}"),
                );
            }
        };
        if signature.digest != digest {
            let reason = format!(
                "the signature of key `{id}` is of component `{}`, and this one is `{digest}`; sign the component that is \
                 meant",
                signature.digest
            );
            return (SignatureStanding::Bad, reason);
        }
        if manifest.payer.is_some() && manifest.payer != self.payer {
            let reason = format!(
                "the signature of key `{id}` is for {}, and the component is to be one of {}; sign it for that, or for \
                 everybody",
                whose(manifest.payer.as_deref()),
                whose(self.payer.as_deref())
            );
            return (SignatureStanding::Bad, reason);
        }
        let keys: Vec<_> = self.keys.iter().filter(|key| key.id == *id).collect();
        let Some(known) = keys.first() else {
            let reason = format!("key `{id}` is not trusted by {}", self.trusting());
            return (SignatureStanding::UnknownKey, reason);
        };
        if !signature.is_of(&PublicKey::new(known.public_key)) {
            let reason = format!(
                "the signature is not one of key `{id}` under this component and this manifest: one of the three was \
                 changed; sign the component anew"
            );
            return (SignatureStanding::Bad, reason);
        }
        let moment = |at_ms| time_text(at_ms).unwrap_or_default();
        if let Some(at_ms) = keys.iter().find_map(|key| key.revoked_at_ms) {
            let reason = format!("key `{id}` was revoked on {}; sign with another", moment(at_ms));
            return (SignatureStanding::Revoked(at_ms), reason);
        }
        let has_expired = |at_ms: Option<i64>| at_ms.filter(|at_ms| *at_ms <= self.now_ms);
        if keys.iter().all(|key| has_expired(key.expires_at_ms).is_some()) {
            let at_ms = keys
                .iter()
                .filter_map(|key| key.expires_at_ms)
                .max()
                .unwrap_or_default();
            let reason = format!("key `{id}` was trusted until {}; sign with another", moment(at_ms));
            return (SignatureStanding::KeyExpired(at_ms), reason);
        }
        if let Some(at_ms) = has_expired(manifest.expires_at_ms()) {
            let reason = format!(
                "the signature of key `{id}` was good until {}; sign the component anew",
                moment(at_ms)
            );
            return (SignatureStanding::Expired(at_ms), reason);
        }
        (SignatureStanding::Good, String::new())
    }

    /// Whether a component may be let in under these signatures: a phrase about who has signed it, or a sentence why not.
    /// A bad one is refused in any case; one that is not trusted only where a signature is required.
    pub(super) fn admit(&self, digest: Digest, signatures: &[SignatureDocument]) -> Result<String, String> {
        let judged: Vec<_> = signatures
            .iter()
            .map(|signature| (signature, self.judge(digest, signature)))
            .collect();
        if let Some((_, (_, reason))) = judged
            .iter()
            .find(|(_, (standing, _))| *standing == SignatureStanding::Bad)
        {
            return Err(reason.clone());
        }
        let good = judged
            .iter()
            .find(|(_, (standing, _))| *standing == SignatureStanding::Good);
        if let Some((signature, _)) = good {
            return Ok(format!(
                "signed with key {}{}",
                signature.key_id,
                self.comment(&signature.key_id)
            ));
        }
        let reasons: Vec<_> = judged.iter().map(|(_, (_, reason))| reason.as_str()).collect();
        match (self.required, reasons.is_empty()) {
            (false, true) => Ok("not signed, and no signature is required".to_owned()),
            (false, false) => Ok(format!("{}; no signature is required", reasons.join("; "))),
            (true, true) => Err(format!(
                "it is not signed, and a signature by a key that {} trusts is required; `reprise rules sign` makes one",
                self.trusting()
            )),
            (true, false) => Err(format!("{}; a signature that counts is required", reasons.join("; "))),
        }
    }

    /// Who trusts keys here, for sentences.
    fn trusting(&self) -> String {
        match &self.payer {
            Some(payer) => format!("payer {payer} or the platform"),
            None => "the platform".to_owned(),
        }
    }

    /// What is said of a key, in brackets.
    pub(super) fn comment(&self, id: &str) -> String {
        let known = self.keys.iter().find(|key| key.id == id);
        known.map_or_else(String::new, |key| format!(" ({})", key.comment))
    }
}

#[cfg(test)]
mod tests {
    use reprise_engine::Digest;
    use reprise_store::TrustedKey;

    use super::{SignatureStanding, Trust};
    use crate::rules::signing::{Manifest, SignatureDocument, SigningKey};

    const NOW_MS: i64 = 1_800_000_000_000;

    fn key() -> SigningKey {
        let directory = tempfile::tempdir().expect("a directory");
        SigningKey::create(&directory.path().join("key.pem")).expect("a key")
    }

    fn trusted(key: &SigningKey, payer: Option<&str>) -> TrustedKey {
        TrustedKey {
            payer: payer.map(str::to_owned),
            id: key.public_key().id(),
            public_key: *key.public_key().bytes(),
            comment: "the story".to_owned(),
            added_at_ms: 0,
            added_by: "jane".to_owned(),
            expires_at_ms: None,
            revoked_at_ms: None,
        }
    }

    fn trust(keys: Vec<TrustedKey>, required: bool) -> Trust {
        Trust {
            payer: Some("ACME".to_owned()),
            keys,
            required,
            now_ms: NOW_MS,
        }
    }

    fn signed(key: &SigningKey, payer: Option<&str>, expires_at: Option<&str>) -> SignatureDocument {
        let manifest = Manifest {
            name: "criteria".to_owned(),
            version: "1".to_owned(),
            payer: payer.map(str::to_owned),
            kind: "criteria".to_owned(),
            contract: "0.1.0".to_owned(),
            expires_at: expires_at.map(str::to_owned),
        };
        key.sign(component(), &manifest)
    }

    fn component() -> Digest {
        Digest::of(b"component")
    }

    #[test]
    fn every_standing_has_its_own_sentence() {
        let key = key();
        let own = trusted(&key, Some("ACME"));
        let for_everybody = signed(&key, None, None);
        let changed = SignatureDocument {
            signature: [0; 64],
            ..for_everybody.clone()
        };
        let revoked = |revoked_at_ms| TrustedKey {
            revoked_at_ms,
            ..own.clone()
        };
        let until = |expires_at_ms| TrustedKey {
            expires_at_ms,
            ..own.clone()
        };
        let of_platform = trusted(&key, None);
        for (keys, signature, standing, words) in [
            (vec![own.clone()], &for_everybody, SignatureStanding::Good, ""),
            (
                vec![own.clone()],
                &signed(&key, Some("ACME"), None),
                SignatureStanding::Good,
                "",
            ),
            (vec![of_platform.clone()], &for_everybody, SignatureStanding::Good, ""),
            (
                vec![own.clone()],
                &signed(&key, Some("ZENITH"), None),
                SignatureStanding::Bad,
                "is for payer ZENITH, and the component is to be one of payer ACME",
            ),
            (
                vec![own.clone()],
                &changed,
                SignatureStanding::Bad,
                "one of the three was changed",
            ),
            (
                vec![],
                &for_everybody,
                SignatureStanding::UnknownKey,
                "is not trusted by payer ACME or the platform",
            ),
            (
                vec![revoked(Some(1)), of_platform.clone()],
                &for_everybody,
                SignatureStanding::Revoked(1),
                "was revoked on 1970-01-01T00:00:00.001Z",
            ),
            (
                vec![until(Some(NOW_MS))],
                &for_everybody,
                SignatureStanding::KeyExpired(NOW_MS),
                "was trusted until 2027-01-15T08:00:00Z",
            ),
            (
                vec![until(Some(NOW_MS)), of_platform],
                &for_everybody,
                SignatureStanding::Good,
                "",
            ),
            (
                vec![until(Some(NOW_MS + 1))],
                &signed(&key, None, Some("2027-01-15T08:00:00Z")),
                SignatureStanding::Expired(NOW_MS),
                "was good until 2027-01-15T08:00:00Z; sign the component anew",
            ),
        ] {
            let (found, reason) = trust(keys, false).judge(component(), signature);
            assert_eq!(found, standing, "{reason}");
            assert!(reason.contains(words), "`{words}` is not in: {reason}");
        }
        let other = Digest::of(b"another");
        let (standing, reason) = trust(vec![own], false).judge(other, &for_everybody);
        assert_eq!(standing, SignatureStanding::Bad);
        assert!(reason.contains("sign the component that is meant"), "{reason}");
    }

    #[test]
    fn what_is_not_trusted_is_taken_unless_a_signature_is_required() {
        let key = key();
        let signature = signed(&key, None, None);
        let own = trusted(&key, Some("ACME"));
        for (keys, required, signatures, expected) in [
            (vec![own.clone()], true, vec![signature.clone()], Ok("signed with key")),
            (
                vec![own],
                true,
                vec![],
                Err("by a key that payer ACME or the platform trusts is required"),
            ),
            (
                vec![],
                true,
                vec![signature.clone()],
                Err("; a signature that counts is required"),
            ),
            (vec![], false, vec![signature], Ok("no signature is required")),
            (vec![], false, vec![], Ok("not signed, and no signature is required")),
        ] {
            let found = trust(keys, required).admit(component(), &signatures);
            assert_eq!(found.is_ok(), expected.is_ok(), "{found:?}");
            let found = found.unwrap_or_else(|refusal| refusal);
            let words = expected.unwrap_or_else(|refusal| refusal);
            assert!(found.contains(words), "{found}");
        }
    }
}
