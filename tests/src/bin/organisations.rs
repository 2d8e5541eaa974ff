//! Compares random organisations with the second implementation, by every definition: `organisations FIRST LAST`.
//! Prints each seed; ends at the first that differs.

use std::io::Write;

use anyhow::Context;
use tidemark_tests::definitions::{Compared, compare};

fn main() -> anyhow::Result<()> {
    let mut seeds = std::env::args().skip(1).map(|seed| seed.parse::<u64>());
    let help = "write the first and the last seed: organisations 1 1000";
    let first = seeds.next().context(help)?.context(help)?;
    let last = seeds.next().context(help)?.context(help)?;
    let mut total = Compared::default();
    let mut out = std::io::stdout();
    for seed in first..=last {
        write!(out, "{seed} ")?;
        out.flush()?;
        let compared = compare(seed)?;
        total.reports += compared.reports;
        total.disciplines += compared.disciplines;
        total.items += compared.items;
        total.velocities += compared.velocities;
        total.legs += compared.legs;
    }
    writeln!(out, "\n{} organisations are the same: {total:?}", last - first + 1)?;
    Ok(())
}
