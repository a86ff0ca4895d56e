"""Puts the official Microsoft Graph core for Python on standard input and output, as graph.mjs does with that for
JavaScript. Nothing of it is patched: its adapter is told where the server is.

    python graph.py <endpoint> <tenant> <client id> <client secret> [token]

With a token that is what it shows; without one it asks for one with its secret.
"""

import asyncio
import json
import os
import ssl
import sys

import httpx
from kiota_abstractions.api_error import APIError
from kiota_abstractions.authentication import AccessTokenProvider, AllowedHostsValidator, BaseBearerTokenAuthenticationProvider
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from msgraph_core import APIVersion, BaseGraphRequestAdapter, GraphClientFactory

endpoint, tenant, client_id, secret, *given = sys.argv[1:]
origin = endpoint.rstrip("/")
trust = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])


class Tokens(AccessTokenProvider):
    """OAuth 2.0 client credentials."""

    async def get_authorization_token(self, uri, additional_authentication_context={}):
        if given:
            return given[0]
        form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": secret,
            "scope": "https://graph.microsoft.com/.default",
        }
        async with httpx.AsyncClient(verify=trust) as http:
            answer = await http.post(f"{origin}/{tenant}/oauth2/v2.0/token", data=form)
        if answer.is_error:
            raise RuntimeError(f"{answer.status_code} {answer.json()['error']}")
        return answer.json()["access_token"]

    def get_allowed_hosts_validator(self):
        return AllowedHostsValidator([])


def adapter(version):
    http = GraphClientFactory.create_with_default_middleware(
        api_version=APIVersion(version), client=httpx.AsyncClient(verify=trust), host=origin
    )
    made = BaseGraphRequestAdapter(BaseBearerTokenAuthenticationProvider(Tokens()), http_client=http)
    made.base_url = f"{origin}/{version}"
    return made


ADAPTERS = {version: adapter(version) for version in ("v1.0", "beta")}


async def send(asked, url=None):
    version = asked.get("version", "v1.0")
    query = {f"${name}": asked[name] for name in ("filter", "search", "select", "orderby", "top") if name in asked}
    if asked.get("eventual"):
        query["$count"] = "true"
    names = ",".join(name.replace("$", "%24") for name in query)
    template = "{+baseurl}" + asked["path"] + ("{?" + names + "}" if names else "")
    values = {"baseurl": f"{origin}/{version}"} | {name.replace("$", "%24"): value for name, value in query.items()}
    request = RequestInformation(Method(asked["method"].upper()), template, values)
    if url:
        request.url = url
    request.headers.try_add("Accept", "application/json")
    if asked.get("eventual"):
        request.headers.try_add("ConsistencyLevel", "eventual")
    if "body" in asked:
        request.set_stream_content(json.dumps(asked["body"]).encode(), "application/json")
    body = await ADAPTERS[version].send_primitive_async(request, "bytes", {})
    return json.loads(body) if body else None


async def act(asked):
    page = await send(asked)
    if not asked.get("allPages"):
        return page
    seen = page["value"]
    while link := page.get("@odata.nextLink"):
        page = await send(asked, link)
        seen += page["value"]
    return seen


async def main():
    for line in iter(sys.stdin.readline, ""):
        try:
            answer = {"ok": await act(json.loads(line))}
        except APIError as error:
            answer = {"error": {"status": error.response_status_code, "message": error.message}}
        except RuntimeError as error:
            answer = {"error": {"status": None, "message": str(error)}}
        print(json.dumps(answer), flush=True)


asyncio.run(main())
