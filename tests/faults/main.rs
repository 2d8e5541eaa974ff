//! What production does to an installation on servers: processes are killed, frozen and lose their folders, servers restart,
//! go away and lose their answers, records are hostile. Afterwards every view and report is what one machine says that
//! nothing happened to: nothing is lost, nothing counts twice.
//!
//! Besides: positions never go back, everything agrees again in a bounded time, no process holds much memory, and operators are
//! told how it stands. `tests/run` has the short form; `tests/soak` sets `TIDEMARK_SOAK` to the number of kills, for the whole.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod faults;
mod field;
mod metrics;
mod positions;
mod process;

use faults::{FAULTS, is_soak};
use field::Field;

/// Lines that are no records, of those that are appended as hostile.
const REJECTED: f64 = 4.0;

#[test]
fn whatever_happens_every_view_is_what_it_is_without() {
    let Some(mut field) = Field::new(41) else { return };
    field.agrees("at the beginning");
    let some = if is_soak() { FAULTS.len() } else { FAULTS.len() - 1 };
    for (what, fault) in &FAULTS[..some] {
        fault(&mut field);
        field.agrees(what);
    }
    metrics::are_told(&field.processes, REJECTED);
    // Nothing of all that is left in what a replay computes.
    let replayed = field.asking().run(&["replay"]).exits(3);
    assert!(replayed.out.contains("replayed in"), "{replayed}");
    field.agrees("a replay, with everybody at work");
    field.sum_up();
}
