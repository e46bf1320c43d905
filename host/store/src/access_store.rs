//! What a database does for access and for the audit log, in the words of the domain: a part of [`Store`] and of
//! [`WriteTransaction`].
//!
//! [`Store`]: crate::Store
//! [`WriteTransaction`]: crate::WriteTransaction

use crate::{
    AuditEntry, AuditQuery, HistoryEntry, NewAuditEntry, NewPrincipal, NewToken, Principal, PrincipalChange,
    PrincipalCreation, PrincipalsOf, Role, StoreError, Token, WriteOutcome,
};

/// Reads of who may ask for something, and of what was done.
pub trait AccessStore {
    /// The number of the last change to who may do what; 0 if there was none. Cheap.
    ///
    /// Raised by one with each transaction that creates a payer by name alone, or changes principals, roles or tokens; not
    /// by the use of a token. Numbers follow the order of commits.
    fn access_sequence(&self) -> Result<u64, StoreError>;

    /// The principal with this id.
    fn principal(&self, id: i64) -> Result<Option<Principal>, StoreError>;

    /// The principal with this name, of a payer, or of the platform if none is given.
    fn principal_by_name(&self, payer: Option<&str>, name: &str) -> Result<Option<Principal>, StoreError>;

    /// The principal with this subject.
    fn principal_by_subject(&self, subject: &str) -> Result<Option<Principal>, StoreError>;

    /// The principals, disabled ones included, by payer and name in byte order; those of the platform come first.
    fn principals(&self, of: PrincipalsOf<'_>) -> Result<Vec<Principal>, StoreError>;

    /// The roles that the payer has made, by name in byte order.
    fn roles(&self, payer: &str) -> Result<Vec<Role>, StoreError>;

    /// The token with this id, also if it has ended or was revoked.
    fn token(&self, id: &str) -> Result<Option<Token>, StoreError>;

    /// The tokens of a principal, those that have ended or were revoked included, by when they were created.
    fn tokens(&self, principal: i64) -> Result<Vec<Token>, StoreError>;

    /// The entries of the audit log that are asked for, by id. Once an entry is seen, none will appear with a lower id.
    fn audit_entries(&self, query: &AuditQuery<'_>) -> Result<Vec<AuditEntry>, StoreError>;

    /// The entries that are asked for of the histories of all claims, deleted ones included, by id; each with the id of
    /// its claim and the claim's code. The platform has none. The code is empty if the claim was deleted by a version of
    /// Reprise that did not keep it.
    ///
    /// Unless a claim is asked for this reads one history after the other from the first id on, all payers', until there
    /// are as many as are asked for: a ledger that takes thousands of entries a second has no index for questions that
    /// are seldom asked.
    fn claim_audit(&self, query: &AuditQuery<'_>) -> Result<Vec<(i64, String, HistoryEntry)>, StoreError>;
}

/// Writes of who may ask for something, and of what was done.
pub trait AccessWriting {
    /// Creates a payer that has nothing yet, and answers whether it is new.
    fn create_payer(&mut self, payer: &str) -> Result<bool, StoreError>;

    /// Creates a principal of the platform, or of a payer, which is added if new.
    fn create_principal(&mut self, principal: &NewPrincipal) -> Result<PrincipalCreation, StoreError>;

    /// Gives a principal these roles and no others, and answers whether there is one.
    fn set_principal_roles(&mut self, principal: i64, roles: &[String]) -> Result<bool, StoreError>;

    /// Has the issuer of signed tokens call a principal this, or nothing.
    fn set_principal_subject(&mut self, principal: i64, subject: Option<&str>) -> Result<PrincipalChange, StoreError>;

    /// Disables a principal, or enables it again, and answers whether there is one. Since when it is disabled stays as it
    /// is.
    fn set_principal_disabled(&mut self, principal: i64, disabled: bool) -> Result<bool, StoreError>;

    /// Writes a role of a payer, which is added if new, in the place of the one with its name, and answers what became of
    /// it.
    fn write_role(&mut self, role: &Role) -> Result<WriteOutcome, StoreError>;

    /// Deletes the payer's role, and answers whether there was one. Who has it keeps its name, which then grants nothing.
    fn delete_role(&mut self, payer: &str, name: &str) -> Result<bool, StoreError>;

    /// Creates a token. Its id must be new, and its principal there.
    fn create_token(&mut self, token: &NewToken) -> Result<(), StoreError>;

    /// Revokes a token, and answers whether there is one. When it was revoked first stays on record.
    fn revoke_token(&mut self, token: &str) -> Result<bool, StoreError>;

    /// Notes when tokens were used, by their ids: the last moment of each is kept. Of a token that is not there nothing is.
    fn note_token_use(&mut self, uses: &[(String, i64)]) -> Result<(), StoreError>;

    /// Adds to the audit log, in this order. A payer is added if new.
    fn append_audit(&mut self, entries: &[NewAuditEntry]) -> Result<(), StoreError>;
}
