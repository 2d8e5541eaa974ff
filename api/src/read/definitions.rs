//! A sprint by the definitions that are asked for: rows that are stored, or a recount of its histories.

use std::collections::BTreeMap;

use tidemark_model::board::{Board, Field, Status};
use tidemark_model::facts::{
    Mode, SprintDiscipline, SprintReport, Stated, StatedBoard, StatedField, StatedHistory, StatedPolicy,
    StatedSprint, StatedStatus, StatedSuccessors,
};
use tidemark_model::membership::{SprintIssue, Successors};
use tidemark_model::policy::{DonePolicy, Policy, SubtaskPolicy};
use tidemark_model::sprint::Sprint;
use tidemark_model::{Key, Row};
use tidemark_processors::recount::{self, DisciplinePart, Recount};
use tidemark_processors::rules;
use tidemark_sql::serving::{Reading, Select};

use super::Shown;
use crate::error::Error;

/// By which definitions a sprint is asked for; what is not named is as configured, in mode `jira_cloud`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Definitions {
    pub mode: Option<Mode>,
    pub subtasks: Option<SubtaskPolicy>,
    pub done: Option<DonePolicy>,
}

/// The definitions that are meant, with the policy that says so.
pub(crate) struct Meant {
    pub(crate) by: rules::Reading,
    policy: Policy,
}

impl Definitions {
    /// Adds what is configured. Mode `eazybi` tells done by the status category, whatever is asked.
    pub(crate) async fn meant(self, reading: &mut Reading) -> Result<Meant, Error> {
        let policy =
            rows::<StatedPolicy>(reading, Select::all()).await?.into_values().next().unwrap_or_default();
        let configured = rules::Reading::of(self.mode.unwrap_or(Mode::JiraCloud), &policy);
        let done = self.done.filter(|_| configured.mode != Mode::Eazybi).unwrap_or(configured.done);
        let subtasks = self.subtasks.unwrap_or(configured.subtasks);
        Ok(Meant { by: rules::Reading { subtasks, done, ..configured }, policy })
    }
}

impl Meant {
    /// Whether reports by these definitions are stored.
    fn is_configured(&self) -> bool {
        self.by == rules::Reading::of(self.by.mode, &self.policy)
    }

    /// Whether items and ledger are stored as well.
    fn is_stored(&self) -> bool {
        self.is_configured() && self.by.mode == Mode::JiraCloud
    }
}

/// The report of a sprint by these definitions, nothing while it is not computed; and its disciplines, where they are not
/// stored.
pub(crate) async fn report(
    reading: &mut Reading,
    shown: &Shown,
    definitions: Definitions,
) -> Result<(Option<SprintReport>, Option<Vec<SprintDiscipline>>), Error> {
    if definitions == Definitions::default() {
        return Ok((shown.report.clone(), None));
    }
    let meant = definitions.meant(reading).await?;
    if !meant.is_configured() {
        let recount = recounted(reading, shown, &meant).await?;
        return Ok((Some(recount.report), Some(recount.disciplines)));
    }
    let select = Select::<SprintReport>::all().is("sprint_id", &shown.sprint.sprint_id);
    let select = select.is("board_id", &shown.sprint.board_id).is("mode", meant.by.mode.as_str());
    Ok((reading.first(select).await?, None))
}

/// A recount of a sprint by these definitions; nothing where the rows that are stored are by the same.
pub(crate) async fn recount(
    reading: &mut Reading,
    shown: &Shown,
    definitions: Definitions,
) -> Result<Option<Recount>, Error> {
    if definitions == Definitions::default() {
        return Ok(None);
    }
    let meant = definitions.meant(reading).await?;
    recount_as_meant(reading, shown, &meant).await
}

/// The same, by definitions that are known.
pub(crate) async fn recount_as_meant(
    reading: &mut Reading,
    shown: &Shown,
    meant: &Meant,
) -> Result<Option<Recount>, Error> {
    if meant.is_stored() { Ok(None) } else { recounted(reading, shown, meant).await.map(Some) }
}

async fn recounted(reading: &mut Reading, shown: &Shown, meant: &Meant) -> Result<Recount, Error> {
    let basis = Basis::read(reading, shown).await?;
    Ok(recount::recount(&basis.stated(shown, meant), meant.by))
}

/// A discipline's part of a sprint.
pub(crate) async fn discipline(
    reading: &mut Reading,
    shown: &Shown,
    (meant, discipline): (&Meant, &str),
) -> Result<DisciplinePart, Error> {
    let basis = Basis::read(reading, shown).await?;
    let found = recount::of_discipline(&basis.stated(shown, meant), meant.by, discipline);
    found.map_err(|names| {
        let sprint = &shown.sprint.sprint_id;
        let there = if names.is_empty() {
            "it has no issues".to_owned()
        } else {
            format!("there are {}", names.join(", "))
        };
        Error::not_found(format!("no issue of sprint {sprint} is of the discipline `{discipline}`: {there}"))
    })
}

/// What a sprint's numbers are computed from.
struct Basis {
    sprint: Sprint,
    successors: Option<Successors>,
    boards: BTreeMap<Key, Board>,
    fields: BTreeMap<Key, Field>,
    statuses: BTreeMap<Key, Status>,
    issues: Vec<SprintIssue>,
}

impl Basis {
    async fn read(reading: &mut Reading, shown: &Shown) -> Result<Self, Error> {
        let (source, id) = (&shown.sprint.source, &shown.sprint.sprint_id);
        let sprint = rows::<StatedSprint>(reading, Select::all().is("id", id)).await?.into_values().next();
        let Some(sprint) = sprint else {
            let message = format!("the histories of sprint {id} are being copied: ask again in a moment");
            return Err(Error::not_computed(message));
        };
        let histories = rows::<StatedHistory>(reading, Select::all().is("sprint_id", id)).await?;
        let successors = rows::<StatedSuccessors>(reading, Select::all().is("id", id)).await?;
        Ok(Self {
            sprint,
            successors: successors.into_values().next(),
            boards: rows::<StatedBoard>(reading, Select::all().is("source", source)).await?,
            fields: rows::<StatedField>(reading, Select::all().is("source", source)).await?,
            statuses: rows::<StatedStatus>(reading, Select::all().is("source", source)).await?,
            issues: histories.into_values().collect(),
        })
    }

    fn stated<'a>(&'a self, shown: &'a Shown, meant: &'a Meant) -> recount::Stated<'a> {
        recount::Stated {
            sprint: &self.sprint,
            successors: self.successors.as_ref(),
            shown: &shown.sprint,
            boards: &self.boards,
            fields: &self.fields,
            statuses: &self.statuses,
            policy: &meant.policy,
            issues: &self.issues,
        }
    }
}

/// Rows as they are stated, by their keys.
async fn rows<S: Stated>(reading: &mut Reading, select: Select<S>) -> Result<BTreeMap<Key, S::Row>, Error> {
    let mut found = BTreeMap::new();
    for stated in reading.rows(&select).await? {
        let row = stated.row().map_err(|error| {
            tracing::error!(table = S::NAME, %error, "a row of {} can't be read", S::NAME);
            Error::internal()
        })?;
        found.insert(row.key(), row);
    }
    Ok(found)
}
