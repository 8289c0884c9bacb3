import { describe, expect, test } from "bun:test";
import type { Config } from "../config/config.ts";
import { defaultConfig } from "../config/load-config.ts";
import { type ArgoHeld, holdArgo, NOTHING_HELD } from "../core/argocd/held.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import { showProblem } from "../core/model/problem.ts";
import { withArgo } from "./with-argo.ts";

const DEFAULTS = defaultConfig("/etc/holdfast");
const CM: Record<string, string> = {
  installationID: "blue",
  "kustomize.buildOptions": "--load-restrictor LoadRestrictionsNone",
  "timeout.reconciliation": "60s",
  "timeout.reconciliation.jitter": "5s",
  "application.sync.impersonation.enabled": "true",
  "resource.exclusions": "- { kinds: [Event] }",
  globalProjects: "- projectName: everywhere",
  "resource.customizations.ignoreDifferences.apps_Deployment": "jsonPointers: [/spec/replicas]",
  "resource.customizations.health.Pod": "return {}",
  "resource.customizations.health.Service": "return {}",
};
const object = (kind: string, name: string, rest: object): KubeObject =>
  ({ apiVersion: "v1", kind, metadata: { name, namespace: "argocd" }, ...rest }) as KubeObject;
function held(cm = CM): ArgoHeld {
  const maps = [
    object("ConfigMap", "argocd-cm", { data: cm }),
    object("ConfigMap", "argocd-cmd-params-cm", { data: { "controller.sync.timeout.seconds": "60" } }),
  ];
  return holdArgo({ secrets: [], configMaps: maps }, NOTHING_HELD).held;
}

describe("withArgo()", () => {
  test("takes what the config says nothing of from Argo CD's settings", () => {
    const { config, problems } = withArgo(DEFAULTS, DEFAULTS, held(), undefined);
    expect(problems).toEqual([]);
    expect(config).toMatchObject({
      installationID: "blue",
      poll: { everyMs: 60_000 },
      pollSpreadMs: 5_000,
      sync: { impersonation: true, timeoutMs: 60_000 },
      resources: { exclusions: [{ kinds: ["Event"] }] },
      globalProjects: [{ projectName: "everywhere" }],
      ignoreDifferences: [{ kind: "Deployment" }],
      health: { scripts: { health: [{ kinds: "Pod" }, { kinds: "Service" }] } },
      pauses: [],
      render: { buildOptions: ["--load-restrictor", "LoadRestrictionsNone"] },
    });
  });

  describe("of Argo CD Image Updater's ConfigMap", () => {
    const said = {
      ...{ "git.user": "bot", "git.email": "bot@example.com", "git.commit-sign-off": "true" },
      "git.commit-message-template": "build: {{ .AppName }}",
      "registries.conf": "registries: [{ prefix: quay.io, limit: 3 }, { prefix: ghcr.io, ca_file: x }]",
    };
    const imagesOf = (
      own: Partial<Config["images"]>,
      data: Record<string, string> | undefined,
      memory = NOTHING_HELD,
    ) => {
      const map = object("ConfigMap", "argocd-image-updater-config", { data });
      const read = holdArgo({ secrets: [], configMaps: data === undefined ? [] : [map] }, memory);
      const config = { ...DEFAULTS, images: { ...DEFAULTS.images, ...own } };
      const found = withArgo(config, DEFAULTS, read.held, undefined);
      return { images: found.config.images, said: found.problems.map(showProblem), memory: read.memory };
    };

    test("takes how commits are written and registries are asked, and says what it cannot take", () => {
      const { images, said: told } = imagesOf({}, said);
      expect(images).toEqual({
        ...DEFAULTS.images,
        author: { name: "bot", email: "bot@example.com" },
        messageTemplate: "build: {{ .AppName }}",
        signOff: true,
        argoRegistries: [{ registry: "quay.io", requestsPerSecond: 3 }, { registry: "ghcr.io" }],
      });
      expect(told).toEqual([
        "ConfigMap argocd-image-updater-config: registries.conf: registries[1].ca_file: is not read: it is a file of Image Updater's Pod. Write ca_data, or an entry of repositories with ca",
      ]);
    });

    test("what the config says stands", () => {
      const own = { author: { name: "Ana", email: DEFAULTS.images.author.email }, message: "up: {{apps}}" };
      expect(imagesOf(own, said).images).toMatchObject({
        author: { name: "Ana", email: "bot@example.com" },
        ...{ message: "up: {{apps}}", messageTemplate: "" },
      });
      expect(imagesOf({ messageTemplate: "mine" }, said).images.messageTemplate).toBe("mine");
      const off = { "git.commit-sign-off": "false" };
      expect([imagesOf({ signOff: true }, off).images.signOff, imagesOf({}, off).images.signOff]).toEqual([
        true,
        false,
      ]);
    });

    test("one that is deleted leaves what it said, and one that is emptied says nothing any more", () => {
      const first = imagesOf({}, said);
      const gone = imagesOf({}, undefined, first.memory);
      expect(gone.images).toEqual(first.images);
      expect(imagesOf({}, {}, gone.memory).images).toEqual(DEFAULTS.images);
    });
  });

  test.each([
    ["nobody", {}, {}, { is: "off", shells: ["bash", "sh", "powershell", "cmd"] }],
    ["argocd-cm", {}, { "exec.enabled": "true" }, { is: "on", shells: ["bash", "sh", "powershell", "cmd"] }],
    [
      "argocd-cm, with its shells",
      {},
      { "exec.enabled": "true", "exec.shells": "zsh, sh" },
      { is: "on", shells: ["zsh", "sh"] },
    ],
    [
      "the config, whatever argocd-cm says",
      { is: "on" },
      { "exec.enabled": "false" },
      { is: "on", shells: ["bash", "sh", "powershell", "cmd"] },
    ],
    [
      "both, with the shells of the config",
      { is: "on", shells: ["fish"] },
      { "exec.enabled": "true", "exec.shells": "zsh" },
      { is: "on", shells: ["fish"] },
    ],
  ] as const)("terminals are turned on by %s", (_, own, cm, exec) => {
    const config = { ...DEFAULTS, exec: { ...DEFAULTS.exec, ...own } };
    expect(withArgo(config, DEFAULTS, held(cm), undefined).config.exec).toEqual({
      ...exec,
      shells: [...exec.shells],
    });
  });

  test("a word that turns terminals neither on nor off warns, and leaves them as they are", () => {
    const map = object("ConfigMap", "argocd-cm", { data: { "exec.enabled": "yes" } });
    const { held: kept } = holdArgo({ secrets: [], configMaps: [map] }, NOTHING_HELD);
    expect(kept.problems.map(showProblem).join("\n")).toContain("exec.enabled: is neither true nor false");
    expect(withArgo(DEFAULTS, DEFAULTS, kept, undefined).config.exec.is).toBe("off");
  });

  test("says what no source can choose, and where Applications are meant to be and nobody looks", () => {
    const own = {
      ...DEFAULTS,
      homeCluster: { ...DEFAULTS.homeCluster, namespaces: ["team-*"] },
      render: {
        ...DEFAULTS.render,
        buildOptions: ["--own"],
        versions: [{ tool: "kustomize" as const, version: "v5", program: "/k", buildOptions: [] }],
      },
    };
    const maps = [
      object("ConfigMap", "argocd-cm", {
        data: {
          "kustomize.buildOptions": "--load-restrictor LoadRestrictionsNone",
          "kustomize.buildOptions.v5": "--reorder none",
          "kustomize.buildOptions.v4": "--reorder none",
        },
      }),
      object("ConfigMap", "argocd-cmd-params-cm", {
        data: { "application.namespaces": "argocd, team-*, /^shop-/" },
      }),
    ];
    const read = holdArgo({ secrets: [], configMaps: maps }, NOTHING_HELD).held;
    const { config, problems } = withArgo(own, DEFAULTS, read, undefined);
    expect(config.render).toMatchObject({
      buildOptions: ["--own"],
      versions: [{ version: "v5", buildOptions: ["--reorder", "none"] }],
    });
    expect(problems.map(showProblem)).toEqual([
      "ConfigMap argocd-cm: kustomize.buildOptions.v4: changes nothing: there is no such version. Register it in the config: render.versions: [{ tool: kustomize, version: v4, program: … }]",
      "ConfigMap argocd-cmd-params-cm: application.namespaces: Applications in /^shop-/ are not read. Name these namespaces in homeCluster.namespaces of the config too, as globs",
    ]);
  });

  test("leaves what the config says, and adds to its lists", () => {
    const own = {
      ...DEFAULTS,
      installationID: "own",
      poll: { everyMs: 1_000 },
      pollSpreadMs: 1,
      sync: { ...DEFAULTS.sync, timeoutMs: 1 },
      globalProjects: [{ projectName: "mine", labelSelector: {} }],
      health: { ...DEFAULTS.health, checks: [{ kinds: "Pod", healthy: "true" }] },
    };
    const { config } = withArgo(own, DEFAULTS, held(), undefined);
    expect(config).toMatchObject({
      installationID: "own",
      poll: { everyMs: 1_000 },
      pollSpreadMs: 1,
      sync: { timeoutMs: 1 },
      globalProjects: [{ projectName: "mine" }, { projectName: "everywhere" }],
      health: { scripts: { health: [{ kinds: "Service" }] } },
    });
  });

  test("what is not known pauses all writes, beside what the config pauses", () => {
    const own = { ...DEFAULTS, pauses: [{ of: "deletions", from: "config" } as const] };
    const { config } = withArgo(own, DEFAULTS, undefined, "it cannot be read");
    expect(config.pauses).toEqual([
      { of: "deletions", from: "config" },
      { of: "writes", from: "settings", why: "it cannot be read" },
    ]);
  });
});
