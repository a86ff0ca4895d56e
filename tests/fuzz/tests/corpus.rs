//! Every committed input, and damaged ones made of them from fixed seeds, meet what must hold.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fuzz::{ALL, Mutator, Target, corpus_folder, seeds};

/// Damaged inputs for each target, unless `RINGDOWN_MUTATIONS` says how many. `cargo xtask fuzz` learns
/// from coverage besides.
const MUTATIONS: u64 = 1_500;

fn mutations() -> u64 {
    std::env::var("RINGDOWN_MUTATIONS").map_or(MUTATIONS, |number| number.parse().expect("a number"))
}

macro_rules! targets {
    ($($name:ident)+) => {
        $(#[test]
        fn $name() {
            run(stringify!($name));
        })+

        const TESTED: &[&str] = &[$(stringify!($name)),+];
    };
}

targets! {
    acs_body
    azure_message
    choices
    configuration
    dial_plan
    event_filter
    filter_text
    identifier
    journal
    recording
    rtcp
    rtp_packet
    rtp_session
    sdp
    sip_digest
    sip_message
    sip_stream
    sip_uri
    sound_file
    spoken_sound
    srtp
    ssml
    tenant_document
    token
    voice
}

#[test]
fn every_target_is_tested() {
    let names: Vec<&str> = ALL.iter().map(|target| target.name).collect();
    assert_eq!(names, TESTED);
}

#[test]
fn the_corpus_is_small_and_every_file_belongs_to_a_target() {
    let folder = corpus_folder(&ALL[0]);
    let corpus = folder.parent().expect("the folders of all targets lie in one");
    let mut bytes = 0;
    for entry in std::fs::read_dir(corpus).expect("there is a corpus") {
        let entry = entry.expect("it can be read");
        let name = entry.file_name().into_string().expect("a plain name");
        let target = Target::named(&name).unwrap_or_else(|| panic!("the corpus {name} has no target"));
        for (file, seed) in seeds(target).expect("it can be read") {
            assert!(seed.len() <= target.longest, "{name}/{file} is longer than the target reads");
            bytes += seed.len();
        }
    }
    assert!(bytes < 2 << 20, "{bytes} bytes");
}

fn run(name: &str) {
    let target = Target::named(name).expect("there is a target of this name");
    let seeds = seeds(target).expect("every target has a folder in the corpus");
    assert!(!seeds.is_empty(), "the corpus of {name} is empty");
    for (file, seed) in &seeds {
        check(target, seed, file);
    }
    let mut mutator = Mutator::new(1, target.longest);
    for index in 0..mutations() {
        let of = |number: u64| &seeds[(number % seeds.len() as u64) as usize];
        let (file, seed) = of(index);
        let damaged = mutator.mutate(seed, &of(index / seeds.len() as u64).1);
        check(target, &damaged, &format!("mutation {index}, of {file}"));
    }
}

/// What fails is printed so that it can be put into the corpus.
fn check(target: &Target, input: &[u8], origin: &str) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (target.run)(input))) {
        eprintln!("{} fails with {origin}:\n{}", target.name, input.escape_ascii());
        std::panic::resume_unwind(panic);
    }
}
