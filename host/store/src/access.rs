//! Who may ask for something: principals, the roles that payers make, and tokens.

use std::collections::BTreeSet;
use std::fmt;

/// A principal to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPrincipal {
    /// The payer that it belongs to; none if it is one of the platform.
    pub payer: Option<String>,
    /// Its name, unique in its payer, or among those of the platform.
    pub name: String,
    /// What the issuer of signed tokens calls it, unique among all principals.
    pub subject: Option<String>,
    /// Its roles, by name.
    pub roles: Vec<String>,
}

/// What became of a principal to be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrincipalCreation {
    /// It is there, with this id.
    Created(i64),
    /// The payer, or the platform, has one with this name.
    NameTaken,
    /// There is one with this subject.
    SubjectTaken,
}

/// Somebody who may ask for something. It is disabled rather than deleted: the record names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Its number, which no other principal gets.
    pub id: i64,
    /// The payer that it belongs to; none if it is one of the platform.
    pub payer: Option<String>,
    /// Its name, unique in its payer, or among those of the platform.
    pub name: String,
    /// What the issuer of signed tokens calls it, unique among all principals.
    pub subject: Option<String>,
    /// Its roles, by name, in the order in which they were given.
    pub roles: Vec<String>,
    /// When it was created, in milliseconds since 1970-01-01T00:00:00Z.
    pub created_at_ms: i64,
    /// Since when it may not ask for anything, if so.
    pub disabled_at_ms: Option<i64>,
}

/// What became of a change to a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrincipalChange {
    /// It is as it was to be, whether or not it was so before.
    Changed,
    /// There is no principal with this id.
    NoSuchPrincipal,
    /// Another principal has this subject.
    SubjectTaken,
}

/// Whose principals are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrincipalsOf<'a> {
    /// All of them.
    Everyone,
    /// Those of the platform.
    Platform,
    /// Those of this payer.
    Payer(&'a str),
}

/// A role that a payer has made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Whose it is.
    pub payer: String,
    /// Its name, unique in its payer.
    pub name: String,
    /// The access restrictions that it grants.
    pub restrictions: BTreeSet<String>,
}

/// A token to be created. What is kept of its secret is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct NewToken {
    /// Tells it from every other token, and is no secret.
    pub id: String,
    /// The principal that it stands for.
    pub principal: i64,
    /// The digest of its secret.
    pub digest: [u8; 32],
    /// When it ends, in milliseconds since 1970-01-01T00:00:00Z; never if absent.
    pub expires_at_ms: Option<i64>,
}

impl fmt::Debug for NewToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NewToken")
            .field("id", &self.id)
            .field("principal", &self.principal)
            .field("expires_at_ms", &self.expires_at_ms)
            .finish_non_exhaustive()
    }
}

/// A token. It is revoked rather than deleted: the record names it. What is kept of its secret is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// Tells it from every other token, and is no secret.
    pub id: String,
    /// The principal that it stands for.
    pub principal: i64,
    /// The digest of its secret.
    pub digest: [u8; 32],
    /// When it was created, in milliseconds since 1970-01-01T00:00:00Z.
    pub created_at_ms: i64,
    /// When it ends; never if absent.
    pub expires_at_ms: Option<i64>,
    /// When it was revoked, if it was.
    pub revoked_at_ms: Option<i64>,
    /// When it was used last, as far as that was noted; none if it never was.
    pub last_used_at_ms: Option<i64>,
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Token")
            .field("id", &self.id)
            .field("principal", &self.principal)
            .field("created_at_ms", &self.created_at_ms)
            .field("expires_at_ms", &self.expires_at_ms)
            .field("revoked_at_ms", &self.revoked_at_ms)
            .field("last_used_at_ms", &self.last_used_at_ms)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{NewToken, Token};

    #[test]
    fn what_is_kept_of_a_secret_is_not_printed() {
        let digest = [217; 32];
        let new = NewToken {
            id: "0123456789abcdef".to_owned(),
            principal: 7,
            digest,
            expires_at_ms: None,
        };
        let token = Token {
            id: new.id.clone(),
            principal: 7,
            digest,
            created_at_ms: 1,
            expires_at_ms: None,
            revoked_at_ms: None,
            last_used_at_ms: None,
        };
        for printed in [
            format!("{new:?}"),
            format!("{new:#?}"),
            format!("{token:?}"),
            format!("{token:#?}"),
        ] {
            assert!(printed.contains("0123456789abcdef"), "{printed}");
            assert!(!printed.contains("217") && !printed.contains("digest"), "{printed}");
        }
    }
}
