//! Recordings: found by their own ids, whoever holds the call.

use clock::Now;
use identifier::{CallId, RecordingId, ResourceId};

use super::CallEngine;
use crate::call::RecordingError;
use crate::request::StartRecording;
use crate::view::RecordingView;

impl CallEngine {
    /// Keeps the sound of a call of this resource in a file, also of one that no application holds.
    pub fn record(
        &mut self,
        call: CallId,
        resource: ResourceId,
        request: StartRecording,
        now: Now,
    ) -> Result<RecordingView, RecordingError> {
        let is_own = self.look(call).is_some_and(|call| call.stage.resource == resource);
        if !is_own {
            return Err(RecordingError::CallNotFound);
        }
        let recorded = self.with(call, now, |call, _| call.record(request, None, now));
        recorded.unwrap_or(Err(RecordingError::CallNotFound))
    }

    /// How a recording stands that is not over.
    pub fn recording(
        &self,
        recording: RecordingId,
        resource: ResourceId,
    ) -> Result<RecordingView, RecordingError> {
        let call = self.recorded_call(recording, resource)?;
        self.look(call).map_or(Err(RecordingError::NotFound), |call| call.recording())
    }

    /// What is said is left out from now on, or kept again.
    pub fn pause_recording(
        &mut self,
        recording: RecordingId,
        resource: ResourceId,
        pause: bool,
        now: Now,
    ) -> Result<(), RecordingError> {
        let call = self.recording_to_change(recording, resource, now)?;
        self.with(call, now, |call, _| call.pause_recording(pause, now)).unwrap_or(Err(RecordingError::Ended))
    }

    /// The file is closed.
    pub fn stop_recording(
        &mut self,
        recording: RecordingId,
        resource: ResourceId,
        now: Now,
    ) -> Result<(), RecordingError> {
        let call = self.recording_to_change(recording, resource, now)?;
        self.with(call, now, |call, _| call.stop_recording(now)).unwrap_or(Err(RecordingError::Ended))
    }

    fn recorded_call(&self, recording: RecordingId, resource: ResourceId) -> Result<CallId, RecordingError> {
        let call = self.recordings.get(&recording).copied().ok_or(RecordingError::NotFound)?;
        let is_own = self.look(call).is_some_and(|call| call.stage.resource == resource);
        if is_own { Ok(call) } else { Err(RecordingError::NotFound) }
    }

    fn recording_to_change(
        &self,
        recording: RecordingId,
        resource: ResourceId,
        now: Now,
    ) -> Result<CallId, RecordingError> {
        let was_own = |owner: &ResourceId| *owner == resource;
        if self.ended_recordings.recall(recording, now).is_some_and(was_own) {
            return Err(RecordingError::Ended);
        }
        self.recorded_call(recording, resource)
    }
}
