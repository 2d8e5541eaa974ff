//! What a living organisation says, as the raw records that its archive would give.

use std::collections::{BTreeSet, HashSet};

use serde::Serialize;
use serde_json::value::to_raw_value;
use tidemark_connectors::jira::{observation, split};
use tidemark_connectors::{Page, Reject};
use tidemark_model::Timestamp;
use tidemark_model::raw::{Raw, RawKind, RawPart};

use crate::archive::{self, catalogue};
use crate::moment::Moment;
use crate::organisation::{Observation, Organisation};

/// Issues of a page: one durable write of ingest.
const PAGE_ISSUES: usize = 1000;

/// A page, and where the next one begins.
pub(super) struct Said {
    pub(super) page: Page,
    pub(super) upto: Moment,
    pub(super) from: Option<usize>,
    /// The pull goes on.
    pub(super) more: bool,
}

/// Makes the pages of an organisation as it is now.
pub(super) struct Pages<'a> {
    pub(super) source: &'a str,
    pub(super) organisation: &'a Organisation,
}

impl Pages<'_> {
    /// The first page of all: everything but the issues.
    pub(super) fn beginning(&self) -> Result<Said, String> {
        let organisation = self.organisation;
        let mut page = Page { begins: true, read: Some(0.0), ..Page::default() };
        for observation in &organisation.observations {
            page.records.extend(self.observation(*observation)?);
        }
        self.statements(RawKind::Field, &catalogue::fields(), &mut page)?;
        self.statements(RawKind::Status, &catalogue::statuses(), &mut page)?;
        self.statements(RawKind::IssueType, &catalogue::issue_types(), &mut page)?;
        self.statements(RawKind::Board, &catalogue::boards(organisation), &mut page)?;
        let sprints = organisation.listed_sprints();
        let sprints = sprints.map(|sprint| archive::sprint(organisation, sprint, organisation.now));
        let sprints: Vec<_> = sprints.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
        self.statements(RawKind::Sprint, &sprints, &mut page)?;
        Ok(Said { page, upto: self.newest(), from: Some(0), more: true })
    }

    /// A page of all issues, from the one of ordinal `first` on.
    pub(super) fn issues(&self, upto: Moment, first: usize) -> Result<Said, String> {
        let all = self.organisation.issues.len();
        let end = (first + PAGE_ISSUES).min(all);
        let mut page = Page::default();
        self.add_issues(first..end, &mut page)?;
        page.read = Some(end as f64 / all.max(1) as f64);
        let more = end < all;
        Ok(Said { page, upto, from: more.then_some(end), more })
    }

    /// What changed after `after`; a page ends between two moments.
    pub(super) fn changes(&self, after: Moment) -> Result<Said, String> {
        let organisation = self.organisation;
        let known = organisation.touched.partition_point(|(at, _)| *at <= after);
        let mut touched = BTreeSet::new();
        let (mut upto, mut more) = (after, false);
        for (at, issue) in &organisation.touched[known..] {
            more = touched.len() >= PAGE_ISSUES && *at > upto;
            if more {
                break;
            }
            upto = *at;
            touched.insert(*issue as usize);
        }
        if !more {
            upto = self.newest().max(after);
        }
        let mut page = Page::default();
        let known = organisation.observations.partition_point(|one| one.at() <= after);
        for observation in organisation.observations[known..].iter().take_while(|one| one.at() <= upto) {
            page.records.extend(self.observation(*observation)?);
        }
        self.add_issues(touched, &mut page)?;
        Ok(Said { page, upto, from: None, more })
    }

    /// The moment of the newest change; nothing has happened since.
    fn newest(&self) -> Moment {
        let touched = self.organisation.touched.last().map(|(at, _)| *at);
        let observed = self.organisation.observations.last().map(|observation| observation.at());
        touched.max(observed).unwrap_or_default().max(self.organisation.until)
    }

    /// The issues as they are now. Deleted ones are observations.
    fn add_issues(&self, ordinals: impl IntoIterator<Item = usize>, page: &mut Page) -> Result<(), String> {
        let mut seen = HashSet::new();
        let issues = ordinals.into_iter().filter_map(|ordinal| self.organisation.issues.get(ordinal));
        for issue in issues.filter(|issue| issue.listed()) {
            let payload = archive::issue(self.organisation, issue, self.organisation.now);
            let payload = payload.map_err(|error| error.to_string())?;
            let records = split::issue(self.source, payload.get()).map_err(rejected)?;
            page.records.extend(records.into_iter().filter(|record| {
                record.part != RawPart::Embedded
                    || seen.insert((record.kind, record.id.clone(), record.payload.get().to_owned()))
            }));
        }
        Ok(())
    }

    fn observation(&self, observation: Observation) -> Result<Vec<Raw>, String> {
        let (kind, payload) =
            archive::observed(self.organisation, observation).map_err(|error| error.to_string())?;
        observation::records(self.source, Timestamp(observation.at().0), kind, &payload).map_err(rejected)
    }

    /// What has no version of its own, as it is now.
    fn statements<T: Serialize>(&self, kind: RawKind, values: &[T], page: &mut Page) -> Result<(), String> {
        let at = Timestamp(self.organisation.now.0);
        for value in values {
            let payload = to_raw_value(value).map_err(|error| error.to_string())?;
            let record = split::statement(self.source, kind, &payload, at, String::new());
            page.records.push(record.map_err(rejected)?);
        }
        Ok(())
    }
}

fn rejected(reject: Reject) -> String {
    reject.detail
}
