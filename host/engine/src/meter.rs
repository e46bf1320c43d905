//! Counts what an instance takes, and remembers what was refused.

use wasmtime::ResourceLimiter;

use crate::CallLimits;

/// What an instance was refused first in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// More memory than all of its memories and tables may take together.
    Memory,
    /// More elements than all of its tables may have together.
    TableElements,
    /// To ask the host once more.
    Hostcall,
}

/// Counts memory over all linear memories and tables of an instance, elements over all tables, and hostcalls of a call.
///
/// It remembers what it refused, because in the component a refusal looks like any other panic.
pub(crate) struct Meter {
    limits: CallLimits,
    memory_bytes: usize,
    table_elements: usize,
    hostcalls: u64,
    refused: Option<Refused>,
}

impl Meter {
    pub(crate) fn new(limits: CallLimits) -> Self {
        Self {
            limits,
            memory_bytes: 0,
            table_elements: 0,
            hostcalls: 0,
            refused: None,
        }
    }

    /// A call begins: its hostcalls are counted from none, and a refusal that the component lived through in an earlier
    /// call is not what this one fails of.
    pub(crate) fn begin_call(&mut self) {
        self.hostcalls = 0;
        self.refused = None;
    }

    /// Count a hostcall, which is not answered if it is one too many.
    pub(crate) fn count_hostcall(&mut self) -> wasmtime::Result<()> {
        if self.hostcalls >= self.limits.hostcalls_max {
            self.refuse(Refused::Hostcall);
            return Err(wasmtime::Error::msg("it asks the host too often"));
        }
        self.hostcalls += 1;
        Ok(())
    }

    /// What was refused first in this call.
    pub(crate) fn refused(&self) -> Option<Refused> {
        self.refused
    }

    fn refuse(&mut self, what: Refused) -> bool {
        self.refused.get_or_insert(what);
        false
    }

    fn grow_memory(&mut self, wanted_bytes: usize) -> bool {
        match self.memory_bytes.checked_add(wanted_bytes) {
            Some(total) if total <= self.limits.memory_bytes_max => {
                self.memory_bytes = total;
                true
            }
            _ => self.refuse(Refused::Memory),
        }
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        // A growth beyond what the memory itself declares fails anyhow and must not be counted.
        Ok(maximum.is_none_or(|maximum| desired <= maximum) && self.grow_memory(desired.saturating_sub(current)))
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let wanted = desired.saturating_sub(current);
        let total = self.table_elements.saturating_add(wanted);
        if total > self.limits.table_elements_max {
            return Ok(self.refuse(Refused::TableElements));
        }
        let is_granted = self.grow_memory(wanted.saturating_mul(size_of::<usize>()));
        if is_granted {
            self.table_elements = total;
        }
        Ok(is_granted)
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

#[cfg(test)]
mod tests {
    use super::{CallLimits, Meter, Refused, ResourceLimiter as _};

    fn meter() -> Meter {
        Meter::new(CallLimits {
            memory_bytes_max: 4_096,
            table_elements_max: 100,
            hostcalls_max: 2,
            ..CallLimits::default()
        })
    }

    #[test]
    fn memory_is_summed_over_memories_and_tables() {
        let mut meter = meter();
        assert_eq!(meter.memory_growing(0, 2_048, None).ok(), Some(true), "a memory");
        assert_eq!(
            meter.table_growing(0, 100, None).ok(),
            Some(true),
            "a table of 800 bytes"
        );
        assert_eq!(
            meter.memory_growing(0, 1_249, None).ok(),
            Some(false),
            "another memory, a byte too large"
        );
        assert_eq!(meter.refused(), Some(Refused::Memory));
        assert_eq!(meter.memory_growing(0, 1_248, None).ok(), Some(true), "what is left");
    }

    #[test]
    fn elements_are_summed_over_tables() {
        let mut meter = meter();
        for (desired, granted) in [(60, true), (41, false), (40, true), (1, false)] {
            assert_eq!(
                meter.table_growing(0, desired, None).ok(),
                Some(granted),
                "{desired} elements"
            );
        }
        assert_eq!(meter.refused(), Some(Refused::TableElements));
    }

    #[test]
    fn what_a_memory_itself_does_not_allow_is_not_counted() {
        let mut meter = meter();
        assert_eq!(meter.memory_growing(0, 4_096, Some(1_024)).ok(), Some(false));
        assert_eq!(meter.table_growing(0, 200, Some(10)).ok(), Some(false));
        assert_eq!(meter.refused(), None);
    }

    #[test]
    fn hostcalls_are_counted_for_each_call() {
        let mut meter = meter();
        for _ in 0..3 {
            meter.begin_call();
            assert!(meter.count_hostcall().is_ok() && meter.count_hostcall().is_ok());
            assert_eq!(meter.refused(), None);
        }
        assert!(meter.count_hostcall().is_err());
        assert_eq!(meter.refused(), Some(Refused::Hostcall));
        meter.begin_call();
        assert_eq!(meter.refused(), None);
    }
}
