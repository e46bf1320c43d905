//! The one place with unsafe code: machine code, where it may come from, and how it is loaded.
//!
//! Compiling in the serving engine would keep the compiler's memory for as long as the process lives, so a throw-away
//! engine of the same configuration compiles and the serving one loads the result. Loading is unsafe because the bytes
//! are machine code: whoever chooses them runs anything. So there is a type for bytes that may be loaded, and every way
//! to make one is a function of this file that says why it is sound:
//!
//! - [`MachineCode::compile`]: this process has just compiled them from a component that was validated.
//! - [`MachineCode::of_child`]: a process that this one started from its own executable has. What the child runs is
//!   what this process would have run itself; its output is a pipe that nobody else holds; so its answer is trusted as
//!   this process' own compiler is, no more and no less. That a component might turn the compiler against its user is
//!   a risk of either way, and a smaller one in a process without files, secrets and connections.
//! - [`MachineCode::authenticated`]: one of the two above made them earlier, and a key that is not kept beside them has
//!   shown that not a bit of them is another.
//!
//! Nothing is ever loaded by path, because a file may be another one between looking and loading; and never does
//! machine code come from whoever hands in components.

use wasmtime::component::Component;
use wasmtime::{Config, Engine};

/// Machine code of a component, made by us.
pub(crate) struct MachineCode {
    bytes: Vec<u8>,
    /// Where in the bytes it begins.
    start: usize,
}

impl MachineCode {
    /// Compile a validated component on an engine of its own.
    pub(crate) fn compile(config: &Config, component: &[u8]) -> wasmtime::Result<Self> {
        Engine::new(config)?.precompile_component(component).map(Self::whole)
    }

    /// What a child process of this executable has compiled. For `compilation::process` alone.
    pub(crate) fn of_child(answer: Vec<u8>) -> Self {
        Self::whole(answer)
    }

    /// What was kept and whose message authentication code was checked, over all of it from its start on. For `cache`
    /// alone.
    pub(crate) fn authenticated(bytes: Vec<u8>, start: usize) -> Self {
        Self { bytes, start }
    }

    /// The machine code of a component that is loaded, to be kept.
    pub(crate) fn of_loaded(component: &Component) -> wasmtime::Result<Self> {
        component.serialize().map(Self::whole)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    pub(crate) fn into_bytes(mut self) -> Vec<u8> {
        self.bytes.drain(..self.start.min(self.bytes.len()));
        self.bytes
    }

    fn whole(bytes: Vec<u8>) -> Self {
        Self { bytes, start: 0 }
    }

    /// Load it into the serving engine, which refuses what was compiled for another configuration or machine.
    pub(crate) fn load(self, serving: &Engine) -> wasmtime::Result<Component> {
        #[expect(
            unsafe_code,
            reason = "every way to make the bytes says above why they may be loaded"
        )]
        // SAFETY: a `MachineCode` holds what `precompile_component` of an engine of ours answered, or `serialize` of a
        // component that was loaded from such: this process' own, its own child's, or kept under a key. See above.
        unsafe {
            Component::deserialize(serving, self.as_bytes())
        }
    }
}
