//! Questions that resources and pages share, to one state of the serving database.

mod boards;
mod burndown;
mod carry_over;
mod definitions;
mod disciplines;
mod items;
mod sources;
mod sprints;

pub(crate) use boards::{ActiveSprint, BoardSummary, board, boards};
pub(crate) use burndown::{Burndown, burndown};
pub(crate) use carry_over::{Chain, carried_in, chains, latest, often_carried};
pub use definitions::Definitions;
pub(crate) use definitions::{discipline, recount, recount_as_meant, report};
pub(crate) use disciplines::disciplines;
pub(crate) use items::{Behind, Ended, behind, ended, ended_so};
pub(crate) use sources::rejections;
pub use sources::{SourceState, sources};
pub(crate) use sprints::{Shown, mode_rows, shown};
pub(crate) use tidemark_processors::claims::UNASSIGNED;
