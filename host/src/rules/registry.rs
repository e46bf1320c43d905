//! Which generation is in force for whom, with its components at hand: follows what the store says.
//!
//! INVARIANT: what is in force is one value, replaced as a whole. Who has taken a [`RuleSet`] from it keeps that one.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use reprise_engine::{Digest, Fault, RuleComponent, RuleEngine, RuleLimits};
use reprise_store::{Generation, Installation, InstallationState, RulesOf, Store};

use super::faults::FaultNotes;
use super::kind::OfKind;
use super::loaded::LoadedComponents;
use super::provided::Rules;
use super::rule_set::{DecidedBy, Decider, GenerationName, RuleSet};
use crate::HostError;

/// The rules of a process: what is in force, and the components that are loaded.
pub(crate) struct RuleRegistry {
    provided: Rules,
    /// The components that the configuration names decide for everybody, whatever the store says: so a command tries them.
    is_trial: AtomicBool,
    in_force: ArcSwap<InForce>,
    reached: AtomicU64,
    /// One at a time reads what is in force; the others find it done.
    following: Mutex<()>,
    loaded: LoadedComponents,
    /// What each payer's rules may use in a call.
    limits: RuleLimits,
    faults: Arc<FaultNotes>,
}

/// What the store said at one moment.
#[derive(Default)]
struct InForce {
    /// The number of the last change to rules then; none before the store was asked.
    sequence: Option<u64>,
    platform: Option<Generation>,
    /// What decides for payers that have nothing of their own, once it was asked for.
    default: Mutex<Option<Arc<RuleSet>>>,
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
    pub(crate) fn new(provided: Rules, limits: RuleLimits, faults: FaultNotes) -> Self {
        let loaded = LoadedComponents::with([
            RuleComponent::Criteria(provided.criteria.component.clone()),
            RuleComponent::ClaimStatus(provided.claim_status.component.clone()),
        ]);
        Self {
            is_trial: AtomicBool::new(provided.is_named()),
            provided,
            in_force: ArcSwap::default(),
            reached: AtomicU64::new(0),
            following: Mutex::default(),
            loaded,
            limits,
            faults: Arc::new(faults),
        }
    }

    /// The engine that everything here is loaded into.
    pub(crate) const fn engine(&self) -> &RuleEngine {
        &self.provided.engine
    }

    /// Faults that wait to be noted, and whose turn it is because of them.
    pub(crate) fn faults(&self) -> &FaultNotes {
        &self.faults
    }

    pub(super) const fn provided(&self) -> &Rules {
        &self.provided
    }

    /// From now on the store says what decides, also where the configuration names components.
    pub(super) fn end_trial(&self) {
        if self.is_trial.swap(false, Ordering::AcqRel) {
            // What was in force until now was the trial's.
            self.in_force.store(Arc::default());
        }
    }

    /// The number of the last change to rules that is decided by here.
    pub(crate) fn sequence(&self) -> u64 {
        self.in_force.load().sequence.unwrap_or(0)
    }

    /// The number of the last change to rules whose components are all at hand here.
    pub(super) fn reached(&self) -> u64 {
        self.reached.load(Ordering::Acquire)
    }

    /// The components of this change are all at hand.
    pub(super) fn has_reached(&self, sequence: u64) {
        self.reached.store(sequence, Ordering::Release);
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
        self.in_force.store(Arc::new(next));
        Ok(())
    }

    /// Whether a component decides no more and has not retired, by what was followed last.
    pub(super) fn drains(&self) -> bool {
        self.in_force.load().drains
    }

    /// What decides for payers that have nothing of their own, by what was followed last.
    pub(crate) fn default_set(&self, store: &dyn Store) -> Result<Arc<RuleSet>, HostError> {
        let in_force = self.in_force.load();
        if let Some(set) = &*lock(&in_force.default) {
            return Ok(Arc::clone(set));
        }
        let set = Arc::new(self.make_set(store, &in_force, None)?);
        if !set.is_incomplete() {
            *lock(&in_force.default) = Some(Arc::clone(&set));
        }
        Ok(set)
    }

    /// The payers whose own generation has a component that is kept from deciding for them, each with its digest.
    pub(super) fn decided_by_quarantined(&self) -> Vec<(String, String)> {
        let in_force = self.in_force.load();
        let of_payers = in_force.payers.iter().flat_map(|(payer, generation)| {
            let parts = generation.criteria.iter().chain(&generation.claim_status);
            parts.map(move |digest| (payer.clone(), digest.clone()))
        });
        of_payers
            .filter(|(payer, digest)| in_force.quarantine_of(Some(payer), digest).is_some())
            .collect()
    }

    /// What decides for a payer, by what was followed last.
    pub(crate) fn of(&self, store: &dyn Store, payer: &str) -> Result<Arc<RuleSet>, HostError> {
        let in_force = self.in_force.load();
        if let Some(set) = lock(&in_force.sets).get(payer) {
            return Ok(Arc::clone(set));
        }
        // Loading may take a moment, which only those wait for who need the same component.
        let set = Arc::new(self.make_set(store, &in_force, Some(payer))?);
        if !set.is_incomplete() {
            lock(&in_force.sets).insert(payer.to_owned(), Arc::clone(&set));
        }
        Ok(set)
    }

    fn make_set(&self, store: &dyn Store, in_force: &InForce, payer: Option<&str>) -> Result<RuleSet, HostError> {
        Ok(RuleSet {
            criteria: self.decider(store, in_force, payer)?,
            claim_status: self.decider(store, in_force, payer)?,
        })
    }

    /// What decides of one kind: the payer's own, else the platform's, else what this process was started with.
    fn decider<Component: OfKind>(
        &self,
        store: &dyn Store,
        in_force: &InForce,
        payer: Option<&str>,
    ) -> Result<Decider<Component>, HostError> {
        let (digest, generation) = self.chosen::<Component>(in_force, payer)?;
        if let Some(fault) = in_force.quarantine_of(payer, &digest.to_string()) {
            return Ok(Decider::new(Err(fault), digest, generation));
        }
        let component = match self.prepare(store, digest) {
            Ok(component) => Component::expected(&component, digest),
            // This host cannot run it, so it decides nothing in its place.
            Err(HostError::RuleFault(fault)) => Err(fault),
            Err(error) => return Err(error),
        };
        let component = component.map(|component| self.for_payer(&component, payer, digest, generation.is_some()));
        Ok(Decider::new(component, digest, generation))
    }

    fn chosen<Component: OfKind>(
        &self,
        in_force: &InForce,
        payer: Option<&str>,
    ) -> Result<(Digest, Option<GenerationName>), HostError> {
        let own = payer.and_then(|payer| in_force.payers.get(payer));
        let of = |generation: Option<&Generation>, name: fn(i64) -> GenerationName| {
            let generation = generation?;
            let digest = Component::in_generation(generation)?;
            Some((digest.clone(), name(generation.number)))
        };
        let named = of(own, GenerationName::Own)
            .or_else(|| of(in_force.platform.as_ref(), GenerationName::Platform))
            .filter(|_| !self.is_trial.load(Ordering::Acquire));
        match named {
            Some((digest, generation)) => Ok((parse_digest(&digest)?, Some(generation))),
            None => Ok((Component::provided(&self.provided).digest(), None)),
        }
    }

    /// A component as it decides for a payer: under the payer's limits, and its faults are noted. What only this process was
    /// told of is a trial: whoever tries sees what it does.
    fn for_payer<Component: OfKind>(
        &self,
        component: &Component,
        payer: Option<&str>,
        digest: Digest,
        is_in_force: bool,
    ) -> Component {
        let payer = payer.unwrap_or_default();
        let component = component.with_limits(self.limits.of(payer, Component::KIND));
        if is_in_force {
            component.observed_by(self.faults.of(payer, &digest.to_string()))
        } else {
            component
        }
    }

    /// What decides of one kind in a run of the payer that began with this, whatever is in force by now. One that cannot be
    /// loaded here may be on another host: that is for the caller to say.
    pub(crate) fn begun_with<Component: OfKind>(
        &self,
        store: &dyn Store,
        payer: &str,
        begun: &DecidedBy,
    ) -> Result<Decider<Component>, HostError> {
        let digest = parse_digest(&begun.rules)?;
        if let Some(fault) = self.in_force.load().quarantine_of(Some(payer), &begun.rules) {
            return Ok(Decider::of(Err(fault), begun.clone()));
        }
        let component = Component::expected(&self.prepare(store, digest)?, digest);
        let is_in_force = begun.generation.is_some();
        let component = component.map(|component| self.for_payer(&component, Some(payer), digest, is_in_force));
        Ok(Decider::of(component, begun.clone()))
    }

    /// A component that is stored, loaded now if it was not; a fault if this process cannot run it.
    pub(crate) fn prepare(&self, store: &dyn Store, digest: Digest) -> Result<RuleComponent, HostError> {
        self.loaded.get(self.engine(), store, digest)
    }

    /// Has a component at hand that was compiled just now, and keeps its machine code for the next start.
    pub(super) fn keep(&self, component: RuleComponent) {
        self.engine().keep_precompiled(&component);
        self.loaded.keep(component);
    }

    /// Forgets the components that are neither among these nor brought along by this process. Whoever decides by one of them
    /// keeps it.
    pub(super) fn keep_only(&self, mut wanted: HashSet<Digest>) {
        wanted.extend([self.provided.criteria.digest(), self.provided.claim_status.digest()]);
        self.loaded.keep_only(&wanted);
    }

    /// How many bytes of machine code each component that is at hand has.
    pub(crate) fn machine_code_bytes(&self) -> Vec<(Digest, usize)> {
        self.loaded.machine_code_bytes()
    }
}
