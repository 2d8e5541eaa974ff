//! Why the numbers of a sprint's report are what they are: what `/sprints/{source}/{id}/explain` answers, and
//! `tidemark explain sprint` prints.

mod form;

use tidemark_model::facts::{LedgerEntry, Mode, SprintItem, SprintReport};
use tidemark_model::policy::{DonePolicy, SubtaskPolicy};
use tidemark_processors::explain::{Explanation, Number, Piece, Unit, explain, numbers, pieces};
use tidemark_processors::recount::Recount;
use tidemark_sql::serving::Reading;

use super::asked::{Asked, encoded};
use super::definitions::{DISCIPLINE, DONE, MODE, SUBTASKS, definitions};
use super::parameter::{Parameter, Takes};
use super::report::Header;
use super::sprints::BOARD;
use super::{Answer, ROOT, Resource, Subject, answer};
use crate::content::Content;
use crate::error::Error;
use crate::quality::{self, Mark};
use crate::read::{self, Definitions, Shown};
use crate::stale::Stale;

const NUMBER: Parameter = Parameter {
    name: "number",
    doc: "The number to explain by its issues; else all numbers are listed, without their issues.",
    takes: Takes::OneOf(|| Number::ALL.iter().map(|number| number.as_str()).collect()),
};

const UNIT: Parameter = Parameter {
    name: "unit",
    doc: "Only numbers in this unit; of one number it is `points` where it is not given and there are some.",
    takes: Takes::OneOf(|| Unit::ALL.iter().map(|unit| unit.as_str()).collect()),
};

pub(super) const ONE: Resource = Resource {
    path: "/sprints/{source}/{id}/explain",
    summary: "Why a sprint's numbers are what they are: issues, ledger entries and the changes that they come from",
    parameters: &[BOARD, NUMBER, UNIT, MODE, SUBTASKS, DONE, DISCIPLINE],
    answer: Answer::Single(form::schema),
    subject: Subject::Sprint,
    handler: |reading, asked| Box::pin(one(reading, asked)),
};

/// What is to be explained.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Question {
    /// The sprint, as `source/native-id`.
    pub sprint: String,
    pub board: Option<String>,
    pub definitions: Definitions,
    pub discipline: Option<String>,
    /// All numbers, without their issues, where none is named.
    pub number: Option<Number>,
    pub unit: Option<Unit>,
}

/// A sprint's numbers, explained.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub sprint: Header,
    /// The definitions that were used.
    pub mode: Mode,
    pub subtasks: SubtaskPolicy,
    pub done: DonePolicy,
    /// The discipline whose part is explained; the whole where there is none.
    pub discipline: Option<String>,
    /// What to know before trusting the numbers.
    pub quality: Vec<Mark>,
    /// The number that was asked for, then the parts of a ratio; or all numbers.
    pub numbers: Vec<Explained>,
}

/// A number with what explains it.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    pub explanation: Explanation,
    /// How many issues have a share.
    pub issues: usize,
    /// Where the number is explained by its issues.
    pub link: String,
}

async fn one(mut reading: Reading, asked: Asked) -> Result<Content, Error> {
    let unit = asked.text(&UNIT);
    let question = Question {
        sprint: asked.subject.clone(),
        board: asked.text(&BOARD).map(str::to_owned),
        definitions: definitions(&asked),
        discipline: asked.text(&DISCIPLINE).map(str::to_owned),
        number: asked.text(&NUMBER).and_then(Number::named),
        unit: Unit::ALL.iter().find(|one| Some(one.as_str()) == unit).copied(),
    };
    answer::single(&asked, &told(&mut reading, &question, &asked.stale).await?)
}

/// Explains a sprint's numbers. The error says in `code` what is missing or wrong. Whether the source is behind is for those
/// to say who ask it all the time.
pub async fn document(reading: &mut Reading, question: &Question) -> Result<Document, Error> {
    told(reading, question, &Stale::default()).await
}

async fn told(reading: &mut Reading, question: &Question, stale: &Stale) -> Result<Document, Error> {
    let wanted = wanted(question)?;
    let shown = read::shown(reading, &question.sprint, question.board.as_deref()).await?;
    let meant = question.definitions.meant(reading).await?;
    let (report, pieces) = match &question.discipline {
        Some(discipline) => {
            let part = read::discipline(reading, &shown, (&meant, discipline)).await?;
            (part.report, part.pieces)
        }
        None => match read::recount_as_meant(reading, &shown, &meant).await? {
            Some(Recount { report, items, entries, .. }) => (report, pieces(items, entries)),
            None => stored(reading, &shown).await?,
        },
    };
    let mut explained = Vec::new();
    for (number, unit) in wanted {
        let whole = explain(&report, &pieces, number, unit);
        let parts = if question.number.is_some() { whole.parts.clone() } else { Vec::new() };
        explained.extend(std::iter::once(whole).chain(parts).map(|explanation| Explained {
            issues: explanation.shares.len(),
            link: link(&shown, question, &explanation),
            explanation,
        }));
    }
    if question.number.is_none() {
        explained.iter_mut().for_each(|number| number.explanation.shares.clear());
    }
    Ok(Document {
        sprint: Header::of(&shown.sprint),
        mode: meant.by.mode,
        subtasks: meant.by.subtasks,
        done: meant.by.done,
        discipline: question.discipline.clone(),
        quality: quality::marks(&shown.sprint, Some(&report), stale)?,
        numbers: explained,
    })
}

/// The numbers that are asked for, in their units.
fn wanted(question: &Question) -> Result<Vec<(Number, Unit)>, Error> {
    let Some(number) = question.number else {
        return Ok(numbers().filter(|(_, unit)| question.unit.is_none_or(|asked| asked == *unit)).collect());
    };
    let unit = match question.unit {
        Some(unit) => Some(unit).filter(|unit| number.counts(*unit)),
        None => Unit::ALL.iter().find(|unit| number.counts(**unit)).copied(),
    };
    let other = || {
        let there = Unit::ALL.iter().filter(|unit| number.counts(**unit)).map(|unit| unit.as_str());
        let there: Vec<&str> = there.collect();
        let message = format!("{} is a number of {}: ask for it so", number.as_str(), there.join(" or of "));
        Error::invalid(UNIT.name, message)
    };
    unit.map(|unit| vec![(number, unit)]).ok_or_else(other)
}

/// What is stored: the report as configured, and the rows that it is made of.
async fn stored(reading: &mut Reading, shown: &Shown) -> Result<(SprintReport, Vec<Piece>), Error> {
    let Some(report) = shown.report.clone() else {
        let message = format!(
            "the report of sprint {} is being computed: ask again in a moment",
            shown.sprint.sprint_id
        );
        return Err(Error::not_computed(message));
    };
    let items = reading.rows(&read::mode_rows::<SprintItem>(&shown.sprint)).await?;
    let entries = reading.rows(&read::mode_rows::<LedgerEntry>(&shown.sprint)).await?;
    Ok((report, pieces(items, entries)))
}

/// The path at which a number is explained by its issues.
fn link(shown: &Shown, question: &Question, explanation: &Explanation) -> String {
    let Definitions { mode, subtasks, done } = question.definitions;
    let pairs = [
        (BOARD, Some(shown.sprint.board_id.as_str())),
        (DISCIPLINE, question.discipline.as_deref()),
        (DONE, done.map(DonePolicy::as_str)),
        (MODE, mode.map(Mode::as_str)),
        (NUMBER, Some(explanation.number.as_str())),
        (SUBTASKS, subtasks.map(SubtaskPolicy::as_str)),
        (UNIT, Some(explanation.unit.as_str())),
    ];
    let given = pairs.into_iter().filter_map(|(parameter, value)| Some((parameter.name, value?)));
    let query: Vec<String> = given.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    format!("{ROOT}/sprints/{}/explain?{}", shown.sprint.sprint_id, query.join("&"))
}
