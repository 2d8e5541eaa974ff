//! What a board's last sprints completed: mean, median and quartiles over windows of several lengths.

use tidemark_model::fact::Cell;
use tidemark_model::facts::VelocityWindow;
use tidemark_sql::serving::{Reading, Select};

use super::asked::Asked;
use super::definitions::MODE;
use super::disciplines::mode;
use super::parameter::{Parameter, Takes};
use super::record::Record;
use super::{Answer, Resource, Subject, answer};
use crate::content::Content;
use crate::error::Error;
use crate::read;

const WINDOW: Parameter = Parameter {
    name: "window",
    doc: "Only statistics over this many closed sprints, or over fewer where there are not so many.",
    takes: Takes::OneOf(|| vec!["3", "5", "7", "12"]),
};

pub(super) const LIST: Resource = Resource {
    path: "/boards/{source}/{id}/velocity-windows",
    summary: "Mean, median and quartiles of what a board's last 3, 5, 7 and 12 sprints completed, after each closed sprint, the newest first",
    parameters: &[WINDOW, MODE],
    answer: Answer::List { row: VelocityWindow::schema, per_page: 12, meta: &[] },
    subject: Subject::Board,
    handler: |reading, asked| Box::pin(list(reading, asked)),
};

async fn list(mut reading: Reading, asked: Asked) -> Result<Content, Error> {
    let of_board = Select::<VelocityWindow>::all().is("board_id", &asked.subject);
    let mut select = of_board.is("mode", mode(&asked).as_str());
    if let Some(window) = asked.text(&WINDOW).and_then(|window| window.parse().ok()) {
        select = select.compare("window_sprints", "=", Cell::Integer(window));
    }
    if reading.count(&select).await? == 0 {
        // A board without closed sprints has no rows; one that is not there is an error.
        read::board(&mut reading, &asked.subject, &asked.stale).await?;
    }
    let newest_first = select.by("closed_at", true).by("sprint_id", true).by("window_sprints", false);
    let found = answer::select(&mut reading, &asked, vec![newest_first]).await?;
    answer::list(&asked, &found, &[])
}
