//! Connecting to a PostgreSQL server: what a URL may ask for, how every connection is set, what is wrong if there is none.

use std::time::Duration;

use postgres::config::{Host, SslMode};
use postgres::error::SqlState;
use postgres::{Config, NoTls};

use super::error::sentence;
use super::session::Session;
use crate::StoreError;

/// How long a write waits for another host to end its own.
pub(super) const BUSY_WAIT: Duration = Duration::from_secs(15);

/// The oldest server that is known to do, by its number and by its name.
const OLDEST_SERVER: (i32, &str) = (150_000, "15");

/// What is expected of every connection.
///
/// - A commit is on the disk when it returns.
/// - Statements are planned for the values and the sizes of the tables at hand. A plan that was made while a table was
///   empty would be kept while an import fills it.
/// - Every row is reached along an index, thousands of them one by one: each statement has the index that it needs. What
///   the planner knows of a table lags minutes behind an import, and by what it knew before it would rather read the
///   whole of it.
/// - No statement of ours is worth compiling.
/// - A host that is gone without a word, and with it the write lock that it holds, is noticed within about a minute.
const SETTINGS: &str = "
    SET synchronous_commit = on;
    SET plan_cache_mode = force_custom_plan;
    SET enable_seqscan = off;
    SET enable_hashjoin = off;
    SET enable_mergejoin = off;
    SET random_page_cost = 1.1;
    SET jit = off;
    SET lock_timeout = '15s';
    SET tcp_keepalives_idle = 30;
    SET tcp_keepalives_interval = 10;
    SET tcp_keepalives_count = 3;
    SET client_connection_check_interval = '10s';
    SET client_min_messages = warning;
";

/// What a URL of PostgreSQL asks for. An error never repeats the URL, which may hold a password.
pub(crate) fn parse(url: &str) -> Result<Config, String> {
    let mut config: Config = url
        .parse()
        .map_err(|error| format!("the database URL cannot be read: {}", sentence(&error)))?;
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err("the database URL names no host".to_owned());
    }
    if config.get_ssl_mode() == SslMode::Require {
        return Err(
            "the database URL asks for an encrypted connection (`sslmode=require`), which this version of reprise \
             cannot make; leave that out, and reach the server on its own machine, through a socket, or through a tunnel"
                .to_owned(),
        );
    }
    if config.get_dbname().is_none() {
        return Err("the database URL names no database".to_owned());
    }
    if config.get_application_name().is_none() {
        config.application_name("reprise");
    }
    // A server that went away without a word must not be waited for by the hour.
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(Duration::from_secs(10));
    }
    if config.get_keepalives_interval().is_none() {
        config
            .keepalives_idle(Duration::from_secs(30))
            .keepalives_interval(Duration::from_secs(10))
            .keepalives_retries(3);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(Duration::from_secs(60));
    }
    Ok(config)
}

/// A new connection.
pub(super) fn connect(config: &Config) -> Result<Session, StoreError> {
    let client = config.connect(NoTls).map_err(|error| cannot_connect(config, &error))?;
    let mut session = Session::new(client);
    session.batch(SETTINGS)?;
    Ok(session)
}

/// Refuses a server or a database that will not do.
pub(super) fn check_server(session: &mut Session) -> Result<(), StoreError> {
    let version: i32 = session.one("SELECT current_setting('server_version_num')::int", &[])?;
    let (oldest, name) = OLDEST_SERVER;
    if version < oldest {
        return Err(StoreError::Unavailable {
            reason: format!(
                "the database server is PostgreSQL {}; {name} or newer is needed",
                version / 10_000
            ),
        });
    }
    let encoding: String = session.one("SELECT current_setting('server_encoding')", &[])?;
    if encoding != "UTF8" {
        return Err(StoreError::Unavailable {
            reason: format!(
                "the database keeps text as {encoding}, not as UTF8; create one with `createdb --encoding=UTF8 \
                 --template=template0`"
            ),
        });
    }
    Ok(())
}

/// Why there is no connection, and what to do about it.
fn cannot_connect(config: &Config, error: &postgres::Error) -> StoreError {
    let server = server(config);
    let database = config.get_dbname().unwrap_or_default();
    let said = error.as_db_error();
    let reason = match error.code() {
        Some(code) if *code == SqlState::INVALID_CATALOG_NAME => format!(
            "there is no database `{database}` on {server}; create it, for example with `createdb --encoding=UTF8 {database}`"
        ),
        Some(code)
            if [
                SqlState::INVALID_PASSWORD,
                SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
            ]
            .contains(code) =>
        {
            format!(
                "{server} does not let the user of the database URL in: {}; check user and password",
                said.map_or_else(|| sentence(error), |said| said.message().to_owned())
            )
        }
        Some(_) => format!(
            "{server} takes no connection to database `{database}`: {}",
            said.map_or_else(|| sentence(error), |said| said.message().to_owned())
        ),
        None => format!(
            "{server} cannot be used: {}; check that it is running and that the database URL names it",
            sentence(error)
        ),
    };
    StoreError::Unavailable { reason }
}

/// The server, for people.
fn server(config: &Config) -> String {
    let mut ports = config.get_ports().iter().copied().cycle();
    let hosts = config.get_hosts().iter().map(|host| {
        let port = ports.next().unwrap_or(5432);
        match host {
            Host::Tcp(name) => format!("`{name}:{port}`"),
            Host::Unix(directory) => format!("`{}`", directory.join(format!(".s.PGSQL.{port}")).display()),
        }
    });
    let hosts: Vec<_> = hosts.collect();
    let addresses = config.get_hostaddrs().iter().map(|address| format!("`{address}`"));
    let names = if hosts.is_empty() { addresses.collect() } else { hosts };
    format!("the PostgreSQL server at {}", names.join(" or "))
}
