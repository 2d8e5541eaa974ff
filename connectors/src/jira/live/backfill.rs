//! The first load: the issues of the boards' sprints, newest boards first, then all the rest.
//!
//! An issue that was taken out of a sprint is in none of its boards' sprints any more, and still has a history there: so the
//! last walk goes over everything, and asks for the histories of those alone that no board has brought.

use tidemark_model::Timestamp;

use super::Jira;
use super::place::{Backfill, Place};
use super::walk::{By, Step, Walk};
use crate::jira::id_of;
use crate::{Error, Page};

/// Issues of a page of ours: some calls together, so that histories are asked for in bulk, and few enough that little is
/// lost when one fails.
const PAGE_ISSUES: usize = 500;

impl Jira {
    /// The next page of the backfill.
    pub(super) async fn backfill(&self, mut place: Place, mut backfill: Backfill) -> Result<Page, Error> {
        let scope = self.scope();
        let sprints = match backfill.boards.last() {
            Some(board) => self.sprints_of(board).await?,
            None => None,
        };
        let mut page = Page::default();
        let mut walk = Some(place.walk.take().unwrap_or_else(|| Walk::new(By::Created, Timestamp(0))));
        let (mut issues, mut all) = (Vec::new(), 0);
        // What was read before a restart nobody remembers.
        let remembers = self.memory().number_loaded() == backfill.read;
        // A board without sprints has nothing of its own.
        walk = walk.filter(|_| backfill.boards.is_empty() || sprints.is_some());
        let bounds = [scope.as_str(), sprints.as_deref().unwrap_or_default()];
        while all < PAGE_ISSUES
            && let Some(on) = walk.take()
        {
            let Step { met, odd, rest } = on.step(&self.api, &bounds).await?;
            all += met.len();
            for json in odd {
                self.split(&mut page, "without an id", json.get());
            }
            issues.extend(met.into_iter().filter(|met| !self.memory().is_loaded(&met.id)));
            walk = rest;
        }
        // Pages may overlap.
        issues.sort_by(|left, right| left.id.cmp(&right.id));
        issues.dedup_by(|left, right| left.id == right.id);
        self.add(&mut page, &issues).await?;
        for issue in &issues {
            self.memory().loaded(&issue.id);
        }
        if backfill.boards.is_empty() {
            backfill.passed += all as u64;
        }
        backfill.read = if remembers {
            self.memory().number_loaded()
        } else if backfill.boards.is_empty() {
            // Of these it can't be said which ones a board had brought.
            backfill.read.max(backfill.passed)
        } else {
            backfill.read + issues.len() as u64
        };
        let share = backfill.read as f64 / backfill.total.max(1) as f64;
        page.read = Some(share.min(1.0));
        let ended = walk.is_none() && backfill.boards.pop().is_none();
        place.walk = walk;
        place.backfill = Some(backfill);
        if ended {
            place.backfill = None;
            page.read = Some(1.0);
            self.memory().all_loaded();
        }
        page.next = Some(place.cursor());
        Ok(page)
    }

    /// The condition that an issue is in a sprint of a board; nothing where the board has none.
    async fn sprints_of(&self, board: &str) -> Result<Option<String>, Error> {
        let sprints = self.api.board_sprints(board, None).await?.unwrap_or_default();
        let ids: Vec<String> = sprints.iter().filter_map(|sprint| id_of(sprint).ok()).collect();
        Ok((!ids.is_empty()).then(|| format!("sprint in ({})", ids.join(", "))))
    }
}
