//! How fast a source is read, and how long that still takes.

use std::time::{Duration, Instant};

/// How fast a source is read.
#[derive(Debug, Default)]
pub(crate) struct Pace(Option<(Instant, f64)>);

impl Pace {
    /// The time left at `now`, when a share `read` of all has been read, as what was read so far took it; nothing while that
    /// says little.
    pub(crate) fn left(&mut self, read: f64, now: Instant) -> Option<Duration> {
        let (since, first) = *self.0.get_or_insert((now, read));
        let done = read - first;
        let rest = (1.0 - read).max(0.0);
        (done > 0.01).then(|| now.duration_since(since).mul_f64(rest / done))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Pace;

    #[test]
    fn what_is_left_takes_as_long_as_what_was_read() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        let mut left = |read: f64, secs: u64| {
            pace.left(read, start + Duration::from_secs(secs)).map(|left| left.as_secs_f64().round())
        };
        // A quarter had been read before.
        assert_eq!(left(0.25, 0), None);
        assert_eq!(left(0.255, 10), None, "too little to go by");
        assert_eq!(left(0.5, 100), Some(200.0));
        assert_eq!(left(0.75, 200), Some(100.0));
        assert_eq!(left(1.0, 300), Some(0.0));
    }
}
