//! A process that serves has the platform decide by what it is started with: its components are stored, so that what
//! they decide can be told apart, and gone back to, after the program was replaced.

use reprise_engine::{ClaimStatusComponent, CriteriaComponent};
use reprise_store::{
    ActivationKind, Generation, InstallationState, NewActivation, NewComponent, NewGeneration, NewInstallation,
    RuleKind, Store,
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
        let active = store.active_generation(None)?;
        let wanted = Wanted::of(store, provided, active.as_ref())?;
        if wanted.is_in_force(active.as_ref()) {
            if provided.is_named() && active.as_ref().is_some_and(|active| active.user != REPRISE) {
                tracing::warn!(
                    "the platform's rules were activated since; those that this server was told of decide nothing: \
                     `reprise rules activate` has them decide"
                );
            }
            self.inner.rules.end_trial();
            return self.follow_rules();
        }
        let reason = if provided.is_named() {
            NAMED.to_owned()
        } else {
            format!("brought along by reprise {}", env!("CARGO_PKG_VERSION"))
        };
        store.write(|transaction| {
            for component in provided.stored() {
                let digest = component.digest.clone();
                if digest != wanted.criteria && digest != wanted.claim_status {
                    continue;
                }
                transaction.store_component(&component)?;
                transaction.install_component(&NewInstallation {
                    payer: None,
                    digest,
                    installed_by: REPRISE.to_owned(),
                })?;
            }
            for (before, now) in wanted.replaced(active.as_ref()) {
                if let Some(before) = before.filter(|before| before != now) {
                    let from = [InstallationState::Active];
                    transaction.set_installation_state(None, &before, &from, InstallationState::Draining, None)?;
                }
                let from = InstallationState::ALL;
                transaction.set_installation_state(None, now, from, InstallationState::Active, None)?;
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
                "generation": generation, "criteria": wanted.criteria, "claimStatus": wanted.claim_status,
                "reason": reason,
            });
            transaction.append_audit(&[audited(
                None,
                REPRISE,
                "activate_rules",
                format!("generation {generation}"),
                &details,
            )])
        })?;
        self.inner.rules.end_trial();
        self.follow_rules()
    }
}

/// What the platform is to decide by, by digest.
struct Wanted {
    criteria: String,
    claim_status: String,
}

impl Wanted {
    /// What somebody has activated stays until somebody activates something else. What this program has activated by itself
    /// is replaced by what it is started with now; but a program that was started again, while a newer one serves the same
    /// database, does not bring back what it brought along before.
    fn of(store: &dyn Store, provided: &Rules, active: Option<&Generation>) -> Result<Self, HostError> {
        let (criteria, claim_status) = (
            provided.criteria.digest().to_string(),
            provided.claim_status.digest().to_string(),
        );
        let now = Self { criteria, claim_status };
        let Some(before) = active.and_then(Self::in_force) else {
            return Ok(now);
        };
        if active.is_some_and(|active| active.user != REPRISE) {
            return Ok(before);
        }
        if provided.is_named() || active.is_some_and(|active| active.reason == NAMED) {
            return Ok(now);
        }
        let newest = |now: String, before: String| {
            let is_known = store.installation(None, &now)?.is_some();
            Ok::<_, HostError>(if is_known { before } else { now })
        };
        Ok(Self {
            criteria: newest(now.criteria, before.criteria)?,
            claim_status: newest(now.claim_status, before.claim_status)?,
        })
    }

    /// What decides now; none if that is not of both kinds.
    fn in_force(active: &Generation) -> Option<Self> {
        Some(Self {
            criteria: active.criteria.clone()?,
            claim_status: active.claim_status.clone()?,
        })
    }

    fn is_in_force(&self, active: Option<&Generation>) -> bool {
        active.is_some_and(|active| {
            active.criteria.as_ref() == Some(&self.criteria) && active.claim_status.as_ref() == Some(&self.claim_status)
        })
    }

    /// What decided and what is to, of each kind.
    fn replaced(&self, active: Option<&Generation>) -> [(Option<String>, &str); 2] {
        [
            (active.and_then(|active| active.criteria.clone()), &self.criteria),
            (
                active.and_then(|active| active.claim_status.clone()),
                &self.claim_status,
            ),
        ]
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
