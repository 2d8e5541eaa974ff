//! What benchmarks share: arguments, durations, the processor time of another process, and what the machine was left.

use std::fmt;
use std::time::Duration;

/// Clock ticks in a second, as the kernel counts them for programs.
const TICKS: f64 = 100.0;

/// The numbers on the command line, with defaults for those that are not given.
pub fn arguments<const N: usize>(defaults: [u32; N]) -> [u32; N] {
    // What cargo adds begins with a dash.
    let given: Vec<u32> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let mut numbers = defaults;
    numbers.iter_mut().zip(given).for_each(|(number, given)| *number = given);
    numbers
}

/// How long something took, again and again.
#[derive(Debug, Clone, Default)]
pub struct Durations(Vec<Duration>);

impl Durations {
    pub fn add(&mut self, duration: Duration) {
        self.0.push(duration);
    }

    pub fn join(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The duration that a share of all stays below.
    pub fn quantile(&self, share: f64) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() as f64 * share).ceil().max(1.0) as usize - 1;
        sorted.get(rank).copied().unwrap_or_default()
    }
}

impl fmt::Display for Durations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |share| self.quantile(share).as_secs_f64() * 1000.0;
        write!(
            f,
            "p50 {:.1} ms, p95 {:.1} ms, p99 {:.1} ms, most {:.1} ms ({} times)",
            ms(0.5),
            ms(0.95),
            ms(0.99),
            ms(1.0),
            self.len()
        )
    }
}

/// The processor time that a process has used so far, in seconds.
pub fn cpu_seconds(pid: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name, in parentheses, may hold spaces.
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks =
        |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) / TICKS
}

/// What the machine's processors have spent their time on since it was started, in ticks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Processors {
    all: f64,
    idle: f64,
    /// What the host gave to others.
    stolen: f64,
}

impl Processors {
    pub fn now() -> Self {
        Self::of(&std::fs::read_to_string("/proc/stat").unwrap_or_default())
    }

    /// Reads the first line of `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal.
    fn of(stat: &str) -> Self {
        let first = stat.lines().next().unwrap_or_default().split_whitespace().skip(1).take(8);
        let ticks: Vec<f64> = first.filter_map(|field| field.parse().ok()).collect();
        let tick = |index: usize| ticks.get(index).copied().unwrap_or_default();
        Self { all: ticks.iter().sum(), idle: tick(3) + tick(4), stolen: tick(7) }
    }

    /// What they did between an earlier instant and this one.
    pub fn since(&self, earlier: &Self) -> String {
        let all = (self.all - earlier.all).max(1.0);
        let (idle, stolen) = ((self.idle - earlier.idle) / all, (self.stolen - earlier.stolen) / all);
        format!("{:.0} % idle, {:.0} % taken by the host", idle * 100.0, stolen * 100.0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Durations, Processors};

    #[test]
    fn what_processors_did_is_told_in_shares() {
        let before = Processors::of("cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 1 1");
        let after = Processors::of("cpu  150 0 60 815 55 5 5 10 0 0");
        assert_eq!(after.since(&before), "20 % idle, 10 % taken by the host");
    }

    #[test]
    fn a_quantile_is_one_of_the_durations() {
        let mut durations = Durations::default();
        (1..=100).rev().for_each(|ms| durations.add(Duration::from_millis(ms)));
        assert_eq!(durations.quantile(0.5), Duration::from_millis(50));
        assert_eq!(durations.quantile(0.99), Duration::from_millis(99));
        assert_eq!(durations.quantile(1.0), Duration::from_millis(100));
        assert_eq!(Durations::default().quantile(0.5), Duration::ZERO);
    }
}
