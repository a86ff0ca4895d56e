// Prints what is said in a call, while it is said, and by whom. The server needs an ear for free speech: docs/SPEECH.md.
import { CallAutomationClient } from "@azure/communication-call-automation";
import { WebSocketServer } from "ws";
import { speech, spoken, webhook } from "./webhook.mjs";

const { ACS_CONNECTION_STRING, CALLBACK_URL, STREAM_PORT = "7001" } = process.env;
const { STREAM_URL = `ws://127.0.0.1:${STREAM_PORT}` } = process.env;
const client = new CallAutomationClient(ACS_CONNECTION_STRING);

webhook(async (kind, data) => {
  if (kind === "IncomingCall") await client.answerCall(data.incomingCallContext, `${CALLBACK_URL}/events`, { ...speech,
    transcriptionOptions: { transportType: "websocket", transportUrl: STREAM_URL, locale: "en-US", startTranscription: true } });
  else if (kind === "CallConnected")
    await client.getCallConnection(data.callConnectionId).getCallMedia().playToAll([spoken("Hello. I write down what you say.")]);
  else if (kind === "TranscriptionFailed") console.error("nobody listens:", data.resultInformation.message);
});

new WebSocketServer({ host: "127.0.0.1", port: Number(STREAM_PORT) }).on("connection", (socket) => {
  socket.on("message", (text) => {
    const { kind, transcriptionMetadata, transcriptionData } = JSON.parse(text);
    if (kind === "TranscriptionMetadata") console.log("a call begins, in", transcriptionMetadata.locale);
    else if (transcriptionData?.resultStatus === "Final")
      console.log(`${transcriptionData.participantRawID}: ${transcriptionData.text}`);
  });
});
