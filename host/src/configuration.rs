//! What a host is told before it starts.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use reprise_engine::{AdmissionLimits, Compiler, RuleLimits};
use reprise_request::NameMap;

use crate::access::JwtSettings;
use crate::activities::{LEASE_DEFAULT, Throttle};
use crate::rules::RuleSettings;
use crate::secrets::SecretsKeys;
use crate::{NotificationSettings, Prefilter, WebhookDestinations, WebhookSettings};

/// How a host is set up.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// Where claims live, such as `sqlite:reprise.db`.
    pub database: String,
    /// The criteria component that decides, as a file; the default component if absent.
    pub rules: Option<PathBuf>,
    /// The claim-status component that decides, as a file; the default component if absent.
    pub claim_status_rules: Option<PathBuf>,
    /// How rules are handled beside deciding.
    pub rule_settings: RuleSettings,
    /// What the attributes of requests are called.
    pub names: NameMap,
    /// How many threads match at once.
    pub workers: NonZeroUsize,
    /// What a matcher's prefilter is used for. Answers never depend on it; measurements do.
    pub prefilter: Prefilter,
    /// How long the right to a piece of work lasts unless it is renewed: after a host has died, others wait this long.
    pub lease: Duration,
    /// Whether reprocessing asks for the restrictions of the pend reasons that it removes: the property
    /// `reprocess.check-pend-restrictions`.
    pub check_pend_restrictions: bool,
    /// How many claims a second runs and batches may handle.
    pub throttle: Throttle,
    /// Whom to tell that an activity has ended.
    pub notifications: Option<NotificationSettings>,
    /// How long and how often is tried to send events to webhooks.
    pub webhooks: WebhookSettings,
    /// Where webhooks may lead.
    pub webhook_destinations: WebhookDestinations,
    /// What the secrets of webhooks are sealed with where they are kept; without, no webhook can be created.
    pub secrets: Option<SecretsKeys>,
    /// Whose JWTs are taken besides the tokens that are made here.
    pub jwt: Option<JwtSettings>,
    /// Limits on accepting a component.
    pub admission: AdmissionLimits,
    /// Limits on each call into it, by payer and kind.
    pub rule_limits: RuleLimits,
    /// Where components are compiled.
    pub compiler: Compiler,
    /// The directory of the image of the line index, which is read at the start and written by a host that serves; none if
    /// absent.
    pub index_image: Option<PathBuf>,
    /// Where machine code of components is kept between starts, and what it is authenticated with; nowhere if absent.
    pub machine_code_cache: Option<MachineCodeCache>,
}

impl Configuration {
    /// The defaults, on this database: the default components, the standard names, a thread for each core, the engine's own limits.
    pub fn new(database: impl Into<String>) -> Self {
        Self {
            database: database.into(),
            rules: None,
            claim_status_rules: None,
            rule_settings: RuleSettings::default(),
            lease: LEASE_DEFAULT,
            check_pend_restrictions: false,
            throttle: Throttle::default(),
            notifications: None,
            webhooks: WebhookSettings::default(),
            webhook_destinations: WebhookDestinations::default(),
            secrets: None,
            jwt: None,
            names: NameMap::standard().clone(),
            prefilter: Prefilter::default(),
            workers: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            admission: AdmissionLimits::default(),
            rule_limits: RuleLimits::default(),
            compiler: Compiler::default(),
            index_image: None,
            machine_code_cache: None,
        }
    }
}

/// Where machine code of components is kept between starts.
#[derive(Clone, Debug)]
pub struct MachineCodeCache {
    /// The directory; made if it is not there.
    pub directory: PathBuf,
    /// The keys whose first one authenticates what is kept. They must not lie beside it.
    pub keys: SecretsKeys,
}

/// Why a host cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// The database cannot be opened or read.
    #[error("database `{database}`: {cause}")]
    Database {
        /// Its URL.
        database: String,
        /// What the store says.
        cause: reprise_store::StoreError,
    },
    /// What the database says about rules in force cannot be followed.
    #[error("the rules in force: {0}")]
    RulesInForce(crate::HostError),
    /// The cache of machine code cannot be used.
    #[error("cache of machine code `{}`: {cause}", directory.display())]
    MachineCodeCache {
        /// Its directory.
        directory: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The component's file cannot be read.
    #[error("rules `{}`: {cause}", file.display())]
    RulesFile {
        /// The file.
        file: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The component is refused.
    #[error("rules `{rules}`: {refusal}")]
    Rules {
        /// The file, or what stands for it.
        rules: String,
        /// At which step and why.
        refusal: reprise_engine::Refusal,
    },
    /// This build has no default component.
    #[error("this build of reprise carries no rules of its own; name a component with {0} FILE.wasm")]
    NoBundledRules(&'static str),
    /// The keys of the issuer of JWTs cannot be read.
    #[error("keys of the issuer of JWTs `{keys}`: {reason}")]
    IssuerKeys {
        /// Where they are.
        keys: String,
        /// What is in the way.
        reason: String,
    },
    /// The sandbox cannot be set up.
    #[error(transparent)]
    Engine(#[from] reprise_engine::EngineError),
}
