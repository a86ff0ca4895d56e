"""Puts the official Python SDK on standard input and output, so that one scenario can be told once and heard
with every SDK. A line in is {"id", "do", …arguments}; a line out is {"id", "ok"} or {"id", "error"}.
Identifiers travel as raw ids. Nothing of the SDK is patched or configured beyond its public options.

    python driver.py <connection string>
"""

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from azure.communication.callautomation import (
    CallAutomationClient,
    CommunicationUserIdentifier,
    FileSource,
    MicrosoftTeamsAppIdentifier,
    PhoneNumberIdentifier,
    RecognitionChoice,
    RecognizeInputType,
    SsmlSource,
    TextSource,
    UnknownIdentifier,
)
from azure.core.exceptions import HttpResponseError
from azure.core.messaging import CloudEvent

# Releases before 1.4 have no streams.
try:
    from azure.communication.callautomation import MediaStreamingOptions, TranscriptionOptions
except ImportError:
    MediaStreamingOptions = TranscriptionOptions = None

# What only the preview knows.
try:
    from azure.communication.callautomation import PiiRedactionOptions, SummarizationOptions
except ImportError:
    PiiRedactionOptions = SummarizationOptions = None

client = CallAutomationClient.from_connection_string(sys.argv[1])


def identifier(raw_id):
    if raw_id.startswith("4:"):
        return PhoneNumberIdentifier(raw_id[2:])
    if raw_id.startswith("8:acs:"):
        return CommunicationUserIdentifier(raw_id)
    return UnknownIdentifier(raw_id)


def number(value):
    return PhoneNumberIdentifier(value) if value else None


def source(s):
    cache = {"play_source_cache_id": s["cacheId"]} if "cacheId" in s else {}
    if "file" in s:
        return FileSource(s["file"], **cache)
    if "ssml" in s:
        return SsmlSource(ssml_text=s["ssml"], **cache)
    return TextSource(text=s["text"], source_locale="en-US", voice_kind="female", **cache)


def one_or_many(sources):
    sources = [source(s) for s in sources]
    return sources[0] if len(sources) == 1 else sources


def given(**options):
    return {name: value for name, value in options.items() if value is not None}


def set_up(a):
    speech = None if a.get("speech") is False else "https://speech.invalid/"
    return given(
        operation_context=a.get("operationContext"),
        cognitive_services_endpoint=speech,
        media_streaming=streaming(a.get("streaming")),
        transcription=transcription(a.get("transcription")),
        enable_loopback_audio=a.get("loopback"),
    )


def streaming(s):
    if not s:
        return None
    return MediaStreamingOptions(
        transport_url=s["url"],
        transport_type="websocket",
        content_type="audio",
        audio_channel_type="unmixed" if s.get("unmixed") else "mixed",
        start_media_streaming=s.get("start", False),
        enable_bidirectional=True,
    )


def transcription(t):
    if not t:
        return None
    return TranscriptionOptions(
        transport_url=t["url"],
        transport_type="websocket",
        start_transcription=t.get("start", False),
        **given(locale=t.get("locale"), locales=t.get("locales")),
        **preview(t),
    )


def preview(t):
    return given(
        pii_redaction=PiiRedactionOptions(enable=True) if t.get("masked") else None,
        enable_sentiment_analysis=t.get("sentiment"),
        summarization=summarization(t),
    )


def summarization(t):
    if "summary" not in t:
        return None
    return SummarizationOptions(enable_end_call_summary=t["summary"].get("atEnd"), locale=t["summary"].get("locale"))


def caller(a):
    return given(
        source_caller_id_number=number(a.get("callerNumber")),
        source_display_name=a.get("displayName"),
        teams_app_source=MicrosoftTeamsAppIdentifier(a["account"]) if "account" in a else None,
    )


def options(a, **more):
    return given(operation_context=a.get("operationContext"), operation_callback_url=a.get("callback"), **more)


def headers(a):
    sip = {k if k == "User-To-User" else f"X-{k}": v for k, v in a.get("headers", {}).items()}
    return given(sip_headers=sip or None, voip_headers=a.get("voip"))


def connection(a):
    return client.get_call_connection(a["connection"])


def create(a):
    return properties(client.create_call(identifier(a["target"]), a["callback"], **set_up(a), **caller(a)))


def create_group(a):
    targets = [identifier(target) for target in a["targets"]]
    return properties(client.create_group_call(targets, a["callback"], **set_up(a), **caller(a)))


def answer(a):
    return properties(client.answer_call(a["context"], a["callback"], **set_up(a)))


def connect(a):
    return properties(client.connect_call(a["callback"], server_call_id=a["serverCallId"], **set_up(a)))


def add(a):
    result = connection(a).add_participant(
        identifier(a["target"]), **options(a, invitation_timeout=a.get("timeout")), **caller(a), **headers(a)
    )
    return {"invitation": result.invitation_id, "participant": participant(result.participant)}


def transfer(a):
    transferee = identifier(a["transferee"]) if "transferee" in a else None
    more = given(transferee=transferee, source_caller_id_number=number(a.get("callerNumber")))
    connection(a).transfer_call_to_participant(identifier(a["target"]), **options(a, **more), **headers(a))


def play(a):
    if a.get("to"):
        targets = [identifier(target) for target in a["to"]]
        connection(a).play_media(one_or_many(a["sources"]), targets, **options(a, loop=a.get("loop")))
    else:
        more = given(loop=a.get("loop"), interrupt_call_media_operation=a.get("interrupt"))
        connection(a).play_media_to_all(one_or_many(a["sources"]), **options(a, **more))


def recognize(a):
    kind = RecognizeInputType.DTMF
    more = given(
        play_prompt=one_or_many(a["prompts"]) if a.get("prompts") else None,
        interrupt_prompt=a.get("interruptPrompt"),
        interrupt_call_media_operation=a.get("interrupt"),
        initial_silence_timeout=a.get("initialSilence"),
        dtmf_max_tones_to_collect=a.get("maxTones"),
        dtmf_inter_tone_timeout=a.get("interTone"),
        dtmf_stop_tones=a.get("stopTones"),
    )
    if "choices" in a:
        kind = RecognizeInputType.CHOICES
        more["choices"] = [RecognitionChoice(**choice) for choice in a["choices"]]
    if a.get("speech"):
        kind = RecognizeInputType.SPEECH_OR_DTMF if a["speech"] == "orKeys" else RecognizeInputType.SPEECH
    connection(a).start_recognizing_media(kind, identifier(a["target"]), **options(a, **more))


def start_continuous(a):
    context = given(operation_context=a.get("operationContext"))
    connection(a).start_continuous_dtmf_recognition(identifier(a["target"]), **context)


def hold(a):
    play_source = source(a["source"]) if "source" in a else None
    connection(a).hold(identifier(a["target"]), **options(a, play_source=play_source))


def parse(a):
    event = CloudEvent.from_dict(a["event"])
    return {"kind": event.type.removeprefix("Microsoft.Communication."), **event.data}


def properties(p):
    return {
        "connection": p.call_connection_id,
        "serverCallId": p.server_call_id,
        "correlationId": getattr(p, "correlation_id", None),
        "state": p.call_connection_state,
        "callback": p.callback_url,
        "source": raw_id(p.source),
        "displayName": p.source_display_name,
        "callerNumber": value(p.source_caller_id_number),
        "targets": [raw_id(target) for target in p.targets or []],
        "answeredFor": value(getattr(p, "answered_for", None)),
        "streaming": state(getattr(p, "media_streaming_subscription", None)),
        "transcription": state(getattr(p, "transcription_subscription", None)),
    }


def state(subscription):
    return subscription.state if subscription else None


def affinity(given):
    if given is None:
        return None
    from azure.communication.callautomation import ChannelAffinity as one

    return [one(target_participant=identifier(each["who"]), channel=each["channel"]) for each in given]


def start_recording(a):
    if "locator" in a:
        name = {"groupCallLocator": "group_call_id", "roomCallLocator": "room_id"}[a["locator"]["kind"]]
        where = {name: a["locator"]["id"]}
    elif "serverCallId" in a:
        where = {"server_call_id": a["serverCallId"]}
    else:
        where = {"call_connection_id": a["connection"]}
    more = given(
        recording_state_callback_url=a.get("callback"),
        recording_content_type=a.get("content"),
        recording_channel_type=a.get("channel"),
        recording_format_type=a.get("format"),
        pause_on_start=a.get("paused"),
        channel_affinity=affinity(a.get("affinity")),
        recording_storage=container(a.get("container")),
    )
    return recording_state(client.start_recording(**where, **more))


def container(url):
    if not url:
        return None
    from azure.communication.callautomation import AzureBlobContainerRecordingStorage

    return AzureBlobContainerRecordingStorage(container_url=url)


def download(a):
    with open(a["path"], "wb") as file:
        file.write(client.download_recording(a["location"], **a.get("range", {})).read())


def recording_state(r):
    return {"recording": r.recording_id, "state": r.recording_state, "kind": getattr(r, "recording_kind", None)}


def participant(p):
    return {"identifier": raw_id(p.identifier), "muted": p.is_muted, "onHold": getattr(p, "is_on_hold", None)}


def raw_id(found):
    return found.raw_id if found else None


def value(found):
    return found.properties["value"] if found else None


OPERATIONS = {
    "create": create,
    "createGroup": create_group,
    "answer": answer,
    "redirect": lambda a: client.redirect_call(a["context"], identifier(a["target"])),
    "reject": lambda a: client.reject_call(a["context"], **given(call_reject_reason=a.get("reason"))),
    "connect": connect,
    "properties": lambda a: properties(connection(a).get_call_properties()),
    "hangUp": lambda a: connection(a).hang_up(a.get("everyone") is True),
    "participants": lambda a: [participant(p) for p in connection(a).list_participants()],
    "participant": lambda a: participant(connection(a).get_participant(identifier(a["target"]))),
    "add": add,
    "cancelAdd": lambda a: connection(a).cancel_add_participant_operation(a["invitation"], **options(a)) and None,
    "remove": lambda a: connection(a).remove_participant(identifier(a["target"]), **options(a)) and None,
    "mute": lambda a: connection(a).mute_participant(
        identifier(a["target"]), **given(operation_context=a.get("operationContext"))
    )
    and None,
    "transfer": transfer,
    "play": play,
    "cancelMedia": lambda a: connection(a).cancel_all_media_operations(),
    "recognize": recognize,
    "startContinuous": start_continuous,
    "stopContinuous": lambda a: connection(a).stop_continuous_dtmf_recognition(identifier(a["target"]), **options(a)),
    "sendDtmf": lambda a: connection(a).send_dtmf_tones(a["tones"], identifier(a["target"]), **options(a)) and None,
    "hold": hold,
    "unhold": lambda a: connection(a).unhold(
        identifier(a["target"]), **given(operation_context=a.get("operationContext"))
    ),
    "move": lambda a: connection(a).move_participants(
        [identifier(target) for target in a["targets"]], a["from"], **options(a)
    )
    and None,
    "startRecording": start_recording,
    "recordingState": lambda a: recording_state(client.get_recording_properties(a["recording"])),
    "pauseRecording": lambda a: client.pause_recording(a["recording"]),
    "resumeRecording": lambda a: client.resume_recording(a["recording"]),
    "stopRecording": lambda a: client.stop_recording(a["recording"]),
    "download": download,
    "deleteRecording": lambda a: client.delete_recording(a["location"]),
    "startStreaming": lambda a: connection(a).start_media_streaming(**options(a)),
    "stopStreaming": lambda a: connection(a).stop_media_streaming(**options(a)),
    "startTranscription": lambda a: connection(a).start_transcription(**options(a, locale=a.get("locale"))),
    "updateTranscription": lambda a: connection(a).update_transcription(**options(a, locale=a.get("locale"))),
    "stopTranscription": lambda a: connection(a).stop_transcription(**options(a)),
    "summarize": lambda a: connection(a).summarize_call(**options(a, summarization=summarization(a))),
    "parse": parse,
}

output = threading.Lock()


def reply(message):
    with output:
        print(json.dumps(message), flush=True)


def perform(line):
    request = json.loads(line)
    number_of_request = request.pop("id")
    try:
        reply({"id": number_of_request, "ok": OPERATIONS[request.pop("do")](request)})
    except HttpResponseError as error:
        code = error.error.code if getattr(error, "error", None) else None
        failure = {"name": type(error).__name__, "status": error.status_code, "code": code, "message": error.message}
        reply({"id": number_of_request, "error": failure})
    except Exception as error:  # whatever an application would see
        reply({"id": number_of_request, "error": {"name": type(error).__name__, "message": str(error)}})


with ThreadPoolExecutor(max_workers=16) as workers:
    for request_line in sys.stdin:
        workers.submit(perform, request_line)
