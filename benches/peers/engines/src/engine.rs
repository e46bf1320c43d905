//! The rule engines, each compiled once, with its inputs made beforehand in its own form: only decisions are in its time.

use crate::workload::Workload;
use crate::{cel, datalogic, regorus, zen};

/// An engine with a workload in it.
pub(crate) trait RuleEngine {
    /// Who it is, with its version.
    fn name(&self) -> String;

    /// In which of its modes it decides.
    fn mode(&self) -> &'static str;

    /// Decide every row, in order.
    fn decide(&mut self, answers: &mut Vec<i64>) -> anyhow::Result<()>;
}

/// Every engine, or why it cannot take the workload.
pub(crate) fn all(workload: &Workload) -> Vec<(&'static str, anyhow::Result<Box<dyn RuleEngine>>)> {
    fn boxed<Engine: RuleEngine + 'static>(engine: anyhow::Result<Engine>) -> anyhow::Result<Box<dyn RuleEngine>> {
        Ok(Box::new(engine?))
    }
    vec![
        ("zen", boxed(zen::Zen::new(workload))),
        ("cel", boxed(cel::Cel::new(workload))),
        ("regorus", boxed(regorus::Regorus::new(workload))),
        ("datalogic-rs", boxed(datalogic::DataLogic::new(workload))),
    ]
}
