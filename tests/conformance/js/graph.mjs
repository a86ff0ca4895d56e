// Puts the official Microsoft Graph client on standard input and output. A line in is {"method", "path", …options};
// a line out is {"ok"} or {"error"}. Nothing of the client is patched: its options say where the server is.
//
//   node graph.mjs <endpoint> <tenant> <client id> <client secret>

import { createInterface } from "node:readline";
import { Client, PageIterator } from "@microsoft/microsoft-graph-client";

const [, , endpoint, tenant, clientId, secret] = process.argv;
const origin = endpoint.replace(/\/$/, "");

async function token() {
  const form = { grant_type: "client_credentials", client_id: clientId, client_secret: secret, scope: "https://graph.microsoft.com/.default" };
  const answer = await fetch(`${origin}/${tenant}/oauth2/v2.0/token`, { method: "POST", body: new URLSearchParams(form) });
  const given = await answer.json();
  if (!answer.ok) throw new Error(`${answer.status} ${given.error}`);
  return given.access_token;
}

const client = Client.init({
  baseUrl: `${origin}/`,
  customHosts: new Set([new URL(origin).hostname]),
  authProvider: (done) => token().then((given) => done(null, given), (error) => done(error, null)),
});

async function act(a) {
  let request = client.api(a.path).version(a.version ?? "v1.0");
  if (a.eventual) request = request.header("ConsistencyLevel", "eventual").count(true);
  if (a.filter) request = request.filter(a.filter);
  if (a.search) request = request.search(a.search);
  if (a.select) request = request.select(a.select);
  if (a.top) request = request.top(a.top);
  if (a.orderby) request = request.orderby(a.orderby);
  if (a.allPages) {
    const seen = [];
    await new PageIterator(client, await request.get(), (one) => { seen.push(one); return true; }).iterate();
    return seen;
  }
  return request[a.method](a.body);
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await act(JSON.parse(line)).then(
    (ok) => ({ ok: ok ?? null }),
    (error) => ({ error: { status: error.statusCode ?? null, code: error.code ?? null, message: error.message } }),
  );
  console.log(JSON.stringify(answer));
}
