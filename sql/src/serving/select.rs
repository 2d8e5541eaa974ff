//! Questions for the rows of one fact. Names of columns come from the program; everything else goes in as a parameter.

use std::marker::PhantomData;

use sqlx::Row as _;
use sqlx::any::AnyRow;
use tidemark_model::fact::{Cell, Fact, Kind};

use super::Error;

/// Which rows of the fact `F`, in which order.
#[derive(Debug, Clone)]
pub struct Select<F> {
    conditions: Vec<String>,
    parameters: Vec<Cell>,
    order: Vec<String>,
    page: Option<(i64, i64)>,
    fact: PhantomData<F>,
}

impl<F: Fact> Default for Select<F> {
    fn default() -> Self {
        let conditions = vec!["_gone = 0".to_owned()];
        Self { conditions, parameters: Vec::new(), order: Vec::new(), page: None, fact: PhantomData }
    }
}

impl<F: Fact> Select<F> {
    /// All rows, in no order.
    pub fn all() -> Self {
        Self::default()
    }

    /// Those whose column holds this text.
    #[must_use]
    pub fn is(self, column: &'static str, text: &str) -> Self {
        self.compare(column, "=", Cell::Text(text.to_owned()))
    }

    /// The same, where a text is given.
    #[must_use]
    pub fn is_given(self, column: &'static str, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.is(column, text),
            None => self,
        }
    }

    /// Those whose column compares so: `=`, `<`, `<=`, `>`, `>=` or `<>`.
    #[must_use]
    pub fn compare(mut self, column: &'static str, operator: &'static str, value: Cell) -> Self {
        debug_assert!(known::<F>(column), "{} has no column {column}", F::NAME);
        self.parameters.push(value);
        self.conditions.push(format!("{column} {operator} ${}", self.parameters.len()));
        self
    }

    /// Those whose column holds one of these texts.
    #[must_use]
    pub fn is_among<'a>(mut self, column: &'static str, texts: impl IntoIterator<Item = &'a str>) -> Self {
        debug_assert!(known::<F>(column), "{} has no column {column}", F::NAME);
        let before = self.parameters.len();
        self.parameters.extend(texts.into_iter().map(|text| Cell::Text(text.to_owned())));
        let marks: Vec<String> =
            (before + 1..=self.parameters.len()).map(|mark| format!("${mark}")).collect();
        let condition =
            if marks.is_empty() { "1 = 0".to_owned() } else { format!("{column} IN ({})", marks.join(", ")) };
        self.conditions.push(condition);
        self
    }

    /// Those with `text` in one of the columns, whatever the case of ASCII letters.
    #[must_use]
    pub fn containing(mut self, columns: &[&'static str], text: &str) -> Self {
        debug_assert!(columns.iter().all(|column| known::<F>(column)));
        // Lower case is made here: a server's depends on its language.
        let text = text.to_ascii_lowercase();
        let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        self.parameters.push(Cell::Text(format!("%{escaped}%")));
        let mark = self.parameters.len();
        let likes: Vec<String> =
            columns.iter().map(|column| format!("lower({column}) LIKE ${mark} ESCAPE '\\'")).collect();
        self.conditions.push(format!("({})", likes.join(" OR ")));
        self
    }

    /// Sorted by this column after those named before; nulls come first, or last where it is descending.
    #[must_use]
    pub fn by(mut self, column: &'static str, descending: bool) -> Self {
        debug_assert!(known::<F>(column), "{} has no column {column}", F::NAME);
        let direction = if descending { "DESC NULLS LAST" } else { "ASC NULLS FIRST" };
        self.order.push(format!("{column} {direction}"));
        self
    }

    /// No more than `limit` rows after the first `offset` ones.
    #[must_use]
    pub fn page(mut self, limit: i64, offset: i64) -> Self {
        self.page = Some((limit, offset));
        self
    }

    /// The statement for the rows.
    pub(super) fn rows_sql(&self) -> String {
        let columns: Vec<&str> = F::COLUMNS.iter().map(|column| column.name).collect();
        let mut sql =
            format!("SELECT {} FROM {} WHERE {}", columns.join(", "), F::NAME, self.conditions.join(" AND "));
        if !self.order.is_empty() {
            sql.push_str(&format!(" ORDER BY {}", self.order.join(", ")));
        }
        if let Some((limit, offset)) = self.page {
            sql.push_str(&format!(" LIMIT {limit} OFFSET {offset}"));
        }
        sql
    }

    /// The statement for their number, without the page.
    pub(super) fn count_sql(&self) -> String {
        format!("SELECT count(*) FROM {} WHERE {}", F::NAME, self.conditions.join(" AND "))
    }

    pub(super) fn parameters(&self) -> &[Cell] {
        &self.parameters
    }
}

fn known<F: Fact>(column: &str) -> bool {
    F::COLUMNS.iter().any(|known| known.name == column)
}

/// Reads a row of a fact.
pub fn decoded<F: Fact>(row: &AnyRow) -> Result<F, Error> {
    let mut index = 0;
    let read = F::read(&mut |column| {
        let cell = cell(row, index, column.kind);
        index += 1;
        // A cell that does not fit is refused as one of another kind than its column's.
        cell.unwrap_or(if column.nullable { Cell::Text(String::new()) } else { Cell::Null })
    });
    read.map_err(|column| Error::Row { table: F::NAME, column })
}

/// The cells of a row whose columns are of these kinds.
pub fn cells(row: &AnyRow, kinds: &[Kind]) -> Result<Vec<Cell>, Error> {
    let cells = kinds.iter().enumerate().map(|(index, kind)| cell(row, index, *kind));
    Ok(cells.collect::<Result<_, _>>()?)
}

fn cell(row: &AnyRow, index: usize, kind: Kind) -> Result<Cell, sqlx::Error> {
    let cell = match kind {
        Kind::Text => row.try_get::<Option<String>, _>(index)?.map(Cell::Text),
        Kind::Integer => row.try_get::<Option<i64>, _>(index)?.map(Cell::Integer),
        Kind::Timestamp => {
            row.try_get::<Option<i64>, _>(index)?.map(|ms| Cell::Timestamp(tidemark_model::Timestamp(ms)))
        }
        Kind::Boolean => row.try_get::<Option<i64>, _>(index)?.map(|flag| Cell::Boolean(flag != 0)),
        Kind::Float => row.try_get::<Option<f64>, _>(index)?.map(Cell::Float),
    };
    Ok(cell.unwrap_or(Cell::Null))
}
