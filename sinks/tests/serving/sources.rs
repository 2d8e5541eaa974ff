//! What is known of sources: each process tells it anew, and what it does not know yet stays.

use tidemark_model::Timestamp;
use tidemark_model::fact::{ColumnType, Kind};
use tidemark_sinks::Serving;
use tidemark_sinks::serving::SourceState;
use tidemark_sql::serving::{Access, Database, Place};

use crate::scratch::Scratch;
use crate::support::block_on;

on_each_engine! {
    a_restart_forgets_nothing_that_is_known_of_a_source
}

fn source(state: &'static str) -> SourceState {
    SourceState { name: "acme".to_owned(), kind: "jira", state, ..SourceState::default() }
}

async fn tell(place: &Place, state: SourceState) {
    let serving = Serving::open(place).await.unwrap();
    serving.states(&[state], &["acme".to_owned()]).await.unwrap();
    serving.close().await;
}

/// State, error, and the instants of the last poll, success, news, comparison, and up to which all is read.
async fn known(place: &Place) -> (String, Option<String>, [Option<i64>; 5]) {
    const SELECT: &str = "\
        SELECT state, error, polled_at, succeeded_at, changed_at, reconciled_at, read_until FROM sources";
    let kinds = [[Kind::Text; 2].as_slice(), &[Kind::Integer; 5]].concat();
    let database = Database::open(place, Access::Read).await.unwrap();
    let row = database.read().await.unwrap().cells(SELECT, &[], &kinds).await.unwrap().remove(0);
    database.close().await;
    let mut cells = row.into_iter();
    let state = String::of_cell(cells.next().unwrap()).unwrap();
    let error = Option::of_cell(cells.next().unwrap()).unwrap();
    (state, error, std::array::from_fn(|_| Option::of_cell(cells.next().unwrap()).unwrap()))
}

fn a_restart_forgets_nothing_that_is_known_of_a_source(scratch: &Scratch) {
    let place = &scratch.place;
    block_on(async {
        let at = |ms| Some(Timestamp(ms));
        let before = SourceState {
            polled_at: at(5),
            succeeded_at: at(4),
            changed_at: at(3),
            reconciled_at: at(2),
            read_until: at(1),
            error: Some("away".to_owned()),
            ..source("failing")
        };
        tell(place, before).await;
        let all = [5, 4, 3, 2, 1].map(Some);
        tell(place, source("reading")).await;
        assert_eq!(known(place).await, ("failing".to_owned(), Some("away".to_owned()), all));
        tell(place, SourceState { polled_at: at(6), succeeded_at: at(6), ..source("current") }).await;
        assert_eq!(known(place).await, ("current".to_owned(), None, [6, 6, 3, 2, 1].map(Some)));
    });
}
