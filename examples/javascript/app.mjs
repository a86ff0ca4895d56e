// Answers a call, asks for a key, brings in a second phone, and hangs up.
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { CallAutomationClient } from "@azure/communication-call-automation";

const { ACS_CONNECTION_STRING, CALLBACK_URL, SECOND_PHONE, SERVICE_NUMBER, PORT = "7000" } = process.env;
const client = new CallAutomationClient(ACS_CONNECTION_STRING);

async function ask(call, operationContext, text) { // one key of the caller, who may press it while the prompt still plays
  const { source } = await call.getCallConnectionProperties();
  const playPrompt = { kind: "textSource", text, sourceLocale: "en-US", voiceKind: "female" };
  await call.getCallMedia().startRecognizing(source, { kind: "callMediaRecognizeDtmfOptions", maxTonesToCollect: 1,
    operationContext, playPrompt, interruptPrompt: true, initialSilenceTimeoutInSeconds: 20 });
}

async function handle({ eventType, type = eventType, data }) { // Event Grid says eventType, the call's own callbacks type
  const kind = type.split(".").pop();
  console.log(kind);
  if (kind === "SubscriptionValidationEvent") return { validationResponse: data.validationCode };
  if (kind === "IncomingCall") return void await client.answerCall(data.incomingCallContext, `${CALLBACK_URL}/events`,
    { callIntelligenceOptions: { cognitiveServicesEndpoint: "https://speech.invalid" } });
  const call = client.getCallConnection(data.callConnectionId);
  if (kind === "CallConnected") await ask(call, "menu", "Hello. Press one, and I will bring in a second phone.");
  else if (kind === "RecognizeCompleted" && data.operationContext === "menu" && data.dtmfResult.tones[0] === "one") await call.addParticipant(
    { targetParticipant: { phoneNumber: SECOND_PHONE }, sourceCallIdNumber: { phoneNumber: SERVICE_NUMBER } });
  else if (kind === "AddParticipantSucceeded") await ask(call, "end", "You are connected. Press any key to end the call.");
  else if (["RecognizeCompleted", "RecognizeFailed", "AddParticipantFailed"].includes(kind)) await call.hangUp(true);
}

createServer(async (request, response) => {
  const answer = await json(request).then(([event]) => handle(event)).catch((error) => console.error(error.message));
  response.setHeader("Content-Type", "application/json").end(JSON.stringify(answer ?? {}));
}).listen(Number(PORT), "127.0.0.1");
