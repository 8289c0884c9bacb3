import { describe, expect, test } from "bun:test";
import { causeFirst } from "./cause-first.ts";

describe("causeFirst()", () => {
  test.each([
    [
      "a value that the API server refuses",
      `The last sync to ${"d".repeat(40)} failed: nothing was written, because the API server refuses Service import/import (import/import.yaml:30): spec.ports[0].port: Invalid value: 80800: must be between 1 and 65535, inclusive. It is tried again at 2026-11-30T19:54:14Z, or at the next commit.`,
      "port 80800 invalid: must be between 1 and 65535, inclusive (Service import/import, import/import.yaml:30). It is tried again at 2026-11-30T19:54:14Z, or at the next commit.",
    ],
    [
      "a text that it refuses, without a place",
      'nothing was written, because the API server refuses Pod shop/web: metadata.name: Invalid value: "We b": a lowercase RFC 1123 subdomain',
      'name "We b" invalid: a lowercase RFC 1123 subdomain (Pod shop/web)',
    ],
    [
      "a long value behind its field",
      `the API server refuses Pod shop/web: spec.a: Invalid value: "${"x".repeat(50)}": too long`,
      `spec.a: Invalid value: "${"x".repeat(50)}": too long (Pod shop/web)`,
    ],
    [
      "how a hook ended",
      "the hook batch/Job ledger/migrate failed: BackoffLimitExceeded: Job has reached the specified backoff limit; Pod migrate-nw container migrate ended with exit code 1",
      "container migrate ended with exit code 1 (hook Job ledger/migrate, Pod migrate-nw: BackoffLimitExceeded: Job has reached the specified backoff limit)",
    ],
    [
      "that a hook waits for somebody",
      "waiting for completion of hook batch/Job catalogue/approve since 2026-11-30T19:53:37Z (it is suspended: it goes on once its spec.suspend is false, or terminate the sync)",
      "hook Job catalogue/approve is suspended since 2026-11-30T19:53:37Z: it goes on once its spec.suspend is false, or terminate the sync",
    ],
    [
      "why no node takes a Pod that a sync waits for",
      "waiting for healthy state of apps/Deployment warehouse/stock (Pod stock-6f is on no node: 0/1 nodes are available: 1 node(s) didn't match (any). 0 of 1 replicas are available) since 2026-11-30T19:53:36Z",
      "no node: 0/1 nodes are available: 1 node(s) didn't match (any). 0 of 1 replicas are available (Pod stock-6f); Deployment warehouse/stock, since 2026-11-30T19:53:36Z",
    ],
    [
      "why a container waits",
      "apps/Deployment mailer/mailer: Pod mailer-54 container mailer waits: CrashLoopBackOff: back-off 40s",
      "CrashLoopBackOff: container mailer of Pod mailer-54: back-off 40s",
    ],
    [
      "what could not be done",
      "https://git.example.com/shop.git: cannot render: helm says: values.yaml, line 12: no mapping. Mend it",
      "cannot render: helm says: values.yaml, line 12: no mapping. Mend it (https://git.example.com/shop.git)",
    ],
    [
      "the file and line of what is no YAML, without the application's own name",
      "Application argocd/paper-staging: cannot use its manifests: paper/extra.yaml:5: mapping values are not allowed here (and 1 more)",
      "paper/extra.yaml:5: mapping values are not allowed here (and 1 more)",
    ],
    [
      "the file of what a chart renders",
      "Application argocd/shop: cannot use its manifests: apps/shop/templates/a.yaml (as rendered):7: metadata.name: this field is required",
      "apps/shop/templates/a.yaml (as rendered):7: metadata.name: this field is required",
    ],
    [
      "the template that Helm stops at, as the repository has it",
      'apps/shop: cannot render: helm says: shop/templates/web.yaml:3:14 executing "shop/templates/web.yaml" at <.Values.a.b>: nil pointer evaluating interface {}.b',
      'apps/shop/templates/web.yaml:3: executing "shop/templates/web.yaml" at <.Values.a.b>: nil pointer evaluating interface {}.b',
    ],
    [
      "the template that an older Helm stops at",
      "apps/shop: cannot render: helm says: template: web/templates/a.yaml:3:14: no such value",
      "apps/shop/templates/a.yaml:3: no such value",
    ],
    [
      "the template that Helm cannot read",
      'apps/shop: cannot render: helm says: parse error at (shop/templates/web.yaml:1): function "nofunc" not defined',
      'apps/shop/templates/web.yaml:1: function "nofunc" not defined',
    ],
    [
      "the template whose output is no YAML, by the line of that output",
      "apps/shop: cannot render: helm says: YAML parse error on shop/templates/services.yaml: error converting YAML to JSON: yaml: line 11: did not find expected key",
      "apps/shop/templates/services.yaml (as rendered):11: did not find expected key",
    ],
    [
      "the template of a chart that is the whole repository",
      "the repository's root: cannot render: helm says: execution error at (shop/charts/db/templates/a.yaml:3:4): a password is needed",
      "charts/db/templates/a.yaml:3: a password is needed",
    ],
    ["nothing that it does not know", "3 to update, 1 to create", "3 to update, 1 to create"],
    ["nothing of an empty text", "", ""],
  ])("begins with %s", (_, text, want) => {
    expect(causeFirst(text)).toBe(want);
  });

  test("is quick about what a server or a tool writes to be long", () => {
    const nasty = [
      `waiting for healthy state of a b (${"(".repeat(100_000)}`,
      `the API server refuses a b: ${"It is tried again".repeat(20_000)}`,
      `the hook a b failed: ${"; Pod a container a".repeat(10_000)}`,
      `the API server refuses a b: ${"a.".repeat(100_000)}`,
      `a: ${"cannot ".repeat(50_000)}`,
      `Application a: cannot use its manifests: ${"a".repeat(100_000)}`,
      `a: cannot render: helm says: template: ${"a/".repeat(100_000)}`,
    ];
    for (const text of nasty) expect(causeFirst(text).length).toBeGreaterThan(0);
  });
});
