"""Prints what is said in a call, while it is said, and by whom. The server needs an ear for free speech: docs/SPEECH.md."""
import json, os, threading
from azure.communication.callautomation import CallAutomationClient, TranscriptionOptions
from websockets.sync.server import serve as serve_sockets
from webhook import SPEECH, serve, spoken

client = CallAutomationClient.from_connection_string(os.environ["ACS_CONNECTION_STRING"])
stream_port = int(os.environ.get("STREAM_PORT", "7001"))
stream_url = os.environ.get("STREAM_URL", f"ws://127.0.0.1:{stream_port}")

def handle(kind, data, _subject):
    if kind == "IncomingCall":
        client.answer_call(data["incomingCallContext"], os.environ["CALLBACK_URL"] + "/events", cognitive_services_endpoint=SPEECH,
            transcription=TranscriptionOptions(transport_url=stream_url, transport_type="websocket", locale="en-US",
                start_transcription=True))
    elif kind == "CallConnected":
        call = client.get_call_connection(data["callConnectionId"])
        call.play_media_to_all(spoken("Hello. I write down what you say."))
    elif kind == "TranscriptionFailed":
        print("nobody listens:", data["resultInformation"]["message"], flush=True)

def listen(socket):
    for message in socket:
        frame = json.loads(message)
        if frame["kind"] == "TranscriptionMetadata":
            print("a call begins, in", frame["transcriptionMetadata"]["locale"], flush=True)
        elif frame["kind"] == "TranscriptionData" and frame["transcriptionData"]["resultStatus"] == "Final":
            said = frame["transcriptionData"]
            print(f"{said['participantRawID']}: {said['text']}", flush=True)

threading.Thread(target=serve_sockets(listen, "127.0.0.1", stream_port).serve_forever, daemon=True).start()
serve(handle)
