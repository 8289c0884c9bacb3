/** A repository, or credentials for several, as it is kept: a Secret as Argo CD has it, with all that it holds. */
import { defined } from "../../lib/defined.ts";
import { hashText } from "../../lib/hash.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { decodedData } from "../model/decoded-secret.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { SECRET_TYPE_LABEL } from "../model/parse-cluster-secret.ts";
import type { Parsed, Problem } from "../model/problem.ts";
import { repositoryKey } from "../model/repository-key.ts";
import { Secret } from "../model/secret.ts";
import {
  INHERITS,
  parseRepositorySecret,
  type RepositorySecret,
  type RepositorySecretUse,
} from "./repository-secret.ts";

export interface KeptRepository {
  read: RepositorySecret;
  /** All of it by key, decoded: what is not known here is written again as it was. */
  data: Secret<Readonly<Record<string, string>>>;
  /** Of the Secret: its name, namespace, labels, annotations. */
  metadata: Readonly<Record<string, unknown>>;
}

/** On Secrets that Argo CD's API, or ours, made: these it may change and delete. Source: Argo CD, `util/db`. */
export const MANAGED_BY = "managed-by",
  ARGOCD = "argocd.argoproj.io";

/** @param shown as problems name it */
export function parseKeptRepository(value: unknown, shown: string): Parsed<KeptRepository> {
  const wrong = (path: string, text: string, fix: string): Parsed<KeptRepository> => ({
    ok: false,
    problems: [{ severity: "error", object: shown, path, text, fix }],
  });
  const metadata = isMapping(value) ? value["metadata"] : undefined;
  if (!isMapping(value) || value["kind"] !== "Secret" || !isMapping(metadata))
    return wrong("kind", "must be Secret", "Write it as kubectl get secret -o yaml prints it");
  const labels = isMapping(metadata["labels"]) ? metadata["labels"] : {};
  const use = labels[SECRET_TYPE_LABEL];
  if (use !== "repository" && use !== "repo-creds")
    return wrong(
      `metadata.labels[${JSON.stringify(SECRET_TYPE_LABEL)}]`,
      "is neither repository nor repo-creds",
      "Write which of the two it is",
    );
  return keptOf(value as KubeObject, use, shown);
}

/** One whose label was looked at. */
export function keptOf(secret: KubeObject, use: RepositorySecretUse, shown: string): Parsed<KeptRepository> {
  const parsed = parseRepositorySecret(secret, use, shown);
  if (!parsed.ok) return parsed;
  return {
    ...parsed,
    value: {
      read: parsed.value,
      data: new Secret(decodedData(secret, () => undefined)),
      metadata: secret.metadata as unknown as Record<string, unknown>,
    },
  };
}

/**
 * One that is not written down yet.
 * @param data by Argo CD's keys
 * @param at RFC 3339
 * @param inherits whether others' credentials may be lent to it, now and later
 */
export function newKept(
  use: RepositorySecretUse,
  data: Readonly<Record<string, string>>,
  { shown, at, inherits = "as it comes" }: { shown: string; at: string; inherits?: "as it comes" | "never" },
): Parsed<KeptRepository> {
  return keptOf(
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name: nameOf(use, data),
        creationTimestamp: at,
        labels: { [SECRET_TYPE_LABEL]: use },
        annotations: { [MANAGED_BY]: ARGOCD, ...(inherits === "never" ? { [INHERITS]: inherits } : {}) },
      },
      stringData: { ...data },
    },
    use,
    shown,
  );
}

/** What is said of an address, and nothing of what is kept there: the same for all that is the same repository. */
function nameOf(
  use: RepositorySecretUse,
  { url = "", project = "" }: Readonly<Record<string, string>>,
): string {
  const id = `${repositoryKey(url)} ${project.trim()}`;
  return `${use === "repository" ? "repo" : "creds"}-${hashText(id).slice(0, 12)}`;
}

/** With every secret: for the file and the wire alone. */
export function printKept({ data, metadata }: KeptRepository): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: metadata as unknown as KubeObject["metadata"],
    type: "Opaque",
    data: Object.fromEntries(
      Object.entries(data.reveal()).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
    ),
  };
}

/** The same in place of another one, whose name, age and other marks stay. */
export function inPlaceOf(kept: KeptRepository, { metadata: standing }: KeptRepository): KeptRepository {
  const { [INHERITS]: _, ...others } = annotationsOf(standing);
  const mark = annotationsOf(kept.metadata)[INHERITS];
  const annotations = { ...others, ...defined({ [INHERITS]: mark }) };
  return { ...kept, metadata: { ...kept.metadata, ...standing, annotations } };
}

function annotationsOf(metadata: KeptRepository["metadata"]): Record<string, unknown> {
  const { annotations } = metadata;
  return isMapping(annotations) ? annotations : {};
}

/** The problems as one sentence after the other. */
export function sayFaults(problems: readonly Problem[]): { why: string; fix?: string } {
  const why = problems.map(({ path = "", text }) => `${path} ${text}`.trim()).join("; ");
  const fix = problems.find((problem) => problem.fix !== undefined)?.fix;
  return { why, ...defined({ fix }) };
}
