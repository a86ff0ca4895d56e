//! Documents as administrators write them.

mod bounds;
mod faults;
mod schema;
mod writing;
