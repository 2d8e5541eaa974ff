//! The fields that queries may name.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// `id`, `key` and `issue` are one clause in Jira: comparisons go by the number in the key, within the project.
    Issue,
    Project,
    Sprint,
    Updated,
    Created,
    Resolved,
    Type,
    Status,
    StatusCategory,
    Resolution,
    Priority,
    Assignee,
    Reporter,
    Parent,
    Labels,
    Component,
    StoryPoints,
    StoryPointEstimate,
    Summary,
    Rank,
}

impl Field {
    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name.to_lowercase().as_str() {
            "id" | "key" | "issue" | "issuekey" => Self::Issue,
            "project" => Self::Project,
            "sprint" | "cf[10020]" => Self::Sprint,
            "updated" | "updateddate" => Self::Updated,
            "created" | "createddate" => Self::Created,
            "resolved" | "resolutiondate" => Self::Resolved,
            "issuetype" | "type" => Self::Type,
            "status" => Self::Status,
            "statuscategory" => Self::StatusCategory,
            "resolution" => Self::Resolution,
            "priority" => Self::Priority,
            "assignee" => Self::Assignee,
            "reporter" => Self::Reporter,
            "parent" => Self::Parent,
            "labels" => Self::Labels,
            "component" => Self::Component,
            "story points" | "cf[10016]" => Self::StoryPoints,
            "story point estimate" | "cf[10028]" => Self::StoryPointEstimate,
            "summary" => Self::Summary,
            "rank" | "cf[10019]" => Self::Rank,
            _ => return None,
        })
    }

    pub(crate) fn date(self) -> bool {
        matches!(self, Self::Updated | Self::Created | Self::Resolved)
    }

    pub(crate) fn number(self) -> bool {
        matches!(self, Self::StoryPoints | Self::StoryPointEstimate)
    }

    /// Whether values of it can be told smaller and larger.
    pub(crate) fn compares(self) -> bool {
        self.date() || self.number() || matches!(self, Self::Issue | Self::Priority)
    }
}
