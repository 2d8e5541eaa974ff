//! At least a hundred kills from outside, each while the store is being written: nothing is lost, nothing counts twice.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tidemark_simulation::Options;
use tidemark_tests::command::{Installation, assert_same};
use tidemark_tests::interruption::{Ended, Moment, interrupt};

const KILLS: u32 = 100;
/// Commands, with the number of writes that a kill waits for at most: a sync goes on where it was, a replay starts over
/// and so has to be let further to be hit in its later phases.
const SYNC: (&str, u32) = ("sync", 6);
const REPLAY: (&str, u32) = ("replay", 30);
/// A kill waits for at most this many milliseconds more.
const POLLS: u32 = 20;
/// An organisation that this many kills do not outlast would never be compared.
const MOST_RUNS: u32 = 150;

/// A few thousand issues: a run takes long enough to be hit in each of its phases.
fn organisation(seed: u64, archive: &Path) {
    let options = Options { seed, boards: 6, sprints: 10, issues: 3000, ..Options::default() };
    tidemark_simulation::generate(&options, archive, &mut |_, _| {}).unwrap();
}

/// What was hit so far.
#[derive(Debug, Default)]
struct Tally {
    in_store: u32,
    in_lake: u32,
    between: u32,
    finished: u32,
    by_command: BTreeMap<&'static str, u32>,
}

/// What a hammering goes by, and what it counts.
struct Hits<'a> {
    dice: &'a mut ChaCha8Rng,
    tally: &'a mut Tally,
}

/// Runs a command again and again, killing it, until it comes to its end by itself; after so many kills a sync has to
/// bring what they left to its end.
fn hammer(victim: &Installation, (command, writes): (&'static str, u32), kills: u32, hits: &mut Hits<'_>) {
    let data = victim.path("data");
    let Hits { dice, tally } = hits;
    for _ in 0..kills {
        let moment = Moment { writes: dice.random_range(0..=writes), polls: dice.random_range(0..=POLLS) };
        match interrupt(victim.command(&[command]), &data, moment).unwrap() {
            Ended::ByItself(status) => {
                assert!(status.success(), "`{command}` after a kill: {status}");
                tally.finished += 1;
                return;
            }
            Ended::InStore => {
                tally.in_store += 1;
                *tally.by_command.entry(command).or_default() += 1;
            }
            Ended::InLake => tally.in_lake += 1,
            Ended::Between => tally.between += 1,
        }
    }
    victim.ok(&["sync"]);
}

#[test]
fn a_hundred_kills_lose_nothing_and_count_nothing_twice() {
    let started = Instant::now();
    let mut tally = Tally::default();
    let mut seeds = Vec::new();
    while tally.in_store < KILLS {
        let seed = 4000 + seeds.len() as u64;
        seeds.push(seed);
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        let reference = Installation::in_memory(Path::new("archive"));
        let archive = reference.path("archive");
        organisation(seed, &archive);
        reference.ok(&["sync"]);
        let (expected, reports) = (reference.exports(), reference.reports());
        assert!(reports.len() > 10, "seed {seed} has few sprints");
        assert!(
            // Nothing is rejected.
            expected.iter().all(|(view, export)| *view == "v1_rejected" || export.lines().count() > 1),
            "seed {seed} leaves a view empty"
        );

        let victim = Installation::in_memory(&archive);
        let mut hits = Hits { dice: &mut dice, tally: &mut tally };
        hammer(&victim, SYNC, MOST_RUNS, &mut hits);
        assert_same(&expected, &victim.exports(), &format!("seed {seed}, after syncs that were killed"));
        assert!(reports == victim.reports(), "seed {seed}, after syncs that were killed");
        let kills = hits.dice.random_range(2..=12);
        hammer(&victim, REPLAY, kills, &mut hits);
        assert_same(&expected, &victim.exports(), &format!("seed {seed}, after replays that were killed"));
        assert!(reports == victim.reports(), "seed {seed}, after replays that were killed");
        victim.ok(&["verify"]);
        println!("seed {seed}: {tally:?} after {:.0} s", started.elapsed().as_secs_f64());
        assert!(seeds.len() < 60, "only {} kills landed while the store was written", tally.in_store);
    }
    println!("{} kills landed while the store was written: {tally:?}, seeds {seeds:?}", tally.in_store);
    assert!(tally.in_store >= KILLS);
}
