//! Who can be reached, and how busy they are (contract: Teams Phone §1.21).
//!
//! Each client and each application holds a [session](SessionState) with a person and says in it what it
//! knows; a session that nobody renews fades and ends. What the person is shown as is decided from all
//! sessions together, and from what the person [prefers](PreferredState) to be shown as.

mod words;

mod life;
mod preferred;
mod session;
mod status_message;

mod calls;
mod kept;
mod person;

mod engine;
mod lineup;

pub use calls::CallSize;
pub use engine::{Limits, PresenceEngine, TooMuch};
pub use kept::{KeptLife, KeptPerson, KeptSession};
pub use person::{Presence, Reach};
pub use preferred::PreferredState;
pub use session::{SessionId, SessionState};
pub use status_message::{ContentType, StatusMessage};
pub use words::{Activity, Availability};
