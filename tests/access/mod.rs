//! Who may do what: every operation against every kind of credentials, tokens and roles, and the audit log.
//!
//! [`rows`] has a row for each operation of the document, [`endpoints`] asks each of them as everybody, [`everything`] is
//! what must be as it was after somebody was refused. [`tokens`] and [`management`] show how access is managed, [`audit`]
//! what is kept of what was done, [`borders`] what nobody may have done through somebody else,
//! [`secrets`] that no secret is where it does not belong.

mod audit;
mod borders;
mod endpoints;
mod everything;
mod fixture;
mod management;
mod rows;
mod searching;
mod secrets;
mod tokens;

pub(crate) use everything::audit_after;
