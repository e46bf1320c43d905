//! Times as both pages show them.

use std::time::Duration;

/// The middle of some times; none of none.
pub(crate) fn median(times: &[Duration]) -> Option<Duration> {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}

/// A time in the unit that suits it.
pub(crate) fn shown(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds >= 1.0 {
        format!("{seconds:.2} s")
    } else if seconds >= 1e-3 {
        format!("{:.1} ms", seconds * 1e3)
    } else if seconds >= 1e-6 {
        format!("{:.1} us", seconds * 1e6)
    } else {
        format!("{:.0} ns", seconds * 1e9)
    }
}

/// The least and the most of some times.
pub(crate) fn spread(times: &[Duration]) -> String {
    match (times.iter().min(), times.iter().max()) {
        (Some(least), Some(most)) => format!("{} to {}", shown(*least), shown(*most)),
        _ => String::new(),
    }
}

/// How many times as fast Reprise is, in words that say who is the faster one.
pub(crate) fn times_as_fast(ours: f64, theirs: f64) -> String {
    let ratio = theirs / ours.max(1e-12);
    if ratio >= 1.0 {
        format!("{ratio:.1}x as fast")
    } else {
        format!("{:.1}x slower", 1.0 / ratio)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{shown, times_as_fast};

    #[test]
    fn times_are_shown_in_the_unit_that_suits_them() {
        for (nanoseconds, expected) in [
            (250, "250 ns"),
            (2_500, "2.5 us"),
            (2_500_000, "2.5 ms"),
            (2_500_000_000, "2.50 s"),
        ] {
            assert_eq!(shown(Duration::from_nanos(nanoseconds)), expected);
        }
    }

    #[test]
    fn a_loss_is_said_as_plainly_as_a_win() {
        assert_eq!(times_as_fast(1.0, 3.0), "3.0x as fast");
        assert_eq!(times_as_fast(3.0, 1.0), "3.0x slower");
    }
}
