//! Which webhooks there have to be, and what is to be done where others are registered. Only those that lead to this
//! source's own address are ever touched.

use std::collections::BTreeSet;

use tidemark_model::Timestamp;

use crate::jira::api::{Form, Registered, Wanted};

const DAY_MS: i64 = 86_400_000;
/// What ends sooner is given another thirty days: a Tidemark that was off for a week still comes in time.
const REFRESH_BEFORE_MS: i64 = 10 * DAY_MS;
/// So many webhooks an app has for one user.
const MOST_OF_APP: usize = 5;

const ISSUE_EVENTS: &[&str] = &["jira:issue_created", "jira:issue_updated", "jira:issue_deleted"];
const SPRINT_EVENTS: &[&str] =
    &["sprint_created", "sprint_started", "sprint_updated", "sprint_closed", "sprint_deleted"];
/// All that is read of webhooks; an app can't have those of boards.
const EVENTS: &[&str] = &[
    "jira:issue_created",
    "jira:issue_updated",
    "jira:issue_deleted",
    "sprint_created",
    "sprint_started",
    "sprint_updated",
    "sprint_closed",
    "sprint_deleted",
    "board_updated",
    "board_deleted",
    "board_configuration_changed",
];
/// What administrators see these events called.
pub(super) const EVENTS_IN_WORDS: &str = "Issue created, updated, deleted; Sprint created, started, updated, closed, deleted; Board updated, deleted, configuration changed";

/// What is to be done.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Todo {
    pub(super) register: Vec<Wanted>,
    /// Whether room has to be made first.
    pub(super) delete_first: bool,
    /// What ends soon.
    pub(super) refresh: Vec<String>,
    /// What is there twice, or differs.
    pub(super) delete: Vec<String>,
    /// What somebody has switched off: it stays so.
    pub(super) off: Vec<String>,
}

/// The webhooks that there have to be. `scope` is JQL that bounds what is read; nothing where everything is.
pub(super) fn wanted(form: Form, name: &str, scope: &str) -> Vec<Wanted> {
    let named = |filter: &str| {
        vec![Wanted { name: Some(name.to_owned()), events: EVENTS, filter: filter.to_owned() }]
    };
    match form {
        Form::App => {
            // An app has to name issues, by few fields and operators: this means all of them.
            let filter = if scope.is_empty() { "project != null" } else { scope };
            // Two, since a Jira that does not know the younger events of sprints refuses all that stand beside them.
            [ISSUE_EVENTS, SPRINT_EVENTS]
                .map(|events| Wanted { name: None, events, filter: filter.to_owned() })
                .into()
        }
        Form::Administrator => named(scope),
        // What is told of other projects is passed over when it comes.
        Form::DataCenter => named(""),
    }
}

/// What is to be done so that exactly the wanted webhooks lead to `url`, and go on doing so.
pub(super) fn plan(listed: &[Registered], wanted: &[Wanted], url: &str, now: Timestamp) -> Todo {
    let (mut todo, mut kept) = (Todo::default(), BTreeSet::new());
    let ours = |one: &&Registered| one.url.as_deref().is_some_and(|listed| is_same(listed, url));
    todo.off = listed.iter().filter(ours).filter(|one| one.is_off).map(|one| one.id.clone()).collect();
    if !todo.off.is_empty() {
        return todo;
    }
    for want in wanted {
        // An old list of an app's webhooks has no addresses: what says the same as ours is ours, and may stay.
        let fits = |one: &&Registered| {
            fits(one, want)
                && one.url.as_deref().is_none_or(|listed| is_same(listed, url))
                && !kept.contains(&one.id)
        };
        match listed.iter().filter(fits).max_by_key(|one| (one.expires_at, one.id.clone())) {
            None => todo.register.push(want.clone()),
            Some(one) => {
                if one.expires_at.is_some_and(|at| at.0 - now.0 < REFRESH_BEFORE_MS) {
                    todo.refresh.push(one.id.clone());
                }
                kept.insert(one.id.clone());
            }
        }
    }
    let surplus = listed.iter().filter(ours).filter(|one| !kept.contains(&one.id));
    todo.delete = surplus.map(|one| one.id.clone()).collect();
    let of_app = wanted.iter().all(|want| want.name.is_none());
    todo.delete_first = of_app && listed.len() + todo.register.len() > MOST_OF_APP;
    todo
}

fn fits(one: &Registered, want: &Wanted) -> bool {
    let listed: BTreeSet<&str> = one.events.iter().map(String::as_str).collect();
    !one.is_unsigned
        && (want.name.is_none() || want.name == one.name)
        && listed == want.events.iter().copied().collect()
        && plain(&one.filter) == plain(&want.filter)
}

/// JQL in one spelling, as far as Jira may change it.
fn plain(jql: &str) -> String {
    jql.chars().filter(|c| !c.is_whitespace() && *c != '"').flat_map(char::to_lowercase).collect()
}

fn is_same(listed: &str, url: &str) -> bool {
    listed.trim_end_matches('/') == url.trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use tidemark_model::Timestamp;

    use super::{DAY_MS, Todo, plan, wanted};
    use crate::jira::api::{Form, Registered, Wanted};

    const URL: &str = "https://tidemark.example/hooks/acme";
    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    fn registered(id: &str, want: &Wanted, days: i64) -> Registered {
        Registered {
            id: id.to_owned(),
            url: Some(URL.to_owned()),
            name: want.name.clone(),
            events: want.events.iter().rev().map(|event| (*event).to_owned()).collect(),
            filter: want.filter.clone(),
            expires_at: Some(Timestamp(NOW.0 + days * DAY_MS)),
            is_off: false,
            is_unsigned: false,
        }
    }

    fn of_app() -> Vec<Wanted> {
        wanted(Form::App, "acme", "project in (\"PAY\", \"WEB\")")
    }

    fn ids(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn what_is_missing_is_registered_and_what_is_there_stays() {
        let wanted = of_app();
        let todo = plan(&[], &wanted, URL, NOW);
        assert_eq!(todo, Todo { register: wanted.clone(), ..Todo::default() });
        let listed = [registered("1", &wanted[0], 30), registered("2", &wanted[1], 30)];
        assert_eq!(plan(&listed, &wanted, URL, NOW), Todo::default());
        // As Jira may write it, and as somebody may have configured it.
        let spelled = Registered {
            filter: "project IN (PAY,WEB)".to_owned(),
            url: Some(format!("{URL}/")),
            ..listed[0].clone()
        };
        assert_eq!(plan(&[spelled, listed[1].clone()], &wanted, URL, NOW), Todo::default());
    }

    #[test]
    fn what_ends_soon_is_refreshed() {
        let wanted = of_app();
        let listed = [registered("1", &wanted[0], 9), registered("2", &wanted[1], 11)];
        assert_eq!(plan(&listed, &wanted, URL, NOW), Todo { refresh: ids(&["1"]), ..Todo::default() });
    }

    #[test]
    fn what_is_there_twice_or_differs_is_taken_away_and_the_one_that_lasts_longest_stays() {
        let wanted = of_app();
        let other = Wanted { filter: "project = PAY".to_owned(), ..wanted[0].clone() };
        let listed = [
            registered("1", &wanted[0], 12),
            registered("2", &wanted[0], 30),
            registered("3", &wanted[1], 30),
            registered("4", &other, 30),
        ];
        let todo = plan(&listed, &wanted, URL, NOW);
        assert_eq!(todo, Todo { delete: ids(&["1", "4"]), ..Todo::default() });
    }

    #[test]
    fn others_webhooks_are_never_touched() {
        let wanted = of_app();
        let elsewhere = |id: &str, days| Registered {
            url: Some("https://tidemark.example/hooks/another".to_owned()),
            ..registered(id, &wanted[0], days)
        };
        let listed = [elsewhere("1", 1), elsewhere("2", 30), elsewhere("3", 30), elsewhere("4", 30)];
        let todo = plan(&listed, &wanted, URL, NOW);
        assert_eq!(todo.register, wanted);
        assert!(todo.delete.is_empty() && todo.refresh.is_empty(), "{todo:?}");
        assert!(todo.delete_first, "six are too many: what is ours and wrong would have to go first");
        // A list without addresses: what says what ours say is kept, the rest is left alone.
        let nameless = |id: &str, want: &Wanted| Registered { url: None, ..registered(id, want, 3) };
        let other = Wanted { filter: "project = PAY".to_owned(), ..wanted[0].clone() };
        let listed = [nameless("1", &wanted[0]), nameless("2", &wanted[1]), nameless("3", &other)];
        assert_eq!(plan(&listed, &wanted, URL, NOW), Todo { refresh: ids(&["1", "2"]), ..Todo::default() });
    }

    #[test]
    fn an_administrators_one_is_known_by_its_name_and_left_off_where_it_is_off() {
        let wanted = wanted(Form::Administrator, "Tidemark acme (secret 3f9a)", "");
        assert_eq!(wanted.len(), 1);
        let one = Registered { expires_at: None, ..registered("7", &wanted[0], 0) };
        assert_eq!(plan(std::slice::from_ref(&one), &wanted, URL, NOW), Todo::default());
        let replaced = Todo { register: wanted.clone(), delete: ids(&["7"]), ..Todo::default() };
        // The secret has been changed, or there is none.
        let old = Registered { name: Some("Tidemark acme (secret 1111)".to_owned()), ..one.clone() };
        assert_eq!(plan(&[old], &wanted, URL, NOW), replaced);
        let unsigned = Registered { is_unsigned: true, ..one.clone() };
        assert_eq!(plan(&[unsigned], &wanted, URL, NOW), replaced);
        let off = Registered { is_off: true, ..one };
        assert_eq!(plan(&[off], &wanted, URL, NOW), Todo { off: ids(&["7"]), ..Todo::default() });
    }
}
