import { describe, expect, test } from "bun:test";
import { cronProblem, startSchedule } from "./schedule.ts";

describe("cronProblem()", () => {
  test.each(["*/3 * * * *", "0 4 * * MON-FRI", "*/10 * * * * *", "@hourly"])("takes %s", (pattern) => {
    expect(cronProblem(pattern)).toBeUndefined();
  });
  test.each([
    ["every day", /./],
    ["61 * * * *", /./],
    ["0 0 30 2 *", /never fires/],
    ["", /./],
  ] as const)("refuses %p with a reason", (pattern, why) => {
    expect(cronProblem(pattern)).toMatch(why);
  });
});

describe("startSchedule()", () => {
  /** Resolves when the work was begun so often. */
  function counted(times: number) {
    const reached = Promise.withResolvers<void>();
    let begun = 0;
    return {
      get begun() {
        return begun;
      },
      reached: reached.promise,
      begin() {
        begun++;
        if (begun === times) reached.resolve();
      },
    };
  }

  test.each([{ everyMs: 2 }, { cron: "* * * * * *" }])(
    "%p fires again and again, until it is stopped",
    async (schedule) => {
      const work = counted("cron" in schedule ? 1 : 3);
      const stop = startSchedule(schedule, async () => work.begin());
      await work.reached;
      stop();
      const { begun } = work;
      await Bun.sleep(20);
      expect(work.begun).toBe(begun);
    },
  );

  test("a firing while the last one still runs is dropped, not put off", async () => {
    const end = Promise.withResolvers<void>(),
      work = counted(2);
    const stop = startSchedule({ everyMs: 1 }, () => {
      work.begin();
      return work.begun === 1 ? end.promise : Promise.resolve();
    });
    await Bun.sleep(30);
    expect(work.begun).toBe(1);
    end.resolve();
    await work.reached;
    stop();
  });
});
