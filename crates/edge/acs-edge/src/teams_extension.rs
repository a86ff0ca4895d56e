//! Assignments of Teams Phone extensibility: a file per operation (contract: Teams Phone §1.6, §8.1, §8.6).
//!
//! The owner of a resource consents that a resource account's calls reach it, or that a person uses it
//! through some applications. It is one of two grants: the other one is the company's administrator's.

mod assignment;

pub(crate) mod delete_assignment;
pub(crate) mod get_assignment;
pub(crate) mod put_assignment;
pub(crate) mod update_assignment;
