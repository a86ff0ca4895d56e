"""Calls somebody and asks a question that is answered by a word or by a key: python outbound.py +14255550112"""
import os, sys
from azure.communication.callautomation import (
    CallAutomationClient, DtmfTone, PhoneNumberIdentifier, RecognitionChoice, RecognizeInputType)
from webhook import SPEECH, serve, spoken

client = CallAutomationClient.from_connection_string(os.environ["ACS_CONNECTION_STRING"])
phone = PhoneNumberIdentifier(sys.argv[1] if len(sys.argv) > 1 else os.environ["SECOND_PHONE"])
choices = [  # wordings that are long and unlike each other are understood best
    RecognitionChoice(label="Confirm", phrases=["confirm the appointment", "yes that is fine"], tone=DtmfTone.ONE),
    RecognitionChoice(label="Cancel", phrases=["cancel the appointment", "I can not come"], tone=DtmfTone.TWO),
]
answers = {"Confirm": "Thank you. We look forward to seeing you.", "Cancel": "Your appointment is cancelled. Goodbye."}
asked = 0

def handle(kind, data, _subject):
    call = client.get_call_connection(data["callConnectionId"])
    if kind == "CallConnected":
        ask(call, "You have an appointment tomorrow. Say confirm the appointment, or press one. "
            "Say cancel the appointment, or press two.")
    elif kind == "RecognizeCompleted":
        choice = data["choiceResult"]  # a key comes without a phrase
        print("answer:", choice["label"], "by voice" if choice.get("recognizedPhrase") else "by key", flush=True)
        call.play_media_to_all(spoken(answers[choice["label"]]))
    elif kind == "RecognizeFailed" and asked < 3:
        ask(call, "I did not understand that. Please press one to confirm, or two to cancel.")
    elif kind == "RecognizeFailed":
        call.play_media_to_all(spoken("We will call again. Goodbye."))
    elif kind in ("PlayCompleted", "PlayFailed"):
        call.hang_up(is_for_everyone=True)

def ask(call, text):
    global asked
    asked += 1
    call.start_recognizing_media(RecognizeInputType.CHOICES, phone, choices=choices, speech_language="en-US",
        play_prompt=spoken(text), interrupt_prompt=True, initial_silence_timeout=10)

def begin():
    client.create_call(phone, os.environ["CALLBACK_URL"] + "/events", cognitive_services_endpoint=SPEECH,
        source_caller_id_number=PhoneNumberIdentifier(os.environ["SERVICE_NUMBER"]))

serve(handle, begin)
