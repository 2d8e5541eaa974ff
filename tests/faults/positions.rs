//! How far the outlets follow the log, as they say themselves: never back.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{Connection as _, Row as _};
use tidemark_tests::stack::Stack;

/// Where a position is: the outlet, the table and the partition.
type Place = (&'static str, String, i64);

/// Generation and offset: of two positions the greater is the later.
type Position = (i64, i64);

/// The positions that were seen last.
#[derive(Debug, Default)]
pub(crate) struct Positions {
    seen: BTreeMap<Place, Position>,
    /// Positions that were compared with earlier ones.
    pub(crate) compared: u64,
}

const POSTGRES: &str = "postgres";
const CLICKHOUSE: &str = "clickhouse";

impl Positions {
    /// Looks at both outlets, as far as they answer: no position is before what it was.
    pub(crate) fn look(&mut self, stack: &Stack) {
        let now = in_postgres(&stack.database).into_iter().chain(in_clickhouse(&stack.warehouse));
        for (place, position) in now.flatten() {
            if let Some(before) = self.seen.insert(place.clone(), position) {
                assert!(position >= before, "{place:?} has gone back from {before:?} to {position:?}");
                self.compared += 1;
            }
        }
    }

    /// Prints how far both outlets have come, and which changes the warehouse has of each table at the latest: one that is not
    /// there though the position says so was lost on the way, one that only the other outlet has come to was not heard.
    pub(crate) fn tell(&self, stack: &Stack) {
        for ((outlet, table, partition), (generation, offset)) in &self.seen {
            println!("{outlet}: {table} {partition}: generation {generation}, offset {offset}");
        }
        let tables: BTreeSet<&String> = self
            .seen
            .keys()
            .filter(|(outlet, ..)| *outlet == CLICKHOUSE)
            .map(|(_, table, _)| table)
            .collect();
        for table in tables {
            let newest = stack.in_warehouse(&format!(
                "SELECT arrayStringConcat(arrayReverseSort(groupUniqArray(bitAnd(_version, 0xFFFFFFFFFF))), ' ') \
                 FROM (SELECT _version FROM {table} ORDER BY _version DESC LIMIT 100)"
            ));
            println!("{CLICKHOUSE}: {table} has {}", newest.trim());
        }
    }

    /// Postgres may have lost what it has acknowledged last.
    pub(crate) fn forget_postgres(&mut self) {
        self.seen.retain(|(outlet, ..), _| *outlet != POSTGRES);
    }
}

type Found = Vec<(Place, Position)>;

fn in_postgres(url: &str) -> Option<Found> {
    let read = async {
        sqlx::any::install_default_drivers();
        let mut connection = sqlx::AnyConnection::connect(url).await?;
        let rows = sqlx::query("SELECT name, partition, generation, position FROM positions");
        let rows = rows.fetch_all(&mut connection).await?;
        connection.close().await?;
        let place = |row: &sqlx::any::AnyRow| {
            Ok(((POSTGRES, row.try_get(0)?, row.try_get(1)?), (row.try_get(2)?, row.try_get(3)?)))
        };
        rows.iter().map(place).collect::<Result<Found, sqlx::Error>>()
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(read).ok()
}

fn in_clickhouse(url: &str) -> Option<Found> {
    let (credentials, place) = url.strip_prefix("clickhouse://")?.rsplit_once('@')?;
    let ((user, password), (address, database)) = (credentials.split_once(':')?, place.split_once('/')?);
    let sql = "SELECT table_name, partition, generation, position FROM positions FINAL FORMAT TSV";
    let request = ureq::post(format!("http://{address}/?database={database}"));
    let request = request.header("X-ClickHouse-User", user).header("X-ClickHouse-Key", password);
    let text = request.send(sql).ok()?.body_mut().read_to_string().ok()?;
    let rows = text.lines().map(|line| {
        let cells: Vec<&str> = line.split('\t').collect();
        let number = |at: usize| cells[at].parse::<i64>().unwrap();
        ((CLICKHOUSE, cells[0].to_owned(), number(1)), (number(2), number(3)))
    });
    Some(rows.collect())
}
