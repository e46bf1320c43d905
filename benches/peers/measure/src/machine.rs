//! On what was measured.

use std::fs::read_to_string;
use std::process::Command;

/// The machine and the moment, as lines of a list.
pub(crate) fn describe() -> Vec<String> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let information = read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = after(&information, "model name").unwrap_or("of unknown make");
    let memory = read_to_string("/proc/meminfo").unwrap_or_default();
    let memory = after(&memory, "MemTotal").unwrap_or("of unknown size");
    let gibibytes = memory
        .split(' ')
        .next()
        .and_then(|number| number.parse::<u64>().ok())
        .map_or_else(|| memory.to_owned(), |kibibytes| format!("{} GiB", kibibytes >> 20));
    let compiler = Command::new("rustc").arg("--version").output();
    let compiler = compiler.map_or_else(
        |_| "rustc of an unknown version".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    );
    vec![
        format!("Machine: {processors} processors, {model}; memory {gibibytes}"),
        format!("Built with {compiler}, profile release"),
        format!("Date: {}", jiff::Timestamp::now().strftime("%Y-%m-%d")),
    ]
}

/// How many processes want to run, as the system says: over one minute, five and fifteen.
pub(crate) fn load() -> String {
    let load = read_to_string("/proc/loadavg").unwrap_or_default();
    let numbers: Vec<_> = load.split(' ').take(3).collect();
    if numbers.len() == 3 {
        numbers.join(", ")
    } else {
        "unknown".to_owned()
    }
}

fn after<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim())
}
