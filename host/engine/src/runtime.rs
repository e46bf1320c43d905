//! The one serving engine: its configuration, its clock, and the call that every entry into a component goes through.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::{HasSelf, Linker};
use wasmtime::{Config, Engine, Store, Strategy, WasmBacktraceDetails};

use crate::bindings::CriteriaComponent as Bindings;
use crate::cache::PrecompiledCache;
use crate::compilation::{Compiler, Gate};
use crate::fault::Fault;
use crate::reference::ReferenceSource;
use crate::state::State;
use crate::{AdmissionLimits, CallLimits};

/// How often running components are looked at. Deadlines are as exact as this.
const TICK: Duration = Duration::from_millis(1);

/// Our own trouble with the sandbox, not a component's.
#[derive(Debug, thiserror::Error)]
#[error("the WebAssembly engine could not be set up: {0}")]
pub struct EngineError(String);

/// Loads components and runs them. One for a process.
#[derive(Clone)]
pub struct RuleEngine {
    pub(crate) engine: Engine,
    pub(crate) config: Config,
    pub(crate) linker: Arc<Linker<State>>,
    pub(crate) admission: AdmissionLimits,
    pub(crate) call: CallLimits,
    pub(crate) compiler: Compiler,
    pub(crate) compilations: Gate,
    pub(crate) cache: Option<Arc<PrecompiledCache>>,
}

impl RuleEngine {
    /// An engine with these limits, its clock running.
    pub fn new(admission: AdmissionLimits, call: CallLimits) -> Result<Self, EngineError> {
        let trouble = |error: wasmtime::Error| EngineError(format!("{error:#}"));
        let config = configuration();
        let engine = Engine::new(&config).map_err(trouble)?;
        let mut linker = Linker::new(&engine);
        Bindings::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state).map_err(trouble)?;
        start_clock(&engine).map_err(|error| EngineError(error.to_string()))?;
        Ok(Self {
            engine,
            config,
            linker: Arc::new(linker),
            compilations: Gate::new(admission.compilations_max.max(1)),
            admission,
            call,
            compiler: Compiler::default(),
            cache: None,
        })
    }

    /// The limits on what it takes.
    pub fn admission_limits(&self) -> AdmissionLimits {
        self.admission
    }

    /// The limits that its components run under.
    pub fn call_limits(&self) -> CallLimits {
        self.call
    }
}

/// What a component may be made of is `inspect`'s to say, before wasmtime sees it; the features here say it again.
pub(crate) fn configuration() -> Config {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .wasm_simd(true)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        .wasm_tail_call(false)
        .consume_fuel(true)
        .epoch_interruption(true)
        .max_wasm_stack(1 << 20)
        .parallel_compilation(true)
        // Nobody reads a component's backtrace: the words that it leaves say more. Without what backtraces take, and what
        // others than wasmtime would unwind by, machine code is smaller and loaded sooner.
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        .wasm_backtrace_max_frames(None)
        .generate_address_map(false)
        .native_unwind_info(false);
    config
}

/// Counts the engine's epoch up, for as long as the engine lives.
fn start_clock(engine: &Engine) -> std::io::Result<()> {
    let engine = engine.weak();
    std::thread::Builder::new()
        .name("rule-clock".to_owned())
        .spawn(move || {
            while let Some(engine) = engine.upgrade() {
                engine.increment_epoch();
                drop(engine);
                std::thread::sleep(TICK);
            }
        })?;
    Ok(())
}

/// A store with every limit set: none is made any other way.
pub(crate) fn new_store(engine: &Engine, limits: CallLimits, reference: Arc<dyn ReferenceSource>) -> Store<State> {
    let mut store = Store::new(engine, State::new(limits, reference));
    store.limiter(|state| &mut state.meter);
    store.set_max_component_handles(limits.handles_max);
    store.set_hostcall_fuel(limits.output_bytes_max);
    store.epoch_deadline_trap();
    store
}

/// Enter a component: with full fuel, a fresh deadline and no words yet.
pub(crate) fn enter<Answer>(
    store: &mut Store<State>,
    call: impl FnOnce(&mut Store<State>) -> wasmtime::Result<Answer>,
) -> Result<Answer, Fault> {
    let limits = store.data().limits;
    store.data_mut().notes.clear();
    store.data_mut().meter.begin_call();
    let ticks = limits.time_max.as_millis() / TICK.as_millis();
    // One tick more, for the one that is already under way.
    store.set_epoch_deadline(u64::try_from(ticks).unwrap_or(u64::MAX / 2) + 1);
    let answer = store.set_fuel(limits.fuel_max).and_then(|()| call(store));
    let fuel_left = store.get_fuel().unwrap_or(0);
    store.data_mut().fuel_used += limits.fuel_max.saturating_sub(fuel_left);
    answer.map_err(|error| Fault::of_call(&error, store.data_mut()))
}
