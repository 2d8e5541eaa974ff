//! Every call that is made, with the parameters that it may carry. A test compares them with Atlassian's own
//! descriptions of the APIs, as far as these know them.

/// A call: method, path with `{parameters}`, and the names of what goes into the query or the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Described {
    pub method: &'static str,
    pub path: &'static str,
    pub query: &'static [&'static str],
    pub body: &'static [&'static str],
}

const fn get(path: &'static str, query: &'static [&'static str]) -> Described {
    Described { method: "get", path, query, body: &[] }
}

const fn post(path: &'static str, body: &'static [&'static str]) -> Described {
    Described { method: "post", path, query: &[], body }
}

const fn put(path: &'static str, body: &'static [&'static str]) -> Described {
    Described { method: "put", path, query: &[], body }
}

const fn delete(path: &'static str, body: &'static [&'static str]) -> Described {
    Described { method: "delete", path, query: &[], body }
}

pub(super) const SERVER_INFO: &str = "/rest/api/2/serverInfo";

/// What is asked of Cloud.
pub const CLOUD_CALLS: &[Described] = &[
    get("/rest/api/2/serverInfo", &[]),
    get("/rest/api/3/myself", &[]),
    get("/rest/api/3/field", &[]),
    get("/rest/api/3/status", &[]),
    get("/rest/api/3/issuetype", &[]),
    get("/rest/api/3/issue/{issueIdOrKey}", &["fields"]),
    get("/rest/api/3/project/{projectIdOrKey}", &[]),
    post("/rest/api/3/search/jql", &["jql", "fields", "maxResults", "nextPageToken"]),
    post("/rest/api/3/search/approximate-count", &["jql"]),
    post("/rest/api/3/changelog/bulkfetch", &["issueIdsOrKeys", "maxResults", "nextPageToken"]),
    post("/rest/api/3/issue/bulkfetch", &["issueIdsOrKeys", "fields"]),
    get("/rest/agile/1.0/board", &["startAt", "maxResults"]),
    get("/rest/agile/1.0/board/{boardId}/configuration", &[]),
    get("/rest/agile/1.0/board/{boardId}/sprint", &["startAt", "maxResults", "state"]),
    get("/rest/agile/1.0/sprint/{sprintId}", &[]),
    get("/rest/api/3/webhook", &["startAt", "maxResults"]),
    post("/rest/api/3/webhook", &["url", "webhooks"]),
    delete("/rest/api/3/webhook", &["webhookIds"]),
    put("/rest/api/3/webhook/refresh", &["webhookIds"]),
    get("/rest/api/3/webhook/failed", &["after", "maxResults"]),
    get("/rest/webhooks/1.0/webhook", &[]),
    post("/rest/webhooks/1.0/webhook", &["name", "url", "events", "filters", "excludeBody", "secret"]),
    delete("/rest/webhooks/1.0/webhook/{id}", &[]),
];

/// What is asked of Data Center.
pub const DATA_CENTER_CALLS: &[Described] = &[
    get("/rest/api/2/serverInfo", &[]),
    get("/rest/api/2/myself", &[]),
    get("/rest/api/2/field", &[]),
    get("/rest/api/2/status", &[]),
    get("/rest/api/2/issuetype", &[]),
    get("/rest/api/2/issue/{issueIdOrKey}", &["fields", "expand"]),
    get("/rest/api/2/project/{projectIdOrKey}", &[]),
    post("/rest/api/2/search", &["jql", "startAt", "maxResults", "fields", "expand"]),
    get("/rest/agile/1.0/board", &["startAt", "maxResults"]),
    get("/rest/agile/1.0/board/{boardId}/configuration", &[]),
    get("/rest/agile/1.0/board/{boardId}/sprint", &["startAt", "maxResults", "state"]),
    get("/rest/agile/1.0/sprint/{sprintId}", &[]),
    get("/rest/jira-webhook/1.0/webhooks", &[]),
    post("/rest/jira-webhook/1.0/webhooks", &["name", "url", "events", "active", "configuration"]),
    delete("/rest/jira-webhook/1.0/webhooks/{id}", &[]),
    get("/rest/pat/latest/tokens", &[]),
];
