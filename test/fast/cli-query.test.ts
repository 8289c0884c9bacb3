/** The line of the page's list on the command line: what it finds, and that a slip in it finds nothing to sync or delete. */
import { beforeAll, expect, test } from "bun:test";
import { cli } from "../lib/cli.ts";
import { appWith, sharedCli } from "../lib/cli-stage.ts";

const on = sharedCli();
/** A line holds blanks: it is one word of the command line. */
const run = (words: string[]) => cli(words, { server: on.api.url });
const named = async (line: string) =>
  (await run(["app", "list", "-o", "name", "-Q", line])).stdout.split("\n");

beforeAll(async () => {
  const path = "/api/holdfast/v1/applications/shop/web/favourite";
  await fetch(`${on.api.url}${path}`, { method: "PUT", headers: { "content-type": "application/json" } });
});

test.each([
  ["health:degraded", ["payments/api"]],
  ["is:attention", ["payments/api", "shop/web"]],
  ["health:degraded health:progressing", ["payments/api", "payments/web"]],
  ["sync:synced -health:degraded", ["argocd/guestbook"]],
  ["WEB", ["payments/web", "shop/web"]],
  ["/^payments.api/", ["payments/api"]],
  ['"shop/web"', ["shop/web"]],
  ["run:none ns:shop", ["argocd/guestbook", "payments/api", "payments/web", "shop/web"]],
  ["project:nobody", []],
  ["health:degraded OR sync:synced", ["argocd/guestbook", "payments/api"]],
  // Alternatives before the words around them narrow.
  ["payments health:degraded | health:progressing", ["payments/api", "payments/web"]],
  ["health:degraded|progressing", ["payments/api", "payments/web"]],
  ["guestbook or", []],
  ["is:favourite", ["shop/web"]],
  ["-is:favourite web", ["payments/web"]],
])("%s finds what the page finds", async (line, names) => {
  expect((await named(line)).filter((name) => name !== "").sort()).toEqual(names);
});

test("it narrows with the other flags, says of how many, and a watch shows no others", async () => {
  const both = await run(["app", "list", "-Q", "web", "--health", "progressing"]);
  expect(both.stdout).toContain("payments/web");
  expect(both.stdout).not.toContain("shop/web");
  expect(both.stderr).toContain("1 of 4 applications");
  const stop = new AbortController();
  const watched = await cli(["app", "list", "-w", "-o", "name", "-Q", "health:degraded"], {
    ...{ server: on.api.url, signal: stop.signal },
    onStdout: () => stop.abort(),
  });
  expect(watched.stdout).toBe("payments/api\n");
});

test("a sync, a wait and a deletion are of what it finds", async () => {
  on.control.put(appWith("argocd", "left", "OutOfSync", "Missing"));
  const before = on.control.calls.length;
  expect((await run(["app", "sync", "-Q", "health:missing", "--async"])).stdout).toContain(
    "argocd/left: asked for",
  );
  expect(on.control.calls.slice(before).filter((call) => call.startsWith("sync"))).toHaveLength(1);
  const none = await run(["app", "delete", "-Q", "project:nobody", "--yes"]);
  expect([none.code, none.stderr.split("\n")[0]]).toEqual([
    3,
    "✗ No application fits, or you may not see it.",
  ]);
});

test.each([
  ["", "It says nothing."],
  ["  ", "It says nothing."],
  ["health:", "health: names no value."],
  ["-health:", "-health: names no value."],
  ["-health:degradd", "health: is one of healthy, progressing"],
  ["-projct:pay", "projct: is nothing that can be asked. Did you mean project:?"],
  ["web -projct:pay", "Did you mean project:?"],
  ['""', "is no text."],
  ["/(/", "is no regular expression"],
  ["web OR", "OR stands between two words"],
  ["| web", "| stands between two words"],
  ["web OR | api", "OR stands between two words"],
  ["health:degraded|missng", "health: is one of healthy, progressing"],
  ["project:a|", "project:a| ends with |."],
  // Of no project is that the name: it would find all.
  ["-project:a|b", "says several at once: -project:a -project:b"],
])("%p is refused, and nothing is deleted", async (line, why) => {
  const before = on.control.calls.length;
  const { code, stderr } = await run(["app", "delete", "--yes", "--query", line]);
  expect([code, stderr]).toEqual([2, expect.stringContaining(why)]);
  expect(stderr).toContain("holdfast help query");
  expect(on.control.calls.slice(before).filter((call) => call.startsWith("remove"))).toEqual([]);
});

test("the help tells every name that can be asked", async () => {
  const { stdout } = await run(["help", "query"]);
  for (const name of [
    "is",
    "health",
    "sync",
    "run",
    "project",
    "cluster",
    "namespace",
    "policy",
    "label",
    "annotation",
  ])
    expect(stdout).toContain(`  ${name}: `);
});
