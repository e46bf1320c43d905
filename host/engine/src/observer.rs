//! Who is told when a component fails.

use std::sync::Arc;

use crate::fault::Fault;

/// Is told of the faults of a component: of each instance the first, which is its last. It may be told on any thread, while
/// whoever asked the component waits for the answer.
pub trait FaultObserver: Send + Sync {
    /// The component failed.
    fn failed(&self, fault: &Fault);
}

/// Somebody or nobody who is told.
#[derive(Clone, Default)]
pub(crate) struct Observed(Option<Arc<dyn FaultObserver>>);

impl Observed {
    pub(crate) fn by(observer: Arc<dyn FaultObserver>) -> Self {
        Self(Some(observer))
    }

    /// Tell of a fault that is the component's own.
    pub(crate) fn tell(&self, fault: &Fault) {
        if let Some(observer) = &self.0
            && fault.is_of_the_component()
        {
            observer.failed(fault);
        }
    }
}
