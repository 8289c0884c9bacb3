/** Users' own health checks on the compiled binary: Argo CD's Lua, CEL in the config, a TypeScript plugin; and scripts that misbehave. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../lib/eventually.ts";
import { isQuiet, MERGE, type Placed, type Shown, type Stage, startStage } from "../lib/stage.ts";

setDefaultTimeout(90_000);

const GROUP = "checks.example.com";
const kinds = ["Widget", "Sprocket", "Looper", "Bomb", "Gauge", "Plug"] as const;
const plural = (kind: string): string => `${kind.toLowerCase()}s`;
const definition = (kind: string) => {
  const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural(kind)}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: "Namespaced",
      names: { plural: plural(kind), singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: "object", properties: { spec: open, status: open } } },
        },
      ],
    },
  };
};

// Of the shape of the example in Argo CD's health chapter, for a kind of our own.
const widgetScript = `
    hs = {}
    if obj.status ~= nil then
      if obj.status.conditions ~= nil then
        for i, condition in ipairs(obj.status.conditions) do
          if condition.type == "Assembled" and condition.status == "False" then
            hs.status = "Degraded"
            hs.message = condition.message
            return hs
          end
          if condition.type == "Assembled" and condition.status == "True" then
            hs.status = "Healthy"
            hs.message = condition.message .. ", " .. table.getn(obj.status.conditions) .. " of " .. obj.spec.parts
            return hs
          end
        end
      end
    end
    hs.status = "Progressing"
    hs.message = "Waiting for the widget"
    return hs
`;
const configMap = (sprocket: string): string => `apiVersion: v1
kind: ConfigMap
metadata: { name: argocd-cm, namespace: argocd }
data:
  url: https://argocd.example.com
  resource.customizations.health.${GROUP}_Widget: |${widgetScript}
  resource.customizations.health.${GROUP}_Looper: |
    while true do end
  resource.customizations.health.${GROUP}_Bomb: |
    local s = "x"
    while true do s = s .. s end
  resource.customizations: |
    ${GROUP}/Sprocket:
      health.lua: |
        return {status = "${sprocket}", message = "as the file says"}
`;
const config = `plugins: [./plugins]
health:
  customizations: [./argocd-cm.yaml]
  checks:
  - group: ${GROUP}
    kind: Gauge
    degraded: object.status.level > object.spec.most
    healthy: object.status.level >= 0
    message: '"the level is " + string(object.status.level)'
`;
const plugin = `import { words } from "./lib/words.ts";
interface Plug { spec?: { holds?: boolean } }
export default {
  kind: "health-check", name: "plugs", kinds: ["${GROUP}/Plug"],
  judge: (object: Plug) => ({ status: object.spec?.holds === true ? "Healthy" : "Degraded", message: words(object.spec?.holds) }),
};
`;

let stage: Stage;
let app: Placed;
const files = ([Widget, Sprocket, Looper, Bomb, Gauge, Plug]: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    [
      [Widget, { parts: 1 }],
      [Sprocket, {}],
      [Looper, {}],
      [Bomb, {}],
      [Gauge, { most: 5 }],
      [Plug, { holds: false }],
    ].map(([kind, spec]) => [
      `${kind}.yaml`,
      JSON.stringify({ apiVersion: `${GROUP}/v1`, kind, metadata: { name: "one" }, spec }),
    ]),
  );

beforeAll(async () => {
  stage = await startStage({
    config,
    files: {
      "argocd-cm.yaml": configMap("Suspended"),
      "plugins/plugs.ts": plugin,
      "plugins/lib/words.ts":
        'export const words = (holds: boolean | undefined): string => (holds === true ? "it holds" : "it came loose");\n',
    },
  });
  for (const kind of kinds)
    await stage.must("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition(kind));
  await eventually("the kinds are served", async () =>
    (await Promise.all(kinds.map((kind) => stage.find(`/apis/${GROUP}/v1/${plural(kind)}`)))).every(
      (list) => list !== undefined,
    ),
  );
  app = await stage.place({ name: "checks", files: files(kinds) });
  await app.until(
    (seen) =>
      seen.status?.resources?.length === kinds.length &&
      seen.status.sync.status === "Synced" &&
      isQuiet(seen),
    60_000,
  );
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

const healthOf = (seen: Shown, kind: string): Shown | undefined =>
  (seen.status?.resources as Shown[] | undefined)?.find((resource) => resource.kind === kind)?.health;
const says = (kind: string, status: string, message: string) =>
  app.until(
    (seen) =>
      healthOf(seen, kind)?.status === status && (healthOf(seen, kind)?.message ?? "").includes(message),
  );
/** As its controller would. */
const report = (kind: string, status: unknown) =>
  stage.must("PATCH", `/apis/${GROUP}/v1/namespaces/checks/${plural(kind)}/one/status`, { status }, MERGE);

describe("a check in Lua, from argocd-cm as it is", () => {
  test("decides, and follows the object", async () => {
    await says("Widget", "Progressing", "Waiting for the widget");
    await report("Widget", {
      conditions: [{ type: "Assembled", status: "False", message: "a part is missing" }],
    });
    const degraded = await says("Widget", "Degraded", "a part is missing");
    expect(degraded.status.health.status).not.toBe("Healthy");
    await report("Widget", { conditions: [{ type: "Assembled", status: "True", message: "all parts fit" }] });
    await says("Widget", "Healthy", "all parts fit, 1 of 1");
  });

  test("counts from the older map, and anew when its file changes", async () => {
    await says("Sprocket", "Suspended", "as the file says");
    await Bun.write(join(stage.daemon.dir, "argocd-cm.yaml"), configMap("Healthy"));
    await says("Sprocket", "Healthy", "as the file says");
  });

  test("that is wrong after a change leaves the old one in force, and the log says where", async () => {
    await Bun.write(
      join(stage.daemon.dir, "argocd-cm.yaml"),
      `${configMap("Degraded")}  resource.customizations.actions.x_Y: "- no"\n`,
    );
    await eventually("the log says so", async () => (await stage.daemon.log()).includes("argocd-cm.yaml:37"));
    expect(healthOf(await app.get(), "Sprocket")?.status).toBe("Healthy");
    await Bun.write(join(stage.daemon.dir, "argocd-cm.yaml"), configMap("Healthy"));
  });
});

describe("a script that misbehaves", () => {
  test("without end is ended and says so, and everything else goes on", async () => {
    const seen = await says("Looper", "Unknown", `lua ${GROUP}/Looper: it was ended after 1000 ms`);
    expect(seen.status.health.status).toBe("Unknown");
    await report("Looper", { seen: 1 });
    await report("Widget", {
      conditions: [{ type: "Assembled", status: "False", message: "while another one loops" }],
    });
    await says("Widget", "Degraded", "while another one loops");
    expect((await stage.daemon.api("/healthz")).status).toBe(200);
  });

  test("and wants all memory gets none, and the daemon stays small", async () => {
    await says("Bomb", "Unknown", "not enough memory");
    const status = readFileSync(`/proc/${stage.daemon.pid}/status`, "utf8");
    expect(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1])).toBeLessThan(400_000);
  });

  test("runs in a process of its own, without environment", async () => {
    await report("Widget", { conditions: [{ type: "Assembled", status: "True", message: "all parts fit" }] });
    const host = await eventually("the process is there", () => checkHosts()[0]);
    expect(
      readFileSync(`/proc/${host}/environ`, "utf8")
        .split("\0")
        .filter((entry) => /TOKEN|HOME|PATH|KUBE/.test(entry)),
    ).toEqual([]);
  });
});

describe("the modern ways", () => {
  test("a check in CEL", async () => {
    await says("Gauge", "Progressing", "No expression of the check is true yet");
    await report("Gauge", { level: 3 });
    await says("Gauge", "Healthy", "the level is 3");
    await report("Gauge", { level: 7 });
    await says("Gauge", "Degraded", "the level is 7");
  });

  test("a plugin in TypeScript", async () => {
    await says("Plug", "Degraded", "it came loose");
    await app.commit({
      "Plug.yaml": JSON.stringify({
        apiVersion: `${GROUP}/v1`,
        kind: "Plug",
        metadata: { name: "one" },
        spec: { holds: true },
      }),
    });
    await says("Plug", "Healthy", "it holds");
  });
});

test("a wave waits for a user's check", async () => {
  const widget = { apiVersion: `${GROUP}/v1`, kind: "Widget", metadata: { name: "one" }, spec: { parts: 1 } };
  const after = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "after", annotations: { "argocd.argoproj.io/sync-wave": "1" } },
  };
  const waves = await stage.place({
    name: "waves",
    files: { "all.yaml": `${JSON.stringify(widget)}\n---\n${JSON.stringify(after)}\n` },
  });
  await waves.until((seen) =>
    (seen.status?.operationState?.message ?? "").includes("Waiting for the widget"),
  );
  expect(await stage.find("/api/v1/namespaces/waves/configmaps/after")).toBeUndefined();
  await stage.must(
    "PATCH",
    `/apis/${GROUP}/v1/namespaces/waves/widgets/one/status`,
    { status: { conditions: [{ type: "Assembled", status: "True", message: "all parts fit" }] } },
    MERGE,
  );
  await waves.untilSettled();
  expect(await stage.find("/api/v1/namespaces/waves/configmaps/after")).toBeDefined();
});

test("admin health asks the config's checks where a config is named", async () => {
  await Bun.write(
    join(stage.daemon.dir, "gauge.yaml"),
    JSON.stringify({
      apiVersion: `${GROUP}/v1`,
      kind: "Gauge",
      metadata: { name: "one" },
      spec: { most: 5 },
      status: { level: 9, phase: "Ready" },
    }),
  );
  const own = await stage.daemon.cli(
    "admin",
    "health",
    "gauge.yaml",
    "--explain",
    "--config",
    "holdfast.yaml",
  );
  expect({ ...own, stdout: JSON.parse(own.stdout) as unknown }).toMatchObject({
    code: 0,
    stdout: { status: "Degraded", message: "the level is 9", rule: `cel ${GROUP}/Gauge` },
  });
});

test("no process for scripts outlives the daemon", async () => {
  await stage.daemon.kill("SIGKILL");
  await eventually("it is gone", () => checkHosts().length === 0);
  await stage.daemon.restart();
});

/** Processes for scripts of this test's daemon and of nobody else's: they end with it, so they are known by its pid. */
function checkHosts(): number[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  return all.filter((pid) => {
    const words = read(`/proc/${pid}/cmdline`).split("\0");
    return (
      words[1] === "check-host" &&
      (hosts.has(pid) ||
        Number(/^PPid:\s+(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1]) === stage.daemon.pid) &&
      hosts.add(pid)
    );
  });
}
const hosts = new Set<number>();

/** "" where the process ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error) return "";
    throw cause;
  }
}
