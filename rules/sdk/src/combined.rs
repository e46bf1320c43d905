//! Tests made of tests.

use crate::bitmap::Bitmap;
use crate::column::Column;
use crate::estimate::Estimate;
use crate::line_test::LineTest;
use crate::reference::Reference;
use crate::rows::{Line, Rows};
use crate::rules::Bound;

/// A line meets it if it meets any of its parts.
pub struct Either(pub Vec<Box<dyn LineTest>>);

/// A line meets it if it meets all of its parts.
pub struct Every(pub Vec<Box<dyn LineTest>>);

impl LineTest for Either {
    fn columns(&self) -> Vec<Column> {
        columns_of(&self.0)
    }

    fn is_met(&self, line: &Line<'_>) -> bool {
        self.0.iter().any(|part| part.is_met(line))
    }

    fn reason(&self, line: &Line<'_>, met: bool, reference: &Reference) -> String {
        match self.0.iter().find(|part| met && part.is_met(line)) {
            Some(part) => part.reason(line, true, reference),
            None => reasons_of(self.0.iter(), line, reference),
        }
    }

    fn keep(&self, rows: &Rows<'_>, hits: &mut Bitmap) {
        let mut kept = Bitmap::none(rows.count());
        for part in &self.0 {
            // What one part has let through, the next need not look at.
            let mut open = hits.clone();
            open.remove(&kept);
            part.keep(rows, &mut open);
            kept.add(&open);
        }
        *hits = kept;
    }

    fn estimate(&self) -> Estimate {
        let none = Estimate {
            passing: 0.0,
            cost: 0.0,
        };
        self.0
            .iter()
            .map(|part| part.estimate())
            .fold(none, |all, part| Estimate {
                passing: 1.0 - (1.0 - all.passing) * (1.0 - part.passing),
                cost: all.cost + part.cost,
            })
    }
}

impl LineTest for Every {
    fn columns(&self) -> Vec<Column> {
        columns_of(&self.0)
    }

    fn is_met(&self, line: &Line<'_>) -> bool {
        self.0.iter().all(|part| part.is_met(line))
    }

    fn reason(&self, line: &Line<'_>, met: bool, reference: &Reference) -> String {
        reasons_of(self.0.iter().filter(|part| part.is_met(line) == met), line, reference)
    }

    fn keep(&self, rows: &Rows<'_>, hits: &mut Bitmap) {
        for part in &self.0 {
            part.keep(rows, hits);
        }
    }

    fn estimate(&self) -> Estimate {
        let all = Estimate {
            passing: 1.0,
            cost: 0.0,
        };
        self.0
            .iter()
            .map(|part| part.estimate())
            .fold(all, |all, part| Estimate {
                passing: all.passing * part.passing,
                cost: all.cost + part.cost,
            })
    }

    fn bounds(&self) -> Vec<Bound> {
        self.0.iter().flat_map(|part| part.bounds()).collect()
    }
}

fn columns_of(parts: &[Box<dyn LineTest>]) -> Vec<Column> {
    parts.iter().flat_map(|part| part.columns()).collect()
}

fn reasons_of<'a>(
    parts: impl Iterator<Item = &'a Box<dyn LineTest>>,
    line: &Line<'_>,
    reference: &Reference,
) -> String {
    let reasons: Vec<String> = parts
        .map(|part| part.reason(line, part.is_met(line), reference))
        .collect();
    reasons.join("; ")
}
