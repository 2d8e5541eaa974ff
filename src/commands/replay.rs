//! `tidemark replay`: everything anew from the raw tables.

use tidemark_model::rejected::{Rejected, Stage};
use tidemark_model::{Key, Row};
use tidemark_stream::store::{Batch, Durability, RowWrite};
use tidemark_stream::{Runner, Store};

use crate::app::{App, INPUTS};
use crate::commands::rejected::print_rejected;
use crate::config::Config;
use crate::progress::Progress;
use crate::{Done, Stop};

pub(crate) fn run(config: &Config) -> Result<Done, Stop> {
    let app = App::open(config)?;
    app.adopt(&config.policy)?;
    let mut progress = Progress::start();
    // Readers go on with the lake as it was, until the new one is whole.
    app.raise_generation()?;
    Runner::new(app.store, &app.processors).forget(&INPUTS)?;
    forget_derived_rejections(&app)?;
    app.process(&mut progress)?;
    let rejected = print_rejected(app.store)?;
    println!("replayed in {:.1} s", progress.elapsed().as_secs_f64());
    Ok(if rejected == 0 { Done::Clean } else { Done::WithRejected })
}

/// Takes away what processors rejected: they will say it again if it still holds. What was rejected while it was read
/// is an input and stays.
fn forget_derived_rejections(app: &App) -> anyhow::Result<()> {
    let mut batch = Batch::default();
    for row in app.store.snapshot().keys_after(Rejected::TABLE, &Key::default())? {
        let key = row?;
        if key.part(1) != Some(Stage::Read.as_str()) {
            batch.rows.push(RowWrite { table: Rejected::TABLE, key, json: None, fresh: false });
        }
    }
    Ok(app.store.commit(batch, Durability::Synced)?)
}
