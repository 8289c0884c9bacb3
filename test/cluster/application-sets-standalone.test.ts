/**
 * ApplicationSets of a standalone daemon over four real clusters: what clusters, files of a repository and pull requests
 * give, together and apart; what fails for a while; and a rollout with a step that fails.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ControlPlane, startControlPlane } from "../lib/control-plane.ts";
import { type Daemon, type Ran, settled, startDaemon } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";

setDefaultTimeout(120_000);

const NAMES = ["dev", "staging", "prod", "dr"] as const;
type Name = (typeof NAMES)[number];
const planes = {} as Record<Name, ControlPlane>;
let git: GitServer, daemon: Daemon, repoURL: string;

/** What the stand-ins for the APIs of an Enterprise GitHub and of a GitLab say, page by page. */
let github: (page: number) => Response = () => Response.json([]);
let gitlab: (page: number) => Response = () => Response.json([]);
const provider = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    const page = Number(searchParams.get("page") ?? "1");
    if (pathname === "/api/v3/repos/team/shop/pulls") return github(page);
    if (pathname.startsWith("/api/v4/projects/")) return gitlab(page);
    return new Response("not found", { status: 404 });
  },
});
const address = provider.url.href.replace(/\/$/, "");
const commitOf = (number: number): string => `${number}`.padStart(40, "a");
const githubPages =
  (numbers: readonly number[]) =>
  (page: number): Response =>
    Response.json(
      numbers.slice((page - 1) * 2, page * 2).map((number) => ({
        number,
        title: `change ${number}`,
        head: { ref: `feature-${number}`, sha: commitOf(number) },
        base: { ref: "main" },
        labels: [],
        user: { login: "somebody" },
      })),
      page * 2 < numbers.length
        ? { headers: { link: `<${address}/api/v3/repos/team/shop/pulls?page=${page + 1}>; rel="next"` } }
        : {},
    );
const gitlabPages =
  (numbers: readonly number[]) =>
  (page: number): Response =>
    Response.json(
      numbers.slice((page - 1) * 2, page * 2).map((number) => ({
        iid: number,
        title: `change ${number}`,
        source_branch: `feature-${number}`,
        target_branch: "main",
        sha: commitOf(number),
        labels: [],
        author: { username: "somebody" },
        state: "opened",
      })),
      { headers: { "x-next-page": page * 2 < numbers.length ? `${page + 1}` : "" } },
    );

const MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: map }\ndata: { value: first }\n";
const add = (name: Name, ...labels: string[]): Promise<Ran> =>
  daemon.cli(
    ...["cluster", "add", "local", "--kubeconfig", planes[name].kubeconfig, "--name", name, "-y"],
    ...labels.flatMap((label) => ["--label", label]),
  );
function place(name: string, spec: Record<string, unknown> | null): void {
  const file = join(daemon.dir, "apps", `${name}.json`);
  const set = { apiVersion: "argoproj.io/v1alpha1", kind: "ApplicationSet", metadata: { name }, spec };
  if (spec === null) rmSync(file);
  else writeFileSync(file, JSON.stringify(set, null, 1));
}
const templateOf = (name: string, path: string, destination: Record<string, string>, labels = {}) => ({
  metadata: { name, labels },
  spec: {
    project: "default",
    source: { repoURL, path, targetRevision: "main" },
    destination,
    syncPolicy: {
      automated: { prune: true },
      syncOptions: ["CreateNamespace=true"],
      retry: { limit: 0 },
    },
  },
});
const namesOf = async (begin: string): Promise<string[]> => {
  const { body } = await daemon.api<any>("/api/v1/applications?fields=items.metadata.name");
  return (body.items ?? [])
    .map((app: any) => app.metadata.name as string)
    .filter((name: string) => name.startsWith(begin))
    .sort();
};
async function untilNames(begin: string, wanted: readonly string[]): Promise<void> {
  let last: string[] = [];
  await eventually(
    () => `applications ${begin}: wanted ${wanted.join(", ")}, there are ${last.join(", ")}`,
    async () => {
      last = await namesOf(begin);
      return JSON.stringify(last) === JSON.stringify([...wanted].sort());
    },
    60_000,
  );
}
const commit = (changes: Parameters<GitServer["commit"]>[1]): Promise<string> =>
  git.commit("estate", changes, "a change");
const mapIn = (name: Name, namespace: string): Promise<any> =>
  planes[name].api.find(`/api/v1/namespaces/${namespace}/configmaps/map`);
const setNamed = async (name: string): Promise<any> =>
  (await daemon.api<any>(`/api/v1/applicationsets/${name}`)).body;
const untilSaid = (name: string, text: string) =>
  eventually(`${name} says ${text}`, async () => JSON.stringify(await setNamed(name)).includes(text), 60_000);

beforeAll(async () => {
  for (const name of NAMES) planes[name] = await startControlPlane();
  git = await startGitServer();
  repoURL = await git.createRepo("estate", {
    "app/map.yaml": MAP,
    "apps/web/map.yaml": MAP,
    "apps/db/map.yaml": MAP,
    "teams/one.yaml": "team: one\ntier: gold\n",
    "teams/two.yaml": "team: two\n",
    "teams/three.yaml": "team: three\n",
  });
  daemon = await startDaemon(
    `poll: 1s
pollSpread: 0s
applications: [./apps]
retry: { first: 200ms, most: 2s }
removal: { missingFor: 4s }
applicationSets: { allowedApis: ["${address}", "${address}/api/v4"] }
`,
    {
      "apps/kept.yaml":
        "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: { name: kept }\nspec: {}\n",
    },
  );
  for (const name of NAMES) expect((await add(name, `env=${name}`, "fleet=yes")).code).toBe(0);
}, 240_000);
afterAll(async () => {
  await daemon?.stop();
  await git?.close();
  await provider.stop(true);
  for (const plane of Object.values(planes)) await plane.stop();
}, 120_000);

describe("four clusters", () => {
  test("merged with what a list says of one of them; each has its application, delivered", async () => {
    place("merged", {
      goTemplate: true,
      goTemplateOptions: ["missingkey=error"],
      generators: [
        {
          merge: {
            mergeKeys: ["name"],
            generators: [
              {
                clusters: {
                  selector: { matchLabels: { fleet: "yes" } },
                  values: { space: "usual" },
                },
              },
              { list: { elements: [{ name: "prod", "values.space": "special" }] } },
            ],
          },
        },
      ],
      template: templateOf("merged-{{ .nameNormalized }}", "app", {
        server: "{{ .server }}",
        namespace: 'merged-{{ index . "values.space" | default .values.space }}',
      }),
    });
    const names = NAMES.map((name) => `merged-${name}`);
    await untilNames("merged-", names);
    for (const name of names) await daemon.until(name, settled, 60_000);
    expect(await mapIn("dev", "merged-usual")).toBeDefined();
    expect(await mapIn("prod", "merged-special")).toBeDefined();
    expect(await mapIn("prod", "merged-usual")).toBeUndefined();
  });

  test("times the folders of a repository; a folder more is an application more in each", async () => {
    place("matrix", {
      generators: [
        {
          matrix: {
            generators: [
              {
                clusters: {
                  selector: { matchExpressions: [{ key: "env", operator: "In", values: ["dev", "dr"] }] },
                },
              },
              { git: { repoURL, revision: "main", directories: [{ path: "apps/*" }] } },
            ],
          },
        },
      ],
      template: templateOf("matrix-{{name}}-{{path.basename}}", "{{path}}", {
        name: "{{name}}",
        namespace: "{{path.basename}}",
      }),
    });
    const of = (...folders: string[]) =>
      ["dev", "dr"].flatMap((name) => folders.map((folder) => `matrix-${name}-${folder}`));
    await untilNames("matrix-", of("web", "db"));
    for (const name of of("web", "db")) await daemon.until(name, settled, 60_000);
    await commit({ "apps/cart/map.yaml": MAP });
    await untilNames("matrix-", of("web", "db", "cart"));
    await commit({ "apps/db/map.yaml": null });
    await untilNames("matrix-", of("web", "cart"));
    await eventually(
      "what it delivered is gone",
      async () => (await mapIn("dr", "db")) === undefined,
      60_000,
    );
    expect(await mapIn("dr", "web")).toBeDefined();
  });

  test("one that vanishes for a second takes no application along", async () => {
    const names = NAMES.map((name) => `merged-${name}`);
    expect((await daemon.cli("cluster", "rm", "staging", "-y")).code).toBe(0);
    await untilSaid("merged", "long enough");
    expect(await namesOf("merged-")).toEqual([...names].sort());
    expect((await add("staging", "env=staging", "fleet=yes")).code).toBe(0);
    await eventually(
      "nothing is held any more",
      async () => !JSON.stringify(await setNamed("merged")).includes("long enough"),
      60_000,
    );
    expect(await mapIn("staging", "merged-usual")).toBeDefined();
    await daemon.until("merged-staging", settled, 60_000);
  });
});

test("files of a repository: each mapping is an application, and a broken one takes no other along", async () => {
  place("teams", {
    goTemplate: true,
    generators: [{ git: { repoURL, revision: "main", files: [{ path: "teams/*.yaml" }] } }],
    template: templateOf('team-{{ .team }}-{{ .tier | default "usual" }}', "app", {
      name: "dev",
      namespace: "team-{{ .team }}",
    }),
  });
  const names = ["team-one-gold", "team-three-usual", "team-two-usual"];
  await untilNames("team-", names);
  await commit({ "teams/two.yaml": "team: [\n", "teams/four.yaml": "team: four\n" });
  await untilNames("team-", [...names, "team-four-usual"]);
  await untilSaid("teams", "teams/two.yaml");
  await commit({ "teams/two.yaml": null });
  await untilNames("team-", ["team-four-usual", "team-one-gold", "team-three-usual"]);
});

test.each([
  {
    of: "github",
    generator: { github: { owner: "team", repo: "shop", api: address } },
    say: (numbers: readonly number[]) => {
      github = githubPages(numbers);
    },
    fail: (answer: () => Response) => {
      github = answer;
    },
  },
  {
    of: "gitlab",
    generator: { gitlab: { project: "team/shop", api: `${address}/api/v4`, pullRequestState: "opened" } },
    say: (numbers: readonly number[]) => {
      gitlab = gitlabPages(numbers);
    },
    fail: (answer: () => Response) => {
      gitlab = answer;
    },
  },
])(
  "pull requests of $of: an outage, a limit, an empty page take nothing away; one that is closed goes",
  async ({ of, generator, say, fail }) => {
    say([1, 2, 3]);
    place(of, {
      generators: [{ pullRequest: { ...generator, requeueAfterSeconds: 1 } }],
      template: templateOf(`${of}-{{number}}`, "app", { name: "dev", namespace: `${of}-{{number}}` }),
    });
    const names = [1, 2, 3].map((number) => `${of}-${number}`);
    await untilNames(`${of}-`, names);
    await daemon.until(`${of}-3`, settled, 60_000);
    for (const [said, answer] of [
      ["503", () => new Response("down", { status: 503 })],
      ["429", () => new Response("", { status: 429, headers: { "retry-after": "1" } })],
      ["person's approval", () => Response.json([])],
    ] as const) {
      fail(answer);
      await daemon.cli("appset", "refresh", of);
      await untilSaid(of, said);
      expect(await namesOf(`${of}-`)).toEqual(names);
    }
    say([1, 3]);
    await untilNames(`${of}-`, [`${of}-1`, `${of}-3`]);
    await eventually(
      "what it delivered is gone",
      async () => (await mapIn("dev", `${of}-2`)) === undefined,
      60_000,
    );
    place(of, null);
    await untilNames(`${of}-`, []);
  },
);

test("a rollout over three clusters: the one that fails in the middle holds up the last, through a restart, until it is mended", async () => {
  await commit({
    "roll/dev/map.yaml": MAP,
    "roll/staging/map.yaml": MAP.replace("name: map", "name: Not_A_Name"),
    "roll/prod/map.yaml": MAP,
  });
  const steps = ["dev", "staging", "prod"].map((env) => ({
    matchExpressions: [{ key: "env", operator: "In", values: [env] }],
  }));
  place("rolling", {
    generators: [
      {
        clusters: {
          selector: {
            matchExpressions: [{ key: "env", operator: "In", values: ["dev", "staging", "prod"] }],
          },
        },
      },
    ],
    strategy: { type: "RollingSync", rollingSync: { steps } },
    template: templateOf(
      "rolling-{{name}}",
      "roll/{{name}}",
      { name: "{{name}}", namespace: "rolling" },
      { env: "{{name}}" },
    ),
  });
  const standing = async (): Promise<Record<string, string>> =>
    Object.fromEntries(
      ((await setNamed("rolling")).status?.applicationStatus ?? []).map((one: any) => [
        one.application,
        one.status,
      ]),
    );
  await eventually(
    "the first step is through",
    async () => (await standing())["rolling-dev"] === "Healthy",
    60_000,
  );
  await daemon.until("rolling-staging", (app) => app.status?.operationState?.phase === "Failed", 60_000);
  expect(await mapIn("dev", "rolling")).toBeDefined();
  expect((await standing())["rolling-prod"]).toBe("Waiting");
  await daemon.kill("SIGKILL");
  await daemon.restart();
  await eventually(
    "it is said after the restart",
    async () => (await standing())["rolling-prod"] === "Waiting",
    60_000,
  );
  expect(await mapIn("prod", "rolling")).toBeUndefined();
  await commit({ "roll/staging/map.yaml": MAP });
  await eventually(
    "all steps are through",
    async () => Object.values(await standing()).join() === "Healthy,Healthy,Healthy",
    90_000,
  );
  expect([await mapIn("staging", "rolling"), await mapIn("prod", "rolling")].every(Boolean)).toBe(true);
});
