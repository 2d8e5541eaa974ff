//! Work that may wait: whoever has asked something is answered first.
//!
//! On a machine whose cores are all busy it is the kernel that decides who waits. Polling, computing, copying and compacting
//! can use whatever there is; a webhook or a reader who waits for a core waits for nothing that anybody needs sooner. So these
//! threads are nicer than those that answer.

use thread_priority::{
    NormalThreadSchedulePolicy, ThreadPriority, ThreadPriorityValue, ThreadSchedulePolicy,
    set_thread_priority_and_policy, thread_native_id,
};

/// Of 0 to 99, where 50 is what threads have that nobody has said anything of: a nice value of 10, a tenth of their weight.
const BACKGROUND: u8 = 22;

/// Lets the calling thread, and those that it starts, wait for those that answer. Where the system refuses, they share.
pub(super) fn wait_for_others() {
    let refused =
        ThreadPriorityValue::try_from(BACKGROUND).map_err(|error| error.to_string()).and_then(|value| {
            let policy = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Other);
            let priority = ThreadPriority::Crossplatform(value);
            set_thread_priority_and_policy(thread_native_id(), priority, policy)
                .map_err(|error| error.to_string())
        });
    if let Err(error) = refused {
        tracing::debug!(error, "a thread in the background has the priority of all others");
    }
}

/// The threads that computations are shared out to wait as well. Has to be called before the first of them.
pub(super) fn computations_wait() {
    // Whoever was quicker has built them: they then share.
    if let Err(error) = rayon::ThreadPoolBuilder::new().start_handler(|_| wait_for_others()).build_global() {
        tracing::debug!(%error, "computations have the priority of all others");
    }
}
