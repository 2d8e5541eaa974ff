//! Every number, by every definition, equals what a second implementation, written from the definitions alone, says.
//! `cargo run --release -p tidemark-tests --bin organisations -- 1 1000` does so for as many organisations as are asked for.

use tidemark_tests::definitions::compare;

#[test]
fn eighteen_organisations_by_every_definition() {
    let (mut reports, mut disciplines, mut legs) = (0, 0, 0);
    for seed in 301..=318 {
        let compared = compare(seed).unwrap_or_else(|error| panic!("{error:#}"));
        reports += compared.reports;
        disciplines += compared.disciplines;
        legs += compared.legs;
    }
    assert!(reports > 18 * 5 * 15 && disciplines > reports && legs > 500, "{reports} {disciplines} {legs}");
}
