//! Who may do what: principals, what they prove themselves with, and the restrictions that they hold.

pub mod rights;

pub use rights::Rights;
