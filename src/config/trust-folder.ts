/** Certificates and host keys that were added while the daemon ran: a folder of two files, each a ConfigMap as Argo CD has it. */
import {
  KNOWN_HOSTS,
  readKnownHosts,
  readTlsCertificates,
  TLS_CERTIFICATES,
} from "../core/argocd/host-trust.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import type { Parsed } from "../core/model/problem.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { SecretFolder } from "./secret-folder.ts";

const NAMES: readonly string[] = [TLS_CERTIFICATES, KNOWN_HOSTS];

export class TrustFolder extends SecretFolder<KubeObject> {
  /** @param shown as problems name the folder */
  constructor(folder: string, shown: string) {
    super(folder, shown, {
      noun: "list of certificates",
      parse,
      print: (configMap) => ({ ...configMap }),
      fileOf: ({ metadata }) => `${metadata.name}.json`,
    });
  }
}

function parse(value: unknown, shown: string): Parsed<KubeObject> {
  const wrong = (text: string, path: string): Parsed<KubeObject> => ({
    ok: false,
    problems: [{ severity: "error", object: shown, path, text }],
  });
  const name = isMapping(value) && isMapping(value["metadata"]) ? value["metadata"]["name"] : undefined;
  if (!isMapping(value) || value["kind"] !== "ConfigMap" || !NAMES.includes(String(name)))
    return wrong(`must be the ConfigMap ${NAMES.join(" or ")}`, "metadata.name");
  const configMap = value as unknown as KubeObject;
  if (name === KNOWN_HOSTS) {
    readKnownHosts(configMap);
    return { ok: true, value: configMap, warnings: [] };
  }
  const [problem, ...others] = readTlsCertificates(configMap, shown, new Map()).problems;
  return problem === undefined
    ? { ok: true, value: configMap, warnings: [] }
    : { ok: false, problems: [problem, ...others] };
}
