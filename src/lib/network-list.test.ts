import { describe, expect, test } from "bun:test";
import { networkList, plainIp, whyNoNetwork } from "./network-list.ts";

describe("networkList()", () => {
  const list = networkList(["10.0.0.0/8", "192.0.2.7", "fd00::/8"]);
  test.each([
    ["10.255.0.1", true],
    ["::ffff:10.1.2.3", true],
    ["::ffff:a01:203", true],
    ["11.0.0.1", false],
    ["192.0.2.7", true],
    ["192.0.2.8", false],
    ["fd12::1", true],
    ["fe80::1", false],
    ["10.1", false],
    ["010.0.0.1", false],
    ["10.0.0.1.example.com", false],
    ["", false],
  ])("%s is in it: %p", (address, is) => expect(list.has(address)).toBe(is));
});

test("plainIp() writes an address in one way", () => {
  expect(["2001:DB8:0:0::1", "::ffff:7f00:1", "fe80::1%eth0", "127.1", "a"].map(plainIp)).toEqual([
    "2001:db8::1",
    "127.0.0.1",
    "fe80::1",
    undefined,
    undefined,
  ]);
});

test("whyNoNetwork() says what is wrong", () => {
  expect(["10.0.0.0/8", "::1", "fd00::/8"].map(whyNoNetwork)).toEqual([undefined, undefined, undefined]);
  expect(
    ["10.0.0.0/33", "proxy.example.com", "10.0.0.0/8/8", "::ffff:10.0.0.0/104"].map(whyNoNetwork),
  ).toEqual([
    "has more than 32 bits",
    "is neither an address nor a network",
    "is neither an address nor a network",
    "is an IPv4 network written as IPv6",
  ]);
});
