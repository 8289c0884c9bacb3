/** A link that is named argocd, to what npm runs and to the compiled file. */
import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY, run } from "../lib/daemon.ts";

const dir = mkdtempSync(join(tmpdir(), "holdfast-link-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const places = { npm: join(import.meta.dir, "..", "..", "src", "bin.mjs"), binary: BINARY };

test.each(Object.entries(places))(
  "a link to the program of %s is Argo CD's command line",
  async (name, to) => {
    mkdirSync(join(dir, name));
    const link = join(dir, name, "argocd");
    symlinkSync(to, link);
    const env = { PATH: process.env.PATH ?? "", HOME: dir };
    const called = await run([link, "version", "--client", "--short"], { env });
    expect(called).toMatchObject({ code: 0, stderr: "" });
    expect(called.stdout).toStartWith("argocd: v");
    const spelled = await run([to, "argocd", "version", "--client", "--short"], { env });
    expect(spelled.stdout).toBe(called.stdout);
    expect((await run([link, "app", "lst"], { env })).code).toBe(1);
  },
);
