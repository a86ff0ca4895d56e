"use strict";

const EVERY_MS = 3000;
const find = (id) => document.getElementById(id);
let token = fromFragment() ?? sessionStorage.getItem("token");
let timer;

// A link from the terminal carries the token behind the #, which no server ever sees.
function fromFragment() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    history.replaceState(null, "", location.pathname);
    sessionStorage.setItem("token", given);
  }
  return given;
}

async function ask(path, options = {}) {
  const answer = await fetch(path, { ...options, headers: { authorization: `Bearer ${token}`, "content-type": "application/json" } });
  if (answer.status === 401) {
    lock("This is not the admin token of this server.");
    throw new Error("not signed in");
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error?.message ?? `the server answered ${answer.status}`);
  return body;
}

function lock(reason = "") {
  token = null;
  sessionStorage.removeItem("token");
  clearTimeout(timer);
  find("desk").hidden = true;
  find("door").hidden = false;
  find("refusal").textContent = reason;
  find("token").focus();
}

// Everything from outside becomes text, never markup.
function element(name, content, attributes = {}) {
  const made = document.createElement(name);
  made.append(...[content].flat().filter((part) => part !== null && part !== undefined).map((part) => part instanceof Node ? part : String(part)));
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function table(place, columns, rows, none) {
  if (document.activeElement && find(place).contains(document.activeElement)) return;
  if (rows.length === 0) return find(place).replaceChildren(element("p", none, { class: "quiet" }));
  const head = element("thead", element("tr", columns.map(([title]) => element("th", title, { scope: "col" }))));
  const body = element("tbody", rows.map((row) => element("tr", columns.map(([title, show]) => element("td", element("span", show(row)), { "data-title": title })))));
  find(place).replaceChildren(element("div", element("table", [head, body]), { class: "scroll", tabindex: "0", role: "region", "aria-label": place }));
}

const short = (type) => type.replace("Microsoft.Communication.", "");
const clock = (text) => text ? new Date(text).toLocaleTimeString() : "";
const mark = (text, good) => element("span", text, { class: good ? "good" : "bad" });
const person = (rawId) => rawId?.replace(/^4:/, "");
const outcome = (item) => item.lastError ?? (item.lastStatus ? `${item.lastStatus} ${item.attempts.at(-1)?.bodyHead?.slice(0, 80) ?? ""}` : "not tried yet");

function redeliverButton(letter) {
  const button = element("button", "Send again", { type: "button", "aria-label": `Send ${short(letter.eventType)} of ${clock(letter.created)} again` });
  button.addEventListener("click", () => act(`admin/v1/dead-letters/${letter.id}/redeliver`, "sent again"));
  return button;
}

async function act(path, done, body) {
  try {
    await ask(path, { method: "POST", body: body && JSON.stringify(body) });
    document.activeElement?.blur();
    await refresh();
    find("news").textContent = done;
  } catch (error) {
    find("news").textContent = error.message;
  }
}

function deliveriesPath() {
  const query = new URLSearchParams({ top: "20" });
  if (find("event-type").value) query.set("eventType", find("event-type").value.trim());
  if (find("state").value) query.set("state", find("state").value);
  return `admin/v1/deliveries?${query}`;
}

async function refresh() {
  const [server, phones, calls, subscriptions, letters, deliveries] = await Promise.all([
    ask("admin/v1/server"), ask("admin/v1/phones"), ask("admin/v1/calls"),
    ask("admin/v1/subscriptions"), ask("admin/v1/dead-letters?top=20"), ask(deliveriesPath()),
  ]);
  const reach = [
    ["Numbers", server.numbers.filter((number) => number.kind === "service").map((number) => number.number).join(", ")],
    ["SIP", server.sip.join(", ")], ["Endpoint", server.endpoint], ["Plain HTTP", server.httpEndpoint], ["Version", server.version],
  ].filter(([, value]) => value);
  find("reach").replaceChildren(...reach.flatMap(([name, value]) => [element("dt", name), element("dd", value)]));

  table("phones", [
    ["Name", (phone) => phone.name], ["Shown as", (phone) => phone.displayName], ["Number", (phone) => phone.number],
    ["Registered", (phone) => phone.registered ? mark(phone.contacts.map((contact) => contact.contact).join(", "), true) : "no"],
  ], phones.value, "There are no phones.");
  table("calls", [
    ["From", (call) => person(call.source)], ["To", (call) => call.answeredFor ?? call.targets.map(person).join(", ")],
    ["Since", (call) => clock(call.opened)], ["Application", (call) => call.callback ?? "none: phones talk"], ["Connection", (call) => call.callConnectionId],
  ], calls.value, "There are no calls.");
  table("subscriptions", [
    ["Name", (one) => one.name], ["Endpoint", (one) => one.endpoint],
    ["Events", (one) => one.filter.includedEventTypes.map(short).join(", ") || "all"],
    ["State", (one) => one.state === "awaiting-validation" ? "awaiting validation" : mark(one.state, one.state === "active")], ["Last answer", (one) => one.lastAnswer],
  ], subscriptions.value, "Nobody has subscribed.");
  table("letters", [
    ["When", (letter) => clock(letter.created)], ["Event", (letter) => short(letter.eventType)], ["To", (letter) => letter.destination],
    ["Why", (letter) => `${letter.deadLetterReason}: ${outcome(letter)}`], ["", redeliverButton],
  ], letters.value, "Nothing was given up.");
  find("redeliver-all").hidden = letters.value.length === 0;
  table("deliveries", [
    ["When", (one) => clock(one.created)], ["Event", (one) => short(one.eventType)], ["To", (one) => one.destination],
    ["State", (one) => one.state === "pending" ? "pending" : mark(one.state, one.state === "delivered")],
    ["Attempts", (one) => one.attemptCount], ["Last answer", outcome], ["Next try", (one) => clock(one.nextAttempt)],
  ], deliveries.value, "No event has left yet.");
  find("status").textContent = `as of ${new Date().toLocaleTimeString()}`;
}

async function watch() {
  clearTimeout(timer);
  if (!token) return lock();
  try {
    if (!document.hidden) {
      await refresh();
      find("door").hidden = true;
      find("desk").hidden = false;
    }
  } catch (error) {
    find("status").textContent = error.message;
  }
  if (token) timer = setTimeout(watch, EVERY_MS);
}

find("door").addEventListener("submit", (event) => {
  event.preventDefault();
  token = find("token").value.trim();
  find("token").value = "";
  sessionStorage.setItem("token", token);
  watch();
});
find("search").addEventListener("submit", (event) => { event.preventDefault(); watch(); });
find("redeliver-all").addEventListener("click", () => act("admin/v1/dead-letters/redeliver", "all sent again", { all: true }));
document.addEventListener("visibilitychange", () => { if (!document.hidden) watch(); });
watch();
