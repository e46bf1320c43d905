//! Access and the audit log on PostgreSQL, as the rest of Reprise asks for them.

use super::write::PostgresWrite;
use super::{Postgres, audit, counter, principals, roles, tokens};
use crate::{
    AccessStore, AccessWriting, AuditEntry, AuditQuery, HistoryEntry, NewAuditEntry, NewPrincipal, NewToken, Principal,
    PrincipalChange, PrincipalCreation, PrincipalsOf, Role, StoreError, Token, WriteOutcome,
};

impl AccessStore for Postgres {
    fn access_sequence(&self) -> Result<u64, StoreError> {
        self.read(|session| counter(session, "access"))
    }

    fn principal(&self, id: i64) -> Result<Option<Principal>, StoreError> {
        self.read(|session| principals::by_id(session, id))
    }

    fn principal_by_name(&self, payer: Option<&str>, name: &str) -> Result<Option<Principal>, StoreError> {
        self.look_up(&[payer.unwrap_or_default(), name], |session| {
            principals::by_name(session, payer, name)
        })
    }

    fn principal_by_subject(&self, subject: &str) -> Result<Option<Principal>, StoreError> {
        self.look_up(&[subject], |session| principals::by_subject(session, subject))
    }

    fn principals(&self, of: PrincipalsOf<'_>) -> Result<Vec<Principal>, StoreError> {
        let payer = match of {
            PrincipalsOf::Payer(payer) => payer,
            PrincipalsOf::Everyone | PrincipalsOf::Platform => "",
        };
        self.look_up(&[payer], |session| principals::all(session, of))
    }

    fn roles(&self, payer: &str) -> Result<Vec<Role>, StoreError> {
        self.look_up(&[payer], |session| roles::of_payer(session, payer))
    }

    fn token(&self, id: &str) -> Result<Option<Token>, StoreError> {
        self.look_up(&[id], |session| tokens::by_id(session, id))
    }

    fn tokens(&self, principal: i64) -> Result<Vec<Token>, StoreError> {
        self.read(|session| tokens::of_principal(session, principal))
    }

    fn audit_entries(&self, query: &AuditQuery<'_>) -> Result<Vec<AuditEntry>, StoreError> {
        self.look_up(&texts(query), |session| audit::entries(session, query))
    }

    fn claim_audit(&self, query: &AuditQuery<'_>) -> Result<Vec<(i64, String, HistoryEntry)>, StoreError> {
        self.look_up(&texts(query), |session| audit::of_claims(session, query))
    }
}

/// The texts that entries are looked up by.
fn texts<'a>(query: &AuditQuery<'a>) -> [&'a str; 3] {
    [query.payer.payer(), query.user, query.operation].map(Option::unwrap_or_default)
}

impl AccessWriting for PostgresWrite<'_> {
    fn create_payer(&mut self, payer: &str) -> Result<bool, StoreError> {
        self.attempt(|session, raised| principals::create_payer(session, raised, payer))
    }

    fn create_principal(&mut self, principal: &NewPrincipal) -> Result<PrincipalCreation, StoreError> {
        self.attempt(|session, raised| principals::create(session, raised, principal))
    }

    fn set_principal_roles(&mut self, principal: i64, roles: &[String]) -> Result<bool, StoreError> {
        self.attempt(|session, raised| principals::set_roles(session, raised, principal, roles))
    }

    fn set_principal_subject(&mut self, principal: i64, subject: Option<&str>) -> Result<PrincipalChange, StoreError> {
        self.attempt(|session, raised| principals::set_subject(session, raised, principal, subject))
    }

    fn set_principal_disabled(&mut self, principal: i64, disabled: bool) -> Result<bool, StoreError> {
        self.attempt(|session, raised| principals::set_disabled(session, raised, principal, disabled))
    }

    fn write_role(&mut self, role: &Role) -> Result<WriteOutcome, StoreError> {
        self.attempt(|session, raised| roles::write(session, raised, role))
    }

    fn delete_role(&mut self, payer: &str, name: &str) -> Result<bool, StoreError> {
        self.attempt(|session, raised| roles::delete(session, raised, payer, name))
    }

    fn create_token(&mut self, token: &NewToken) -> Result<(), StoreError> {
        self.attempt(|session, raised| tokens::create(session, raised, token))
    }

    fn revoke_token(&mut self, token: &str) -> Result<bool, StoreError> {
        self.attempt(|session, raised| tokens::revoke(session, raised, token))
    }

    fn note_token_use(&mut self, uses: &[(String, i64)]) -> Result<(), StoreError> {
        self.attempt(|session, _| tokens::note_use(session, uses))
    }

    fn append_audit(&mut self, entries: &[NewAuditEntry]) -> Result<(), StoreError> {
        self.attempt(|session, raised| audit::append(session, raised, entries))
    }
}
