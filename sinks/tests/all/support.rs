//! What the tests of the lake share.

use tidemark_model::fact::Fact;
use tidemark_sinks::Flush;
use tidemark_sql::Engine;

use crate::rows::{NOW, lines};

pub(crate) fn flush(generation: u64) -> Flush {
    Flush { generation, now: NOW, compact: false }
}

/// A fact's rows as queries of the lake see them, as sorted lines of JSON.
pub(crate) fn queried<F: Fact>(engine: &Engine) -> Vec<String> {
    lines(&engine.query(&format!("SELECT * FROM v1_{}", F::NAME)).unwrap())
}
