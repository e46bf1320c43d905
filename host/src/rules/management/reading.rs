//! What is known of rules: what is installed, what decided when, who has signed what.

use reprise_engine::Digest;
use reprise_store::{Activation, ComponentSignature, Generation, Installation, RuleFault, RulesOf, StoredComponent};

use super::RulesManagement;
use super::naming::{Found, NamedComponent};
use super::trusting::{SignatureStanding, Trust};
use crate::HostError;
use crate::rules::signing::SignatureDocument;

/// How many generations and faults are shown of a component.
const SHOWN_MAX: usize = 20;
/// How many generations are read at once.
const PAGE: u32 = 1_000;

/// A component that is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledComponent {
    /// What it is.
    pub component: StoredComponent,
    /// Where it stands, and for whom.
    pub installation: Installation,
    /// The ids of the keys that have signed it and count now.
    pub signed_by: Vec<String>,
}

/// A signature under a component, and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSignature {
    /// The signature.
    pub signature: ComponentSignature,
    /// How it stands now.
    pub standing: SignatureStanding,
    /// Why it is not good, if it is not.
    pub reason: Option<String>,
}

/// All that is known of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspected {
    /// What it is, and where it stands.
    pub installed: InstalledComponent,
    /// The signatures under it.
    pub signatures: Vec<KeptSignature>,
    /// The last generations that it is a part of, the last one first.
    pub generations: Vec<Generation>,
    /// How it has faulted lately, the last time first.
    pub faults: Vec<RuleFault>,
    /// How much machine code of it is loaded here, if it is.
    pub machine_code_bytes: Option<u64>,
}

impl RulesManagement<'_> {
    /// What is installed for whose rules these are, by when it was.
    pub fn list(&self) -> Result<Vec<InstalledComponent>, HostError> {
        self.listed(self.own())
    }

    /// What is installed for the platform, which a payer may activate, too.
    pub fn list_of_platform(&self) -> Result<Vec<InstalledComponent>, HostError> {
        self.listed(RulesOf::Platform)
    }

    fn listed(&self, of: RulesOf<'_>) -> Result<Vec<InstalledComponent>, HostError> {
        let trust = self.trust()?;
        let found = self.found_of(of)?;
        found
            .into_iter()
            .map(|found| self.with_signers(found, &trust))
            .collect()
    }

    fn with_signers(&self, found: Found, trust: &Trust) -> Result<InstalledComponent, HostError> {
        let mut signed_by = Vec::new();
        for kept in self.judged(&found.component.digest, trust)? {
            let id = kept.signature.key_id;
            if kept.standing == SignatureStanding::Good && !signed_by.contains(&id) {
                signed_by.push(id);
            }
        }
        Ok(InstalledComponent {
            component: found.component,
            installation: found.installation,
            signed_by,
        })
    }

    fn judged(&self, digest: &str, trust: &Trust) -> Result<Vec<KeptSignature>, HostError> {
        let corrupt =
            |reason: String| HostError::Technical(format!("a signature under `{digest}` is kept, but {reason}"));
        let known = digest
            .parse::<Digest>()
            .map_err(|error| HostError::Technical(error.to_string()))?;
        let kept = self.kept_signatures(digest)?.into_iter().map(|signature| {
            let document = SignatureDocument::of_kept(&signature).map_err(corrupt)?;
            let (standing, reason) = trust.judge(known, &document);
            Ok(KeptSignature {
                signature,
                standing,
                reason: Some(reason).filter(|reason| !reason.is_empty()),
            })
        });
        kept.collect()
    }

    /// All that is known of the component that is meant by a name.
    pub fn inspect(&self, named: &NamedComponent) -> Result<Inspected, HostError> {
        let all = self.all_found()?;
        let found = self.meant(&all, named)?.clone();
        let digest = found.component.digest.clone();
        let trust = self.trust()?;
        let faults = match self.payer {
            Some(payer) => {
                let shown_max = u32::try_from(SHOWN_MAX).unwrap_or(u32::MAX);
                self.store.last_faults(payer, &digest, shown_max)?
            }
            // Faults are those of a payer's decisions.
            None => Vec::new(),
        };
        Ok(Inspected {
            signatures: self.judged(&digest, &trust)?,
            generations: self.generations_of(&digest)?,
            faults,
            machine_code_bytes: self.here.machine_code_bytes(&digest),
            installed: self.with_signers(found, &trust)?,
        })
    }

    /// The last generations that a component is a part of.
    fn generations_of(&self, digest: &str) -> Result<Vec<Generation>, HostError> {
        let mut found = Vec::new();
        let mut before = None;
        loop {
            let page = self.store.generations(self.payer, before, PAGE)?;
            let is_last = page.len() < PAGE as usize;
            before = page.last().map(|generation| generation.number);
            let names_it = |generation: &Generation| {
                [&generation.criteria, &generation.claim_status]
                    .into_iter()
                    .any(|held| held.as_deref() == Some(digest))
            };
            found.extend(page.into_iter().filter(names_it));
            if is_last || found.len() >= SHOWN_MAX {
                found.truncate(SHOWN_MAX);
                return Ok(found);
            }
        }
    }

    /// The generation that decides, if one does that is of one's own.
    pub fn active_generation(&self) -> Result<Option<Generation>, HostError> {
        Ok(self.store.active_generation(self.payer)?)
    }

    /// The generations with a lower number than this one, or the last ones, the last one first; at most so many.
    pub fn generations(&self, before: Option<i64>, limit: u32) -> Result<Vec<Generation>, HostError> {
        Ok(self.store.generations(self.payer, before, limit)?)
    }

    /// The activations with a lower id than this one, or the last ones, the last one first; at most so many.
    pub fn history(&self, before: Option<i64>, limit: u32) -> Result<Vec<Activation>, HostError> {
        Ok(self.store.activations(self.payer, before, limit)?)
    }
}
