//! Calls, legs, participants and the operations that applications start on them.
//!
//! Sans-IO: what is observed enters by `handle_*` and by the verbs, what must
//! happen leaves by `poll_*`, and the same inputs give the same call.

mod engine;

mod call_mut;

mod call;

mod media_lane;
mod operation;

mod stage;

mod taps;
mod topology;

mod call_record;
mod connection;
mod hunt;
mod leg;
mod memory;
mod outbox;
mod participant;
mod timing;

mod application;
mod attachment;
mod called;
mod diversion;
mod event;
mod leg_port;
mod limits;
mod notice;
mod outcome;
mod request;
mod view;

pub use application::{Application, Callback, InProcessApp};
pub use attachment::Word;
pub use call::{
    AddParticipantError, CallForHelp, DeskMember, MediaError, ParticipantError, RecordingError,
    SubscriptionError, TransferError,
};
pub use call_mut::CallMut;
pub use call_record::{CallRecord, Stay};
pub use called::{Called, OnBehalfOf};
pub use diversion::{Diversion, DiversionReason, MOST_DIVERSIONS};
pub use engine::{CallEngine, CreateCallError, FindError, JoinError, MoveError, TakeError};
pub use event::{CallEvent, CallEventKind, Heard, Recognized, RecordingStatus};
pub use leg_port::{
    Caller, Client, CustomHeaders, Destination, Dial, Divert, Hop, IdentityRefusal, Invitation, LegOutcome,
    LegReport, LegRequest, Origin, Refer, ReferOutcome, RejectReason, SipStatus, Tell, TransferProgress,
};
pub use limits::Limits;
pub use notice::{CallNotice, IncomingCall, NoticeKind};
pub use outcome::{EndCause, Outcome, ResultInformation};
pub use request::{
    AddParticipant, Answer, CallOptions, CancelAddParticipant, Course, CreateCall, DtmfOptions, Hold,
    Invitee, Join, MOST_RINGS, MOST_STAGES, MoveParticipants, Mute, Play, Reading, Recognize,
    RemoveParticipant, Ring, RingStage, SendTones, SpeechOptions, SpokenChoice, StartRecording,
    StreamingOptions, Switch, ToneListening, Transcribe, TranscriptionOptions, Transfer,
};
pub use view::{
    CallProperties, CallState, ParticipantView, RecordingView, SubscriptionView, TranscriptionView,
};
