// Puts the official JavaScript SDK of phone numbers and SIP routing on standard input and output, as driver.mjs does
// for calls. A line in is {"id", "do", …arguments}; a line out is {"id", "ok"} or {"id", "error"}.
//
//   node phone_numbers.mjs <connection string>

import { createInterface } from "node:readline";
import { PhoneNumbersClient, SipRoutingClient } from "@azure/communication-phone-numbers";

const [, , connectionString] = process.argv;
const numbers = new PhoneNumbersClient(connectionString);
const sip = new SipRoutingClient(connectionString);

const operations = {
  search: (a) => numbers.beginSearchAvailablePhoneNumbers(a.wanted).then(done).then((r) => ({ search: r.searchId, numbers: r.phoneNumbers, cost: r.cost.amount })),
  purchase: (a) => numbers.beginPurchasePhoneNumbers(a.search).then(done).then(nothing),
  update: (a) => numbers.beginUpdatePhoneNumberCapabilities(a.number, a.capabilities).then(done).then(number),
  release: (a) => numbers.beginReleasePhoneNumber(a.number).then(done).then(nothing),
  get: (a) => numbers.getPurchasedPhoneNumber(a.number).then(number),
  list: () => all(numbers.listPurchasedPhoneNumbers()).then((found) => found.map(number)),
  browse: (a) => numbers.browseAvailablePhoneNumbers({ countryCode: a.country, phoneNumberType: a.type }).then((r) => r.phoneNumbers.map((n) => n.phoneNumber)),
  reserve: async (a) => {
    const seen = await numbers.browseAvailablePhoneNumbers({ countryCode: a.country, phoneNumberType: a.type });
    const made = await numbers.createOrUpdateReservation({ reservationId: a.reservation }, { add: seen.phoneNumbers.slice(0, a.count) });
    return reservation(made);
  },
  reservation: (a) => numbers.getReservation(a.reservation).then(reservation),
  reservations: () => all(numbers.listReservations()).then((found) => found.map((r) => r.id)),
  purchaseReservation: (a) => numbers.beginReservationPurchase(a.reservation).then(done).then(nothing),
  deleteReservation: (a) => numbers.deleteReservation(a.reservation).then(nothing),
  countries: () => all(numbers.listAvailableCountries()).then((found) => found.map((c) => `${c.countryCode} ${c.localizedName}`)),
  localities: (a) => all(numbers.listAvailableLocalities(a.country)).then((found) => found.map((l) => l.localizedName)),
  areaCodes: (a) => all(numbers.listAvailableGeographicAreaCodes(a.country)).then((found) => found.map((c) => c.areaCode)),
  tollFreeAreaCodes: (a) => all(numbers.listAvailableTollFreeAreaCodes(a.country)).then((found) => found.map((c) => c.areaCode)),
  offerings: (a) => all(numbers.listAvailableOfferings(a.country)).then((found) => found.map((o) => `${o.phoneNumberType} ${o.assignmentType}`)),
  lookUp: (a) => numbers.searchOperatorInformation(a.numbers, { includeAdditionalOperatorDetails: true }).then((r) => r.values.map((v) => `${v.nationalFormat}, ${v.isoCountryCode}`)),
  trunks: () => all(sip.listTrunks()),
  trunk: (a) => sip.getTrunk(a.trunk),
  setTrunks: (a) => sip.setTrunks(a.trunks),
  setTrunk: (a) => sip.setTrunk(a.trunk),
  deleteTrunk: (a) => sip.deleteTrunk(a.trunk).then(nothing),
  routes: () => all(sip.listRoutes()),
  setRoutes: (a) => sip.setRoutes(a.routes),
};

const done = (poller) => poller.pollUntilDone();
const nothing = () => null;
const number = (n) => ({ number: n.phoneNumber, type: n.phoneNumberType, calling: n.capabilities.calling, sms: n.capabilities.sms });
const reservation = (r) => ({ id: r.id, status: r.status, numbers: Object.values(r.phoneNumbers ?? {}).map((n) => `${n.phoneNumber} ${n.status}`) });

async function all(pages) {
  const found = [];
  for await (const one of pages) found.push(one);
  return found;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, do: verb, ...rest } = JSON.parse(line);
  answer(id, verb, rest);
}

async function answer(id, verb, rest) {
  try {
    const ok = (await operations[verb](rest)) ?? null;
    process.stdout.write(`${JSON.stringify({ id, ok })}\n`);
  } catch (error) {
    const told = { name: error.name ?? "Error", status: error.statusCode, code: error.code, message: error.message };
    process.stdout.write(`${JSON.stringify({ id, error: told })}\n`);
  }
}
