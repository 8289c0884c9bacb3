import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRegularFile } from "./read-regular-file.ts";

let root: string;
const servers: Server[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "holdfast-file-"));
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  rmSync(root, { recursive: true, force: true });
});

const at = (name: string): string => join(root, name);

describe("readRegularFile()", () => {
  test("reads a file, through links too, with a stamp that tells its states apart", () => {
    writeFileSync(at("a"), "one");
    symlinkSync("a", at("link"));
    const first = readRegularFile(at("link"));
    expect(first).toMatchObject({ is: "read" });
    expect(first.is === "read" && Buffer.from(first.bytes).toString()).toBe("one");
    expect(readRegularFile(at("a"))).toEqual(first);
    writeFileSync(at("b"), "one");
    expect(readRegularFile(at("b"))).not.toEqual(first);
  });

  const special: { what: string; make: () => string | Promise<string>; why: string }[] = [
    {
      what: "a FIFO",
      make() {
        expect(Bun.spawnSync(["/usr/bin/mkfifo", at("fifo")]).exitCode).toBe(0);
        return at("fifo");
      },
      why: "it is a FIFO, not a file",
    },
    {
      what: "a link to a FIFO",
      make() {
        expect(Bun.spawnSync(["/usr/bin/mkfifo", at("fifo")]).exitCode).toBe(0);
        symlinkSync("fifo", at("link.yaml"));
        return at("link.yaml");
      },
      why: "it is a FIFO, not a file",
    },
    {
      what: "a link to a device",
      make() {
        symlinkSync("/dev/zero", at("zero.yaml"));
        return at("zero.yaml");
      },
      why: "it is a device, not a file",
    },
    {
      what: "a socket",
      async make() {
        const server = createServer();
        servers.push(server);
        await new Promise<void>((done) => server.listen(at("socket"), done));
        return at("socket");
      },
      why: "it is a socket, not a file",
    },
    {
      what: "a folder",
      make() {
        mkdirSync(at("folder"));
        return at("folder");
      },
      why: "it is a folder, not a file",
    },
    { what: "nothing", make: () => at("nothing"), why: "no such file" },
    {
      what: "a link round in a circle",
      make() {
        symlinkSync("round", at("round"));
        return at("round");
      },
      why: "ELOOP",
    },
  ];
  test.each(special)("says what $what is, and waits for nobody", async ({ make, why }) => {
    expect(readRegularFile(await make())).toEqual({ is: "unreadable", why });
  });
});
