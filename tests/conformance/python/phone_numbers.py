"""Puts the official Python SDK of phone numbers and SIP routing on standard input and output, as driver.py does for
calls. A line in is {"id", "do", …arguments}; a line out is {"id", "ok"} or {"id", "error"}.

    python phone_numbers.py <connection string>
"""

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from azure.communication.phonenumbers import PhoneNumberCapabilities, PhoneNumbersClient
from azure.communication.phonenumbers.siprouting import SipRoutingClient, SipTrunk, SipTrunkRoute
from azure.core.exceptions import HttpResponseError

numbers = PhoneNumbersClient.from_connection_string(sys.argv[1])
sip = SipRoutingClient.from_connection_string(sys.argv[1])


def search(a):
    w = a["wanted"]
    found = numbers.begin_search_available_phone_numbers(
        w["countryCode"],
        w["phoneNumberType"],
        w["assignmentType"],
        PhoneNumberCapabilities(calling=w["capabilities"]["calling"], sms=w["capabilities"]["sms"]),
        area_code=w.get("areaCode"),
        quantity=w.get("quantity", 1),
        polling_interval=0.1,
    ).result()
    return {"search": found.search_id, "numbers": found.phone_numbers, "cost": found.cost.amount}


def purchase(a):
    numbers.begin_purchase_phone_numbers(a["search"], polling_interval=0.1).result()


def update(a):
    c = a["capabilities"]
    poller = numbers.begin_update_phone_number_capabilities(
        a["number"], c.get("sms"), c.get("calling"), polling_interval=0.1
    )
    return number(poller.result())


def release(a):
    numbers.begin_release_phone_number(a["number"], polling_interval=0.1).result()


def number(n):
    return {
        "number": n.phone_number,
        "type": text(n.phone_number_type),
        "calling": text(n.capabilities.calling),
        "sms": text(n.capabilities.sms),
    }


def text(value):
    return getattr(value, "value", value)


def browse(a):
    found = numbers.browse_available_phone_numbers(country_code=a["country"], phone_number_type=a["type"])
    return found.phone_numbers


def reserve(a):
    return reservation(
        numbers.create_or_update_reservation(
            reservation_id=a["reservation"], numbers_to_add=browse(a)[: a["count"]]
        )
    )


def reservation(r):
    held = [f"{n.phone_number} {text(n.status)}" for n in (r.phone_numbers or {}).values()]
    return {"id": r.id, "status": text(r.status), "numbers": held}


def purchase_reservation(a):
    numbers.begin_purchase_reservation(a["reservation"], polling_interval=0.1).result()


def trunk(t):
    return {"fqdn": t.fqdn, "sipSignalingPort": t.sip_signaling_port}


def route(r):
    return {"name": r.name, "numberPattern": r.number_pattern, "trunks": r.trunks}


def trunk_of(t):
    return SipTrunk(fqdn=t["fqdn"], sip_signaling_port=t["sipSignalingPort"])


def route_of(r):
    return SipTrunkRoute(name=r["name"], number_pattern=r["numberPattern"], trunks=r.get("trunks"))


def listed(found, show):
    return [show(one) for one in found]


operations = {
    "search": search,
    "purchase": purchase,
    "update": update,
    "release": release,
    "get": lambda a: number(numbers.get_purchased_phone_number(a["number"])),
    "list": lambda a: listed(numbers.list_purchased_phone_numbers(), number),
    "browse": lambda a: [n.phone_number for n in browse(a)],
    "reserve": reserve,
    "reservation": lambda a: reservation(numbers.get_reservation(a["reservation"])),
    "reservations": lambda a: listed(numbers.list_reservations(), lambda r: r.id),
    "purchaseReservation": purchase_reservation,
    "deleteReservation": lambda a: numbers.delete_reservation(a["reservation"]),
    "countries": lambda a: listed(
        numbers.list_available_countries(), lambda c: f"{c.country_code} {c.localized_name}"
    ),
    "localities": lambda a: listed(numbers.list_available_localities(a["country"]), lambda l: l.localized_name),
    "areaCodes": lambda a: listed(
        numbers.list_available_area_codes(a["country"], "geographic", assignment_type="application"),
        lambda c: c.area_code,
    ),
    "tollFreeAreaCodes": lambda a: listed(
        numbers.list_available_area_codes(a["country"], "tollFree", assignment_type="application"),
        lambda c: c.area_code,
    ),
    "offerings": lambda a: listed(
        numbers.list_available_offerings(a["country"]),
        lambda o: f"{text(o.phone_number_type)} {text(o.assignment_type)}",
    ),
    "lookUp": lambda a: [
        f"{v.national_format}, {v.iso_country_code}"
        for v in numbers.search_operator_information(
            a["numbers"], options={"include_additional_operator_details": True}
        ).values
    ],
    "trunks": lambda a: listed(sip.list_trunks(), trunk),
    "trunk": lambda a: trunk(sip.get_trunk(a["trunk"])),
    "setTrunks": lambda a: sip.set_trunks([trunk_of(t) for t in a["trunks"]]),
    "setTrunk": lambda a: sip.set_trunk(trunk_of(a["trunk"])),
    "deleteTrunk": lambda a: sip.delete_trunk(a["trunk"]),
    "routes": lambda a: listed(sip.list_routes(), route),
    "setRoutes": lambda a: sip.set_routes([route_of(r) for r in a["routes"]]),
}

output = threading.Lock()


def answer(line):
    request = json.loads(line)
    identity, verb = request.pop("id"), request.pop("do")
    try:
        told = {"id": identity, "ok": operations[verb](request)}
    except HttpResponseError as error:
        code = error.error.code if error.error else None
        told = {
            "id": identity,
            "error": {"name": type(error).__name__, "status": error.status_code, "code": code, "message": str(error)},
        }
    except Exception as error:  # What the SDK itself throws is told, too.
        told = {"id": identity, "error": {"name": type(error).__name__, "message": str(error)}}
    with output:
        print(json.dumps(told), flush=True)


with ThreadPoolExecutor(max_workers=16) as pool:
    for line in sys.stdin:
        pool.submit(answer, line)
