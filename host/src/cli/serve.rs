//! `reprise serve`: the API over HTTP.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use metrics_exporter_prometheus::PrometheusBuilder;
use reprise_request::{MessageTable, NameMap};
use tracing_subscriber::EnvFilter;

use crate::cli::DatabaseArguments;
use crate::cli::terminal::Terminal;
use crate::http::{Api, router};
use crate::{Configuration, Host};

/// The longest that requests may go on once the server was asked to end. A caller that has sent half of one would
/// otherwise hold up the end for ever.
const ENDING_TIME_MAX: Duration = Duration::from_secs(10);

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Decide with this criteria component instead of the default one
    #[arg(long, value_name = "FILE.wasm")]
    rules: Option<PathBuf>,
    /// How many threads match at once; one for each core if absent
    #[arg(long, value_name = "COUNT")]
    workers: Option<NonZeroUsize>,
    /// A JSON file of further spellings for the attributes of requests: {"formCode": "claimFormCode"}
    #[arg(long, value_name = "FILE.json")]
    names: Option<PathBuf>,
    /// A JSON file of outward message codes: {"Matches": "MY-023"}
    #[arg(long, value_name = "FILE.json")]
    message_codes: Option<PathBuf>,
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
    let mut configuration = Configuration {
        rules: arguments.rules.clone(),
        ..Configuration::new(&arguments.database.database)
    };
    configuration.names = names;
    configuration.workers = arguments.workers.unwrap_or(configuration.workers);
    let host = Host::open(&configuration)?;
    let component = host.criteria_component();
    tracing::info!(
        name = component.description().name,
        version = component.description().version,
        digest = %component.digest(),
        "criteria component"
    );
    let api = Api {
        host,
        messages: Arc::new(messages),
        metrics: Some(metrics),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the server cannot be started")?;
    let served = runtime.block_on(serve(arguments.listen, api, terminal));
    // What is still going on, such as loading the index, is not waited for: nothing is half done that matters.
    runtime.shutdown_background();
    served?;
    Ok(ExitCode::SUCCESS)
}

fn read(path: &std::path::Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("`{}` cannot be read", path.display()))
}

/// Listen first, so that `/readyz` can be asked while the index is loaded; end when asked to, after the requests that
/// are under way.
async fn serve(listen: SocketAddr, api: Api, terminal: &Terminal) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}"))?;
    let address = listener.local_addr()?;
    terminal.say(&format!("listening on http://{address}"));
    let host = api.host.clone();
    let loading = tokio::task::spawn_blocking(move || load(&host));
    let (asked, ending) = tokio::sync::oneshot::channel();
    let server = axum::serve(listener, router(api)).with_graceful_shutdown(async {
        asked_to_end().await;
        // Nobody waits for it when the server has failed.
        let _ = asked.send(());
    });
    tokio::select! {
        served = server.into_future() => served.context("the server failed"),
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

async fn asked_to_end() {
    let interrupt = async {
        // Without a handler the process ends at once, which is what an interrupt asks for.
        let _ = tokio::signal::ctrl_c().await;
    };
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! { () = interrupt => {}, () = terminate => {} }
    tracing::info!("asked to end; finishing the requests that are under way");
}
