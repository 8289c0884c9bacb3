import { expect, test } from "bun:test";
import { bareAddress, fixOf, repositoryId, repositoryOf } from "./connection-words.ts";

test.each([
  ["cluster", "x509: certificate signed by an unknown authority", "caData"],
  ["repository", "the server's certificate: self-signed certificate", "cert add-tls"],
  ["repository", "no key of git.example.com in known_hosts", "cert add-ssh"],
  ["cluster", "the server answered 401 Unauthorized", "rotate"],
  ["repository", "HTTP 403", "may not read it"],
  ["cluster", "connect ECONNREFUSED 10.0.0.1:6443", "port"],
  ["repository", "getaddrinfo ENOTFOUND git.example.com", "DNS"],
  ["cluster", "no answer within 10 s", "firewall"],
] as const)("fixOf(%p, %p) tells of %p", (of, why, want) => {
  expect(fixOf(of, why)).toContain(want);
});

test("fixOf() says nothing where nothing is known", () => {
  expect(fixOf("cluster", "something else")).toBeUndefined();
  expect(fixOf("cluster", "no key in known_hosts")).toBeUndefined();
});

test("bareAddress() is the same of one repository however it is written", () => {
  expect(
    ["https://git.example.com/a.git", "ssh://git@git.example.com/a", "git.example.com/a/"].map(bareAddress),
  ).toEqual(["git.example.com/a", "git.example.com/a", "git.example.com/a"]);
});

test("repositoryId() is a part of a path, and leads back", () => {
  for (const url of ["https://git.example.com/a/b.git", "git@host:ä/ß", "oci://x?>~"]) {
    expect(repositoryId(url)).toMatch(/^[\w-]+$/);
    expect(repositoryOf(repositoryId(url))).toBe(url);
  }
  expect([repositoryOf("%"), repositoryOf("_w")]).toEqual([undefined, undefined]);
});
