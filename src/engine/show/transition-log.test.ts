import { expect, test } from "bun:test";
import { memoryStore } from "../../../test/fakes/memory-store.ts";
import { recordingLog } from "../../../test/lib/recording-log.ts";
import { systemClock } from "../../lib/system-clock.ts";
import { TransitionLog } from "./transition-log.ts";

test("who cannot hear what became of something keeps nobody else from it, and the daemon running", async () => {
  const log = recordingLog();
  const transitions = new TransitionLog(memoryStore(), systemClock, log);
  let heard = 0;
  transitions.onTransition(() => {
    throw new Error("the disk is full");
  });
  transitions.onTransition(() => void (heard += 1));
  const cluster = (is: "connected" | "unreachable") => ({
    name: "edge",
    connection: () => (is === "connected" ? { is } : { is, why: "away." }) as never,
  });
  transitions.connection(cluster("connected"));
  transitions.connection(cluster("unreachable"));
  await Bun.sleep(0);
  expect(heard).toBe(1);
  expect(JSON.stringify(log.lines)).toContain("the disk is full");
});
