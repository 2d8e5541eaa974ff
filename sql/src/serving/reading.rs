//! Questions to one consistent state of the serving database.

use futures_util::TryStreamExt;
use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe, Row as _, SqlSafeStr as _, Transaction};
use tidemark_model::fact::{Cell, Fact, Kind};

use super::Error;
use super::select::{self, Select};

/// One state of all tables: what is written meanwhile is not seen.
#[derive(Debug)]
pub struct Reading {
    transaction: Transaction<'static, Any>,
}

impl Reading {
    pub(super) fn new(transaction: Transaction<'static, Any>) -> Self {
        Self { transaction }
    }

    /// The rows of a fact.
    pub async fn rows<F: Fact>(&mut self, select: &Select<F>) -> Result<Vec<F>, Error> {
        let query = bound(select.rows_sql(), select.parameters());
        let mut rows = query.fetch(&mut *self.transaction);
        let mut found = Vec::new();
        while let Some(row) = rows.try_next().await? {
            found.push(select::decoded(&row)?);
        }
        Ok(found)
    }

    /// The first row of a fact.
    pub async fn first<F: Fact>(&mut self, select: Select<F>) -> Result<Option<F>, Error> {
        Ok(self.rows(&select.page(1, 0)).await?.pop())
    }

    /// How many rows there are, on whatever page.
    pub async fn count<F: Fact>(&mut self, select: &Select<F>) -> Result<i64, Error> {
        let query = bound(select.count_sql(), select.parameters());
        let row = query.fetch_one(&mut *self.transaction).await?;
        Ok(row.try_get(0)?)
    }

    /// The rows of a statement of the program's own, as cells of these kinds.
    pub async fn cells(
        &mut self,
        sql: &'static str,
        parameters: &[Cell],
        kinds: &[Kind],
    ) -> Result<Vec<Vec<Cell>>, Error> {
        let query = bound(sql.to_owned(), parameters);
        let mut rows = query.fetch(&mut *self.transaction);
        let mut found = Vec::new();
        while let Some(row) = rows.try_next().await? {
            found.push(select::cells(&row, kinds)?);
        }
        Ok(found)
    }
}

/// A statement made of the program's own names alone, with its parameters.
fn bound(sql: String, parameters: &[Cell]) -> Query<'static, Any, AnyArguments> {
    let mut query = sqlx::query(AssertSqlSafe(sql).into_sql_str());
    for parameter in parameters {
        query = match parameter.clone() {
            Cell::Null => query.bind(None::<String>),
            Cell::Text(text) => query.bind(storable(&text)),
            Cell::Integer(number) => query.bind(number),
            Cell::Float(number) => query.bind(number),
            Cell::Boolean(flag) => query.bind(i16::from(flag)),
            Cell::Timestamp(at) => query.bind(at.0),
        };
    }
    query
}

/// A text as both databases can hold it: Postgres has no character NUL, which stands there as U+FFFD. SQLite has, and holds
/// the same, so that both give the same answers.
pub fn storable(text: &str) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text.to_owned() }
}
