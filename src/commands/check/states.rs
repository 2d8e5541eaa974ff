//! What `tidemark check` says of each source beside whether it answers: how far whoever polls it has come.

use anyhow::Context as _;
use tidemark_api::{SourceState, sources};
use tidemark_model::Timestamp;
use tidemark_sql::serving::{Access, Database, Error, Place};

/// The sources that were ever polled. Of a database that can't be read its own line says why.
pub(super) async fn told(place: &Place) -> anyhow::Result<Vec<SourceState>> {
    if let Some(file) = place.path()
        && !file.try_exists()?
    {
        return Ok(Vec::new());
    }
    let database = match Database::open(place, Access::Read).await {
        // A file is made anew by the next run.
        Err(Error::Outdated { .. }) => return Ok(Vec::new()),
        opened => opened?,
    };
    let mut reading = database.read().await?;
    sources(&mut reading).await.map_err(|error| anyhow::anyhow!(error.message)).context("reading the sources")
}

/// A source's state in a line: what went wrong comes first, then how far it is read, and what that has cost.
pub(super) fn line(state: &SourceState) -> String {
    let mut said = vec![match (&state.error, state.state.as_str()) {
        (Some(error), _) => format!("failing: {error}"),
        (None, "reading") => "being read for the first time".to_owned(),
        (None, other) => other.to_owned(),
    }];
    said.extend(state.notice.clone());
    let mut at = |what: &str, at: Option<Timestamp>| said.extend(at.map(|at| format!("{what} {at}")));
    at("last success", state.succeeded_at);
    at("read until", state.read_until);
    at("next poll", state.next_poll_at);
    at("compared with what can be seen", state.reconciled_at);
    said.extend(state.read_per_mille.map(|read| format!("{} of the first load is read", percent(read))));
    let backlog = state.backlog.filter(|backlog| *backlog > 0);
    said.extend(backlog.map(|backlog| format!("about {backlog} issues to go")));
    said.extend(state.time_left_s.map(|left| format!("about {} min left", (left + 59) / 60)));
    if state.calls > 0 {
        let cost = state.calls_per_1000_issues.map(|cost| format!(" ({cost} per 1,000 issues)"));
        said.push(format!("{} calls{}", state.calls, cost.unwrap_or_default()));
    }
    if state.refused_calls > 0 {
        said.push(format!("{} of them refused (429)", state.refused_calls));
    }
    said.extend(state.quota_left_per_mille.map(|left| format!("{} of the quota left", percent(left))));
    if state.rejected > 0 {
        said.push(format!("{} records rejected (see `v1_rejected`)", state.rejected));
    }
    said.join("; ")
}

fn percent(per_mille: i64) -> String {
    format!("{}.{} %", per_mille / 10, per_mille % 10)
}

#[cfg(test)]
mod tests {
    use super::{SourceState, Timestamp, line};

    #[test]
    fn a_source_that_was_read_says_how_far_and_what_it_cost() {
        let state = SourceState {
            state: "current".to_owned(),
            succeeded_at: Some(Timestamp(1_700_000_000_000)),
            calls: 577,
            calls_per_1000_issues: Some(29),
            quota_left_per_mille: Some(931),
            ..SourceState::default()
        };
        assert_eq!(
            line(&state),
            "current; last success 2023-11-14T22:13:20.000Z; 577 calls (29 per 1,000 issues); 93.1 % of the quota left"
        );
    }

    #[test]
    fn one_that_fails_says_why_before_anything_else() {
        let state = SourceState {
            state: "failing".to_owned(),
            error: Some("it refuses the token: make a new one".to_owned()),
            notice: Some("the token ends in 3 days".to_owned()),
            rejected: 2,
            ..SourceState::default()
        };
        assert_eq!(
            line(&state),
            "failing: it refuses the token: make a new one; the token ends in 3 days; \
             2 records rejected (see `v1_rejected`)"
        );
    }
}
