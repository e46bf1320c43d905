//! One table of everything that was measured in the last run, printed and written into the document of benchmarks.
//!
//! Criterion keeps what it has measured in files; those that are newer than the run's beginning are its figures.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use reprise_model::Day;
use serde_json::Value;

/// What the figures stand between in the document.
const BEGIN: &str = "<!-- measured: begin -->";
const END: &str = "<!-- measured: end -->";

/// Figures by the name of what was measured, in the order of names.
type Figures = BTreeMap<String, Figure>;

struct Figure {
    /// Nanoseconds: the median, and what it lies between in 95 of 100 cases.
    median: f64,
    lower: f64,
    upper: f64,
    /// What is done in that time, if it is counted.
    elements: Option<f64>,
}

/// Remembers that a run begins now.
pub(crate) fn begin() {
    let directory = criterion_directory();
    std::fs::create_dir_all(&directory).expect("a directory for figures");
    std::fs::write(stamp(&directory), "").expect("a file that tells when the run began");
}

/// Prints the table of the last run, and writes it into this document in place of the one before.
pub(crate) fn write(document: &Path) {
    let directory = criterion_directory();
    let began = modified(&stamp(&directory)).expect("no run has begun: run the benchmarks first");
    let mut figures = Figures::new();
    collect(&directory, began, &mut figures);
    assert!(!figures.is_empty(), "nothing was measured in the last run");
    let table = table(&figures);
    #[expect(clippy::print_stdout, reason = "the table is what is asked for")]
    {
        println!("{table}");
    }
    let before = std::fs::read_to_string(document).expect("the document of benchmarks");
    let (head, rest) = before
        .split_once(BEGIN)
        .expect("a place for the figures in the document");
    let (_, tail) = rest.split_once(END).expect("an end of that place");
    std::fs::write(document, format!("{head}{BEGIN}\n{table}{END}{tail}")).expect("the document is written");
}

/// The target directory is the one that this program was built in.
fn criterion_directory() -> PathBuf {
    let program = std::env::current_exe().expect("a program");
    // TARGET/release/deps/PROGRAM
    let target = program.ancestors().nth(3).expect("a target directory");
    target.join("criterion")
}

fn stamp(directory: &Path) -> PathBuf {
    directory.join("run-began")
}

fn modified(file: &Path) -> Option<SystemTime> {
    file.metadata().and_then(|metadata| metadata.modified()).ok()
}

/// Every figure under this directory that is newer than that.
fn collect(directory: &Path, began: SystemTime, figures: &mut Figures) {
    let estimates = directory.join("estimates.json");
    if directory.ends_with("new") && modified(&estimates).is_some_and(|modified| modified >= began) {
        let (name, figure) = read(&estimates, &directory.join("benchmark.json"));
        figures.insert(name, figure);
        return;
    }
    let entries = std::fs::read_dir(directory).expect("a directory of figures");
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() {
            collect(&path, began, figures);
        }
    }
}

fn read(estimates: &Path, benchmark: &Path) -> (String, Figure) {
    let json = |file: &Path| -> Value {
        let bytes = std::fs::read(file).expect("a file of figures");
        serde_json::from_slice(&bytes).expect("figures as JSON")
    };
    let (estimates, benchmark) = (json(estimates), json(benchmark));
    let median = &estimates["median"];
    let number = |value: &Value| value.as_f64().expect("a number");
    let figure = Figure {
        median: number(&median["point_estimate"]),
        lower: number(&median["confidence_interval"]["lower_bound"]),
        upper: number(&median["confidence_interval"]["upper_bound"]),
        elements: benchmark["throughput"]["Elements"].as_f64(),
    };
    (benchmark["full_id"].as_str().expect("a name").to_owned(), figure)
}

fn table(figures: &Figures) -> String {
    let mut text = format!(
        "{}\n\n| work | median | the median lies between, in 95 of 100 cases | done a second |\n|---|---|---|---|\n",
        machine()
    );
    for (name, figure) in figures {
        let rate = figure
            .elements
            .map_or_else(String::new, |elements| rate(elements, figure.median));
        let (median, lower, upper) = (time(figure.median), time(figure.lower), time(figure.upper));
        writeln!(text, "| {name} | {median} | {lower} to {upper} | {rate} |").expect("a row");
    }
    text
}

/// Where, with what and when this was measured.
fn machine() -> String {
    let processors = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let field = |file: &str, name: &str| -> String {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        let value = line
            .and_then(|line| line.split_once(':'))
            .map(|(_, value)| value.trim().to_owned());
        value.unwrap_or_else(|| "unknown".to_owned())
    };
    let compiler = Command::new("rustc").arg("--version").output();
    let compiler = compiler.map_or_else(
        |_| "unknown".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    );
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a time after 1970")
        .as_secs();
    let today = Day::from_number(i32::try_from(seconds / 86_400).expect("a day"));
    format!(
        "{processors} cores of {}, {} of memory, {compiler}, wasmparser {}, {today}.",
        field("/proc/cpuinfo", "model name"),
        field("/proc/meminfo", "MemTotal"),
        sandbox_version(),
    )
}

/// The version of the crate that reads components, released together with all that runs them.
fn sandbox_version() -> &'static str {
    let lock = include_str!("../Cargo.lock");
    let package = lock
        .split("[[package]]")
        .find(|package| package.contains("name = \"wasmparser\""));
    let version = package.and_then(|package| package.split("version = \"").nth(1));
    version
        .and_then(|version| version.split('"').next())
        .unwrap_or("unknown")
}

/// Nanoseconds in the unit that leaves up to three digits before the point.
fn time(nanoseconds: f64) -> String {
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs")];
    let (size, unit) = units
        .into_iter()
        .find(|(size, _)| nanoseconds >= *size)
        .unwrap_or((1.0, "ns"));
    format!("{:.3} {unit}", nanoseconds / size)
}

fn rate(elements: f64, nanoseconds: f64) -> String {
    let rate = elements * 1e9 / nanoseconds;
    let units = [(1e6, " million"), (1e3, " thousand")];
    let (size, unit) = units.into_iter().find(|(size, _)| rate >= *size).unwrap_or((1.0, ""));
    format!("{:.1}{unit}", rate / size)
}
