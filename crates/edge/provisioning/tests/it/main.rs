//! A company's telephone system, as its administrator changes it.

mod another_directory;
mod applying;
mod bad_input;
mod gates;
mod large;
mod office;
mod single_objects;
