//! `tidemark replay`: everything anew from the raw tables.

use tidemark_stream::Runner;

use crate::app::{App, INPUTS, adopt, forget_derived_rejections};
use crate::commands::rejected::print_rejected;
use crate::config::Config;
use crate::fleet::Fleet;
use crate::progress::Progress;
use crate::settle::settle;
use crate::{Done, Stop};

pub(crate) fn run(config: &Config) -> Result<Done, Stop> {
    let mut progress = Progress::start();
    let rejected = match Fleet::of(config) {
        Some(fleet) => {
            // Processes that are running drop their tasks, and go on with the log that is made anew.
            let log = fleet.renew()?;
            fleet.adopt(&log, &config.policy)?;
            settle(&fleet, &log, &mut progress)?
        }
        None => {
            let app = App::open(config)?;
            adopt(app.store, &config.policy)?;
            // Readers go on with the lake as it was, until the new one is whole.
            app.raise_generation(0)?;
            Runner::new(app.store, &app.processors).forget(&INPUTS)?;
            forget_derived_rejections(app.store)?;
            app.process(&mut progress)?;
            print_rejected(&[app.store])?
        }
    };
    println!("replayed in {:.1} s", progress.elapsed().as_secs_f64());
    Ok(if rejected == 0 { Done::Clean } else { Done::WithRejected })
}
