//! The engine's errors in few words.

use datafusion::common::DataFusionError;
use datafusion::sql::sqlparser::parser::ParserError;

use crate::Error;

/// Longer messages list more than anyone reads.
const MESSAGE_CHARS: usize = 400;

/// What went wrong with a query, as the engine says it, without its wrappings.
pub(crate) fn query_error(error: &DataFusionError) -> Error {
    let root = error.find_root();
    let message = match root {
        DataFusionError::SQL(parser, _) => match parser.as_ref() {
            ParserError::TokenizerError(message) | ParserError::ParserError(message) => message.clone(),
            ParserError::RecursionLimitExceeded => "the query is nested too deeply".to_owned(),
        },
        DataFusionError::SchemaError(schema, _) => schema.to_string(),
        DataFusionError::Plan(message)
        | DataFusionError::Execution(message)
        | DataFusionError::ResourcesExhausted(message)
        | DataFusionError::Configuration(message)
        | DataFusionError::NotImplemented(message) => message.clone(),
        other => other.strip_backtrace(),
    };
    let message = message.split("\n\nbacktrace:").next().unwrap_or_default().trim();
    Error::Query(shortened(message))
}

/// What went wrong while the engine was set up.
pub(crate) fn engine_error(error: impl std::fmt::Display) -> Error {
    Error::Engine(shortened(&error.to_string()))
}

fn shortened(message: &str) -> String {
    match message.char_indices().nth(MESSAGE_CHARS) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}
