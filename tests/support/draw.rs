//! Values drawn at random, checked, and if a check fails made as small as it goes.

use proptest::prelude::{ProptestConfig, Strategy};
use proptest::test_runner::{RngSeed, TestCaseError, TestRunner};

/// Whether large sizes were asked for.
pub(crate) fn soaks() -> bool {
    std::env::var("REPRISE_SOAK").is_ok_and(|value| value == "1")
}

/// Draw so many values, many more if soaking, and check each. The same are drawn each time, unless `REPRISE_SEED` says
/// otherwise: a story that fails fails again.
pub(crate) fn draw<S: Strategy>(
    usual: u32,
    soaking: u32,
    strategy: &S,
    check: impl Fn(S::Value) -> Result<(), String>,
) {
    let seed = std::env::var("REPRISE_SEED").map_or(1, |seed| seed.parse().expect("REPRISE_SEED is a number"));
    let config = ProptestConfig {
        cases: if soaks() { soaking } else { usual },
        failure_persistence: None,
        // A failure is shown in a minute, as small as it is by then.
        max_shrink_time: 60_000,
        max_shrink_iters: 100_000,
        rng_seed: RngSeed::Fixed(seed),
        ..ProptestConfig::default()
    };
    let outcome = TestRunner::new(config).run(strategy, |value| check(value).map_err(TestCaseError::fail));
    assert!(
        outcome.is_ok(),
        "REPRISE_SEED={seed}: {}",
        outcome.err().map(|error| error.to_string()).unwrap_or_default()
    );
}
