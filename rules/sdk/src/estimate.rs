//! What a test is expected to do, which decides the order of tests and what makes a stage.

/// What a test is expected to do to rows. Wrong guesses cost time, never a wrong answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The share of rows that pass, from 0 to 1.
    pub passing: f64,
    /// What a row costs, in comparisons.
    pub cost: f64,
}

impl Estimate {
    /// Nothing is known of the test.
    pub const UNKNOWN: Self = Self {
        passing: 0.5,
        cost: 20.0,
    };
    /// A comparison with a value or two.
    pub(crate) const COMPARISON_COST: f64 = 1.0;
    /// A look-up in a table of bits.
    pub(crate) const LOOK_UP_COST: f64 = 4.0;
    /// A look-up of a period, and a comparison with a day.
    pub(crate) const DATED_LOOK_UP_COST: f64 = 6.0;

    /// The same test, asked for the opposite.
    pub(crate) fn negated(self) -> Self {
        Self {
            passing: 1.0 - self.passing,
            ..self
        }
    }

    /// What taking away one row costs: the tests with the least come first.
    pub(crate) fn cost_of_removing_a_row(self) -> f64 {
        self.cost / (1.0 - self.passing).max(0.001)
    }
}

/// A part of a whole, from 0 to 1.
#[expect(
    clippy::cast_precision_loss,
    reason = "a share is a guess; the fifteenth digit does not matter"
)]
pub(crate) fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
