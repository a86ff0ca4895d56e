//! LAME, loaded when somebody first records MP3.
//!
//! The library is licensed under the LGPL: loading it keeps it apart from this program, and who needs
//! no MP3 need not have it. This is the only module of the crate with `unsafe`, for two reasons: a
//! library's functions have the types that its header says (`lame.h` of 3.100), which nobody but us
//! checks, and its state is a pointer, which is given back once, when [`Lame`] is dropped.

#![allow(unsafe_code)]

use std::ffi::{c_int, c_uchar, c_void};
use std::ptr::NonNull;
use std::sync::OnceLock;

use libloading::Library;

use crate::encoder::EncoderError;
use crate::frame::RATE_HZ;

/// As Debian, Fedora and macOS call it.
const NAMES: [&str; 3] = ["libmp3lame.so.0", "libmp3lame.so", "libmp3lame.dylib"];

type State = *mut c_void;
type Set = unsafe extern "C" fn(State, c_int) -> c_int;
type Plain = unsafe extern "C" fn(State) -> c_int;
type Encode = unsafe extern "C" fn(State, *const i16, *const i16, c_int, *mut c_uchar, c_int) -> c_int;
type Flush = unsafe extern "C" fn(State, *mut c_uchar, c_int) -> c_int;

struct Functions {
    init: unsafe extern "C" fn() -> State,
    close: Plain,
    init_params: Plain,
    encode: Encode,
    flush: Flush,
    settings: Vec<(Set, c_int)>,
    // What the functions above lie in; it is never unloaded.
    _library: Library,
}

/// Mono, constant 48 kbit/s, 16 kHz in and out; no bits are borrowed from earlier frames, so that a file
/// may be cut anywhere, and no frame at the beginning that has to be filled in at the end.
const SETTINGS: [(&str, c_int); 8] = [
    ("lame_set_in_samplerate", RATE_HZ as c_int),
    ("lame_set_out_samplerate", RATE_HZ as c_int),
    ("lame_set_num_channels", 1),
    ("lame_set_mode", 3),
    ("lame_set_brate", 48),
    ("lame_set_quality", 7),
    ("lame_set_disable_reservoir", 1),
    ("lame_set_bWriteVbrTag", 0),
];

fn functions() -> Result<&'static Functions, EncoderError> {
    static FUNCTIONS: OnceLock<Result<Functions, String>> = OnceLock::new();
    let functions = FUNCTIONS.get_or_init(|| load().map_err(|error| error.to_string()));
    functions.as_ref().map_err(|error| EncoderError::NoLame(error.clone()))
}

fn load() -> Result<Functions, libloading::Error> {
    let mut missing = None;
    for name in NAMES {
        // SAFETY: the initializers of this library do nothing but prepare its tables.
        match unsafe { Library::new(name) } {
            Ok(library) => return look_up(library),
            Err(error) => missing = missing.or(Some(error)),
        }
    }
    Err(missing.expect("there is a name"))
}

fn look_up(library: Library) -> Result<Functions, libloading::Error> {
    // SAFETY: the types are those of lame.h, and the functions are used only while the library is loaded.
    unsafe {
        let mut settings = Vec::new();
        for (name, value) in SETTINGS {
            settings.push((*library.get::<Set>(name.as_bytes())?, value));
        }
        Ok(Functions {
            init: *library.get(b"lame_init")?,
            close: *library.get(b"lame_close")?,
            init_params: *library.get(b"lame_init_params")?,
            encode: *library.get(b"lame_encode_buffer")?,
            flush: *library.get(b"lame_encode_flush")?,
            settings,
            _library: library,
        })
    }
}

/// One stream of MP3 frames.
pub(crate) struct Lame {
    functions: &'static Functions,
    state: NonNull<c_void>,
}

// SAFETY: the state belongs to this value alone, and LAME keeps nothing for a thread.
unsafe impl Send for Lame {}

impl std::fmt::Debug for Lame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lame")
    }
}

impl Lame {
    pub(crate) fn new() -> Result<Self, EncoderError> {
        let functions = functions()?;
        // SAFETY: no arguments; what comes back is a state or null.
        let state = NonNull::new(unsafe { (functions.init)() }).ok_or(EncoderError::Refused("MP3"))?;
        let lame = Self { functions, state };
        // SAFETY: the state is alive, and these only write into it.
        let refused = unsafe {
            functions.settings.iter().any(|(set, value)| set(state.as_ptr(), *value) < 0)
                || (functions.init_params)(state.as_ptr()) < 0
        };
        if refused { Err(EncoderError::Refused("MP3")) } else { Ok(lame) }
    }

    /// Adds mono samples; appends the frames that are whole.
    pub(crate) fn encode(&mut self, samples: &[i16], out: &mut Vec<u8>) -> Result<(), EncoderError> {
        // lame.h: 1.25 times the samples, and 7200.
        let room = samples.len() + samples.len() / 4 + 7_200;
        let (state, count) = (self.state.as_ptr(), samples.len() as c_int);
        let encode = self.functions.encode;
        fill(out, room, |bytes, size| {
            // SAFETY: the state is alive, there are `count` samples (mono: the right channel is not
            // read), and `bytes` has room for as many bytes as lame.h says can come.
            unsafe { encode(state, samples.as_ptr(), samples.as_ptr(), count, bytes, size) }
        })
    }

    /// Appends what is left.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), EncoderError> {
        let (state, flush) = (self.state.as_ptr(), self.functions.flush);
        fill(out, 7_200, |bytes, size| {
            // SAFETY: the state is alive, and lame.h says that 7200 bytes are enough.
            unsafe { flush(state, bytes, size) }
        })
    }
}

impl Drop for Lame {
    fn drop(&mut self) {
        // SAFETY: the state is alive, and nobody has it after this.
        unsafe { (self.functions.close)(self.state.as_ptr()) };
    }
}

fn fill(
    out: &mut Vec<u8>,
    room: usize,
    write: impl FnOnce(*mut c_uchar, c_int) -> c_int,
) -> Result<(), EncoderError> {
    let before = out.len();
    out.resize(before + room, 0);
    let written = write(out[before..].as_mut_ptr(), room as c_int);
    let written = usize::try_from(written).ok().filter(|written| *written <= room);
    out.truncate(before + written.unwrap_or(0));
    written.map(|_| ()).ok_or(EncoderError::Refused("MP3"))
}
