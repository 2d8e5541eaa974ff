//! The organisation as it is now, as a folder that is read like a source: what the API says, nothing else.

use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::{Value, json};

use crate::auth::Who;
use crate::issue::{Shape, agile_sprint, payload};
use crate::state::State;
use crate::{agile, catalogue};

/// Writes the folder, with what the user may see.
pub(crate) fn write(state: &State, dir: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)?;
    let api = state.flavour().api();
    let shape = Shape::whole(api);
    let mut issues = BufWriter::new(std::fs::File::create(dir.join("issues.ndjson"))?);
    for doc in state.index.all_fresh().filter(|doc| state.sees(doc.id, Who::User)) {
        if let Some(issue) = payload(state, doc.id, &shape) {
            writeln!(issues, "{issue}")?;
        }
    }
    issues.flush()?;
    let seen = |board: &&Value| {
        state.sees_project(board["location"]["projectKey"].as_str().unwrap_or_default(), Who::User)
    };
    let boards: Vec<Value> =
        agile::all_boards(state).iter().filter(seen).map(|one| board(state, one)).collect();
    let sprints: Vec<Value> =
        state.world.sprints().iter().map(|sprint| agile_sprint(state, sprint)).collect();
    list(dir, "boards.json", boards)?;
    list(dir, "sprints.json", sprints)?;
    list(dir, "fields.json", catalogue::fields(state))?;
    list(dir, "statuses.json", catalogue::statuses(state, api))?;
    list(dir, "issuetypes.json", catalogue::issue_types(state, api))
}

/// A board with its configuration and its sprints.
fn board(state: &State, board: &Value) -> Value {
    let sprints = agile::of_board(state, board);
    let sprints = sprints.iter().map(|one| json!({"id": one["id"], "originBoardId": one["originBoardId"]}));
    let mut told = agile::told_board(state, board);
    told["configuration"] = agile::configuration(state, board);
    told["sprints"] = sprints.collect();
    told
}

fn list(dir: &Path, name: &str, values: Vec<Value>) -> std::io::Result<()> {
    std::fs::write(dir.join(name), format!("{}\n", Value::Array(values)))
}
