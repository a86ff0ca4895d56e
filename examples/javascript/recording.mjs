// Records each call that comes in, and fetches the file: 1 pauses, 2 goes on, any other key ends the recording and the call.
import { join } from "node:path";
import { CallAutomationClient } from "@azure/communication-call-automation";
import { speech, spoken, webhook } from "./webhook.mjs";

const { ACS_CONNECTION_STRING, CALLBACK_URL, RECORDINGS = "." } = process.env;
const client = new CallAutomationClient(ACS_CONNECTION_STRING);
const recordings = client.getCallRecording();
const recordingOf = new Map(); // call connection → recording

webhook(async (kind, data, subject) => {
  if (kind === "IncomingCall") await client.answerCall(data.incomingCallContext, `${CALLBACK_URL}/events`, speech);
  else if (kind === "CallConnected") await begin(data);
  else if (kind === "ContinuousDtmfRecognitionToneReceived") await control(data.callConnectionId, data.tone);
  else if (kind === "RecordingStateChanged") console.log("recording", data.state);
  else if (kind === "RecordingFileStatusUpdated" && isOurs(subject)) await fetchFiles(data.recordingStorageInfo.recordingChunks);
});

async function begin({ callConnectionId, serverCallId }) {
  const call = client.getCallConnection(callConnectionId);
  const { source } = await call.getCallConnectionProperties();
  const { recordingId } = await recordings.start({ callLocator: { kind: "serverCallLocator", id: serverCallId },
    recordingContent: "audio", recordingChannel: "mixed", recordingFormat: "wav",
    recordingStateCallbackEndpointUrl: `${CALLBACK_URL}/events` });
  recordingOf.set(callConnectionId, recordingId);
  await call.getCallMedia().startContinuousDtmfRecognition(source);
  await call.getCallMedia().playToAll([spoken("This call is recorded. Press one to pause, two to go on, and pound to end.")]);
}

async function control(callConnectionId, tone) {
  const recording = recordingOf.get(callConnectionId);
  if (tone === "one") return recordings.pause(recording);
  if (tone === "two") return recordings.resume(recording);
  await recordings.stop(recording);
  await client.getCallConnection(callConnectionId).hangUp(true);
}

// Event Grid tells of the recordings of all applications; the subject ends with the id of one.
const isOurs = (subject) => [...recordingOf.values()].includes(subject.split("/").pop());

async function fetchFiles(chunks) { // a long recording has several files, each with an event of its own
  for (const { documentId, contentLocation, deleteLocation } of chunks) {
    const file = join(RECORDINGS, `${documentId}.wav`);
    await recordings.downloadToPath(contentLocation, file);
    await recordings.delete(deleteLocation);
    console.log("saved", file);
  }
}
