//! Tables on Kafka: one log that many machines share.
//!
//! # Tasks
//!
//! All topics of tables have the same number of *partitions*, fixed for the log's generation, and a row lies in the
//! partition that the first parts of its key name ([`partition`]). A *task* is a partition of all tables at once: whoever
//! owns it computes the groups that lie there. Owners are found by a consumer group that subscribes to nothing but a topic
//! that is never written ([`Tasks`]); what a task reads is assigned by hand, so that tables stay together whatever the
//! group's assignor does. Tables that are known everywhere are read whole by every task.
//!
//! # A store per task
//!
//! A [`KafkaStore`] is a [`Store`](crate::Store) that the [`Runner`](crate::Runner) drives as it drives the embedded one:
//!
//! - **A commit is a transaction** of the task's transactional id: rows (each to its own partition, which may be another
//!   task's), what groups emitted, named values and with them positions, all or nothing. Readers see committed records only.
//!   A newer owner's start ends what the older left open and fences it: its next commit is [`Error::Fenced`](crate::Error),
//!   and it drops the task.
//! - **Nothing is written to the cache but what was read from the log.** After its transaction a commit waits until the
//!   records for its own partition have come back. So what the cache says of a partition is always a beginning of what the
//!   log says, in the log's order, whoever wrote it: rows of others and own ones interleave, and a change that comes late
//!   has a later offset. Writing through would be quicker by a round trip and would let a position overtake a change of
//!   another task. A cache that was lost, or made anew elsewhere, becomes the same by reading.
//! - **The cache's own positions** decide where reading goes on; they are written in one batch with what was read. What a
//!   processor has seen of its inputs are named values, committed with what it wrote. A cache of another log or generation,
//!   of other tables, or one that was last whole longer ago than half of `delete.retention.ms` is rebuilt: deletions that it
//!   has not heard of may be gone. So is one whose place the log no longer has.
//! - **Opening takes over first and reads to the end then**, so that everything that an earlier owner committed is there
//!   before anything is computed.
//! - **After an error the store is of no use**: whether a commit that timed out was made is known once the next producer has
//!   taken over. Opening it again finds out, and the batch is computed anew, which the law makes harmless.
//!
//! Offsets count in one partition. A task's changes are those of its own partition; of tables that it holds whole it has the
//! rows, and an *edition* that differs once any of them has changed. Sinks therefore follow a log task by task, by a
//! position per table and partition; a row's version is what it is everywhere, (generation, offset), since a row never
//! leaves its partition. Whoever owns no partition ([`Actor::Named`]) reads rows and no changes.
//!
//! # Followers
//!
//! Whoever copies rows elsewhere opens a task as a [`Actor::Follower`]: it reads what the task reads, and its named values,
//! and writes nothing. A log that is made anew ([`Log::renew`]) says so in its identity, which every store reads along: it
//! then fails with [`Error::Renewed`](crate::Error), and is opened again.
//!
//! # Topics
//!
//! | topic | holds | compacted |
//! |---|---|---|
//! | `tidemark.table.NAME` | the rows of a table, by key, as JSON (large ones zstd) | yes |
//! | `tidemark.emitted` | what groups emitted, by processor and group, in the task's partition | yes |
//! | `tidemark.values` | named values by writer, in the task's partition | yes |
//! | `tidemark.tasks` | nothing: its partitions are the tasks | no |
//! | `tidemark.log` | which log this is: generation, id, partitions | yes |
//!
//! [`Log::migrate`] creates them; [`Log::open`] names whatever deviates from what they have to be. Statements larger than a
//! record may be are compressed and then cut into parts (see the module `record`).

mod admin;
mod cache;
mod context;
mod encode;
mod ends;
mod error;
mod feed;
mod halt;
mod log;
mod place;
mod probe;
mod producer;
mod reader;
mod record;
mod renew;
mod settings;
mod snapshot;
mod store;
mod tasks;
mod topics;
mod worker;

pub use ends::{Ends, HeldUp};
pub use halt::Halt;
pub use log::Log;
pub use place::{TableSpec, partition};
pub use probe::{Away, Probe};
pub use renew::Renewal;
pub use settings::Settings;
pub use store::{Actor, Held, KafkaStore, Opening};
pub use tasks::Tasks;
pub use topics::{Deviation, LONGEST_ABSENCE_MS, Size};
pub use worker::{Failure, Group, Standing, Worker};
