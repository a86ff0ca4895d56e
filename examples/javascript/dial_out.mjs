// Calls several phones for a caller; the first that answers talks with them. Who calls from REDIRECT_FROM goes to REDIRECT_TO instead.
import { CallAutomationClient } from "@azure/communication-call-automation";
import { speech, spoken, webhook } from "./webhook.mjs";

const { ACS_CONNECTION_STRING, CALLBACK_URL, PHONES, SERVICE_NUMBER, REDIRECT_FROM, REDIRECT_TO } = process.env;
const client = new CallAutomationClient(ACS_CONNECTION_STRING);
const phones = PHONES.split(",").map((phoneNumber) => ({ phoneNumber }));
const hunts = new Map(); // call connection of a caller → { caller, calls: those that ring for them }

let last = Promise.resolve(); // events of different calls come side by side, and are taken one at a time

webhook((kind, data) => (last = last.catch(() => {}).then(() => act(kind, data))));

async function act(kind, data) {
  if (kind === "IncomingCall") return take(data);
  const { callConnectionId, operationContext } = data; // of a call to a phone, the context is the call of the caller
  const call = client.getCallConnection(callConnectionId);
  if (kind === "CallConnected" && operationContext === "caller") await hunt(call, callConnectionId);
  else if (kind === "CallConnected") await connect(call, callConnectionId, operationContext);
  else if (kind === "MoveParticipantSucceeded") console.log("in the call:", (await call.listParticipants()).values.length);
  else if (kind === "CreateCallFailed") await failed(callConnectionId, operationContext);
  else if (kind === "PlayCompleted" && operationContext === "goodbye") await call.hangUp(true);
  else if (kind === "CallDisconnected" && operationContext === "caller") await giveUp(callConnectionId);
}

async function take({ incomingCallContext, from }) {
  if (from.phoneNumber?.value === REDIRECT_FROM) {
    await client.redirectCall(incomingCallContext, { targetParticipant: { phoneNumber: REDIRECT_TO } });
  } else await client.answerCall(incomingCallContext, `${CALLBACK_URL}/events`, { ...speech, operationContext: "caller" });
}

async function hunt(call, id) {
  const { source } = await call.getCallConnectionProperties();
  const calls = new Set();
  hunts.set(id, { caller: source, calls });
  await call.getCallMedia().playToAll([spoken("Please wait while we call somebody.")]);
  for (const targetParticipant of phones) {
    const { callConnectionProperties } = await client.createCall({ targetParticipant, sourceCallIdNumber: { phoneNumber: SERVICE_NUMBER } },
      `${CALLBACK_URL}/events`, { operationContext: id });
    calls.add(callConnectionProperties.callConnectionId);
  }
}

async function connect(call, answered, id) {
  const found = hunts.get(id);
  if (!found) return call.hangUp(true); // somebody else was faster
  hunts.delete(id);
  await call.moveParticipants([found.caller], id);
  await hangUp([...found.calls].filter((other) => other !== answered));
}

async function failed(call, id) {
  const found = hunts.get(id);
  found?.calls.delete(call);
  if (found?.calls.size === 0) await client.getCallConnection(id).getCallMedia().playToAll([spoken("Nobody is there. Goodbye.")],
    { operationContext: "goodbye" });
}

async function giveUp(id) { // the caller has left, or was moved to whoever answered
  await hangUp(hunts.get(id)?.calls ?? []);
  hunts.delete(id);
}

// A call may end by itself while it is hung up.
const hangUp = (calls) => Promise.allSettled([...calls].map((call) => client.getCallConnection(call).hangUp(true)));
