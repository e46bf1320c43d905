//! What hostile components take they give back: the process does not grow with the faults it has survived.

use std::process::Command;

use super::faults::{fault_of, for_each_vice};
use super::{engine, tight_limits};

/// What a process may grow by over the rounds that count.
pub(super) const GROWTH_BYTES_MAX: u64 = 32 << 20;
const ROUNDS: usize = 3;

#[test]
fn faults_leave_no_memory_behind() {
    in_a_process_of_its_own("sandbox::memory::grow_over_rounds_of_faults");
}

/// Play a story that is ignored otherwise in a process of its own, because other stories run in this one, and show what it
/// has to say.
#[expect(clippy::print_stdout, reason = "figures for whoever runs the story alone")]
pub(super) fn in_a_process_of_its_own(story: &str) {
    let this = std::env::current_exe().expect("the path of this binary");
    let arguments = ["--exact", story, "--ignored", "--test-threads=1", "--nocapture"];
    let output = Command::new(this).args(arguments).output().expect("a process");
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    println!("{said}");
}

#[test]
#[ignore = "run by another story, in a process of its own"]
fn grow_over_rounds_of_faults() {
    let engine = engine(tight_limits());
    let round = || {
        for_each_vice(&engine, |vice, component| {
            fault_of(component, vice.product);
        });
    };
    round();
    let before = resident_bytes();
    for _ in 0..ROUNDS {
        round();
    }
    let growth = resident_bytes().saturating_sub(before);
    #[expect(clippy::print_stdout, reason = "a figure for whoever runs the story alone")]
    {
        println!("{} KiB on top of {} KiB", growth >> 10, before >> 10);
    }
    assert!(
        growth <= GROWTH_BYTES_MAX,
        "{ROUNDS} rounds left {growth} bytes behind on top of {before}"
    );
}

/// The memory that this process has in use.
pub(super) fn resident_bytes() -> u64 {
    let page_bytes = 4_096;
    let counts = std::fs::read_to_string("/proc/self/statm").expect("the counts of this process");
    let pages: u64 = counts
        .split(' ')
        .nth(1)
        .expect("a second count")
        .parse()
        .expect("a number");
    pages * page_bytes
}
