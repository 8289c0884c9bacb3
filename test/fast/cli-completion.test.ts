/** What a shell completes, and why an application is as it is. */
import { expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

test("bash: its script puts what is answered into COMPREPLY, a word of several cut by none", async () => {
  const dir = await mkdtemp(join(tmpdir(), "holdfast-completion-"));
  await mkdir(join(dir, "bin"));
  const { stdout: script } = await cli(["completion", "bash"]);
  const said = join(dir, "asked");
  await writeFile(
    join(dir, "bin", "holdfast"),
    `#!/bin/sh\nprintf '%s|' "$@" > '${said}'\nprintf 'shop/web\\tSynced, Healthy\\nshop/api\\tOutOfSync\\n'\n`,
    { mode: 0o755 },
  );
  await writeFile(
    join(dir, "try.sh"),
    `${script}\nCOMP_WORDS=(holdfast app get "")\nCOMP_CWORD=3\n_holdfast\nprintf '%s\\n' "\${COMPREPLY[@]}"\ncomplete -p holdfast\n`,
  );
  const ran = Bun.spawnSync(["bash", "--norc", join(dir, "try.sh")], {
    env: { PATH: `${join(dir, "bin")}:/usr/bin:/bin` },
  });
  expect(ran.stderr.toString()).toBe("");
  expect(ran.stdout.toString()).toBe(
    "shop/web\nshop/api\ncomplete -o bashdefault -o default -F _holdfast holdfast\n",
  );
  expect(await Bun.file(said).text()).toBe("__complete|--|app|get||");
  await rm(dir, { recursive: true });
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
