//! The first load, and what comes after it.

use tidemark_jira_simulator::Flavour;

use crate::support::{agree, archived, jira, live};

#[test]
fn a_load_says_what_the_archive_says() {
    for flavour in [Flavour::Cloud, Flavour::DataCenter] {
        let jira = jira(flavour, 71);
        let live = live(&jira, flavour);
        let said = live.ok(&["sync"]);
        println!("{said}");
        agree(&archived(&jira), &live, &format!("{flavour:?}"));
        let again = live.ok(&["sync"]);
        assert!(again.contains(" 0 new or changed"), "{again}");
    }
}
