import { expect, test } from "bun:test";
import { recordingLog } from "../../test/lib/recording-log.ts";
import { OpenThings } from "./open-things.ts";

test("OpenThings closes the last one first, whatever one of them throws, and leaves behind what does not end", async () => {
  const log = recordingLog();
  const open = new OpenThings(log, { eachMs: 20, allMs: 60_000, leastMs: 1 });
  const closed: string[] = [];
  open.add(() => void closed.push("the store"));
  open.add(() => {
    closed.push("at once");
    throw new Error("the disk is full");
  });
  open.add(async () => {
    closed.push("later");
    throw new Error("it broke");
  });
  open.add(() => {
    closed.push("never");
    return new Promise<void>(() => undefined);
  });
  await open.closeAll();
  expect(closed).toEqual(["never", "later", "at once", "the store"]);
  expect(log.lines.map(({ message, fields }) => [message, fields["why"] ?? fields["afterMs"]])).toEqual([
    ["something did not end in time, and is left behind", 20],
    ["something did not end well", "Error: it broke"],
    ["something did not end well", "Error: the disk is full"],
  ]);
  // Once, however often it is asked.
  await open.closeAll();
  expect(closed.length).toBe(4);
});

test("OpenThings waits no longer for many that do not end than for all together, and closes what comes last", async () => {
  const log = recordingLog();
  const open = new OpenThings(log, { eachMs: 30, allMs: 40, leastMs: 2 });
  const closed: string[] = [];
  open.add(() => void closed.push("the store"));
  for (let nth = 0; nth < 5; nth += 1) open.add(() => new Promise<void>(() => undefined));
  await open.closeAll();
  expect(closed).toEqual(["the store"]);
  const waited = log.lines.map(({ fields }) => fields["afterMs"] as number);
  expect([waited.length, waited[0], waited.at(-1)]).toEqual([5, 30, 2]);
});
