import { describe, expect, test } from "bun:test";
import { join } from "node:path";

const file = join(import.meta.dir, "kill-timer.ts");

async function ended(work: string): Promise<{ signal: NodeJS.Signals | number | null; said: string }> {
  const child = Bun.spawn(
    [
      process.execPath,
      "-e",
      `import { makeKillTimer } from ${JSON.stringify(file)};
       const made = makeKillTimer();
       if (made.is !== "made") throw new Error(made.why);
       const { timer } = made;
       ${work}`,
    ],
    { stdout: "pipe", stderr: "inherit" },
  );
  const said = await new Response(child.stdout).text();
  await child.exited;
  return { signal: child.signalCode, said };
}

describe("makeKillTimer()", () => {
  const cases: { name: string; work: string; signal: NodeJS.Signals | null; said: string }[] = [
    {
      name: "kills who waits",
      work: "timer.arm(20); setInterval(() => {}, 1000);",
      signal: "SIGKILL",
      said: "",
    },
    {
      name: "kills who counts and hears nothing",
      work: "timer.arm(20); for (;;);",
      signal: "SIGKILL",
      said: "",
    },
    {
      name: "kills who was stopped and never goes on",
      work: 'timer.arm(200); process.kill(process.pid, "SIGSTOP"); await Bun.sleep(60_000);',
      signal: "SIGKILL",
      said: "",
    },
    {
      name: "spares who says in time that it lives, and who needs it no more",
      work: "timer.arm(1_500); timer.arm(60_000); await Bun.sleep(1_800); timer.disarm(); console.log('lives');",
      signal: null,
      said: "lives\n",
    },
    {
      name: "leaves programs alone that are started",
      work: 'timer.arm(60_000); console.log(Bun.spawnSync([process.execPath, "--version"]).exitCode); timer.disarm();',
      signal: null,
      said: "0\n",
    },
    {
      name: "can be set for no time at all",
      work: "timer.arm(0); setInterval(() => {}, 1000);",
      signal: "SIGKILL",
      said: "",
    },
  ];
  test.each(cases)("$name", async ({ work, signal, said }) => {
    expect(await ended(work)).toEqual({ signal, said });
  });
});
