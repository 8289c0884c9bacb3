import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Failure } from "../core/model/failure.ts";
import { systemClock } from "../lib/system-clock.ts";
import { CredentialPlugin, type ExecConfig, type PluginOptions } from "./credential-plugin.ts";

let dir = "";
const plugins: CredentialPlugin[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "holdfast-plugin-"));
});
afterEach(() => {
  for (const plugin of plugins.splice(0)) plugin.stop();
  rmSync(dir, { recursive: true, force: true });
});

const credential = (status: Record<string, unknown>): string =>
  JSON.stringify({ apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status });
const soon = (ms: number): string => new Date(Date.now() + ms).toISOString();

/** @param script what the plugin does; each run leaves a line in `runs` */
function pluginOf(
  script: string,
  exec: Partial<ExecConfig> = {},
  more: Partial<PluginOptions> = {},
): CredentialPlugin {
  const command = join(dir, "plugin.sh");
  writeFileSync(command, `#!/bin/sh\necho run >> ${dir}/runs\n${script}\n`);
  chmodSync(command, 0o755);
  const plugin = new CredentialPlugin({
    exec: { command, ...exec },
    cluster: { server: "https://cluster.example.com" },
    environment: { PATH: "/usr/bin:/bin", SHARED: "from the daemon" },
    limitMs: 30_000,
    clock: systemClock,
    ...more,
  });
  plugins.push(plugin);
  return plugin;
}
const runs = (): number =>
  existsSync(join(dir, "runs")) ? readFileSync(join(dir, "runs"), "utf8").trim().split("\n").length : 0;
const failureOf = (plugin: CredentialPlugin): Promise<Failure> =>
  plugin.credential().then(
    () => {
      throw new Error("it gave a credential");
    },
    (cause: Failure) => cause,
  );
const isAlive = (pid: number): boolean => {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !/\) Z /.test(readFileSync(stat, "utf8"));
};
async function ends(pid: number): Promise<void> {
  for (let tries = 0; isAlive(pid); tries++) {
    if (tries > 500) throw new Error(`${pid} runs on`);
    await Bun.sleep(10);
  }
}

describe("a credential plugin", () => {
  test("gives a token, or a certificate with its key", async () => {
    expect(await pluginOf(`echo '${credential({ token: "t" })}'`).credential()).toEqual({ token: "t" });
    const both = { clientCertificateData: "cert", clientKeyData: "key" };
    expect(await pluginOf(`echo '${credential(both)}'`).credential()).toEqual({ cert: "cert", key: "key" });
  });

  test("has our environment and its own, is told that nobody sits there, and the cluster where it asks for it", async () => {
    const script = `echo "$SHARED $OWN" > ${dir}/env; printf '%s' "$KUBERNETES_EXEC_INFO" > ${dir}/info; echo '${credential({ token: "t" })}'`;
    await pluginOf(script, {
      env: [{ name: "OWN", value: "its own" }],
      provideClusterInfo: true,
    }).credential();
    expect(readFileSync(join(dir, "env"), "utf8").trim()).toBe("from the daemon its own");
    expect(JSON.parse(readFileSync(join(dir, "info"), "utf8"))).toEqual({
      apiVersion: "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      spec: { interactive: false, cluster: { server: "https://cluster.example.com" } },
    });
    await pluginOf(script).credential();
    expect(JSON.parse(readFileSync(join(dir, "info"), "utf8")).spec).toEqual({ interactive: false });
  });

  test("is asked once for all who wait, and not again while what it gave holds", async () => {
    const plugin = pluginOf(
      `sleep 0.2; echo '${credential({ token: "t", expirationTimestamp: soon(3_600_000) })}'`,
    );
    const asked = Array.from({ length: 100 }, () => plugin.credential());
    expect(plugin.waitsFor).toContain("plugin.sh has not answered yet");
    await Promise.all(asked);
    await plugin.credential();
    expect(plugin.waitsFor).toBeUndefined();
    expect(runs()).toBe(1);
    plugin.renew();
    await plugin.credential();
    expect(runs()).toBe(2);
  });

  test("whose credentials have ended when they come is not asked at each request", async () => {
    const plugin = pluginOf(`echo '${credential({ token: "t", expirationTimestamp: soon(-60_000) })}'`);
    for (let at = 0; at < 5; at++) await plugin.credential();
    expect(runs()).toBe(1);
  });

  test("that hangs is killed with everything it started, and says so", async () => {
    const plugin = pluginOf(
      `sleep 300 & echo $! > ${dir}/child; echo $$ > ${dir}/self; wait`,
      {},
      { limitMs: 400 },
    );
    const failure = await failureOf(plugin);
    expect(failure.code).toBe("cluster-auth");
    expect(failure.message).toContain(
      `credential plugin ${dir}/plugin.sh: cannot get credentials from it: it did not answer within 0.4 s and was killed. Run it by hand`,
    );
    for (const name of ["self", "child"]) await ends(Number(readFileSync(join(dir, name), "utf8")));
  });

  test("that failed is left alone for a while, and its sentence told again", async () => {
    const plugin = pluginOf("echo 'first line' >&2; echo 'no session: log in' >&2; exit 3");
    for (let at = 0; at < 20; at++)
      expect((await failureOf(plugin)).why).toBe("it ended with code 3: no session: log in");
    expect(runs()).toBe(1);
  });

  test("that failed is asked again, after pauses that grow", async () => {
    let now = 0;
    const clock = { now: () => Date.now(), monotonic: () => now, sleep: systemClock.sleep };
    const plugin = pluginOf("exit 1", {}, { clock });
    const seen: number[] = [];
    for (; now < 60_000; now += 500) {
      await failureOf(plugin);
      seen.push(runs());
    }
    expect(runs()).toBe(6);
    expect(seen.indexOf(3) - seen.indexOf(2)).toBeGreaterThan(seen.indexOf(2) - seen.indexOf(1));
  });

  test("that prints without end is killed, whatever it prints", async () => {
    expect((await failureOf(pluginOf("exec yes"))).why).toBe(
      "it printed more than 1048576 bytes and was killed",
    );
    // What it says about itself is cut, not taken for too much.
    const chatty = `i=0; while [ $i -lt 2000 ]; do echo "a line of words about nothing" >&2; i=$((i+1)); done; echo '${credential({ token: "t" })}'`;
    expect(await pluginOf(chatty).credential()).toEqual({ token: "t" });
  });

  test("that leaves something running behind it is not waited for", async () => {
    const plugin = pluginOf(`sleep 300 & echo $! > ${dir}/child; echo '${credential({ token: "t" })}'`);
    expect(await plugin.credential()).toEqual({ token: "t" });
    process.kill(Number(readFileSync(join(dir, "child"), "utf8")));
  });

  test.each([
    { prints: "", says: "what it printed is not JSON" },
    { prints: '{"token": "secret-token', says: "what it printed is not JSON" },
    { prints: '["secret-token"]', says: "what it printed is no ExecCredential" },
    { prints: "null", says: "what it printed is no ExecCredential" },
    { prints: credential({}), says: "it gave neither a token nor a certificate" },
    { prints: credential({ token: 5 }), says: "it gave neither a token nor a certificate" },
    { prints: credential({ clientKeyData: "key" }), says: "it gave a certificate without its key, or a key" },
    {
      prints: credential({ token: "t", expirationTimestamp: "tomorrow" }),
      says: "its expirationTimestamp tomorrow is no time",
    },
    {
      prints: credential({ token: "t" }).replace("/v1", "/v1beta1"),
      says: "it answered as client.authentication.k8s.io/v1beta1, and was asked for client.authentication.k8s.io/v1",
    },
  ])("that prints $prints: $says", async ({ prints, says }) => {
    const failure = await failureOf(pluginOf(`cat <<'END'\n${prints}\nEND`));
    expect(failure.why).toContain(says);
    expect(failure.message).not.toContain("secret-token");
  });

  test("that is not there says so with the kubeconfig's own hint", async () => {
    const failure = await failureOf(
      pluginOf("", { command: join(dir, "nothing-here"), installHint: "Install it from the wiki" }),
    );
    expect(failure.message).toContain(
      `credential plugin ${dir}/nothing-here: cannot get credentials from it: `,
    );
    expect(failure.message).toEndWith("Install it from the wiki");
  });

  test("that is stopped ends", async () => {
    const plugin = pluginOf(`echo $$ > ${dir}/self; exec sleep 300`);
    const failed = failureOf(plugin);
    while (!existsSync(join(dir, "self")) || readFileSync(join(dir, "self"), "utf8") === "")
      await Bun.sleep(5);
    plugin.stop();
    expect((await failed).why).toContain("it ended with SIGKILL");
    await ends(Number(readFileSync(join(dir, "self"), "utf8")));
  });
});
