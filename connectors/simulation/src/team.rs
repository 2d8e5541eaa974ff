//! A team with its board, its project, its people and its habits.

use crate::agenda::Incident;
use crate::dice::Deck;
use crate::edge::Edge;
use crate::timetable::Timetable;
use crate::words;
use crate::workflow::Columns;

/// People in a team; the next team's people follow in the numbering.
pub(crate) const PEOPLE: u16 = 7;

#[derive(Debug)]
pub(crate) struct Team {
    pub(crate) name: String,
    pub(crate) key: String,
    pub(crate) columns: Columns,
    /// Its sprints tell `activatedDate` beside the planned `startDate`.
    pub(crate) activates: bool,
    pub(crate) timetables: Vec<Timetable>,
    /// How many of the timetables are closed or active at the end; the others stay in the future.
    pub(crate) run: usize,
    /// The ordinals of its sprints created so far.
    pub(crate) sprints: Vec<u32>,
    pub(crate) active: Option<u32>,
    /// Ordinal of the sprint in which nothing is planned.
    pub(crate) pause: Option<usize>,
    pub(crate) backlog: Vec<u32>,
    pub(crate) finished: Vec<u32>,
    /// Issues it wants in a sprint.
    pub(crate) pace: usize,
    /// Keys given out in its project.
    pub(crate) keys: u32,
    pub(crate) incidents: Deck<Incident>,
    pub(crate) edges: Deck<Edge>,
}

impl Team {
    pub(crate) fn new(ordinal: usize) -> Self {
        Self {
            name: words::team(ordinal),
            key: words::project_key(ordinal),
            columns: Columns::of_board(ordinal),
            activates: ordinal % 3 == 1,
            timetables: Vec::new(),
            run: 0,
            sprints: Vec::new(),
            active: None,
            pause: None,
            backlog: Vec::new(),
            finished: Vec::new(),
            pace: 0,
            keys: 0,
            incidents: Deck::new(&Incident::ALL),
            edges: Deck::new(&Edge::ALL),
        }
    }
}
