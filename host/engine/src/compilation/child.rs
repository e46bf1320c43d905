//! What the process does that compiles one component: bound itself, read, compile, answer, end.
//!
//! What it is handed on its standard input is [`Order`], written by the process that started it, and then the
//! component. What it answers on its standard output is one byte that says what follows, eight of length, and machine
//! code or a sentence. It opens no file and no connection.

use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::ThreadPoolBuilder;
use rlimit::Resource;

use super::COULD_NOT_COPE;
use crate::fault::root_cause;
use crate::precompiled::MachineCode;
use crate::runtime::configuration;

/// How an order begins, so that whatever else is handed in is told apart.
const MARK: [u8; 8] = *b"reprise\x01";
/// Files that are open at once: the three that it is given, and a few that the system's libraries open.
const FILES_MAX: u64 = 16;
/// What follows in an answer.
pub(super) const ANSWER_MACHINE_CODE: u8 = 0;
/// What follows in an answer.
pub(super) const ANSWER_REFUSAL: u8 = 1;

/// Why the process that compiles came to no answer.
#[derive(Debug, thiserror::Error)]
pub enum CompileChildError {
    /// It was started by something else than a host.
    #[error("this compiles a component for the process that started it, and was not given one; it is not for people")]
    NoOrder,
    /// It could not bound itself, and so does not begin.
    #[error("its limits could not be set: {0}")]
    Limits(io::Error),
    /// The other end is gone, or closed too early.
    #[error("the process that started it does not listen: {0}")]
    Pipe(#[from] io::Error),
}

/// What the process is told before the component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) memory_bytes_max: u64,
    pub(super) processor_seconds_max: u64,
    pub(super) threads: u64,
    pub(super) component_bytes: u64,
}

impl Order {
    const BYTES: usize = MARK.len() + 4 * size_of::<u64>();

    pub(super) fn write(self) -> Vec<u8> {
        let mut bytes = MARK.to_vec();
        for number in [
            self.memory_bytes_max,
            self.processor_seconds_max,
            self.threads,
            self.component_bytes,
        ] {
            bytes.extend(number.to_le_bytes());
        }
        bytes
    }

    fn read(mut input: impl Read) -> Result<Self, CompileChildError> {
        let mut bytes = [0; Self::BYTES];
        input.read_exact(&mut bytes).map_err(|_| CompileChildError::NoOrder)?;
        let (mark, numbers) = bytes.split_at(MARK.len());
        if mark != MARK {
            return Err(CompileChildError::NoOrder);
        }
        let (numbers, _) = numbers.as_chunks();
        let numbers: Vec<_> = numbers.iter().map(|number| u64::from_le_bytes(*number)).collect();
        match numbers[..] {
            [memory_bytes_max, processor_seconds_max, threads, component_bytes] => Ok(Self {
                memory_bytes_max,
                processor_seconds_max,
                threads,
                component_bytes,
            }),
            _ => Err(CompileChildError::NoOrder),
        }
    }
}

/// Compile the component that is handed in and answer its machine code. The process must do nothing else: this bounds
/// the memory, the time and the files of all of it, for good.
///
/// # Errors
/// If there is no order on the input, or nobody listens to the output. That a component cannot be compiled is no error
/// but an answer.
pub fn compile_as_child(mut input: impl Read, mut output: impl Write) -> Result<(), CompileChildError> {
    let order = Order::read(&mut input)?;
    // Before the first byte of what somebody handed in.
    bound(order).map_err(CompileChildError::Limits)?;
    let mut component = Vec::new();
    input.take(order.component_bytes).read_to_end(&mut component)?;
    if component.len() as u64 != order.component_bytes {
        return Err(CompileChildError::NoOrder);
    }
    let (follows, answer) = match compile(&component, order.threads) {
        Ok(machine_code) => (ANSWER_MACHINE_CODE, machine_code.into_bytes()),
        Err(reason) => (ANSWER_REFUSAL, reason.into_bytes()),
    };
    output.write_all(&[follows])?;
    output.write_all(&(answer.len() as u64).to_le_bytes())?;
    output.write_all(&answer)?;
    Ok(output.flush()?)
}

fn bound(order: Order) -> io::Result<()> {
    for (resource, limit) in [
        (Resource::AS, order.memory_bytes_max),
        // Should the process that started it die, nobody would end it but this.
        (Resource::CPU, order.processor_seconds_max),
        // What it holds is not for whoever reads the machine's core files.
        (Resource::CORE, 0),
        (Resource::NOFILE, FILES_MAX),
        // It writes no file.
        (Resource::FSIZE, 0),
    ] {
        // What the machine's keeper has bounded closer stays so.
        let (_, allowed) = rlimit::getrlimit(resource)?;
        let limit = limit.min(allowed);
        // Of processor time the first limit says what happened, by its signal; the second only ends the process.
        let grace = u64::from(resource == Resource::CPU);
        rlimit::setrlimit(resource, limit, limit.saturating_add(grace).min(allowed))?;
    }
    Ok(())
}

fn compile(component: &[u8], threads: u64) -> Result<MachineCode, String> {
    let threads = ThreadPoolBuilder::new()
        .num_threads(usize::try_from(threads).unwrap_or(1).max(1))
        .build()
        .map_err(|error| format!("no threads to compile it on: {error}"))?;
    let compiled = catch_unwind(AssertUnwindSafe(|| {
        threads.install(|| MachineCode::compile(&configuration(), component))
    }));
    match compiled {
        Ok(compiled) => compiled.map_err(|error| root_cause(&error)),
        Err(_) => Err(COULD_NOT_COPE.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{CompileChildError, Order};

    const ORDER: Order = Order {
        memory_bytes_max: 1 << 31,
        processor_seconds_max: 60,
        threads: 3,
        component_bytes: 110_000,
    };

    #[test]
    fn an_order_is_read_as_it_was_written() {
        assert_eq!(Order::read(&ORDER.write()[..]).expect("an order"), ORDER);
    }

    #[test]
    fn what_is_no_order_is_told_apart_before_any_limit_is_set() {
        let order = ORDER.write();
        let mut other = order.clone();
        other[0] ^= 1;
        for handed_in in [&[][..], b"\0asm", &order[..order.len() - 1], &other] {
            let error = super::compile_as_child(handed_in, Vec::new()).expect_err("no order");
            assert!(matches!(error, CompileChildError::NoOrder), "{error}");
        }
    }
}
