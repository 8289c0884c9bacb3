import { expect, test } from "bun:test";
import { endingOf } from "../../test/lib/ending-of.ts";
import { type HttpTerms, httpClient } from "./http.ts";

const TERMS: HttpTerms = {
  origin: "https://charts.example.com",
  elsewhere: "bare",
  userAgent: "test",
  says: {
    object: "https://charts.example.com",
    cannot: "read from it",
    unreachable: "artifact-unreachable",
    auth: "artifact-auth",
    thing: "chart repository",
    tooLong: "",
  },
};

test.each([
  "https://169.254.169.254/latest",
  "https://127.0.0.1:1/x",
  "https://[::1]:1/x",
  "https://localhost/x",
])("a server elsewhere does not lead to %s", async (url) => {
  const asked = httpClient(TERMS)({
    method: "GET",
    url,
    signal: new AbortController().signal,
    idleMs: 1_000,
    maxBytes: 1_000,
  });
  expect(await endingOf(asked)).toThrow("which is this machine or its own network, and is not followed");
});
