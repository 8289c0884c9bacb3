import { expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { staysSynced } from "../../lib/calm.ts";
import { placeEstate, startController } from "../../lib/estate.ts";
import { eventually } from "../../lib/eventually.ts";
import { APPLY, isQuiet, isSynced, JSON_PATCH, MERGE, type Shown, type Stage } from "../../lib/stage.ts";

const ROOT = "/api/v1/namespaces/vault/secrets";
const EXTERNAL = "/apis/external-secrets.io/v1/namespaces/vault/externalsecrets";
const API = "/apis/apps/v1/namespaces/vault/deployments/api";
const HOOK = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/estates-vault";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

export function secretsEstate(stage: () => Stage): void {
  test("secrets that others make and rotate: an ExternalSecret's, a certificate's, the bundle in a webhook; no drift, nothing put back, and no value is ever shown", async () => {
    const { must, find, daemon } = stage();
    let version = 1;
    const value = (): string => `rotated-value-${version}`;
    const controller = startController(stage(), EXTERNAL, async ({ metadata, spec, status }) => {
      if (status?.syncedResourceVersion === String(version)) return;
      const owner = {
        apiVersion: "external-secrets.io/v1",
        kind: "ExternalSecret",
        name: metadata.name,
        uid: metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      };
      await must(
        "PATCH",
        `${ROOT}/${spec.target.name}?fieldManager=externalsecrets.external-secrets.io/database&force=true`,
        {
          apiVersion: "v1",
          kind: "Secret",
          metadata: {
            name: spec.target.name,
            ownerReferences: [owner],
            annotations: { "reconcile.external-secrets.io/data-hash": base64(value()) },
          },
          data: { password: base64(value()) },
        },
        APPLY,
      );
      const condition = { type: "Ready", status: "True", reason: "SecretSynced", message: "secret synced" };
      await must(
        "PATCH",
        `${EXTERNAL}/${metadata.name}/status`,
        {
          status: {
            conditions: [condition],
            syncedResourceVersion: String(version),
            refreshTime: new Date().toISOString(),
          },
        },
        MERGE,
      );
      // As what restarts workloads at a new secret does.
      await must(
        "PATCH",
        `${API}?fieldManager=reloader`,
        {
          spec: {
            template: { metadata: { annotations: { "reloader.example.com/version": String(version) } } },
          },
        },
        MERGE,
      );
    });
    const inject = async (): Promise<void> => {
      await must(
        "PATCH",
        `${ROOT}/hook-tls?fieldManager=cert-manager`,
        {
          data: {
            "tls.crt": base64(`${value()} crt`),
            "tls.key": base64(`${value()} key`),
            "ca.crt": base64(`${value()} ca`),
          },
        },
        MERGE,
      );
      await must(
        "PATCH",
        `${HOOK}?fieldManager=cert-manager-cainjector`,
        [0, 1].map((at) => ({
          op: "add",
          path: `/webhooks/${at}/clientConfig/caBundle`,
          value: base64(`${value()} ca`),
        })),
        JSON_PATCH,
      );
    };
    try {
      const app = await placeEstate(stage(), "secrets", { makeNamespace: "none" });
      await app.until((now) => isSynced(now) && isQuiet(now));
      await inject();
      await app.untilSettled();
      await eventually("its Secret is there", () => find(`${ROOT}/database`));
      await staysSynced(stage(), app);

      const writes = stage().writes("").length;
      for (version = 2; version <= 3; version++) {
        await inject();
        await eventually(
          "it is rotated",
          async () => (await must("GET", `${ROOT}/database`)).data.password === base64(value()),
        );
        await eventually(
          "the workload has heard",
          async () =>
            (await must("GET", API)).spec.template.metadata.annotations?.["reloader.example.com/version"] ===
            String(version),
        );
        await app.untilSettled();
        await staysSynced(stage(), app);
      }
      version = 3;
      expect(stage().writes("").length).toBe(writes);

      // A commit to each of them, and a sync by hand, leave what others wrote.
      await app.rewrite({ "secrets.yaml": ["failurePolicy: Ignore", "failurePolicy: Fail"] });
      await eventually(
        "the commit is there",
        async () => (await must("GET", HOOK)).webhooks[0].failurePolicy === "Fail",
      );
      await app.until((now) => isSynced(now) && isQuiet(now));
      await app.rewrite({
        "secrets.yaml": ["cert-manager.io/issuer: internal", "cert-manager.io/issuer: public"],
      });
      await eventually(
        "the commit is there",
        async () =>
          (await must("GET", `${ROOT}/hook-tls`)).metadata.annotations?.["cert-manager.io/issuer"] ===
          "public",
      );
      await app.until((now) => isSynced(now) && isQuiet(now));
      expect((await app.sync()).phase).toBe("Succeeded");
      expect(
        (await must("GET", HOOK)).webhooks.map(({ clientConfig }: Shown) => clientConfig.caBundle),
      ).toEqual(Array(2).fill(base64("rotated-value-3 ca")));
      expect((await must("GET", `${ROOT}/hook-tls`)).data).toMatchObject({
        "tls.key": base64("rotated-value-3 key"),
        "ca.crt": base64("rotated-value-3 ca"),
      });
      expect((await must("GET", `${ROOT}/database`)).data.password).toBe(base64("rotated-value-3"));
      await app.untilSettled();
      await staysSynced(stage(), app);

      // The tree shows whose Secret it is, and nothing that anybody can read holds a value.
      const tree = await daemon.cli("app", "tree", "vault");
      expect(tree.stdout).toMatch(/Secret\/database/);
      const shown: Record<string, string> = { tree: `${tree.stdout}${tree.stderr}` };
      for (const args of [
        ["get", "vault", "-o", "json"],
        ["diff", "vault"],
        ["manifests", "vault", "--source", "live"],
        ["manifests", "vault"],
        ["resources", "vault", "-o", "json"],
        ["history", "vault", "-o", "json"],
      ]) {
        const ran = await daemon.cli("app", ...args);
        expect({ args, code: ran.code, said: ran.stderr }).toMatchObject({ args, code: 0 });
        shown[args.join(" ")] = `${ran.stdout}${ran.stderr}`;
      }
      for (const path of [
        "/api/v1/applications/vault/managed-resources",
        "/api/v1/applications/vault/resource-tree",
        "/api/holdfast/v1/status",
        "/api/holdfast/v1/audit",
        "/metrics",
      ])
        shown[path] = JSON.stringify((await daemon.api(path)).body);
      shown["log"] = await daemon.log();
      for (const file of filesBelow(join(daemon.dir, "data"))) shown[file] = readFileSync(file, "latin1");
      const leaks = Object.entries(shown).filter(([, text]) => /rotated-value|cm90YXRlZC12YWx1ZS/.test(text));
      // The bundle of a webhook is public: it is in what is live, and that shows that the search finds.
      expect(leaks.map(([where]) => where).filter((where) => !isPublic(where))).toEqual([]);
      expect(leaks.map(([where]) => where)).toContain("manifests vault --source live");
      for (const [where, text] of leaks)
        expect({
          where,
          holds: text.includes(base64("rotated-value-3 key")) || text.includes("rotated-value-3 key"),
        }).toEqual({ where, holds: false });
    } finally {
      await controller.stop();
    }
  });
}

const isPublic = (where: string): boolean => where.includes("live") || where.includes("managed-resources");

function filesBelow(root: string): string[] {
  return readdirSync(root, { recursive: true })
    .map((path) => join(root, String(path)))
    .filter((path) => statSync(path).isFile());
}
