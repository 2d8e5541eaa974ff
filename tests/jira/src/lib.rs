//! A Jira to test against: a server on 127.0.0.1 that is Jira Cloud or Jira Data Center, with a simulated organisation in
//! it, the rules that the vendor documents, and faults on demand.
//!
//! [`Jira`] is a running one. `README.md` says which rules hold and where they are from.
//!
//! ```text
//! http (server) ─► faults ─► limits ─► who asks (auth) ─► routes ─┬─► search ─► jql over the index
//!                                                                 ├─► issue, catalogue, agile, site
//!                                                                 └─► webhooks that apps register
//! advance ─► world ─► what happened ─► index, deliveries
//! ```

mod agile;
mod answer;
mod archive;
mod auth;
mod calls;
mod catalogue;
mod encode;
mod faults;
mod gate;
mod index;
mod issue;
mod jira;
mod jql;
mod limits;
mod live;
mod options;
mod pat;
mod request;
mod routes;
mod search;
mod server;
mod site;
mod state;
mod webhooks;
mod zone;

pub use crate::auth::Credentials;
pub use crate::calls::Call;
pub use crate::faults::{Failing, Fault};
pub use crate::gate::Held;
pub use crate::jira::Jira;
pub use crate::options::{Bucket, Flavour, Now, Options, Rules};
pub use crate::webhooks::{Delivery, Flow, Hook, Sent, signature};
pub use crate::zone::Zone;
