//! What whoever keeps something in the store relies on.

mod aggregates;
mod durability;
mod files;
mod health;
mod recordings;
mod tenant_objects;
