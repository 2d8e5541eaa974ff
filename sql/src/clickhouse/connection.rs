//! Statements to a ClickHouse server over HTTP.

use std::future::Future;
use std::time::Duration;

use clickhouse::error::Error as ClientError;
use clickhouse::query::BytesCursor;
use clickhouse::{Client, Compression, RowOwned, RowRead};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::{Error, Place};

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a short statement may take; what writes rows has its own time.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(60);

/// How long the server may be silent while rows are sent, and after the last one.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);
const INSERT_TIMEOUT: Duration = Duration::from_secs(300);

/// Connections are let go before the server does so (after 3 s, where it is an old one).
const IDLE_TIMEOUT: Duration = Duration::from_millis(2_500);

/// Rows are compressed and sent in pieces of this size.
const PIECE_BYTES: usize = 1 << 20;

/// A server's database. Clones share their HTTP connections.
#[derive(Clone, Debug)]
pub struct Connection {
    place: Place,
    client: Client,
}

impl Connection {
    /// Does not ask the server yet. Fails where TLS is asked for and the system has no CA certificates.
    pub fn new(place: &Place) -> Result<Self, Error> {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        connector.set_nodelay(true);
        let mut http = Http::builder(TokioExecutor::new());
        http.pool_idle_timeout(IDLE_TIMEOUT);
        let client = if place.address().secure {
            connector.enforce_http(false);
            let provider = rustls::crypto::ring::default_provider();
            let tls = HttpsConnectorBuilder::new()
                .with_provider_and_native_roots(provider)
                .map_err(|error| Error::Tls { place: place.to_string(), reason: error.to_string() })?;
            Client::with_http_client(http.build(tls.https_only().enable_http1().wrap_connector(connector)))
        } else {
            Client::with_http_client(http.build(connector))
        };
        let client = client
            .with_url(place.endpoint())
            .with_database(&*place.address().database)
            .with_user(&*place.address().user)
            .with_password(&*place.address().password)
            .with_compression(Compression::Lz4)
            // The server would answer before rows are written, and put those of several statements together.
            .with_setting("async_insert", "0");
        Ok(Self { place: place.clone(), client })
    }

    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The same with a setting for all statements.
    #[must_use]
    pub(super) fn with_setting(mut self, name: &str, value: impl Into<String>) -> Self {
        self.client = self.client.with_setting(name, value);
        self
    }

    /// The same without a database: for statements about databases.
    pub(super) fn outside(&self) -> Self {
        Self { place: self.place.clone(), client: self.client.clone().with_database("system") }
    }

    /// Runs a statement that answers nothing.
    pub async fn run(&self, sql: &str) -> Result<(), Error> {
        self.in_time(self.client.query_raw(sql).execute()).await
    }

    /// The rows of a short query.
    pub async fn rows<T: RowOwned + RowRead>(&self, sql: &str) -> Result<Vec<T>, Error> {
        self.in_time(self.client.query_raw(sql).fetch_all::<T>()).await
    }

    /// The answer of a query in some format, as it comes; `waited` applies to each piece.
    pub(super) fn bytes(&self, sql: &str, format: &str) -> Result<BytesCursor, Error> {
        self.client.query_raw(sql).fetch_bytes(format).map_err(|error| self.told(&error))
    }

    /// Inserts rows of a format; `sql` is the statement up to `FORMAT …`. All rows are written, or none, where they are one
    /// block (see [`crate::clickhouse::schema`]).
    pub async fn insert(&self, sql: &str, rows: &[u8]) -> Result<(), Error> {
        let insert = async {
            let mut insert = self
                .client
                .insert_formatted_with(sql)
                .with_timeouts(Some(SEND_TIMEOUT), Some(INSERT_TIMEOUT));
            for piece in rows.chunks(PIECE_BYTES) {
                insert.send(piece.to_vec().into()).await?;
            }
            insert.end().await
        };
        insert.await.map_err(|error| self.told(&error))
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T, ClientError>>) -> Result<T, Error> {
        let done = tokio::time::timeout(STATEMENT_TIMEOUT, work).await;
        done.unwrap_or(Err(ClientError::TimedOut)).map_err(|error| self.told(&error))
    }

    pub(super) fn told(&self, error: &ClientError) -> Error {
        Error::of(&self.place, error)
    }
}
