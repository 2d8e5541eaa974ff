//! Threads that let others go first.
//!
//! Computing takes what the machine has left; whoever has sent a webhook or looks at a page waits for a core otherwise. What
//! holds others up while it lasts, as committing and syncing do, is done by threads that do not wait.

use thread_priority::{ThreadPriority, ThreadPriorityValue, set_current_thread_priority};

/// Of 99, where most threads have 50. On Linux it is a niceness of 10: where others are at work, a tenth of a core is left.
const PRIORITY: u8 = 21;

/// Lets this thread wait for others, where the system has priorities of threads. So do the threads that it starts.
fn enter() {
    let Ok(priority) = ThreadPriorityValue::try_from(PRIORITY) else { return };
    if let Err(error) = set_current_thread_priority(ThreadPriority::Crossplatform(priority)) {
        tracing::debug!(?error, "a thread keeps its priority");
    }
}

/// Lets all that is computed, by whichever part, wait for others. Called once, before anything is computed.
pub(super) fn compute_there() {
    let pool = rayon::ThreadPoolBuilder::new().thread_name(|number| format!("compute-{number}"));
    if let Err(error) = pool.start_handler(|_| enter()).build_global() {
        tracing::debug!(%error, "what is computed keeps its priority");
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::enter;

    /// How readily this thread waits.
    fn niceness() -> i32 {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
        // The name, in brackets, may have blanks; the nineteenth field is the seventeenth after it.
        let (_, fields) = stat.rsplit_once(')').unwrap();
        fields.split_whitespace().nth(16).unwrap().parse().unwrap()
    }

    #[test]
    fn a_thread_that_has_entered_waits_for_others_and_no_other_does() {
        let before = niceness();
        let entered = std::thread::spawn(|| {
            enter();
            niceness()
        });
        // The whole process may wait already.
        assert_eq!((entered.join().unwrap(), niceness()), (before.max(10), before));
    }
}
