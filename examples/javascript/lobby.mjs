// A lobby: callers wait until somebody, who is called and asked, lets them in.
import { CallAutomationClient } from "@azure/communication-call-automation";
import { speech, spoken, webhook } from "./webhook.mjs";

const { ACS_CONNECTION_STRING, CALLBACK_URL, SECOND_PHONE, SERVICE_NUMBER } = process.env;
const client = new CallAutomationClient(ACS_CONNECTION_STRING);
const host = { phoneNumber: SECOND_PHONE };
const waiting = new Map(); // call connection of the lobby → who waits there

webhook(async (kind, data) => {
  if (kind === "IncomingCall") {
    await client.answerCall(data.incomingCallContext, `${CALLBACK_URL}/events`, { ...speech, operationContext: "lobby" });
    return;
  }
  const { callConnectionId, operationContext } = data; // of the call with the host, the context is the call in the lobby
  const call = client.getCallConnection(callConnectionId);
  if (kind === "CallConnected" && operationContext === "lobby") {
    const { source } = await call.getCallConnectionProperties();
    waiting.set(callConnectionId, source);
    await call.getCallMedia().play([spoken("Please wait. Somebody will let you in.")], [source]);
    await client.createCall({ targetParticipant: host, sourceCallIdNumber: { phoneNumber: SERVICE_NUMBER } },
      `${CALLBACK_URL}/events`, { ...speech, operationContext: callConnectionId });
  } else if (kind === "CallConnected") {
    await call.getCallMedia().startRecognizing(host, { kind: "callMediaRecognizeDtmfOptions", maxTonesToCollect: 1, operationContext,
      playPrompt: spoken("Somebody waits in the lobby. Press one to let them in."), interruptPrompt: true });
  } else if (kind === "RecognizeCompleted" && data.dtmfResult.tones[0] === "one") {
    await call.moveParticipants([waiting.get(operationContext)], operationContext, { operationContext });
  } else if (kind === "MoveParticipantSucceeded") {
    const { values } = await call.listParticipants();
    console.log("in the call:", values.length);
  } else if (["RecognizeCompleted", "RecognizeFailed", "MoveParticipantFailed"].includes(kind)) {
    await turnAway(operationContext);
    await call.hangUp(true);
  } else if (kind === "CreateCallFailed") await turnAway(operationContext);
  else if (kind === "PlayCompleted" && operationContext === "goodbye") await call.hangUp(true);
  else if (kind === "CallDisconnected") waiting.delete(callConnectionId);
});

async function turnAway(lobby) {
  if (!waiting.has(lobby)) return; // they have left
  await client.getCallConnection(lobby).getCallMedia().playToAll([spoken("Nobody can see you now. Goodbye.")],
    { operationContext: "goodbye" });
}
