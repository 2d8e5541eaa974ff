//! What arrives late, twice, in another order, while it changes, or from people who have left: cases 27, 33 and 35.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use tidemark_model::facts::{LedgerEntry, SprintItem, SprintReport};
use tidemark_model::raw::Raw;

use crate::archive::jira;
use crate::jira::Change::{Points, Sprints, Status, Summary};
use crate::jira::{DOING, DONE, Story, story};
use crate::told::{Told, told};

/// Added, to 8 points, done: as far as the first `changes` of these.
fn eventful(changes: usize) -> Story {
    let all = [("03T10:00", Sprints("7")), ("04T10:00", Points("8")), ("05T10:00", Status(DONE))];
    all[..changes].iter().fold(story(1).points(5.0), |story, (at, change)| story.at(at, *change))
}

/// 0 + 5 - 0 + 3 = 8 = 8 + 0.
#[track_caller]
fn is_eventful(told: &Told) {
    told.shows(
        7,
        "added 5, reestimated 3, final_scope 8, completed 8",
        "added 1, reestimated 1, final_scope 1, completed 1",
    );
    let ledger = ["03T10:00 ADD 1001:0 5", "04T10:00 REESTIMATE 1002:0 5->8", "05T10:00 DONE 1003:1 8"];
    assert_eq!(told.ledger(7, "ACME-1"), ledger);
}

/// All that is told.
type Everything = (Vec<SprintReport>, Vec<SprintItem>, Vec<LedgerEntry>);

fn everything(told: &Told) -> Everything {
    (told.all(), told.all(), told.all())
}

#[test]
fn case_27_a_change_that_arrives_after_the_close() {
    let mut told = told([eventful(2)]);
    told.shows(
        7,
        "added 5, reestimated 3, final_scope 8, not_completed 8",
        "added 1, reestimated 1, final_scope 1, not_completed 1",
    );
    told.again(&jira([eventful(2)]).and(eventful(3)));
    // Rule 13: it was done on the 5th, whenever that became known.
    is_eventful(&told);
}

#[test]
fn case_27_an_older_state_that_arrives_last_or_again() {
    let mut told = told([eventful(3)]);
    for changes in [1, 3, 2, 0, 3] {
        told.again(&jira([eventful(3)]).and(eventful(changes)));
        // Rule 13: the newest `updated` is the present, and no history entry is lost.
        is_eventful(&told);
    }
    let lines = jira([eventful(3), eventful(1), eventful(3)]).and(eventful(2)).told();
    is_eventful(&lines);
}

#[test]
fn case_27_an_older_state_that_was_observed() {
    let told = jira([eventful(3)]).seen("04T12:00", "issue", eventful(2).json(&[])).told();
    is_eventful(&told);
}

#[test]
fn case_27_everything_in_any_order_and_twice() {
    let subtask = story(2).under(1).points(3.0).at("04T11:00", Status(DOING));
    let other = story(3).points(2.0).sprints("7").at("06T10:00", Sprints("7, 8"));
    let expected = told([eventful(3), subtask, other]);
    let once: Vec<Raw> = expected.all();
    for seed in 0..20 {
        let mut raw = [once.clone(), once.clone()].concat();
        raw.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        let batches: Vec<&[Raw]> = raw.chunks(1 + raw.len() * (seed as usize % 5) / 4).collect();
        // Section 0: what is true depends on what was said, not on when it arrived.
        assert_eq!(everything(&Told::of(&batches)), everything(&expected), "seed {seed}");
    }
}

#[test]
fn case_33_updated_every_minute_while_it_is_read() {
    let at = |minute: u64| {
        let edits = (0..minute).fold(story(1).points(5.0).sprints("7"), |story, minute| {
            let at = format!("04T10:{minute:02}");
            match minute {
                10 => story.at(&at, Points("8")),
                20 => story.at(&at, Status(DONE)),
                _ => story.at(&at, Summary(&format!("Edited at {minute}"))),
            }
        });
        [edits, story(2).points(3.0).sprints("7")]
    };
    let mut told = told(at(0));
    for minute in 1..=30 {
        // A page that was asked for before the edit is answered again after it, and comes last every third time.
        let [now, other] = at(minute);
        let [before, _] = at(minute - 1);
        let lines = if minute % 3 == 0 { [now, other, before] } else { [before, other, now] };
        told.again(&jira(lines));
    }
    // The last state is what stays: 8 + 0 - 0 + 3 = 11 = 8 + 3.
    told.shows(
        7,
        "committed 8, reestimated 3, final_scope 11, completed 8, not_completed 3",
        "committed 2, reestimated 1, final_scope 2, completed 1, not_completed 1",
    );
    let ledger = ["02T09:00 COMMIT 5", "04T10:10 REESTIMATE 1011:0 5->8", "04T10:20 DONE 1021:1 8"];
    assert_eq!(told.ledger(7, "ACME-1"), ledger);
    assert_eq!(everything(&told), everything(&jira(at(30)).told()));
}

#[test]
fn case_35_a_person_who_is_renamed_and_deactivated() {
    let by =
        |name: &str, active: bool| json!({"accountId": "557058:ben", "displayName": name, "active": active});
    let issue = |author| {
        let story = story(1).points(5.0).sprints("7").by(author);
        story.at("04T10:00", Points("8")).at("05T10:00", Status(DONE))
    };
    let mut told = told([issue(by("Ben", true)).with("assignee", by("Ben", true))]);
    let before = told.ledger(7, "ACME-1");
    told.again(&jira([issue(by("Benjamin", false)).with("assignee", by("Benjamin", false))]));
    // No number knows people: 5 + 0 - 0 + 3 = 8 = 8 + 0; and the account id stays.
    told.shows(
        7,
        "committed 5, reestimated 3, final_scope 8, completed 8",
        "committed 1, reestimated 1, final_scope 1, completed 1",
    );
    assert_eq!(told.ledger(7, "ACME-1"), before);
    let actors: Vec<_> = told.all::<LedgerEntry>().into_iter().map(|entry| entry.actor).collect();
    assert_eq!(actors, [None, Some("557058:ben".to_owned()), Some("557058:ben".to_owned())]);
}

#[test]
fn case_35_a_person_who_is_anonymised() {
    let unknown = json!({"accountId": "unknown", "displayName": "Former user", "active": false});
    let nobody = story(1).points(5.0).sprints("7").by(json!(null)).at("04T10:00", Points("8"));
    let former = story(2).points(3.0).sprints("7").by(unknown).at("05T10:00", Status(DONE));
    let told = told([nobody, former]);
    // As before: a change without an author is a change. 8 + 0 - 0 + 3 = 11 = 3 + 8.
    told.shows(
        7,
        "committed 8, reestimated 3, final_scope 11, completed 3, not_completed 8",
        "committed 2, reestimated 1, final_scope 2, completed 1, not_completed 1",
    );
    let mut entries = told.all::<LedgerEntry>();
    entries.retain(|entry| entry.change_id.is_some());
    let actors: Vec<_> = entries.into_iter().map(|entry| entry.actor).collect();
    assert_eq!(actors, [None, Some("unknown".to_owned())]);
}
