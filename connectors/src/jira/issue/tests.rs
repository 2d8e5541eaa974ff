//! Issues as Jira's flavours write them, split and translated.

use serde_json::{Value, json};
use tidemark_model::Rows;
use tidemark_model::issue::{FieldValue, Issue};
use tidemark_model::rejected::Reason;

use super::translate;
use crate::Reject;
use crate::jira::split;

fn translated(issue: &Value) -> Result<Issue, Reject> {
    let raw = split::issue("acme", &issue.to_string())?;
    let raw: Vec<_> = raw.into_iter().filter(|raw| raw.kind == tidemark_model::raw::RawKind::Issue).collect();
    let mut rows = Rows::default();
    translate(&raw, &mut rows)?;
    Ok(serde_json::from_slice(&rows.into_vec()[0].json).unwrap())
}

fn issue(fields: Value) -> Value {
    let mut all = json!({
        "summary": "Pay by card", "created": "2026-03-02T09:15:00.000+0000", "updated": "2026-03-03T09:15:00.000+0000",
        "issuetype": {"id": "10001", "name": "Story", "subtask": false}, "project": {"id": "1", "key": "ACME"},
        "status": {"id": "3", "name": "Done", "statusCategory": {"key": "done"}},
    });
    all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    json!({"id": "10", "key": "ACME-1", "fields": all})
}

#[test]
fn sprints_are_found_in_every_form_that_jira_has_for_them() {
    let blob = "com.atlassian.greenhopper.service.sprint.Sprint@1f[id=37,rapidViewId=12,state=CLOSED,name=Sprint 1,goal=]";
    let forms = [
        json!({"customfield_10020": [{"id": 37, "name": "Sprint 1", "state": "closed", "boardId": 12}]}),
        json!({"customfield_10020": [blob]}),
        json!({"closedSprints": [{"id": 37, "state": "closed"}], "sprint": null}),
    ];
    for form in forms {
        assert_eq!(translated(&issue(form.clone())).unwrap().sprints, ["37"], "{form}");
    }
}

#[test]
fn typed_fields_are_kept_as_they_are() {
    let fields = json!({
        "customfield_1": 3.5, "customfield_2": "1,000", "customfield_3": {"id": "5", "value": "backend"},
        "customfield_4": null, "customfield_5": ["a", "b"], "timeestimate": 3600,
    });
    let found = translated(&issue(fields)).unwrap().fields;
    assert_eq!(found["customfield_1"], FieldValue::Number(3.5));
    assert_eq!(found["customfield_2"], FieldValue::Text("1,000".to_owned()));
    assert_eq!(found["customfield_3"], FieldValue::Text("backend".to_owned()));
    assert_eq!(found["customfield_5"], FieldValue::List(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(found["timeestimate"], FieldValue::Number(3600.0));
    assert!(!found.contains_key("customfield_4"));
}

#[test]
fn histories_are_sorted_and_items_may_be_text() {
    let item = json!([{"field": "status", "fieldId": "status", "from": "1", "to": "3", "toString": "Done"}]);
    let mut issue = issue(json!({}));
    issue["changelog"] = json!({"total": 2, "histories": [
        {"id": "200", "created": "2026-03-03T09:15:00.000+0000", "items": item.to_string()},
        {"id": "99", "created": "2026-03-02T09:15:00.000+0000", "author": {"accountId": "a1"}, "items": item},
    ]});
    let found = translated(&issue).unwrap();
    assert!(found.history_complete);
    let ids: Vec<i64> = found.history.iter().map(|entry| entry.id).collect();
    assert_eq!(ids, [99, 200]);
    assert_eq!(found.history[0].actor.as_deref(), Some("a1"));
    assert_eq!(found.history[0].items, found.history[1].items);
    assert_eq!(found.history[0].items[0].to_text.as_deref(), Some("Done"));
}

#[test]
fn a_changelog_with_less_than_there_is_counts_as_incomplete() {
    let mut issue = issue(json!({}));
    issue["changelog"] = json!({"total": 30, "histories": []});
    assert!(!translated(&issue).unwrap().history_complete);
}

#[test]
fn what_is_no_issue_is_rejected_with_its_reason() {
    let reason = |value: &Value| translated(value).err().map(|reject| reject.reason);
    assert_eq!(reason(&json!({"key": "ACME-1", "fields": {}})), Some(Reason::NoId));
    assert_eq!(reason(&json!({"id": "1", "key": "ACME-1"})), Some(Reason::BadField));
    assert_eq!(reason(&issue(json!({"status": null}))), Some(Reason::BadField));
    assert_eq!(reason(&issue(json!({"created": "yesterday"}))), Some(Reason::BadField));
    assert_eq!(split::issue("acme", "{").err().map(|reject| reject.reason), Some(Reason::NoJson));
}

#[test]
fn pictures_are_left_out() {
    let person = json!({"accountId": "a1", "displayName": "Ana", "avatarUrls": {"48x48": "https://acme.example/a.png"}});
    let raw = split::issue("acme", &issue(json!({"assignee": person})).to_string()).unwrap_or_default();
    assert!(raw.iter().all(|raw| !raw.payload.get().contains("avatar")));
}
