import { expect, test } from "bun:test";
import { recordingLog } from "../../test/lib/recording-log.ts";
import { OpenThings } from "./open-things.ts";

test("OpenThings closes the last one first, whatever one of them throws, and leaves behind what does not end", async () => {
  const log = recordingLog();
  const open = new OpenThings(log, 20);
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
