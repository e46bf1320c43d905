//! The allocator of components: small blocks by their size, each in a handful of instructions.
//!
//! A call into a component is short, and what it is handed and what it answers is allocated inside: for one claim a few
//! texts and lists, each of some bytes. The standard library's allocator, which looks for the block that fits best, took
//! longer for them than deciding did. Here a block that is given back lies in a list of blocks of its size until one of
//! that size is wanted. Large blocks are the standard library's; small ones are cut from them and never returned, so that
//! memory is kept for the sizes that a component has used once. It is at most what they took together.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::ptr::null_mut;

/// Sizes are rounded up to a multiple of this, and blocks lie at one: what no type of ours asks more of.
const STEP_BYTES: usize = 16;
/// Blocks of up to so many bytes are small.
const SMALL_BYTES_MAX: usize = 1_024;
const SIZES: usize = SMALL_BYTES_MAX / STEP_BYTES;
/// What small blocks are cut from.
const CHUNK_BYTES: usize = 16 << 10;

/// Small blocks by size, large ones from the standard library.
pub(crate) struct Allocator {
    small: UnsafeCell<SmallBlocks>,
}

struct SmallBlocks {
    /// By size, the block that was given back last; it holds the address of the one before.
    given_back: [*mut u8; SIZES],
    /// What is left of the chunk that blocks are cut from.
    rest: *mut u8,
    rest_bytes: usize,
}

#[expect(unsafe_code, reason = "a component has one thread, and nothing here calls itself")]
// SAFETY: WebAssembly as components are has no threads; the test below uses one allocator on one thread.
unsafe impl Sync for Allocator {}

impl Allocator {
    pub(crate) const fn new() -> Self {
        Self {
            small: UnsafeCell::new(SmallBlocks {
                given_back: [null_mut(); SIZES],
                rest: null_mut(),
                rest_bytes: 0,
            }),
        }
    }
}

/// The place of a block's size among the small ones; none if it is large.
const fn size_of_small(layout: Layout) -> Option<usize> {
    if layout.size() <= SMALL_BYTES_MAX && layout.align() <= STEP_BYTES {
        // Nobody asks for a block of no bytes.
        Some(layout.size().saturating_sub(1) / STEP_BYTES)
    } else {
        None
    }
}

impl SmallBlocks {
    #[expect(unsafe_code, reason = "reads the list of blocks from the blocks themselves")]
    fn take(&mut self, size: usize) -> *mut u8 {
        let block = self.given_back[size];
        if block.is_null() {
            return self.cut((size + 1) * STEP_BYTES);
        }
        // SAFETY: what was given back is a block of ours of at least STEP_BYTES, at a multiple of them, that holds an
        // address.
        self.given_back[size] = unsafe { block.cast::<*mut u8>().read() };
        block
    }

    #[expect(unsafe_code, reason = "keeps the list of blocks in the blocks themselves")]
    fn give_back(&mut self, block: *mut u8, size: usize) {
        // SAFETY: whoever gives back a block has no more use for what is in it; it has room for an address.
        unsafe { block.cast::<*mut u8>().write(self.given_back[size]) };
        self.given_back[size] = block;
    }

    #[cold]
    #[expect(unsafe_code, reason = "takes memory and cuts it")]
    fn cut(&mut self, bytes: usize) -> *mut u8 {
        if self.rest_bytes < bytes {
            let Ok(chunk) = Layout::from_size_align(CHUNK_BYTES, STEP_BYTES) else {
                return null_mut();
            };
            // SAFETY: the layout has a size.
            let rest = unsafe { System.alloc(chunk) };
            if rest.is_null() {
                return null_mut();
            }
            (self.rest, self.rest_bytes) = (rest, CHUNK_BYTES);
        }
        let block = self.rest;
        // SAFETY: the rest has at least these bytes.
        self.rest = unsafe { block.add(bytes) };
        self.rest_bytes -= bytes;
        block
    }
}

// Called, not copied to wherever something is allocated: that would make components a seventh larger.
#[expect(unsafe_code, reason = "an allocator hands out memory that nobody has written yet")]
// SAFETY: a block is handed out once until it is given back, has at least the size that is asked for, and lies at a multiple
// of STEP_BYTES, or is the standard library's. The exclusive references end before anything else is called that allocates.
unsafe impl GlobalAlloc for Allocator {
    #[inline(never)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match size_of_small(layout) {
            // SAFETY: one thread, and taking a block does not allocate here.
            Some(size) => unsafe { (*self.small.get()).take(size) },
            // SAFETY: the caller's promise is the one that is asked for.
            None => unsafe { System.alloc(layout) },
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if size_of_small(layout).is_none() {
            // SAFETY: the caller's promise is the one that is asked for.
            return unsafe { System.alloc_zeroed(layout) };
        }
        // SAFETY: likewise.
        let block = unsafe { self.alloc(layout) };
        if !block.is_null() {
            // SAFETY: the block has this size.
            unsafe { block.write_bytes(0, layout.size()) };
        }
        block
    }

    #[inline(never)]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        match size_of_small(layout) {
            // SAFETY: one thread, and giving back a block does not allocate.
            Some(size) => unsafe { (*self.small.get()).give_back(block, size) },
            // SAFETY: a large block is the standard library's.
            None => unsafe { System.dealloc(block, layout) },
        }
    }

    #[inline(never)]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, wanted_bytes: usize) -> *mut u8 {
        let Ok(wanted) = Layout::from_size_align(wanted_bytes, layout.align()) else {
            return null_mut();
        };
        match (size_of_small(layout), size_of_small(wanted)) {
            (Some(now), Some(then)) if now == then => block,
            // SAFETY: a large block is the standard library's.
            (None, None) => unsafe { System.realloc(block, layout, wanted_bytes) },
            _ => {
                // SAFETY: the new block and the old one are two, each of at least the bytes that are copied.
                unsafe {
                    let moved = self.alloc(wanted);
                    if !moved.is_null() {
                        moved.copy_from_nonoverlapping(block, layout.size().min(wanted_bytes));
                        self.dealloc(block, layout);
                    }
                    moved
                }
            }
        }
    }
}

#[cfg(test)]
#[expect(unsafe_code, reason = "an allocator is used as the standard library uses it")]
mod tests {
    use super::*;

    fn layout(bytes: usize, align: usize) -> Layout {
        Layout::from_size_align(bytes, align).expect("a layout")
    }

    /// A block that is held: its address, its layout, and the byte that it is filled with.
    struct Held(*mut u8, Layout, u8);

    impl Held {
        fn take(allocator: &Allocator, layout: Layout, filling: u8) -> Self {
            // SAFETY: the layout has a size, and the block has the layout's.
            let block = unsafe { allocator.alloc(layout) };
            assert!(!block.is_null() && block.addr().is_multiple_of(layout.align()));
            // SAFETY: likewise.
            unsafe { block.write_bytes(filling, layout.size()) };
            Self(block, layout, filling)
        }

        /// Nobody else has written into the block.
        fn check(&self, bytes: usize) {
            // SAFETY: the block was filled.
            let content = unsafe { std::slice::from_raw_parts(self.0, bytes) };
            assert!(content.iter().all(|byte| *byte == self.2), "{:?}", self.1);
        }
    }

    #[test]
    fn blocks_do_not_overlap_however_they_are_taken_given_back_and_resized() {
        let allocator = Allocator::new();
        let mut held: Vec<Held> = Vec::new();
        let mut number: usize = 1;
        for round in 0..20_000 {
            // A plain generator of numbers: the same ones in each run.
            number = number
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let drawn = number >> 33;
            let bytes = 1 + drawn % 1_500;
            if held.len() < 100 || round % 3 == 0 {
                let align = 1 << (drawn % 7);
                held.push(Held::take(
                    &allocator,
                    layout(bytes, align),
                    u8::try_from(round % 251).expect("a small number"),
                ));
                continue;
            }
            let mut block = held.swap_remove(drawn % held.len());
            block.check(block.1.size());
            if round % 3 == 1 {
                // SAFETY: the block is the allocator's and has this layout.
                unsafe { allocator.dealloc(block.0, block.1) };
                continue;
            }
            let kept = block.1.size().min(bytes);
            // SAFETY: likewise.
            block.0 = unsafe { allocator.realloc(block.0, block.1, bytes) };
            block.1 = layout(bytes, block.1.align());
            block.check(kept);
            // SAFETY: the block has this size now.
            unsafe { block.0.write_bytes(block.2, bytes) };
            held.push(block);
        }
        for block in held {
            block.check(block.1.size());
            // SAFETY: the block is the allocator's and has this layout.
            unsafe { allocator.dealloc(block.0, block.1) };
        }
    }

    #[test]
    fn a_block_that_was_given_back_is_handed_out_again_and_can_be_had_empty() {
        let allocator = Allocator::new();
        for bytes in [1, 16, 17, 1_024, 1_025] {
            let layout = layout(bytes, 1);
            let filled = Held::take(&allocator, layout, 7);
            // SAFETY: the block is the allocator's and has this layout; the next has it too.
            unsafe {
                allocator.dealloc(filled.0, layout);
                let empty = Held(allocator.alloc_zeroed(layout), layout, 0);
                assert!(bytes > SMALL_BYTES_MAX || empty.0 == filled.0, "{bytes}");
                empty.check(bytes);
                allocator.dealloc(empty.0, layout);
            }
        }
    }
}
