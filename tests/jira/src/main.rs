//! A simulated Jira that lives on in real time, to look at and to try things on.

use std::sync::Arc;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use tidemark_jira_simulator::{Flavour, Jira, Now, Options, Rules};
use tidemark_model::time::{Clock, SystemClock};
use tidemark_simulation::Pace;

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Cloud,
    DataCenter,
}

#[derive(Debug, Parser)]
#[command(name = "jira-simulator", about = "A simulated Jira on 127.0.0.1")]
struct Arguments {
    #[arg(long, value_enum, default_value = "cloud")]
    flavour: Kind,
    /// Scrum boards, one a team; a Kanban board comes on top.
    #[arg(long, default_value_t = 3)]
    boards: u32,
    /// Sprints of each board so far.
    #[arg(long, default_value_t = 6)]
    sprints: u32,
    /// Issues of all boards so far.
    #[arg(long, default_value_t = 300)]
    issues: u32,
    #[arg(long, default_value_t = 12)]
    changes_per_issue: u32,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// 0 takes any free port.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The mean time between two small steps of the organisation.
    #[arg(long, default_value_t = 3000)]
    step_ms: u32,
    /// Lets everybody ask as much as they like.
    #[arg(long)]
    without_limits: bool,
    /// Lets the user administer Jira.
    #[arg(long)]
    administrator: bool,
    /// Where webhooks go, beside those that are registered over the API.
    #[arg(long)]
    webhook_url: Option<String>,
    /// What they are signed with.
    #[arg(long, default_value = "")]
    webhook_secret: String,
}

fn main() -> anyhow::Result<()> {
    const BEAT: Duration = Duration::from_secs(1);
    const RETRY_MS: u64 = 2000;
    let arguments = Arguments::parse();
    let flavour = match arguments.flavour {
        Kind::Cloud => Flavour::Cloud,
        Kind::DataCenter => Flavour::DataCenter,
    };
    let rules = Rules { webhook_retry_ms: RETRY_MS, ..Rules::new(flavour) };
    let jira = Jira::try_start(Options {
        organisation: tidemark_simulation::Options {
            boards: arguments.boards,
            sprints: arguments.sprints,
            issues: arguments.issues,
            changes_per_issue: arguments.changes_per_issue,
            seed: arguments.seed,
            until: jiff::Timestamp::from_millisecond(SystemClock.now().0)?,
        },
        pace: Pace { step_ms: arguments.step_ms },
        now: Now::Clock(Arc::new(SystemClock)),
        rules: if arguments.without_limits { rules.without_limits() } else { rules },
        administrator: arguments.administrator,
        port: arguments.port,
        ..Options::new(flavour)
    })?;
    let credentials = jira.credentials();
    println!("url      {}", jira.url());
    println!("user     {}", credentials.email);
    println!("token    {}", credentials.api_token);
    println!("bearer   {}", credentials.bearer);
    println!("secret   {}", credentials.client_secret);
    loop {
        std::thread::sleep(BEAT);
        let deliveries = jira.advance(SystemClock.now());
        if let Some(url) = &arguments.webhook_url {
            jira.deliver_all(&deliveries, url, &arguments.webhook_secret);
        }
        jira.deliver_registered(&deliveries);
    }
}
