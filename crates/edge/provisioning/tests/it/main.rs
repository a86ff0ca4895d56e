//! A company's telephone system, as its administrator changes it.

mod applying;
mod gates;
mod office;
mod single_objects;
