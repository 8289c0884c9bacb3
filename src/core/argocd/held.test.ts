import { describe, expect, test } from "bun:test";
import { CANARY, CERT, GIT, hold, map, opened, secret, sentences } from "../../../test/lib/argo-held.ts";
import type { KubeObject } from "../model/kube-object.ts";

describe("what changes", () => {
  test("a Secret that breaks is used as it was, and one that goes takes its entry along", () => {
    const good = secret("repository", "shop", { url: GIT, username: "ci", password: "one" });
    const first = hold([good]);
    const broken = hold([secret("repository", "shop", { url: "", password: CANARY })], first.memory);
    expect(opened(broken.held)).toEqual(opened(first.held));
    expect(sentences(broken.held)).toEqual([
      "Secret argocd/shop: url: must not be empty; what was read of it last is used. Write it as applications do in repoURL",
    ]);
    const rotated = hold(
      [secret("repository", "shop", { url: GIT, username: "ci", password: "two" })],
      broken.memory,
    );
    expect(opened(rotated.held)).toMatchObject([{ password: "two" }]);
    expect(sentences(rotated.held)).toEqual([]);
    expect(hold([], rotated.memory).held.repositories).toEqual([]);
  });

  test("one that is deleted and made anew under its name has nothing left of what it was", () => {
    const [repository, cluster] = [
      secret("repository", "shop", { url: GIT, username: "ci", password: CANARY }),
      secret("cluster", "prod", { server: "https://10.0.0.1:6443", config: `{"bearerToken":"${CANARY}"}` }),
    ].map((made) => ({ ...made, metadata: { ...made.metadata, uid: `first-${made.metadata.name}` } }));
    const first = hold([repository as KubeObject, cluster as KubeObject]);
    const [other, another] = [
      secret("repository", "shop", { url: "" }),
      secret("cluster", "prod", { server: "https://10.0.0.1:6443", config: "{" }),
    ].map((made) => ({ ...made, metadata: { ...made.metadata, uid: `second-${made.metadata.name}` } }));
    const { held } = hold([other as KubeObject, another as KubeObject], first.memory);
    expect([held.repositories, held.clusters]).toEqual([[], []]);
    expect(sentences(held)).toEqual([
      "Secret argocd/shop: url: must not be empty; nothing of it is used. Write it as applications do in repoURL",
      "Secret argocd/prod: cluster https://10.0.0.1:6443: config: is not JSON; nothing of it is used",
    ]);
  });

  test("one that becomes another type of Secret, and a broken one, has nothing left of what it was", () => {
    const first = hold([secret("repository", "shop", { url: GIT, username: "ci" })]);
    const other = hold([secret("repo-creds", "shop", { url: "" })], first.memory);
    expect(other.held.repositories).toEqual([]);
  });

  test("a cluster's entry is the very same while its Secret is, stays as it was while it is broken, and goes with it", () => {
    const server = "https://10.0.0.1:6443";
    const good = secret("cluster", "prod", {
      name: "prod",
      server,
      config: '{"bearerToken":"t"}',
      shard: "1",
    });
    const first = hold([good]);
    expect(sentences(first.held)).toEqual([]);
    expect(first.held.clusters).toMatchObject([
      { secret: "Secret argocd/prod", entry: { name: "prod", server } },
    ]);
    const again = hold([good], first.memory);
    expect(again.held.clusters[0]?.entry).toBe(first.held.clusters[0]?.entry as never);
    const broken = hold(
      [secret("cluster", "prod", { name: "prod", server, config: `{"bearerToken":"${CANARY}` })],
      again.memory,
    );
    expect(broken.held.clusters[0]?.entry).toBe(first.held.clusters[0]?.entry as never);
    expect(sentences(broken.held)).toEqual([
      "Secret argocd/prod: cluster prod: config: is not JSON; what was read of it last is used",
    ]);
    expect(hold([], broken.memory).held.clusters).toEqual([]);
  });

  test("a certificate that breaks is not what another ConfigMap of its name said", () => {
    const certificates = (uid: string, text: string): KubeObject => {
      const made = map("argocd-tls-certs-cm", { "a.example.com": text });
      return { ...made, metadata: { ...made.metadata, uid } };
    };
    const first = hold([certificates("1", CERT.certificate)]);
    expect(first.held.repositories[0]?.ca).toBe(CERT.certificate);
    expect(hold([certificates("1", "cut")], first.memory).held.repositories[0]?.ca).toBe(CERT.certificate);
    expect(hold([certificates("2", "cut")], first.memory).held.repositories).toEqual([]);
  });

  test("a certificate that breaks is what it was", () => {
    const first = hold([map("argocd-tls-certs-cm", { "a.example.com": CERT.certificate })]);
    const { held } = hold([map("argocd-tls-certs-cm", { "a.example.com": "cut" })], first.memory);
    expect(held.repositories[0]?.ca).toBe(CERT.certificate);
    expect(sentences(held)).toEqual([
      'ConfigMap argocd/argocd-tls-certs-cm: data["a.example.com"]: holds no certificate in PEM; the certificates are as they were read last. Write the certificates of the host\'s authority in PEM',
    ]);
  });
});

describe("settings", () => {
  const CM = {
    "resource.exclusions": "- { apiGroups: [cilium.io], kinds: [CiliumIdentity] }",
    "resource.customizations.ignoreDifferences.apps_Deployment": "jsonPointers: [/spec/replicas]",
    "resource.customizations.health.example.org_Widget": "return {}",
    globalProjects:
      "- projectName: everywhere\n  labelSelector:\n    matchExpressions:\n    - { key: tier, operator: In, values: [tenant] }",
    installationID: "blue",
    "timeout.reconciliation": "120s",
    "timeout.reconciliation.jitter": "60s",
    "application.sync.impersonation.enabled": "true",
    url: "https://argocd.example.com",
  };

  test("are read from their ConfigMaps, and what is known and not honoured is listed", () => {
    const { held } = hold([
      map("argocd-cm", CM),
      map("argocd-cmd-params-cm", { "controller.sync.timeout.seconds": "600", "server.insecure": "true" }),
      map("argocd-rbac-cm", { "policy.csv": "p, a, clusters, get, *, allow" }),
      map("somebody-elses", { url: "x" }),
    ]);
    expect(sentences(held)).toEqual([]);
    expect(held.settings).toMatchObject({
      customizations: {
        health: [{ kinds: "example.org/Widget", script: "return {}" }],
        ignoreDifferences: [{ group: "apps", kind: "Deployment", jsonPointers: ["/spec/replicas"] }],
        resources: { exclusions: [{ apiGroups: ["cilium.io"], kinds: ["CiliumIdentity"] }] },
      },
      globalProjects: [{ projectName: "everywhere", labelSelector: { matchExpressions: [{ key: "tier" }] } }],
      installationID: "blue",
      pollEveryMs: 120_000,
      pollSpreadMs: 60_000,
      impersonation: "on",
      syncTimeoutMs: 600_000,
    });
    expect(held.notHonoured).toEqual(["argocd-cmd-params-cm: server.insecure"]);
    expect(held.ofPeople).toEqual(["argocd-cm: url", "argocd-rbac-cm: policy.csv"]);
    expect(held.unknown).toEqual([]);
  });

  test.each([
    [
      "application.resourceTrackingMethod",
      "label",
      "is not honoured: objects bear the annotation `argocd.argoproj.io/tracking-id`, and no label",
    ],
    [
      "helm.enable",
      "false",
      "is not honoured: what renders a source is told by the source; no tool can be turned off",
    ],
    [
      "application.sync.impersonation.enforced",
      "false",
      "is not honoured: where no rule of the project names an account, nothing is written: name one for every destination",
    ],
    [
      "cluster.inClusterEnabled",
      "false",
      "is not honoured: the cluster around us is a destination: forbid it in `destinations` of the projects (`!https://kubernetes.default.svc`)",
    ],
    [
      "helm.valuesFileSchemes",
      "https, secrets",
      "is not honoured: which addresses value files may name is said by `remoteBases` of the config, and these are of https alone unless it says otherwise",
    ],
    [
      "timeout.reconciliation",
      "0s",
      "is not honoured: 0 would be never, and a push that got lost would be lost for good. Write a long time, or `poll` in the config",
    ],
    ["instalationID", "x", "is none of Argo CD's keys, and changes nothing. Did you mean installationID?"],
    [
      "resource.customizations.helth.Pod",
      "x",
      'data["resource.customizations.helth.Pod"]: is none of the keys that Argo CD knows, and changes nothing. Did you mean resource.customizations.health.Pod?',
    ],
  ])("%s: %s is told", (key, value, sentence) => {
    const { held } = hold([map("argocd-cm", { [key]: value })]);
    expect(sentences(held)).toEqual([
      `ConfigMap argocd/argocd-cm: ${sentence.startsWith("data") ? "" : `${key}: `}${sentence}`,
    ]);
    expect(held.unknown).toEqual([]);
  });

  test.each([
    ["application.resourceTrackingMethod", "annotation"],
    ["helm.enable", "true"],
    ["helm.valuesFileSchemes", "http, https"],
    ["cluster.inClusterEnabled", "true"],
    ["kustomize.buildOptions", "--load-restrictor LoadRestrictionsNone"],
    ["accounts.ann", "apiKey"],
  ])("%s: %s needs no word", (key, value) => {
    expect(sentences(hold([map("argocd-cm", { [key]: value })]).held)).toEqual([]);
  });

  const FAULTS: [key: string, value: string, sentence: string][] = [
    ["resource.exclusions", "- apiGroups: [a", ""],
    ["resource.exclusions", "- {}", "[0] names nothing, which would leave everything out"],
    [
      "resource.exclusions",
      "- { kind: [Pod] }",
      "[0] must be a map of the lists apiGroups, kinds and clusters",
    ],
    ["globalProjects", "- { labelSelector: {} }", "this field is required"],
    [
      "globalProjects",
      "- { projectName: a, labelSelector: { matchExpressions: [{ key: a, operator: Inn }] } }",
      "must be one of In, NotIn, Exists, DoesNotExist",
    ],
    ["timeout.reconciliation", "soon", "is no duration"],
    ["application.sync.impersonation.enabled", "yes", "must be true or false"],
    ["installationID", "a b", "holds a space or a sign that does not print"],
  ];
  test.each(FAULTS)(
    "a fault in %s (%s) leaves what held, and where nothing did nothing may be written",
    (key, value, part) => {
      const first = hold([map("argocd-cm", CM)]);
      const broken = hold([map("argocd-cm", { [key]: value })], first.memory);
      expect(broken.held.settings).toEqual(first.held.settings);
      expect(broken.held.unknown).toEqual([]);
      expect(sentences(broken.held).join()).toContain("what was read of the ConfigMap last holds");
      expect(sentences(broken.held).join()).toContain(part);
      const fresh = hold([map("argocd-cm", { [key]: value })]);
      expect(fresh.held.unknown).toEqual(["argocd-cm cannot be read"]);
      expect(sentences(fresh.held).join()).toContain(
        "nothing is written to any cluster before it can be read",
      );
      expect(hold([map("argocd-cm", CM)], fresh.memory).held.unknown).toEqual([]);
    },
  );

  test("a ConfigMap that is gone leaves what it said, which is told", () => {
    const first = hold([map("argocd-cm", CM)]);
    const { held, memory } = hold([], first.memory);
    expect(held.settings).toEqual(first.held.settings);
    expect(sentences(held)).toEqual([
      "ConfigMap argocd-cm: it is gone; what was read of it last holds until it is there again, or the daemon starts anew. Make it again, with what is to hold",
    ]);
    expect(hold([map("argocd-cm", {})], memory).held.settings.installationID).toBeUndefined();
  });

  test("one that could never be read and goes leaves nothing to be written, until it is there again", () => {
    const broken = hold([map("argocd-cm", { "resource.exclusions": "- {" })]);
    const gone = hold([], broken.memory);
    expect(gone.held.unknown).toEqual(["argocd-cm cannot be read"]);
    expect(sentences(gone.held).join()).toContain("it is gone, and could never be read");
    expect(hold([], gone.memory).held.unknown).toEqual(["argocd-cm cannot be read"]);
    expect(hold([map("argocd-cm", CM)], gone.memory).held.unknown).toEqual([]);
    expect(hold([]).held.unknown).toEqual([]);
  });
});
