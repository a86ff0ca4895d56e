//! One request on its way through an operation.

use std::sync::Arc;

use access::OpenContextError;
use acs::version::ApiVersion;
use bytes::Bytes;
use call_engine::{Application, CallProperties, Callback, ParticipantView, RecordingView};
use exchange::{Accepted, Command, Reply};
use http_kit::{Admitted, ApiError, Principal};
use identifier::{CallConnectionId, CallId, ResourceId};
use media_plan::PlaySource;
use redact::Secret;

use crate::edge::AcsEdge;
use crate::operation::Route;
use crate::refusal;

/// A request that was let in and found its operation.
pub(crate) struct Asking {
    edge: Arc<AcsEdge>,
    principal: Principal,
    pub(crate) route: Route,
    version: ApiVersion,
    body: Bytes,
}

impl Asking {
    pub(crate) fn new(edge: Arc<AcsEdge>, admitted: &Admitted, route: Route, version: ApiVersion) -> Self {
        Self { edge, principal: admitted.principal, route, version, body: admitted.body.clone() }
    }

    /// The resource whose key signed the request.
    pub(crate) fn resource(&self) -> ResourceId {
        self.principal.resource
    }

    /// The version of the request.
    pub(crate) fn version(&self) -> ApiVersion {
        self.version
    }

    /// The connection in the path.
    pub(crate) fn connection(&self) -> Result<CallConnectionId, ApiError> {
        self.route.connection()
    }

    /// Reads the body.
    pub(crate) fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, ApiError> {
        acs::body::read(&self.body).map_err(|error| ApiError::invalid(error.property, error.reason))
    }

    /// The application behind a connection that this request makes.
    pub(crate) fn application(&self, callback: Callback) -> Application {
        Application { resource: self.resource(), callback, api_version: self.version.as_str().into() }
    }

    /// The call that a sealed context lets this resource take.
    pub(crate) fn open_context(&self, sealed: &Secret<String>) -> Result<CallId, ApiError> {
        const PROPERTY: &str = "incomingCallContext";
        let forged = || ApiError::invalid(PROPERTY, "it was not issued by this platform for this resource");
        match self.edge.contexts.open(sealed.expose(), self.edge.gatekeeper.now()) {
            Ok(context) if context.resource == self.resource() => Ok(context.call),
            Ok(_) | Err(OpenContextError::Forged) => Err(forged()),
            Err(OpenContextError::Expired) => Err(refusal::no_longer_ringing().about(PROPERTY)),
        }
    }

    /// What everybody hears before they are recorded.
    pub(crate) fn recording_announcement(&self) -> Option<PlaySource> {
        self.edge.recording_announcement.clone()
    }

    /// Gives a command that is accepted or refused.
    pub(crate) async fn accepted(&self, command: Command) -> Result<Accepted, ApiError> {
        match self.command(command).await? {
            Reply::Accepted(accepted) => Ok(accepted),
            reply @ (Reply::Call(_) | Reply::Participants(_) | Reply::Recording(_)) => {
                Err(unexpected(&reply))
            }
        }
    }

    /// Gives a command that is answered by a connection.
    pub(crate) async fn call(&self, command: Command) -> Result<Box<CallProperties>, ApiError> {
        match self.command(command).await? {
            Reply::Call(call) => Ok(call),
            reply @ (Reply::Accepted(_) | Reply::Participants(_) | Reply::Recording(_)) => {
                Err(unexpected(&reply))
            }
        }
    }

    /// Everybody in the call.
    pub(crate) async fn participants(&self) -> Result<Vec<ParticipantView>, ApiError> {
        let command = Command::Participants { connection: self.connection()?, resource: self.resource() };
        match self.command(command).await? {
            Reply::Participants(participants) => Ok(participants),
            reply @ (Reply::Accepted(_) | Reply::Call(_) | Reply::Recording(_)) => Err(unexpected(&reply)),
        }
    }

    /// Gives a command that is answered by a recording.
    pub(crate) async fn recording(&self, command: Command) -> Result<RecordingView, ApiError> {
        match self.command(command).await? {
            Reply::Recording(recording) => Ok(recording),
            reply @ (Reply::Accepted(_) | Reply::Call(_) | Reply::Participants(_)) => Err(unexpected(&reply)),
        }
    }

    async fn command(&self, command: Command) -> Result<Reply, ApiError> {
        self.edge.calls.command(command).await.map_err(refusal::of_board)
    }
}

fn unexpected(reply: &Reply) -> ApiError {
    tracing::error!(?reply, "the exchange answered something else than was asked");
    ApiError::internal()
}
