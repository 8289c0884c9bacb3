import { readFileSync } from "node:fs";
import { reasonOf } from "../config/read-settings.ts";
import { Failure } from "../core/model/failure.ts";
import type { KnownCluster } from "../core/ports/generator-facts.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { parseYaml } from "../lib/yaml.ts";

/**
 * Clusters that a file stands for: each document one, or a list of them, with name, server, project, labels and
 * annotations; or Argo CD's Secrets, of which no credential is read.
 *
 * @param shown the file as failures name it
 * @throws {Failure} config
 */
export function readClusters(path: string, shown: string): KnownCluster[] {
  const wrong = (why: string, cause?: unknown): Failure =>
    new Failure("config", shown, "after-edit", {
      cannot: "read the clusters in it",
      why,
      fix: "Write name, server, labels and annotations of each, or Argo CD's Secrets",
      cause,
    });
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw wrong(reasonOf(cause), cause);
  }
  const { documents, problems } = parseYaml(bytes, { file: shown });
  const broken = problems.find(({ severity }) => severity === "error");
  if (broken !== undefined) throw wrong(`line ${broken.line ?? 1}: ${broken.text}`);
  return documents
    .flatMap(({ value }) => (Array.isArray(value) ? value : [value]))
    .map((value, index) => {
      const written = isMapping(value) ? value : {};
      const cluster = written["kind"] === "Secret" ? ofSecret(written) : ofFields(written);
      if (cluster.name === "" || cluster.server === "")
        throw wrong(`cluster ${index + 1} has no ${cluster.name === "" ? "name" : "server"}`);
      return cluster;
    });
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

function texts(value: unknown): Record<string, string> {
  const entries = Object.entries(isMapping(value) ? value : {});
  return Object.fromEntries(entries.flatMap(([key, one]) => (typeof one === "string" ? [[key, one]] : [])));
}

function ofFields({ name, server, project, labels, annotations }: Record<string, unknown>): KnownCluster {
  return {
    ...{ name: text(name), server: text(server), labels: texts(labels), annotations: texts(annotations) },
    ...(text(project) === "" ? {} : { project: text(project) }),
  };
}

function ofSecret({ metadata, data, stringData }: Record<string, unknown>): KnownCluster {
  const { labels, annotations } = isMapping(metadata) ? metadata : {};
  const encoded = Object.entries(texts(data)).map(
    ([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")] as const,
  );
  return ofFields({ ...Object.fromEntries(encoded), ...texts(stringData), labels, annotations });
}
