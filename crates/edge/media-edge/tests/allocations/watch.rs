//! Counts the allocations of threads by their names, and says where the first of them were.
//!
//! The C library lets a program put its own `malloc` in front of it; so the libraries in C are watched as well.

// Allocating functions are foreign by nature; each of these passes its arguments on as they are.
#![allow(unsafe_code)]

use std::backtrace::Backtrace;
use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

/// Places that are told.
const TOLD: usize = 5;
const MOST_NAMES: usize = 4;
const PR_GET_NAME: c_int = 16;

static IS_WATCHING: AtomicBool = AtomicBool::new(false);
/// Names begin so; where a beginning ends with a dash, a number follows.
static WATCHED: OnceLock<&[&str]> = OnceLock::new();
static COUNTS: [AtomicUsize; MOST_NAMES] = [const { AtomicUsize::new(0) }; MOST_NAMES];
static PLACES: Mutex<Vec<String>> = Mutex::new(Vec::new());

thread_local! {
    /// What is told is not told of in turn.
    static IS_TELLING: Cell<bool> = const { Cell::new(false) };
}

unsafe extern "C" {
    fn __libc_malloc(size: usize) -> *mut c_void;
    fn __libc_calloc(count: usize, size: usize) -> *mut c_void;
    fn __libc_realloc(block: *mut c_void, size: usize) -> *mut c_void;
    fn __libc_memalign(align: usize, size: usize) -> *mut c_void;
    fn prctl(option: c_int, ...) -> c_int;
}

/// Counts from now on. Once in a program.
pub fn begin(watched: &'static [&'static str]) {
    assert!(watched.len() <= MOST_NAMES && WATCHED.set(watched).is_ok());
    IS_WATCHING.store(true, Ordering::SeqCst);
}

/// How many there were for each name, and the places of the first.
pub fn end() -> (Vec<usize>, Vec<String>) {
    IS_WATCHING.store(false, Ordering::SeqCst);
    let names = WATCHED.get().map_or(0, |watched| watched.len());
    let counts = COUNTS[..names].iter().map(|count| count.load(Ordering::SeqCst)).collect();
    (counts, std::mem::take(&mut *PLACES.lock().unwrap()))
}

fn note() {
    if !IS_WATCHING.load(Ordering::Relaxed) || IS_TELLING.get() {
        return;
    }
    let Some(count) = watched().and_then(|name| COUNTS.get(name)) else { return };
    IS_TELLING.set(true);
    if count.fetch_add(1, Ordering::Relaxed) < TOLD {
        PLACES.lock().unwrap().push(Backtrace::force_capture().to_string());
    }
    IS_TELLING.set(false);
}

/// Which of the names the thread has: asking Rust for it may allocate.
fn watched() -> Option<usize> {
    let mut name = [0_u8; 16];
    // SAFETY: the kernel writes at most 16 bytes.
    unsafe { prctl(PR_GET_NAME, name.as_mut_ptr()) };
    let is_so = |watched: &&str| {
        let rest = name.strip_prefix(watched.as_bytes());
        rest.is_some_and(|rest| !watched.ends_with('-') || rest.first().is_some_and(u8::is_ascii_digit))
    };
    WATCHED.get()?.iter().position(is_so)
}

#[unsafe(no_mangle)]
extern "C" fn malloc(size: usize) -> *mut c_void {
    note();
    // SAFETY: as the caller promised.
    unsafe { __libc_malloc(size) }
}

#[unsafe(no_mangle)]
extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    note();
    // SAFETY: as the caller promised.
    unsafe { __libc_calloc(count, size) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn realloc(block: *mut c_void, size: usize) -> *mut c_void {
    note();
    // SAFETY: as the caller promised.
    unsafe { __libc_realloc(block, size) }
}

#[unsafe(no_mangle)]
extern "C" fn aligned_alloc(align: usize, size: usize) -> *mut c_void {
    note();
    // SAFETY: as the caller promised.
    unsafe { __libc_memalign(align, size) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn posix_memalign(place: *mut *mut c_void, align: usize, size: usize) -> c_int {
    note();
    // SAFETY: as the caller promised.
    unsafe {
        *place = __libc_memalign(align, size);
        if (*place).is_null() { 12 } else { 0 }
    }
}
