"""Answers a call, asks for a key, brings in a second phone, and hangs up."""
import json, os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from azure.communication.callautomation import CallAutomationClient, PhoneNumberIdentifier, RecognizeInputType, TextSource

client = CallAutomationClient.from_connection_string(os.environ["ACS_CONNECTION_STRING"])
host, second_phone = os.environ["CALLBACK_URL"], PhoneNumberIdentifier(os.environ["SECOND_PHONE"])

def ask(call, question, text):  # one key of the caller, who may press it while the prompt still plays
    call.start_recognizing_media(RecognizeInputType.DTMF, call.get_call_properties().source, operation_context=question,
        play_prompt=TextSource(text=text, source_locale="en-US", voice_kind="female"), interrupt_prompt=True,
        dtmf_max_tones_to_collect=1, initial_silence_timeout=20)

def handle(event):  # Event Grid calls its field eventType, the call's own callbacks (CloudEvents) call it type
    kind, data = event.get("eventType", event.get("type")).split(".")[-1], event["data"]
    print(kind, flush=True)
    if kind == "SubscriptionValidationEvent":
        return {"validationResponse": data["validationCode"]}
    if kind == "IncomingCall":
        client.answer_call(data["incomingCallContext"], f"{host}/events", cognitive_services_endpoint="https://speech.invalid")
        return None
    call = client.get_call_connection(data["callConnectionId"])
    if kind == "CallConnected":
        ask(call, "menu", "Hello. Press one, and I will bring in a second phone.")
    elif kind == "RecognizeCompleted" and (data["operationContext"], data["dtmfResult"]["tones"]) == ("menu", ["one"]):
        call.add_participant(second_phone, source_caller_id_number=PhoneNumberIdentifier(os.environ["SERVICE_NUMBER"]))
    elif kind == "AddParticipantSucceeded":
        ask(call, "end", "You are connected. Press any key to end the call.")
    elif kind in ("RecognizeCompleted", "RecognizeFailed", "AddParticipantFailed"):
        call.hang_up(is_for_everyone=True)

class Webhook(BaseHTTPRequestHandler):
    def do_POST(self):
        answers = [handle(event) for event in json.loads(self.rfile.read(int(self.headers["Content-Length"])))]
        self.send_response(200), self.send_header("Content-Type", "application/json"), self.end_headers()
        self.wfile.write(json.dumps(answers[0] or {}).encode())

ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "7000"))), Webhook).serve_forever()
