//! What an installation is made of: fields, statuses, issue types, boards with their columns, and sprints. None of it has a
//! version of its own, so that every distinct answer is kept with the time at which it was seen.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use tidemark_model::Timestamp;
use tidemark_model::raw::RawKind;

use super::Jira;
use super::place::{Backfill, Place};
use crate::jira::api::ListedBoard;
use crate::jira::{Id, split};
use crate::{Error, Page};

/// The custom types of Jira's sprint field and of team-managed projects' estimates.
const SPRINT: &str = "com.pyxis.greenhopper.jira:gh-sprint";
const ESTIMATE: &str = "com.pyxis.greenhopper.jira:jsw-story-points";
/// What plain number fields are called that hold story points.
const ESTIMATES: [&str; 2] = ["story points", "story point estimate"];

/// A field, as far as it matters here.
#[derive(Debug, Clone, Deserialize)]
struct Field {
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
    configuration: serde_json::Value,
    sprints: Vec<ShownSprint>,
}

impl Found {
    pub(super) fn of(fields: &[Box<RawValue>]) -> Self {
        let fields = fields.iter().filter_map(|field| serde_json::from_str::<Field>(field.get()).ok());
        let mut found = Self::default();
        for field in fields {
            let custom = field.schema.as_ref().and_then(|schema| schema.custom.as_deref());
            if custom == Some(SPRINT) {
                found.sprint.push(field.id);
            } else if custom == Some(ESTIMATE) || ESTIMATES.contains(&field.name.to_lowercase().as_str()) {
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

    /// The estimation field of a board that does not say it: the configured one, or the only one there is.
    fn estimation_field(
        &self,
        source: &str,
        chosen: Option<&str>,
        board: &str,
    ) -> Result<Option<String>, Error> {
        match (chosen, self.estimation.as_slice()) {
            (Some(chosen), _) => Ok(Some(chosen.to_owned())),
            (None, []) => Ok(None),
            (None, [(id, _)]) => Ok(Some(id.clone())),
            (None, several) => {
                let several: Vec<String> =
                    several.iter().map(|(id, name)| format!("{id} ({name})")).collect();
                Err(Error::Input {
                    input: format!("board {source}/{board}"),
                    reason: format!(
                        "it does not say which field it estimates with, and there are several: {}",
                        several.join(", ")
                    ),
                    remedy: format!("set `estimation_field` of [sources.{source}] to one of them"),
                })
            }
        }
    }
}

impl Jira {
    /// Reads the catalogue; the first one begins the backfill.
    pub(super) async fn catalogue(&self, place: Place, now: Timestamp) -> Result<Page, Error> {
        let server = self.api.server().await?;
        // What is seen now is seen by Jira's clock: webhooks go by it as well.
        let (asked_at, now) = (now, server.time.unwrap_or(now));
        let mut page = Page::default();
        let fields = self.api.fields().await?;
        let found = Found::of(&fields);
        found.sprint_field(self.api.source())?;
        self.state(&mut page, RawKind::Field, &fields, now);
        self.state(&mut page, RawKind::Status, &self.api.statuses().await?, now);
        self.state(&mut page, RawKind::IssueType, &self.api.issue_types().await?, now);
        let (mut boards, mut open, mut told) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
        for board in self.api.boards().await? {
            let id = board.id.clone().into_text();
            let sprints = self.api.board_sprints(&id, None).await?.unwrap_or_default();
            let heads: Vec<SprintHead> =
                sprints.iter().filter_map(|sprint| serde_json::from_str(sprint.get()).ok()).collect();
            let payload = self.board(&board, &heads, &found).await?;
            self.state(&mut page, RawKind::Board, &[payload], now);
            // A sprint that several boards show is one sprint.
            let new = sprints.into_iter().filter(|sprint| told.insert(sprint.get().to_owned()));
            self.state(&mut page, RawKind::Sprint, &new.collect::<Vec<_>>(), now);
            let is_open = |head: &&SprintHead| !head.state.eq_ignore_ascii_case("closed");
            open.extend(heads.iter().filter(is_open).map(|head| (head.id.clone().into_text(), id.clone())));
            if !heads.is_empty() {
                boards.push((heads.iter().filter_map(|head| head.start_date).max(), id));
            }
        }
        boards.sort();
        let boards: Vec<String> = boards.into_iter().map(|(_, id)| id).collect();
        // What was open when it was last listed is looked for once more by the updates.
        let mut open_sprints = place.open_sprints;
        open_sprints.extend(open);
        let mut place = Place { catalogue_at: asked_at, open_sprints, boards: boards.clone(), ..place };
        if place.updated_at == Timestamp(0) && place.backfill.is_none() {
            let total = self.api.count(&self.everything()).await?;
            place.backfill = Some(Backfill { boards, read: 0, total });
            // What changes from now on is read after the backfill.
            place.updated_at = now;
            page.read = Some(0.0);
        }
        page.next = Some(place.cursor());
        Ok(page)
    }

    /// A board's payload: its configuration, with the estimation field where it does not say one, and foreign sprints.
    async fn board(
        &self,
        board: &ListedBoard,
        sprints: &[SprintHead],
        found: &Found,
    ) -> Result<Box<RawValue>, Error> {
        let id = board.id.clone().into_text();
        let configuration = self.api.board_configuration(&id).await?;
        let mut configuration: serde_json::Value = configuration
            .and_then(|json| serde_json::from_str(json.get()).ok())
            .unwrap_or(serde_json::Value::Null);
        let says_field = configuration.pointer("/estimation/field/fieldId").is_some();
        // A board that estimates by counting issues says so, and has no field.
        let says_none = configuration
            .pointer("/estimation/type")
            .is_some_and(|kind| kind == "none" || kind == "issueCount");
        if configuration.is_object() && !sprints.is_empty() && !says_field && !says_none {
            let chosen = self.options.estimation_field.as_deref();
            if let Some(field) = found.estimation_field(self.api.source(), chosen, &id)? {
                configuration["estimation"] =
                    serde_json::json!({"type": "field", "field": {"fieldId": field}});
            }
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
            configuration,
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
