/** Clusters on the command line, against a whole daemon; what is made in the target stands in a double, see test/cluster/fleet.test.ts. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClusterAccount, ClusterAccountAsk } from "../../src/cli/offline-verbs.ts";
import { Failure } from "../../src/core/model/failure.ts";
import { clusterChecks } from "../../src/verbs/cluster-checks.ts";
import { addedClusters, bodyOf, type Given, untilConnected } from "../lib/added-clusters.ts";
import { type CliRun, cli } from "../lib/cli.ts";
import { startWorld, type World } from "../lib/engine-rig.ts";

const { start } = addedClusters();

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

const asked: ClusterAccountAsk[] = [];
const did: string[] = [];
/** @param server of the context */
function verbs(server = world.sandbox.url, more: Partial<ClusterAccount> = {}) {
  asked.length = 0;
  did.length = 0;
  return {
    clusterAccount: async (ask: ClusterAccountAsk): Promise<ClusterAccount> => {
      asked.push(ask);
      return {
        server,
        makes: ["ServiceAccount kube-system/holdfast-manager"],
        account: "kube-system/holdfast-manager",
        address: {},
        grant: async () => {
          did.push("grant");
          return bodyOf(world, "").config;
        },
        revoke: async () => {
          did.push("revoke");
          return ["ServiceAccount kube-system/holdfast-manager"];
        },
        ...more,
      };
    },
  };
}
const on = ({ daemon }: Given, line: string, setting: Parameters<typeof cli>[1] = {}): Promise<CliRun> =>
  cli(line.split(" "), { server: daemon.url, verbs: verbs(), ...setting });

/** What `doctor` says of clusters, on the daemon's own config and data folder. */
async function doctorOf({ dir, config }: Given): Promise<string[]> {
  const { execPath, argv, execArgv } = process;
  const checks = await clusterChecks(
    config,
    {
      env: {},
      cwd: dir,
      embedded: {},
      packageRoot: undefined,
      build: { version: "0.0.0", commit: "", buildDate: "" },
      self: { env: {}, execPath, argv, execArgv },
      stderr: () => undefined,
    },
    new AbortController().signal,
  );
  return checks.map(({ state, text }) => `${state} ${text}`);
}

describe("cluster add", () => {
  test("asks a person, and makes nothing where the answer is no", async () => {
    const given = await start();
    const no = await on(given, "cluster add prod", {
      terminal: { columns: 100 },
      stdin: { text: "n\n", isTTY: true },
    });
    expect([no.code, did]).toEqual([0, []]);
    expect(no.stderr).toContain("ServiceAccount kube-system/holdfast-manager");
    expect(no.stderr).toContain("Nothing was made.");
    const yes = await on(given, "cluster add prod", {
      terminal: { columns: 100 },
      stdin: { text: "y\n", isTTY: true },
    });
    expect([yes.code, did]).toEqual([0, ["grant"]]);
    expect(yes.stdout).toContain(`Cluster prod (${world.sandbox.url}) is added, and answers the daemon (v1`);
  });

  test("with --upsert keeps those before where the daemon gets no answer by the credentials that were given", async () => {
    const given = await start();
    expect((await on(given, "cluster add prod -y")).code).toBe(0);
    await untilConnected(given, "prod");
    const wrong = { ...bodyOf(world, "").config, bearerToken: "canary-of-nobody" };
    const setting = { verbs: verbs(undefined, { grant: async () => wrong }) };
    const refused = await on(given, "cluster add prod --upsert -y", setting);
    expect([refused.code, refused.stderr]).toEqual([
      5,
      expect.stringContaining(`prod (${world.sandbox.url}) does not answer the daemon, and is not added: `),
    ]);
    expect((await on(given, "cluster test prod")).code).toBe(0);
    const kept = await on(given, "cluster add prod --upsert --no-test -y", setting);
    expect(kept.stdout).toContain(
      `prod (${world.sandbox.url}) is added, and does not answer the daemon yet: `,
    );
    expect(kept.stderr).not.toContain("canary-of-nobody");
    expect(JSON.stringify(refused)).not.toContain("canary-of-nobody");
    const right = await on(given, "cluster add prod --upsert -y");
    expect(right.stdout).toContain("is added, and answers the daemon (v1");
  });

  test("of one that does not answer adds nothing, says what stays and how it is kept all the same", async () => {
    const given = await start();
    const setting = { verbs: verbs("https://127.0.0.1:1") };
    const { code, stderr } = await on(given, "cluster add prod -y", setting);
    expect([code, did]).toEqual([5, ["grant"]]);
    for (const said of ["is not added: ", "Its account stays there", "add --no-test"])
      expect(stderr).toContain(said);
    expect((await given.ask("GET", "/api/v1/clusters")).body.items).toEqual([]);
    const kept = await on(given, "cluster add prod --no-test -y", { verbs: verbs("https://127.0.0.1:1") });
    expect([kept.code, kept.stdout]).toEqual([
      0,
      expect.stringContaining("does not answer the daemon yet: "),
    ]);
  });

  test("hands everything on that it is told", async () => {
    const given = await start();
    const { code } = await on(
      given,
      "cluster add ctx --name prod --kubeconfig k --label a=b --label c=d --annotation e=f --namespace one --namespace two --cluster-resources --system-namespace ops --project team -y -o name",
    );
    expect(code).toBe(0);
    expect(asked).toMatchObject([
      { context: "ctx", kubeconfig: "k", systemNamespace: "ops", namespaces: ["one", "two"] },
    ]);
    expect((await given.ask("GET", "/api/v1/clusters/prod")).body).toMatchObject({
      labels: { a: "b", c: "d" },
      annotations: { e: "f", "holdfast.dev/cluster-account": "kube-system/holdfast-manager" },
      namespaces: ["one", "two"],
      clusterResources: true,
      project: "team",
    });
  });

  test("with --in-cluster names the cluster by its address inside", async () => {
    const given = await start();
    await on(given, "cluster add home --in-cluster --no-test -y -o server");
    // By the name that manifests may use for that address, too.
    for (const name of ["home", "in-cluster"])
      expect((await given.ask("GET", `/api/v1/clusters/${name}`)).body).toMatchObject({
        name: "home",
        server: "https://kubernetes.default.svc",
      });
    expect((await on(given, "cluster get in-cluster -o name")).stdout).toBe("home\n");
    expect((await given.ask("GET", "/api/v1/clusters/in-cluster?id.type=server")).status).toBe(404);
  });

  test("with a program makes nothing: the daemon runs it where its config names it", async () => {
    const given = await start();
    const program = join(given.dir, "get-token");
    const token = bodyOf(world, "").config.bearerToken;
    const credential = {
      apiVersion: "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      status: { token },
    };
    writeFileSync(
      program,
      `#!/bin/sh\n[ "$1 $2 $AWS_REGION" = "--of prod eu" ] && echo '${JSON.stringify(credential)}'\n`,
      { mode: 0o755 },
    );
    const line = `cluster add prod --exec-command ${program} --exec-command-args=--of --exec-command-args prod --exec-command-env AWS_REGION=eu --exec-command-api-version client.authentication.k8s.io/v1 -y`;
    const { tlsClientConfig } = bodyOf(world, "").config;
    const setting = { verbs: verbs(undefined, { address: { tlsClientConfig } }) };
    const refused = await on(given, line, setting);
    expect([refused.code === 0, did]).toEqual([false, []]);
    expect(refused.stderr).toContain("clusterPrograms");
    expect((await given.ask("GET", "/api/v1/clusters")).body.items).toEqual([]);

    const allowing = await start({ clusterPrograms: [program] });
    const added = await on(allowing, line, setting);
    expect([added.code, added.stdout, did]).toEqual([
      0,
      expect.stringContaining(`Cluster prod (${world.sandbox.url}) is added, and answers the daemon (v1`),
      [],
    ]);
    expect(added.stderr).toContain(`it makes nothing: the daemon runs ${program} on its machine`);
    const checks = await doctorOf(allowing);
    expect(checks).toEqual([expect.stringMatching(/^ok prod answers \(v1/)]);
  });

  test("with the cloud's helper writes what Argo CD writes", async () => {
    const given = await start({ clusterPrograms: ["argocd-k8s-auth"] });
    const { code } = await on(
      given,
      "cluster add prod --aws-cluster-name eks --aws-role-arn arn:aws:iam::1:role/x --aws-profile p --no-test -y",
    );
    expect([code, did]).toEqual([0, []]);
    expect((await given.ask("GET", "/api/v1/clusters/prod")).body.config.awsAuthConfig).toEqual({
      clusterName: "eks",
      roleARN: "arn:aws:iam::1:role/x",
      profile: "p",
    });
  });

  test.each([
    ["--exec-command-args x", "--exec-command-args needs --exec-command."],
    ["--aws-profile x", "--aws-profile needs --aws-cluster-name."],
    ["--exec-command x --aws-cluster-name y", "--exec-command and --aws-cluster-name are two ways"],
    ["--exec-command x --service-account y", "--exec-command and --service-account are two ways"],
  ])("refuses %s before anything is asked", async (flags, why) => {
    const given = await start();
    const { code, stderr } = await on(given, `cluster add prod ${flags} -y`);
    expect([code, asked]).toEqual([2, []]);
    expect(stderr).toContain(why);
  });

  test("ends with the code of what went wrong, and the daemon has nothing", async () => {
    const given = await start();
    const grant = async (): Promise<never> => {
      throw new Failure("forbidden", "cluster prod", "after-edit", { cannot: "make it", why: "you may not" });
    };
    const { code, stderr } = await on(given, "cluster add prod -y", { verbs: verbs(undefined, { grant }) });
    expect([code, stderr]).toEqual([
      4,
      expect.stringContaining("cluster prod: cannot make it: you may not."),
    ]);
    expect((await given.ask("GET", "/api/v1/clusters")).body.items).toEqual([]);
  });
});

describe("doctor", () => {
  test("says of added clusters what stands in their way, and goes on with the others", async () => {
    const given = await start();
    await on(given, "cluster add prod -y");
    const folder = join(given.config.data, "clusters");
    const secret = (name: string, config: object, server: string): string =>
      JSON.stringify({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name, labels: { "argocd.argoproj.io/secret-type": "cluster" } },
        stringData: { name, server, config: JSON.stringify(config) },
      });
    writeFileSync(join(folder, "half.json"), secret("half", {}, "https://h:1").slice(0, 40));
    writeFileSync(
      join(folder, "runs.json"),
      secret("runs", { execProviderConfig: { command: "get-it" } }, "https://127.0.0.1:1"),
    );
    writeFileSync(join(folder, "twice.json"), secret("prod", { bearerToken: "t" }, "https://127.0.0.1:2"));
    const said = await doctorOf(given);
    expect(said.filter((line) => line.startsWith("ok "))).toEqual([
      expect.stringMatching(/^ok prod answers/),
    ]);
    const bad = said.filter((line) => line.startsWith("failed ")).join("\n");
    for (const part of ["half.json", "runs: ", 'the program "get-it"', "clusters/twice.json"])
      expect(bad).toContain(part);
  });
});

describe("a cluster that is there", () => {
  test("is shown, set, and not found by another name", async () => {
    const given = await start();
    await on(given, "cluster add prod -y");
    await untilConnected(given, "prod");
    expect((await on(given, "cluster list -o name")).stdout).toBe("prod\n");
    expect((await on(given, "cluster ls -o server")).stdout).toBe(`${world.sandbox.url}\n`);
    expect((await on(given, "cluster get prod")).stdout).toContain("name: prod");
    expect((await on(given, "cluster get nobody")).code).toBe(3);
    expect((await on(given, "cluster set prod")).code).toBe(2);
    const set = await on(
      given,
      "cluster set prod --name live --label env=live --annotation note=mine --namespace a",
    );
    expect([set.code, set.stdout]).toEqual([
      0,
      expect.stringContaining(`Cluster live (${world.sandbox.url}) is set`),
    ]);
    expect((await given.ask("GET", "/api/v1/clusters/live")).body).toMatchObject({
      labels: { env: "live" },
      // What cluster rm needs is not the user's to lose.
      annotations: { note: "mine", "holdfast.dev/cluster-account": "kube-system/holdfast-manager" },
      namespaces: ["a"],
    });
    await on(given, "cluster set live --namespace *");
    expect((await given.ask("GET", "/api/v1/clusters/live")).body.namespaces).toBeUndefined();
    // The sandbox's token is no ServiceAccount's.
    const rotated = await on(given, "cluster rotate-auth live");
    expect([rotated.code === 0, rotated.stderr]).toEqual([
      false,
      expect.stringContaining("is not that of a ServiceAccount's Secret"),
    ]);
  });

  test("goes with its account, unless that is to be kept or is another cluster's", async () => {
    const given = await start();
    const again = async (line: string, setting?: Parameters<typeof cli>[1]): Promise<CliRun> => {
      await on(given, "cluster add prod -y");
      return on(given, line, setting);
    };
    expect((await again("cluster rm prod -y")).stderr).toContain("Gone there: ServiceAccount");
    expect(did).toEqual(["revoke"]);
    await again("cluster rm prod --keep-access -y");
    expect(did).toEqual([]);
    const other = await again("cluster rm prod -y", { verbs: verbs("https://other.example.com") });
    expect(other.stderr).toContain("Its account stays: the context leads to https://other.example.com.");
    expect(did).toEqual([]);
    const revoke = async (): Promise<never> => {
      throw new Failure("cluster-unreachable", "cluster prod", "backoff", {
        cannot: "read it",
        why: "no way",
      });
    };
    const away = await again("cluster rm prod -y", { verbs: verbs(undefined, { revoke }) });
    expect([away.code, away.stderr]).toEqual([0, expect.stringContaining("Delete there: ServiceAccount")]);
    expect((await given.ask("GET", "/api/v1/clusters")).body.items).toEqual([]);
    const nobody = await again("cluster rm prod");
    expect(nobody.code).toBe(2);
    expect((await given.ask("GET", "/api/v1/clusters")).body.items).toHaveLength(1);
  });
});
