//! Stories of `criteria`: the default component decides as a plain reading of the criteria does.
//!
//! [`plain`] is that reading: loops over claims and reference data as they are imported, with nothing of the rule
//! author's kit, of the line index or of the contract in it. The other stories hold it against what the product
//! decides: on populations and requests drawn at random ([`agreement`], [`stages`], [`changes`]), on a generated
//! population of several blocks ([`generated`]), and on the smallest claims that show one thing ([`each_criterion`],
//! [`memberships`], [`special_cases`], [`counting`]). [`any_diagnosis`] does the same for a component of one's own.
//!
//! `REPRISE_SOAK=1` draws far more; `REPRISE_SEED=N` draws others. A failure prints the population as lines that can be
//! imported and the request as a body that can be sent.

mod agreement;
mod any_diagnosis;
mod changes;
mod counting;
mod each_criterion;
mod generated;
mod memberships;
mod plain;
mod population;
mod requests;
mod scenario;
mod small;
mod special_cases;
mod stages;
mod world;
