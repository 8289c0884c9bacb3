/**
 * Manifests with faults that client-side apply always let pass: applied and Synced with a warning that names file and
 * path, and refused where somebody asked for strictness.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { widgetDefinition } from "../conformance/kube-fixtures.ts";
import { staysSynced } from "../lib/calm.ts";
import { eventually } from "../lib/eventually.ts";
import {
  conditions,
  hasFailed,
  isQuiet,
  isSynced,
  JSON_PATCH,
  type Placed,
  type Shown,
  type Stage,
  startStage,
} from "../lib/stage.ts";

setDefaultTimeout(60_000);

interface Faulty {
  name: string;
  text: string;
  /** Of the warning, or of the refusal under strict. */
  names: RegExp[];
  /** Where the object is, and what it must hold. */
  live: { path: (namespace: string) => string; holds: Record<string, unknown> };
}

const deployment = (container: string, spec = "") => `# The manifest starts on the second line.
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:${spec}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
      - name: web
        image: registry.example.com/web:1
${container.replace(/^/gm, "        ")}
`;
const web = (namespace: string): string => `/apis/apps/v1/namespaces/${namespace}/deployments/web`;
const service = (namespace: string): string => `/api/v1/namespaces/${namespace}/services/web`;
const inContainer = (fields: Record<string, unknown>) => ({
  spec: { template: { spec: { containers: [{ name: "web", ...fields }] } } },
});

const faults: Faulty[] = [
  {
    name: "a field that the schema does not know",
    text: deployment("imagePullPolcy: Always"),
    names: [/imagePullPolcy/, /did you mean imagePullPolicy/],
    live: { path: web, holds: inContainer({ imagePullPolicy: "IfNotPresent" }) },
  },
  {
    name: "several unknown fields at several depths",
    text: deployment(
      "imagePullPolcy: Always\nlivenesProbe: { httpGet: { path: /, port: 80 } }",
      "\n  replica: 2",
    ),
    names: [/imagePullPolcy/, /livenesProbe/, /spec\.replica\b/],
    live: { path: web, holds: { spec: { replicas: 1 } } },
  },
  {
    name: "an env that stands twice",
    text: deployment(
      "env:\n- { name: A, value: first }\n- { name: B, value: b }\n- { name: A, value: last }",
    ),
    names: [/env/, /name="?A"?/, /only the last one was applied/],
    live: {
      path: web,
      holds: inContainer({
        env: [
          { name: "B", value: "b" },
          { name: "A", value: "last" },
        ],
      }),
    },
  },
  {
    name: "a Service port that stands twice",
    text: "apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec:\n  selector: { app: web }\n  ports:\n  - { name: a, port: 80 }\n  - { name: b, port: 80 }\n",
    names: [/ports/, /only the last one was applied/],
    live: { path: service, holds: { spec: { ports: [{ name: "b", port: 80 }] } } },
  },
  {
    name: "an unknown field beside a duplicate",
    text: deployment(
      "ports:\n- { containerPort: 80, nmae: a }\nenv:\n- { name: A, value: first }\n- { name: A, value: last }",
    ),
    names: [/nmae/, /did you mean name/, /only the last one was applied/],
    live: { path: web, holds: inContainer({ env: [{ name: "A", value: "last" }] }) },
  },
  {
    name: "a field that a custom resource does not have",
    text: "apiVersion: repairs.example.com/v1\nkind: Widget\nmetadata: { name: one }\nspec: { size: 3, mood: fast }\n",
    names: [/spec\.mood/],
    live: {
      path: (namespace) => `/apis/repairs.example.com/v1/namespaces/${namespace}/widgets/one`,
      holds: { spec: { size: 3, mode: "safe" } },
    },
  },
  {
    name: "a status in the manifest",
    text: `${deployment("")}status: { replicas: 7 }\n`,
    names: [/status/, /belongs to the cluster/],
    live: { path: web, holds: { spec: { replicas: 1 } } },
  },
  {
    name: "a key that stands twice in the text",
    text: "apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec:\n  selector: { app: first }\n  ports: [{ port: 80 }]\n  selector: { app: last }\n",
    names: [/selector/],
    live: { path: service, holds: { spec: { selector: { app: "last" } } } },
  },
];

const options: {
  name: string;
  slug: string;
  faults: "repaired" | "refused";
  spec: Record<string, unknown>;
}[] = [
  { name: "by default", slug: "default", faults: "repaired", spec: {} },
  {
    name: "with the sync option Validate=false",
    slug: "lax",
    faults: "repaired",
    spec: { syncOptions: ["Validate=false"] },
  },
  {
    name: "with the sync option Validate=true",
    slug: "strict",
    faults: "refused",
    spec: { syncOptions: ["Validate=true"] },
  },
];

/** Everything that the application says of its manifests, in whatever place. */
const said = (app: Shown): string =>
  [
    ...conditions(app, "ManifestWarning"),
    ...conditions(app, "ComparisonError"),
    app.status?.operationState?.message ?? "",
  ].join("\n");

function suite(
  stage: () => Stage,
  prefix: string,
  { faults: becomes, spec }: Pick<(typeof options)[number], "faults" | "spec">,
): void {
  test.each(faults.map((fault, at) => ({ ...fault, namespace: `${prefix}-${at}` })))(
    "$name",
    async ({ namespace, text, names, live }) => {
      const app = await stage().place({
        name: namespace,
        files: { "manifests/one.yaml": text },
        source: { directory: { recurse: true } },
        spec: { syncPolicy: { automated: { prune: true, selfHeal: true }, retry: { limit: 0 }, ...spec } },
      });
      if (becomes === "refused") {
        const seen = await app.until(
          (now) => hasFailed(now) || conditions(now, "ComparisonError").length > 0,
        );
        expect(names.filter((name) => name.test(said(seen)))).not.toEqual([]);
        expect(said(seen)).toContain("manifests/one.yaml");
        expect(await stage().find(live.path(namespace))).toBeUndefined();
        await isLeftAlone(app);
        return;
      }
      const seen = await app.until(
        (now) => isSynced(now) && isQuiet(now) && now.status.operationState?.phase === "Succeeded",
      );
      const warnings = conditions(seen, "ManifestWarning");
      for (const name of names) expect(warnings.join("\n")).toMatch(name);
      for (const warning of warnings) expect(warning).toMatch(/manifests\/one\.yaml:\d+: /);
      expect(await stage().must("GET", live.path(namespace))).toMatchObject(live.holds);

      // What had to be repaired is remembered: no refresh asks the server again.
      await staysSynced(stage(), app);
      expect(conditions(await app.get(), "ManifestWarning")).toEqual(warnings);
    },
  );

  test("a wrong type is refused in any case, with file and path, and nothing of the sync is applied", async () => {
    const namespace = `${prefix}-type`;
    const app = await stage().place({
      name: namespace,
      files: {
        "wrong.yaml": deployment('tty: "yes, please"'),
        "fine.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: fine }\n",
      },
      spec: { syncPolicy: { automated: {}, retry: { limit: 0 }, ...spec } },
    });
    const seen = await app.until((now) => hasFailed(now) || conditions(now, "ComparisonError").length > 0);
    expect(said(seen)).toContain("wrong.yaml");
    expect(said(seen)).toContain("tty");
    expect(await stage().find(`/api/v1/namespaces/${namespace}/configmaps/fine`)).toBeUndefined();
    await isLeftAlone(app);
  });
}

/** What is refused is tried again for ever, and each try asks the server: others' tests count what is asked. */
async function isLeftAlone(app: Placed): Promise<void> {
  await app.edit(({ spec }) => {
    delete spec.syncPolicy;
  });
  await app.until((now) => isQuiet(now) && now.spec.syncPolicy === undefined);
}

const twins = (options: string): string =>
  deployment(
    "ports:\n- { containerPort: 80, hostPort: 80 }\n- { containerPort: 80, hostPort: 8080 }",
  ).replace(
    "metadata: { name: web }\nspec",
    `metadata: { name: web, annotations: { argocd.argoproj.io/sync-options: ${options} } }\nspec`,
  );

function twinSuite(stage: () => Stage): void {
  test("two ports of the host for one port of a container are refused rather than halved, and written with Replace=true", async () => {
    const namespace = "twins";
    const app = await stage().place({
      name: namespace,
      files: { "manifests/one.yaml": twins("Validate=false") },
      source: { directory: { recurse: true } },
      spec: { syncPolicy: { automated: { prune: true, selfHeal: true }, retry: { limit: 0 } } },
    });
    const seen = await app.until((now) => hasFailed(now) || conditions(now, "ComparisonError").length > 0);
    expect(said(seen)).toContain("that differ in hostPort, and server-side apply keeps one entry of a key");
    expect(await stage().find(web(namespace))).toBeUndefined();

    await app.commit({ "manifests/one.yaml": twins("Replace=true") });
    await app.until(
      (now) => isSynced(now) && isQuiet(now) && now.status.operationState?.phase === "Succeeded",
    );
    const { spec } = await stage().must("GET", web(namespace));
    expect(spec.template.spec.containers[0].ports.map(({ hostPort }: Shown) => hostPort)).toEqual([80, 8080]);
    await staysSynced(stage(), app);
  });
}

// ---------------------------------------------------------------- what is left beside ours

const container = (fields: string): string => `spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
      - name: web
        image: registry.example.com/web:1
${fields.replace(/^/gm, "        ")}
`;
const plain = (fields: string, more = ""): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\n${container(fields)}${more}`;
const ATOM = "/spec/template/spec/containers/0";

interface Impossible {
  name: string;
  slug: string;
  /** As it was synced before. */
  text: string;
  /** What somebody did by hand: a JSON patch under this manager; `kubectl-edit` where left out. */
  edit?: { patch: unknown[]; manager?: string };
  /** What Git says then, where it changes too. */
  then?: string;
  /** What somebody does by hand once all is well again; it is put back as well. */
  after?: unknown[];
  path: (namespace: string) => string;
  /** Of the live object afterwards. */
  holds: (object: Shown) => unknown;
  want: unknown;
}

const STRATEGIC = "application/strategic-merge-patch+json";
const ROLLING = [
  {
    op: "replace",
    path: "/spec/strategy",
    value: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
  },
];
const impossible: Impossible[] = [
  {
    name: "the only port of a Service, changed by hand",
    slug: "port",
    text: "apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec:\n  selector: { app: web }\n  ports: [{ port: 80 }]\n",
    edit: { patch: [{ op: "replace", path: "/spec/ports/0/port", value: 81 }] },
    path: service,
    holds: ({ spec }) => spec.ports.map(({ port }: Shown) => port),
    want: [80],
  },
  {
    name: "the handler of a probe, swapped by hand",
    slug: "probe",
    text: plain("livenessProbe: { httpGet: { path: /, port: 80 } }"),
    edit: {
      patch: [
        { op: "remove", path: `${ATOM}/livenessProbe/httpGet` },
        { op: "add", path: `${ATOM}/livenessProbe/tcpSocket`, value: { port: 81 } },
      ],
    },
    path: web,
    holds: ({ spec: { template } }) => {
      const { httpGet, tcpSocket } = template.spec.containers[0].livenessProbe;
      return [httpGet, tcpSocket ?? "none"];
    },
    want: [{ path: "/", port: 80, scheme: "HTTP" }, "none"],
  },
  {
    name: "the value of an env, made a reference by hand",
    slug: "env-value",
    text: plain("env: [{ name: A, value: a }]"),
    edit: {
      patch: [
        {
          op: "replace",
          path: `${ATOM}/env/0`,
          value: { name: "A", valueFrom: { configMapKeyRef: { name: "x", key: "y" } } },
        },
      ],
    },
    path: web,
    holds: ({ spec }) => spec.template.spec.containers[0].env,
    want: [{ name: "A", value: "a" }],
  },
  {
    name: "the reference of an env, made a value by hand",
    slug: "env-from",
    text: plain("env: [{ name: A, valueFrom: { configMapKeyRef: { name: x, key: k } } }]"),
    edit: { patch: [{ op: "replace", path: `${ATOM}/env/0`, value: { name: "A", value: "a" } }] },
    path: web,
    holds: ({ spec }) => spec.template.spec.containers[0].env,
    want: [{ name: "A", valueFrom: { configMapKeyRef: { name: "x", key: "k" } } }],
  },
  {
    name: "the source of a volume, swapped by hand",
    slug: "volume",
    text: plain("volumeMounts: [{ name: v, mountPath: /v }]", "      volumes: [{ name: v, emptyDir: {} }]\n"),
    edit: {
      patch: [
        {
          op: "replace",
          path: "/spec/template/spec/volumes/0",
          value: { name: "v", configMap: { name: "x" } },
        },
      ],
    },
    path: web,
    holds: ({ spec }) => spec.template.spec.volumes,
    want: [{ name: "v", emptyDir: {} }],
  },
  {
    name: "the default strategy, where Git goes to Recreate",
    slug: "strategy",
    text: plain("env: []"),
    then: plain("env: []").replace("spec:\n", "spec:\n  strategy: { type: Recreate }\n"),
    after: ROLLING,
    path: web,
    holds: ({ spec }) => spec.strategy,
    want: { type: "Recreate" },
  },
  {
    name: "the default strategy, where Git goes to Recreate and says null",
    slug: "null",
    text: plain("env: []"),
    then: plain("env: []").replace("spec:\n", "spec:\n  strategy: { type: Recreate, rollingUpdate: null }\n"),
    after: ROLLING,
    path: web,
    holds: ({ spec }) => spec.strategy,
    want: { type: "Recreate" },
  },
  {
    name: "the update strategy of a StatefulSet, where Git goes to OnDelete after an edit by hand",
    slug: "ondelete",
    text: `apiVersion: apps/v1\nkind: StatefulSet\nmetadata: { name: web }\n${container("env: []").replace("spec:\n", "spec:\n  serviceName: web\n")}`,
    edit: {
      patch: [{ op: "replace", path: "/spec/updateStrategy/rollingUpdate/partition", value: 1 }],
      manager: "kubectl-patch",
    },
    then: `apiVersion: apps/v1\nkind: StatefulSet\nmetadata: { name: web }\n${container("env: []").replace("spec:\n", "spec:\n  serviceName: web\n  updateStrategy: { type: OnDelete }\n")}`,
    after: [
      {
        op: "replace",
        path: "/spec/updateStrategy",
        value: { type: "RollingUpdate", rollingUpdate: { partition: 1 } },
      },
    ],
    path: (namespace) => `/apis/apps/v1/namespaces/${namespace}/statefulsets/web`,
    holds: ({ spec }) => spec.updateStrategy,
    want: { type: "OnDelete" },
  },
];

// Before what is refused: an application whose sync was refused tries it again, and that would be counted.
describe("an apply that what stands beside ours makes impossible", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await shared();
  }, 120_000);

  test.each(impossible)(
    "is made possible: $name",
    async ({ slug, text, edit, then, after, path, holds, want }) => {
      const namespace = `beside-${slug}`;
      const app = await stage.place({ name: namespace, files: { "one.yaml": text } });
      await app.until((now) => isSynced(now) && isQuiet(now));
      if (edit !== undefined) {
        const at = `${path(namespace)}?fieldManager=${edit.manager ?? "kubectl-edit"}`;
        await stage.must("PATCH", at, edit.patch, JSON_PATCH);
      }
      if (then !== undefined) await app.commit({ "one.yaml": then });
      const untilAsGitSays = async () => {
        await eventually("it is as Git says", async () =>
          Bun.deepEquals(holds(await stage.must("GET", path(namespace))), want),
        );
        await app.until((now) => isSynced(now) && isQuiet(now));
      };
      await untilAsGitSays();
      expect(conditions(await app.get(), "ComparisonError")).toEqual([]);
      expect(stage.writes(namespace).filter(({ verb }) => verb === "delete")).toEqual([]);
      await staysSynced(stage, app);
      if (after === undefined) return;
      const edited = await stage.must(
        "PATCH",
        `${path(namespace)}?fieldManager=kubectl-edit`,
        after,
        JSON_PATCH,
      );
      expect(holds(edited)).not.toEqual(want);
      await untilAsGitSays();
      await staysSynced(stage, app);
    },
  );

  test("a container that Git adds in front, where the image of the first is left to others, has Git's image", async () => {
    const namespace = "beside-front";
    const one = (containers: string) =>
      plain("env: []").replace("      containers:\n", `      containers:\n${containers}`);
    const app = await stage.place({
      name: namespace,
      files: { "one.yaml": one("") },
      spec: {
        ignoreDifferences: [
          { group: "apps", kind: "Deployment", jsonPointers: ["/spec/template/spec/containers/0/image"] },
        ],
      },
    });
    await app.until((now) => isSynced(now) && isQuiet(now));
    await app.commit({
      "one.yaml": one("      - { name: front, image: 'registry.example.com/front:1' }\n"),
    });
    await eventually("it is there", async () => {
      const { containers } = (await stage.must("GET", web(namespace))).spec.template.spec;
      return Bun.deepEquals(containers.map(({ name, image }: Shown) => `${name} ${image}`).sort(), [
        "front registry.example.com/front:1",
        "web registry.example.com/web:1",
      ]);
    });
    await app.until((now) => isSynced(now) && isQuiet(now));
    await staysSynced(stage, app);

    // The rule names the first container of Git: its image is left to others, and the other one's is not.
    const images = async (): Promise<Record<string, string>> => {
      const { containers } = (await stage.must("GET", web(namespace))).spec.template.spec;
      return Object.fromEntries(containers.map(({ name, image }: Shown) => [name, image]));
    };
    const edit = (name: string) =>
      stage.must(
        "PATCH",
        `${web(namespace)}?fieldManager=kubectl-edit`,
        { spec: { template: { spec: { containers: [{ name, image: "registry.example.com/hand:1" }] } } } },
        STRATEGIC,
      );
    await edit("front");
    await staysSynced(stage, app);
    await edit("web");
    await eventually(
      "the other image is put back",
      async () => (await images())["web"] === "registry.example.com/web:1",
    );
    expect(await images()).toEqual({
      front: "registry.example.com/hand:1",
      web: "registry.example.com/web:1",
    });
    await staysSynced(stage, app);
  });

  test("what another controller keeps there stays, and the sentence names it and the way out", async () => {
    const namespace = "beside-controller";
    const app = await stage.place({
      name: namespace,
      files: { "one.yaml": plain("livenessProbe: { httpGet: { path: /, port: 80 } }") },
      spec: { syncPolicy: { automated: {}, retry: { limit: 0 } } },
    });
    await app.until((now) => isSynced(now) && isQuiet(now));
    await stage.must(
      "PATCH",
      `${web(namespace)}?fieldManager=some-operator`,
      [
        { op: "remove", path: `${ATOM}/livenessProbe/httpGet` },
        { op: "add", path: `${ATOM}/livenessProbe/tcpSocket`, value: { port: 81 } },
      ],
      JSON_PATCH,
    );
    const seen = await app.until((now) => isQuiet(now) && conditions(now, "ComparisonError").length > 0);
    const text = conditions(seen, "ComparisonError").join("\n");
    expect(text).toMatch(/containers\[0\]\.livenessProbe\.tcpSocket \(set by some-operator\)/);
    expect(text).toMatch(/holdfast app sync beside-controller --replace/);

    // And the way out is one.
    expect((await app.sync({ syncOptions: ["Replace=true"] })).phase).toBe("Succeeded");
    const [live] = (await stage.must("GET", web(namespace))).spec.template.spec.containers;
    expect(live.livenessProbe).toMatchObject({ httpGet: { port: 80 } });
    expect(live.livenessProbe.tcpSocket).toBeUndefined();
  });

  test("a fault of Git's own beside a hand-made edit is a plain refusal, and the edit stays", async () => {
    const namespace = "beside-fault";
    const app = await stage.place({
      name: namespace,
      files: { "one.yaml": plain("env: [{ name: A, value: a }]") },
      spec: { syncPolicy: {} },
    });
    await app.until((now) => now.status?.sync?.status === "OutOfSync");
    await app.sync();
    await stage.must(
      "PATCH",
      `${web(namespace)}?fieldManager=kubectl-edit`,
      [{ op: "add", path: `${ATOM}/ports`, value: [{ containerPort: 80 }] }],
      JSON_PATCH,
    );
    await app.commit({
      "one.yaml": plain("env: [{ name: A, value: a }]\nports: [{ containerPort: 99999 }]"),
    });
    const state = await app.sync();
    expect(state.phase).toBe("Failed");
    expect(state.message).toMatch(/containerPort: Invalid value: 99999/);
    expect(state.message).not.toMatch(/--replace/);
    const [live] = (await stage.must("GET", web(namespace))).spec.template.spec.containers;
    expect(live.ports).toMatchObject([{ containerPort: 80 }]);
  });
});

describe.each(options)("$name", ({ slug, faults: becomes, spec }) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await shared();
  }, 120_000);
  suite(() => stage, slug, { faults: becomes, spec });
});

describe("entries of one key that each count", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await shared();
  }, 120_000);
  twinSuite(() => stage);
});

describe("with `validate: strict` in the config", () => {
  beforeAll(async () => {
    const stage = await shared();
    const file = `${stage.daemon.dir}/holdfast.yaml`;
    await Bun.write(file, `${await Bun.file(file).text()}\nvalidate: strict\n`);
    await stage.daemon.restart();
  }, 60_000);
  let stage: Stage;
  beforeAll(async () => {
    stage = await shared();
  });
  suite(() => stage, "config", { faults: "refused", spec: {} });

  test("an application with Validate=false is repaired all the same", async () => {
    const app = await stage.place({
      name: "config-lax",
      files: { "one.yaml": faults[0]?.text ?? "" },
      spec: { syncPolicy: { automated: {}, syncOptions: ["Validate=false"] } },
    });
    const seen = await app.untilSettled();
    expect(conditions(seen, "ManifestWarning").join()).toContain("imagePullPolcy");
  });
});

let started: Promise<Stage> | undefined;
function shared(): Promise<Stage> {
  started ??= startStage().then(async (stage) => {
    await stage.must(
      "POST",
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      widgetDefinition("repairs.example.com"),
    );
    return stage;
  });
  return started;
}
afterAll(async () => (await started)?.stop(), 60_000);
