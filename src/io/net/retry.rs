//! Which failures are worth another try, and when.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, SystemTime};

use super::error::NetError;
use super::{NetOptions, Trace};

/// The longest pause between two tries that no server asked for.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// A failed try.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What the user is told if it was the last one.
    pub(crate) error: NetError,
    /// Whether another one makes sense.
    pub(crate) verdict: Verdict,
}

/// Whether to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The same request would fail the same way.
    Final,
    /// It may go better after a while; the server may have said when.
    Again(Option<Duration>),
}

impl Failure {
    /// A failure that ends it.
    pub(crate) fn last(error: NetError) -> Self {
        Self {
            error,
            verdict: Verdict::Final,
        }
    }

    /// A failure that may pass.
    pub(crate) fn passing(error: NetError) -> Self {
        Self {
            error,
            verdict: Verdict::Again(None),
        }
    }
}

/// Statuses that may pass: time-outs, too many requests, trouble in the server or before it.
pub(crate) fn may_pass(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// `Retry-After`: seconds, or a date.
pub(crate) fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number has are still "late".
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or(Duration::ZERO))
}

/// The tries of one request.
pub(crate) struct Backoff {
    retries: u32,
    pause: Duration,
    cap: Duration,
    failed: u32,
    trace: Option<Trace>,
}

impl Backoff {
    /// For a request that was not tried yet.
    pub(crate) fn new(options: &NetOptions, trace: Option<Trace>) -> Self {
        Self {
            retries: options.retries,
            pause: options.backoff,
            cap: options.retry_after_cap,
            failed: 0,
            trace,
        }
    }

    /// The first failure is the last.
    pub(crate) fn give_up(&mut self) {
        self.retries = 0;
    }

    /// Forgets the failures so far, because something came of the last try.
    pub(crate) fn renew(&mut self) {
        self.failed = 0;
    }

    /// Waits until the next try, or gives the error if there is none.
    pub(crate) async fn wait(&mut self, failure: Failure) -> Result<(), NetError> {
        self.failed += 1;
        let pause = match failure.verdict {
            // A server that asks for more patience than there is, is not waited for at all.
            Verdict::Again(Some(asked)) if asked > self.cap => {
                return Err(failure.error.after(self.failed));
            }
            Verdict::Again(asked) if self.failed <= self.retries => self.pause(asked),
            _ => return Err(failure.error.after(self.failed)),
        };
        if let Some(trace) = &self.trace {
            let (nth, of, seconds) = (self.failed, self.retries, pause.as_secs_f32());
            trace(&format!(
                "{}; try {nth} of {of} again in {seconds:.1} s",
                failure.error
            ));
        }
        tokio::time::sleep(pause).await;
        Ok(())
    }

    /// The pause after the failures so far: what the server asked for, or ours, doubled each
    /// time. Up to half as much again keeps many clients, and our own requests, from coming back
    /// all at once.
    fn pause(&self, asked: Option<Duration>) -> Duration {
        let doubled = self.pause.saturating_mul(1 << (self.failed - 1).min(16));
        let pause = match asked {
            Some(asked) => return asked,
            None => doubled.min(LONGEST_PAUSE),
        };
        pause + pause.mul_f64(fraction() / 2.0)
    }
}

/// A number from 0 to 1 that differs from call to call; no more is asked of it.
fn fraction() -> f64 {
    let bits = RandomState::new().build_hasher().finish() >> 32;
    bits as f64 / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_seconds_and_dates() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let read = |value| retry_after(value, now);
        assert_eq!(read(" 7 "), Some(Duration::from_secs(7)));
        assert_eq!(
            read("Sun, 06 Nov 1994 08:49:47 GMT"),
            Some(Duration::from_secs(10))
        );
        assert_eq!(read("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(
            read("99999999999999999999999"),
            Some(Duration::from_secs(u64::MAX))
        );
        assert_eq!(read("soon"), None);
        assert_eq!(read("-1"), None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn pauses_double_and_end() {
        let mut backoff = Backoff::new(&NetOptions::default(), None);
        let first = NetOptions::default().backoff;
        for (failed, least) in [
            (1, first),
            (2, first * 2),
            (3, first * 4),
            (40, LONGEST_PAUSE),
        ] {
            backoff.failed = failed;
            let pause = backoff.pause(None);
            assert!(
                pause >= least && pause <= least.mul_f64(1.51),
                "{failed}: {pause:?}"
            );
        }
        let asked = Duration::from_secs(7);
        assert_eq!(backoff.pause(Some(asked)), asked);
    }
}
