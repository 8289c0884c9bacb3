import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AT_CWD } from "../../lib/posix.ts";
import { ANSWER, JAIL_FAILED, JailSteps, readJailWords } from "./jail-steps.ts";
import { jailCommand } from "./jail-verb.ts";
import { launcherPath } from "./launcher.ts";

const folder = mkdtempSync(join(tmpdir(), "launcher-"));
afterAll(() => rmSync(folder, { recursive: true }));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const NEW_FILE = 0x1 | 0x40;

async function obeyed(enter: readonly string[], steps: JailSteps) {
  const file = join(folder, `steps-${crypto.randomUUID()}`);
  writeFileSync(file, steps.image());
  const child = Bun.spawn([...enter, file], { stdout: "pipe", stderr: "pipe", env: {} });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { stdout, stderr, code, pid: child.pid };
}

// Linux has both; elsewhere there is no jail.
describe.if(process.platform === "linux").each([
  { by: "the launcher", enter: (): string[] => [launcherPath()] },
  { by: "this program", enter: (): string[] => jailCommand(process) },
])("$by", ({ enter }) => {
  test("makes the calls in their order, hands answers on, and becomes the program", async () => {
    const steps = new JailSteps();
    const path = join(folder, `written-${crypto.randomUUID()}`);
    steps.call("openat", AT_CWD, path, NEW_FILE, 0o644);
    steps.call("write", ANSWER, bytes("hello"), 5);
    const pid = new Uint8Array(4);
    steps.call("getpid");
    steps.keep(pid, 0);
    steps.call("write", 1, pid, 4);
    steps.call("execve", "/bin/sh", ["sh", "-c", 'echo "$1 $WORD" $$', "sh", "an argument"], ["WORD=ünï"]);
    const end = await obeyed(enter(), steps);
    expect(readFileSync(path, "utf8")).toBe("hello");
    expect(end).toMatchObject({ code: 0, stderr: "" });
    const said = Buffer.from(end.stdout, "utf8").toString().slice(end.stdout.indexOf("an argument"));
    expect(said).toBe(`an argument ünï ${end.pid}\n`);
  });

  test("goes another way where one fails, and only then", async () => {
    const steps = new JailSteps();
    const say = (text: string): void => steps.call("write", 1, bytes(text), text.length);
    const tried = (path: string, name: string): void =>
      steps.orElse(
        () => {
          say(`${name} tried `);
          steps.call("chdir", path);
          say(`${name} there `);
        },
        () => say(`${name} failed `),
      );
    tried("/nowhere/at/all", "a");
    tried("/", "b");
    steps.orElse(() => steps.call("chdir", "/nowhere/at/all"));
    steps.call("exit_group", 3);
    expect(await obeyed(enter(), steps)).toMatchObject({
      code: 3,
      stdout: "a tried a failed b tried b there ",
    });
  });

  test("ends with the call and its error where there is no other way", async () => {
    const steps = new JailSteps();
    const never = join(folder, "never");
    steps.call("chdir", "/nowhere/at/all");
    steps.call("openat", AT_CWD, never, NEW_FILE, 0o644);
    const end = await obeyed(enter(), steps);
    expect(end.code).toBe(JAIL_FAILED);
    expect(readJailWords(end.stderr)).toEqual({ what: "chdir", error: 2 });
    expect(existsSync(never)).toBe(false);
  });

  test("does nothing without its list", async () => {
    const child = Bun.spawn([...enter(), join(folder, "missing")], { stderr: "ignore" });
    expect(await child.exited).toBe(JAIL_FAILED);
  });
});

test("readJailWords() takes nobody else's words", () => {
  expect(readJailWords("helm: chdir: AC\n")).toBeUndefined();
  expect(readJailWords("Error: jail: chdir: AC\n")).toBeUndefined();
  expect(readJailWords("jail: out of luck\n")).toBeUndefined();
});

test("a list that is too long is refused, not cut", () => {
  const steps = new JailSteps();
  steps.call("execve", "/bin/true", ["x".repeat(9 << 20)], []);
  expect(() => steps.image()).toThrow("the tool's arguments take more than 8 MiB");
});
