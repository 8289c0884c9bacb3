import { expect, test } from "bun:test";
import { recordingLog } from "../../test/lib/recording-log.ts";
import type { ActivityHead } from "../core/model/activity.ts";
import { Failure } from "../core/model/failure.ts";
import { HeadsInLog } from "./say-head.ts";

test("the log has each head once, the first and the last too, and goes on where the store is lost", () => {
  let head: ActivityHead | undefined;
  let isLost = false;
  const log = recordingLog();
  const heads = new HeadsInLog(
    {
      activityHead() {
        if (isLost)
          throw new Failure("store", "holdfast.db", "after-edit", { cannot: "read", why: "gone", fix: "" });
        return head;
      },
    },
    log,
  );
  head = { seq: 7, hash: "ab" };
  heads.say();
  heads.say();
  isLost = true;
  heads.say();
  isLost = false;
  head = { seq: 8, hash: "cd" };
  heads.stop();
  expect(log.lines.map(({ message, fields }) => [message, fields?.["head"]])).toEqual([
    ["head of the activity", "7:ab"],
    ["head of the activity", "8:cd"],
  ]);
});
