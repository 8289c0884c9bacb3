import { expect, test } from "bun:test";
import type { Server } from "bun";
import { arrivalsBehind } from "./arrival.ts";

const peer = (address: string) => ({ requestIP: () => ({ address }) }) as unknown as Server<unknown>;
const arrivalOf = arrivalsBehind(["127.0.0.1", "10.0.0.0/8", "fd00::/8"]);
const arrive = (from: string, headers: Record<string, string>) =>
  arrivalOf(new Request("http://holdfast/", { headers: { host: "pod:8080", ...headers } }), peer(from));

test.each([
  [
    "from nobody's proxy is its own connection, whatever it says",
    "192.0.2.7",
    "1.1.1.1",
    "192.0.2.7",
    "direct",
  ],
  ["behind a proxy is the hop before it", "10.1.1.1", "203.0.113.9", "203.0.113.9", "proxy"],
  [
    "is the rightmost hop that is none of ours",
    "10.1.1.1",
    "127.0.0.1, 6.6.6.6, 203.0.113.9, 10.2.2.2",
    "203.0.113.9",
    "proxy",
  ],
  ["is a proxy of ours where there is nobody else", "10.1.1.1", "10.3.3.3, 10.2.2.2", "10.3.3.3", "proxy"],
  ["without a list is the proxy itself", "10.1.1.1", "", "10.1.1.1", "direct"],
  ["does not reach past what is no address", "10.1.1.1", "203.0.113.9, 999.1.1.1", "10.1.1.1", "direct"],
  ["does not reach past a name", "10.1.1.1", "203.0.113.9, unknown, 10.2.2.2", "10.2.2.2", "proxy"],
  ["has its port taken away", "10.1.1.1", "203.0.113.9:4711", "203.0.113.9", "proxy"],
  ["has its brackets taken away", "10.1.1.1", "[2001:DB8:0::1]:4711", "2001:db8::1", "proxy"],
  ["is IPv4 within IPv6 as IPv4", "::ffff:10.1.1.1", "::ffff:cb00:7109", "203.0.113.9", "proxy"],
  ["written in another way than in four parts is no address", "10.1.1.1", "0x7f.1", "10.1.1.1", "direct"],
  ["from a trusted network of IPv6", "fd12::1", "203.0.113.9", "203.0.113.9", "proxy"],
])("who asks %s", (_, from, list, address, via) => {
  expect(arrive(from, { "x-forwarded-for": list })).toMatchObject({ address, via });
});

test("scheme and host are the proxy's word, and nobody else's", () => {
  const said = { "x-forwarded-proto": "https", "x-forwarded-host": "cd.example.com" };
  expect(arrive("10.1.1.1", { ...said, "x-forwarded-for": "203.0.113.9" })).toMatchObject({
    scheme: "tls",
    host: "cd.example.com",
  });
  expect(arrive("192.0.2.7", said)).toMatchObject({ scheme: "plain", host: "pod:8080" });
});

test("of a list of schemes the one beside the hop counts, and what a client put before it does not", () => {
  const of = (hops: string, protos: string) =>
    arrive("10.1.1.1", { "x-forwarded-for": hops, "x-forwarded-proto": protos }).scheme;
  expect(of("6.6.6.6, 203.0.113.9", "https, http")).toBe("plain");
  expect(of("203.0.113.9, 10.2.2.2", "https, http")).toBe("tls");
  // Of another length: the nearest proxy's word.
  expect(of("203.0.113.9", "https, http")).toBe("plain");
});
