//! The coverage-guided fuzzer: libFuzzer over one target, which `RINGDOWN_FUZZ_TARGET` names.
//!
//! Started by `cargo xtask fuzz`, which builds it with the instrumentation that it learns from.

#![no_main]
// The macro exports the symbols that libFuzzer calls.
#![allow(unsafe_code)]

use std::sync::OnceLock;

use fuzz::Target;
use libfuzzer_sys::fuzz_target;

/// Decoders by others, whose panics `codec` catches: they cost a file, and are no finding.
const CAUGHT: &str = "/symphonia-";

fn target() -> &'static Target {
    static TARGET: OnceLock<&Target> = OnceLock::new();
    TARGET.get_or_init(|| {
        // libFuzzer's own hook ends the process at once; one that nobody catches still ends it.
        let ends_the_process = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !panic.location().is_some_and(|place| place.file().contains(CAUGHT)) {
                ends_the_process(panic);
            }
        }));
        let name = std::env::var("RINGDOWN_FUZZ_TARGET").expect("RINGDOWN_FUZZ_TARGET names a target");
        Target::named(&name).expect("there is a target of this name")
    })
}

fuzz_target!(|bytes: &[u8]| {
    let target = target();
    (target.run)(&bytes[..bytes.len().min(target.longest)]);
});
