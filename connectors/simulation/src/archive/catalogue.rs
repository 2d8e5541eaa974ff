//! What Jira tells about itself: boards, fields, statuses, issue types.

use serde_json::{Value, json};

use crate::book::{Book, View};
use crate::issue::IssueType;
use crate::lens::{EstimationField, Lens};
use crate::organisation::Organisation;
use crate::sprint::Sprint;
use crate::workflow::Status;

pub(super) const SPRINT_FIELD: &str = "customfield_10020";
pub(super) const DISCIPLINE_FIELD: &str = "customfield_10050";
pub(super) const RANK_FIELD: &str = "customfield_10019";

pub(crate) fn project_id(project: u16) -> String {
    (20_000 + u32::from(project)).to_string()
}

/// The boards as they are configured now.
pub(crate) fn boards(organisation: &Organisation) -> Vec<Value> {
    let teams = 0..u16::try_from(organisation.teams.len()).unwrap_or(u16::MAX);
    teams.map(|team| board(organisation, team, organisation.team(team).lens)).collect()
}

/// A board as it was configured when it looked through `lens`. Beside its own sprints it lists those of other boards that
/// it shows.
pub(crate) fn board(organisation: &Organisation, ordinal: u16, lens: Lens) -> Value {
    let team = organisation.team(ordinal);
    let columns: Vec<Value> = lens
        .columns
        .list()
        .iter()
        .map(|(name, statuses)| {
            let statuses: Vec<Value> = statuses.iter().map(|status| json!({"id": status.id()})).collect();
            json!({"name": name, "statuses": statuses})
        })
        .collect();
    let shows = |sprint: &&Sprint| {
        let elsewhere = |book: &Book| book.view == View::Elsewhere && book.board == ordinal;
        sprint.team == ordinal || sprint.books.iter().any(elsewhere)
    };
    let sprints: Vec<Value> = organisation
        .listed_sprints()
        .filter(shows)
        .map(|sprint| json!({"id": sprint.id, "originBoardId": u32::from(sprint.team) + 1}))
        .collect();
    let (id, name) = (u32::from(ordinal) + 1, format!("{} board", team.name));
    json!({
        "id": id,
        "name": name,
        "type": "scrum",
        "location": {"projectKey": team.key, "projectName": team.name, "projectTypeKey": "software"},
        "configuration": {
            "id": id,
            "name": name,
            "type": "scrum",
            "columnConfig": {"columns": columns, "constraintType": "none"},
            "estimation": {
                "type": "field",
                "field": {"fieldId": lens.field.id(), "displayName": lens.field.name()},
            },
        },
        "sprints": sprints,
    })
}

pub(crate) fn fields() -> Vec<Value> {
    let system = [
        ("summary", "Summary", "string"),
        ("status", "Status", "status"),
        ("resolution", "Resolution", "resolution"),
        ("resolutiondate", "Resolved", "datetime"),
        ("issuetype", "Issue Type", "issuetype"),
        ("project", "Project", "project"),
        ("parent", "Parent", "issuelink"),
        ("assignee", "Assignee", "user"),
        ("reporter", "Reporter", "user"),
        ("priority", "Priority", "priority"),
        ("labels", "Labels", "array"),
        ("components", "Components", "array"),
        ("created", "Created", "datetime"),
        ("updated", "Updated", "datetime"),
    ];
    let system = system.iter().map(|(id, name, kind)| {
        json!({"id": id, "key": id, "name": name, "custom": false, "schema": {"type": kind, "system": id}})
    });
    let custom = [
        (
            EstimationField::StoryPoints.id(),
            EstimationField::StoryPoints.name(),
            "number",
            "com.atlassian.jira.plugin.system.customfieldtypes:float",
            10016,
        ),
        (
            EstimationField::StoryPointEstimate.id(),
            EstimationField::StoryPointEstimate.name(),
            "number",
            "com.pyxis.greenhopper.jira:jsw-story-points",
            10028,
        ),
        (RANK_FIELD, "Rank", "any", "com.pyxis.greenhopper.jira:gh-lexo-rank", 10019),
        (SPRINT_FIELD, "Sprint", "array", "com.pyxis.greenhopper.jira:gh-sprint", 10020),
        (
            DISCIPLINE_FIELD,
            "Discipline",
            "option",
            "com.atlassian.jira.plugin.system.customfieldtypes:select",
            10050,
        ),
    ];
    let custom = custom.iter().map(|(id, name, kind, custom, number)| {
        json!({"id": id, "key": id, "name": name, "custom": true,
            "schema": {"type": kind, "custom": custom, "customId": number}})
    });
    system.chain(custom).collect()
}

pub(crate) fn statuses() -> Vec<Value> {
    Status::ALL.iter().map(|status| self::status(*status)).collect()
}

pub(super) fn status(status: Status) -> Value {
    let category = status.category();
    json!({
        "id": status.id(),
        "name": status.name(),
        "statusCategory": {"id": category.id(), "key": category.key(), "name": category.name()},
    })
}

pub(crate) fn issue_types() -> Vec<Value> {
    IssueType::ALL.iter().map(|kind| issue_type(*kind)).collect()
}

pub(super) fn issue_type(kind: IssueType) -> Value {
    json!({"id": kind.id(), "name": kind.name(), "subtask": kind == IssueType::SubTask})
}
