/** Packages in packages: what they refer to is found however they are nested, and none unpacks without an end. */
import { describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { Failure } from "../../../src/core/model/failure.ts";
import { checkPackage } from "./check-schemas.ts";

const BLOCK = 512;
const padded = (content: Uint8Array): Buffer =>
  Buffer.concat([content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]);

function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0);
  block.write("0000644\0", 100);
  block.write("0000000\0", 108);
  block.write("0000000\0", 116);
  block.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  block.write("00000000000\0", 136);
  block.write("        ", 148);
  block.write("0", 156);
  block.write("ustar\x0000", 257);
  const sum = block.reduce((all, byte) => all + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

function packed(files: Readonly<Record<string, Uint8Array>>): Buffer {
  const parts = Object.entries(files).flatMap(([name, content]) => [
    header(name, content.length),
    padded(content),
  ]);
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]));
}

const reason = (work: Promise<void>): Promise<string> =>
  work.then(
    () => "taken",
    (cause: unknown) => (cause instanceof Failure ? cause.why : String(cause)),
  );

describe("checkPackage()", () => {
  const schema = (ref: string) => Buffer.from(JSON.stringify({ $ref: ref }));

  test("finds what a schema refers to in a package within a package", async () => {
    const inner = packed({ "b/values.schema.json": schema("file:///etc/passwd") });
    const outer = packed({ "a/charts/b.tgz": inner, "a/values.schema.json": schema("#/a") });
    expect(await reason(checkPackage("charts/a.tgz", outer))).toContain("refers to file:///etc/passwd");
    expect(await reason(checkPackage("charts/a.tgz", packed({ "a/charts/b.tgz": packed({}) })))).toBe(
      "taken",
    );
  });

  test("lets others have their turn, and ends where packages within unpack to more than all of them may", async () => {
    // A few kilobytes that would be 4,000 MiB.
    const bomb = gzipSync(Buffer.alloc(90 * 1024 * 1024), { level: 1 });
    const files = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`a/charts/b${at}.tgz`, bomb]));
    const outer = packed(files);
    let turns = 0;
    const others = setInterval(() => {
      turns += 1;
    }, 1);
    const said = await reason(checkPackage("charts/a.tgz", outer));
    clearInterval(others);
    expect(said).toMatch(/^the packed chart unpacks to more than \d+ MiB$/);
    expect(turns).toBeGreaterThan(1);
  }, 60_000);
});
