import { describe, expect, test } from "bun:test";
import { TAR_END, tarHeader, tarPadding } from "../lib/tar-writer.ts";
import { CONTENTS, contentsText, readBackup, sha256 } from "./backup-file.ts";

const bytes = (text: string): Buffer => Buffer.from(text);

function archive(files: Record<string, Buffer>, listed: Record<string, Buffer> = files): Buffer {
  const contents = contentsText({
    ...{ made: "2026-11-29T12:00:00Z", version: "0.1.0", schema: 8 },
    files: Object.entries(listed).map(([path, content]) => ({
      path,
      size: content.length,
      sha256: sha256(content),
    })),
  });
  const all = { [CONTENTS]: bytes(contents), ...files };
  return Buffer.concat([
    ...Object.entries(all).flatMap(([name, content]) => [
      tarHeader(name, content.length),
      content,
      tarPadding(content.length),
    ]),
    TAR_END,
  ]);
}
const STORE = { "holdfast.db": bytes("a store") };
const why = (backup: Uint8Array): string => {
  try {
    readBackup(backup, "b.tar");
  } catch (cause) {
    return (cause as { why: string }).why;
  }
  return "taken";
};

describe("readBackup()", () => {
  test("gives the files as they were written", () => {
    const read = readBackup(archive({ ...STORE, "clusters/a.json": bytes("{}") }), "b.tar");
    expect([...read.files.keys()]).toEqual(["holdfast.db", "clusters/a.json"]);
    expect(read).toMatchObject({ made: "2026-11-29T12:00:00Z", version: "0.1.0" });
  });

  test("takes a bare store, as an upgrade keeps it", () => {
    const store = Buffer.concat([bytes("SQLite format 3\0"), Buffer.alloc(100)]);
    expect([...readBackup(store, "schema-7.db").files.keys()]).toEqual(["holdfast.db"]);
  });

  test("refuses it cut at whatever byte", () => {
    const whole = archive({ ...STORE, "clusters/a.json": bytes("{}") });
    for (let length = 0; length < whole.length; length += 97)
      expect([length, why(whole.subarray(0, length))]).not.toEqual([length, "taken"]);
    expect(why(whole)).toBe("taken");
  });

  test("refuses one of which any byte that counts was changed", () => {
    const whole = archive(STORE);
    for (const at of [0, 130, 520, 700, 2048 + 3]) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 0xff;
      expect([at, why(changed)]).not.toEqual([at, "taken"]);
    }
  });

  test.each([
    ["leads out", "../holdfast.db"],
    ["leads out below a folder", "clusters/../../x"],
    ["leads out behind a folder", "clusters/.."],
    ["is absolute", "/etc/passwd"],
    ["is a file of the daemon's own", "lock"],
    ["is deeper than any", "clusters/a/b"],
  ])("refuses a path that %s", (_, path) => {
    expect(why(archive({ ...STORE, [path]: bytes("x") }))).toContain("which no backup does");
  });

  test("refuses what was put in, what is missing, and another form", () => {
    expect(why(archive({ ...STORE, "clusters/b.json": bytes("{}") }, STORE))).toContain("was put into it");
    expect(why(archive(STORE, { ...STORE, "clusters/b.json": bytes("{}") }))).toContain("is missing");
    expect(why(archive({}, {}))).toContain("no store");
    const newer = archive(STORE).toString("latin1").replace('"form": 1', '"form": 2');
    expect(why(Buffer.from(newer, "latin1"))).toContain("another form");
  });
});
