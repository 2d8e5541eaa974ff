//! A team with its board, its project, its people and its habits.

use std::collections::BTreeMap;

use crate::agenda::Incident;
use crate::dice::Deck;
use crate::edge::Edge;
use crate::lens::{EstimationField, Lens};
use crate::timetable::Timetable;
use crate::twist::{Reform, Twist};
use crate::words;
use crate::workflow::Columns;

#[derive(Debug)]
pub(crate) struct Team {
    pub(crate) name: String,
    pub(crate) key: String,
    /// How its board looks at issues, at present.
    pub(crate) lens: Lens,
    /// How it will, from some moment on.
    pub(crate) reform: Option<Reform>,
    /// What becomes of its sprints, by their place in the row.
    pub(crate) twists: BTreeMap<usize, Twist>,
    /// The place of the sprint that is started by mistake.
    pub(crate) mistake: Option<usize>,
    /// Its sprints tell `activatedDate` beside the planned `startDate`.
    pub(crate) activates: bool,
    /// Its issues have the field `Discipline`.
    pub(crate) names_discipline: bool,
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
    /// How its board looks at issues in the end.
    pub(crate) fn newest_lens(&self) -> Lens {
        self.reform.map_or(self.lens, |reform| reform.lens)
    }

    /// A team and what its incidents will be.
    pub(crate) fn new(ordinal: usize, incidents: &[Incident]) -> Self {
        Self {
            name: words::team(ordinal),
            key: words::project_key(ordinal),
            lens: Lens { columns: Columns::of_board(ordinal), field: EstimationField::StoryPoints },
            reform: None,
            twists: BTreeMap::new(),
            mistake: None,
            activates: ordinal % 3 == 1,
            names_discipline: ordinal % 3 != 2,
            timetables: Vec::new(),
            run: 0,
            sprints: Vec::new(),
            active: None,
            pause: None,
            backlog: Vec::new(),
            finished: Vec::new(),
            pace: 0,
            keys: 0,
            incidents: Deck::new(incidents),
            edges: Deck::new(&Edge::ALL),
        }
    }
}
