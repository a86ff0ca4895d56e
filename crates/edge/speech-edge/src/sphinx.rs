//! The decoder behind the embedded ear: libpocketsphinx, loaded when it is first needed.
//!
//! A thin face over a C library (BSD licence). Everything unsafe about it is in this file.

#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::path::Path;
use std::ptr::{self, NonNull};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use libloading::Library;

use crate::ear::{EAR_RATE_HZ, EarError};

/// Milliseconds of one of the decoder's frames.
pub(crate) const SPHINX_FRAME_MS: u64 = 10;

const LIBRARY: &str = "libpocketsphinx.so.3";
const BASE: &str = "libsphinxbase.so.3";
const MODEL_PACKAGE: &str = "pocketsphinx-en-us";

type Object = *mut c_void;

/// The functions that are used.
struct Functions {
    args: unsafe extern "C" fn() -> *const c_void,
    parse: unsafe extern "C" fn(Object, *const c_void, c_int, *mut *mut c_char, c_int) -> Object,
    free_config: unsafe extern "C" fn(Object) -> c_int,
    init: unsafe extern "C" fn(Object) -> Object,
    free: unsafe extern "C" fn(Object) -> c_int,
    start_stream: unsafe extern "C" fn(Object) -> c_int,
    start: unsafe extern "C" fn(Object) -> c_int,
    process: unsafe extern "C" fn(Object, *const i16, usize, c_int, c_int) -> c_int,
    end: unsafe extern "C" fn(Object) -> c_int,
    add_word: unsafe extern "C" fn(Object, *const c_char, *const c_char, c_int) -> c_int,
    set_grammar: unsafe extern "C" fn(Object, *const c_char, *const c_char) -> c_int,
    set_phones: unsafe extern "C" fn(Object, *const c_char, *const c_char) -> c_int,
    set_search: unsafe extern "C" fn(Object, *const c_char) -> c_int,
    segments: unsafe extern "C" fn(Object) -> Object,
    next_segment: unsafe extern "C" fn(Object) -> Object,
    segment_word: unsafe extern "C" fn(Object) -> *const c_char,
    segment_frames: unsafe extern "C" fn(Object, *mut c_int, *mut c_int),
    segment_score: unsafe extern "C" fn(Object, *mut i32, *mut i32, *mut i32) -> i32,
    /// Keep the code that the functions are in.
    _libraries: [Library; 2],
}

/// The library reads configurations and grammars, and makes and frees decoders, with state of its own that all
/// threads share. Only hearing is free of it.
static PREPARING: Mutex<()> = Mutex::new(());

fn preparing() -> MutexGuard<'static, ()> {
    PREPARING.lock().unwrap_or_else(PoisonError::into_inner)
}

static FUNCTIONS: OnceLock<Result<Functions, EarError>> = OnceLock::new();

/// Whether everything that a decoder needs is installed; the model is in this folder.
pub(crate) fn check(model: &Path) -> Result<(), EarError> {
    functions()?;
    let missing = ["en-us/mdef", "cmudict-en-us.dict"].into_iter().find(|file| !model.join(file).is_file());
    match missing {
        None => Ok(()),
        Some(file) => Err(EarError::NotInstalled {
            what: model.join(file).display().to_string().into(),
            package: MODEL_PACKAGE,
        }),
    }
}

fn functions() -> Result<&'static Functions, EarError> {
    FUNCTIONS.get_or_init(load).as_ref().map_err(Clone::clone)
}

fn load() -> Result<Functions, EarError> {
    let missing = |what: &str, package| EarError::NotInstalled { what: what.into(), package };
    // SAFETY: both are C libraries that do nothing when they are loaded.
    let base = unsafe { Library::new(BASE) }.map_err(|_| missing(BASE, "libsphinxbase3"))?;
    // SAFETY: as above.
    let pocket = unsafe { Library::new(LIBRARY) }.map_err(|_| missing(LIBRARY, "libpocketsphinx3"))?;
    macro_rules! function {
        ($library:ident, $name:literal) => {
            // SAFETY: the types in `Functions` are those of the headers of 5prealpha, which is what `.so.3` is.
            *unsafe { $library.get($name) }.map_err(|_| missing(LIBRARY, "libpocketsphinx3"))?
        };
    }
    let silence: unsafe extern "C" fn(*mut c_void) = function!(base, b"err_set_logfp\0");
    // SAFETY: no file means no log.
    unsafe { silence(ptr::null_mut()) };
    Ok(Functions {
        args: function!(pocket, b"ps_args\0"),
        parse: function!(base, b"cmd_ln_parse_r\0"),
        free_config: function!(base, b"cmd_ln_free_r\0"),
        init: function!(pocket, b"ps_init\0"),
        free: function!(pocket, b"ps_free\0"),
        start_stream: function!(pocket, b"ps_start_stream\0"),
        start: function!(pocket, b"ps_start_utt\0"),
        process: function!(pocket, b"ps_process_raw\0"),
        end: function!(pocket, b"ps_end_utt\0"),
        add_word: function!(pocket, b"ps_add_word\0"),
        set_grammar: function!(pocket, b"ps_set_jsgf_string\0"),
        set_phones: function!(pocket, b"ps_set_allphone_file\0"),
        set_search: function!(pocket, b"ps_set_search\0"),
        segments: function!(pocket, b"ps_seg_iter\0"),
        next_segment: function!(pocket, b"ps_seg_next\0"),
        segment_word: function!(pocket, b"ps_seg_word\0"),
        segment_frames: function!(pocket, b"ps_seg_frames\0"),
        segment_score: function!(pocket, b"ps_seg_prob\0"),
        _libraries: [base, pocket],
    })
}

/// A decoder. It hears one utterance at a time.
pub(crate) struct Decoder {
    object: NonNull<c_void>,
    functions: &'static Functions,
    words: usize,
}

// SAFETY: a decoder is used by one thread at a time, and holds nothing that belongs to a thread.
unsafe impl Send for Decoder {}

/// A stretch of sound and what it was taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// A word, a phone, or silence in brackets.
    pub(crate) word: String,
    /// Its first frame.
    pub(crate) from: i64,
    /// Its last frame.
    pub(crate) to: i64,
    /// How well the sound fits, as a logarithm: the less below 0, the better.
    pub(crate) score: i64,
}

const GRAMMAR: &CStr = c"grammar";
const PHONES: &CStr = c"phones";

impl Decoder {
    /// A decoder for grammars, without any words yet.
    pub(crate) fn for_grammars(model: &Path) -> Result<Self, EarError> {
        Self::new(model, &[])
    }

    /// A decoder that takes sound for whatever phones fit best.
    pub(crate) fn for_phones(model: &Path) -> Result<Self, EarError> {
        let decoder = Self::new(model, &["-allphone_ci", "yes"])?;
        let one_at_a_time = preparing();
        // SAFETY: the decoder lives, names are C strings, and no file means no language model.
        let ready = unsafe {
            (decoder.functions.set_phones)(decoder.object.as_ptr(), PHONES.as_ptr(), ptr::null()) == 0
                && (decoder.functions.set_search)(decoder.object.as_ptr(), PHONES.as_ptr()) == 0
        };
        drop(one_at_a_time);
        if ready { Ok(decoder) } else { Err(EarError::Garbled("the decoder refuses its phones")) }
    }

    fn new(model: &Path, extra: &[&str]) -> Result<Self, EarError> {
        check(model)?;
        let functions = functions()?;
        let folder = model.join("en-us");
        let folder = folder.to_str().ok_or(EarError::Garbled("the folder of the model is no text"))?;
        let rate = EAR_RATE_HZ.to_string();
        let mut arguments = vec![
            "ear",
            "-hmm",
            folder,
            "-dict",
            "/dev/null",
            "-samprate",
            &rate,
            "-fsgusealtpron",
            "no",
            "-remove_silence",
            "no",
        ];
        arguments.extend(extra);
        let arguments: Vec<CString> =
            arguments.into_iter().filter_map(|argument| CString::new(argument).ok()).collect();
        let mut pointers: Vec<*mut c_char> =
            arguments.iter().map(|argument| argument.as_ptr().cast_mut()).collect();
        let _one_at_a_time = preparing();
        // SAFETY: the arguments live until they are parsed, which copies them; `init` takes the configuration over.
        let object = unsafe {
            let count = pointers.len() as c_int;
            let config =
                (functions.parse)(ptr::null_mut(), (functions.args)(), count, pointers.as_mut_ptr(), 1);
            if config.is_null() {
                return Err(EarError::Garbled("the decoder refuses its configuration"));
            }
            let object = (functions.init)(config);
            (functions.free_config)(config);
            object
        };
        let object = NonNull::new(object).ok_or(EarError::Garbled("the decoder does not start"))?;
        Ok(Self { object, functions, words: 0 })
    }

    /// Words that were ever added.
    pub(crate) fn words(&self) -> usize {
        self.words
    }

    /// A word and its phones. A word that is known already stays as it is.
    pub(crate) fn add_word(&mut self, word: &str, phones: &str) {
        let (Ok(word), Ok(phones)) = (CString::new(word), CString::new(phones)) else { return };
        self.words += 1;
        let _one_at_a_time = preparing();
        // SAFETY: the decoder lives, and copies both strings.
        unsafe { (self.functions.add_word)(self.object.as_ptr(), word.as_ptr(), phones.as_ptr(), 0) };
    }

    /// Listens for a JSGF grammar whose words were all added.
    pub(crate) fn set_grammar(&mut self, grammar: &str) -> bool {
        let Ok(grammar) = CString::new(grammar) else { return false };
        let _one_at_a_time = preparing();
        // SAFETY: the decoder lives, and copies the grammar.
        unsafe {
            (self.functions.set_grammar)(self.object.as_ptr(), GRAMMAR.as_ptr(), grammar.as_ptr()) == 0
                && (self.functions.set_search)(self.object.as_ptr(), GRAMMAR.as_ptr()) == 0
        }
    }

    /// Hears a whole utterance. What was heard before has no influence.
    pub(crate) fn hear(&mut self, samples: &[i16]) -> Vec<Segment> {
        let (object, functions) = (self.object.as_ptr(), self.functions);
        let mut segments = Vec::new();
        // SAFETY: the decoder lives and has a search; strings of a segment live as long as the decoder.
        unsafe {
            if (functions.start_stream)(object) < 0 || (functions.start)(object) < 0 {
                return segments;
            }
            (functions.process)(object, samples.as_ptr(), samples.len(), 0, 1);
            if (functions.end)(object) < 0 {
                return segments;
            }
            let mut segment = (functions.segments)(object);
            while !segment.is_null() {
                let word = (functions.segment_word)(segment);
                let (mut from, mut to) = (0, 0);
                (functions.segment_frames)(segment, &mut from, &mut to);
                let (mut score, mut language, mut back) = (0, 0, 0);
                (functions.segment_score)(segment, &mut score, &mut language, &mut back);
                if !word.is_null() {
                    let word = CStr::from_ptr(word).to_string_lossy().into_owned();
                    segments.push(Segment { word, from: from.into(), to: to.into(), score: score.into() });
                }
                segment = (functions.next_segment)(segment);
            }
        }
        segments
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        let _one_at_a_time = preparing();
        // SAFETY: nobody uses it any more.
        unsafe { (self.functions.free)(self.object.as_ptr()) };
    }
}
