//! What pages are made of.

mod bar;
mod figure;
mod legs;
mod marks;
mod number;
mod pager;
mod region;
mod switch;
mod text;
mod time;

pub(super) use bar::{completion, progress};
pub(super) use figure::{Figure, data, key};
pub(super) use legs::{OFTEN, chains_table};
pub(super) use marks::{mark_chips, mark_notices};
pub(super) use number::{Amount, Unit, linked, number, ratio, signed};
pub(super) use pager::{Pages, pager};
pub(super) use region::{download, region};
pub(super) use switch::switch;
pub(super) use text::{chip, long_text, name_link, title, user_text};
pub(super) use time::{day_or, relative, time, time_or};
