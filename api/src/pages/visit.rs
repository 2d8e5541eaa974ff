//! One request for a page: what was asked, and how it is answered.

use std::future::Future;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use tidemark_sql::serving::Reading;

use super::asked::Asked;
use super::rejections::Rejections;
use super::shell::{Page, Standing};
use crate::content::Content;
use crate::error::Error;
use crate::live::Scope;
use crate::request::Head;
use crate::stale::Stale;
use crate::state::Shared;

/// One request for a page.
pub(super) struct Visit {
    shared: Shared,
    head: Head,
    pub(super) asked: Asked,
    pub(super) rejected: i64,
    /// The sources that are behind now.
    pub(super) stale: Stale,
}

impl Visit {
    /// Answers with a page, which is kept until something in `scope` changes.
    pub(super) async fn answer<F, M>(mut self, scope: Scope, make: M) -> Result<Response, Error>
    where
        M: FnOnce(Reading, Asked) -> F,
        F: Future<Output = Result<Page, Error>>,
    {
        // The number of rejected records is on every page, whatever the page's scope; which sources are behind depends
        // on the instant.
        self.head.question = format!("{} rejected {}{}", self.head.question, self.rejected, self.stale.key());
        let (shared, asked, rejected) = (self.shared.clone(), self.asked, self.rejected);
        let answer = self.shared.answer(&self.head, scope, |reading| async move {
            let page = make(reading, asked).await?;
            Ok(Content::html(page.render(&Standing { rejected, made_at: shared.clock.now() })))
        });
        answer.await
    }
}

impl Visit {
    /// Answers with a page that is about one sprint, which `make` is told with the sources that are behind.
    pub(super) async fn of_sprint<F, M>(
        self,
        (source, id): (String, String),
        make: M,
    ) -> Result<Response, Error>
    where
        M: FnOnce(Reading, Asked, String, Stale) -> F,
        F: Future<Output = Result<Page, Error>>,
    {
        let (sprint_id, stale) = (format!("{source}/{id}"), self.stale.clone());
        let scope = Scope::Sprint(sprint_id.clone());
        self.answer(scope, |reading, asked| make(reading, asked, sprint_id, stale)).await
    }
}

impl FromRequestParts<Shared> for Visit {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Error> {
        let Ok(head) = Head::from_request_parts(parts, shared).await;
        let asked = Asked::from_request_parts(parts, shared).await?;
        let rejections = parts.extensions.get::<Rejections>().cloned().unwrap_or_default();
        let rejected = rejections.count(shared).await?;
        let stale = shared.watch.look(shared).await?;
        Ok(Self { shared: shared.clone(), head, asked, rejected, stale })
    }
}
