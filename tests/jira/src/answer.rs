//! An answer before it is sent.

use std::time::Duration;

use serde_json::{Value, json};

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// Why it was refused, for whoever looks at the calls.
    pub(crate) reason: Option<String>,
    /// Things that were read, which cost an app a point each.
    pub(crate) objects: usize,
    pub(crate) delay: Duration,
    /// The connection breaks in the middle of the body.
    pub(crate) cut: bool,
}

impl Answer {
    pub(crate) fn json(body: &Value) -> Self {
        Self::with("application/json;charset=UTF-8", body.to_string().into_bytes())
    }

    /// An answer about several things.
    pub(crate) fn about(objects: usize, body: &Value) -> Self {
        Self { objects, ..Self::json(body) }
    }

    pub(crate) fn html(body: &str) -> Self {
        Self::with("text/html;charset=UTF-8", body.as_bytes().to_vec())
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self { status, ..Self::with("application/json;charset=UTF-8", Vec::new()) }
    }

    fn with(kind: &str, body: Vec<u8>) -> Self {
        let headers = vec![("Content-Type", kind.to_owned())];
        Self { status: 200, headers, body, reason: None, objects: 1, delay: Duration::ZERO, cut: false }
    }

    /// A refusal in the form of Jira's errors.
    pub(crate) fn refused(status: u16, message: &str) -> Self {
        Self::json(&json!({"errorMessages": [message], "errors": {}})).because(status, message)
    }

    /// What the framework below Jira says by itself.
    pub(crate) fn refused_below(status: u16, message: &str) -> Self {
        Self::json(&json!({"message": message, "status-code": status})).because(status, message)
    }

    pub(crate) fn because(self, status: u16, reason: &str) -> Self {
        Self { status, reason: Some(reason.to_owned()), objects: 0, ..self }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}
