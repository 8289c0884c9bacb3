/**
 * README's first command and what it invites to, on a machine with Node and npm and nothing else: a fresh clone, an
 * empty HOME, a PATH of three links. git is used to clone only.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { toolsFromNpm } from "../../src/render/tools-from-npm.ts";
import { run, settled, storyIsTold } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { type FreshMachine, freshMachine } from "../lib/fresh-machine.ts";
import { processesOf, type Started } from "../lib/started.ts";

/** As the API shows it; `any` because a test reads deep into Argo CD's shape. */
type Shown = Record<string, any>;

let machine: FreshMachine;
let clone: string;

beforeAll(async () => {
  machine = await freshMachine(["node", "npm", "npx"]);
  clone = await machine.clone();
  const { code, stdout, stderr } = await machine.run(["npm", "ci"], { cwd: clone });
  expect({ code, warnings: stderr.match(/npm (warn|error).*/g) ?? [] }, stdout + stderr).toEqual({
    code: 0,
    warnings: [],
  });
}, 300_000);

afterAll(() => machine.remove(), 60_000);

describe("npm start", () => {
  let demo: Started;
  let url: string;
  let kubeconfig: string;

  const ask = async <T = Shown>(path: string): Promise<T> => (await (await fetch(url + path)).json()) as T;
  const app = (name: string): Promise<Shown> => ask(`/api/v1/applications/${name}`);
  const until = (what: string, name: string, is: (app: Shown) => boolean): Promise<Shown> =>
    eventually(
      `${name}: ${what}\n${demo.text()}`,
      async () => {
        const seen = await app(name);
        return is(seen) && seen;
      },
      60_000,
    );
  const holdfast = async (...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await machine.run([join(clone, "src", "bin.mjs"), ...words], {
      cwd: clone,
      env: { HOLDFAST_SERVER: url },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return stdout;
  };
  /** Through the API server that the demo prints, as kubectl sees it. */
  const kubectl = async (...words: string[]): Promise<string> => {
    const tools = await toolsFromNpm(clone);
    if (tools === undefined) throw new Error("npm ships no kubectl for this machine");
    const { code, stdout, stderr } = await run([tools.kubectl, ...words], {
      env: { HOME: machine.home, KUBECONFIG: kubeconfig },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return stdout;
  };
  const replicas = async (): Promise<number> =>
    JSON.parse(await kubectl("get", "deploy", "guestbook", "-n", "guestbook", "-o", "json")).spec.replicas;

  beforeAll(async () => {
    demo = machine.start(["npm", "start"], { cwd: clone });
    url = (await demo.until(/Status page\s+(http:\/\/127\.0\.0\.1:\d+)\//))[1] ?? "";
    kubeconfig = (await demo.until(/export KUBECONFIG=([^\s)]+)/))[1] ?? "";
  }, 120_000);

  test("three applications, of plain manifests, a Helm chart and Kustomize, become Synced and Healthy", async () => {
    const all = await eventually(
      `all three are there and settled\n${demo.text()}`,
      async () => {
        const { items } = await ask<{ items: Shown[] }>("/api/v1/applications");
        const three = items.filter(({ metadata }) => ["clock", "guestbook", "shop"].includes(metadata.name));
        return storyIsTold(items) && three.length === 3 && three.every(settled) && three;
      },
      90_000,
    );
    expect(Object.fromEntries(all.map(({ metadata, status }) => [metadata.name, status.sourceType]))).toEqual(
      { clock: "Kustomize", guestbook: "Directory", shop: "Helm" },
    );
    await demo.until(/guestbook +Synced +Healthy/);
    await demo.until(/shop +Synced +Healthy/);
    await demo.until(/clock +Synced +Healthy/);
    await demo.until(/These 3 are Synced and Healthy\. The page shows their neighbours/);
  }, 120_000);

  test("it prints where everything is, and every place is there", async () => {
    const page = await fetch(`${url}/`);
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    const [, repository = ""] = await demo.until(/Repository +(\S+)/);
    const [, log = ""] = await demo.until(/Log +(\S+)/);
    expect([repository, log].map((place) => [place.startsWith(machine.home), existsSync(place)])).toEqual([
      [true, true],
      [true, true],
    ]);
    if (!url.endsWith(":8080"))
      expect(demo.text()).toContain(
        `Port 8080 is taken, so this is another one; the command line needs to be told:  export HOLDFAST_SERVER=${url}`,
      );
  });

  test("kubectl works with the kubeconfig that it prints", async () => {
    const rows = (await kubectl("get", "deploy", "-A", "--no-headers"))
      .trim()
      .split("\n")
      .map((line) => line.split(/ +/).slice(0, 3).join(" "));
    expect(rows).toEqual(["clock clock 1/1", "guestbook guestbook 2/2", "shop till 1/1", "shop window 2/2"]);
  });

  test("demo commit: the commit rolls out", async () => {
    const before = await replicas();
    const said = await holdfast("demo", "commit");
    const [, commit = "", now] =
      /^Committed ([0-9a-f]{7}): replicas of guestbook is (\d+) now, it was 2\.$/m.exec(said) ?? [];
    expect([before, now], said).toEqual([2, "3"]);
    await until(
      "the commit is rolled out",
      "guestbook",
      (seen) => String(seen.status?.sync?.revision).startsWith(commit) && settled(seen),
    );
    expect(await replicas()).toBe(3);
    // The lines that say what to type can be typed.
    const [, typed = ""] = /: {2}(?:HOLDFAST_SERVER=\S+ )?src\/bin\.mjs (app get \w+)$/m.exec(said) ?? [];
    expect(await holdfast(...typed.split(" "))).toContain("guestbook");
  }, 90_000);

  test("demo edit: what was done by hand is put back, as a sync that says why it ran", async () => {
    expect(await holdfast("runs", "--app", "guestbook")).not.toContain("self-heal");
    const said = await holdfast("demo", "edit");
    expect(said).toContain("Scaled Deployment guestbook/guestbook from 3 to 6 by hand; Git says 3.");
    const [, ...typed] =
      /: {2}(?:HOLDFAST_SERVER=\S+ )?src\/bin\.mjs (runs) (--app) (guestbook)$/m.exec(said) ?? [];
    const healed = await eventually(
      "a self-heal is among the syncs",
      async () => / self-heal .*/.exec(await holdfast(...typed)) ?? undefined,
      60_000,
    );
    expect(healed[0]).toMatch(/Succeeded .*successfully synced \(1 applied\)/);
    expect(await replicas()).toBe(3);
    await until("it is settled", "guestbook", settled);
  }, 90_000);

  test("demo break: Degraded, with the Pod and its reason, while the old Pods serve", async () => {
    expect(await holdfast("demo", "break")).toContain('the image of guestbook has the tag "broken" now');
    const { status } = await until(
      "it is Degraded",
      "guestbook",
      (seen) => seen.status?.health?.status === "Degraded",
    );
    expect(status.health.message).toMatch(
      /Deployment guestbook\/guestbook: Pod guestbook-\S+ container page waits: CrashLoopBackOff: /,
    );
    expect(
      JSON.parse(await kubectl("get", "deploy", "guestbook", "-n", "guestbook", "-o", "json")).status
        .availableReplicas,
    ).toBeGreaterThan(0);
    await demo.until(/guestbook +Synced +Degraded .*CrashLoopBackOff/);
  }, 90_000);

  test("the name that the README gives it is the same program, and so is npx", async () => {
    const readme = readFileSync(join(clone, "README.md"), "utf8");
    const [alias = ""] = /^alias holdfast=.*$/m.exec(readme) ?? [];
    const how = { cwd: clone, env: { HOLDFAST_SERVER: url } };
    const named = await machine.run(["/bin/sh", "-c", `${alias}\nholdfast app list -o name`], how);
    expect([named.code, named.stderr]).toEqual([0, ""]);
    expect(named.stdout).toContain("argocd/guestbook");
    expect((await machine.run(["npx", "holdfast", "app", "list", "-o", "name"], how)).stdout).toBe(
      named.stdout,
    );
  }, 60_000);

  test("demo heal: Healthy again", async () => {
    expect(await holdfast("demo", "heal")).toContain('the image of guestbook has the tag "1.2.0" again');
    await until("it is Healthy", "guestbook", settled);
  }, 90_000);

  test("each of the three can be asked for by name", async () => {
    for (const name of ["shop", "clock"]) {
      const said = await holdfast("demo", "commit", name);
      const [, commit = ""] = /^Committed ([0-9a-f]{7}): /m.exec(said) ?? [];
      await until(
        `${name} has the commit`,
        name,
        (seen) => String(seen.status?.sync?.revision).startsWith(commit) && settled(seen),
      );
    }
  }, 120_000);

  test("a second demo on the same folder is refused, and says why", async () => {
    const { code, stdout, stderr } = await machine.run(["npm", "start"], { cwd: clone });
    expect([code, stderr], stdout).toEqual([
      2,
      expect.stringMatching(
        /another one runs there \(pid \d+\)\.\n {2}End it with Ctrl-C, or name another folder with --dir\./,
      ),
    ]);
  }, 60_000);

  test("Ctrl-C ends it, and nothing is left running", async () => {
    demo.toGroup("SIGINT");
    await demo.ended;
    await eventually(
      () => `nothing is left: ${processesOf(machine.home).join("\n")}`,
      () => processesOf(machine.home).length === 0,
    );
    const { code, stderr } = await machine.run(["npx", "holdfast", "demo", "commit"], { cwd: clone });
    expect([code, stderr]).toEqual([5, expect.stringContaining("it is not running")]);
  }, 60_000);
});

describe("npm start where port 8080 is taken", () => {
  let holder: Server;

  /** Somebody listens there already: us, or another program of this machine. */
  beforeAll(
    () =>
      new Promise<void>((resolve) => {
        holder = createServer()
          .once("error", () => resolve())
          .listen(8080, "127.0.0.1", () => resolve());
      }),
  );
  afterAll(() => new Promise<void>((resolve) => holder.close(() => resolve())));

  test("takes another one and says so; SIGTERM to npm alone ends everything", async () => {
    const demo = machine.start(["npm", "start"], { cwd: clone });
    const [, url = ""] = await demo.until(/Status page\s+(http:\/\/127\.0\.0\.1:\d+)\//);
    expect(url).not.toEndWith(":8080");
    expect(demo.text()).toContain(
      `Port 8080 is taken, so this is another one; the command line needs to be told:  export HOLDFAST_SERVER=${url}`,
    );
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    demo.toItself("SIGTERM");
    await demo.ended;
    await eventually(
      () => `nothing is left: ${processesOf(machine.home).join("\n")}`,
      () => processesOf(machine.home).length === 0,
    );
  }, 120_000);

  test("everything it wrote lies in HOME and in the clone's node_modules", async () => {
    expect(readdirSync(machine.home).sort()).toEqual(expect.arrayContaining([".local"]));
    const { stdout } = await run(["git", "-C", clone, "status", "--porcelain", "--ignored"]);
    expect(stdout.trim().split("\n")).toEqual(["!! node_modules/"]);
    expect(readFileSync(join(machine.home, ".local/state/holdfast/demo/holdfast.log"), "utf8")).not.toContain(
      '"level":"error"',
    );
  });
});
