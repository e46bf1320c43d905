//! A connection to PostgreSQL, with the statements that were prepared on it.

use std::collections::HashMap;
use std::ops::ControlFlow;

use postgres::fallible_iterator::FallibleIterator;
use postgres::types::{FromSql, ToSql, Type};
use postgres::{Client, Row, Statement};

use crate::StoreError;

/// What a statement is given.
pub(super) type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A connection. Each statement is prepared on it once.
pub(super) struct Session {
    client: Client,
    statements: HashMap<&'static str, Statement>,
}

impl Session {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            statements: HashMap::new(),
        }
    }

    fn statement(&mut self, sql: &'static str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql)?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }

    /// All rows.
    pub(super) fn rows(&mut self, sql: &'static str, parameters: Parameters<'_>) -> Result<Vec<Row>, StoreError> {
        let statement = self.statement(sql)?;
        Ok(self.client.query(&statement, parameters)?)
    }

    /// The row, if there is one. There are never more.
    pub(super) fn row(&mut self, sql: &'static str, parameters: Parameters<'_>) -> Result<Option<Row>, StoreError> {
        let statement = self.statement(sql)?;
        Ok(self.client.query_opt(&statement, parameters)?)
    }

    /// The first column of the row, if there is a row.
    pub(super) fn value<T: for<'a> FromSql<'a>>(
        &mut self,
        sql: &'static str,
        parameters: Parameters<'_>,
    ) -> Result<Option<T>, StoreError> {
        self.row(sql, parameters)?.map(|row| get(&row, 0)).transpose()
    }

    /// The first column of the row, which there always is.
    pub(super) fn one<T: for<'a> FromSql<'a>>(
        &mut self,
        sql: &'static str,
        parameters: Parameters<'_>,
    ) -> Result<T, StoreError> {
        self.value(sql, parameters)?
            .ok_or_else(|| StoreError::corrupt("a row that should always be there is missing"))
    }

    /// Carries out a statement that answers no rows, and answers how many it touched.
    pub(super) fn execute(&mut self, sql: &'static str, parameters: Parameters<'_>) -> Result<u64, StoreError> {
        let statement = self.statement(sql)?;
        Ok(self.client.execute(&statement, parameters)?)
    }

    /// Carries out statements without parameters.
    pub(super) fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        Ok(self.client.batch_execute(sql)?)
    }

    /// Takes rows one by one as they come, so that they are never all in memory. After a break the server may still be
    /// sending: the session is then good for nothing more.
    pub(super) fn each_row(
        &mut self,
        sql: &'static str,
        parameters: Parameters<'_>,
        mut take: impl FnMut(&Row) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<ControlFlow<()>, StoreError> {
        let statement = self.statement(sql)?;
        let mut rows = self.client.query_raw(&statement, parameters.iter().copied())?;
        while let Some(row) = rows.next()? {
            if take(&row)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Sends rows in bulk, in the way that costs the server least. `sql` is a `COPY … FROM STDIN (FORMAT binary)`.
    pub(super) fn copy<'a>(
        &mut self,
        sql: &'static str,
        types: &[Type],
        rows: impl IntoIterator<Item = Vec<&'a (dyn ToSql + Sync)>>,
    ) -> Result<(), StoreError> {
        let writer = self.client.copy_in(sql)?;
        let mut writer = postgres::binary_copy::BinaryCopyInWriter::new(writer, types);
        for row in rows {
            writer.write(&row)?;
        }
        writer.finish()?;
        Ok(())
    }
}

/// A column of a row. That it is not of its type means that somebody has changed the schema.
pub(super) fn get<'a, T: FromSql<'a>>(row: &'a Row, column: usize) -> Result<T, StoreError> {
    row.try_get(column).map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
        let name = row.columns().get(column).map_or("?", |column| column.name());
        StoreError::corrupt(format!("column `{name}` cannot be read{}", cause.unwrap_or_default()))
    })
}
