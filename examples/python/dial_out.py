"""Calls several phones for a caller; the first that answers talks with them. Who calls from REDIRECT_FROM goes to REDIRECT_TO instead."""
import os
from threading import Lock
from azure.communication.callautomation import CallAutomationClient, PhoneNumberIdentifier
from azure.core.exceptions import HttpResponseError
from webhook import SPEECH, serve, spoken

client = CallAutomationClient.from_connection_string(os.environ["ACS_CONNECTION_STRING"])
events, service = os.environ["CALLBACK_URL"] + "/events", PhoneNumberIdentifier(os.environ["SERVICE_NUMBER"])
phones = [PhoneNumberIdentifier(number) for number in os.environ["PHONES"].split(",")]
hunts = {}  # call connection of a caller → (the caller, the calls that ring for them)
one_at_a_time = Lock()  # events of different calls come side by side

def handle(kind, data, _subject):
    with one_at_a_time:
        act(kind, data)

def act(kind, data):
    if kind == "IncomingCall":
        take(data["incomingCallContext"], data["from"])
        return
    connection = data["callConnectionId"]
    context = data.get("operationContext")  # of a call to a phone, it is the call of the caller
    call = client.get_call_connection(connection)
    if kind == "CallConnected" and context == "caller":
        hunt(call, connection)
    elif kind == "CallConnected":
        connect(call, connection, context)
    elif kind == "MoveParticipantSucceeded":
        print("in the call:", len(list(call.list_participants())), flush=True)
    elif kind == "CreateCallFailed":
        failed(connection, context)
    elif kind == "PlayCompleted" and context == "goodbye":
        call.hang_up(is_for_everyone=True)
    elif kind == "CallDisconnected" and context == "caller":  # they have left, or were moved to whoever answered
        hang_up(hunts.pop(connection, (None, []))[1])

def take(incoming, caller):
    if caller.get("phoneNumber", {}).get("value") == os.environ.get("REDIRECT_FROM", "nobody"):
        client.redirect_call(incoming, PhoneNumberIdentifier(os.environ["REDIRECT_TO"]))
    else:
        client.answer_call(incoming, events, cognitive_services_endpoint=SPEECH, operation_context="caller")

def hunt(call, connection):
    call.play_media_to_all(spoken("Please wait while we call somebody."))
    calls = [client.create_call(phone, events, source_caller_id_number=service, operation_context=connection) for phone in phones]
    hunts[connection] = (call.get_call_properties().source, {call.call_connection_id for call in calls})

def connect(call, answered, connection):
    if connection not in hunts:  # somebody else was faster
        call.hang_up(is_for_everyone=True)
        return
    caller, calls = hunts.pop(connection)
    call.move_participants([caller], connection)
    hang_up(calls - {answered})

def failed(answered, connection):
    caller, calls = hunts.get(connection, (None, set()))
    calls.discard(answered)
    if caller and not calls:
        call = client.get_call_connection(connection)
        call.play_media_to_all(spoken("Nobody is there. Goodbye."), operation_context="goodbye")

def hang_up(calls):
    for call in calls:
        try:
            client.get_call_connection(call).hang_up(is_for_everyone=True)
        except HttpResponseError:
            pass  # it has ended by itself

serve(handle)
