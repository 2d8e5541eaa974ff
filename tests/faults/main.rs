//! What production does to an installation on servers: processes are killed, frozen and lose their folders, servers restart,
//! go away and lose their answers, records are hostile. Afterwards every view and report is what one machine says that
//! nothing happened to: nothing is lost, nothing counts twice.
//!
//! Besides: positions never go back, everything agrees again in a bounded time, no process holds much memory, and operators are
//! told how it stands. `tests/run` has the short form; `tests/soak` sets `TIDEMARK_SOAK` to the number of kills, for the whole.
//!
//! The faults happen one after the other, in any order, to one installation; one that fails leaves the next a new one.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod faults;
mod field;
mod metrics;
mod outage;
mod positions;
mod process;

use std::sync::{Arc, Mutex, PoisonError, Weak};

use field::Field;

const SEED: u64 = 41;

/// The installation that all faults happen to, for as long as a test has it or waits for it: tests run side by side, so that
/// the next one waits already. The last one ends its servers.
type Shared = Arc<Mutex<Option<Field>>>;

fn shared() -> Shared {
    static FIELD: Mutex<Weak<Mutex<Option<Field>>>> = Mutex::new(Weak::new());
    let mut field = FIELD.lock().unwrap_or_else(PoisonError::into_inner);
    field.upgrade().unwrap_or_else(|| {
        let new = Shared::default();
        *field = Arc::downgrade(&new);
        new
    })
}

/// Lets something happen to the installation, after which everything has to agree.
#[track_caller]
fn survives(what: &str, fault: impl FnOnce(&mut Field)) {
    let shared = shared();
    let mut slot = shared.lock().unwrap_or_else(|failed| {
        // What a fault has left that was not survived is no beginning for another.
        let mut slot = failed.into_inner();
        *slot = None;
        slot
    });
    shared.clear_poison();
    if slot.is_none() {
        *slot = Field::new(SEED);
    }
    let Some(field) = slot.as_mut() else { return };
    field.throw(SEED);
    fault(field);
    field.agrees(what);
    field.sum_up();
}

#[test]
fn processes_are_killed() {
    survives("processes killed", faults::killed);
}

#[test]
fn the_broker_is_away() {
    survives("the broker away", faults::broker_away);
}

#[test]
fn database_and_warehouse_are_away() {
    survives("database and warehouse away", faults::outlets_away);
}

#[test]
fn a_database_forgets() {
    survives("a database that forgets", faults::forgetful);
}

#[test]
fn everybody_is_away_for_longer_than_the_log_remembers() {
    survives("away for long", faults::away_for_long);
}

#[test]
fn an_owner_is_frozen() {
    survives("an owner frozen", faults::frozen);
}

#[test]
fn members_come_and_go() {
    survives("a storm of members", faults::storm);
}

#[test]
fn records_are_hostile() {
    survives("hostile records", faults::hostile);
}

#[test]
fn a_disk_is_full() {
    survives("a full disk", faults::full_disk);
}

#[test]
fn everybody_is_asked_to_stop_under_load() {
    survives("asked to stop under load", faults::stopped);
}

#[test]
fn everybody_is_asked_to_stop_without_a_broker() {
    survives("asked to stop without a broker", faults::stopped_without_a_broker);
}

#[test]
fn commits_time_out() {
    survives("commits that time out", faults::commits_time_out);
}

#[test]
fn operators_are_told_how_it_stands() {
    survives("before it is asked", |field| {
        field.go_on();
        field.agrees("everybody at work");
        metrics::are_told(&field.processes, field.rejected);
    });
}

#[test]
fn a_replay_leaves_nothing_of_all_that() {
    survives("a replay, with everybody at work", |field| {
        let code = if field.rejected > 0.0 { 3 } else { 0 };
        let replayed = field.asking().run(&["replay"]).exits(code);
        assert!(replayed.out.contains("replayed in"), "{replayed}");
    });
}
