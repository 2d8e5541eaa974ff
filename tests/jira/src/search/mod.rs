//! Looking for issues: by tokens on Cloud, by numbers on Data Center.

mod cloud;
mod data_center;
mod found;
mod tokens;

pub(crate) use self::cloud::{count, gone, jql};
pub(crate) use self::data_center::search;
pub(crate) use self::found::{Asked, find};
pub(crate) use self::tokens::{Tokens, expired};
