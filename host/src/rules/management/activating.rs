//! What decides: a generation is activated, what decided before decides again, or nothing of a payer's own does.
//!
//! What is to decide is settled twice by the same function: before anybody is held up, so that a refusal is quick and what
//! is activated is loaded already; and in the transaction, where nobody else can write.

use std::time::Duration;

use reprise_engine::Digest;
use reprise_store::{
    ActivationKind, Generation, Installation, InstallationState, NewActivation, NewGeneration, NewInstallation,
    RuleKind, WriteTransaction,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::naming::{Found, NamedComponent};
use super::trusting::{SignatureStanding, Trust};
use super::{RulesManagement, bad_value, check_words};
use crate::once::{keep, kept_answer};
use crate::{Done, HostError, Once};

/// The states of a component that may decide.
const LET_IN: [InstallationState; 4] = [
    InstallationState::Checked,
    InstallationState::Active,
    InstallationState::Draining,
    InstallationState::Retired,
];

/// How and why something is to decide from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActivationRequest<'a> {
    /// Why, in words; it is kept.
    pub reason: &'a str,
    /// How long is waited for every live host to decide by it.
    pub wait_max: Duration,
    /// Under which key it is asked, if under one.
    pub once: Option<&'a Once>,
}

/// What is to be activated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActivatedNames {
    /// Components, of each kind at most one. What decides now of the other kind goes on.
    pub components: Vec<NamedComponent>,
    /// The kinds that are left to the platform's default.
    pub defaults: Vec<RuleKind>,
}

/// What decides from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Activated {
    /// The generation; none if the platform's default decides.
    pub generation: Option<i64>,
    /// The entry's id in the record of activations.
    pub entry: i64,
    /// The component that matches criteria, by its digest; where there is none, the platform's default does.
    pub criteria: Option<String>,
    /// The component that decides on claim status, by its digest; where there is none, the platform's default does.
    pub claim_status: Option<String>,
    /// The hosts that are alive and do not decide by it yet, by name.
    #[serde(skip)]
    pub hosts_missing: Vec<String>,
}

/// What is to decide.
pub(super) enum Choice {
    /// These together, as a generation that is new.
    New {
        criteria: Option<String>,
        claim_status: Option<String>,
    },
    /// A generation that is there.
    Generation(Generation),
    /// The platform's default.
    Default,
}

impl Choice {
    /// The components of it, by digest.
    pub(super) fn digests(&self) -> Vec<&str> {
        let (criteria, claim_status) = match self {
            Self::New { criteria, claim_status } => (criteria, claim_status),
            Self::Generation(generation) => (&generation.criteria, &generation.claim_status),
            Self::Default => return Vec::new(),
        };
        criteria.iter().chain(claim_status).map(String::as_str).collect()
    }
}

impl RulesManagement<'_> {
    /// Has these components decide together from now on.
    pub fn activate(
        &self,
        names: &ActivatedNames,
        request: ActivationRequest<'_>,
    ) -> Result<Done<Activated>, HostError> {
        self.decide(ActivationKind::Activate, request, || self.chosen(names))
    }

    /// Has the platform's default decide for a payer from now on.
    pub fn deactivate(&self, request: ActivationRequest<'_>) -> Result<Done<Activated>, HostError> {
        self.decide(ActivationKind::Deactivate, request, || {
            if self.payer.is_none() {
                return Err(HostError::conflict(
                    "the platform's rules are the default of every payer, so they cannot be deactivated; activate others, \
                     or roll back",
                ));
            }
            match self.store.active_generation(self.payer)? {
                Some(_) => Ok(Choice::Default),
                None => Err(HostError::conflict(&format!(
                    "{} has no rules of its own that decide; the platform's default does already",
                    self.whose()
                ))),
            }
        })
    }

    /// Has decide again what decided before what decides now was activated, or a certain generation.
    pub fn roll_back(&self, to: Option<i64>, request: ActivationRequest<'_>) -> Result<Done<Activated>, HostError> {
        self.decide(ActivationKind::Rollback, request, || self.gone_back_to(to))
    }

    pub(super) fn decide(
        &self,
        kind: ActivationKind,
        request: ActivationRequest<'_>,
        choose: impl Fn() -> Result<Choice, HostError>,
    ) -> Result<Done<Activated>, HostError> {
        let operation = match kind {
            ActivationKind::Activate => "activate_rules",
            ActivationKind::Deactivate => "deactivate_rules",
            ActivationKind::Rollback => "roll_back_rules",
            ActivationKind::Quarantine => "return_rules",
        };
        if let Some(done) = kept_answer(self.store, request.once)? {
            return self.with_hosts(done, request.wait_max);
        }
        let decided = self.decide_now(kind, operation, request, choose);
        // What refuses this request may be what it has done itself when it came first, just now.
        let decided = match decided {
            Err(refusal) => kept_answer(self.store, request.once)?.ok_or(refusal),
            done => done,
        };
        let done = self.noting_refusal(operation, "rules", decided)?;
        self.with_hosts(done, request.wait_max)
    }

    fn with_hosts(&self, mut done: Done<Activated>, wait_max: Duration) -> Result<Done<Activated>, HostError> {
        // It is in force, whatever else is known.
        done.answer.hosts_missing = self.wait_for_hosts(wait_max).unwrap_or_else(|error| {
            tracing::warn!(%error, "which hosts follow cannot be read");
            vec!["(the database does not say)".to_owned()]
        });
        Ok(done)
    }

    fn decide_now(
        &self,
        kind: ActivationKind,
        operation: &str,
        request: ActivationRequest<'_>,
        choose: impl Fn() -> Result<Choice, HostError>,
    ) -> Result<Done<Activated>, HostError> {
        check_words("the reason", request.reason)?;
        for digest in choose()?.digests() {
            self.here.prepare(self.store, digest)?;
        }
        let mut transaction = self.store.begin_write()?;
        if let Some(done) = kept_answer(self.store, request.once)? {
            return Ok(done);
        }
        let choice = choose()?;
        let (criteria, claim_status) = match &choice {
            Choice::New { criteria, claim_status } => (criteria.clone(), claim_status.clone()),
            Choice::Generation(generation) => (generation.criteria.clone(), generation.claim_status.clone()),
            Choice::Default => (None, None),
        };
        // That of the platform is the payer's own from now on, so that it stands for the payer where it stands.
        let digests = choice.digests();
        for digest in &digests {
            transaction.install_component(&NewInstallation {
                payer: self.payer.map(str::to_owned),
                digest: (*digest).to_owned(),
                installed_by: self.user.to_owned(),
            })?;
        }
        let generation = match &choice {
            Choice::New { .. } => Some(transaction.create_generation(&NewGeneration {
                payer: self.payer.map(str::to_owned),
                criteria: criteria.clone(),
                claim_status: claim_status.clone(),
                user: self.user.to_owned(),
                reason: request.reason.to_owned(),
            })?),
            Choice::Generation(generation) => Some(generation.number),
            Choice::Default => None,
        };
        let entry = transaction.append_activation(&NewActivation {
            payer: self.payer.map(str::to_owned),
            generation,
            kind,
            user: self.user.to_owned(),
            reason: request.reason.to_owned(),
        })?;
        self.move_states(transaction.as_mut(), &digests, generation)?;
        let activated = Activated {
            generation,
            entry,
            criteria,
            claim_status,
            hosts_missing: Vec::new(),
        };
        let details = json!({
            "entry": entry, "criteria": activated.criteria, "claimStatus": activated.claim_status,
            "reason": request.reason,
        });
        let object = generation.map_or_else(
            || "the platform's default rules".to_owned(),
            |number| format!("generation {number}"),
        );
        transaction.append_audit(&[self.entry(operation, object, &details)])?;
        keep(transaction.as_mut(), request.once, &activated)?;
        transaction.commit()?;
        self.here.follow();
        Ok(Done::now(activated))
    }

    /// What decides now is active; what does not any more drains.
    fn move_states(
        &self,
        transaction: &mut dyn WriteTransaction,
        deciding: &[&str],
        generation: Option<i64>,
    ) -> Result<(), HostError> {
        // One that the payer takes over from the platform just now is received.
        let from: Vec<_> = LET_IN.into_iter().chain([InstallationState::Received]).collect();
        let now = generation.map_or_else(
            || "the platform's default decides".to_owned(),
            |number| format!("generation {number} decides"),
        );
        for digest in deciding {
            transaction.set_installation_state(self.payer, digest, &from, InstallationState::Active, Some(&now))?;
        }
        for Installation { digest, .. } in self.store.installations(self.own())? {
            if !deciding.contains(&digest.as_str()) {
                transaction.set_installation_state(
                    self.payer,
                    &digest,
                    &[InstallationState::Active],
                    InstallationState::Draining,
                    Some(&now),
                )?;
            }
        }
        Ok(())
    }

    /// What these names come to, with what goes on deciding of what decides now.
    fn chosen(&self, names: &ActivatedNames) -> Result<Choice, HostError> {
        let all = self.all_found()?;
        let mut chosen: Vec<&Found> = Vec::new();
        for named in &names.components {
            let found = self.meant(&all, named)?;
            let kind = found.component.kind;
            if let Some(other) = chosen.iter().find(|other| other.component.kind == kind) {
                let reason = format!(
                    "`{}` and `{}` are both of kind {kind}; name one",
                    other.component.digest, found.component.digest
                );
                return Err(bad_value("the components", &reason));
            }
            if names.defaults.contains(&kind) {
                let reason = format!("`{named}` is of kind {kind}, and that is to be left to the platform's default");
                return Err(bad_value("the components", &reason));
            }
            chosen.push(found);
        }
        if self.payer.is_none() && !names.defaults.is_empty() {
            let reason = "the platform's rules are the default themselves; name a component";
            return Err(bad_value("the kinds", reason));
        }
        let active = self.store.active_generation(self.payer)?;
        let of_kind = |kind: RuleKind| {
            let named = chosen.iter().find(|found| found.component.kind == kind);
            let goes_on = || {
                let generation = active.as_ref().filter(|_| !names.defaults.contains(&kind))?;
                match kind {
                    RuleKind::Criteria => generation.criteria.clone(),
                    RuleKind::ClaimStatus => generation.claim_status.clone(),
                }
            };
            named.map_or_else(goes_on, |found| Some(found.component.digest.clone()))
        };
        let choice = Choice::New {
            criteria: of_kind(RuleKind::Criteria),
            claim_status: of_kind(RuleKind::ClaimStatus),
        };
        if choice.digests().is_empty() {
            let reason = "none is named, and nothing of one's own would decide; name one, or deactivate";
            return Err(bad_value("the components", reason));
        }
        self.check_let_in(&all, &choice, ActivationKind::Activate)?;
        Ok(choice)
    }

    /// What decided before what decides now was activated, or the generation with this number.
    fn gone_back_to(&self, to: Option<i64>) -> Result<Choice, HostError> {
        let before = self.decided_just_before()?;
        let number = match to {
            Some(number) => Some(number),
            None if self.payer.is_none() && before.is_at_first() => {
                return Err(HostError::conflict(
                    "the platform has no generation before the one that decides; name one with --to, or activate others",
                ));
            }
            None => before.previous().ok_or_else(|| {
                HostError::conflict(&format!(
                    "{} has nothing to go back from: the platform's default decides",
                    self.whose()
                ))
            })?,
        };
        let active = self.store.active_generation(self.payer)?.map(|active| active.number);
        if to.is_some() && active == number {
            let reason = format!("generation {} decides already", number.unwrap_or_default());
            return Err(HostError::conflict(&reason));
        }
        let Some(number) = number else {
            return Ok(Choice::Default);
        };
        let generation = self.store.generation(self.payer, number)?;
        let generation =
            generation.ok_or_else(|| HostError::not_found(&format!("generation {number} of {}", self.whose())))?;
        let choice = Choice::Generation(generation);
        self.check_let_in(&self.all_found()?, &choice, ActivationKind::Rollback)?;
        Ok(choice)
    }

    /// That all components of a choice may decide, as of now; if not, why not.
    pub(super) fn check_let_in(&self, all: &[Found], choice: &Choice, kind: ActivationKind) -> Result<(), HostError> {
        let trust = self.trust()?;
        for digest in choice.digests() {
            let found = all.iter().find(|found| found.component.digest == *digest);
            let found = found.ok_or_else(|| {
                HostError::not_found(&format!("component `{digest}` that is installed for {}", self.whose()))
            })?;
            let name = format!(
                "component `{digest}` ({}@{})",
                found.component.name, found.component.version
            );
            // What the platform keeps from deciding decides for nobody.
            let of_platform = self.store.installation(None, digest)?;
            let of_platform = of_platform.filter(|held| held.state == InstallationState::Quarantined);
            let Installation { state, reason, .. } = of_platform.as_ref().unwrap_or(&found.installation);
            if !LET_IN.contains(state) {
                let because = reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
                let instead = match (state, kind) {
                    (InstallationState::Received, _) => "install it again, so that it is checked",
                    (_, ActivationKind::Activate) => "name another in its place",
                    _ => "name another generation with --to, or activate another component",
                };
                let sentence = format!("{name} is {state} and cannot decide{because}; {instead}");
                return Err(HostError::conflict(&sentence));
            }
            self.check_signed(&trust, digest, kind)
                .map_err(|reason| HostError::conflict(&format!("{name} cannot decide: {reason}")))?;
        }
        Ok(())
    }

    /// That a component is still signed as it has to be. Whoever goes back to what has decided before is not kept from it
    /// by a day that has passed, or by a signature that was not asked for then; but by a key that was revoked.
    fn check_signed(&self, trust: &Trust, digest: &str, kind: ActivationKind) -> Result<(), String> {
        if !trust.required {
            return Ok(());
        }
        let digest = digest.parse::<Digest>().map_err(|error| error.to_string())?;
        let kept = self.kept_documents(digest).map_err(|error| error.to_string())?;
        let is_back = kind != ActivationKind::Activate;
        if is_back && kept.is_empty() {
            return Ok(());
        }
        let may_count = |document: &&_| match trust.judge(digest, document).0 {
            SignatureStanding::Good => true,
            SignatureStanding::Expired(_) | SignatureStanding::KeyExpired(_) => is_back,
            // One that was kept and does not fit counts for nothing.
            _ => false,
        };
        if kept.iter().any(|document| may_count(&document)) {
            return Ok(());
        }
        let reasons: Vec<_> = kept.iter().map(|document| trust.judge(digest, document).1).collect();
        match reasons.as_slice() {
            [] => trust.admit(digest, &[]).map(|_| ()),
            reasons => Err(reasons.join("; ")),
        }
    }
}
