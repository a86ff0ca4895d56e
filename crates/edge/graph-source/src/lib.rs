//! Microsoft Graph as a source of people and of their presence: what another directory knows is read over its REST
//! interface, as an application that was granted `User.Read.All` and `Presence.Read.All` there.

mod asking;
mod people;
mod presences;

pub use asking::{Source, SourceError, SourceSettings};
pub use people::SourcedPerson;
pub use presences::SourcedPresence;
