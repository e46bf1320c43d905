//! Access and the audit log on SQLite, as the rest of Reprise asks for them.

use super::write::SqliteWrite;
use super::{Sqlite, audit, counter, principals, roles, tokens};
use crate::{
    AccessStore, AccessWriting, AuditEntry, AuditQuery, HistoryEntry, NewAuditEntry, NewPrincipal, NewToken, Principal,
    PrincipalChange, PrincipalCreation, PrincipalsOf, Role, StoreError, Token, WriteOutcome,
};

impl AccessStore for Sqlite {
    fn access_sequence(&self) -> Result<u64, StoreError> {
        self.read(|connection| counter(connection, "access"))
    }

    fn principal(&self, id: i64) -> Result<Option<Principal>, StoreError> {
        self.read(|connection| principals::by_id(connection, id))
    }

    fn principal_by_name(&self, payer: Option<&str>, name: &str) -> Result<Option<Principal>, StoreError> {
        self.read(|connection| principals::by_name(connection, payer, name))
    }

    fn principal_by_subject(&self, subject: &str) -> Result<Option<Principal>, StoreError> {
        self.read(|connection| principals::by_subject(connection, subject))
    }

    fn principals(&self, of: PrincipalsOf<'_>) -> Result<Vec<Principal>, StoreError> {
        self.read(|connection| principals::all(connection, of))
    }

    fn roles(&self, payer: &str) -> Result<Vec<Role>, StoreError> {
        self.read(|connection| roles::of_payer(connection, payer))
    }

    fn token(&self, id: &str) -> Result<Option<Token>, StoreError> {
        self.read(|connection| tokens::by_id(connection, id))
    }

    fn tokens(&self, principal: i64) -> Result<Vec<Token>, StoreError> {
        self.read(|connection| tokens::of_principal(connection, principal))
    }

    fn audit_entries(&self, query: &AuditQuery<'_>) -> Result<Vec<AuditEntry>, StoreError> {
        self.read(|connection| audit::entries(connection, query))
    }

    fn claim_audit(&self, query: &AuditQuery<'_>) -> Result<Vec<(i64, String, HistoryEntry)>, StoreError> {
        self.read(|connection| audit::of_claims(connection, query))
    }
}

impl AccessWriting for SqliteWrite<'_> {
    fn create_payer(&mut self, payer: &str) -> Result<bool, StoreError> {
        self.attempt(|connection, raised| principals::create_payer(connection, raised, payer))
    }

    fn create_principal(&mut self, principal: &NewPrincipal) -> Result<PrincipalCreation, StoreError> {
        self.attempt(|connection, raised| principals::create(connection, raised, principal))
    }

    fn set_principal_roles(&mut self, principal: i64, roles: &[String]) -> Result<bool, StoreError> {
        self.attempt(|connection, raised| principals::set_roles(connection, raised, principal, roles))
    }

    fn set_principal_subject(&mut self, principal: i64, subject: Option<&str>) -> Result<PrincipalChange, StoreError> {
        self.attempt(|connection, raised| principals::set_subject(connection, raised, principal, subject))
    }

    fn set_principal_disabled(&mut self, principal: i64, disabled: bool) -> Result<bool, StoreError> {
        self.attempt(|connection, raised| principals::set_disabled(connection, raised, principal, disabled))
    }

    fn write_role(&mut self, role: &Role) -> Result<WriteOutcome, StoreError> {
        self.attempt(|connection, raised| roles::write(connection, raised, role))
    }

    fn delete_role(&mut self, payer: &str, name: &str) -> Result<bool, StoreError> {
        self.attempt(|connection, raised| roles::delete(connection, raised, payer, name))
    }

    fn create_token(&mut self, token: &NewToken) -> Result<(), StoreError> {
        self.attempt(|connection, raised| tokens::create(connection, raised, token))
    }

    fn revoke_token(&mut self, token: &str) -> Result<bool, StoreError> {
        self.attempt(|connection, raised| tokens::revoke(connection, raised, token))
    }

    fn note_token_use(&mut self, uses: &[(String, i64)]) -> Result<(), StoreError> {
        self.attempt(|connection, _| tokens::note_use(connection, uses))
    }

    fn append_audit(&mut self, entries: &[NewAuditEntry]) -> Result<(), StoreError> {
        self.attempt(|connection, raised| audit::append(connection, raised, entries))
    }
}
