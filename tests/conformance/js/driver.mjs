// Puts the official JavaScript SDK on standard input and output, so that one scenario can be told once and
// heard with every SDK. A line in is {"id", "do", …arguments}; a line out is {"id", "ok"} or {"id", "error"}.
// Identifiers travel as raw ids. Nothing of the SDK is patched or configured beyond its public options.
//
//   node driver.mjs <package> <connection string>

import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const [, , packageName, connectionString] = process.argv;
const sdk = await import(packageName);
const isOld = packageName.endsWith("1-0");
const common = await identifiersOf(packageName);
const client = new sdk.CallAutomationClient(connectionString);

const operations = {
  create: (a) => client.createCall(invite(a.target, a), a.callback, setUp(a)).then(callResult),
  createGroup: (a) => client.createGroupCall(a.targets.map(identifier), a.callback, setUp(a)).then(callResult),
  answer: (a) => client.answerCall(a.context, a.callback, setUp(a)).then(callResult),
  redirect: (a) => client.redirectCall(a.context, invite(a.target, a)),
  reject: (a) => client.rejectCall(a.context, a.reason ? { callRejectReason: a.reason } : {}),
  connect: (a) => client.connectCall({ id: a.serverCallId, kind: "serverCallLocator" }, a.callback, setUp(a)).then(callResult),
  properties: (a) => connection(a).getCallConnectionProperties().then(properties),
  hangUp: (a) => connection(a).hangUp(a.everyone === true),
  participants: async (a) => ((await connection(a).listParticipants()).values ?? []).map(participant),
  participant: (a) => connection(a).getParticipant(identifier(a.target)).then(participant),
  add: (a) => connection(a).addParticipant(invite(a.target, a), common_options(a, { invitationTimeoutInSeconds: a.timeout })).then((r) => ({ invitation: r.invitationId, participant: participant(r.participant) })),
  cancelAdd: (a) => connection(a).cancelAddParticipantOperation(a.invitation, common_options(a)),
  remove: (a) => connection(a).removeParticipant(identifier(a.target), common_options(a)),
  mute: (a) => connection(a).muteParticipant(identifier(a.target), common_options(a)),
  transfer: (a) => connection(a).transferCallToParticipant(identifier(a.target), common_options(a, {
    transferee: a.transferee ? identifier(a.transferee) : undefined,
    customCallingContext: headers(a),
    sourceCallIdNumber: a.callerNumber ? { phoneNumber: a.callerNumber } : undefined,
  })),
  play: (a) => a.to
    ? media(a).play(a.sources.map(source), a.to.map(identifier), common_options(a, { loop: a.loop }))
    : media(a).playToAll(a.sources.map(source), common_options(a, { loop: a.loop, interruptCallMediaOperation: a.interrupt })),
  cancelMedia: (a) => media(a).cancelAllOperations(),
  // Releases before 1.2 take the number of keys as an argument of its own.
  recognize: (a) => isOld
    ? media(a).startRecognizing(identifier(a.target), a.maxTones, recognizeOptions(a))
    : media(a).startRecognizing(identifier(a.target), recognizeOptions(a)),
  startContinuous: (a) => media(a).startContinuousDtmfRecognition(identifier(a.target), common_options(a)),
  stopContinuous: (a) => media(a).stopContinuousDtmfRecognition(identifier(a.target), common_options(a)),
  sendDtmf: (a) => media(a).sendDtmfTones(a.tones, identifier(a.target), common_options(a)),
  hold: (a) => media(a).hold(identifier(a.target), common_options(a, { playSource: a.source ? source(a.source) : undefined })),
  unhold: (a) => media(a).unhold(identifier(a.target), common_options(a)),
  move: (a) => connection(a).moveParticipants(a.targets.map(identifier), a.from, common_options(a)),
  startRecording: (a) => recordings().start(recordingOptions(a)).then(recordingState),
  recordingState: (a) => recordings().getState(a.recording).then(recordingState),
  pauseRecording: (a) => recordings().pause(a.recording),
  resumeRecording: (a) => recordings().resume(a.recording),
  stopRecording: (a) => recordings().stop(a.recording),
  download: (a) => recordings().downloadToPath(a.location, a.path, a.range ?? {}),
  deleteRecording: (a) => recordings().delete(a.location),
  startStreaming: (a) => media(a).startMediaStreaming(common_options(a)),
  stopStreaming: (a) => media(a).stopMediaStreaming(common_options(a)),
  startTranscription: (a) => media(a).startTranscription(common_options(a, { locale: a.locale })),
  updateTranscription: (a) => media(a).updateTranscription(a.locale, common_options(a)),
  stopTranscription: (a) => media(a).stopTranscription(common_options(a)),
  parse: (a) => parsed(sdk.parseCallAutomationEvent(a.event)),
};

const recordings = () => client.getCallRecording();
const recordingState = (r) => ({ recording: r.recordingId, state: r.recordingState, kind: r.recordingKind });

function recordingOptions(a) {
  const options = {
    callConnectionId: a.serverCallId || a.locator ? undefined : a.connection,
    callLocator: a.locator ?? (a.serverCallId ? { id: a.serverCallId, kind: "serverCallLocator" } : undefined),
    recordingStorage: a.container && {
      recordingStorageKind: "azureBlobStorage",
      recordingDestinationContainerUrl: a.container,
    },
    recordingStateCallbackEndpointUrl: a.callback,
    recordingContent: a.content,
    recordingChannel: a.channel,
    recordingFormat: a.format,
    pauseOnStart: a.paused,
    channelAffinity: a.affinity?.map((one) => ({ channel: one.channel, targetParticipant: identifier(one.who) })),
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

const connection = (a) => client.getCallConnection(a.connection);
const media = (a) => connection(a).getCallMedia();
const identifier = (rawId) => common.createIdentifierFromRawId(rawId);

function invite(target, a) {
  return {
    targetParticipant: identifier(target),
    sourceCallIdNumber: a.callerNumber ? { phoneNumber: a.callerNumber } : undefined,
    sourceDisplayName: a.displayName,
    customCallingContext: headers(a),
  };
}

function headers(a) {
  if (!a.headers && !a.voip) return undefined;
  const sip = Object.entries(a.headers ?? {}).map(([key, value]) =>
    key === "User-To-User" ? { kind: "sipuui", key: "", value } : { kind: "sipx", key, value, sipHeaderPrefix: "X-" });
  const voip = Object.entries(a.voip ?? {}).map(([key, value]) => ({ kind: "voip", key, value }));
  return [...sip, ...voip];
}

function setUp(a) {
  return {
    operationContext: a.operationContext,
    sourceCallIdNumber: a.callerNumber ? { phoneNumber: a.callerNumber } : undefined,
    sourceDisplayName: a.displayName,
    teamsAppSource: a.account && { teamsAppId: a.account },
    callIntelligenceOptions: a.speech === false ? undefined : { cognitiveServicesEndpoint: "https://speech.invalid/" },
    mediaStreamingOptions: a.streaming && {
      transportType: "websocket",
      contentType: "audio",
      audioChannelType: a.streaming.unmixed ? "unmixed" : "mixed",
      transportUrl: a.streaming.url,
      startMediaStreaming: a.streaming.start === true,
      enableBidirectional: true,
    },
    transcriptionOptions: a.transcription && {
      transportType: "websocket",
      transportUrl: a.transcription.url,
      locale: a.transcription.locale,
      startTranscription: a.transcription.start === true,
    },
  };
}

function common_options(a, more = {}) {
  const options = { operationContext: a.operationContext, operationCallbackUrl: a.callback, ...more };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function source(s) {
  const cache = s.cacheId ? { playSourceCacheId: s.cacheId, playsourcacheid: s.cacheId } : {};
  if (s.file) return { kind: "fileSource", url: s.file, ...cache };
  if (s.ssml) return { kind: "ssmlSource", ssmlText: s.ssml, ...cache };
  return { kind: "textSource", text: s.text, sourceLocale: "en-US", voiceKind: "female", ...cache };
}

function recognizeOptions(a) {
  const options = common_options(a, {
    playPrompts: a.prompts?.length > 1 ? a.prompts.map(source) : undefined,
    playPrompt: a.prompts?.length === 1 ? source(a.prompts[0]) : undefined,
    interruptPrompt: a.interruptPrompt,
    interruptCallMediaOperation: a.interrupt,
    initialSilenceTimeoutInSeconds: a.initialSilence,
  });
  if (a.choices) return { ...options, kind: "callMediaRecognizeChoiceOptions", choices: a.choices };
  if (a.speech === "orKeys") return { ...options, kind: "callMediaRecognizeSpeechOrDtmfOptions", speechLanguage: "en-US", maxTonesToCollect: a.maxTones };
  if (a.speech) return { ...options, kind: "callMediaRecognizeSpeechOptions", speechLanguage: "en-US" };
  return {
    ...options,
    kind: "callMediaRecognizeDtmfOptions",
    maxTonesToCollect: a.maxTones,
    interToneTimeoutInSeconds: a.interTone,
    stopDtmfTones: a.stopTones,
  };
}

const callResult = (r) => properties(r.callConnectionProperties);

function properties(p) {
  return {
    connection: p.callConnectionId,
    serverCallId: p.serverCallId,
    correlationId: p.correlationId,
    state: p.callConnectionState,
    callback: p.callbackUrl,
    source: rawId(p.source),
    displayName: p.sourceDisplayName,
    callerNumber: p.sourceCallerIdNumber?.phoneNumber ?? p.sourceCallIdNumber?.phoneNumber,
    targets: (p.targetParticipants ?? []).map(rawId),
    answeredFor: p.answeredFor?.phoneNumber,
    streaming: p.mediaStreamingSubscription?.state,
    transcription: p.transcriptionSubscription?.state,
  };
}

const participant = (p) => ({ identifier: rawId(p.identifier), muted: p.isMuted, onHold: p.isOnHold });
const rawId = (id) => (id ? common.getIdentifierRawId(id) : undefined);

// What an application would read from an event, from the SDK's own object.
function parsed(event) {
  const plain = JSON.parse(JSON.stringify(event));
  return { ...plain, participantRawId: event.participant ? rawId(event.participant.identifier ?? event.participant) : undefined };
}

async function identifiersOf(name) {
  // The identifier functions come from the package that this very SDK version depends on.
  const entry = createRequire(import.meta.url).resolve(name);
  return createRequire(entry)("@azure/communication-common");
}

function failure(error) {
  return { name: error.name ?? "thrown", status: error.statusCode ?? error.status, code: error.code, message: error.message };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, do: verb, ...args } = JSON.parse(line);
  Promise.resolve()
    .then(() => operations[verb](args))
    .then((ok) => process.stdout.write(JSON.stringify({ id, ok: ok ?? null }) + "\n"))
    .catch((error) => process.stdout.write(JSON.stringify({ id, error: failure(error) }) + "\n"));
}
