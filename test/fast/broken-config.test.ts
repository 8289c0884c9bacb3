/**
 * A config that an edit broke: a daemon that runs goes on, and so does the next one. As a program of its own, in a folder
 * of its own for each case; most of a case is waiting for one to start, so they wait beside each other.
 */
import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../lib/daemon.ts";
import { type Started, started } from "../lib/started.ts";

const root = mkdtempSync(join(tmpdir(), "broken-config-"));
const running = new Set<Started>();
afterAll(async () => {
  for (const one of running) one.toItself("SIGKILL");
  await Promise.all([...running].map(({ ended }) => ended));
  rmSync(root, { recursive: true, force: true });
});

const main = join(import.meta.dir, "../../src/main.ts");
const serve = (dir: string, file = "holdfast.yaml"): Started => {
  const env = { PATH: process.env["PATH"] ?? "", HOME: dir, TOKEN: "a-token-of-some-length" };
  const one = started([process.execPath, main, "serve", "--config", join(dir, file)], { env, cwd: dir });
  running.add(one);
  void one.ended.then(() => running.delete(one));
  return one;
};
const stopped = async (one: Started): Promise<void> => {
  one.toItself("SIGTERM");
  await one.ended;
};
const up = async (one: Started): Promise<void> => void (await one.until(/holdfast is up/));

interface Given {
  dir: string;
  write(text: string): void;
  get(path: string): Promise<{ status: number; text: string }>;
}

async function given(name: string): Promise<Given & { good: string }> {
  const dir = join(root, name);
  mkdirSync(join(dir, "apps"), { recursive: true });
  const port = await freePort();
  const good = `server: { listen: "127.0.0.1:${port}", token: "\${TOKEN}" }\ndata: ./state\napplications: [./apps]\n`;
  const write = (text: string): void => writeFileSync(join(dir, "holdfast.yaml"), text);
  write(good);
  return {
    dir,
    good,
    write,
    async get(path) {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
        headers: { authorization: "Bearer a-token-of-some-length" },
      });
      return { status: answer.status, text: await answer.text() };
    },
  };
}

const broken: [string, (good: string, dir: string) => string][] = [
  ["has a setting that there is not", (good) => `${good}polls: 1m\n`],
  ["is no YAML any more", (good) => `${good}poll: [1m\n`],
  [
    "names a kubeconfig that is not there",
    (good, dir) =>
      `${good}clusters: [{ name: c, server: "https://c", kubeconfig: ${join(dir, "missing")} }]\n`,
  ],
];

test.concurrent.each(broken)(
  "that %s: the next start holds the last one, says so everywhere, and heals by an edit",
  async (name, break_) => {
    const { dir, good, write, get } = await given(name.replaceAll(" ", "-"));
    const first = serve(dir);
    await up(first);
    write(break_(good, dir));
    await first.until(/the config was not reloaded/);
    expect((await get("/readyz")).status).toBe(200);
    await stopped(first);

    const second = serve(dir);
    await up(second);
    expect(second.text()).toContain("the config does not hold as it is written");
    const said = /the config was not reloaded, and the one before it holds/;
    const ready = await get("/readyz");
    expect([ready.status, ready.text]).toEqual([200, expect.stringMatching(said)]);
    expect((await get("/api/holdfast/v1/problems")).text).toMatch(said);
    expect((await get("/api/holdfast/v1/status")).text).toMatch(said);
    expect((await get("/metrics")).text).toContain('holdfast_trouble{what="config"} 1');
    write(`${good}poll: 2m\n`);
    await second.until(/the config was reloaded/);
    expect((await get("/readyz")).text).toBe("ok\n");
    await stopped(second);
    // The mended one is the last one that held from now on.
    write(break_(good, dir));
    const third = serve(dir);
    await up(third);
    expect(readFileSync(join(dir, "state", "last-config.json"), "utf8")).toContain("poll: 2m");
    await stopped(third);
  },
  180_000,
);

const connects = (more = ""): string =>
  `${JSON.stringify({
    "current-context": "c",
    clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }],
    users: [{ name: "c", user: { token: "t" } }],
    contexts: [{ name: "c", context: { cluster: "c", user: "c" } }],
  })}${more}`;
/** What a kubeconfig says, what its break is called, and how it is mended again. */
const unusable: [string, { file: string; break_(file: string): void; says: RegExp }][] = [
  [
    "is no YAML any more",
    { file: connects(), break_: (file) => writeFileSync(file, connects("}")), says: /it is not YAML/ },
  ],
  ["is empty", { file: connects(), break_: (file) => writeFileSync(file, ""), says: /it is no kubeconfig/ }],
  ["is gone", { file: connects(), break_: (file) => rmSync(file), says: /no such file/i }],
  [
    "names a context that is not there",
    {
      file: connects(),
      break_: (file) =>
        writeFileSync(file, connects().replace('"current-context":"c"', '"current-context":"d"')),
      says: /it has no context "d"/,
    },
  ],
  [
    "names a certificate that is gone",
    {
      file: connects().replace('"server"', '"certificate-authority":"ca.crt","server"'),
      break_: (file) => rmSync(join(file, "../ca.crt")),
      says: /ca\.crt: cannot read it/,
    },
  ],
];

test.concurrent.each(unusable)(
  "whose kubeconfig %s in its place: the next start holds that cluster as unreachable, and takes it up when it is mended",
  async (name, { file: text, break_, says }) => {
    // A text that holds a secret is not kept, and a cluster that cannot be connected is held all the same.
    for (const secret of name.includes("YAML") ? ["elsewhere", "in the text"] : ["elsewhere"]) {
      const { dir, good, write, get } = await given(`${name} ${secret}`.replaceAll(" ", "-"));
      const file = join(dir, "kubeconfig");
      const mend = (): void => {
        writeFileSync(join(dir, "ca.crt"), "");
        writeFileSync(file, text);
      };
      const cluster = `clusters: [{ name: far, server: "https://far.example.com", kubeconfig: ./kubeconfig }]\n`;
      const settings = secret === "elsewhere" ? good : good.replace("${TOKEN}", "a-token-of-some-length");
      write(`${settings}${cluster}`);
      mend();
      const first = serve(dir);
      await up(first);
      await stopped(first);

      break_(file);
      const second = serve(dir);
      await up(second);
      const ready = await get("/readyz");
      expect([ready.status, ready.text]).toEqual([200, expect.stringMatching(says)]);
      const { items } = JSON.parse((await get("/api/holdfast/v1/problems")).text);
      const [{ object, text: why, fix }] = items;
      expect([items.length, object, fix]).toEqual([
        1,
        "cluster far",
        expect.stringMatching(/^(Correct the file|Name )/),
      ]);
      expect(why).toMatch(says);
      expect(why).toContain(dir);
      // Whatever else is edited holds meanwhile.
      write(`${settings}${cluster}poll: 2m\n`);
      await second.until(/the config was reloaded/);
      expect((await get("/readyz")).text).toMatch(says);
      // Certificates are followed by nobody: they are tried again.
      if (name.includes("certificate")) writeFileSync(join(dir, "ca.crt"), "");
      else mend();
      await second.until(/the config was reloaded[^]*the config was reloaded/);
      expect((await get("/readyz")).text).not.toMatch(says);
      await stopped(second);
    }
  },
  180_000,
);

test.concurrent("that never held ends the start with 2, and so does another file on the same data", async () => {
  const { dir, good, write } = await given("never");
  const far = `clusters: [{ name: far, server: "https://far.example.com", kubeconfig: ./nowhere }]\n`;
  write(`${good}data: ./other\n${far}`.replace("data: ./state\n", ""));
  const nowhere = serve(dir);
  expect((await nowhere.ended).code).toBe(2);
  expect(nowhere.text()).toContain("nowhere: cannot read it");
  write(`${good}polls: 1m\n`);
  const never = serve(dir);
  expect((await never.ended).code).toBe(2);
  expect(never.text()).toContain("polls: is no setting");
  expect(existsSync(join(dir, "state"))).toBe(false);

  write(good);
  const held = serve(dir);
  await up(held);
  await stopped(held);
  // Secrets stay where they are.
  expect(readFileSync(join(dir, "state", "last-config.json"), "utf8")).not.toContain(
    "a-token-of-some-length",
  );
  writeFileSync(join(dir, "other.yaml"), `${good}polls: 1m\n`);
  const other = serve(dir, "other.yaml");
  expect((await other.ended).code).toBe(2);
}, 120_000);

test.concurrent.each(["elsewhere", "in the text"])(
  "whose policy file breaks while nobody runs, with its secret %s: the next start holds the last one, deny and all",
  async (secret) => {
    const { dir, good, write, get } = await given(`a policy ${secret}`.replaceAll(" ", "-"));
    const file = join(dir, "policy.csv");
    const deny = "p, ann, applications, get, */*, deny\n";
    writeFileSync(file, deny);
    const settings = secret === "elsewhere" ? good : good.replace("${TOKEN}", "a-token-of-some-length");
    write(`${settings}rbac: { defaultRole: role:readonly, policyFiles: [./policy.csv] }\n`);
    const first = serve(dir);
    await up(first);
    await stopped(first);
    const kept = readFileSync(join(dir, "state", "last-config.json"), "utf8");
    expect(kept).toContain("p, ann, applications");
    expect(kept.includes("a-token-of-some-length")).toBe(false);

    writeFileSync(file, deny.replace(", deny", ""));
    const second = serve(dir);
    await up(second);
    expect(second.text()).toContain("the config does not hold as it is written");
    const { text } = await get("/api/holdfast/v1/problems");
    expect(text).toContain("five fields");
    writeFileSync(file, deny);
    await second.until(/the config was reloaded/);
    await stopped(second);
  },
  180_000,
);
