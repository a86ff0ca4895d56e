//! A directory as a source, asked over real HTTP: our own surface of Microsoft Graph stands in for that of the cloud.

mod asking;
mod directory;
mod strange;
