"""A lobby: callers wait until somebody, who is called and asked, lets them in."""
import os
from azure.communication.callautomation import CallAutomationClient, PhoneNumberIdentifier, RecognizeInputType
from webhook import SPEECH, serve, spoken

client = CallAutomationClient.from_connection_string(os.environ["ACS_CONNECTION_STRING"])
events, host = os.environ["CALLBACK_URL"] + "/events", PhoneNumberIdentifier(os.environ["SECOND_PHONE"])
waiting = {}  # call connection of the lobby → who waits there

def handle(kind, data, _subject):
    if kind == "IncomingCall":
        client.answer_call(data["incomingCallContext"], events, cognitive_services_endpoint=SPEECH, operation_context="lobby")
        return
    connection = data["callConnectionId"]
    context = data.get("operationContext")  # of the call with the host, it is the call in the lobby
    call = client.get_call_connection(connection)
    if kind == "CallConnected" and context == "lobby":
        waiting[connection] = call.get_call_properties().source
        call.play_media(spoken("Please wait. Somebody will let you in."), [waiting[connection]])
        client.create_call(host, events, cognitive_services_endpoint=SPEECH, operation_context=connection,
            source_caller_id_number=PhoneNumberIdentifier(os.environ["SERVICE_NUMBER"]))
    elif kind == "CallConnected":
        call.start_recognizing_media(RecognizeInputType.DTMF, host, dtmf_max_tones_to_collect=1, operation_context=context,
            play_prompt=spoken("Somebody waits in the lobby. Press one to let them in."), interrupt_prompt=True)
    elif kind == "RecognizeCompleted" and data["dtmfResult"]["tones"] == ["one"]:
        call.move_participants([waiting[context]], context, operation_context=context)
    elif kind == "MoveParticipantSucceeded":
        print("in the call:", len(list(call.list_participants())), flush=True)
    elif kind in ("RecognizeCompleted", "RecognizeFailed", "MoveParticipantFailed"):
        turn_away(context)
        call.hang_up(is_for_everyone=True)
    elif kind == "CreateCallFailed":
        turn_away(context)
    elif kind == "PlayCompleted" and context == "goodbye":
        call.hang_up(is_for_everyone=True)
    elif kind == "CallDisconnected":
        waiting.pop(connection, None)

def turn_away(lobby):
    if lobby in waiting:  # they may have left
        call = client.get_call_connection(lobby)
        call.play_media_to_all(spoken("Nobody can see you now. Goodbye."), operation_context="goodbye")

serve(handle)
