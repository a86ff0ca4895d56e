//! How long a connection may be silent.
//!
//! The HTTP library limits the head of a request, but neither the time before
//! the first byte nor that of an HTTP/2 connection that only answers pings.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::service::Service;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// What is asked on one connection.
#[derive(Clone, Debug)]
pub(crate) struct Asked(Arc<Mutex<Asking>>);

#[derive(Debug)]
struct Asking {
    requests: usize,
    since: Instant,
}

impl Asked {
    pub(crate) fn nothing_yet() -> Self {
        Self(Arc::new(Mutex::new(Asking { requests: 0, since: Instant::now() })))
    }

    fn change(&self, change: impl FnOnce(usize) -> usize) {
        let mut asking = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *asking = Asking { requests: change(asking.requests), since: Instant::now() };
    }

    /// Since when nothing is asked; now, while something is.
    fn silent_since(&self) -> Instant {
        let asking = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if asking.requests > 0 { Instant::now() } else { asking.since }
    }
}

/// A request that is being answered.
struct Request(Asked);

impl Drop for Request {
    fn drop(&mut self) {
        self.0.change(|requests| requests - 1);
    }
}

/// A service that notes what it is asked.
pub(crate) struct Noted<S> {
    pub(crate) service: S,
    pub(crate) asked: Asked,
}

impl<S, R> Service<R> for Noted<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn call(&self, request: R) -> Self::Future {
        self.asked.change(|requests| requests + 1);
        let (request, answer) = (Request(self.asked.clone()), self.service.call(request));
        Box::pin(async move {
            let answered = answer.await;
            drop(request);
            answered
        })
    }
}

/// A stream that breaks when nothing was asked on it for too long.
pub(crate) struct Patient<S> {
    stream: S,
    asked: Asked,
    patience: Duration,
    alarm: Pin<Box<Sleep>>,
}

impl<S> Patient<S> {
    pub(crate) fn new(stream: S, asked: Asked, patience: Duration) -> Self {
        let alarm = Box::pin(sleep_until(asked.silent_since() + patience));
        Self { stream, asked, patience, alarm }
    }

    fn poll_alarm(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while self.alarm.as_mut().poll(context).is_ready() {
            let end = self.asked.silent_since() + self.patience;
            if end <= Instant::now() {
                return Poll::Ready(());
            }
            self.alarm.as_mut().reset(end);
        }
        Poll::Pending
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Pending => self.poll_alarm(context).map(|()| Err(io::Error::from(io::ErrorKind::TimedOut))),
            read @ Poll::Ready(_) => read,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
