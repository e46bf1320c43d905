//! Rule components as they are managed: installed, signed, activated, rolled back.

mod management;
mod signing;

pub use management::{
    Activated, ActivatedNames, ActivationRequest, Inspected, Installed, InstalledComponent, KeptSignature,
    NamedComponent, PolicyChange, RulesManagement, SignatureStanding, TrustRequest,
};
pub use signing::{Manifest, PublicKey, SignatureDocument, SigningKey, SigningKeyError};
