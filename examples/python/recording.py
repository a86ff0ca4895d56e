"""Records each call that comes in, and fetches the file: 1 pauses, 2 goes on, any other key ends the recording and the call."""
import os
from azure.communication.callautomation import CallAutomationClient, RecordingChannel, RecordingContent, RecordingFormat
from webhook import SPEECH, serve, spoken

client = CallAutomationClient.from_connection_string(os.environ["ACS_CONNECTION_STRING"])
events, folder = os.environ["CALLBACK_URL"] + "/events", os.environ.get("RECORDINGS", ".")
recording_of = {}  # call connection → recording

def handle(kind, data, subject):
    if kind == "IncomingCall":
        client.answer_call(data["incomingCallContext"], events, cognitive_services_endpoint=SPEECH)
    elif kind == "CallConnected":
        begin(data["callConnectionId"], data["serverCallId"])
    elif kind == "ContinuousDtmfRecognitionToneReceived":
        control(data["callConnectionId"], data["tone"])
    elif kind == "RecordingStateChanged":
        print("recording", data["state"], flush=True)
    elif kind == "RecordingFileStatusUpdated" and is_ours(subject):
        for chunk in data["recordingStorageInfo"]["recordingChunks"]:
            fetch(chunk)

def begin(connection, server_call_id):
    call = client.get_call_connection(connection)
    recording = client.start_recording(server_call_id=server_call_id, recording_content_type=RecordingContent.AUDIO,
        recording_channel_type=RecordingChannel.MIXED, recording_format_type=RecordingFormat.WAV,
        recording_state_callback_url=events)
    recording_of[connection] = recording.recording_id
    call.start_continuous_dtmf_recognition(call.get_call_properties().source)
    call.play_media_to_all(spoken("This call is recorded. Press one to pause, two to go on, and pound to end."))

def control(connection, tone):
    recording = recording_of[connection]
    if tone == "one":
        client.pause_recording(recording)
    elif tone == "two":
        client.resume_recording(recording)
    else:
        client.stop_recording(recording)
        client.get_call_connection(connection).hang_up(is_for_everyone=True)

def is_ours(subject):  # Event Grid tells of the recordings of all applications; the subject ends with the id of one
    return subject.split("/")[-1] in recording_of.values()

def fetch(chunk):  # a long recording has several files, each with an event of its own
    path = os.path.join(folder, f"{chunk['documentId']}.wav")
    with open(path, "wb") as file:
        for part in client.download_recording(chunk["contentLocation"]).iter_bytes():
            file.write(part)
    client.delete_recording(chunk["deleteLocation"])
    print("saved", path, flush=True)

serve(handle)
