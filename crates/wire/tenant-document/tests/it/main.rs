//! Documents as administrators write them.

mod bounds;
mod contract;
mod faults;
mod schema;
mod writing;
