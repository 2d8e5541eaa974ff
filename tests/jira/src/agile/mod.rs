//! Boards and sprints: the agile API.

mod board;
mod issues;
mod pages;
mod sprints;

pub(crate) use self::board::{all as all_boards, boards, configuration, find as board, told as told_board};
pub(crate) use self::issues::issues;
pub(crate) use self::sprints::{board_sprints, of_board, sprint};
