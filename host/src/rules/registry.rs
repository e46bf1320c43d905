//! Which generation is in force for whom, with its components at hand: follows what the store says.
//!
//! INVARIANT: what is in force is one value, replaced as a whole. Who has taken a [`RuleSet`] from it keeps that one.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use reprise_engine::{ClaimStatusComponent, CriteriaComponent, Digest, Fault, RuleComponent, RuleEngine};
use reprise_store::{Generation, Installation, InstallationState, RulesOf, Store};

use super::provided::Rules;
use super::rule_set::{DecidedBy, Decider, GenerationName, RuleSet};
use crate::HostError;

/// The rules of a process: what is in force, and the components that are loaded.
pub(crate) struct RuleRegistry {
    provided: Rules,
    /// The components that the configuration names decide for everybody, whatever the store says: so a command tries them.
    is_trial: AtomicBool,
    in_force: ArcSwap<InForce>,
    /// One at a time reads what is in force; the others find it done.
    following: Mutex<()>,
    loaded: Mutex<HashMap<Digest, Slot>>,
}

/// A component that is loaded, or is being loaded by whoever holds it.
type Slot = Arc<Mutex<Option<RuleComponent>>>;

/// What the store said at one moment.
#[derive(Default)]
struct InForce {
    /// The number of the last change to rules then; none before the store was asked.
    sequence: Option<u64>,
    platform: Option<Generation>,
    /// What decides for payers that have nothing of their own.
    default: Option<Arc<RuleSet>>,
    payers: HashMap<String, Generation>,
    /// Why a component does not decide for a payer, or for anybody where there is no payer.
    quarantined: HashMap<(Option<String>, String), String>,
    /// Whether a component is there that decides no more and has not retired.
    drains: bool,
    /// By payer, made when they are asked for first.
    sets: Mutex<HashMap<String, Arc<RuleSet>>>,
}

impl InForce {
    /// That a component is kept from deciding for a payer, if it is.
    fn quarantine_of(&self, payer: Option<&str>, digest: &str) -> Option<Fault> {
        if self.quarantined.is_empty() {
            return None;
        }
        let reason = [payer.map(str::to_owned), None]
            .into_iter()
            .find_map(|owner| self.quarantined.get(&(owner, digest.to_owned())))?;
        Some(Fault::Quarantined { reason: reason.clone() })
    }
}

fn parse_digest(text: &str) -> Result<Digest, HostError> {
    text.parse::<Digest>()
        .map_err(|error| HostError::Technical(error.to_string()))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl RuleRegistry {
    pub(crate) fn new(provided: Rules) -> Self {
        let slot = |component: RuleComponent| (component.digest(), Arc::new(Mutex::new(Some(component))));
        let loaded = HashMap::from([
            slot(RuleComponent::Criteria(provided.criteria.component.clone())),
            slot(RuleComponent::ClaimStatus(provided.claim_status.component.clone())),
        ]);
        Self {
            is_trial: AtomicBool::new(provided.is_named()),
            provided,
            in_force: ArcSwap::default(),
            following: Mutex::default(),
            loaded: Mutex::new(loaded),
        }
    }

    /// The engine that everything here is loaded into.
    pub(crate) const fn engine(&self) -> &RuleEngine {
        &self.provided.engine
    }

    pub(super) const fn provided(&self) -> &Rules {
        &self.provided
    }

    /// From now on the store says what decides, also where the configuration names components.
    pub(super) fn end_trial(&self) {
        self.is_trial.store(false, Ordering::Release);
    }

    /// The number of the last change to rules that is decided by here.
    pub(crate) fn sequence(&self) -> u64 {
        self.in_force.load().sequence.unwrap_or(0)
    }

    /// Decide by what the store says from now on. Reads one number if nothing has changed.
    pub(crate) fn follow(&self, store: &dyn Store) -> Result<(), HostError> {
        if self.in_force.load().sequence == Some(store.rules_sequence()?) {
            return Ok(());
        }
        let _following = lock(&self.following);
        // What is read after the number is not older than it, so that a change in between is read again at worst.
        let sequence = Some(store.rules_sequence()?);
        if self.in_force.load().sequence == sequence {
            return Ok(());
        }
        let mut next = InForce {
            sequence,
            ..InForce::default()
        };
        for generation in store.active_generations()? {
            match generation.payer.clone() {
                Some(payer) => _ = next.payers.insert(payer, generation),
                None => next.platform = Some(generation),
            }
        }
        let installations = store.installations(RulesOf::Everyone)?;
        let drains = |installation: &Installation| installation.state == InstallationState::Draining;
        next.drains = installations.iter().any(drains);
        next.quarantined = installations
            .into_iter()
            .filter(|installation| installation.state == InstallationState::Quarantined)
            .map(|installation| {
                let reason = installation.reason.unwrap_or_default();
                ((installation.payer, installation.digest), reason)
            })
            .collect();
        next.default = Some(Arc::new(self.make_set(store, &next, None)?));
        self.in_force.store(Arc::new(next));
        Ok(())
    }

    /// Whether a component decides no more and has not retired, by what was followed last.
    pub(super) fn drains(&self) -> bool {
        self.in_force.load().drains
    }

    /// What decides for payers that have nothing of their own, by what was followed last; none if nothing was yet.
    pub(crate) fn default_set(&self) -> Option<Arc<RuleSet>> {
        self.in_force.load().default.clone()
    }

    /// What decides for a payer, by what was followed last.
    pub(crate) fn of(&self, store: &dyn Store, payer: &str) -> Result<Arc<RuleSet>, HostError> {
        let in_force = self.in_force.load();
        if let Some(set) = lock(&in_force.sets).get(payer) {
            return Ok(Arc::clone(set));
        }
        // Loading may take a moment, which only those wait for who need the same component.
        let set = Arc::new(self.make_set(store, &in_force, Some(payer))?);
        lock(&in_force.sets).insert(payer.to_owned(), Arc::clone(&set));
        Ok(set)
    }

    fn make_set(&self, store: &dyn Store, in_force: &InForce, payer: Option<&str>) -> Result<RuleSet, HostError> {
        let own = payer.and_then(|payer| in_force.payers.get(payer));
        let platform = in_force.platform.as_ref();
        let is_trial = self.is_trial.load(Ordering::Acquire);
        let named = |digest_of: fn(&Generation) -> &Option<String>| {
            let of = |generation: &Generation| Some((digest_of(generation).clone()?, generation.number));
            let own = own
                .and_then(of)
                .map(|(digest, number)| (digest, GenerationName::Own(number)));
            let default = || {
                let of_platform = platform.and_then(of);
                of_platform.map(|(digest, number)| (digest, GenerationName::Platform(number)))
            };
            own.or_else(default).filter(|_| !is_trial)
        };
        let chosen = |named: Option<(String, GenerationName)>, provided: Digest| match named {
            Some((digest, generation)) => Ok::<_, HostError>((parse_digest(&digest)?, Some(generation))),
            None => Ok((provided, None)),
        };
        let provided = &self.provided;
        let (digest, generation) = chosen(
            named(|generation| &generation.criteria),
            provided.criteria.component.digest(),
        )?;
        let component = self.standing(store, in_force, payer, digest)?.and_then(criteria);
        let criteria = Decider::new(component, digest, generation);
        let (digest, generation) = chosen(
            named(|generation| &generation.claim_status),
            provided.claim_status.component.digest(),
        )?;
        let component = self.standing(store, in_force, payer, digest)?.and_then(claim_status);
        let claim_status = Decider::new(component, digest, generation);
        Ok(RuleSet { criteria, claim_status })
    }

    /// The component, or why it does not decide for the payer.
    fn standing(
        &self,
        store: &dyn Store,
        in_force: &InForce,
        payer: Option<&str>,
        digest: Digest,
    ) -> Result<Result<RuleComponent, Fault>, HostError> {
        if let Some(fault) = in_force.quarantine_of(payer, &digest.to_string()) {
            return Ok(Err(fault));
        }
        match self.prepare(store, digest) {
            Ok(component) => Ok(Ok(component)),
            // This host cannot run it, so it decides nothing in its place.
            Err(HostError::RuleFault(fault)) => Ok(Err(fault)),
            Err(error) => Err(error),
        }
    }

    /// What matches in a run of the payer that began with this, whatever is in force by now.
    pub(crate) fn criteria_begun_with(
        &self,
        store: &dyn Store,
        payer: &str,
        begun: &DecidedBy,
    ) -> Result<Decider<CriteriaComponent>, HostError> {
        let component = self.begun_with(store, payer, begun)?.and_then(criteria);
        Ok(Decider::of(component, begun.clone()))
    }

    /// What decides in a run of the payer that began with this, whatever is in force by now.
    pub(crate) fn claim_status_begun_with(
        &self,
        store: &dyn Store,
        payer: &str,
        begun: &DecidedBy,
    ) -> Result<Decider<ClaimStatusComponent>, HostError> {
        let component = self.begun_with(store, payer, begun)?.and_then(claim_status);
        Ok(Decider::of(component, begun.clone()))
    }

    fn begun_with(
        &self,
        store: &dyn Store,
        payer: &str,
        begun: &DecidedBy,
    ) -> Result<Result<RuleComponent, Fault>, HostError> {
        let digest = parse_digest(&begun.rules)?;
        if let Some(fault) = self.in_force.load().quarantine_of(Some(payer), &begun.rules) {
            return Ok(Err(fault));
        }
        // One that cannot be loaded here may be on another host: that is for the caller to say.
        self.prepare(store, digest).map(Ok)
    }

    /// A component that is stored, loaded now if it was not; a fault if this host cannot run it.
    pub(crate) fn prepare(&self, store: &dyn Store, digest: Digest) -> Result<RuleComponent, HostError> {
        let slot = Arc::clone(lock(&self.loaded).entry(digest).or_default());
        let mut loaded = lock(&slot);
        if let Some(component) = &*loaded {
            return Ok(component.clone());
        }
        let not_loaded = |reason: String| HostError::RuleFault(Fault::NotLoaded { digest, reason });
        let bytes = store
            .component_bytes(&digest.to_string())?
            .ok_or_else(|| not_loaded("the database does not have it".to_owned()))?;
        if Digest::of(&bytes) != digest {
            return Err(not_loaded(
                "what the database has under this digest is something else".to_owned(),
            ));
        }
        let component = self
            .engine()
            .load_any(&bytes)
            .map_err(|refusal| not_loaded(refusal.to_string()))?;
        Ok(loaded.insert(component).clone())
    }

    /// Forgets the components that are neither among these nor brought along by this process. Whoever decides by one of them
    /// keeps it.
    pub(super) fn keep_only(&self, wanted: &HashSet<Digest>) {
        let provided = [
            self.provided.criteria.component.digest(),
            self.provided.claim_status.component.digest(),
        ];
        lock(&self.loaded).retain(|digest, _| wanted.contains(digest) || provided.contains(digest));
    }
}

fn criteria(component: RuleComponent) -> Result<CriteriaComponent, Fault> {
    match component {
        RuleComponent::Criteria(component) => Ok(component),
        RuleComponent::ClaimStatus(_) => Err(of_other_kind(component, "criteria")),
    }
}

fn claim_status(component: RuleComponent) -> Result<ClaimStatusComponent, Fault> {
    match component {
        RuleComponent::ClaimStatus(component) => Ok(component),
        RuleComponent::Criteria(_) => Err(of_other_kind(component, "claim-status")),
    }
}

/// The database keeps components by their kinds, so this is what nobody should see.
fn of_other_kind(component: RuleComponent, wanted: &str) -> Fault {
    Fault::NotLoaded {
        digest: component.digest(),
        reason: format!(
            "it is a {} component where a {wanted} one is to decide",
            component.kind()
        ),
    }
}
