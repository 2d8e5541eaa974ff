//! The embedded SQL engine: DataFusion over the lake's parts.

use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::common::DataFusionError;
use datafusion::dataframe::DataFrame;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast;
use futures_util::TryStreamExt;

use crate::Error;
use crate::catalogue::FACTS;
use crate::failure::{engine_error, query_error};
use crate::layer::Layer;
use crate::manifest::Manifest;
use crate::rows::{Rows, Threads};
use crate::views::{VIEWS, View};

/// What queries may hold in memory together, before they spill to temporary files.
const MEMORY_BYTES: usize = 512 << 20;

/// How many threads a query uses: enough to be quick, few enough to leave the machine usable.
const PARTITIONS: usize = 2;

/// SQL over one state of the lake. Its methods block; call them from a thread that may.
pub struct Engine {
    context: SessionContext,
    threads: Arc<Threads>,
}

impl Engine {
    /// Opens the lake in a folder. A lake that does not exist yet is one without rows.
    pub fn open(lake_dir: impl AsRef<Path>) -> Result<Self, Error> {
        let lake_dir = std::path::absolute(lake_dir).map_err(engine_error)?;
        let manifest = Manifest::read(&lake_dir)?.unwrap_or_else(|| Manifest::empty(0));
        let engine = Self {
            context: context().map_err(engine_error)?,
            threads: Arc::new(Threads::start(PARTITIONS)?),
        };
        for fact in FACTS {
            let parts = manifest.facts.get(fact.name).cloned().unwrap_or_default();
            if parts.all().next().is_some() && parts.columns != fact.fingerprint() {
                return Err(Error::OtherColumns { fact: fact.name });
            }
            let layer = Layer { context: &engine.context, lake_dir: &lake_dir, fact };
            let table = layer.table(&parts).map_err(engine_error)?;
            engine.context.register_table(format!("current_{}", fact.name), table).map_err(engine_error)?;
        }
        for view in VIEWS {
            let table = engine.plan(view.sql)?.into_view();
            engine.context.register_table(view.name, table).map_err(engine_error)?;
        }
        Ok(engine)
    }

    /// All rows of a query, in memory.
    pub fn query(&self, sql: &str) -> Result<Vec<RecordBatch>, Error> {
        self.stream(sql)?.collect()
    }

    /// The rows of a query, as they come.
    pub fn stream(&self, sql: &str) -> Result<Rows, Error> {
        let frame = self.plan(sql)?;
        let stream = self.threads.wait(frame.execute_stream())?.map_err(|error| query_error(&error))?;
        let schema = stream.schema();
        let batches = stream.map_err(|error| query_error(&error));
        Ok(Rows::new(schema, Box::pin(batches), self.threads.clone()))
    }

    /// All rows of a view (`v1_sprints`, or `sprints` for short), sorted by its key.
    pub fn export(&self, name: &str) -> Result<Rows, Error> {
        self.stream(&View::named(name)?.export_sql())
    }

    fn plan(&self, sql: &str) -> Result<DataFrame, Error> {
        let (context, text) = (self.context.clone(), sql.to_owned());
        let options =
            SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        let planned = self.threads.wait(async move { context.sql_with_options(&text, options).await })?;
        planned.map_err(|error| self.missing_table(sql).unwrap_or_else(|| query_error(&error)))
    }

    /// The first table that a query names and that is not there; nothing for a statement that is no query.
    fn missing_table(&self, sql: &str) -> Option<Error> {
        let state = self.context.state();
        let dialect = state.config_options().sql_parser.dialect;
        let statement = state.sql_to_statement(sql, &dialect).ok()?;
        let asks = |inner: &ast::Statement| {
            matches!(inner, ast::Statement::Query(_) | ast::Statement::Explain { .. })
        };
        if !matches!(&statement, Statement::Statement(inner) if asks(inner))
            && !matches!(&statement, Statement::Explain(_))
        {
            return None;
        }
        let tables = state.resolve_table_references(&statement).ok()?;
        let missing =
            tables.into_iter().find(|table| !self.context.table_exist(table.clone()).unwrap_or(true))?;
        Some(Error::unknown_table(&missing.to_string()))
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

fn context() -> Result<SessionContext, DataFusionError> {
    let pool = Arc::new(FairSpillPool::new(MEMORY_BYTES));
    let runtime = RuntimeEnvBuilder::new().with_memory_pool(pool).build_arc()?;
    let mut config = SessionConfig::new().with_target_partitions(PARTITIONS).with_information_schema(true);
    config.options_mut().execution.time_zone = Some("UTC".to_owned());
    Ok(SessionContext::new_with_config_rt(config, runtime))
}
