//! Each issue's account with each sprint: ledger entries, the item that lists it, and what it contributes to the report.

use tidemark_model::board::{Board, Field, Status};
use tidemark_model::facts::{LedgerEntry, Mode, SprintItem};
use tidemark_model::membership::{SprintIssue, Successors};
use tidemark_model::policy::Policy;
use tidemark_model::sprint::Sprint;
use tidemark_model::sums::{Contribution, Leg};
use tidemark_model::{Key, Row, Rows};
use tidemark_stream::{Processor, Spec, Tables};

use crate::claims::teams_of;
use crate::fields::estimation_field;
use crate::issue_part::{Place, issue_part};
use crate::rules::{Reading, Rules, boards_of};

/// Ledger entries, an item, contributions and a leg per board, sprint and issue.
pub struct SprintLedger;

impl Processor for SprintLedger {
    fn spec(&self) -> Spec {
        Spec {
            name: "sprint_ledger",
            version: 3,
            // Source, sprint and issue: a change of the sprint touches all of its issues.
            group_parts: 3,
            inputs: &[Sprint::TABLE, Successors::TABLE, SprintIssue::TABLE],
            globals: &[Board::TABLE, Field::TABLE, Status::TABLE, Policy::TABLE],
            outputs: &[SprintItem::TABLE, LedgerEntry::TABLE, Contribution::TABLE, Leg::TABLE],
        }
    }

    fn rows(&self, group: &Key, tables: &Tables<'_>, out: &mut Rows) {
        let Some(issue) = tables.get::<SprintIssue>(group) else { return };
        let Some(of_sprint) = group.prefix(2) else { return };
        let Some(sprint) = tables.shared::<Sprint>(&of_sprint) else { return };
        let successors = tables.shared::<Successors>(&of_sprint);
        let (boards, fields, statuses) =
            (tables.global::<Board>(), tables.global::<Field>(), tables.global::<Status>());
        let policies = tables.global::<Policy>();
        let default = Policy::default();
        let policy = policies.values().next().unwrap_or(&default);
        for shown in boards_of(&sprint, &boards) {
            let reading = Reading::of(Mode::JiraCloud, policy);
            let field = estimation_field(&sprint.source, shown.board, &fields, policy);
            let rules = Rules::of(&sprint.source, shown.board, &statuses, field, reading);
            let board_id = format!("{}/{}", sprint.source, shown.board_id);
            let teams = teams_of(policy, &board_id);
            let place = Place {
                sprint: &sprint,
                successors: successors.as_deref(),
                board_id: &board_id,
                teams: &teams,
            };
            let Some(part) = issue_part(&issue, place, &rules) else { continue };
            for entry in &part.entries {
                out.push(entry);
            }
            out.push(&part.item);
            for sum in part.contributions {
                out.push(&sum);
            }
            if let Some(leg) = part.leg {
                out.push(&leg);
            }
        }
    }
}
