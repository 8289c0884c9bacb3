/** What a shell completes, and why an application is as it is. */
import { describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { createProgram } from "../../src/cli/program.ts";
import type { ChangeAbout } from "../../src/core/model/commit-about.ts";
import { cli } from "../lib/cli.ts";
import { sharedCli } from "../lib/cli-stage.ts";

const on = sharedCli();
const completed = async (...words: string[]) => {
  const { stdout, stderr, code } = await cli(["__complete", "--", ...words], { server: on.api.url });
  expect([stderr, code]).toEqual(["", 0]);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t")[0] ?? "");
};

test("commands, below commands too, with what they do", async () => {
  expect(await completed("contex")).toEqual(["context"]);
  expect(await completed("app", "tr")).toEqual(["tree"]);
  expect(await completed("--server", "http://127.0.0.1:1", "clus")).toEqual(["cluster"]);
  expect(await completed("nothing", "of", "ours")).toEqual([]);
  expect((await cli(["__complete", "--", "who"])).stdout).toBe("whoami\twho the daemon takes you for\n");
});

test("flags, and the values that they know", async () => {
  expect(await completed("app", "sync", "web", "--pru")).toContain("--prune");
  expect(await completed("app", "list", "--conte")).toEqual(["--context"]);
  expect(await completed("app", "list", "-o", "")).toEqual(["json", "yaml", "wide", "name", "table"]);
  expect(await completed("completion", "p")).toEqual(["powershell"]);
});

test("names of applications: short where one has it, whole for all", async () => {
  expect(await completed("app", "get", "")).toEqual([
    "guestbook",
    "argocd/guestbook",
    "api",
    "payments/api",
    "payments/web",
    "shop/web",
  ]);
  expect(await completed("app", "sync", "payments/web", "sh")).toEqual(["shop/web"]);
});

test("of the daemon that the line names; one that is silent or gone is not waited for, and says nothing", async () => {
  const silent = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => new Promise<Response>(() => undefined),
  });
  expect(await completed("-s", `http://127.0.0.1:${silent.port}`, "app", "get", "")).toEqual([]);
  await silent.stop(true);
  expect(await completed("-s", "http://127.0.0.1:1", "app", "get", "")).toEqual([]);
  expect(await completed("-s", "ftp://x", "app", "get", "")).toEqual([]);
  expect(await completed("-s", on.api.url, "app", "get", "guest")).toEqual(["guestbook"]);
});

test("projects, clusters and contexts by name; what stands behind the first name is not guessed at", async () => {
  expect(await completed("project", "get", "")).toEqual(["default"]);
  expect(await completed("cluster", "rm", "in-cluster", "e")).toEqual(["edge"]);
  expect(await completed("cluster", "add", "")).toEqual([]);
  expect(await completed("app", "logs", "payments/web", "")).toEqual([]);
  expect(await completed("app", "edit", "guest")).toEqual(["guestbook"]);
  expect(await completed("trace", "--clu")).toEqual(["--cluster"]);
});

test("every command and every flag of it that is shown is completed", async () => {
  const walk = async (command: Command, path: string[]): Promise<void> => {
    const names = command.commands.map((one) => one.name());
    if (names.length > 0) expect([path, await completed(...path, "")]).toEqual([path, names]);
    const flags = command.options
      .filter(({ hidden }) => !hidden)
      .map(({ long, short }) => long ?? short ?? "");
    const said = await completed(...path, "-");
    expect([path, flags.filter((flag) => !said.includes(flag))]).toEqual([path, []]);
    for (const one of command.commands) await walk(one, [...path, one.name()]);
  };
  const root = createProgram({ stdout: {}, stderr: {} } as never, async () => undefined);
  expect(await completed("")).toEqual(root.commands.map((one) => one.name()));
  for (const one of root.commands) await walk(one, [one.name()]);
});

describe("each shell calls its script, with a program in place of ours that answers by heart", () => {
  /** How a shell is asked what the last of `holdfast app get ""` may become, and what it shows of that. */
  const SHELLS: Record<string, { script: string; line(source: string): string; shows: string }> = {
    bash: {
      script: "bash",
      line: (source) =>
        `source ${source}\nCOMP_WORDS=(holdfast app get "")\nCOMP_CWORD=3\n_holdfast\nprintf '%s\\n' "\${COMPREPLY[@]}"\ncomplete -p holdfast`,
      shows: "shop/web\nshop/api:x\ncomplete -o bashdefault -o default -F _holdfast holdfast\n",
    },
    // Its own completion needs a terminal: what it would be told is printed in its place.
    zsh: {
      script: "zsh",
      line: (source) =>
        `compdef() { print "compdef $*" }\n_describe() { print -rl -- "\${(@P)2}" }\nsource ${source}\nwords=(holdfast app get "")\nCURRENT=4\n_holdfast`,
      shows: "compdef _holdfast holdfast\nshop/web:Synced, Healthy\nshop/api\\:x:OutOfSync\n",
    },
    fish: {
      script: "fish",
      line: (source) => `source ${source}\ncomplete -C 'holdfast app get '`,
      shows: "shop/api:x\tOutOfSync\nshop/web\tSynced, Healthy\n",
    },
  };
  const installed = Object.entries(SHELLS).filter(([shell]) => Bun.which(shell) !== null);

  test.each(installed)("%s", async (shell, { script, line, shows }) => {
    const dir = await mkdtemp(join(tmpdir(), "holdfast-completion-"));
    await mkdir(join(dir, "bin"));
    const said = join(dir, "asked");
    await writeFile(
      join(dir, "bin", "holdfast"),
      `#!/bin/sh\nprintf '%s|' "$@" > '${said}'\nprintf 'shop/web\\tSynced, Healthy\\nshop/api:x\\tOutOfSync\\n'\n`,
      { mode: 0o755 },
    );
    await writeFile(join(dir, "script"), (await cli(["completion", script])).stdout);
    await writeFile(join(dir, "try"), `${line(join(dir, "script"))}\n`);
    const quiet = { bash: ["--norc"], zsh: ["-f"], fish: ["--no-config"] }[shell] ?? [];
    const ran = Bun.spawnSync([Bun.which(shell) ?? shell, ...quiet, join(dir, "try")], {
      env: { ...Bun.env, PATH: `${join(dir, "bin")}:/usr/bin:/bin`, HOME: dir },
    });
    const sorted = (text: string): string => (shell === "fish" ? text.split("\n").sort().join("\n") : text);
    expect([ran.stderr.toString(), sorted(ran.stdout.toString())]).toEqual(["", sorted(shows)]);
    expect(await Bun.file(said).text()).toBe("__complete|--|app|get||");
    await rm(dir, { recursive: true });
  });

  test.each(installed.filter(([shell]) => shell === "zsh"))(
    "%s: loaded from a folder at the first use, it completes at once",
    async (shell) => {
      const dir = await mkdtemp(join(tmpdir(), "holdfast-completion-"));
      await writeFile(join(dir, "_holdfast"), (await cli(["completion", "zsh"])).stdout);
      await writeFile(
        join(dir, "try"),
        `fpath=(${dir})\ncompdef() { print "compdef $*" }\n_describe() { print -rl -- "\${(@P)2}" }\nholdfast() { printf 'a\\tb\\n' }\nautoload -Uz _holdfast\nwords=(holdfast "")\nCURRENT=2\n_holdfast\n_holdfast\n`,
      );
      const ran = Bun.spawnSync([Bun.which(shell) ?? shell, "-f", join(dir, "try")]);
      expect([ran.stderr.toString(), ran.stdout.toString()]).toEqual(["", "a:b\na:b\n"]);
      await rm(dir, { recursive: true });
    },
  );
});

test("each shell has a script that asks __complete; another shell is told which there are", async () => {
  for (const shell of ["bash", "zsh", "fish", "powershell"]) {
    const { stdout, code } = await cli(["completion", shell]);
    expect([code, stdout.includes("holdfast") && stdout.includes("__complete")]).toEqual([0, true]);
  }
  expect((await cli(["completion", "tcsh"])).code).toBe(2);
});

test("app why: one paragraph, the cause first, and the next command", async () => {
  const why = async (name: string) => (await on.run(`app why ${name}`)).stdout;
  expect(await why("payments/api")).toBe(
    "payments/api is Synced and Degraded: apps/Deployment shop/api: 0/3 ready, CrashLoopBackOff (exit 1).\nNext: holdfast app logs payments/api --tail 50\n",
  );
  expect(await why("shop/web")).toBe(
    "shop/web is Unknown and Unknown: https://git.example.com/shop.git: cannot fetch: it does not answer.\nNext: holdfast app refresh shop/web\n",
  );
  expect(await why("payments/web")).toBe(
    "payments/web is OutOfSync and Progressing: 1 to update. Deployment web: 1 of 3 updated.\nNext: holdfast app diff payments/web\n",
  );
  expect(await why("guestbook")).toBe(
    "argocd/guestbook is Synced and Healthy, and nothing is wrong with it.\nNext: holdfast app history argocd/guestbook\n",
  );
  expect(JSON.parse((await on.run("app why payments/api -o json")).stdout)).toMatchObject({
    apiVersion: "cli/v1",
    kind: "ApplicationReasons",
    reasons: [{ lead: "Degraded", weight: "trouble" }],
    next: "holdfast app logs payments/api --tail 50",
  });
  expect((await on.run("app why nothing")).code).toBe(3);
});

test("app why: of what Git has and cannot be used, the commit that changed the application, and who made it", async () => {
  const { deployments } = on.control;
  const change: ChangeAbout = {
    ...{ is: "commit", commit: "e0".repeat(20), subject: "web: broken", date: "" },
    ...{ author: "Pia <pia@example.com>", signedOffBy: [] },
  };
  on.control.deployments = async (key) => {
    const found = await deployments(key);
    if (found.is === "absent") return found;
    const ahead = { revisions: ["f4".repeat(20)], changed: [change] };
    return { is: "found", value: { ...found.value, ahead } };
  };
  try {
    expect((await on.run("app why shop/web")).stdout).toBe(
      'shop/web is Unknown and Unknown: https://git.example.com/shop.git: cannot fetch: it does not answer.\nNewest change: e0e0e0e  "web: broken" (Pia)\nNext: holdfast app refresh shop/web\n',
    );
    expect(JSON.parse((await on.run("app why shop/web -o json")).stdout).ahead).toMatchObject([
      { lead: "newest change", commit: "e0".repeat(20), about: { subject: "web: broken" } },
    ]);
    // One that is compared has none, and is not asked for it.
    expect((await on.run("app why guestbook")).stdout).not.toContain("Newest");
  } finally {
    on.control.deployments = deployments;
  }
});
