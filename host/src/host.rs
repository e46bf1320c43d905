//! A host: one database, the rules in force, a line index for each payer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reprise_engine::{ClaimStatusComponent, ComponentKind, Fault};
use reprise_index::{IndexMemory, Snapshot};
use reprise_model::MessageKey;
use reprise_request::NameMap;
use reprise_store::Store;

use crate::HostError;
use crate::access::{Access, Authentication, JwtIssuer, Principal, Refusals};
use crate::activities::{Scheduler, Throttle};
use crate::configuration::{Configuration, ConfigurationError};
use crate::index_image::IndexImages;
use crate::intake::Intake;
use crate::line_indexes::LineIndexes;
use crate::notifications::NotificationSettings;
use crate::rules::{DecidedBy, Decider, FaultNotes, RuleRegistry, RuleSet, RuleSettings, Rules, RulesInHand, Turn};
use crate::run_reference::RunReference;
use crate::webhooks::Webhooks;

/// A host: the use-cases of Reprise on one database. Cheap to clone.
///
/// Everything here blocks: an asynchronous caller calls from a thread that may.
#[derive(Clone)]
pub struct Host {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) indexes: LineIndexes,
    pub(crate) index_images: IndexImages,
    pub(crate) rules: RuleRegistry,
    pub(crate) rule_settings: RuleSettings,
    names: Arc<NameMap>,
    pub(crate) workers: usize,
    pub(crate) prefilter: crate::Prefilter,
    /// Whether reprocessing asks for the restrictions of the pend reasons that it removes.
    pub(crate) check_pend_restrictions: bool,
    pub(crate) scheduler: Scheduler,
    pub(crate) throttle: Throttle,
    pub(crate) notifications: Option<NotificationSettings>,
    pub(crate) webhooks: Webhooks,
    pub(crate) intake: Intake,
    pub(crate) authentication: Authentication,
    pub(crate) refusals: Refusals,
    ready: AtomicBool,
}

/// Whether a host can decide yet, and on how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// Whether the line index is loaded.
    pub ready: bool,
    /// Claims in the index.
    pub claims: u64,
    /// Lines in the index.
    pub lines: u64,
    /// The change of the store that the index is in step with.
    pub change_sequence: u64,
}

/// A component that decides for payers which have nothing of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultRules {
    /// What it decides.
    pub kind: ComponentKind,
    /// What it calls itself.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// What it is known by.
    pub digest: String,
    /// In which generation it is in force; none if only this process was told of it.
    pub generation: Option<String>,
    /// Why it decides nothing here, if so.
    pub trouble: Option<String>,
}

impl DefaultRules {
    /// Whether it decides which claims a request hits; else in which status a claim may be.
    pub fn is_criteria(&self) -> bool {
        self.kind == ComponentKind::Criteria
    }
}

impl Host {
    /// Check the rule components and open the database. Nothing is decided before [`Self::load`].
    pub fn open(configuration: &Configuration) -> Result<Self, ConfigurationError> {
        Self::open_with(configuration, Rules::load(configuration)?)
    }

    /// Open the database, to be decided on by rules that were loaded before; those that the configuration names are not
    /// looked at.
    pub fn open_with(configuration: &Configuration, rules: Rules) -> Result<Self, ConfigurationError> {
        let store = reprise_store::open(&configuration.database).map_err(|cause| ConfigurationError::Database {
            database: reprise_store::shown_url(&configuration.database),
            cause,
        })?;
        let issuer = configuration.jwt.clone().map(JwtIssuer::new).transpose()?;
        let scheduler = Scheduler::new(configuration.lease);
        let faults = FaultNotes::new();
        let inner = Inner {
            indexes: LineIndexes::new(Arc::clone(&store)),
            index_images: IndexImages::new(configuration.index_image.clone()),
            store,
            rules: RuleRegistry::new(rules, configuration.rule_limits.clone(), faults),
            rule_settings: configuration.rule_settings.clone(),
            names: Arc::new(configuration.names.clone()),
            workers: configuration.workers.get(),
            prefilter: configuration.prefilter,
            check_pend_restrictions: configuration.check_pend_restrictions,
            scheduler,
            throttle: configuration.throttle.clone(),
            notifications: configuration.notifications.clone(),
            webhooks: Webhooks::new(
                configuration.webhooks,
                configuration.webhook_destinations.clone(),
                configuration.secrets.clone(),
            ),
            intake: Intake::default(),
            authentication: Authentication::new(issuer),
            refusals: Refusals::default(),
            ready: AtomicBool::new(false),
        };
        let host = Self { inner: Arc::new(inner) };
        host.follow_rules().map_err(ConfigurationError::RulesInForce)?;
        Ok(host)
    }

    /// Read the line index from its image, or else all claims into it. `progress` is told how many are read and how many
    /// there are.
    pub fn load(&self, mut progress: impl FnMut(u64, u64)) -> Result<(), HostError> {
        let total = self.inner.store.claim_count(None)?;
        if self.load_from_image(total)? {
            progress(total, total);
        } else {
            self.inner
                .indexes
                .build(self.inner.workers, &mut |read| progress(read, total))?;
        }
        self.inner.ready.store(true, Ordering::Release);
        Ok(())
    }

    /// Whether it can decide yet.
    pub fn readiness(&self) -> Readiness {
        let (mut claims, mut lines) = (0, 0);
        for (_, index) in self.inner.indexes.all() {
            let snapshot = index.snapshot();
            claims += snapshot.claim_count();
            lines += snapshot.line_count();
        }
        Readiness {
            ready: self.inner.ready.load(Ordering::Acquire),
            claims,
            lines,
            change_sequence: self.inner.indexes.sequence(),
        }
    }

    /// The memory that the line indexes take, by payer.
    pub fn index_memory(&self) -> Vec<(String, IndexMemory)> {
        self.inner
            .indexes
            .all()
            .into_iter()
            .map(|(payer, index)| (payer, index.memory()))
            .collect()
    }

    /// Decide by what the database says from now on, if it has changed.
    pub(crate) fn follow_rules(&self) -> Result<(), HostError> {
        self.inner.rules.follow(self.inner.store.as_ref())
    }

    /// What decides for a payer now, in the payer's turn. Taken once for all that is decided together.
    pub(crate) fn rules_of(&self, payer: &str) -> Result<RulesInHand, HostError> {
        let rules = self.rule_set_of(payer)?;
        let turn = self.turn_of(payer, &rules)?;
        Ok(RulesInHand::new(rules, turn))
    }

    /// What decides for a payer now, if it is the payer's turn; none if others come first.
    pub(crate) fn rules_of_now(&self, payer: &str) -> Result<Option<RulesInHand>, HostError> {
        let rules = self.rule_set_of(payer)?;
        let turn = self.inner.rules.faults().turns().take_now(payer, &rules.digests());
        Ok(turn.map(|turn| RulesInHand::new(rules, turn)))
    }

    /// What decides for a payer now. Whoever decides by it takes the payer's turn.
    pub(crate) fn rule_set_of(&self, payer: &str) -> Result<Arc<RuleSet>, HostError> {
        self.follow_rules()?;
        self.inner.rules.of(self.inner.store.as_ref(), payer)
    }

    /// The payer's turn to decide by these rules; waits for it.
    pub(crate) fn turn_of(&self, payer: &str, rules: &RuleSet) -> Result<Turn, HostError> {
        self.inner.rules.faults().turns().take(payer, &rules.digests())
    }

    /// What decides for payers that have nothing of their own: a line for each component; none while the database does not
    /// say.
    pub fn default_rules(&self) -> Vec<DefaultRules> {
        let followed = self
            .follow_rules()
            .and_then(|()| self.inner.rules.default_set(self.inner.store.as_ref()));
        let Ok(set) = followed else { return Vec::new() };
        let criteria = set.criteria.component().map(|component| {
            let description = component.description();
            (description.name.clone(), description.version.clone())
        });
        let claim_status = set.claim_status.component().map(|component| {
            let description = component.description();
            (description.name.clone(), description.version.clone())
        });
        let named = |kind, said: Result<(String, String), Fault>, decided_by: &DecidedBy| {
            let trouble = said.as_ref().err().map(ToString::to_string);
            let (name, version) = said.unwrap_or_default();
            DefaultRules {
                kind,
                name,
                version,
                digest: decided_by.rules.clone(),
                generation: decided_by.generation.clone(),
                trouble,
            }
        };
        vec![
            named(ComponentKind::Criteria, criteria, set.criteria.decided_by()),
            named(ComponentKind::ClaimStatus, claim_status, set.claim_status.decided_by()),
        ]
    }

    /// What decides in a run of the payer that began with these.
    pub(crate) fn rules_begun_with(
        &self,
        payer: &str,
        criteria: &DecidedBy,
        claim_status: &DecidedBy,
    ) -> Result<RuleSet, HostError> {
        self.follow_rules()?;
        let (rules, store) = (&self.inner.rules, self.inner.store.as_ref());
        Ok(RuleSet {
            criteria: rules.begun_with(store, payer, criteria)?,
            claim_status: rules.begun_with(store, payer, claim_status)?,
        })
    }

    /// What decides in a batch of the payer that began with this.
    pub(crate) fn claim_status_begun_with(
        &self,
        payer: &str,
        begun: &DecidedBy,
    ) -> Result<Decider<ClaimStatusComponent>, HostError> {
        self.follow_rules()?;
        let store = self.inner.store.as_ref();
        self.inner.rules.begun_with(store, payer, begun)
    }

    /// How many bytes of machine code each rule component has that is loaded, by its digest.
    pub fn rules_memory(&self) -> Vec<(String, u64)> {
        let loaded = self.inner.rules.machine_code_bytes().into_iter();
        loaded
            .map(|(digest, bytes)| (digest.to_string(), bytes as u64))
            .collect()
    }

    /// The number of the last change to rules that this host decides by.
    pub fn rules_sequence(&self) -> u64 {
        self.inner.rules.sequence()
    }

    /// What the attributes of requests are called.
    pub fn names(&self) -> &Arc<NameMap> {
        &self.inner.names
    }

    /// The payers that there are, in byte order.
    pub fn payers(&self) -> Result<Vec<String>, HostError> {
        Ok(self.inner.store.payers()?)
    }

    /// Management of access, as done by this user.
    pub fn access<'a>(&'a self, user: &'a str) -> Access<'a> {
        Access::new(self.inner.store.as_ref(), user)
    }

    /// Management of access by this principal.
    pub(crate) fn access_of<'a>(&'a self, principal: &'a Principal) -> Access<'a> {
        let access = self.access(&principal.name);
        if principal.is_of_platform() {
            access.by_platform()
        } else {
            access
        }
    }

    /// The payer that a command means: the one it names, or the only one there is.
    pub fn payer(&self, named: Option<&str>) -> Result<String, HostError> {
        let payers = self.inner.store.payers()?;
        let list = |payers: &[String]| {
            if payers.is_empty() {
                "none".to_owned()
            } else {
                payers.join(", ")
            }
        };
        match (named, payers.as_slice()) {
            (Some(named), payers) if payers.iter().any(|payer| payer == named) => Ok(named.to_owned()),
            (Some(named), payers) => Err(HostError::refused(MessageKey::UnknownPayer, [named, &list(payers)])),
            (None, [only]) => Ok(only.clone()),
            (None, []) => Err(HostError::NotFound(reprise_model::Message::new(
                MessageKey::NotFound,
                ["claim or reference data here yet; bring some in with `reprise import`"],
            ))),
            (None, payers) => Err(HostError::refused(MessageKey::PayerMissing, [&list(payers)])),
        }
    }

    /// Bring the index into step with the store, or say that it is not loaded yet. Called before every decision that is
    /// made on it.
    pub(crate) fn keep_in_step(&self) -> Result<(), HostError> {
        self.ensure_loaded()?;
        self.inner.indexes.keep_in_step()
    }

    /// Say that the index is not loaded yet, if it is not.
    pub(crate) fn ensure_loaded(&self) -> Result<(), HostError> {
        if !self.inner.ready.load(Ordering::Acquire) {
            return Err(HostError::NotYet(reprise_model::Message::new(
                MessageKey::NotYet,
                ["The line index is still being loaded; /readyz tells when it is"],
            )));
        }
        Ok(())
    }

    /// The payer's claims as they are now, and what the component sees of its data for one run on them.
    pub(crate) fn begin_run(&self, payer: &str) -> (Arc<Snapshot>, Arc<RunReference>) {
        let snapshot = self.inner.indexes.of(payer).snapshot();
        let reference = RunReference::new(payer, Arc::clone(&snapshot), Arc::clone(&self.inner.store));
        (snapshot, Arc::new(reference))
    }
}
