// A voice agent: hears the caller over a WebSocket, and when they have finished it answers. Whoever interrupts it is listened to.
import { CallAutomationClient } from "@azure/communication-call-automation";
import { WebSocketServer } from "ws";
import { webhook } from "./webhook.mjs";

const { ACS_CONNECTION_STRING, CALLBACK_URL, STREAM_PORT = "7001" } = process.env;
const { STREAM_URL = `ws://127.0.0.1:${STREAM_PORT}` } = process.env;
const LOUD = 500; // of 32767
const FINISHED = 30; // quiet frames of 20 ms
const LONGEST = 1500; // frames of one utterance
const client = new CallAutomationClient(ACS_CONNECTION_STRING);

// What the agent says to what it has heard, 16-bit samples at 16 kHz: it says the same. Ask your own model here.
const reply = async (heard) => heard;

webhook(async (kind, data) => {
  if (kind === "IncomingCall") await client.answerCall(data.incomingCallContext, `${CALLBACK_URL}/events`, { mediaStreamingOptions: {
    transportType: "websocket", transportUrl: STREAM_URL, contentType: "audio", audioChannelType: "mixed",
    audioFormat: "pcm16KMono", enableBidirectional: true, startMediaStreaming: true } });
  else if (kind === "MediaStreamingFailed") await client.getCallConnection(data.callConnectionId).hangUp(true);
});

new WebSocketServer({ host: "127.0.0.1", port: Number(STREAM_PORT) }).on("connection", (socket) => {
  let [heard, quiet] = [[], 0];
  const say = (sound) => socket.send(JSON.stringify({ kind: "AudioData", audioData: { data: sound.toString("base64") } }));
  const stopTalking = () => socket.send(JSON.stringify({ kind: "StopAudio", stopAudio: {} }));

  socket.on("message", async (text) => {
    const { kind, audioData } = JSON.parse(text);
    if (kind !== "AudioData") return;
    const sound = Buffer.from(audioData.data, "base64");
    const isLoud = loudness(sound) > LOUD;
    if (isLoud && heard.length === 0) stopTalking();
    if (!isLoud && heard.length === 0) return;
    heard.push(sound);
    quiet = isLoud ? 0 : quiet + 1;
    if (quiet < FINISHED && heard.length < LONGEST) return;
    const all = Buffer.concat(heard);
    [heard, quiet] = [[], 0];
    console.log("answers", all.length / 32000, "seconds");
    say(await reply(all));
  });
});

function loudness(sound) {
  let sum = 0;
  for (let at = 0; at < sound.length; at += 2) sum += sound.readInt16LE(at) ** 2;
  return Math.sqrt((2 * sum) / sound.length);
}
