/**
 * Each file of test/golden/manifest is a case: what is given, and below `---` what comes of it.
 * UPDATE_GOLDEN=1 writes the second part anew; the diff is for a person to read.
 */

import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { Glob } from "bun";
import { defined, filled } from "../../lib/defined.ts";
import { parseYaml, printYaml } from "../../lib/yaml.ts";
import type { RenderedDocument } from "../model/desired-object.ts";
import { normalise, type Scope } from "./normalise.ts";
import { parseManifests } from "./parse-manifests.ts";

interface Given {
  about: string;
  app?: string;
  destinationNamespace?: string;
  installationId?: string;
  validate?: "repair" | "strict";
  /** Kinds that the cluster knows besides Kubernetes' own. */
  scopes?: Record<string, Scope>;
  documents: (Partial<RenderedDocument> & { text: string; source?: number })[];
}

const folder = join(import.meta.dir, "../../../test/golden/manifest");
const CLUSTER_KINDS = new Set(["Namespace", "ClusterRole", "CustomResourceDefinition", "PersistentVolume"]);
const NAMESPACED_KINDS = new Set(["ConfigMap", "Secret", "Service", "Deployment", "Job", "Role", "Ingress"]);

function outcome(given: Given): unknown {
  const { manifests, problems, leftOut } = parseManifests(
    given.documents.map(({ source = 0, file = "manifest.yaml", line = 1, ...document }) => ({
      source,
      documents: [{ file, line, ...document }],
    })),
    { validate: given.validate ?? "repair" },
  );
  const normalised = normalise(manifests, {
    app: given.app ?? "shop",
    destinationNamespace: given.destinationNamespace ?? "web",
    ...defined({ installationId: given.installationId }),
    scopeOf: ({ kind }) =>
      given.scopes?.[kind] ??
      (CLUSTER_KINDS.has(kind) ? "cluster" : NAMESPACED_KINDS.has(kind) ? "namespaced" : "unknown"),
  });
  const desired = normalised.desired.map(
    ({ object, key, hash, origin, role, phase, wave, syncOptions, compareOptions }) => ({
      key,
      hash,
      origin,
      role,
      phase,
      wave,
      syncOptions,
      compareOptions,
      object,
    }),
  );
  return {
    desired,
    problems: [...problems, ...normalised.problems],
    repeated: normalised.repeated,
    ...filled({ leftOut }),
  };
}

describe("a render becomes desired objects", async () => {
  const files = [...new Glob("*.yaml").scanSync(folder)].sort();
  test("there are cases", () => {
    expect(files.length).toBeGreaterThan(10);
  });
  for (const file of files) {
    const text = await Bun.file(join(folder, file)).text();
    const [given, want] = parseYaml(text).documents;
    const { about } = given!.value as Given;
    test(`${file}: ${about}`, async () => {
      const got = outcome(given!.value as Given);
      if (process.env["UPDATE_GOLDEN"] === "1")
        await Bun.write(join(folder, file), `${text.split(/^---$/m)[0]!.trimEnd()}\n---\n${printYaml(got)}`);
      else expect(parseYaml(printYaml(got)).documents[0]!.value).toEqual(want?.value);
    });
  }
});
