"""The web server of the examples: takes the events of Event Grid and those of calls, in the order they come."""
import json, os, traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from azure.communication.callautomation import TextSource

SPEECH = "https://speech.invalid"  # what a call needs to have text spoken and words understood; it is never contacted

def spoken(text):
    return TextSource(text=text, source_locale="en-US", voice_kind="female")

def serve(handle, begin=lambda: None):
    """Calls begin() when it listens, and handle(kind, data, subject) for each event; its kind is the last word of its type."""
    def take(event):  # Event Grid says eventType, the calls' own events type
        kind, data = event.get("eventType", event.get("type")).split(".")[-1], event["data"]
        print(kind, flush=True)
        if kind == "SubscriptionValidationEvent":
            return {"validationResponse": data["validationCode"]}
        try:
            handle(kind, data, event.get("subject"))
        except Exception:
            traceback.print_exc()
        return {}

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self):
            answers = [take(event) for event in json.loads(self.rfile.read(int(self.headers["Content-Length"])))]
            self.send_response(200), self.send_header("Content-Type", "application/json"), self.end_headers()
            self.wfile.write(json.dumps(answers[0]).encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "7000"))), Webhook)
    begin()  # what it causes waits in the socket
    server.serve_forever()
