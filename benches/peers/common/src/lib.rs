//! What is asked of Reprise and of its peers: the same claims as integer tables, the same questions as conditions on
//! them, and what both pages say of the machine and of times.

pub mod claims;
pub mod machine;
pub mod membership;
pub mod population;
pub mod question;
pub mod table;
pub mod times;
