//! How a call into a component can fail.

use std::time::Duration;

use wasmtime::Trap;

use crate::CallLimits;
use crate::digest::Digest;
use crate::meter::Refused;
use crate::state::State;

/// Why a call into a component gave no answer. The instance is gone; the host goes on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is kept from deciding, because it failed too often.
    #[error("it is quarantined: {reason}")]
    Quarantined {
        /// Why, in the words of whoever has put it there.
        reason: String,
    },
    /// It is to decide, and cannot be loaded here.
    #[error("component {digest} cannot be loaded here: {reason}")]
    NotLoaded {
        /// The component.
        digest: Digest,
        /// Why not.
        reason: String,
    },
    /// It used up its instructions.
    #[error("it ran out of fuel: more than {fuel_max} units in one call")]
    OutOfFuel {
        /// What it had.
        fuel_max: u64,
    },
    /// It took too long.
    #[error("it ran out of time: more than {} ms in one call", time_max.as_millis())]
    OutOfTime {
        /// What it had.
        time_max: Duration,
    },
    /// It asked for more memory than it may have.
    #[error("it ran out of memory: more than {}", size(*memory_bytes_max))]
    OutOfMemory {
        /// What it had.
        memory_bytes_max: usize,
    },
    /// It asked for more elements in its tables than they may have together.
    #[error("its tables are too large: more than {table_elements_max} elements in all of them")]
    TooManyTableElements {
        /// What they could have.
        table_elements_max: usize,
    },
    /// It asked the host for something too often.
    #[error("it asks the host too often: more than {hostcalls_max} times in one call")]
    TooManyHostcalls {
        /// How often it could.
        hostcalls_max: u64,
    },
    /// It handed over too much: an answer, or what it asked an import.
    #[error("it handed over too much: more than {} in one go", size(*output_bytes_max))]
    TooMuchOutput {
        /// What it could.
        output_bytes_max: usize,
    },
    /// It made more matchers than it may hold.
    #[error("it holds too many handles: more than {handles_max}")]
    TooManyHandles {
        /// What it could.
        handles_max: usize,
    },
    /// It is made of more instances, memories or tables than it may be.
    #[error("it is made of too many parts: more than {instances_max} instances, memories or tables")]
    TooManyParts {
        /// What it could be made of, of each.
        instances_max: usize,
    },
    /// It panicked and said why.
    #[error("it panicked: {words}")]
    Panicked {
        /// Its words.
        words: String,
    },
    /// It trapped without a word.
    #[error("it trapped: {trap}")]
    Trapped {
        /// What the sandbox says of it.
        trap: String,
    },
    /// Its answer is not what the contract says.
    #[error("it broke the contract: {what}")]
    BrokeContract {
        /// In which way.
        what: String,
    },
    /// The host could not give it the reference data that it asked for. Not the component's doing.
    #[error("its reference data could not be read: {reason}")]
    ReferenceUnavailable {
        /// The host's trouble.
        reason: String,
    },
}

impl Fault {
    /// Whether the component failed, rather than being kept from deciding or not being answered by the host.
    pub const fn is_of_the_component(&self) -> bool {
        !matches!(
            self,
            Self::Quarantined { .. } | Self::NotLoaded { .. } | Self::ReferenceUnavailable { .. }
        )
    }

    /// An answer that is not what the contract says.
    pub(crate) fn broke_contract(what: impl Into<String>) -> Self {
        Self::BrokeContract { what: what.into() }
    }

    fn of_refused(refused: Refused, limits: CallLimits) -> Self {
        match refused {
            Refused::Memory => Self::OutOfMemory {
                memory_bytes_max: limits.memory_bytes_max,
            },
            Refused::TableElements => Self::TooManyTableElements {
                table_elements_max: limits.table_elements_max,
            },
            Refused::Hostcall => Self::TooManyHostcalls {
                hostcalls_max: limits.hostcalls_max,
            },
        }
    }

    /// What a failed call was, from its error and from what the store remembers of it.
    pub(crate) fn of_call(error: &wasmtime::Error, state: &mut State) -> Self {
        if let Some(reason) = state.reference_trouble.take() {
            return Self::ReferenceUnavailable { reason };
        }
        let limits = state.limits;
        let trap = error.downcast_ref::<Trap>();
        match trap {
            Some(Trap::OutOfFuel) => {
                return Self::OutOfFuel {
                    fuel_max: limits.fuel_max,
                };
            }
            Some(Trap::Interrupt) => {
                return Self::OutOfTime {
                    time_max: limits.time_max,
                };
            }
            // A guest whose allocation is refused panics; the refusal is the cause, the panic its way to die.
            _ => {
                if let Some(refused) = state.meter.refused() {
                    return Self::of_refused(refused, limits);
                }
            }
        }
        let words = std::mem::take(&mut state.notes).join("; ");
        let cause = root_cause(error);
        match trap {
            None if cause.contains(OUTPUT_REFUSED) => Self::TooMuchOutput {
                output_bytes_max: limits.output_bytes_max,
            },
            None if cause.contains(PART_REFUSED) => Self::TooManyParts {
                instances_max: limits.instances_max,
            },
            None if cause.contains(HANDLE_REFUSED) => Self::TooManyHandles {
                handles_max: limits.handles_max,
            },
            Some(Trap::UnreachableCodeReached) if !words.is_empty() => Self::Panicked { words },
            Some(
                Trap::StringOutOfBounds | Trap::ListOutOfBounds | Trap::InvalidDiscriminant | Trap::UnalignedPointer,
            )
            | None => Self::BrokeContract { what: cause },
            Some(Trap::StackOverflow) => Self::Trapped {
                trap: "its stack is full, as when a function calls itself without end".to_owned(),
            },
            Some(trap) => Self::Trapped {
                trap: trap.to_string().trim_start_matches("wasm trap: ").to_owned(),
            },
        }
    }
}

/// What wasmtime says where it refuses to copy more to the host, to make another handle, or another instance: errors
/// without a type.
const OUTPUT_REFUSED: &str = "fuel allocated for hostcalls has been exhausted";
const HANDLE_REFUSED: &str = "handle limit exceeded";
const PART_REFUSED: &str = "resource limit exceeded";

/// A size in the largest unit that it is a whole number of.
pub(crate) fn size(bytes: usize) -> String {
    match bytes {
        bytes if bytes >= 1 << 30 && bytes.is_multiple_of(1 << 30) => format!("{} GiB", bytes >> 30),
        bytes if bytes >= 1 << 20 && bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        bytes if bytes >= 1 << 10 && bytes.is_multiple_of(1 << 10) => format!("{} KiB", bytes >> 10),
        bytes => format!("{bytes} bytes"),
    }
}

/// The innermost cause of an error, which is the one that names the matter; the outer ones are backtraces.
pub(crate) fn root_cause(error: &wasmtime::Error) -> String {
    error
        .chain()
        .last()
        .map_or_else(|| error.to_string(), ToString::to_string)
}
