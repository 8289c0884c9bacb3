import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endingOf } from "../../test/lib/ending-of.ts";
import { makeRunFolder, type RunFolder } from "./run-folder.ts";
import { NO_SANDBOX, sandboxLevel } from "./sandbox-level.ts";
import { runSandboxed, type SandboxedCommand } from "./sandboxed-process.ts";

let folder = "",
  runFolder: RunFolder;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sandbox-"));
  runFolder = makeRunFolder(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const never = new AbortController().signal;
const shell = (script: string, changes: Partial<SandboxedCommand> = {}): SandboxedCommand => ({
  program: "/bin/sh",
  argv: ["-c", script],
  cwd: folder,
  env: { PATH: "/usr/bin:/bin" },
  folder: runFolder,
  level: NO_SANDBOX,
  limits: {},
  timeoutMs: 20_000,
  outputBytes: 1 << 20,
  ...changes,
});

describe("runSandboxed()", () => {
  test("gives back output, words and code", async () => {
    expect(await runSandboxed(shell("cat; echo no >&2; exit 3", { stdin: "yes" }), never)).toEqual({
      is: "exited",
      code: 3,
      stdout: "yes",
      stderr: "no\n",
    });
  });

  test("shows the program only the environment it is given", async () => {
    const end = await runSandboxed(
      { ...shell(""), program: "/usr/bin/env", argv: [], env: { ONLY: "this", PATH: "" } },
      never,
    );
    expect(end).toMatchObject({ is: "exited", stdout: "PATH=\nONLY=this\n" });
  });

  test("ends a program that hangs, and everybody it started", async () => {
    const end = await runSandboxed(shell("(trap '' TERM; sleep 300) & sleep 300", { timeoutMs: 100 }), never);
    expect(end.is).toBe("timed-out");
  });

  test("ends a program whose child keeps the pipe open after it left", async () => {
    const end = await runSandboxed(shell("sleep 300 & echo done"), never);
    expect(end).toEqual({ is: "exited", code: 0, stdout: "done\n", stderr: "" });
  });

  test("does not wait for a child that fled from the group", async () => {
    const end = await runSandboxed(shell("setsid sleep 4 & sleep 0.1; echo done"), never);
    expect(end).toMatchObject({ is: "exited", stdout: "done\n" });
  });

  test("ends a program that writes without end", async () => {
    expect(await runSandboxed(shell("yes", { outputBytes: 100_000 }), never)).toEqual({
      is: "too-much-output",
    });
  });

  test("keeps the first and the last words of a program that has a million of them", async () => {
    const script = "echo first >&2; yes warning | head -c 1000000 >&2; echo 'Error: last' >&2; exit 1";
    const end = await runSandboxed(shell(script), never);
    const words = end.is === "exited" ? end.stderr : "";
    expect(words).toStartWith("first\n");
    expect(words).toEndWith("\nError: last\n");
    expect(words.length).toBeLessThan(300_000);
  });

  test("lets the kernel end a program that uses up its CPU time", async () => {
    const end = await runSandboxed(shell("while :; do :; done", { limits: { cpuSeconds: 1 } }), never);
    expect(end).toMatchObject({ is: "killed", signal: "SIGXCPU" });
  });

  /** A process on the way to the tool that crashes this often, as a thread of the runtime under the tool's limits would. */
  const crashing = (times: number): SandboxedCommand => {
    const count = join(folder, `crashes-${times}`);
    const enter = `
      PATH=/usr/bin:/bin
      : > "${runFolder.path}/entered/\${1##*/}"
      n=$(cat ${count} 2>/dev/null || echo 0)
      echo $((n + 1)) > ${count}
      if [ "$n" -lt ${times} ]; then echo "oh no: Bun has crashed" >&2; kill -ABRT $$; fi
      echo done`;
    return shell("echo done", { level: { ...NO_SANDBOX, enter: ["/bin/sh", "-c", enter, "sh"] } });
  };

  test("starts a tool again where the process that shuts it in crashed before the tool began", async () => {
    expect(await runSandboxed(crashing(2), never)).toMatchObject({ is: "exited", stdout: "done\n" });
  });

  test("gives up, as on the machine's trouble, where it crashes every time", async () => {
    expect(await runSandboxed(crashing(100), never)).toEqual({
      is: "not-started",
      why: "the process that shuts it in crashed again and again",
    });
  });

  test("lets the kernel refuse a file that is too large", async () => {
    const end = await runSandboxed(
      shell("sleep 0.1; head -c 100000 /dev/zero > big; wc -c < big", { limits: { fileBytes: 4096 } }),
      never,
    );
    expect(end).toMatchObject({ stdout: "4096\n" });
  });

  test("says why a program could not start", async () => {
    expect(await runSandboxed(shell("", { program: "/nowhere/tool" }), never)).toMatchObject({
      is: "not-started",
    });
  });

  test("says that a program did not start where its jail was not entered", async () => {
    const level = {
      ...NO_SANDBOX,
      enter: ["/bin/sh", "-c", "echo 'no namespaces are left' >&2; exit 1", "sh"],
    };
    expect(await runSandboxed({ ...shell("echo never"), level }, never)).toEqual({
      is: "not-started",
      why: "no namespaces are left",
    });
  });

  test("throws the reason of an abort", async () => {
    const controller = new AbortController();
    const running = runSandboxed(shell("sleep 300"), controller.signal);
    controller.abort(new Error("shutting down"));
    expect(await endingOf(running)).toThrow("shutting down");
  });

  test("shuts the network off where the machine allows it", async () => {
    const level = await sandboxLevel();
    const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("reached") });
    const script = `fetch("http://127.0.0.1:${server.port}/").then((r) => r.text()).then(console.log, () => console.log("no way"))`;
    const end = await runSandboxed(
      { ...shell(""), program: process.execPath, argv: ["-e", script], cwd: runFolder.scratch, level },
      never,
    );
    await server.stop(true);
    expect(end).toMatchObject({ stdout: level.network !== "open" ? "no way\n" : "reached\n" });
  });
});
