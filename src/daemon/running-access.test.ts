import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../../test/lib/eventually.ts";
import { recordingLog } from "../../test/lib/recording-log.ts";
import type { Config } from "../config/config.ts";
import { defaultConfig } from "../config/load-config.ts";
import { systemClock } from "../lib/system-clock.ts";
import { openStore } from "../store/open-store.ts";
import { RunningAccess } from "./running-access.ts";

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0).reverse()) end();
});

test("the administrator's first password is made when it is known that there is none, in the home and printed nowhere", async () => {
  const data = mkdtempSync(join(tmpdir(), "holdfast-access-"));
  ends.push(() => rmSync(data, { recursive: true, force: true }));
  const store = openStore(data);
  ends.push(() => store.close());
  const admin = { name: "admin", may: ["login"], enabled: "yes" } as const;
  let config: Config = { ...defaultConfig(data), data, accounts: [admin], homeAccess: { is: "unseen" } };
  const made: string[] = [];
  const printed: string[] = [];
  const access = new RunningAccess({
    ...{ config: () => config, store, clock: systemClock, log: recordingLog() },
    initialSecret: {
      create: async (password) => {
        made.push(password.reveal());
        return true;
      },
      read: async () => undefined,
    },
    projects: () => [],
    asking: () => undefined,
    print: (text) => printed.push(text),
  });
  ends.push(() => access.stop());
  access.hold();
  await Bun.sleep(0);
  expect(made).toEqual([]);
  config = { ...config, homeAccess: { is: "whole", anonymous: "may nothing" } };
  access.hold();
  await eventually("it counts", () => store.accounts.password("admin") !== undefined);
  access.hold();
  expect([made.length, printed.length]).toEqual([1, 0]);
});
