//! The REST resources, all under `/api/v1`, one file each. [`RESOURCES`] is the one table of them: the router, the
//! OpenAPI document and the tests of all resources are made from it.
//!
//! A resource declares its parameters and the form of its answer, and has a handler that gets what is asked, already
//! understood, and one state of the serving database.

mod answer;
mod asked;
mod boards;
mod burndown;
mod carry_over;
mod csv;
mod definitions;
mod disciplines;
pub mod explain;
mod items;
mod ledger;
mod openapi;
pub(crate) mod parameter;
mod record;
mod rejected;
pub mod report;
mod schema;
mod sources;
mod sprints;
mod velocity;
mod velocity_windows;

use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use axum::routing::get;
use futures_util::future::BoxFuture;
use tidemark_model::fact::Column;
use tidemark_sql::serving::Reading;

use crate::content::Content;
use crate::error::Error;
use crate::request::Head;
use crate::state::Shared;
use asked::Asked;
use parameter::Parameter;
use schema::Schema;

/// Where the resources are.
pub(crate) const ROOT: &str = "/api/v1";

/// Every resource.
const RESOURCES: &[Resource] = &[
    boards::LIST,
    boards::ONE,
    velocity::LIST,
    velocity_windows::LIST,
    carry_over::OF_BOARD,
    sprints::LIST,
    sprints::ONE,
    report::ONE,
    items::LIST,
    ledger::LIST,
    burndown::ONE,
    disciplines::LIST,
    carry_over::OF_SPRINT,
    explain::ONE,
    sources::LIST,
    rejected::LIST,
];

/// A resource: what it takes, what it answers, and how.
struct Resource {
    /// Below [`ROOT`].
    path: &'static str,
    summary: &'static str,
    /// Besides those that every list takes.
    parameters: &'static [Parameter],
    answer: Answer,
    subject: Subject,
    handler: Handler,
}

/// Answers from one state of the serving database.
type Handler = fn(Reading, Asked) -> BoxFuture<'static, Result<Content, Error>>;

/// The form of an answer.
enum Answer {
    /// Rows in pages. `meta` is what the answer says of all of them.
    List {
        row: fn() -> Schema,
        per_page: i64,
        meta: &'static [Column],
    },
    Single(fn() -> Schema),
}

/// What an answer depends on; a board or a sprint is the one that the path names.
#[derive(Clone, Copy)]
enum Subject {
    Everything,
    Board,
    Sprint,
}

impl Resource {
    /// The parameters, those that every list takes included.
    fn all_parameters(&self) -> Vec<Parameter> {
        let mut all = self.parameters.to_vec();
        if let Answer::List { per_page, .. } = self.answer {
            all.extend([asked::PAGE, asked::per_page(per_page), asked::FORMAT]);
        }
        all
    }

    async fn answer(
        &self,
        shared: &Shared,
        head: &Head,
        path: &RawPathParams,
        uri: &Uri,
    ) -> Result<Response, Error> {
        let mut asked = Asked::of(self, path, uri)?;
        asked.stale = shared.watch.look(shared).await?;
        // What is said of sources that are behind depends on the instant: such bodies are kept apart.
        let head = head.about(&asked.stale.key());
        let file = asked.listing.csv.then(|| format!("attachment; filename=\"{}\"", asked.file_name()));
        let scope = asked.scope(self.subject);
        let mut response = shared.answer(&head, scope, |reading| (self.handler)(reading, asked)).await?;
        if let Some(file) = file.and_then(|file| HeaderValue::from_str(&file).ok())
            && response.status() == StatusCode::OK
        {
            response.headers_mut().insert(header::CONTENT_DISPOSITION, file);
        }
        Ok(response)
    }
}

pub(crate) fn router() -> Router<Shared> {
    let described = Router::new().route(&format!("{ROOT}/openapi.json"), get(openapi::describe));
    RESOURCES.iter().fold(described, |router, resource| {
        let answer = async move |State(shared): State<Shared>,
                                 head: Head,
                                 path: Result<RawPathParams, RawPathParamsRejection>,
                                 uri: Uri|
                    -> Result<Response, Error> {
            let path = path.map_err(|_| Error::not_found("there is nothing of that name"))?;
            resource.answer(&shared, &head, &path, &uri).await
        };
        router.route(&format!("{ROOT}{}", resource.path), get(answer))
    })
}
