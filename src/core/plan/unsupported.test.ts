import { describe, expect, test } from "bun:test";
import { application } from "../../../test/lib/core-objects.ts";
import type { Application, ApplicationSpec } from "../model/application.ts";
import {
  refuseUnsupported,
  toleranceOf,
  type Unsupported,
  unsupportedConditions,
  unsupportedOf,
} from "./unsupported.ts";

const REPOSITORY = { repoURL: "https://git.example.com/shop.git", path: "." };
const annotated = (annotations: Record<string, string>): Application => application({}, { annotations });
const ignoring = (rule: Partial<NonNullable<ApplicationSpec["ignoreDifferences"]>[number]>): Application =>
  application({ ignoreDifferences: [{ group: "apps", kind: "Deployment", ...rule }] });

describe("unsupportedOf()", () => {
  test.each<{
    name: string;
    app?: Application;
    effect: Unsupported["effect"];
    says: RegExp;
  }>([
    {
      name: "a pointer to nothing",
      app: ignoring({ jsonPointers: ["/spec/~2"] }),
      effect: "changes-the-sync",
      says: /^spec\.ignoreDifferences\[0\]\.jsonPointers\[0\]: .*nothing is ignored/,
    },
    {
      name: "an application that is paused",
      app: annotated({ "argocd.argoproj.io/skip-reconcile": "True" }),
      effect: "harmless",
      says: /is paused by its annotation argocd\.argoproj\.io\/skip-reconcile: what differs is shown, and nothing is synced/,
    },
    {
      name: "a pause that says neither yes nor no",
      app: annotated({ "argocd.argoproj.io/skip-reconcile": "yes" }),
      effect: "harmless",
      says: /"yes" is neither true nor false, so the application is not paused/,
    },
    {
      name: "an operation in the manifest",
      app: { ...application(), operation: { sync: {} } },
      effect: "harmless",
      says: /^operation: a manifest starts no sync here/,
    },
    {
      name: "a field that nobody knows",
      app: application({ source: { ...REPOSITORY, helm: { valuesFiles: ["a"] } as never } }),
      effect: "harmless",
      says: /^spec\.source\.helm\.valuesFiles: .*Did you mean valueFiles\?/,
    },
    {
      name: "a sync option that nobody knows",
      app: application({ syncPolicy: { syncOptions: ["CreateNamespce=true"] } }),
      effect: "harmless",
      says: /^spec\.syncPolicy\.syncOptions\[0\]: .*Did you mean CreateNamespace=true\?/,
    },
  ])("$name", ({ app = application(), effect, says }) => {
    const found = unsupportedOf(app);
    expect(found).toEqual([{ effect, text: expect.stringMatching(says) }]);
    expect(unsupportedConditions(found)).toEqual([{ type: "ManifestWarning", message: found[0]!.text }]);
    const refusal = refuseUnsupported(found, "refuse");
    if (effect === "changes-the-sync") expect(refusal).toContain(found[0]!.text);
    else expect(refusal).toBeUndefined();
    expect(refuseUnsupported(found, "warn")).toBeUndefined();
  });

  test.each<{ name: string; app?: Application }>([
    { name: "an ordinary application", app: application() },
    {
      name: "what is served: pointers, managers, options, retries, an annotation of another tool",
      app: {
        ...ignoring({ jsonPointers: ["/spec/replicas"], managedFieldsManagers: ["kube-controller-manager"] }),
        metadata: {
          name: "shop",
          namespace: "argocd",
          annotations: {
            "notifications.argoproj.io/subscribe.on-deployed.slack": "team",
            "argocd.argoproj.io/manifest-generate-paths": ".",
            "argocd.argoproj.io/skip-reconcile": "false",
          },
        },
      },
    },
    {
      name: "versions of tools, which whoever renders knows",
      app: application({
        source: { ...REPOSITORY, kustomize: { version: "v4.5.7" }, helm: { version: "v3" } },
      }),
    },
    { name: "information for people", app: application({ info: [{ name: "team", value: "shop" }] }) },
  ])("says nothing of $name", ({ app = application() }) => {
    expect(unsupportedOf(app)).toEqual([]);
  });
});

describe("refuseUnsupported()", () => {
  const found = unsupportedOf(ignoring({ jsonPointers: ["/spec/~2"] }));

  test("names what is grave, and how to go on", () => {
    expect(refuseUnsupported(found, "refuse")).toMatch(
      /jsonPointers.*\. Nothing is applied; to go on all the same, annotate the Application with holdfast\/unsupported: warn/,
    );
  });
});

test("toleranceOf() asks the application before the config", () => {
  const key = "holdfast/unsupported";
  expect(toleranceOf(application(), "refuse")).toBe("refuse");
  expect(toleranceOf(annotated({ [key]: "warn" }), "refuse")).toBe("warn");
  expect(toleranceOf(annotated({ [key]: "refuse" }), "warn")).toBe("refuse");
  expect(toleranceOf(annotated({ [key]: "perhaps" }), "refuse")).toBe("refuse");
});
