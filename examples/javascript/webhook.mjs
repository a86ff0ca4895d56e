// The web server of the examples: takes the events of Event Grid and those of calls, in the order they come.
import { createServer } from "node:http";
import { json } from "node:stream/consumers";

/** Calls handle(kind, data, subject) for each event; its kind is the last word of its type. */
export function webhook(handle) {
  async function take({ eventType, type = eventType, data, subject }) { // Event Grid says eventType, the calls' own events type
    const kind = type.split(".").pop();
    console.log(kind);
    if (kind === "SubscriptionValidationEvent") return { validationResponse: data.validationCode };
    await handle(kind, data, subject);
  }

  return createServer(async (request, response) => {
    const answer = await json(request).then(([event]) => take(event)).catch((error) => console.error(error.message));
    response.setHeader("Content-Type", "application/json").end(JSON.stringify(answer ?? {}));
  }).listen(Number(process.env.PORT ?? "7000"), "127.0.0.1");
}

/** A text that the platform speaks. */
export const spoken = (text) => ({ kind: "textSource", text, sourceLocale: "en-US", voiceKind: "female" });

/** What a call needs to have text spoken and words understood; the address is never contacted. */
export const speech = { callIntelligenceOptions: { cognitiveServicesEndpoint: "https://speech.invalid" } };
