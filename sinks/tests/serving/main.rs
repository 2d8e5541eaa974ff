//! The serving database, on each engine that there is: a file, and the server that `TIDEMARK_TEST_POSTGRES` names.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

#[path = "../forgetful/mod.rs"]
mod forgetful;
#[path = "../scratch/mod.rs"]
mod scratch;

/// Makes a test of each function for each engine.
macro_rules! on_each_engine {
    ($($test:ident)+) => {
        mod on_sqlite {
            $(#[test]
            fn $test() {
                super::$test(&crate::scratch::Scratch::file());
            })+
        }
        mod on_postgres {
            $(#[test]
            fn $test() {
                if let Some(scratch) = crate::scratch::Scratch::schema() {
                    super::$test(&scratch);
                }
            })+
        }
    };
}

mod absence;
mod faults;
mod log;
mod news;
mod rows;
mod schema;
mod sources;
mod support;
mod tasks;
mod values;
