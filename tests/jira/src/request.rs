//! A request as the rules see it.

use serde::de::DeserializeOwned;

use crate::answer::Answer;

#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// As it was asked, without the query.
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) authorization: Option<String>,
    pub(crate) body: String,
}

impl Request {
    /// The parts of the path; what `api.atlassian.com` puts before the site's own path is left out.
    pub(crate) fn segments(&self) -> Vec<String> {
        let path = match self.path.strip_prefix("/ex/jira/") {
            Some(rest) => rest.split_once('/').map_or("", |(_, path)| path),
            None => &self.path,
        };
        let parts = path.split('/').filter(|part| !part.is_empty());
        parts
            .map(|part| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned())
            .collect()
    }

    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A parameter that is a number; what is none is refused.
    pub(crate) fn number(&self, name: &str, or: usize) -> Result<usize, Answer> {
        match self.param(name).filter(|text| !text.is_empty()) {
            None => Ok(or),
            Some(text) => text.parse().map_err(|_| {
                Answer::refused(
                    400,
                    &format!("Query parameter '{name}' should be a non-negative number, but was '{text}'."),
                )
            }),
        }
    }

    /// The values of a parameter that may come several times, or several at once.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let values = self.query.iter().filter(|(key, _)| key == name).flat_map(|(_, value)| value.split(','));
        values.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()).collect()
    }

    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Answer> {
        const INVALID: &str = "Invalid request payload. Refer to the REST API documentation and try again.";
        serde_json::from_str(&self.body).map_err(|_| Answer::refused(400, INVALID))
    }
}
