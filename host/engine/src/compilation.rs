//! Compiles a component within the time and the memory that it is given: in a process of its own, or on threads.

mod child;
mod gate;
mod process;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::mpsc;

use rayon::ThreadPoolBuilder;
use wasmtime::component::Component;

pub use child::{CompileChildError, compile_as_child};
pub(crate) use gate::Gate;

use crate::admission::{AdmissionStep, Refusal};
use crate::fault::root_cause;
use crate::precompiled::MachineCode;
use crate::runtime::RuleEngine;

/// Where components are compiled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Compiler {
    /// On threads of this process: bounded in time, not in memory, and what takes too long goes on until it is done.
    /// Enough where whoever hands in a component is trusted with the process, as in tests and on the command line.
    #[default]
    Threads,
    /// In a process that ends with it, bounded in time and memory. It runs [`compile_as_child`] and nothing else.
    Process {
        /// This very executable: machine code is taken from no other.
        program: PathBuf,
        /// What makes it compile.
        arguments: Vec<OsString>,
    },
}

/// What every way of compiling says of a component that takes too long.
fn too_slow(time_max: std::time::Duration) -> String {
    format!("compiling it takes longer than {} ms", time_max.as_millis())
}

/// What every way of compiling says of a component that the compiler itself fails on.
const COULD_NOT_COPE: &str = "the compiler could not cope with it and gave up";

impl RuleEngine {
    /// The same engine, compiling elsewhere.
    #[must_use]
    pub fn with_compiler(mut self, compiler: Compiler) -> Self {
        self.compiler = compiler;
        self
    }

    /// Compile a component, or say why it cannot be.
    pub(crate) fn compile(&self, bytes: &[u8]) -> Result<Component, Refusal> {
        let refuse = |reason: String| Refusal::new(AdmissionStep::Compilation, reason);
        let machine_code = match &self.compiler {
            Compiler::Threads => self.compile_on_threads(bytes),
            Compiler::Process { program, arguments } => {
                process::compile(program, arguments, bytes, &self.admission, &self.compilations)
            }
        }
        .map_err(refuse)?;
        machine_code
            .load(&self.engine)
            .map_err(|error| refuse(root_cause(&error)))
    }

    /// Compile on threads of its own, so that a component which is made to compile for ever costs a refusal.
    fn compile_on_threads(&self, bytes: &[u8]) -> Result<MachineCode, String> {
        let (sender, receiver) = mpsc::channel();
        let (config, owned) = (self.config.clone(), bytes.to_vec());
        // Threads of its own: a compilation that takes longer than its time goes on until it is done, and on threads
        // that all share, others would wait for it.
        let threads = ThreadPoolBuilder::new()
            .thread_name(|_| "rule-compiler".to_owned())
            // Without a handler a compiler that panics would end the process; what it had to say is missed below.
            .panic_handler(|_| ())
            .build()
            .map_err(|error| format!("no threads to compile it on: {error}"))?;
        threads.spawn(move || {
            // Nobody listens any more when the time is over; the result is dropped then.
            let _ = sender.send(MachineCode::compile(&config, &owned));
        });
        let limit = self.admission.compile_time_max;
        match receiver.recv_timeout(limit) {
            Ok(compiled) => compiled.map_err(|error| root_cause(&error)),
            Err(mpsc::RecvTimeoutError::Timeout) => Err(too_slow(limit)),
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(COULD_NOT_COPE.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests;
