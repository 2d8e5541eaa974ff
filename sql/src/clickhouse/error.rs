//! What can go wrong with a ClickHouse server, told apart by what helps.

use std::error::Error as _;

use clickhouse::error::Error as Client;

use super::Place;

/// Longer messages list more than anyone reads.
const MESSAGE_CHARS: usize = 400;

/// What can go wrong with a warehouse on a ClickHouse server. No message shows a password.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server's address can't be used from here.
    #[error(
        "the warehouse at {place} can't be reached with TLS: {reason}; install the system's CA certificates"
    )]
    Tls { place: String, reason: String },
    /// Nothing answered, or something else than the server did.
    #[error(
        "the warehouse at {place} can't be reached: {reason}; is the server running, and is this its HTTP port?"
    )]
    Unreachable { place: String, reason: String },
    /// The server does not know the user, or the password is another.
    #[error("the warehouse at {place} refused the user or the password: correct them in its URL")]
    Refused { place: String },
    #[error(
        "the warehouse at {place} has no database `{database}`: run `tidemark migrate`, which makes it, or name another in the URL"
    )]
    NoDatabase { place: String, database: String },
    #[error("the warehouse at {place} has no tables yet: run `tidemark migrate`")]
    NoSchema { place: String },
    #[error(
        "the warehouse at {place} was made by an older tidemark (its schema is {found}, this one needs {newest}): run \
         `tidemark migrate`"
    )]
    Older { place: String, found: u32, newest: u32 },
    #[error(
        "the warehouse at {place} was made by a newer tidemark (its schema is {found}, this one knows {newest}): run \
         that version, or name another database"
    )]
    Newer { place: String, found: u32, newest: u32 },
    #[error(
        "the warehouse at {place} can't be written: its user's profile says `readonly`: give the user another profile, or name \
         another user in the URL"
    )]
    ReadOnly { place: String },
    #[error("the warehouse at {place} can't be written: its user may not {missing}: run `{grant}` there")]
    MayNot { place: String, missing: String, grant: String },
    /// An exception of the server's.
    #[error("the warehouse failed: {message} ({name})")]
    Server { name: String, message: String },
    /// What came is not what was asked for.
    #[error("the warehouse's answer can't be read: {0}")]
    Answer(String),
}

/// Exceptions that pass by themselves, or once somebody has looked after the server.
const TRANSIENT: &[&str] = &[
    "ABORTED",
    "ALL_CONNECTION_TRIES_FAILED",
    "CANNOT_SCHEDULE_TASK",
    "DEADLOCK_AVOIDED",
    "KEEPER_EXCEPTION",
    "MEMORY_LIMIT_EXCEEDED",
    "NETWORK_ERROR",
    "NOT_ENOUGH_SPACE",
    "NO_FREE_CONNECTION",
    "NO_ZOOKEEPER",
    "QUERY_WAS_CANCELLED",
    "QUOTA_EXCEEDED",
    "S3_ERROR",
    "SERVER_OVERLOADED",
    "SOCKET_TIMEOUT",
    "SYSTEM_ERROR",
    "TABLE_IS_READ_ONLY",
    "TIMEOUT_EXCEEDED",
    "TOO_FEW_LIVE_REPLICAS",
    "TOO_MANY_PARTS",
    "TOO_MANY_SIMULTANEOUS_QUERIES",
    "UNFINISHED",
    "UNKNOWN_STATUS_OF_INSERT",
    "UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE",
];

/// Exceptions that say that the server does not let the user in.
const REFUSED: &[&str] = &["AUTHENTICATION_FAILED", "REQUIRED_PASSWORD", "UNKNOWN_USER", "WRONG_PASSWORD"];

impl Error {
    /// Whether trying again later, with nothing changed by hand at this end, may succeed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Server { name, .. } => TRANSIENT.contains(&name.as_str()),
            _ => false,
        }
    }

    /// The name of the server's exception, such as `UNKNOWN_TABLE`.
    pub fn exception(&self) -> Option<&str> {
        match self {
            Self::Server { name, .. } => Some(name),
            _ => None,
        }
    }

    /// What a client's error says about the server at `place`.
    pub(super) fn of(place: &Place, error: &Client) -> Self {
        let unreachable = |reason: String| Self::Unreachable { place: place.to_string(), reason };
        match error {
            Client::Network(_) | Client::Other(_) => unreachable(chain(error)),
            Client::TimedOut => unreachable("it does not answer".to_owned()),
            Client::BadResponse(text) => match exception(text) {
                Some((name, _)) if REFUSED.contains(&name.as_str()) => {
                    Self::Refused { place: place.to_string() }
                }
                Some((name, message)) if name == "UNKNOWN_DATABASE" && names(&message, place.database()) => {
                    Self::NoDatabase { place: place.to_string(), database: place.database().to_owned() }
                }
                Some((name, message)) => Self::Server { name, message },
                // Something in between has answered.
                None => unreachable(format!("the answer is `{}`", shortened(text))),
            },
            other => Self::Answer(shortened(&chain(other))),
        }
    }
}

/// The name and the message of `Code: 60. DB::Exception: message (NAME) (version …)`.
fn exception(text: &str) -> Option<(String, String)> {
    let (_, message) = text.strip_prefix("Code: ")?.split_once("DB::")?;
    let (_, message) = message.split_once(": ")?;
    let message = message.split(" (version ").next().unwrap_or(message).trim_end();
    let (message, name) = message.rsplit_once(" (").unwrap_or((message, "UNKNOWN_EXCEPTION)"));
    let name = name.trim_end_matches(')').to_owned();
    Some((name, shortened(message.trim().trim_end_matches('.'))))
}

/// Whether a message has a word, quoted or not.
fn names(message: &str, word: &str) -> bool {
    message.split_whitespace().any(|part| part.trim_matches(['`', '\'']) == word)
}

/// An error with what caused it, each reason once.
fn chain(error: &Client) -> String {
    let mut reasons = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        let reason = cause.to_string();
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
        next = cause.source();
    }
    if reasons.is_empty() { error.to_string() } else { reasons.join(": ") }
}

pub(crate) fn shortened(message: &str) -> String {
    match message.char_indices().nth(MESSAGE_CHARS) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use clickhouse::error::Error as Client;

    use super::super::Place;
    use super::{Error, TRANSIENT};

    fn told(text: &str) -> Error {
        let place = Place::parse("clickhouse://ana:s3cret@db/tide").unwrap();
        Error::of(&place, &Client::BadResponse(text.to_owned()))
    }

    #[test]
    fn exceptions_are_told_apart() {
        let full = told(
            "Code: 252. DB::Exception: Too many parts (300). Wait (a while). (TOO_MANY_PARTS) (version 26.9.2.1 (official build))",
        );
        assert_eq!(
            full.to_string(),
            "the warehouse failed: Too many parts (300). Wait (a while) (TOO_MANY_PARTS)"
        );
        assert!(full.is_transient());
        let no_column = told("Code: 47. DB::Exception: Unknown `x`. (UNKNOWN_IDENTIFIER) (version 26.9.2.1)");
        assert_eq!(no_column.exception(), Some("UNKNOWN_IDENTIFIER"));
        assert!(!no_column.is_transient());
        let refused = told(
            "Code: 516. DB::Exception: ana: Authentication failed. (AUTHENTICATION_FAILED) (version 26.9)",
        );
        assert!(matches!(refused, Error::Refused { .. }) && !refused.is_transient());
        let none =
            told("Code: 81. DB::Exception: Database tide does not exist. (UNKNOWN_DATABASE) (version 26.9)");
        assert!(none.to_string().contains("has no database `tide`: run `tidemark migrate`"), "{none}");
        let other =
            told("Code: 81. DB::Exception: Database nodb does not exist. (UNKNOWN_DATABASE) (version 26.9)");
        assert_eq!(other.exception(), Some("UNKNOWN_DATABASE"));
        let proxy = told("upstream is unavailable");
        assert!(proxy.is_transient() && proxy.to_string().contains("upstream is unavailable"), "{proxy}");
    }

    #[test]
    fn exceptions_that_pass_are_sorted() {
        assert!(TRANSIENT.is_sorted());
    }
}
