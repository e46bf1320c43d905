//! What a component may use: a limit on everything, each with its unit in its name.

use std::time::Duration;

use crate::contract::ComponentKind;

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
    /// How long compiling it may take. On one thread, 12 MB of small functions were seen to take 30 s to 40 s.
    pub compile_time_max: Duration,
    /// Instructions of one call that asks it what it is, roughly; deterministic. The default components take 13,000; the
    /// default is what some 30 ms take.
    pub description_fuel_max: u64,
    /// Wall clock of one call that asks it what it is.
    pub description_time_max: Duration,
    /// Memory of the process that compiles it: all of its address space, code and stacks included. 12 MB of small
    /// functions were seen to take less than 256 MiB; one function as long as is taken, 512 MiB to 1 GiB, so that a few
    /// of these on several threads reach the default.
    pub compile_memory_bytes_max: usize,
    /// Threads that compile one component in a process of its own. One less than there are cores, so that a host which
    /// compiles still answers.
    pub compile_threads: usize,
    /// Components that are compiled in processes at once. Others wait, within their time.
    pub compilations_max: usize,
    /// What compiling it may answer.
    pub machine_code_bytes_max: usize,
    /// How many test vectors a component may bring.
    pub vectors_max: usize,
    /// How long its test vectors may be together.
    pub vector_bytes_max: usize,
    /// Instructions of all calls of step vectors together, and of step conformance; each call has its own limit too. The
    /// default components take 40 million, so that one in an interpreted language may take two hundred times as many.
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
            compile_time_max: Duration::from_secs(90),
            description_fuel_max: 50_000_000,
            description_time_max: Duration::from_secs(1),
            compile_memory_bytes_max: 2 << 30,
            compile_threads: compile_threads(),
            compilations_max: 2,
            machine_code_bytes_max: 512 << 20,
            vectors_max: 1_000,
            vector_bytes_max: 1 << 20,
            trial_fuel_max: 10_000_000_000,
            trial_time_max: Duration::from_secs(30),
        }
    }
}

fn compile_threads() -> usize {
    /// More than so many wait for each other more than they help, and each takes memory.
    const THREADS_MAX: usize = 8;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    cores.saturating_sub(1).clamp(1, THREADS_MAX)
}

/// Limits on one call into a component, and on the instance that it runs in.
///
/// The default holds for components of either kind, as they are admitted and tried; where they decide for a payer,
/// [`CallLimits::of`] is what they need, and [`RuleLimits`](crate::RuleLimits) what a payer's may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallLimits {
    /// Instructions of a call, roughly; deterministic.
    pub fuel_max: u64,
    /// Wall clock of a call.
    pub time_max: Duration,
    /// Memory of an instance: all linear memories and tables together.
    pub memory_bytes_max: usize,
    /// Elements of all tables of an instance together.
    pub table_elements_max: usize,
    /// Core instances, memories and tables of an instance, each.
    pub instances_max: usize,
    /// Handles that an instance may hold.
    pub handles_max: usize,
    /// What one call may hand over to the host, either as result or in one import.
    pub output_bytes_max: usize,
    /// How often the component may ask the host for something in one call.
    pub hostcalls_max: u64,
}

impl Default for CallLimits {
    fn default() -> Self {
        Self {
            fuel_max: 20_000_000_000,
            time_max: Duration::from_secs(10),
            memory_bytes_max: 512 << 20,
            table_elements_max: 1 << 20,
            instances_max: 64,
            handles_max: 1_024,
            output_bytes_max: 16 << 20,
            hostcalls_max: 1_000_000,
        }
    }
}

impl CallLimits {
    /// The closer of two limits, each for itself.
    #[must_use]
    pub(crate) fn at_most(self, other: Self) -> Self {
        Self {
            fuel_max: self.fuel_max.min(other.fuel_max),
            time_max: self.time_max.min(other.time_max),
            memory_bytes_max: self.memory_bytes_max.min(other.memory_bytes_max),
            table_elements_max: self.table_elements_max.min(other.table_elements_max),
            instances_max: self.instances_max.min(other.instances_max),
            handles_max: self.handles_max.min(other.handles_max),
            output_bytes_max: self.output_bytes_max.min(other.output_bytes_max),
            hostcalls_max: self.hostcalls_max.min(other.hostcalls_max),
        }
    }

    /// What a component of a kind needs: of fuel at least fifty times what the default one was seen to take, so that one
    /// in another language, or with an author's own ideas, is merely slow.
    ///
    /// | a call into the default component | fuel | memory | hostcalls |
    /// |---|---|---|---|
    /// | compile twelve criteria, seven of them dated groups of 20,000 members, on 20,000 codes and 200,000 lists | 808 M | 19 MB | 350 |
    /// | compile a criterion of 10,000 codes | 35 M | 5 MB | 10,031 |
    /// | match a batch of 65,536 lines, the dearest stage of those twelve | 16 M | 19 MB | none |
    /// | explain a line by those twelve | 0.15 M | 19 MB | 16 |
    /// | reprocess 4,096 claims in a batch, each refused in a sentence | 22 M | 2.5 MB | none |
    /// | create 4,096 claims in a batch, each refused in a sentence | 8 M | 3.1 MB | none |
    /// | reprocess or create one claim | 0.005 M | 1.2 MB | none |
    ///
    /// The first of them takes 0.5 s, the others at most 0.1 s of an unoptimised host. So criteria have 10 s, because one
    /// compilation serves a run of millions of lines, and claim status 2 s, because somebody waits for each call.
    pub fn of(kind: ComponentKind) -> Self {
        match kind {
            ComponentKind::Criteria => Self {
                fuel_max: 50_000_000_000,
                ..Self::default()
            },
            ComponentKind::ClaimStatus => Self {
                fuel_max: 2_000_000_000,
                time_max: Duration::from_secs(2),
                memory_bytes_max: 128 << 20,
                table_elements_max: 1 << 18,
                handles_max: 256,
                hostcalls_max: 20_000,
                ..Self::default()
            },
        }
    }
}
