//! SQLite with the indexes that an expert would make, by the same driver and version that the product uses.

use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rusqlite::{Connection, params_from_iter};

use super::{Counted, Formulation, Given, Peer};
use crate::membership::Memberships;
use crate::question::Question;
use crate::sql::{Counting, Membership, of_claims, of_lines};
use crate::table::Table;

/// The whole database fits.
const SETTINGS: &str = "
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA cache_size = -4000000;
    PRAGMA mmap_size = 8000000000;
    PRAGMA temp_store = MEMORY;
";

/// The lines lie in the order of their claims. An index has what all questions share in front, and every other column
/// that they ask for behind, so that no question needs the lines themselves.
const INDEXES: &str = "
    CREATE INDEX claims_by_status ON claims (candidate, process_type, claim_status, claim_type, claim_form, entry_date, claim);
    CREATE INDEX lines_by_status ON lines (
        candidate, process_type, claim_status, service_start_date,
        procedures, service_provider, claim, claim_type, claim_form, entry_date, claimant_provider, primary_diagnosis,
        benefits_provider, price_individual_provider, price_organization_provider, location_provider, products,
        coverage_regimes, messages
    );
    CREATE INDEX lines_by_procedures ON lines (candidate, process_type, procedures, service_start_date, claim);
    ANALYZE;
";

/// A database in a file, all of it in memory once it was read.
pub(crate) struct Sqlite {
    connection: Connection,
    loading: Duration,
}

impl Sqlite {
    /// A new database with the tables in it.
    pub(crate) fn load(given: &Given, directory: &Path) -> anyhow::Result<Self> {
        let file = directory.join("peer.sqlite");
        if file.exists() {
            std::fs::remove_file(&file)?;
        }
        let mut connection = Connection::open(&file)?;
        connection.execute_batch(SETTINGS)?;
        let started = Instant::now();
        fill(&mut connection, &given.tables.claims, "claim INTEGER PRIMARY KEY", "")?;
        fill(&mut connection, &given.tables.lines, "", "")?;
        for (name, table) in &given.memberships.tables {
            let key = ", PRIMARY KEY (id, first_day)) WITHOUT ROWID";
            fill(&mut connection, &table.table(name)?, "", key)?;
        }
        connection.execute_batch("CREATE INDEX lines_by_claim ON lines (claim);")?;
        connection.execute_batch(INDEXES)?;
        Ok(Self {
            connection,
            loading: started.elapsed(),
        })
    }

    /// The first number that a statement answers, unless it takes too long.
    fn number(&self, statement: &str, time_max: Duration) -> anyhow::Result<u64> {
        let interrupt = self.connection.get_interrupt_handle();
        let (done, is_done) = mpsc::channel::<()>();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                if is_done.recv_timeout(time_max) == Err(mpsc::RecvTimeoutError::Timeout) {
                    interrupt.interrupt();
                }
            });
            let number = self.connection.query_row(statement, [], |row| row.get(0));
            drop(done);
            let number: i64 = number.with_context(|| format!("SQLite does not answer `{statement}`"))?;
            Ok(u64::try_from(number)?)
        })
    }
}

/// Make a table: `first` is what its first column is if not the plain type; `end` is what follows the columns.
fn fill(connection: &mut Connection, table: &Table, first: &str, end: &str) -> anyhow::Result<()> {
    let columns = table.columns.iter().enumerate().map(|(number, (name, _))| {
        if number == 0 && !first.is_empty() {
            first.to_owned()
        } else {
            format!("{name} INTEGER NOT NULL")
        }
    });
    let columns: Vec<_> = columns.collect();
    let end = if end.is_empty() { ")" } else { end };
    let name = &table.name;
    let places = vec!["?"; table.columns.len()].join(", ");
    let transaction = connection.transaction()?;
    transaction.execute_batch(&format!("CREATE TABLE {name} ({}{end}", columns.join(", ")))?;
    let mut insert = transaction.prepare(&format!("INSERT INTO {name} VALUES ({places})"))?;
    for row in 0..table.rows() {
        insert.execute(params_from_iter(
            table.columns.iter().map(|(_, values)| values.cell(row)),
        ))?;
    }
    drop(insert);
    transaction.commit()?;
    Ok(())
}

impl Peer for Sqlite {
    fn name(&self) -> String {
        "SQLite, 1 thread".to_owned()
    }

    fn about(&self) -> String {
        format!(
            "SQLite {}, a file in the cache, three indexes that cover the questions, `ANALYZE`",
            rusqlite::version()
        )
    }

    fn loading(&self) -> Duration {
        self.loading
    }

    fn formulations(&self, question: &Question) -> Vec<Formulation> {
        let none = Memberships::default();
        let lines = |membership, counting| of_lines(question, &none, membership, counting);
        vec![
            lines(Membership::Exists, Counting::Distinct),
            lines(Membership::Exists, Counting::Groups),
            lines(Membership::Join, Counting::Distinct),
            of_claims(question),
        ]
    }

    fn count(&mut self, formulation: &Formulation, time_max: Duration) -> anyhow::Result<Counted> {
        let started = Instant::now();
        let count = self.number(&formulation.count, time_max)?;
        Ok(Counted {
            count,
            elapsed: started.elapsed(),
        })
    }

    fn hits(&mut self, formulation: &Formulation) -> anyhow::Result<Vec<i32>> {
        let mut statement = self.connection.prepare(&formulation.hits)?;
        let mut numbers = statement
            .query_map([], |row| row.get(0))?
            .collect::<Result<Vec<i32>, _>>()?;
        numbers.sort_unstable();
        Ok(numbers)
    }

    fn plan(&mut self, formulation: &Formulation) -> anyhow::Result<String> {
        let mut statement = self
            .connection
            .prepare(&format!("EXPLAIN QUERY PLAN {}", formulation.count))?;
        let lines = statement
            .query_map([], |row| row.get(3))?
            .collect::<Result<Vec<String>, _>>()?;
        Ok(lines.join("\n"))
    }
}
