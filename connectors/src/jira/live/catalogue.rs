//! What an installation is made of: fields, statuses, issue types, boards with their columns, and sprints. None of it has a
//! version of its own, so that every distinct answer is kept with the time at which it was seen.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use tidemark_model::Timestamp;
use tidemark_model::board::Field;
use tidemark_model::raw::RawKind;

use super::Jira;
use super::place::{Backfill, Listing, Place};
use crate::jira::api::ListedBoard;
use crate::jira::{Id, board, split};
use crate::{Error, Page};

/// Boards of a page: a few calls each.
const PAGE_BOARDS: usize = 20;

/// A field, as far as it matters here.
#[derive(Debug, Clone, Deserialize)]
struct ListedField {
    id: String,
    #[serde(default)]
    name: String,
    schema: Option<Schema>,
}

#[derive(Debug, Clone, Deserialize)]
struct Schema {
    custom: Option<String>,
}

/// The fields that were found by their schemas and names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    sprint: Vec<String>,
    /// Ids and names of the fields that may hold estimates.
    estimation: Vec<(String, String)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SprintHead {
    id: Id,
    #[serde(default)]
    state: String,
    origin_board_id: Option<Id>,
    start_date: Option<Timestamp>,
}

/// A sprint of another board, in the payload of the board that shows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownSprint {
    id: String,
    origin_board_id: Option<String>,
}

#[derive(Serialize)]
struct BoardPayload<'a> {
    id: &'a str,
    name: Option<&'a str>,
    #[serde(rename = "type")]
    kind: Option<&'a str>,
    configuration: Option<&'a RawValue>,
    sprints: Vec<ShownSprint>,
}

impl Found {
    pub(super) fn of(fields: &[Box<RawValue>]) -> Self {
        let fields = fields.iter().filter_map(|field| serde_json::from_str::<ListedField>(field.get()).ok());
        let mut found = Self::default();
        for field in fields {
            let custom = field.schema.as_ref().and_then(|schema| schema.custom.as_deref());
            if custom == Some(Field::SPRINT) {
                found.sprint.push(field.id);
            } else if custom == Some(Field::STORY_POINTS)
                || Field::STORY_POINTS_NAMES.contains(&field.name.to_lowercase().as_str())
            {
                found.estimation.push((field.id, field.name));
            }
        }
        found
    }

    /// Several sprint fields would be a guess.
    pub(super) fn sprint_field(&self, source: &str) -> Result<(), Error> {
        match self.sprint.as_slice() {
            [_] => Ok(()),
            [] => Err(Error::Input {
                input: format!("the fields of {source}"),
                reason: "there is no sprint field".to_owned(),
                remedy: "see that the account may see a Scrum board and its issues".to_owned(),
            }),
            several => Err(Error::Input {
                input: format!("the fields of {source}"),
                reason: format!("there are several sprint fields: {}", several.join(", ")),
                remedy: "remove those that Jira Software does not own".to_owned(),
            }),
        }
    }
}

/// Which field a board estimates with that does not say it has to be chosen where there are several.
fn must_be_chosen(estimation: &[(String, String)], source: &str, board: &str) -> Result<(), Error> {
    if estimation.len() < 2 {
        return Ok(());
    }
    let several: Vec<String> = estimation.iter().map(|(id, name)| format!("{id} ({name})")).collect();
    Err(Error::Input {
        input: format!("board {source}/{board}"),
        reason: format!(
            "it does not say which field it estimates with, and there are several: {}",
            several.join(", ")
        ),
        remedy: format!("set `estimation_field` of [sources.{source}] to one of them"),
    })
}

impl Jira {
    /// The next page of the catalogue; its end begins the backfill, where there was none.
    pub(super) async fn catalogue(&self, place: Place, now: Timestamp) -> Result<Page, Error> {
        let server = self.api.server().await?;
        // What is seen now is seen by Jira's clock: webhooks go by it as well.
        let (asked_at, now) = (now, server.time.unwrap_or(now));
        let (mut page, mut place) = (Page::default(), place);
        let mut listing = match place.catalogue.take() {
            Some(listing) => listing,
            None => self.listing(&mut page, asked_at, now).await?,
        };
        let mut told = BTreeSet::new();
        for _ in 0..PAGE_BOARDS {
            let Some(board) = listing.left.pop() else { break };
            let id = board.id.clone().into_text();
            let sprints = self.api.board_sprints(&id, None).await?.unwrap_or_default();
            let heads: Vec<SprintHead> =
                sprints.iter().filter_map(|sprint| serde_json::from_str(sprint.get()).ok()).collect();
            let payload = self.board(&board, &heads, &listing.estimation).await?;
            self.state(&mut page, RawKind::Board, &[payload], now);
            // A sprint that several boards show is one sprint.
            let new = sprints.into_iter().filter(|sprint| told.insert(sprint.get().to_owned()));
            self.state(&mut page, RawKind::Sprint, &new.collect::<Vec<_>>(), now);
            let is_open = |head: &&SprintHead| !head.state.eq_ignore_ascii_case("closed");
            let open = heads.iter().filter(is_open).map(|head| (head.id.clone().into_text(), id.clone()));
            // What was open when it was last listed is looked for once more by the updates.
            place.open_sprints.extend(open);
            if !heads.is_empty() {
                // Of a sprint that has not started the date is a plan.
                let started = heads.iter().filter(|head| !head.state.eq_ignore_ascii_case("future"));
                listing.boards.push((started.filter_map(|head| head.start_date).max(), id));
            }
        }
        let is_first = place.updated_at == Timestamp(0) && place.backfill.is_none();
        if listing.left.is_empty() {
            listing.boards.sort();
            let boards: Vec<String> = listing.boards.into_iter().map(|(_, id)| id).collect();
            (place.catalogue_at, place.boards) = (listing.begun_at, boards.clone());
            if is_first {
                let total = self.api.count(&self.everything()).await?;
                place.backfill = Some(Backfill { boards, read: 0, total, passed: 0 });
                // What changes from here on is read after the backfill.
                place.updated_at = now;
            }
        } else {
            place.catalogue = Some(listing);
        }
        page.read = is_first.then_some(0.0);
        page.next = Some(place.cursor());
        Ok(page)
    }

    /// What a catalogue begins with: the fields, statuses and issue types, and which boards there are.
    async fn listing(&self, page: &mut Page, asked_at: Timestamp, now: Timestamp) -> Result<Listing, Error> {
        let fields = self.api.fields().await?;
        let found = Found::of(&fields);
        found.sprint_field(self.api.source())?;
        self.state(page, RawKind::Field, &fields, now);
        self.state(page, RawKind::Status, &self.api.statuses().await?, now);
        self.state(page, RawKind::IssueType, &self.api.issue_types().await?, now);
        let left = self.api.boards().await?;
        Ok(Listing { begun_at: asked_at, left, estimation: found.estimation, boards: Vec::new() })
    }

    /// A board's payload: its configuration, and foreign sprints.
    async fn board(
        &self,
        board: &ListedBoard,
        sprints: &[SprintHead],
        estimation: &[(String, String)],
    ) -> Result<Box<RawValue>, Error> {
        let id = board.id.clone().into_text();
        let configuration = self.api.board_configuration(&id).await?;
        let says_nothing = configuration.as_deref().is_some_and(board::says_nothing_of_estimates);
        if says_nothing && !sprints.is_empty() && self.options.estimation_field.is_none() {
            must_be_chosen(estimation, self.api.source(), &id)?;
        }
        let foreign = sprints.iter().filter_map(|sprint| {
            let origin = sprint.origin_board_id.clone().map(Id::into_text);
            (origin.as_ref() != Some(&id))
                .then(|| ShownSprint { id: sprint.id.clone().into_text(), origin_board_id: origin })
        });
        let payload = BoardPayload {
            id: &id,
            name: board.name.as_deref(),
            kind: board.kind.as_deref(),
            configuration: configuration.as_deref(),
            sprints: foreign.collect(),
        };
        to_raw_value(&payload).map_err(|error| Error::Input {
            input: format!("board {id} of {}", self.api.source()),
            reason: error.to_string(),
            remedy: "tell the makers of tidemark".to_owned(),
        })
    }

    /// Adds statements as of `now` to a page.
    pub(super) fn state(&self, page: &mut Page, kind: RawKind, payloads: &[Box<RawValue>], now: Timestamp) {
        for (payload, number) in payloads.iter().zip(1..) {
            match split::statement(self.api.source(), kind, payload, now, String::new()) {
                Ok(record) => page.records.push(record),
                Err(reject) => self.reject(page, format!("{kind} {number} of a list"), reject, payload.get()),
            }
        }
    }

    /// The search for every issue there is.
    pub(super) fn everything(&self) -> String {
        let scope = self.scope();
        if scope.is_empty() { "created >= 0".to_owned() } else { scope }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use serde_json::value::to_raw_value;

    use super::Found;

    fn found(ids: &[&str]) -> Found {
        let field = |id: &&str| {
            let schema = json!({"type": "array", "custom": "com.pyxis.greenhopper.jira:gh-sprint"});
            to_raw_value(&json!({"id": id, "name": "Sprint", "schema": schema})).unwrap()
        };
        let other = to_raw_value(&json!({"id": "summary", "name": "Sprint"})).unwrap();
        Found::of(&ids.iter().map(field).chain([other]).collect::<Vec<_>>())
    }

    #[test]
    fn there_has_to_be_one_sprint_field_and_several_are_listed() {
        found(&["customfield_10020"]).sprint_field("acme").unwrap();
        let none = found(&[]).sprint_field("acme").unwrap_err().to_string();
        assert!(
            none.contains("there is no sprint field") && none.contains("may see a Scrum board"),
            "{none}"
        );
        let two =
            found(&["customfield_10020", "customfield_10104"]).sprint_field("acme").unwrap_err().to_string();
        assert!(two.contains("customfield_10020, customfield_10104") && two.contains("acme"), "{two}");
    }
}
