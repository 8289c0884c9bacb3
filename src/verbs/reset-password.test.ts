import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { takeReset } from "../auth/password-reset.ts";
import { Secret } from "../core/model/secret.ts";
import { resetPassword } from "./reset-password.ts";
import type { Surroundings } from "./surroundings.ts";

let folder: string;
let around: Surroundings;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-reset-"));
  mkdirSync(join(folder, "data"));
  around = { env: {}, cwd: folder } as unknown as Surroundings;
});
afterEach(() => rmSync(folder, { recursive: true }));

const taken = () => {
  const all: { account: string; hash: string }[] = [];
  takeReset(join(folder, "data"), (reset) => all.push(reset));
  return all;
};

describe("resetPassword()", () => {
  test("makes a password for the administrator and leaves its hash alone where the config has its data", async () => {
    writeFileSync(join(folder, "holdfast.yaml"), "data: ./data\n");
    const left = await resetPassword(around, {});
    expect(left).toMatchObject({ account: "admin", folder: join(folder, "data") });
    const made = left.made?.reveal() ?? "";
    expect(await Bun.file(join(folder, "data", "password-reset.json")).text()).not.toContain(made);
    const [reset] = taken();
    expect(reset?.account).toBe("admin");
    expect(await Bun.password.verify(made, reset?.hash ?? "")).toBe(true);
  });

  test("takes one that is given, with a config that cannot be read", async () => {
    writeFileSync(join(folder, "holdfast.yaml"), "data: [\n");
    const ask = { account: "ann", password: new Secret("correct horse battery") };
    expect(await resetPassword(around, ask).catch(String)).toContain("Name the folder with --data");
    expect(await resetPassword(around, { ...ask, data: "data" })).toEqual({
      account: "ann",
      folder: join(folder, "data"),
    });
    expect(await Bun.password.verify("correct horse battery", taken()[0]?.hash ?? "")).toBe(true);
  });

  test.each([
    [{ account: "role:admin" }, "no account can have this name"],
    [{ account: "../x" }, "no account can have this name"],
    [{ password: new Secret("short") }, "it has fewer than 12 signs"],
    [{ data: "not-there" }, "--data"],
  ])("refuses %j", async (ask, why) => {
    expect(await resetPassword(around, { data: "data", ...ask }).catch(String)).toContain(why);
    expect([taken(), existsSync(join(folder, "not-there"))]).toEqual([[], false]);
  });
});
