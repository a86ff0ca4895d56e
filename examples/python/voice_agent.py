"""A voice agent: hears the caller over a WebSocket, and when they have finished it answers. Whoever interrupts it is listened to."""
import base64, json, os, threading
from array import array
from azure.communication.callautomation import CallAutomationClient, MediaStreamingOptions
from websockets.sync.server import serve as serve_sockets
from webhook import serve

LOUD = 500  # of 32767
FINISHED = 30  # quiet frames of 20 ms
LONGEST = 1500  # frames of one utterance
client = CallAutomationClient.from_connection_string(os.environ["ACS_CONNECTION_STRING"])
stream_port = int(os.environ.get("STREAM_PORT", "7001"))
stream_url = os.environ.get("STREAM_URL", f"ws://127.0.0.1:{stream_port}")

def reply(heard):  # 16-bit samples at 16 kHz: the agent says what it has heard. Ask your own model here
    return heard

def handle(kind, data, _subject):
    if kind == "IncomingCall":
        client.answer_call(data["incomingCallContext"], os.environ["CALLBACK_URL"] + "/events",
            media_streaming=MediaStreamingOptions(transport_url=stream_url, transport_type="websocket",
                content_type="audio", audio_channel_type="mixed", audio_format="pcm16KMono",
                enable_bidirectional=True, start_media_streaming=True))
    elif kind == "MediaStreamingFailed":
        client.get_call_connection(data["callConnectionId"]).hang_up(is_for_everyone=True)

def talk(socket):
    heard, quiet = b"", 0
    for message in socket:
        frame = json.loads(message)
        if frame["kind"] != "AudioData":
            continue
        sound = base64.b64decode(frame["audioData"]["data"])
        is_loud = loudness(sound) > LOUD
        if not is_loud and not heard:
            continue
        if not heard:
            socket.send(json.dumps({"kind": "StopAudio", "stopAudio": {}}))
        heard, quiet = heard + sound, 0 if is_loud else quiet + 1
        if quiet >= FINISHED or len(heard) >= LONGEST * len(sound):
            print("answers", len(heard) / 32000, "seconds", flush=True)
            said = base64.b64encode(reply(heard)).decode()
            socket.send(json.dumps({"kind": "AudioData", "audioData": {"data": said}}))
            heard, quiet = b"", 0

def loudness(sound):
    samples = array("h", sound)
    return (sum(sample * sample for sample in samples) / len(samples)) ** 0.5

threading.Thread(target=serve_sockets(talk, "127.0.0.1", stream_port).serve_forever, daemon=True).start()
serve(handle)
