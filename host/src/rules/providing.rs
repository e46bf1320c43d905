//! A process that serves has the platform decide by what it is started with: its components are stored, so that what
//! they decide can be told apart, and gone back to, after the program was replaced.

use reprise_engine::{ClaimStatusComponent, CriteriaComponent};
use reprise_store::{
    ActivationKind, Generation, InstallationState, NewActivation, NewComponent, NewGeneration, NewInstallation,
    RuleKind, RulesOf, Store, WriteTransaction,
};
use serde_json::json;

use super::provided::{Provided, Rules};
use crate::access::audited;
use crate::{Host, HostError};

/// Who is kept as having done what nobody asked for.
pub(crate) const REPRISE: &str = "reprise";

/// Why the platform decides by components that this process was told of.
const NAMED: &str = "named when the server was started";

/// The version of the contract that components are made for.
const CONTRACT: &str = "0.1.0";

impl Host {
    /// From now on the database says what decides. What this process is started with becomes the platform's, unless
    /// somebody has chosen for the platform.
    pub(crate) fn provide_rules(&self) -> Result<(), HostError> {
        let provided = self.inner.rules.provided();
        let store = self.inner.store.as_ref();
        // Most often there is nothing to do, and no need to wait for whoever is writing.
        if !matches!(Wanted::of(store, provided)?, Wanted::Nothing { .. }) {
            self.write_provided(store, provided)?;
        }
        if let Wanted::Nothing { is_overruled: true } = Wanted::of(store, provided)? {
            tracing::warn!(
                "the platform's rules were activated by somebody; those that this server was told of decide nothing: \
                 `reprise rules activate` has them decide"
            );
        }
        self.inner.rules.end_trial();
        self.follow_rules()
    }

    /// In one transaction, in which nobody else chooses.
    fn write_provided(&self, store: &dyn Store, provided: &Rules) -> Result<(), HostError> {
        let mut transaction = store.begin_write()?;
        let (wanted, is_active) = match Wanted::of(store, provided)? {
            Wanted::Nothing { .. } => return Ok(()),
            Wanted::Stored => (Pair::of(provided), false),
            Wanted::Active(pair) => (pair, true),
        };
        if is_active && provided.is_named() && store.rules_policy(None)?.require_signature {
            return Err(HostError::conflict(
                "the platform lets in signed components only, and what --rules and --claim-status-rules name is not signed; \
                 `reprise rules install` and `activate` take signatures",
            ));
        }
        for component in provided.stored() {
            let digest = component.digest.clone();
            if wanted.has(&digest) {
                transaction.store_component(&component)?;
                transaction.install_component(&NewInstallation {
                    payer: None,
                    digest: digest.clone(),
                    installed_by: REPRISE.to_owned(),
                })?;
                let received = [InstallationState::Received];
                transaction.set_installation_state(None, &digest, &received, InstallationState::Checked, None)?;
            }
        }
        if is_active {
            self.activate_provided(transaction.as_mut(), &wanted)?;
        }
        Ok(transaction.commit()?)
    }

    fn activate_provided(&self, transaction: &mut dyn WriteTransaction, wanted: &Pair) -> Result<(), HostError> {
        let store = self.inner.store.as_ref();
        let reason = if self.inner.rules.provided().is_named() {
            NAMED.to_owned()
        } else {
            format!("brought along by reprise {}", env!("CARGO_PKG_VERSION"))
        };
        for installation in store.installations(RulesOf::Platform)? {
            let (digest, active) = (&installation.digest, [InstallationState::Active]);
            if !wanted.has(digest) {
                transaction.set_installation_state(None, digest, &active, InstallationState::Draining, None)?;
            }
        }
        for digest in [&wanted.criteria, &wanted.claim_status] {
            let from = [
                InstallationState::Checked,
                InstallationState::Draining,
                InstallationState::Retired,
                // It is put through every step whenever it is named.
                InstallationState::Refused,
            ];
            transaction.set_installation_state(None, digest, &from, InstallationState::Active, None)?;
        }
        let generation = transaction.create_generation(&NewGeneration {
            payer: None,
            criteria: Some(wanted.criteria.clone()),
            claim_status: Some(wanted.claim_status.clone()),
            user: REPRISE.to_owned(),
            reason: reason.clone(),
        })?;
        transaction.append_activation(&NewActivation {
            payer: None,
            generation: Some(generation),
            kind: ActivationKind::Activate,
            user: REPRISE.to_owned(),
            reason: reason.clone(),
        })?;
        let details = json!({
            "criteria": wanted.criteria, "claimStatus": wanted.claim_status, "reason": reason,
        });
        let object = format!("generation {generation}");
        Ok(transaction.append_audit(&[audited(None, REPRISE, "activate_rules", object, &details)])?)
    }
}

/// What is to be done about what a process is started with.
enum Wanted {
    /// Nothing: it is in force, or somebody has chosen something else.
    Nothing {
        /// Whether what was named on the command line decides nothing.
        is_overruled: bool,
    },
    /// It is stored, because it decides where what somebody has chosen is of one kind only.
    Stored,
    /// These decide for the platform.
    Active(Pair),
}

/// A component of each kind, by digest.
#[derive(PartialEq, Eq)]
struct Pair {
    criteria: String,
    claim_status: String,
}

impl Pair {
    fn of(provided: &Rules) -> Self {
        Self {
            criteria: provided.criteria.digest().to_string(),
            claim_status: provided.claim_status.digest().to_string(),
        }
    }

    /// What decides now; none if that is not of both kinds.
    fn in_force(active: &Generation) -> Option<Self> {
        Some(Self {
            criteria: active.criteria.clone()?,
            claim_status: active.claim_status.clone()?,
        })
    }

    fn has(&self, digest: &str) -> bool {
        self.criteria == digest || self.claim_status == digest
    }
}

impl Wanted {
    /// What somebody has activated, or gone back to, stays until somebody activates something else. What this program has
    /// activated by itself is replaced by what it is started with now; but a program that was started again, while a newer
    /// one serves the same database, does not bring back what it brought along before.
    fn of(store: &dyn Store, provided: &Rules) -> Result<Self, HostError> {
        let now = Pair::of(provided);
        let is_known = |digest: &str| Ok::<_, HostError>(store.installation(None, digest)?.is_some());
        let Some(last) = store.activations(None, None, 1)?.pop() else {
            return Ok(Self::Active(now));
        };
        let active = store.active_generation(None)?;
        let before = active.as_ref().and_then(Pair::in_force);
        if last.user != REPRISE {
            // Of the kind that was not chosen, what this process is started with decides; so it is kept.
            return Ok(match before {
                None if !is_known(&now.criteria)? || !is_known(&now.claim_status)? => Self::Stored,
                before => Self::Nothing {
                    is_overruled: provided.is_named() && before != Some(now),
                },
            });
        }
        let Some(before) = before else {
            return Ok(Self::Active(now));
        };
        if before == now {
            return Ok(Self::Nothing { is_overruled: false });
        }
        if provided.is_named() || last.reason == NAMED {
            return Ok(Self::Active(now));
        }
        let newest = Pair {
            criteria: if is_known(&now.criteria)? {
                before.criteria.clone()
            } else {
                now.criteria
            },
            claim_status: if is_known(&now.claim_status)? {
                before.claim_status.clone()
            } else {
                now.claim_status
            },
        };
        Ok(if newest == before {
            Self::Nothing { is_overruled: false }
        } else {
            Self::Active(newest)
        })
    }
}

impl Rules {
    /// The components as they are stored.
    fn stored(&self) -> [NewComponent; 2] {
        [self.criteria.stored(), self.claim_status.stored()]
    }
}

impl Provided<CriteriaComponent> {
    fn stored(&self) -> NewComponent {
        let description = self.component.description();
        NewComponent {
            digest: self.component.digest().to_string(),
            kind: RuleKind::Criteria,
            name: description.name.clone(),
            version: description.version.clone(),
            contract: CONTRACT.to_owned(),
            bytes: self.bytes.to_vec(),
        }
    }
}

impl Provided<ClaimStatusComponent> {
    fn stored(&self) -> NewComponent {
        let description = self.component.description();
        NewComponent {
            digest: self.component.digest().to_string(),
            kind: RuleKind::ClaimStatus,
            name: description.name.clone(),
            version: description.version.clone(),
            contract: CONTRACT.to_owned(),
            bytes: self.bytes.to_vec(),
        }
    }
}
