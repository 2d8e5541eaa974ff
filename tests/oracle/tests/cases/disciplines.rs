//! Disciplines: the rules, their order, and as of when they are read.

use anyhow::Result;
use serde_json::{Value, json};
use tidemark_oracle::{Points, Policy, Subtasks};

use crate::maker::{Files, Maker, march, sprint_7_with};

const IN: &str = "04T10:00:00.000";
const AFTER: &str = "14T10:00:00.000";

fn five() -> Maker {
    Maker::new(1).estimated(5.0).in_sprints("7")
}

fn policy(rules: Value) -> Result<Policy> {
    let disciplines =
        json!({"backend": ["712020:a", "Bea@Acme.example"], "qa": ["Li Wei", "li@acme.example"]});
    let teams = json!({"payments": {"boards": ["acme/1"], "disciplines": disciplines},
        "other": {"boards": ["acme/2"], "disciplines": {"design": ["712020:a", "712020:d"]}}});
    Ok(serde_json::from_value(json!({"rules": rules, "teams": teams}))?)
}

/// The discipline of the one issue of sprint 7, and the rule's word.
fn judged(files: &Files, issues: &[Maker], rules: Value) -> Result<(String, String)> {
    let report = files.report_with(7, issues, &policy(rules)?)?;
    let item = report.items.into_iter().next().unwrap_or_else(|| panic!("no item"));
    Ok((item.discipline, item.rule))
}

#[track_caller]
fn assert_judged(issue: Maker, rules: Value, discipline: &str, rule: &str) -> Result<()> {
    assert_judged_among(&[issue], rules, discipline, rule)
}

#[track_caller]
fn assert_judged_among(issues: &[Maker], rules: Value, discipline: &str, rule: &str) -> Result<()> {
    let judged = judged(&Files::usual(), issues, rules)?;
    assert_eq!(judged, (discipline.to_owned(), rule.to_owned()));
    Ok(())
}

fn person(id: &str, name: &str) -> Value {
    json!({"accountId": id, "displayName": name})
}

fn assign(issue: Maker, at: &str, from: [&str; 2], to: [&str; 2]) -> Maker {
    let side = |[id, name]: [&str; 2]| {
        if id.is_empty() { [json!(null), json!(null)] } else { [json!(id), json!(name)] }
    };
    let present = if to[0].is_empty() { json!(null) } else { person(to[0], to[1]) };
    issue.change(at, ["assignee", "assignee"], [side(from), side(to)], present)
}

#[test]
fn people_are_known_by_account_name_or_email() -> Result<()> {
    let rules = || json!([{"assignee": true}]);
    let with = |person: Value| five().with("assignee", person);
    assert_judged(with(person("712020:A", "Ana")), rules(), "backend", "assignee")?;
    assert_judged(with(person("712020:b", "li wei")), rules(), "qa", "assignee")?;
    let bea = json!({"accountId": "712020:x", "displayName": "Bea", "emailAddress": "bea@acme.example"});
    assert_judged(with(bea.clone()), rules(), "backend", "assignee")?;
    // A team that does not have the board says nothing.
    assert_judged(with(person("712020:d", "Dee")), rules(), "unassigned", "none")?;
    assert_judged(five(), rules(), "unassigned", "none")?;
    // Bea has it at E, but her e-mail is shown nowhere.
    let other = assign(
        assign(five(), IN, ["", ""], ["712020:x", "Bea"]),
        AFTER,
        ["712020:x", "Bea"],
        ["712020:d", "Dee"],
    );
    assert_judged(other.clone(), rules(), "unassigned", "none")?;
    // She has it now as well, or another issue: her e-mail holds for the past too.
    let back = assign(other.clone(), "15T10:00:00.000", ["712020:d", "Dee"], ["712020:x", "Bea"]);
    assert_judged(back.with("assignee", bea.clone()), rules(), "backend", "assignee")?;
    let elsewhere = Maker::new(2).with("assignee", bea);
    assert_judged_among(&[other, elsewhere], rules(), "backend", "assignee")
}

/// Li's account, which is configured by e-mail as qa.
const LI: [&str; 2] = ["712020:l", "Li"];
const ANA: [&str; 2] = ["712020:a", "Ana"];

/// Li's until 18 March, five days after the close; Ana's since.
fn handed_over(issue: Maker) -> Maker {
    assign(assign(issue, IN, ["", ""], LI), "18T17:00:00.000", LI, ANA)
}

/// An issue in no sprint that shows an account's e-mail.
fn showing(number: u32, [id, name]: [&str; 2], email: &str) -> Maker {
    let who = json!({"accountId": id, "displayName": name, "emailAddress": email});
    Maker::new(number).with("assignee", who)
}

/// Li completes the issue on 5 March and hands it over after the close. What
/// another issue shows tells that the account is Li's; where none does, the
/// next rule decides.
#[test]
fn an_email_is_known_from_all_issues() -> Result<()> {
    let rules = || json!([{"assignee": true}]);
    let done = || handed_over(five().go("05T10:00:00.000", "3"));
    let li = || showing(2, LI, "Li@ACME.example");
    assert_judged_among(&[done(), li()], rules(), "qa", "assignee")?;
    assert_judged(done(), rules(), "unassigned", "none")?;
    let or_label = json!([{"assignee": true}, {"label": "api", "discipline": "backend"}]);
    assert_judged(done().with("labels", json!(["api"])), or_label, "backend", "label api")?;
    // Another account of the same name has no part in it.
    assert_judged_among(
        &[done(), showing(2, ["712020:m", "Li"], "li@acme.example")],
        rules(),
        "unassigned",
        "none",
    )?;
    // Li had another address: issue 3 still shows it, issue 2 the new one.
    let renamed = || showing(2, LI, "li.wei@acme.example");
    assert_judged_among(&[done(), renamed()], rules(), "unassigned", "none")?;
    assert_judged_among(&[done(), renamed(), showing(3, LI, "li@acme.example")], rules(), "qa", "assignee")?;
    // Data Center has no account ids.
    let key = json!({"key": "712020:l", "name": "li", "emailAddress": "li@acme.example"});
    assert_judged_among(&[done(), Maker::new(2).with("assignee", key)], rules(), "qa", "assignee")
}

/// Issues that are deleted or hidden tell as well, as they were last seen;
/// what was seen of a listed one earlier does not.
#[test]
fn an_email_is_known_from_issues_that_are_gone() -> Result<()> {
    let unknown = ("unassigned".to_owned(), "none".to_owned());
    let qa = ("qa".to_owned(), "assignee".to_owned());
    let seen = |kind: &str| json!({"at": march(AFTER), "kind": kind, "payload": showing(2, LI, "li@acme.example").issue});
    let judged_with = |observations: Vec<Value>, listed: &[Maker]| {
        let files = Files { observations, ..Files::usual() };
        judged(&files, &[&[handed_over(five())], listed].concat(), json!([{"assignee": true}]))
    };
    assert_eq!(judged_with(vec![seen("issue")], &[])?, qa);
    assert_eq!(judged_with(vec![seen("issue_deleted")], &[])?, qa);
    assert_eq!(judged_with(vec![seen("issue")], &[Maker::new(2)])?, unknown);
    let mut newer = seen("issue");
    newer["payload"] = Maker::new(2).with("updated", json!(march("21T08:00:00.000"))).issue;
    assert_eq!(judged_with(vec![newer, seen("issue")], &[])?, unknown);
    Ok(())
}

/// The sub-task was Li's at E, and its points are qa's; another sub-task
/// shows the e-mail.
#[test]
fn an_email_holds_for_sub_tasks() -> Result<()> {
    let policy = Policy { subtasks: Subtasks::RollUp, ..policy(json!([{"assignee": true}]))? };
    let subtask = handed_over(Maker::new(2).estimated(3.0).under(1));
    let issues = [Maker::new(1).in_sprints("7"), subtask, showing(3, LI, "li@acme.example").under(1)];
    let report = sprint_7_with(&issues, &policy)?;
    let rows = report.disciplines.iter().map(|row| (row.name.as_str(), row.points.committed));
    let points = |points: i64| Some(Points::whole(points));
    assert_eq!(rows.collect::<Vec<_>>(), [("qa", points(3)), ("unassigned", points(0))]);
    Ok(())
}

/// Case 35: an account that is renamed or anonymised is the same account.
#[test]
fn case_35_an_account_is_the_person() -> Result<()> {
    let renamed = assign(five(), IN, ["", ""], ["712020:a", "Ana"]);
    let renamed = renamed.with("assignee", person("712020:a", "Former user"));
    assert_judged(renamed, json!([{"assignee": true}]), "backend", "assignee")
}

#[test]
fn fields_components_labels_and_types() -> Result<()> {
    let field = || json!([{"field": "customfield_10050"}]);
    let with = |value: Value| five().with("customfield_10050", value);
    let word = "field customfield_10050";
    assert_judged(with(json!({"id": "1", "value": " Back end "})), field(), "Back end", word)?;
    assert_judged(with(json!([{"value": "QA"}, {"value": "API"}])), field(), "QA", word)?;
    assert_judged(with(json!("Ops")), field(), "Ops", word)?;
    assert_judged(with(json!({"value": "  "})), field(), "unassigned", "none")?;

    let component = || json!([{"component": "API", "discipline": "backend"}]);
    let has = json!([{"id": "1", "name": "Search"}, {"id": "2", "name": "api"}]);
    assert_judged(five().with("components", has), component(), "backend", "component API")?;
    let label = || json!([{"label": "qa", "discipline": "qa"}]);
    assert_judged(five().with("labels", json!(["x", "QA"])), label(), "qa", "label qa")?;
    assert_judged(five().with("labels", json!(["qa-2"])), label(), "unassigned", "none")?;
    let kind = || json!([{"issue_type": "sTORY", "discipline": "product"}]);
    assert_judged(five(), kind(), "product", "issue_type sTORY")
}

/// Label and component both hold; the rule that comes first decides.
#[test]
fn the_first_rule_that_gives_one_decides() -> Result<()> {
    let issue = five().with("labels", json!(["qa"])).with("components", json!([{"id": "2", "name": "API"}]));
    let api = json!({"component": "API", "discipline": "backend"});
    let qa = json!({"label": "qa", "discipline": "qa"});
    let field = json!({"field": "customfield_10050"});
    assert_judged(issue.clone(), json!([field, api, qa]), "backend", "component API")?;
    assert_judged(issue, json!([field, qa, api]), "qa", "label qa")
}

/// A select that was Backend until 14 March, after the close, and QA since:
/// at E it was Backend (rule 10). Changed on 4 March, it is QA at E.
#[test]
fn rule_10_it_is_read_at_the_end() -> Result<()> {
    let rules = || json!([{"field": "customfield_10050"}]);
    let at = |time: &str| {
        let sides = [[json!("1"), json!("Backend")], [json!("2"), json!("QA")]];
        five().change(time, ["customfield_10050", "Discipline"], sides, json!({"id": "2", "value": "QA"}))
    };
    let word = "field customfield_10050";
    assert_judged(at(AFTER), rules(), "Backend", word)?;
    assert_judged(at("13T17:00:00.000"), rules(), "QA", word)?;
    assert_judged(at(IN), rules(), "QA", word)?;
    // Removed on 3 March, before it became QA.
    assert_judged(at(IN).move_to_sprints("05T10:00:00.000", ""), rules(), "QA", word)?;
    let removed = five().move_to_sprints("03T10:00:00.000", "");
    let sides = [[json!("1"), json!("Backend")], [json!("2"), json!("QA")]];
    let removed =
        removed.change(IN, ["customfield_10050", "Discipline"], sides, json!({"id": "2", "value": "QA"}));
    assert_judged(removed, rules(), "Backend", word)
}

/// Components change one by one, labels as a whole, the type by its name.
#[test]
fn the_past_of_components_labels_and_types() -> Result<()> {
    let component = || json!([{"component": "API", "discipline": "backend"}]);
    let none = || [json!(null), json!(null)];
    let api = || [json!("2"), json!("API")];
    let left = five().change(AFTER, ["components", "Component"], [api(), none()], json!([]));
    assert_judged(left, component(), "backend", "component API")?;
    let came = json!([{"id": "2", "name": "API"}]);
    let came = five().change(AFTER, ["components", "Component"], [none(), api()], came);
    assert_judged(came, component(), "unassigned", "none")?;

    let label = || json!([{"label": "qa", "discipline": "qa"}]);
    let list = |from: &str, to: &str| [[json!(null), json!(from)], [json!(null), json!(to)]];
    let dropped = five().change(AFTER, ["labels", "labels"], list("x qa", "x"), json!(["x"]));
    assert_judged(dropped, label(), "qa", "label qa")?;

    let sides = [[json!("102"), json!("Bug")], [json!("100"), json!("Story")]];
    let was = five().change(
        AFTER,
        ["issuetype", "issuetype"],
        sides,
        json!({"id": "100", "name": "Story", "subtask": false}),
    );
    assert_judged(was, json!([{"issue_type": "Bug", "discipline": "qa"}]), "qa", "issue_type Bug")
}

/// Case 29: the history ends with no label, the present one is qa; it holds
/// from `updated` on.
#[test]
fn case_29_the_present_value_wins() -> Result<()> {
    let label = || json!([{"label": "qa", "discipline": "qa"}]);
    let list = [[json!(null), json!("qa")], [json!(null), json!("")]];
    let wrong = five().change(IN, ["labels", "labels"], list, json!(["qa"]));
    let updated = |at: &str| wrong.clone().with("updated", json!(march(at)));
    assert_judged(updated("06T10:00:00.000"), label(), "qa", "label qa")?;
    assert_judged(updated("20T10:00:00.000"), label(), "unassigned", "none")
}

/// Without a history everything is read from the present fields.
#[test]
fn without_a_history_the_present_decides() -> Result<()> {
    let label = json!([{"label": "qa", "discipline": "qa"}]);
    let issue = five().with("labels", json!(["qa"])).without_changelog();
    assert_judged(issue, label, "qa", "label qa")
}

/// Backend: 5 committed and completed. QA: 3 added. Nobody: 2 removed, and
/// one that was done before the start. Each number of the report is the sum.
#[test]
fn a_report_is_split_by_discipline() -> Result<()> {
    let labelled = |number: u32, points, label: &str| {
        Maker::new(number).estimated(points).with("labels", json!([label]))
    };
    let issues = [
        labelled(1, 5.0, "api").in_sprints("7").go(IN, "3"),
        labelled(2, 3.0, "qa").move_to_sprints(IN, "7"),
        Maker::new(3).estimated(2.0).in_sprints("7").move_to_sprints(IN, ""),
        Maker::new(4).in_sprints("7").go("01T10:00:00.000", "3"),
    ];
    let rules = json!([{"label": "api", "discipline": "backend"}, {"label": "qa", "discipline": "qa"}]);
    let report = Files::usual().report_with(7, &issues, &policy(rules)?)?;
    let names: Vec<&str> = report.disciplines.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["backend", "qa", "unassigned"]);
    let [backend, qa, nobody] = report.disciplines.as_slice() else { panic!("three disciplines") };
    let points = |points: i64| Some(Points::whole(points));
    assert_eq!([backend.points.committed, backend.points.completed], [points(5), points(5)]);
    assert_eq!(
        [qa.points.added, qa.points.not_completed, qa.points.committed],
        [points(3), points(3), points(0)]
    );
    assert_eq!([nobody.points.committed, nobody.points.removed], [points(2), points(2)]);
    assert_eq!((nobody.issues.done_before_start, nobody.unestimated), (1, 0));
    let written = serde_json::to_value(backend)?;
    assert_eq!(written["points"]["final_scope"], json!(5));
    assert_eq!(written["issues"]["committed"], json!(1));
    Ok(())
}
