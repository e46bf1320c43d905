//! What a component may use: a limit on everything, each with its unit in its name.

use std::time::Duration;

use wasmtime::ResourceLimiter;

/// Limits on accepting a component. The defaults let in a component that carries a JavaScript engine (12 MB).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdmissionLimits {
    /// Size of the component.
    pub component_bytes_max: usize,
    /// Functions of all its modules together.
    pub functions_max: u32,
    /// Size of one function's body. Compiling takes more than linear time in it.
    pub function_bytes_max: usize,
    /// How deep blocks lie in each other in a function. Compiling takes the square of it.
    pub block_depth_max: u32,
    /// Memories of all its modules together.
    pub memories_max: u32,
    /// How long compiling it may take.
    pub compile_time_max: Duration,
    /// Instructions of one call that asks it what it is, roughly; deterministic.
    pub description_fuel_max: u64,
    /// Wall clock of one call that asks it what it is.
    pub description_time_max: Duration,
    /// How many test vectors a component may bring.
    pub vectors_max: usize,
    /// How long its test vectors may be together.
    pub vector_bytes_max: usize,
    /// Instructions of all calls of step vectors together, and of step conformance; each call has its own limit too.
    pub trial_fuel_max: u64,
    /// How long step vectors may take, and step conformance.
    pub trial_time_max: Duration,
}

impl AdmissionLimits {
    /// The limits of a call that asks a component what it is.
    pub(crate) fn of_description(&self, call: CallLimits) -> CallLimits {
        CallLimits {
            fuel_max: self.description_fuel_max.min(call.fuel_max),
            time_max: self.description_time_max.min(call.time_max),
            ..call
        }
    }
}

impl Default for AdmissionLimits {
    fn default() -> Self {
        Self {
            component_bytes_max: 32 << 20,
            functions_max: 65_536,
            function_bytes_max: 1 << 20,
            block_depth_max: 10_000,
            memories_max: 8,
            compile_time_max: Duration::from_secs(60),
            description_fuel_max: 50_000_000,
            description_time_max: Duration::from_secs(1),
            vectors_max: 1_000,
            vector_bytes_max: 1 << 20,
            trial_fuel_max: 10_000_000_000,
            trial_time_max: Duration::from_secs(30),
        }
    }
}

/// Limits on one call into a component, and on the instance that it runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallLimits {
    /// Instructions of a call, roughly; deterministic.
    pub fuel_max: u64,
    /// Wall clock of a call.
    pub time_max: Duration,
    /// Memory of an instance: all linear memories and tables together.
    pub memory_bytes_max: usize,
    /// Core instances, memories and tables of an instance, each.
    pub instances_max: usize,
    /// Handles that an instance may hold.
    pub handles_max: usize,
    /// What one call may hand over to the host, either as result or in one import.
    pub output_bytes_max: usize,
}

impl Default for CallLimits {
    fn default() -> Self {
        Self {
            fuel_max: 20_000_000_000,
            time_max: Duration::from_secs(10),
            memory_bytes_max: 512 << 20,
            instances_max: 64,
            handles_max: 1_024,
            output_bytes_max: 16 << 20,
        }
    }
}

/// Counts the memory of an instance over all its linear memories and tables, and remembers what it refused: in the
/// guest a refused growth looks like any other panic.
pub(crate) struct MemoryMeter {
    limits: CallLimits,
    used_bytes: usize,
    pub(crate) refused: bool,
}

impl MemoryMeter {
    pub(crate) fn new(limits: CallLimits) -> Self {
        Self {
            limits,
            used_bytes: 0,
            refused: false,
        }
    }

    fn grow(&mut self, current_bytes: usize, desired_bytes: usize) -> bool {
        let wanted = desired_bytes.saturating_sub(current_bytes);
        match self.used_bytes.checked_add(wanted) {
            Some(total) if total <= self.limits.memory_bytes_max => {
                self.used_bytes = total;
                true
            }
            _ => {
                self.refused = true;
                false
            }
        }
    }
}

impl ResourceLimiter for MemoryMeter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        // A growth beyond what the memory itself declares fails anyhow and must not be counted.
        Ok(maximum.is_none_or(|maximum| desired <= maximum) && self.grow(current, desired))
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        let bytes = |elements: usize| elements.saturating_mul(size_of::<usize>());
        Ok(maximum.is_none_or(|maximum| desired <= maximum) && self.grow(bytes(current), bytes(desired)))
    }

    fn instances(&self) -> usize {
        self.limits.instances_max
    }

    fn tables(&self) -> usize {
        self.limits.instances_max
    }

    fn memories(&self) -> usize {
        self.limits.instances_max
    }
}
