//! The one place with unsafe code: loading machine code that this process has just compiled.
//!
//! Compiling in the serving engine would keep the compiler's memory for as long as the process lives, so a throw-away
//! engine of the same configuration compiles and the serving one loads the result. Loading is unsafe because the bytes
//! are machine code: whoever chooses them runs anything. It takes them from nowhere but its own function.

use wasmtime::component::Component;
use wasmtime::{Config, Engine};

/// Compile a component on an engine of its own and load it into the serving one.
pub(crate) fn compile(config: &Config, serving: &Engine, component: &[u8]) -> wasmtime::Result<Component> {
    let machine_code = Engine::new(config)?.precompile_component(component)?;
    #[expect(
        unsafe_code,
        reason = "the bytes were made two lines above from a validated component and never left us"
    )]
    // SAFETY: `machine_code` is what `precompile_component` of an engine with the same configuration answered, unchanged.
    unsafe {
        Component::deserialize(serving, machine_code)
    }
}
