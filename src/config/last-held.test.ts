import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret } from "../core/model/secret.ts";
import { dataFoldersOf, holdsSecret, lastHeld, rememberHeld } from "./last-held.ts";
import { defaultConfig } from "./load-config.ts";

const data = mkdtempSync(join(tmpdir(), "last-held-"));
afterAll(() => rmSync(data, { recursive: true, force: true }));

describe("lastHeld()", () => {
  const held = { file: "/etc/holdfast.yaml", texts: { "/etc/holdfast.yaml": "poll: 1m\n" } };

  test("is what was remembered of this file, readable by its owner only, and nothing beside it is left", () => {
    expect(lastHeld(data, held.file)).toBeUndefined();
    rememberHeld(data, { ...held, texts: {} });
    rememberHeld(data, held);
    expect(lastHeld(data, held.file)).toEqual(held);
    const files = readdirSync(data);
    expect(files).toHaveLength(1);
    expect(statSync(join(data, files[0] ?? "")).mode & 0o777).toBe(0o600);
  });

  test("is nothing for another file, and where it is cut or is something else", () => {
    expect(lastHeld(data, "/etc/other.yaml")).toBeUndefined();
    const [file = ""] = readdirSync(data);
    for (const text of ["", '{"file": "/etc/hold', "[]", '{"file": "/etc/holdfast.yaml"}']) {
      writeFileSync(join(data, file), text);
      expect(lastHeld(data, held.file)).toBeUndefined();
    }
    expect(lastHeld(join(data, "nowhere"), held.file)).toBeUndefined();
  });
});

test.each<[string, string[]]>([
  ["", ["/etc/data"]],
  ["data: /var/lib/holdfast # ours\n", ["/var/lib/holdfast", "/etc/data"]],
  ["  data: no\npoll: [\ndata: 'kept here'\n", ["/etc/kept here", "/etc/data"]],
  ['data: "${STATE}/x"\n', ["/state/x", "/etc/data"]],
  ["data:\npoll: 1m\n", ["/etc/data"]],
])("dataFoldersOf(%p)", (text, want) =>
  expect(dataFoldersOf(text, "/etc/holdfast.yaml", { STATE: "/state" })).toEqual(want),
);

describe("holdsSecret()", () => {
  const password = 'cor"rect horse';
  const config = {
    ...defaultConfig("/etc"),
    server: { ...defaultConfig("/etc").server, token: new Secret(password) },
  };

  test.each([
    ["as it is", `server: { token: 'cor"rect horse' }`],
    ["behind escapes", 'server: { token: "c\\x6fr\\"rect horse" }'],
    ["over two lines", 'server:\n  token: >-\n    cor"rect\n    horse\n'],
    ["by an anchor elsewhere", `a: &a 'cor"rect horse'\nserver: { token: *a }`],
  ])("sees one that is written %s", (_, text) => {
    expect(holdsSecret(text, config)).toBe(true);
  });

  test("sees none in a variable, in a file, or where there is none", () => {
    expect(holdsSecret("server: { token: $" + "{TOKEN} }", config)).toBe(false);
    expect(holdsSecret("server: { tokenFile: ./token }", config)).toBe(false);
    expect(holdsSecret("poll: 1m\n", defaultConfig("/etc"))).toBe(false);
  });
});
