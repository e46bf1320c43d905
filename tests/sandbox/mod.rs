//! Stories of `sandbox`.
