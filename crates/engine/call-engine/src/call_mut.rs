//! One call in the hands of its application: every verb it can use.

use clock::Now;
use identifier::{CallConnectionId, CallId, CommunicationIdentifier, OperationId};

use crate::call::{
    AddParticipantError, Call, MediaError, ParticipantError, RecordingError, SubscriptionError, TransferError,
};
use crate::engine::CallEngine;
use crate::limits::Limits;
use crate::request::{
    AddParticipant, CancelAddParticipant, Hold, Mute, Play, Recognize, RemoveParticipant, SendTones,
    StartRecording, Switch, ToneListening, Transcribe, Transfer,
};
use crate::view::{CallProperties, ParticipantView, RecordingView};

/// A call that an application holds; see [`CallEngine::call`].
#[derive(Debug)]
pub struct CallMut<'a> {
    pub(crate) engine: &'a mut CallEngine,
    pub(crate) id: CallId,
    pub(crate) connection: CallConnectionId,
    pub(crate) now: Now,
}

impl CallMut<'_> {
    fn run<T>(self, verb: impl FnOnce(&mut Call, &Limits, Now) -> T) -> T {
        let (now, connection) = (self.now, self.connection);
        self.engine
            .with(self.id, now, |call, limits| {
                call.stage.acting = Some(connection);
                let done = verb(call, limits, now);
                call.stage.acting = None;
                done
            })
            .expect("a call was found before it was lent")
    }

    fn look(&self) -> &Call {
        self.engine.look(self.id).expect("a call was found before it was lent")
    }

    /// The connection as its application sees it.
    pub fn properties(&self) -> CallProperties {
        self.look().properties(self.connection).expect("a call was found by its connection")
    }

    /// Everybody in the call, in the order in which they joined.
    pub fn participants(&self) -> Vec<ParticipantView> {
        self.look().participants().collect()
    }

    /// The application leaves; a call of two ends.
    pub fn hang_up(self) {
        let connection = self.connection;
        self.run(|call, _, now| call.hang_up(connection, now));
    }

    /// The call ends for everybody.
    pub fn terminate(self) {
        let connection = self.connection;
        self.run(|call, _, now| call.terminate(connection, now));
    }

    /// Connects a participant with somebody else and leaves them.
    pub fn transfer(self, request: Transfer) -> Result<(), TransferError> {
        self.run(|call, limits, now| call.transfer(request, limits, now))
    }

    /// Brings somebody in.
    pub fn add_participant(self, request: AddParticipant) -> Result<OperationId, AddParticipantError> {
        self.run(|call, limits, now| call.add_participant(request, limits, now))
    }

    /// Stops ringing somebody who was asked in.
    pub fn cancel_add_participant(self, request: CancelAddParticipant) -> Result<(), ParticipantError> {
        self.run(|call, _, now| call.cancel_add_participant(request, now))
    }

    /// Sends somebody out.
    pub fn remove_participant(self, request: RemoveParticipant) -> Result<(), ParticipantError> {
        self.run(|call, _, now| call.remove_participant(request, now))
    }

    /// Nobody hears these participants any more.
    pub fn mute(self, request: Mute) -> Result<(), ParticipantError> {
        self.run(|call, _, _| call.mute(&request))
    }

    /// They are heard again.
    pub fn unmute(self, request: Mute) -> Result<(), ParticipantError> {
        self.run(|call, _, _| call.unmute(&request))
    }

    /// Plays sounds.
    pub fn play(self, request: Play) -> Result<(), MediaError> {
        self.run(|call, limits, now| call.play(request, limits, now))
    }

    /// Cancels every play and recognition that runs or waits.
    pub fn cancel_all_media_operations(self) -> Result<(), MediaError> {
        self.run(|call, _, now| call.cancel_all_media_operations(now))
    }

    /// Plays a prompt and collects keys.
    pub fn recognize(self, request: Recognize) -> Result<(), MediaError> {
        self.run(|call, limits, now| call.recognize(request, limits, now))
    }

    /// Tells of every key one participant presses.
    pub fn start_continuous_tones(self, request: ToneListening) -> Result<(), ParticipantError> {
        self.run(|call, _, _| call.start_continuous_tones(request))
    }

    /// Tells of no more keys.
    pub fn stop_continuous_tones(self, request: ToneListening) -> Result<(), ParticipantError> {
        self.run(|call, _, now| call.stop_continuous_tones(request, now))
    }

    /// Presses keys toward one participant.
    pub fn send_tones(self, request: SendTones) -> Result<(), MediaError> {
        self.run(|call, limits, now| call.send_tones(request, limits, now))
    }

    /// Puts a participant on hold.
    pub fn hold(self, request: Hold) -> Result<(), MediaError> {
        self.run(|call, _, _| call.hold(request))
    }

    /// Brings a participant back.
    pub fn unhold(self, target: &CommunicationIdentifier) -> Result<(), ParticipantError> {
        self.run(|call, _, _| call.unhold(target))
    }

    /// The sound of the call goes to the application's WebSocket.
    pub fn start_streaming(self, request: Switch) -> Result<(), SubscriptionError> {
        self.run(|call, _, now| call.start_streaming(request, now))
    }

    /// It goes there no more.
    pub fn stop_streaming(self, request: Switch) -> Result<(), SubscriptionError> {
        self.run(|call, _, now| call.stop_streaming(request, now))
    }

    /// What is said goes to the application's WebSocket.
    pub fn start_transcription(self, request: Transcribe) -> Result<(), SubscriptionError> {
        self.run(|call, _, now| call.start_transcription(request, now))
    }

    /// In another language, or with another model.
    pub fn update_transcription(self, request: Transcribe) -> Result<(), SubscriptionError> {
        self.run(|call, _, now| call.update_transcription(request, now))
    }

    /// It goes there no more.
    pub fn stop_transcription(self, request: Switch) -> Result<(), SubscriptionError> {
        self.run(|call, _, now| call.stop_transcription(request, now))
    }

    /// What was said is summed up.
    pub fn summarize(self, request: Transcribe) -> Result<(), SubscriptionError> {
        self.run(|call, _, now| call.summarize(request, now))
    }

    /// Keeps the sound of the call in a file.
    pub fn record(self, request: StartRecording) -> Result<RecordingView, RecordingError> {
        let connection = self.connection;
        self.run(|call, _, now| call.record(request, Some(connection), now))
    }

    /// One participant hears themselves, and no longer the others, until `on` is false.
    pub fn echo(self, participant: &CommunicationIdentifier, on: bool) -> Result<(), ParticipantError> {
        self.run(|call, _, _| call.echo(participant, on))
    }
}
