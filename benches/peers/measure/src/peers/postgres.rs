//! PostgreSQL with the indexes that an expert would make, on a server that is started for the run and gone with it.

use std::io::Write as _;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use postgres::{Client, NoTls};
use reprise_test_postgres::Cluster;

use super::{ANSWER_TIME_MAX, Counted, Formulation, Given, Peer};
use crate::membership::Memberships;
use crate::question::Question;
use crate::sql::{Counting, Membership, of_claims, of_lines};
use crate::table::Table;

/// The whole database fits, and so does what a statement hashes or sorts.
const SERVER: [&str; 9] = [
    "shared_buffers=3GB",
    "effective_cache_size=8GB",
    "work_mem=512MB",
    "maintenance_work_mem=1GB",
    "max_wal_size=16GB",
    "random_page_cost=1.1",
    "autovacuum=off",
    "wal_level=minimal",
    "max_wal_senders=0",
];

/// Indexes for lookups by what all questions share, by claim, and by group; the columns that the questions ask for most
/// are in them, so that the lines themselves are read for one question only.
const INDEXES: &str = "
    CREATE INDEX ON claims (process_type, claim_status) INCLUDE (candidate, claim, claim_type, claim_form, entry_date);
    CREATE INDEX ON lines (process_type, claim_status, service_start_date)
        INCLUDE (candidate, claim, claim_type, procedures, service_provider);
    CREATE INDEX ON lines (process_type, procedures, service_start_date) INCLUDE (candidate, claim);
    CREATE INDEX ON lines (claim);
";

/// A connection to the server, which several may share.
pub(crate) struct Postgres {
    client: Client,
    threads: usize,
    version: String,
    server: Rc<Server>,
}

/// A server with the tables in it.
pub(crate) struct Server {
    url: String,
    loading: Duration,
    // Gone, and its data with it, when this is dropped.
    _cluster: Cluster,
}

impl Server {
    /// A new server; none where PostgreSQL is not installed.
    pub(crate) fn start(given: &Given) -> anyhow::Result<Option<Self>> {
        let Some(cluster) = Cluster::start_with(&SERVER) else {
            return Ok(None);
        };
        let url = cluster.create_database();
        let mut client = Client::connect(&url, NoTls)?;
        let started = Instant::now();
        fill(&mut client, &given.tables.claims)?;
        fill(&mut client, &given.tables.lines)?;
        for (name, table) in &given.memberships.tables {
            fill(&mut client, &table.table(name)?)?;
            client.batch_execute(&format!(
                "CREATE UNIQUE INDEX ON {name} (id, first_day) INCLUDE (last_day)"
            ))?;
        }
        client.batch_execute(INDEXES)?;
        client.batch_execute("VACUUM ANALYZE")?;
        Ok(Some(Self {
            url,
            loading: started.elapsed(),
            _cluster: cluster,
        }))
    }

    /// Somebody to ask whose answers take so many processes at once.
    pub(crate) fn connect(self: &Rc<Self>, threads: usize) -> anyhow::Result<Postgres> {
        let mut client = Client::connect(&self.url, NoTls)?;
        client.batch_execute(&format!(
            "SET max_parallel_workers_per_gather = {}; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0.01; SET \
             statement_timeout = {}",
            threads.saturating_sub(1),
            ANSWER_TIME_MAX.as_millis()
        ))?;
        let version: String = client.query_one("SHOW server_version", &[])?.try_get(0)?;
        Ok(Postgres {
            client,
            threads,
            version,
            server: Rc::clone(self),
        })
    }
}

fn fill(client: &mut Client, table: &Table) -> anyhow::Result<()> {
    let columns = table
        .columns
        .iter()
        .map(|(name, values)| format!("{name} {} NOT NULL", values.postgres_type()));
    let columns: Vec<_> = columns.collect();
    let name = &table.name;
    // In one transaction, so that nothing is written twice.
    let mut transaction = client.transaction()?;
    transaction.batch_execute(&format!("CREATE TABLE {name} ({})", columns.join(", ")))?;
    let mut writer = transaction.copy_in(&format!("COPY {name} FROM STDIN WITH (FREEZE)"))?;
    let mut lines = Vec::with_capacity(1 << 20);
    for row in 0..table.rows() {
        for (number, (_, values)) in table.columns.iter().enumerate() {
            let separator = if number == 0 { "" } else { "\t" };
            write!(lines, "{separator}{}", values.cell(row))?;
        }
        lines.push(b'\n');
        if lines.len() > 1_000_000 {
            writer.write_all(&lines)?;
            lines.clear();
        }
    }
    writer.write_all(&lines)?;
    writer.finish()?;
    transaction.commit()?;
    Ok(())
}

impl Peer for Postgres {
    fn name(&self) -> String {
        match self.threads {
            1 => "PostgreSQL, 1 process".to_owned(),
            processes => format!("PostgreSQL, {processes} processes"),
        }
    }

    fn about(&self) -> String {
        format!(
            "PostgreSQL {}, {}, four indexes, `VACUUM ANALYZE`, asked through a socket",
            self.version,
            SERVER[..3].join(", ")
        )
    }

    fn loading(&self) -> Duration {
        self.server.loading
    }

    fn formulations(&self, question: &Question) -> Vec<Formulation> {
        let none = Memberships::default();
        let lines = |membership, counting| of_lines(question, &none, membership, counting);
        let plain = [
            lines(Membership::Exists, Counting::Distinct),
            lines(Membership::Exists, Counting::Rows),
            lines(Membership::Join, Counting::Rows),
            of_claims(question),
        ];
        let settings = |name: &str, settings: &str| {
            plain.clone().map(|formulation| Formulation {
                name: format!("{}, {name}", formulation.name),
                settings: settings.to_owned(),
                ..formulation
            })
        };
        // Of many conditions at once it expects so few rows that it looks each up in turn, for minutes.
        let hashed = settings("hashed, jit off", "SET jit = off; SET enable_nestloop = off");
        let plain_off = settings("jit off", "SET jit = off; SET enable_nestloop = on");
        let plain_on = settings("jit on", "SET jit = on; SET enable_nestloop = on");
        hashed.into_iter().chain(plain_off).chain(plain_on).collect()
    }

    fn count(&mut self, formulation: &Formulation, time_max: Duration) -> anyhow::Result<Counted> {
        let timeout = format!(
            "SET statement_timeout = {}; {}",
            time_max.as_millis(),
            formulation.settings
        );
        self.client.batch_execute(&timeout)?;
        let started = Instant::now();
        let row = self.client.query_one(&formulation.count, &[]);
        let row = row.with_context(|| format!("PostgreSQL does not answer `{}`", formulation.count))?;
        let elapsed = started.elapsed();
        let count: i64 = row.try_get(0)?;
        Ok(Counted {
            count: u64::try_from(count)?,
            elapsed,
        })
    }

    fn hits(&mut self, formulation: &Formulation) -> anyhow::Result<Vec<i32>> {
        self.client.batch_execute(&formulation.settings)?;
        let rows = self.client.query(&formulation.hits, &[])?;
        let mut numbers = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i32>, _>>()?;
        numbers.sort_unstable();
        Ok(numbers)
    }

    fn plan(&mut self, formulation: &Formulation) -> anyhow::Result<String> {
        self.client.batch_execute(&formulation.settings)?;
        let rows = self
            .client
            .query(&format!("EXPLAIN (ANALYZE, BUFFERS) {}", formulation.count), &[])?;
        let lines = rows
            .iter()
            .map(|row| row.try_get(0))
            .collect::<Result<Vec<String>, _>>()?;
        Ok(lines.join("\n"))
    }
}
