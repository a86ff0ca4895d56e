//! SRTP and SRTCP (RFC 3711), with AES in counter mode and HMAC-SHA1 or with AES-GCM (RFC 7714).
//!
//! A [`Sender`] protects our packets under our key, a [`Receiver`] undoes it under the key of the
//! far end; a [`Protection`] is both, over changes of keys. They work in the buffer that they are
//! given and never allocate once they are made. Keys are handed in.

mod cipher;
mod key;
mod protection;
mod receiver;
mod sender;
mod window;

pub use key::{MOST_MKI_BYTES, MasterKey, Mki, Suite};
pub use protection::Protection;
pub use receiver::{Receiver, UnprotectError};
pub use sender::{LONGEST_TRAILER, Sender};
