//! The committed inputs: a folder for each target, a file for each input.

use std::fs;
use std::path::{Path, PathBuf};

use crate::targets::Target;

/// Where the inputs of a target lie.
pub fn corpus_folder(target: &Target) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name)
}

/// The inputs of a target, with the names of their files, in the order of the names.
pub fn seeds(target: &Target) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut seeds = Vec::new();
    for entry in fs::read_dir(corpus_folder(target))? {
        let entry = entry?;
        seeds.push((entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path())?));
    }
    seeds.sort();
    Ok(seeds)
}
