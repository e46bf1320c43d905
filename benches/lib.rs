//! Nothing: the benchmarks are the package's one bench binary, `main.rs`.
