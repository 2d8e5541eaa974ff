//! The parameters that choose definitions: how scope, sub-tasks and done are read.

use tidemark_model::facts::Mode;
use tidemark_model::policy::{DonePolicy, SubtaskPolicy};

use super::asked::Asked;
use super::parameter::{Parameter, Takes};
use crate::read::Definitions;

pub(super) const MODE: Parameter = Parameter {
    name: "mode",
    doc: "How scope, done and the commitment are read; `jira_cloud` where it is not given.",
    takes: Takes::OneOf(|| Mode::ALL.iter().map(|mode| mode.as_str()).collect()),
};

pub(super) const SUBTASKS: Parameter = Parameter {
    name: "subtasks",
    doc: "How sub-tasks count, where it is not to be as configured.",
    takes: Takes::OneOf(|| SubtaskPolicy::ALL.iter().map(|policy| policy.as_str()).collect()),
};

pub(super) const DONE: Parameter = Parameter {
    name: "done",
    doc: "What is called done, where it is not to be as configured; mode `eazybi` goes by the status category always.",
    takes: Takes::OneOf(|| DonePolicy::ALL.iter().map(|policy| policy.as_str()).collect()),
};

pub(super) const DISCIPLINE: Parameter =
    Parameter { name: "discipline", doc: "Only what is of this discipline.", takes: Takes::Text };

/// The definitions that are asked for.
pub(super) fn definitions(asked: &Asked) -> Definitions {
    Definitions {
        mode: named(asked, &MODE, Mode::ALL, |mode| mode.as_str()),
        subtasks: named(asked, &SUBTASKS, SubtaskPolicy::ALL, |policy| policy.as_str()),
        done: named(asked, &DONE, DonePolicy::ALL, |policy| policy.as_str()),
    }
}

/// Whether an answer may be a recount: it depends on more than the rows of one sprint then.
pub(super) fn recounts(asked: &Asked) -> bool {
    [MODE, SUBTASKS, DONE, DISCIPLINE].iter().any(|parameter| asked.text(parameter).is_some())
}

fn named<T: Copy>(
    asked: &Asked,
    parameter: &Parameter,
    all: &[T],
    name: fn(&T) -> &'static str,
) -> Option<T> {
    let text = asked.text(parameter)?;
    all.iter().find(|one| name(one) == text).copied()
}
