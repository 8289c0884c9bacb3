/** What `argocd` prints and ends with, through the real API with a control in memory; what it writes into its config file. */
import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { COMMIT } from "../fakes/fake-control.ts";
import { cli } from "../lib/cli.ts";
import { appWith, resources, sharedCli, verbs } from "../lib/cli-stage.ts";

const on = sharedCli();
const home = mkdtempSync(join(tmpdir(), "holdfast-argocd-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const argocd = (line: string, env: Record<string, string> = {}) =>
  cli(["argocd", ...line.split(" ")], {
    env: { HOME: home, ARGOCD_SERVER: new URL(on.api.url).host, ARGOCD_OPTS: "--plaintext", ...env },
    verbs,
  });

test("the table of applications, its names, and those of a cluster", async () => {
  const { code, stdout } = await argocd("app list");
  expect(code).toBe(0);
  expect(stdout.split("\n").slice(0, 2)).toEqual([
    "NAME              CLUSTER                         NAMESPACE  PROJECT  STATUS     HEALTH       SYNCPOLICY  CONDITIONS       REPO                              PATH       TARGET",
    "argocd/guestbook  https://kubernetes.default.svc  shop       default  Synced     Healthy      Auto-Prune  <none>           https://git.example.com/shop.git  guestbook  main",
  ]);
  expect((await argocd("app list -o name")).stdout).toBe(
    "argocd/guestbook\npayments/api\npayments/web\nshop/web\n",
  );
  expect((await argocd("app list -c elsewhere -o name")).stdout).toBe("");
  expect(JSON.parse((await argocd("app list -o=json")).stdout)).toHaveLength(4);
});

test("what is said of one application: its sync, its health, what is wrong, and its objects", async () => {
  const { stdout } = await argocd("app get payments/web");
  const lines = stdout.split("\n");
  expect(lines).toContain("Health Status:      Progressing");
  expect(lines).toContain("SyncWindow:         Sync Allowed");
  expect(lines.slice(lines.indexOf("") + 1)).toEqual([
    "GROUP  KIND        NAMESPACE  NAME  STATUS     HEALTH       HOOK  MESSAGE",
    "apps   Deployment  shop       web   OutOfSync  Progressing        1 of 3 updated",
    "       Service     shop       web   Synced     Healthy",
    "",
  ]);
  const wrong = (await argocd("app get shop/web")).stdout;
  expect(wrong).toContain("CONDITION        MESSAGE");
  expect(wrong).toContain("ComparisonError  https://git.example.com/shop.git: cannot fetch");
});

test("the history, the oldest first", async () => {
  const history = [
    { id: 3, revision: COMMIT, deployedAt: "2026-11-20T04:00:00Z" },
    { id: 4, revision: "abcdef0123456789", deployedAt: "2026-11-21T04:00:00Z" },
  ];
  on.control.put(appWith("past", "web", "Synced", "Healthy", { history }));
  const { stdout } = await argocd("app history past/web");
  expect(stdout.split("\n").slice(1)).toEqual([
    "ID      DATE                           REVISION",
    expect.stringMatching(/^3 {7}2026-11-20 04:00:00 \+0000 UTC {2}\S+ \(9f2e1aa\)$/),
    expect.stringMatching(/^4 {7}2026-11-21 04:00:00 \+0000 UTC {2}\S+ \(abcdef0\)$/),
    "",
  ]);
  expect((await argocd("app history past/web -o id")).stdout).toBe("3\n4\n");
});

test.each([
  ["app get no-such-app", 20, "FATA[0000] "],
  ["app lst", 1, 'FATA[0000] unknown command "lst" for "argocd app"\n  Did you mean list?'],
  ["app sync web --pruen", 1, "FATA[0000] unknown flag: --pruen\n  Did you mean --prune?"],
  ["app diff web --revison x", 20, "FATA[0000] unknown flag: --revison"],
  ["app sync web --local .", 20, "FATA[0000] --local is not served here."],
  ["app list --core", 20, "FATA[0000] --core is not served here."],
  ["app exec web", 1, 'FATA[0000] unknown command "exec" for "argocd app"'],
  ["gpg add x", 20, "FATA[0000] argocd gpg add is not served here."],
  ["app sync", 20, "FATA[0000] No application is named."],
  ["app set payments/web", 20, "FATA[0000] Nothing is to be set."],
  ["login 127.0.0.1:1 --sso", 20, "FATA[0000] Cannot reach http://127.0.0.1:1: nothing listens there."],
  [
    "app delete payments/web",
    20,
    "FATA[0000] Delete 'payments/web' and all its resources? Nobody can answer",
  ],
  ["app rollback payments/web", 20, "FATA[0000] payments/web has no deployment before the last one."],
  [
    "app rollback argocd/guestbook 7",
    20,
    "FATA[0000] Application 'guestbook' does not have deployment id '7'",
  ],
  ["app wait web --hydrated", 20, "FATA[0000] --hydrated is not served here."],
  ["cluster add prod --shard 1", 20, "FATA[0000] --shard is not served here."],
  ["repo list", 20, "FATA[0000] Repositories are not kept here"],
])("%s ends with %i", async (line, code, said) => {
  const run = await argocd(line);
  expect(run.stderr).toStartWith(said);
  expect([run.code, run.stdout]).toEqual([code, ""]);
});

test("an error as JSON, and versions", async () => {
  const { stderr } = await argocd("app get no-such-app --logformat json");
  expect(JSON.parse(stderr)).toMatchObject({ level: "fatal", time: expect.any(String) });
  expect((await argocd("version --client --short")).stdout).toBe("argocd: v3.6.0+holdfast.0.1.0\n");
  expect((await argocd("version --short")).stdout).toEndWith("\nargocd-server: v3.6.0+holdfast.0.1.0\n");
});

test("gRPC's flags and others of its program say nothing", async () => {
  const flags = "--grpc-web --http-retry-max 3 --loglevel debug --prompts-enabled=false --insecure";
  const { code, stderr } = await argocd(`app list -o name ${flags}`, {
    ARGOCD_OPTS: "--plaintext --grpc-web --header 'X-Forwarded-For: me' --unknown-to-us",
  });
  expect([code, stderr]).toEqual([0, ""]);
});

/** A config file as `argocd` writes it. */
const written = (server: string) => `contexts:
- name: prod
  server: ${server}
  user: prod
- name: other
  server: other.example.com
  user: other
current-context: prod
prompts-enabled: true
servers:
- grpc-web-root-path: ""
  plain-text: true
  server: ${server}
- grpc-web-root-path: ""
  server: other.example.com
users:
- auth-token: of-prod
  name: prod
- auth-token: of-other
  name: other
`;

test("a config file that argocd wrote is read, changed and kept", async () => {
  const tokens: (string | null)[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      tokens.push(request.headers.get("authorization"));
      return Response.json({ items: [] });
    },
  });
  const address = `127.0.0.1:${server.port}`;
  const dir = join(home, "kept");
  mkdirSync(join(dir, ".config", "argocd"), { recursive: true });
  const file = join(dir, ".config", "argocd", "config");
  writeFileSync(file, written(address), { mode: 0o600 });
  const env = { HOME: dir, ARGOCD_SERVER: "", ARGOCD_OPTS: "" };
  expect((await argocd("app list", env)).code).toBe(0);
  // Another server is shown nothing of what this one is.
  await argocd(`app list --server localhost:${server.port} --plaintext`, env);
  await argocd(`app list --server localhost:${server.port} --plaintext --argocd-context prod`, env);
  await argocd("app list", { ...env, ARGOCD_AUTH_TOKEN: "of-env" });
  await argocd("app list --auth-token of-flag", { ...env, ARGOCD_AUTH_TOKEN: "of-env" });
  expect(tokens).toEqual(["Bearer of-prod", null, null, "Bearer of-env", "Bearer of-flag"]);
  expect((await argocd("context other", env)).stdout).toBe("Switched to context 'other'\n");
  expect((await argocd("context prod --delete", env)).stdout).toBe("Context 'prod' deleted\n");
  await server.stop(true);
  const text = readFileSync(file, "utf8");
  expect(text).toContain("prompts-enabled: true");
  expect(text).toContain("of-other");
  expect(text).not.toContain("of-prod");
  expect(text).toContain("current-context: other");
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("a context of --core is refused", async () => {
  const dir = join(home, "core");
  mkdirSync(join(dir, ".argocd"), { recursive: true });
  writeFileSync(
    join(dir, ".argocd", "config"),
    "contexts: [{ name: k, server: kubernetes, user: k }]\ncurrent-context: k\nservers: [{ server: kubernetes, core: true }]\nusers: [{ name: k }]\n",
    { mode: 0o600 },
  );
  const { code, stderr } = await argocd("app list", { HOME: dir, ARGOCD_SERVER: "" });
  expect(stderr).toStartWith("FATA[0000] --core is not served here.");
  expect(code).toBe(20);
});

test("a login of a daemon without accounts says what its token is", async () => {
  const { code, stderr } = await argocd("login --username admin --password x");
  expect(stderr).toContain("has no accounts to log in with.\n  Set ARGOCD_SERVER, and ARGOCD_AUTH_TOKEN to");
  expect(code).toBe(20);
});

test.each(["--sync", "--health", "--operation", ""])(
  "wait %s does not take what was so before an operation for its end",
  async (flag) => {
    const put = (phase: "Running" | "Succeeded") =>
      on.control.put(
        appWith("waits", "web", "Synced", "Healthy", {
          resources,
          operationState: {
            operation: {},
            phase,
            message: "",
            startedAt: "2026-11-23T04:31:08Z",
            syncResult: { revision: COMMIT, resources: [] },
          },
        }),
      );
    put("Running");
    const { code, stdout } = await cli(
      ["argocd", "app", "wait", "waits/web", ...(flag === "" ? [] : [flag])],
      {
        env: { HOME: home, ARGOCD_SERVER: new URL(on.api.url).host, ARGOCD_OPTS: "--plaintext" },
        // The row of the state that it began with: from then on it is over.
        onStdout: (soFar) => void (soFar.includes("Deployment") && setTimeout(() => put("Succeeded"))),
      },
    );
    expect(code).toBe(0);
    // As it was seen last.
    expect(stdout).toContain("Phase:              Succeeded");
  },
);

test("an operation that runs is ended", async () => {
  const operationState = {
    operation: {},
    phase: "Running" as const,
    message: "",
    startedAt: "2026-11-23T04:31:08Z",
  };
  on.control.put(appWith("runs", "web", "OutOfSync", "Progressing", { operationState }));
  const { code, stdout } = await argocd("app terminate-op runs/web");
  expect([code, stdout]).toEqual([0, "Application 'web' operation terminating\n"]);
  expect(on.control.calls.filter((call) => call.startsWith("terminate"))).toHaveLength(1);
});
