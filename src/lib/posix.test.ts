import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { killGroup, setLimits } from "./posix.ts";

const bun = process.execPath;

describe("setLimits()", () => {
  test("limits a running process and what it starts", async () => {
    const child = Bun.spawn(["/bin/sh", "-c", "read go; cat /proc/self/limits"], {
      stdin: "pipe",
      stdout: "pipe",
      env: {},
    });
    expect(
      setLimits(child.pid, {
        cpuSeconds: 7,
        openFiles: 99,
        fileBytes: 4096,
        coreBytes: 0,
        addressSpaceBytes: 1 << 30,
      }),
    ).toEqual({ is: "done" });
    child.stdin.write("go\n");
    await child.stdin.end();
    const limits = await new Response(child.stdout).text();
    expect(limits).toMatch(/Max cpu time +7 +9 /);
    expect(limits).toMatch(/Max open files +99 +99 /);
    expect(limits).toMatch(/Max file size +4096 +4096 /);
    expect(limits).toMatch(/Max address space +1073741824 +1073741824 /);
  });

  test("says why where there is no such process", () => {
    expect(setLimits(2 ** 30, { openFiles: 10 })).toEqual({
      is: "failed",
      why: "prlimit of openFiles: No such process",
    });
  });
});

describe("replaceProcess()", () => {
  const script = (path: string) => `
    const { replaceProcess } = await import(${JSON.stringify(join(import.meta.dir, "posix.ts"))});
    console.log(process.pid);
    const failed = replaceProcess(${JSON.stringify(path)}, ["sh", "-c", "echo $$ $WORD $(env | wc -l)"], { WORD: "ünï" });
    console.log(failed.why);`;

  test("keeps the pid, takes the arguments and only the given environment", async () => {
    const child = Bun.spawn([bun, "-e", script("/bin/sh")], { stdout: "pipe" });
    const [before, after] = (await new Response(child.stdout).text()).trim().split("\n");
    expect(after?.split(" ").slice(0, 2)).toEqual([before ?? "", "ünï"]);
    expect(before).toBe(String(child.pid));
  });

  test("returns with the reason where the program does not exist", async () => {
    const child = Bun.spawn([bun, "-e", script("/nowhere/at/all")], { stdout: "pipe" });
    expect(await new Response(child.stdout).text()).toContain(
      "execve of /nowhere/at/all: No such file or directory",
    );
  });
});

describe("killGroup()", () => {
  test("ends grandchildren too", async () => {
    const child = Bun.spawn(["/bin/sh", "-c", "sleep 300 & echo started; wait"], {
      stdout: "pipe",
      detached: true,
    });
    const reader = child.stdout.getReader();
    await reader.read();
    expect(killGroup(child.pid, "SIGKILL")).toBe("sent");
    await child.exited;
    // The pipe ends when its last writer, the grandchild, is gone.
    expect((await reader.read()).done).toBe(true);
  });

  test("says where there is no such group", () => {
    expect(killGroup(2 ** 30, "SIGKILL")).toBe("no such group");
  });
});
