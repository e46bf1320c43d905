//! Compiles a component within the time that it is given.

use std::sync::mpsc;

use wasmtime::component::Component;

use crate::admission::{AdmissionStep, Refusal};
use crate::fault::root_cause;
use crate::precompiled;
use crate::runtime::RuleEngine;

impl RuleEngine {
    /// Compile on threads of its own, so that a component which is made to compile for ever costs a refusal.
    pub(crate) fn compile(&self, bytes: &[u8]) -> Result<Component, Refusal> {
        let refuse = |reason: String| Refusal::new(AdmissionStep::Compilation, reason);
        let (sender, receiver) = mpsc::channel();
        let (config, engine, owned) = (self.config.clone(), self.engine.clone(), bytes.to_vec());
        // Threads of its own: a compilation that takes longer than its time goes on until it is done, and on threads
        // that all share, others would wait for it.
        let threads = rayon::ThreadPoolBuilder::new()
            .thread_name(|_| "rule-compiler".to_owned())
            // Without a handler a compiler that panics would end the process; what it had to say is missed below.
            .panic_handler(|_| ())
            .build()
            .map_err(|error| refuse(format!("no threads to compile it on: {error}")))?;
        threads.spawn(move || {
            // Nobody listens any more when the time is over; the result is dropped then.
            let _ = sender.send(precompiled::compile(&config, &engine, &owned));
        });
        let limit = self.admission.compile_time_max;
        match receiver.recv_timeout(limit) {
            Ok(compiled) => compiled.map_err(|error| refuse(root_cause(&error))),
            Err(mpsc::RecvTimeoutError::Timeout) => Err(refuse(format!(
                "compiling it takes longer than {} ms",
                limit.as_millis()
            ))),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                Err(refuse("the compiler could not cope with it and gave up".to_owned()))
            }
        }
    }
}
