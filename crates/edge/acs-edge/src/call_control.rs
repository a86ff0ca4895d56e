//! The one thing this surface needs of the platform: to give a command.

use std::future::Future;
use std::pin::Pin;

use exchange::{Command, Reply};
use switchboard::{Board, BoardError};

/// What becomes of a command.
pub type Commanded<'a> = Pin<Box<dyn Future<Output = Result<Reply, BoardError>> + Send + 'a>>;

/// Takes commands of applications.
pub trait CallControl: Send + Sync + 'static {
    /// An application asks; answered once the result is durable.
    fn command(&self, command: Command) -> Commanded<'_>;
}

impl CallControl for Board {
    fn command(&self, command: Command) -> Commanded<'_> {
        Box::pin(Board::command(self, command))
    }
}
