//! Rules: which components decide for whom, from when on, and what becomes of those that fail.
//!
//! What decides is a **generation**: a criteria component, a claim-status component, or both, activated together. A payer
//! without a generation of its own, or whose generation has one kind only, is decided for by the platform's. The store
//! says which generations are in force; [`registry`] follows it and has their components at hand, so that another
//! generation decides from one request to the next. Whoever decides asks [`Host::rules_of`](crate::Host) once for all
//! that it decides, and so never decides one thing by halves of two generations.

mod faults;
mod following;
mod kind;
mod loaded;
mod management;
mod provided;
mod providing;
mod registry;
mod rule_set;
mod settings;
mod signing;
mod turns;

pub(crate) use faults::FaultNotes;
pub(crate) use following::{have_rules_at_hand, look_after_rules};
pub use management::{
    Activated, ActivatedNames, ActivationRequest, Inspected, Installed, InstalledComponent, KeptSignature,
    NamedComponent, PolicyChange, Reinstated, RulesManagement, SignatureStanding, TrustRequest,
};
pub use provided::Rules;
pub(crate) use registry::RuleRegistry;
pub(crate) use reprise_engine::AdmissionReport;
pub use rule_set::{ByRules, DecidedBy};
pub(crate) use rule_set::{Decider, RuleSet, RulesInHand};
pub use settings::RuleSettings;
pub use signing::{Manifest, PublicKey, SignatureDocument, SigningKey, SigningKeyError};
pub(crate) use turns::Turn;
