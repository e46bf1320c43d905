//! What the values of a column of a block lie between: what the block cannot hold need not be looked for in it.

use reprise_model::{Amount, Cell, ColumnForm, Day};

/// What the values of a column lie between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The least and the greatest value, if any row has one.
    pub present: Option<(Cell, Cell)>,
    /// The cell that stands for "no value", if any row is without.
    pub absent: Option<Cell>,
}

impl Bounds {
    /// Whether a value between these, both inclusive, may occur. A cell that stands for "no value" is a value here, as
    /// it is for a component.
    pub fn may_hold(&self, least: Cell, greatest: Cell) -> bool {
        self.present
            .is_some_and(|(lowest, highest)| least <= highest && lowest <= greatest)
            || self.absent.is_some_and(|cell| (least..=greatest).contains(&cell))
    }
}

/// The cell that stands for "no value" in a column of this form.
pub(crate) const fn absent_cell(form: ColumnForm) -> Cell {
    match form {
        ColumnForm::Kinds | ColumnForm::Codes(_) | ColumnForm::Sets(_) => 0,
        ColumnForm::Days => Day::ABSENT_NUMBER as Cell,
        ColumnForm::Amounts => Amount::ABSENT_NUMBER,
    }
}

/// The bounds of these cells; `absent` is the cell that stands for "no value" among them.
pub(crate) fn bounds_of(cells: &[Cell], absent: Option<Cell>) -> Bounds {
    // Both passes are branchless, so that they run many values at a time.
    let (mut least, mut greatest, mut absent_count) = (Cell::MAX, Cell::MIN, 0_usize);
    match absent {
        None => {
            for &cell in cells {
                least = least.min(cell);
                greatest = greatest.max(cell);
            }
        }
        Some(absent) => {
            for &cell in cells {
                let is_absent = cell == absent;
                absent_count += usize::from(is_absent);
                least = least.min(if is_absent { Cell::MAX } else { cell });
                greatest = greatest.max(if is_absent { Cell::MIN } else { cell });
            }
        }
    }
    Bounds {
        present: (absent_count < cells.len()).then_some((least, greatest)),
        absent: absent.filter(|_| absent_count > 0),
    }
}

#[cfg(test)]
mod tests {
    use super::Bounds;

    #[test]
    fn bounds_take_the_absent_cell_for_a_value() {
        let bounds = Bounds {
            present: Some((10, 20)),
            absent: Some(i64::MIN),
        };
        for (least, greatest, may) in [
            (0, 9, false),
            (0, 10, true),
            (20, 30, true),
            (21, 30, false),
            (i64::MIN, 0, true),
            (i64::MIN + 1, 0, false),
        ] {
            assert_eq!(bounds.may_hold(least, greatest), may, "{least} {greatest}");
        }
        assert!(
            !Bounds {
                present: None,
                absent: None
            }
            .may_hold(i64::MIN, i64::MAX)
        );
    }
}
