//! Has a component compiled in a process of its own: starts it, waits no longer than allowed, and always ends it.

use std::ffi::OsString;
use std::io::{self, Read, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::child::{ANSWER_MACHINE_CODE, ANSWER_REFUSAL, Order};
use super::{COULD_NOT_COPE, Gate, too_slow};
use crate::AdmissionLimits;
use crate::fault::size;
use crate::precompiled::MachineCode;
use crate::words::one_line;

/// What is kept of the process' last words: enough to see what it died of.
const LAST_WORDS_BYTES_MAX: u64 = 4_096;
/// A sentence is not longer.
const SENTENCE_BYTES_MAX: u64 = 16_384;
/// How long a process is given to end by itself that has closed its output.
const ENDING_TIME_MAX: Duration = Duration::from_secs(1);

/// The signal that a process gets which aborts.
const SIGNAL_ABORT: i32 = 6;
/// The signal that the machine sends when memory is short.
const SIGNAL_KILL: i32 = 9;
/// The signal that a process gets which has used up its processor time.
const SIGNAL_PROCESSOR_TIME: i32 = 24;

/// A process that has ended and been waited for when this is dropped, whatever happened.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What came back on the process' output.
enum Answer {
    MachineCode(Vec<u8>),
    Refusal(String),
    /// It ended before it had answered.
    None,
    /// The machine code is longer than is taken.
    TooLong,
}

/// Compile a component in a process of this executable.
pub(super) fn compile(
    program: &Path,
    arguments: &[OsString],
    component: &[u8],
    limits: &AdmissionLimits,
    gate: &Gate,
) -> Result<MachineCode, String> {
    let time_max = limits.compile_time_max;
    let deadline = Instant::now() + time_max;
    let Some(_place) = gate.enter(deadline) else {
        return Err(format!(
            "others have been compiled for all of the {} ms that it may take; hand it in again",
            time_max.as_millis()
        ));
    };
    let process = Command::new(program)
        .args(arguments)
        // What the environment holds, secrets among it, is not for a process that reads what strangers hand in.
        .env_clear()
        // Each thread's own share of address space would count against the bound on it.
        .env("MALLOC_ARENA_MAX", "2")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("the process to compile it in could not be started: {error}"))?;
    let mut process = Ended(process);
    let (stdin, stdout, stderr) = (process.0.stdin.take(), process.0.stdout.take(), process.0.stderr.take());
    let (Some(mut stdin), Some(stdout), Some(stderr)) = (stdin, stdout, stderr) else {
        return Err("the process to compile it in has no pipes".to_owned());
    };
    let mut handed_in = order(component, limits).write();
    handed_in.extend(component);
    // Threads that end with the pipes, and so with the process; nothing here waits for them.
    std::thread::spawn(move || stdin.write_all(&handed_in));
    let last_words = in_background(move || last_words(stderr));
    let machine_code_bytes_max = limits.machine_code_bytes_max as u64;
    let answer = in_background(move || read_answer(stdout, machine_code_bytes_max));
    match answer.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        Ok(Ok(Answer::MachineCode(machine_code))) => Ok(MachineCode::of_child(machine_code)),
        Ok(Ok(Answer::Refusal(sentence))) => Err(sentence),
        Ok(Ok(Answer::TooLong)) => Err(format!(
            "its machine code is longer than {}",
            size(limits.machine_code_bytes_max)
        )),
        Err(mpsc::RecvTimeoutError::Timeout) => Err(too_slow(time_max)),
        Ok(Ok(Answer::None) | Err(_)) | Err(mpsc::RecvTimeoutError::Disconnected) => {
            let status = end_of(&mut process.0, Instant::now() + ENDING_TIME_MAX);
            drop(process);
            let words = last_words.recv_timeout(ENDING_TIME_MAX).unwrap_or_default();
            Err(why_it_died(status, &words, limits))
        }
    }
}

fn order(component: &[u8], limits: &AdmissionLimits) -> Order {
    let threads = limits.compile_threads.max(1) as u64;
    Order {
        memory_bytes_max: limits.compile_memory_bytes_max as u64,
        // All of its threads working all of the time, and a second for what is cut off.
        processor_seconds_max: limits.compile_time_max.as_secs().saturating_mul(threads) + 1,
        threads,
        component_bytes: component.len() as u64,
    }
}

fn in_background<Value: Send + 'static>(work: impl FnOnce() -> Value + Send + 'static) -> mpsc::Receiver<Value> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        // Nobody listens any more when the time is over.
        let _ = sender.send(work());
    });
    receiver
}

fn read_answer(mut output: impl Read, machine_code_bytes_max: u64) -> io::Result<Answer> {
    let (mut follows, mut length) = ([0], [0; 8]);
    if output.read_exact(&mut follows).is_err() || output.read_exact(&mut length).is_err() {
        return Ok(Answer::None);
    }
    let length = u64::from_le_bytes(length);
    let most = match follows {
        [ANSWER_MACHINE_CODE] => machine_code_bytes_max,
        [ANSWER_REFUSAL] => SENTENCE_BYTES_MAX,
        _ => return Ok(Answer::None),
    };
    if follows == [ANSWER_MACHINE_CODE] && length > most {
        return Ok(Answer::TooLong);
    }
    let mut answer = Vec::new();
    output.take(length.min(most)).read_to_end(&mut answer)?;
    if answer.len() as u64 != length.min(most) {
        return Ok(Answer::None);
    }
    Ok(match follows {
        [ANSWER_MACHINE_CODE] => Answer::MachineCode(answer),
        _ => Answer::Refusal(one_line(&String::from_utf8_lossy(&answer))),
    })
}

fn last_words(mut errors: impl Read) -> String {
    let mut words = Vec::new();
    // Cut off or unreadable, they are words all the same.
    let _ = (&mut errors).take(LAST_WORDS_BYTES_MAX).read_to_end(&mut words);
    // A process whose words nobody takes would wait for ever.
    let _ = io::copy(&mut errors, &mut io::sink());
    String::from_utf8_lossy(&words).into_owned()
}

/// How a process ended that is about to.
fn end_of(process: &mut Child, deadline: Instant) -> Option<ExitStatus> {
    loop {
        match process.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(1)),
            Ok(None) | Err(_) => return None,
        }
    }
}

fn why_it_died(status: Option<ExitStatus>, words: &str, limits: &AdmissionLimits) -> String {
    match status.and_then(|status| status.signal()) {
        Some(SIGNAL_PROCESSOR_TIME) => too_slow(limits.compile_time_max),
        // Rust's words before it aborts for want of memory.
        Some(SIGNAL_ABORT) if words.contains("memory allocation of ") => {
            let memory = size(limits.compile_memory_bytes_max);
            format!("compiling it takes more than {memory} of memory")
        }
        Some(SIGNAL_KILL) => "the machine ended its compilation, as when memory is short".to_owned(),
        _ => COULD_NOT_COPE.to_owned(),
    }
}
