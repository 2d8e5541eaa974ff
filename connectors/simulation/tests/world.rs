//! What a world tells is what is true of it right after.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::collections::BTreeSet;

use tidemark_model::Timestamp;
use tidemark_simulation::{Happening, Options, Pace, SprintChange, World};

/// Tuesday, 30 June 2026, 18:00, where the default organisation's history ends.
const FOUNDED: Timestamp = Timestamp(1_782_842_400_000);
const DAY: i64 = 24 * 3_600_000;

fn world(seed: u64, step_ms: u32) -> World {
    World::found(&Options { seed, ..Options::default() }, Pace { step_ms }).unwrap()
}

#[test]
fn every_change_is_told_once_and_is_there_when_it_is_told() {
    for seed in 1..3 {
        let mut world = world(seed, 600_000);
        let before: usize = world.issue_ids().map(|issue| histories(&world, issue).len()).sum();
        let (mut told, mut created, mut changes) = (BTreeSet::new(), 0, BTreeSet::new());
        while let Some(happenings) = world.step(Timestamp(FOUNDED.0 + 16 * DAY)) {
            for happening in happenings {
                match happening {
                    Happening::IssueCreated { issue } => {
                        assert!(world.there(issue));
                        created += 1;
                    }
                    Happening::IssueChanged { issue, history } => {
                        assert_eq!(world.history(issue, history).unwrap()["id"], history.to_string());
                        assert!(told.insert(history), "history {history} was told before");
                    }
                    Happening::IssueDeleted { issue } => assert!(!world.there(issue)),
                    Happening::Sprint { sprint, change } => {
                        assert!(world.sprint(sprint).is_some());
                        changes.insert(format!("{change:?}"));
                    }
                }
            }
        }
        let after: usize = world.issue_ids().map(|issue| histories(&world, issue).len()).sum();
        assert_eq!((after - before, world.now()), (told.len(), Timestamp(FOUNDED.0 + 16 * DAY)));
        assert!(created > 10, "{created} issues were created");
        let closed = [SprintChange::Created, SprintChange::Started, SprintChange::Closed];
        assert!(closed.iter().all(|change| changes.contains(&format!("{change:?}"))), "{changes:?}");
    }
}

fn histories(world: &World, issue: u32) -> Vec<String> {
    let histories = world.histories(issue);
    histories.iter().map(|history| history["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn issues_are_moved_and_deleted_with_their_sub_tasks() {
    let mut world = world(7, 3000);
    let of_acme = |issue: &u32| world.issue(*issue).unwrap()["key"].as_str().unwrap().starts_with("ACME-");
    let moved = world.issue_ids().find(|issue| world.there(*issue) && of_acme(issue)).unwrap();
    assert!(
        matches!(world.move_to(moved, "HARB")[..], [Happening::IssueChanged { issue, .. }] if issue == moved)
    );
    let issue = world.issue(moved).unwrap();
    assert!(
        issue["key"].as_str().unwrap().starts_with("HARB-") && issue["fields"]["project"]["key"] == "HARB"
    );
    assert_eq!(world.former_keys(moved).len(), 1);
    assert!(world.move_to(moved, "HARB").is_empty() && world.move_to(moved, "NONE").is_empty());
    let parent = world.issue_ids().find_map(|issue| {
        let parent = world.issue(issue)?["fields"]["parent"]["id"].as_str()?.parse::<u32>().ok()?;
        (world.there(issue) && world.there(parent)).then_some((issue, parent))
    });
    let (child, parent) = parent.unwrap();
    let told = world.delete(parent);
    assert!(told.len() >= 2 && !world.there(child) && !world.there(parent), "{told:?}");
    assert!(world.delete(parent).is_empty());
}
