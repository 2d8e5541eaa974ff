//! Every sprint's report equals what the simulation tallied while it happened, and what a second implementation, written
//! from the definitions alone, makes of the same archive.

use tidemark_tests::{compare, expected, loaded, organisation, reports, second_opinion};

#[test]
fn ten_organisations_report_what_happened_in_them() {
    for seed in 1..=10 {
        let folder = tempfile::tempdir().unwrap();
        organisation(seed, folder.path()).unwrap();
        let ours = reports(&loaded(folder.path()).unwrap()).unwrap();
        let sprints = compare(&ours, &expected(folder.path()).unwrap())
            .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert!(sprints >= 18, "seed {seed} has {sprints} sprints only");
    }
}

#[test]
fn twenty_organisations_report_what_a_second_implementation_says() {
    for seed in 101..=120 {
        let folder = tempfile::tempdir().unwrap();
        organisation(seed, folder.path()).unwrap();
        let ours = reports(&loaded(folder.path()).unwrap()).unwrap();
        let sprints = compare(&ours, &second_opinion(folder.path()).unwrap())
            .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert!(sprints >= 18, "seed {seed} has {sprints} sprints only");
    }
}
