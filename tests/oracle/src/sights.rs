//! What was seen of sprints at earlier moments: which were open when.

use crate::sprint::Sprint;

/// A sprint as it was seen at a moment.
#[derive(Debug, Clone)]
pub(crate) struct Sight {
    pub(crate) at: i64,
    pub(crate) sprint: Sprint,
}

/// The newest that is known of each sprint: what is listed now, else the last
/// sight (METRICS rule 13, case 22). What a newer statement leaves out, an
/// older one tells: the board, and of a deleted sprint what it was (case 24).
pub(crate) fn newest_sprints(listed: Vec<Sprint>, sights: &[Sight]) -> Vec<Sprint> {
    let mut newest = listed;
    for sight in sights.iter().rev() {
        if newest.iter().all(|sprint| sprint.id != sight.sprint.id) {
            newest.push(sight.sprint.clone());
        }
    }
    for sprint in &mut newest {
        let earlier: Vec<&Sprint> = of_sprint(sights, sprint.id).map(|sight| &sight.sprint).collect();
        let told = || earlier.iter().rev();
        sprint.board = sprint.board.or_else(|| told().find_map(|earlier| earlier.board));
        if let Some(before) = told().find(|earlier| !earlier.is_deleted()).filter(|_| sprint.is_deleted()) {
            sprint.start = sprint.start.or(before.start);
            sprint.end = before.end.or(sprint.end);
            sprint.started |= before.started;
        }
    }
    newest
}

fn of_sprint(sights: &[Sight], id: i64) -> impl Iterator<Item = &Sight> {
    sights.iter().filter(move |sight| sight.sprint.id == id)
}

/// The instants at which a sprint was seen reopened: active after it was seen
/// closed (case 23). Where only the newest list shows it active again, that is
/// now, after all that is known.
pub(crate) fn reopenings(sights: &[Sight], sprint: &Sprint) -> Vec<i64> {
    let seen = of_sprint(sights, sprint.id).map(|sight| (sight.at, &sight.sprint));
    let own: Vec<(i64, &Sprint)> = seen.chain([(i64::MAX, sprint)]).collect();
    let pairs = own.windows(2);
    let reopened = pairs.filter(|pair| pair[0].1.is_closed() && pair[1].1.state == "active");
    reopened.map(|pair| pair[1].0).collect()
}

/// Whether a sprint was active at an instant: it was started, and what came
/// last of its closes and reopenings until then is no close.
pub(crate) fn is_open(sights: &[Sight], sprint: &Sprint, at: i64) -> bool {
    let started = sprint.start.filter(|_| sprint.started).is_some_and(|start| start <= at);
    let closed = of_sprint(sights, sprint.id).filter(|sight| sight.sprint.is_closed());
    let closed = closed.map(|sight| sight.sprint.end.unwrap_or(sight.at));
    let deleted = of_sprint(sights, sprint.id).filter(|sight| sight.sprint.is_deleted());
    let closes = closed.chain(deleted.map(|sight| sight.at)).chain(sprint.end);
    let last_close = closes.filter(|close| *close <= at).max();
    let last_reopening = reopenings(sights, sprint).into_iter().filter(|open| *open <= at).max();
    started && (last_close.is_none() || last_reopening > last_close)
}
