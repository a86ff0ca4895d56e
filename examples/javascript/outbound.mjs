// Calls somebody and asks a question that is answered by a word or by a key: node outbound.mjs +14255550112
import { CallAutomationClient } from "@azure/communication-call-automation";
import { speech, spoken, webhook } from "./webhook.mjs";

const { ACS_CONNECTION_STRING, CALLBACK_URL, SERVICE_NUMBER, SECOND_PHONE } = process.env;
const client = new CallAutomationClient(ACS_CONNECTION_STRING);
const phone = { phoneNumber: process.argv[2] ?? SECOND_PHONE };
const choices = [ // wordings that are long and unlike each other are understood best
  { label: "Confirm", phrases: ["confirm the appointment", "yes that is fine"], tone: "one" },
  { label: "Cancel", phrases: ["cancel the appointment", "I can not come"], tone: "two" },
];
const answers = { Confirm: "Thank you. We look forward to seeing you.", Cancel: "Your appointment is cancelled. Goodbye." };
let asked = 0;

webhook(async (kind, data) => {
  const call = client.getCallConnection(data.callConnectionId);
  const say = (text) => call.getCallMedia().playToAll([spoken(text)], { operationContext: "goodbye" });
  if (kind === "CallConnected") await ask(call, "You have an appointment tomorrow. Say confirm the appointment, or press one. "
    + "Say cancel the appointment, or press two.");
  else if (kind === "RecognizeCompleted") {
    const { label, recognizedPhrase } = data.choiceResult; // a key comes without a phrase
    console.log("answer:", label, recognizedPhrase ? "by voice" : "by key");
    await say(answers[label]);
  } else if (kind === "RecognizeFailed") {
    if (asked < 3) await ask(call, "I did not understand that. Please press one to confirm, or two to cancel.");
    else await say("We will call again. Goodbye.");
  } else if (kind === "PlayCompleted" || kind === "PlayFailed") await call.hangUp(true);
});

async function ask(call, text) {
  asked += 1;
  await call.getCallMedia().startRecognizing(phone, { kind: "callMediaRecognizeChoiceOptions", choices, speechLanguage: "en-US",
    playPrompt: spoken(text), interruptPrompt: true, initialSilenceTimeoutInSeconds: 10 });
}

await client.createCall({ targetParticipant: phone, sourceCallIdNumber: { phoneNumber: SERVICE_NUMBER } },
  `${CALLBACK_URL}/events`, speech);
