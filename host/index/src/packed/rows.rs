//! The values of rows, written one after the other: of all, of runs that lie side by side, of any.

use super::{Offset, Packed, Value, Values};
use crate::row_runs::RowRuns;

/// How many values are passed on at once where rows are gathered, whether a run goes on that far or not: claims have few
/// lines, and a copy of fixed length is done sooner than one that must find out how long it is. What it writes too many of
/// is written over by the next.
const AT_ONCE: usize = 16;

impl Packed {
    /// Replaces what `out` holds by the values of these rows, or of all.
    pub(crate) fn unpack<V: Value>(&self, rows: Option<&[u32]>, out: &mut Vec<V>) {
        out.clear();
        let base = V::of(self.base);
        let absent = self.absent.map(V::of);
        // The encoding is looked at once, here; what follows is one tight loop for each.
        match &self.values {
            Values::Constant => out.resize(rows.map_or(self.length, <[u32]>::len), base),
            Values::Bytes(offsets) => unpack(offsets, base, absent, rows, out),
            Values::Shorts(offsets) => unpack(offsets, base, absent, rows, out),
            Values::Words(offsets) => unpack(offsets, base, absent, rows, out),
            Values::Longs(values) => match rows {
                None => out.extend(values.iter().map(|value| V::of(*value))),
                Some(rows) => out.extend(rows.iter().map(|row| V::of(values[*row as usize]))),
            },
        }
    }

    /// The values of these rows. `room` is written over; it grows and never shrinks, so that it is not cleared each time.
    pub(crate) fn gather<'a, V: Value>(&self, rows: &RowRuns, room: &'a mut Vec<V>) -> &'a [V] {
        let base = V::of(self.base);
        let count = rows.row_count();
        if room.len() < count + AT_ONCE {
            room.resize(count + AT_ONCE, base);
        }
        match &self.values {
            Values::Constant => room[..count].fill(base),
            Values::Bytes(offsets) => self.gather_offsets(offsets, rows, room),
            Values::Shorts(offsets) => self.gather_offsets(offsets, rows, room),
            Values::Words(offsets) => self.gather_offsets(offsets, rows, room),
            Values::Longs(values) => gather(values, rows, room, V::of),
        }
        &room[..count]
    }

    fn gather_offsets<O: Offset, V: Value>(&self, offsets: &[O], rows: &RowRuns, room: &mut [V]) {
        let base = V::of(self.base);
        match self.absent.map(V::of) {
            None => gather(offsets, rows, room, |offset| base.above(offset.widened())),
            Some(absent) => gather(offsets, rows, room, |offset| value(offset, base, absent)),
        }
    }
}

fn unpack<O: Offset, V: Value>(offsets: &[O], base: V, absent: Option<V>, rows: Option<&[u32]>, out: &mut Vec<V>) {
    match (rows, absent) {
        (None, None) => out.extend(offsets.iter().map(|offset| base.above(offset.widened()))),
        (None, Some(absent)) => out.extend(offsets.iter().map(|offset| value(*offset, base, absent))),
        (Some(rows), None) => out.extend(rows.iter().map(|row| base.above(offsets[*row as usize].widened()))),
        (Some(rows), Some(absent)) => {
            out.extend(rows.iter().map(|row| value(offsets[*row as usize], base, absent)));
        }
    }
}

/// Writes the values of these rows one after the other; `room` has place for some more.
fn gather<H: Copy, V: Copy>(held: &[H], rows: &RowRuns, room: &mut [V], value: impl Fn(H) -> V) {
    let mut place = 0;
    for run in rows.iter() {
        let (mut row, end) = (run.start as usize, run.end as usize);
        while row < end {
            let count = (end - row).min(AT_ONCE);
            let chunk = held.get(row..).and_then(<[H]>::first_chunk::<AT_ONCE>);
            match (chunk, room[place..].first_chunk_mut::<AT_ONCE>()) {
                (Some(chunk), Some(room)) => *room = chunk.map(&value),
                _ => {
                    for (place, &held) in room[place..place + count].iter_mut().zip(&held[row..]) {
                        *place = value(held);
                    }
                }
            }
            row += count;
            place += count;
        }
    }
}

#[inline]
fn value<O: Offset, V: Value>(offset: O, base: V, absent: V) -> V {
    let present = base.above(offset.widened());
    if offset == O::GREATEST { absent } else { present }
}
