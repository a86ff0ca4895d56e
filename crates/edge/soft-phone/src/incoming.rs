//! Requests from the far end: each finds its dialog, and new calls find the phone.

use std::sync::Arc;
use std::time::Duration;

use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::{Method, StatusCode};
use rsipstack::transaction::{Transaction, TransactionReceiver};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Sorts what comes in until it is told to stop.
pub(crate) struct Sorter {
    /// Calls that begin.
    pub(crate) invites: UnboundedReceiver<Transaction>,
    stop: CancellationToken,
    task: JoinHandle<TransactionReceiver>,
}

impl Sorter {
    pub(crate) fn start(incoming: TransactionReceiver, dialogs: Arc<DialogLayer>) -> Self {
        let (sender, invites) = unbounded_channel();
        let stop = CancellationToken::new();
        let task = tokio::spawn(sort(incoming, dialogs, sender, stop.clone()));
        Self { invites, stop, task }
    }

    /// Lets the answers that are on their way leave, and stops; gives back what it sorted.
    pub(crate) async fn finish(self) -> Option<TransactionReceiver> {
        self.stop.cancel();
        timeout(Duration::from_secs(1), self.task).await.ok()?.ok()
    }
}

async fn sort(
    mut incoming: TransactionReceiver,
    dialogs: Arc<DialogLayer>,
    invites: UnboundedSender<Transaction>,
    stop: CancellationToken,
) -> TransactionReceiver {
    let mut running = JoinSet::new();
    loop {
        tokio::select! {
            transaction = incoming.recv() => match transaction {
                Some(transaction) => route(transaction, &dialogs, &invites, &mut running),
                None => break,
            },
            Some(_) = running.join_next(), if !running.is_empty() => {}
            () = stop.cancelled() => break,
        }
    }
    while let Ok(Some(_)) = timeout(Duration::from_millis(500), running.join_next()).await {}
    incoming
}

fn route(
    mut transaction: Transaction,
    dialogs: &Arc<DialogLayer>,
    invites: &UnboundedSender<Transaction>,
    running: &mut JoinSet<()>,
) {
    if let Some(mut dialog) = dialogs.match_dialog(&transaction) {
        running.spawn(async move {
            if let Err(error) = dialog.handle(&mut transaction).await {
                tracing::debug!(%error, "the phone could not handle a request");
            }
        });
        return;
    }
    let in_dialog = transaction.original.to_header().ok().and_then(|to| to.tag().ok().flatten()).is_some();
    let status = match transaction.original.method {
        Method::Invite if !in_dialog => {
            let _ = invites.send(transaction);
            return;
        }
        Method::Ack => return,
        Method::Options | Method::Notify => StatusCode::OK,
        _ if in_dialog => StatusCode::CallTransactionDoesNotExist,
        _ => StatusCode::MethodNotAllowed,
    };
    running.spawn(async move { refuse(transaction, status).await });
}

/// Answers at once and sees the transaction through to its end.
pub(crate) async fn refuse(mut transaction: Transaction, status: StatusCode) {
    let invite = transaction.original.method == Method::Invite;
    if transaction.reply(status).await.is_ok() && invite {
        while transaction.receive().await.is_some() {}
    }
}
