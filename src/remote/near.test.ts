import { describe, expect, test } from "bun:test";
import { isNear, leadsNear } from "./near.ts";

describe("isNear()", () => {
  test.each([
    "localhost",
    "LOCALHOST.",
    "a.localhost",
    "127.0.0.1",
    "127.1",
    "0x7f.1",
    "2130706433",
    "0.0.0.0",
    "169.254.169.254",
    "[::1]",
    "[::]",
    "[fe80::1]",
    "[febf::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:169.254.169.254]",
    "[::ffff:0.0.0.0]",
  ])("%s", (host) => {
    expect(isNear(new URL(`https://${host}/`).hostname)).toBe(true);
  });

  test.each([
    "registry.example.com",
    "localhost.example.com",
    "10.0.0.1",
    "169.25.4.1",
    "[2001:db8::1]",
    "[::ffff:10.0.0.1]",
    "[::2]",
  ])("%s is not", (host) => {
    expect(isNear(new URL(`https://${host}/`).hostname)).toBe(false);
  });
});

test("leadsNear(): from far to near alone", () => {
  expect(leadsNear("https://a.example.com", "https://169.254.169.254/latest")).toBe(true);
  expect(leadsNear("https://127.0.0.1:5000", "https://localhost/x")).toBe(false);
  expect(leadsNear("https://a.example.com", "https://b.example.com")).toBe(false);
  expect(leadsNear("https://127.0.0.1", "https://b.example.com")).toBe(false);
});
