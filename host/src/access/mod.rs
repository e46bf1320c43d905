//! Who may do what: principals, what they prove themselves with, and the restrictions that they hold.
//!
//! A request comes with a token of ours or with what an issuer vouches for (`authentication`), which leads to a
//! [`Principal`]; its roles (`role`) come to [`Rights`], and an operation asks those. What is done to any of it
//! (`management`), and every attempt that is refused, is in the audit log (`audit`).

mod audit;
mod authentication;
mod jwt;
mod management;
mod principal;
pub mod rights;
mod role;
mod submitter;
mod token;

pub use audit::{AuditFilter, AuditPage, AuditPosition};
pub(crate) use audit::{Refusals, RefusedAttempt, audited, read_audit};
pub(crate) use authentication::{Authentication, Session, keep_token_uses};
pub use jwt::{JwtIssuer, JwtKeys, JwtSettings};
pub use management::{Access, CreatedToken, PrincipalUpdate};
pub(crate) use management::{COMMAND_LINE, FIRST_START};
pub use principal::Principal;
pub use rights::Rights;
pub use role::{ADMINISTRATOR, BUILT_IN_ROLES, BuiltInRole, PLATFORM_ADMINISTRATOR};
