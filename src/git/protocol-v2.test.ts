import { describe, expect, test } from "bun:test";
import type { CommitSha } from "../core/model/commit-sha.ts";
import { DELIMITER, FLUSH, packet, packets } from "./pkt-line.ts";
import { fetchRequest, listRefsRequest, readAdvertisement, readPack, readRefs } from "./protocol-v2.ts";
import { MAX_REFS } from "./refs.ts";

const id = (digit: string): string => digit.repeat(40);
async function* stream(bytes: Uint8Array, chunkBytes = bytes.byteLength): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.byteLength; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}
const said = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "taken",
    (cause: Error) => `${cause.name}: ${cause.message}`,
  );

test("packets() reads the same whatever pieces the network makes", async () => {
  const bytes = Buffer.concat([packet("one\n"), DELIMITER, packet("x".repeat(1000)), FLUSH]);
  const read = async (chunkBytes: number): Promise<string[]> => {
    const all: string[] = [];
    for await (const each of packets(stream(bytes, chunkBytes)))
      all.push(each.is === "data" ? each.data.toString() : each.is);
    return all;
  };
  const whole = await read(bytes.byteLength);
  expect(whole).toEqual(["one\n", "delimiter", "x".repeat(1000), "flush"]);
  for (const chunkBytes of [1, 2, 3, 5, 7, 100]) expect(await read(chunkBytes)).toEqual(whole);
});

test.each(["zzzz", "0003", "00", "0009ab", "<html>"])("packets() refuses %j", async (text) => {
  const drain = async (): Promise<void> => {
    for await (const each of packets(stream(Buffer.from(text)))) expect(each).toBeDefined();
  };
  expect(await said(drain())).toStartWith("BrokenObject");
});

describe("readRefs()", () => {
  test("peels tags, follows HEAD, and passes over names that are none", async () => {
    const lines = [
      `${id("a")} HEAD symref-target:refs/heads/main\n`,
      `${id("a")} refs/heads/main\n`,
      `${id("b")} refs/tags/v1 peeled:${id("c")}\n`,
      `${id("d")} refs/heads/../../x\n`,
    ];
    const refs = await readRefs(stream(Buffer.concat([...lines.map(packet), FLUSH])), "sha1");
    expect(refs.head).toEqual({ commit: id("a") as CommitSha, ref: "refs/heads/main" });
    expect([...refs.commitByName]).toEqual([
      ["refs/heads/main", id("a") as CommitSha],
      ["refs/tags/v1", id("c") as CommitSha],
    ]);
  });

  test("an unborn HEAD is none", async () => {
    expect(
      (
        await readRefs(
          stream(Buffer.concat([packet("unborn HEAD symref-target:refs/heads/main\n"), FLUSH])),
          "sha1",
        )
      ).head,
    ).toBeUndefined();
  });

  test.each([
    ["without end", (at: number) => `refs/heads/branch-${at}`],
    ["that names one ref without end", () => "refs/heads/main"],
    ["of nothing but HEAD", () => "HEAD"],
  ])("refuses a list %s", async (_, name) => {
    // An end, though a late one: without a limit the list is taken, and the test fails instead of running on.
    async function* long(): AsyncGenerator<Uint8Array, void> {
      for (let at = 0; at < 2 * MAX_REFS; at++) yield packet(`${id("a")} ${name(at)}\n`);
      yield FLUSH;
    }
    expect(await said(readRefs(long(), "sha1"))).toContain(`more than ${MAX_REFS} refs`);
  });

  test("takes as many refs as it may, and HEAD", async () => {
    async function* most(): AsyncGenerator<Uint8Array, void> {
      yield packet(`${id("a")} HEAD symref-target:refs/heads/branch-0\n`);
      for (let at = 0; at < MAX_REFS; at++) yield packet(`${id("a")} refs/heads/branch-${at}\n`);
      yield FLUSH;
    }
    expect((await readRefs(most(), "sha1")).commitByName.size).toBe(MAX_REFS);
  });
});

describe("readPack()", () => {
  const drain = async (bytes: Uint8Array): Promise<string> => {
    const parts: Uint8Array[] = [];
    for await (const part of readPack(stream(bytes))) parts.push(part);
    return Buffer.concat(parts).toString();
  };
  test("takes the pack's band and leaves progress", async () => {
    const bytes = Buffer.concat([
      packet("shallow-info\n"),
      packet(`shallow ${id("a")}\n`),
      DELIMITER,
      packet("packfile\n"),
      packet("\x02counting\n"),
      packet("\x01PA"),
      packet("\x01CK"),
      FLUSH,
    ]);
    expect(await drain(bytes)).toBe("PACK");
  });
  test("passes on what the server says, in either place", async () => {
    expect(await said(drain(Buffer.concat([packet("ERR not our ref\n")])))).toBe(
      "ServerRefusal: not our ref",
    );
    expect(
      await said(drain(Buffer.concat([packet("packfile\n"), packet("\x03out of memory\n"), FLUSH]))),
    ).toBe("ServerRefusal: out of memory");
  });
  test("an answer without its end is cut", async () => {
    expect(await said(drain(Buffer.concat([packet("packfile\n"), packet("\x01PACK")])))).toBe(
      "BrokenObject: the answer to the fetch was cut",
    );
  });
});

test("readAdvertisement() knows old servers from new ones", async () => {
  const service = Buffer.concat([packet("# service=git-upload-pack\n"), FLUSH]);
  const newest = await readAdvertisement(
    stream(
      Buffer.concat([
        service,
        packet("version 2\n"),
        packet("ls-refs=unborn\n"),
        packet("fetch=shallow\n"),
        FLUSH,
      ]),
    ),
    [],
  );
  expect(newest).toEqual({
    is: "version 2",
    capabilities: new Map([
      ["ls-refs", "unborn"],
      ["fetch", "shallow"],
    ]),
  });
  const older = await readAdvertisement(
    stream(
      Buffer.concat([
        service,
        packet(`${id("a")} HEAD\0multi_ack symref=HEAD:refs/heads/main agent=git/2\n`),
        packet(`${id("a")} refs/heads/main\n`),
        packet(`${id("b")} refs/tags/v1\n`),
        packet(`${id("c")} refs/tags/v1^{}\n`),
        packet(`${id("d")} refs/pull/7/head\n`),
        packet(`${id("d")} refs/pull/8/head\n`),
        packet(`${id("d")} refs/heads/../../x\n`),
        FLUSH,
      ]),
    ),
    ["refs/pull/7/head"],
  );
  expect(older).toEqual({
    is: "older",
    refs: {
      head: { commit: id("a") as CommitSha, ref: "refs/heads/main" },
      commitByName: new Map([
        ["refs/heads/main", id("a") as CommitSha],
        ["refs/tags/v1", id("c") as CommitSha],
        ["refs/pull/7/head", id("d") as CommitSha],
      ]),
      format: "sha1",
    },
  });
  expect(await readAdvertisement(stream(service), [])).toMatchObject({
    is: "older",
    refs: { head: undefined },
  });
});

test("a list of refs of an older server that is cut, or no list, is refused", async () => {
  const service = Buffer.concat([packet("# service=git-upload-pack\n"), FLUSH]);
  const cut = Buffer.concat([
    service,
    packet(`${id("a")} HEAD\0multi_ack\n`),
    packet(`${id("a")} refs/heads/main\n`),
  ]);
  expect(await said(readAdvertisement(stream(cut), []))).toBe("BrokenObject: the list of refs was cut");
  const page = Buffer.concat([service, packet("hello\n"), FLUSH]);
  expect(await said(readAdvertisement(stream(page), []))).toBe(
    "BrokenObject: the list of refs is not in Git's format",
  );
});

test("requests name what is wanted", () => {
  const capabilities = new Map([
    ["fetch", "shallow wait-for-done"],
    ["object-format", "sha1"],
  ]);
  expect(listRefsRequest(["refs/pull/7/head"], capabilities).toString()).toContain(
    "ref-prefix refs/pull/7/head\n",
  );
  const text = fetchRequest(id("a") as CommitSha, capabilities).toString();
  for (const line of [`want ${id("a")}\n`, "deepen 1\n", "done\n"]) expect(text).toContain(line);
  expect(fetchRequest(id("a") as CommitSha, new Map([["fetch", ""]])).toString()).not.toContain("deepen");
});
