//! `reprise serve`: the API over HTTP.

use std::io::{IsTerminal as _, Write as _};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use metrics_exporter_prometheus::PrometheusBuilder;
use reprise_request::{MessageTable, NameMap};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::access::FIRST_START;
use crate::activities::LEASE_DEFAULT;
use crate::cli::DatabaseArguments;
use crate::cli::deciding::DecidingArguments;
use crate::cli::index_image::IndexImageArguments;
use crate::cli::jwt::JwtArguments;
use crate::cli::limits::LimitArguments;
use crate::cli::listening::ListeningArguments;
use crate::cli::notifying::{NotificationArguments, environment};
use crate::cli::rate::{Rate, throttle};
use crate::cli::secrets_key::SecretsArguments;
use crate::cli::terminal::Terminal;
use crate::cli::webhook::WebhookArguments;
use crate::http::{Api, DATA_FILE_BYTES_MAX, Serving, router};
use crate::{Configuration, Host, Rules};

/// The longest that requests may go on once the server was asked to end. A caller that has sent half of one would
/// otherwise hold up the end for ever.
const ENDING_TIME_MAX: Duration = Duration::from_secs(10);
/// The longest that activities may then go on with the unit of work that is under way, and the image of the line index be
/// written.
const STOPPING_TIME_MAX: Duration = Duration::from_secs(20);

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    listening: ListeningArguments,
    #[command(flatten)]
    limits: LimitArguments,
    #[command(flatten)]
    jwt: JwtArguments,
    #[command(flatten)]
    secrets: SecretsArguments,
    /// Decide with this criteria component instead of the default one
    #[arg(long, value_name = "FILE.wasm")]
    rules: Option<PathBuf>,
    /// Decide about claims' status with this component instead of the default one
    #[arg(long, value_name = "FILE.wasm")]
    claim_status_rules: Option<PathBuf>,
    #[command(flatten)]
    deciding: DecidingArguments,
    /// How many threads match at once; one for each core if absent
    #[arg(long, value_name = "COUNT")]
    workers: Option<NonZeroUsize>,
    /// A JSON file of further spellings for the attributes of requests: {"formCode": "claimFormCode"}
    #[arg(long, value_name = "FILE.json")]
    names: Option<PathBuf>,
    /// A JSON file of outward message codes: {"Matches": "MY-023"}
    #[arg(long, value_name = "FILE.json")]
    message_codes: Option<PathBuf>,
    /// How many claims runs and batches process a second, for each payer or for one; repeatable; no limit if absent
    #[arg(long, value_name = "[PAYER=]COUNT")]
    claims_per_second: Vec<Rate>,
    /// How long other servers wait for this one's share of a run after it has died
    #[arg(long, value_name = "SECONDS", default_value_t = LEASE_DEFAULT.as_secs(), value_parser = clap::value_parser!(u64).range(1..=86_400))]
    lease_seconds: u64,
    /// Refuse to reprocess a claim while whoever wants that lacks the access restriction of a pend reason which it removes
    ///
    /// It stands for the property `reprocess.check-pend-restrictions`.
    #[arg(long)]
    check_pend_restrictions: bool,
    /// The largest content of a data file that is handed in
    #[arg(long, value_name = "BYTES", default_value_t = DATA_FILE_BYTES_MAX, value_parser = clap::value_parser!(u64).range(1..))]
    data_file_bytes_max: u64,
    #[command(flatten)]
    notification: NotificationArguments,
    #[command(flatten)]
    webhook: WebhookArguments,
    #[command(flatten)]
    index_image: IndexImageArguments,
    #[command(flatten)]
    database: DatabaseArguments,
}

pub(super) fn run(arguments: &Arguments, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let filter = EnvFilter::try_from_env("REPRISE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let metrics = PrometheusBuilder::new()
        .install_recorder()
        .context("metrics cannot be collected")?;
    let names = match &arguments.names {
        Some(path) => NameMap::standard()
            .with_aliases(&read(path)?)
            .with_context(|| format!("names `{}`", path.display()))?,
        None => NameMap::standard().clone(),
    };
    let messages = match &arguments.message_codes {
        Some(path) => {
            MessageTable::with_overrides(&read(path)?).with_context(|| format!("message codes `{}`", path.display()))?
        }
        None => MessageTable::default(),
    };
    let serving = arguments.listening.settings()?;
    // Others are told where this server listens, so it listens first.
    let listener = arguments.listening.listener()?;
    let own_url = arguments.listening.url(listener.local_addr()?);
    let defaults = Configuration::new(&arguments.database.database);
    let configuration = Configuration {
        rules: arguments.rules.clone(),
        claim_status_rules: arguments.claim_status_rules.clone(),
        names,
        workers: arguments.workers.unwrap_or(defaults.workers),
        lease: Duration::from_secs(arguments.lease_seconds),
        check_pend_restrictions: arguments.check_pend_restrictions,
        throttle: throttle(&arguments.claims_per_second)?,
        notifications: arguments.notification.settings(&own_url, environment)?,
        webhooks: arguments.webhook.settings(),
        webhook_destinations: arguments.webhook.destinations(arguments.listening.is_public()),
        secrets: arguments.secrets.keys()?,
        jwt: arguments.jwt.settings(),
        index_image: arguments.index_image.directory(&arguments.database),
        ..defaults
    };
    let configuration = arguments.deciding.configure(configuration)?;
    let host = open(&configuration)?;
    show_first_administrator(&host, terminal)?;
    let mut api = Api::new(host.clone());
    api.messages = Arc::new(messages);
    api.metrics = Some(metrics);
    api.data_file_bytes_max = arguments.data_file_bytes_max;
    api.limits = arguments.limits.limits();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(api.limits.threads_max())
        .build()
        .context("the server cannot be started")?;
    let serving = Serving::new(listener, serving);
    let served = runtime.block_on(async {
        let signals = EndSignals::new().context("the server cannot be started")?;
        terminal.say(&format!("listening on {own_url}"));
        serve(serving, api, signals).await
    });
    // What is still going on, such as loading the index, is not waited for: nothing is half done that matters.
    runtime.shutdown_background();
    stop_activities(host);
    served?;
    Ok(ExitCode::SUCCESS)
}

/// The host, with its place among those that serve the database, which it may not get.
fn open(configuration: &Configuration) -> anyhow::Result<Host> {
    let host = Host::open_with(configuration, Rules::admit(configuration)?)?;
    host.begin_serving()?;
    seal_secrets(&host)?;
    for rules in host.default_rules() {
        tracing::info!(
            kind = %rules.kind,
            name = rules.name,
            version = rules.version,
            digest = rules.digest,
            generation = rules.generation.as_deref().unwrap_or("none"),
            "rules of the platform"
        );
        if let Some(trouble) = rules.trouble {
            tracing::error!(kind = %rules.kind, trouble, "these rules decide nothing here");
        }
    }
    Ok(host)
}

/// Where nobody is known yet, make an administrator of the platform and show its token, once: on standard output, which is
/// not where the log goes.
fn show_first_administrator(host: &Host, terminal: &Terminal) -> anyhow::Result<()> {
    let Some(created) = host.access(FIRST_START).first_administrator()? else {
        return Ok(());
    };
    terminal.say(
        "nobody is known here yet, so there is now an administrator of the platform, whose token is on standard output \
         and is not shown again; `reprise token create --role administrator --payer PAYER` makes one of a payer",
    );
    writeln!(terminal.output(), "{}", created.text).context(
        "the token of the first administrator cannot be shown; `reprise token create --role platform-administrator` makes \
         another",
    )
}

/// Have secrets be sealed with the key of today, and say what cannot be done about them.
fn seal_secrets(host: &Host) -> anyhow::Result<()> {
    let done = host.seal_webhook_secrets()?;
    if done.sealed > 0 {
        tracing::info!(
            webhooks = done.sealed,
            "secrets of webhooks were sealed with the first key"
        );
    }
    if done.plain > 0 {
        tracing::warn!(
            webhooks = done.plain,
            "secrets of webhooks are kept as they are; with --secrets-key-file they are sealed"
        );
    }
    for (reason, webhooks) in &done.unopened {
        tracing::warn!(
            webhooks,
            reason,
            "secrets of webhooks cannot be opened, so nothing is sent to these"
        );
    }
    Ok(())
}

/// Have the work end that is under way, for as long as that is worth waiting for.
fn stop_activities(host: Host) {
    let (ended, end) = std::sync::mpsc::channel();
    let stopping = std::thread::spawn(move || {
        host.stop_activities();
        // Nobody waits for it after the time is over.
        let _ = ended.send(());
    });
    match end.recv_timeout(STOPPING_TIME_MAX) {
        // A thread that has panicked has said so already.
        Ok(()) => _ = stopping.join(),
        Err(_) => tracing::warn!(
            waited_s = STOPPING_TIME_MAX.as_secs(),
            "what is still under way is cut off: a unit of work is done when a server starts again, and the image of the line \
             index stays the one before"
        ),
    }
}

fn read(path: &std::path::Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("`{}` cannot be read", path.display()))
}

/// Answer first, so that `/readyz` can be asked while the index is loaded; end when asked to, after the requests that
/// are under way.
async fn serve(serving: Serving, api: Api, signals: EndSignals) -> anyhow::Result<()> {
    let host = api.host.clone();
    let loading = tokio::task::spawn_blocking(move || load(&host));
    let (asked, ending) = tokio::sync::oneshot::channel();
    let answering = router(api.clone());
    let server_ending = serving.ending();
    tokio::spawn(async move {
        signals.asked().await;
        server_ending.begin();
        api.end_streams();
        // Nobody waits for it when the server has failed.
        let _ = asked.send(());
    });
    tokio::select! {
        served = serving.run(answering) => served.context("the server failed"),
        failed = failure_of(loading) => Err(failed),
        () = end_of_patience(ending) => Ok(()),
    }
}

fn load(host: &Host) -> anyhow::Result<()> {
    let started = std::time::Instant::now();
    let mut said = started;
    host.load(|read, total| {
        if said.elapsed().as_secs() >= 5 {
            said = std::time::Instant::now();
            tracing::info!(read, total, "loading the line index");
        }
    })?;
    host.start_activities()?;
    let readiness = host.readiness();
    tracing::info!(
        claims = readiness.claims,
        lines = readiness.lines,
        elapsed_ms = started.elapsed().as_millis(),
        "ready"
    );
    Ok(())
}

/// Never ends if loading succeeds: then the server goes on.
async fn failure_of(loading: tokio::task::JoinHandle<anyhow::Result<()>>) -> anyhow::Error {
    match loading.await {
        Ok(Ok(())) => std::future::pending().await,
        Ok(Err(error)) => error.context("the line index cannot be loaded"),
        Err(error) => anyhow::Error::new(error).context("the line index cannot be loaded"),
    }
}

/// Ends when requests have gone on for too long after the server was asked to end.
async fn end_of_patience(ending: tokio::sync::oneshot::Receiver<()>) {
    match ending.await {
        Ok(()) => tokio::time::sleep(ENDING_TIME_MAX).await,
        Err(_) => std::future::pending().await,
    }
    tracing::warn!(
        waited_s = ENDING_TIME_MAX.as_secs(),
        "requests that are still under way are cut off"
    );
}

/// What a server is asked to end by.
struct EndSignals {
    interrupt: Signal,
    terminate: Signal,
}

impl EndSignals {
    /// From now on the process does not end by itself when it is asked to.
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn asked(mut self) {
        tokio::select! { _ = self.interrupt.recv() => {}, _ = self.terminate.recv() => {} }
        tracing::info!("asked to end; finishing the requests that are under way");
    }
}
