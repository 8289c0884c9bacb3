import { expect, test } from "bun:test";
import { SealedPending } from "./sealed-pending.ts";

const key = crypto.getRandomValues(new Uint8Array(32));
const pending = {
  provider: "Okta",
  state: "state-canary",
  nonce: "nonce-canary",
  verifier: "verifier-canary",
  redirectUri: "https://cd.example.org/auth/callback",
  returnTo: "/applications",
  until: 5,
};

test("what is sealed is opened once", () => {
  const box = new SealedPending(key);
  const text = box.seal(pending) ?? "";
  expect(Buffer.from(text, "base64url").toString("latin1")).not.toContain("canary");
  expect(box.openOnce(text)).toEqual(pending);
  expect(box.openOnce(text)).toBeUndefined();
  // Sealed again it is still the same login.
  expect(box.openOnce(box.seal(pending) ?? "")).toBeUndefined();
});

test("after a restart it is still a login", () => {
  const text = new SealedPending(key).seal(pending) ?? "";
  expect(new SealedPending(key).openOnce(text)).toEqual(pending);
});

test("nothing else is one", () => {
  const box = new SealedPending(key);
  const text = box.seal(pending) ?? "";
  const other = new SealedPending(crypto.getRandomValues(new Uint8Array(32)));
  expect(other.openOnce(text)).toBeUndefined();
  const bytes = Buffer.from(text, "base64url");
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(box.openOnce(changed.toString("base64url"))).toBeUndefined();
    expect(box.openOnce(bytes.subarray(0, at).toString("base64url"))).toBeUndefined();
  }
  for (const no of ["", "x", "..", "x".repeat(5_000), "%00"]) expect(box.openOnce(no)).toBeUndefined();
  expect(box.openOnce(box.seal({ ...pending, until: "5" as unknown as number }) ?? "")).toBeUndefined();
  expect(box.openOnce(text)).toEqual(pending);
});

test("what no cookie holds is not sealed", () => {
  expect(new SealedPending(key).seal({ ...pending, returnTo: "x".repeat(4_000) })).toBeUndefined();
  expect(() => new SealedPending(new Uint8Array(16))).toThrow("32 bytes");
});
