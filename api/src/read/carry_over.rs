//! Work that goes from sprint to sprint: the legs of issues, and the chains that they make.

use std::collections::HashMap;

use tidemark_model::fact::Cell;
use tidemark_model::facts::{BoardSprint, CarryOver};
use tidemark_sql::serving::{Reading, Select};

use super::mode_rows;
use crate::error::Error;

/// A leg with those before it in its unbroken chain.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chain {
    /// From the first on.
    pub(crate) before: Vec<CarryOver>,
    pub(crate) leg: CarryOver,
}

/// The legs in a sprint that were carried in, those that were carried most often first.
pub(crate) async fn carried_in(reading: &mut Reading, sprint: &BoardSprint) -> Result<Vec<CarryOver>, Error> {
    let select = mode_rows::<CarryOver>(sprint).compare("carry_count", ">", Cell::Integer(0));
    let mut legs = reading.rows(&select).await?;
    legs.sort_by_cached_key(|leg| (-leg.carry_count, leg.issue_id.len(), leg.issue_id.clone()));
    Ok(legs)
}

/// The last leg of each issue that was carried so often on a board, the newest sprint first.
pub(crate) async fn often_carried(
    reading: &mut Reading,
    board_id: &str,
    least: i64,
) -> Result<Vec<CarryOver>, Error> {
    let of_board = Select::<CarryOver>::all().is("board_id", board_id);
    let legs = reading.rows(&of_board.compare("carry_count", ">=", Cell::Integer(least))).await?;
    Ok(latest(legs))
}

/// The last of each issue's legs, the newest sprint first, and of one sprint those carried most often.
pub(crate) fn latest(legs: Vec<CarryOver>) -> Vec<CarryOver> {
    let mut last: HashMap<String, CarryOver> = HashMap::new();
    for leg in legs {
        let known = last.get(&leg.issue_id);
        if known.is_none_or(|known| known.sprints_touched < leg.sprints_touched) {
            last.insert(leg.issue_id.clone(), leg);
        }
    }
    let mut last: Vec<CarryOver> = last.into_values().collect();
    last.sort_by_cached_key(|leg| {
        let newest = (leg.closed_at.is_some(), std::cmp::Reverse((leg.closed_at, leg.started_at)));
        (newest, leg.sprint_id.clone(), -leg.carry_count, leg.issue_id.len(), leg.issue_id.clone())
    });
    last
}

/// The chains that lead to these legs of one board.
pub(crate) async fn chains(
    reading: &mut Reading,
    board_id: &str,
    legs: &[CarryOver],
) -> Result<Vec<Chain>, Error> {
    let issues = legs.iter().map(|leg| leg.issue_id.as_str());
    let select = Select::<CarryOver>::all().is("board_id", board_id).is_among("issue_id", issues);
    let known = reading.rows(&select).await?;
    let by_sprint: HashMap<(&str, &str), &CarryOver> =
        known.iter().map(|leg| ((leg.issue_id.as_str(), leg.sprint_id.as_str()), leg)).collect();
    Ok(legs.iter().map(|leg| Chain { before: before(leg, &by_sprint), leg: leg.clone() }).collect())
}

/// The legs before this one, from the first on. They are no more than its count says, whatever the rows say.
fn before(leg: &CarryOver, by_sprint: &HashMap<(&str, &str), &CarryOver>) -> Vec<CarryOver> {
    let mut legs = Vec::new();
    let mut from = leg.carried_in_from.as_deref();
    for _ in 0..leg.carry_count {
        let Some(before) = from.and_then(|sprint| by_sprint.get(&(leg.issue_id.as_str(), sprint))) else {
            break;
        };
        legs.push((*before).clone());
        from = before.carried_in_from.as_deref();
    }
    legs.reverse();
    legs
}
