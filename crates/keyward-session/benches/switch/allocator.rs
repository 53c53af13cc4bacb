//! How many bytes the whole program holds: the system's allocator, and a count.
#![allow(unsafe_code, reason = "an allocator cannot be written without; each call is handed on as it came")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering},
};

#[global_allocator]
static COUNTING: Counting = Counting;
static HELD: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: every block comes from `System` and goes back to it with the layout that it came with.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.fetch_add(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(block, layout) }
    }
}

/// Bytes allocated now, by whatever part of the program.
pub fn held() -> usize {
    HELD.load(Ordering::Relaxed)
}
