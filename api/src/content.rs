//! Bodies of answers, and how they are kept: made once per version of what they depend on, packed once, compared by
//! their hash.

use std::future::Future;
use std::io::Write;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_128;

use crate::error::Error;
use crate::request::Head;

/// Memory for kept bodies: some thousand reports, or some dozen ledgers of ten thousand issues.
const KEPT_BYTES: u64 = 48 << 20;

/// Smaller bodies gain nothing by being packed.
const PACKED_FROM_BYTES: usize = 1024;

/// A body with its type.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) media_type: &'static str,
    pub(crate) bytes: Vec<u8>,
}

impl Content {
    pub(crate) fn json(value: &impl Serialize) -> Result<Self, Error> {
        let bytes = serde_json::to_vec(value).map_err(|error| {
            tracing::error!(%error, "an answer can't be written as JSON");
            Error::internal()
        })?;
        Ok(Self { media_type: "application/json", bytes })
    }

    pub(crate) fn html(markup: maud::Markup) -> Self {
        Self { media_type: "text/html; charset=utf-8", bytes: markup.into_string().into_bytes() }
    }

    pub(crate) fn csv(bytes: Vec<u8>) -> Self {
        Self { media_type: "text/csv; charset=utf-8; header=present", bytes }
    }
}

/// A body, ready to be sent.
#[derive(Debug)]
pub(crate) struct Ready {
    media_type: &'static str,
    plain: Bytes,
    /// The same, as gzip, where that is worth it.
    packed: Option<Bytes>,
    etag: HeaderValue,
}

impl Ready {
    pub(crate) fn of(content: Content) -> Self {
        // A weak one: it stands for the packed form as well.
        let etag = format!("W/\"{:032x}\"", xxh3_128(&content.bytes));
        let packed = (content.bytes.len() >= PACKED_FROM_BYTES).then(|| gzip(&content.bytes)).flatten();
        Self {
            media_type: content.media_type,
            packed: packed.map(Bytes::from),
            plain: Bytes::from(content.bytes),
            etag: HeaderValue::from_str(&etag).unwrap_or(HeaderValue::from_static("\"\"")),
        }
    }

    fn size(&self) -> u32 {
        let packed = self.packed.as_ref().map_or(0, Bytes::len);
        u32::try_from(self.plain.len() + packed + 256).unwrap_or(u32::MAX)
    }

    /// The answer to a request: nothing but the tag where the asker has it already.
    pub(crate) fn response(&self, head: &Head) -> Response {
        let mut response = if head.has(&self.etag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            match self.packed.as_ref().filter(|_| head.takes_gzip) {
                Some(packed) => {
                    let mut response = Response::new(Body::from(packed.clone()));
                    response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                    response
                }
                None => Response::new(Body::from(self.plain.clone())),
            }
        };
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        headers.insert(header::ETAG, self.etag.clone());
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        // It may be kept, and has to be asked for again each time: what it says changes in an instant.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        response
    }
}

fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::fast());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

/// Bodies by what was asked and by the version of what they depend on: an older version is never asked for again.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    bodies: moka::future::Cache<(String, u64), Arc<Ready>>,
}

impl Default for Kept {
    fn default() -> Self {
        let bodies = moka::future::Cache::builder()
            .max_capacity(KEPT_BYTES)
            .weigher(|_, ready: &Arc<Ready>| ready.size())
            .build();
        Self { bodies }
    }
}

impl Kept {
    /// The body for a question; it is made once, however many ask at the same time.
    pub(crate) async fn get(
        &self,
        question: String,
        version: u64,
        make: impl Future<Output = Result<Content, Error>>,
    ) -> Result<Arc<Ready>, Error> {
        let made = async { make.await.map(|content| Arc::new(Ready::of(content))) };
        let found = self.bodies.try_get_with((question, version), made).await;
        found.map_err(|error: Arc<Error>| (*error).clone())
    }
}
