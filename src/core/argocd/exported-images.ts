/** How images are kept up to date by what Argo CD Image Updater's ConfigMap says, as keys of a config of ours. Pure. */
import { defined } from "../../lib/defined.ts";
import { type Login, loginIn, loginOf, parsePullSecret } from "../images/pull-secret.ts";
import { decodedData } from "../model/decoded-secret.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { showProblem } from "../model/problem.ts";
import type { RepositoryAccess } from "../model/repository-access.ts";
import { type ArgoRegistry, IMAGE_UPDATER_MAP, readImageUpdaterConfig } from "./image-updater-config.ts";

export interface ImagesToExport {
  /** Of the ConfigMap. */
  said: Readonly<Record<string, string>>;
  namespace: string;
  /** Those of `loginSecrets` that are there. */
  secrets: readonly KubeObject[];
  /** What speaks for registries already. */
  repositories: readonly RepositoryAccess[];
}

export interface ExportedImages {
  /** Of `images` of the config. */
  settings: Record<string, string | boolean>;
  registries: RepositoryAccess[];
  /** What is in no file, a sentence each. */
  left: string[];
}

/** Names of Secrets of Argo CD's own namespace that hold logins of registries. */
export function loginSecrets({ said, namespace }: Pick<ImagesToExport, "said" | "namespace">): string[] {
  const names = readImageUpdaterConfig(said).registries.flatMap(({ credentials = "" }) => {
    const secret = parsePullSecret(credentials);
    return "namespace" in secret && secret.namespace === namespace ? [secret.name] : [];
  });
  return [...new Set(names)];
}

export function exportedImages(from: ImagesToExport): ExportedImages {
  const { registries, problems, authorName, authorEmail, messageTemplate, signOff } = readImageUpdaterConfig(
    from.said,
  );
  const left = problems.map(showProblem);
  const known = new Set(from.repositories.filter(({ type }) => type === "oci").map(({ url }) => bare(url)));
  const entries = registries
    .filter(({ registry }) => !known.has(bare(registry)))
    .map((one) =>
      entryOf(one, from, (why) =>
        left.push(`ConfigMap ${from.namespace}/${IMAGE_UPDATER_MAP}: ${one.registry}: ${why}`),
      ),
    );
  const settings = defined({
    ...{ authorName, authorEmail, messageTemplate },
    signOff: signOff === true ? true : undefined,
  });
  return { settings, registries: entries, left };
}

function entryOf(
  { registry, credentials, plainHttp, tlsCheck, ca, requestsPerSecond }: ArgoRegistry,
  from: ImagesToExport,
  leave: (why: string) => void,
): RepositoryAccess {
  const login = credentials === undefined ? undefined : loginFor(credentials, registry, from);
  if (typeof login === "string")
    leave(`${login}, so that its entry has no login. Write username and passwordFile into it`);
  return {
    ...{ url: `oci://${registry}`, type: "oci" },
    ...defined({ plainHttp, tlsCheck, ca, requestsPerSecond }),
    ...(typeof login === "object" ? login : {}),
  };
}

/** @returns why there is none, a sentence without a full stop */
function loginFor(text: string, registry: string, { namespace, secrets }: ImagesToExport): Login | string {
  const secret = parsePullSecret(text);
  if (secret.is === "refused") return secret.why;
  if (secret.is === "environment") return `${secret.name} is a variable of Image Updater's own process`;
  if (secret.namespace !== namespace)
    return `the Secret ${secret.namespace}/${secret.name} is not in the namespace ${namespace}`;
  const place = `the Secret ${namespace}/${secret.name}`;
  const found = secrets.find(({ metadata }) => metadata.name === secret.name);
  if (found === undefined) return `${place} is not there, or may not be read`;
  const data = decodedData(found, () => undefined);
  const login =
    secret.is === "field"
      ? loginIn(data[secret.field] ?? "")
      : loginOf(data[".dockerconfigjson"] ?? data[".dockercfg"] ?? "", registry);
  return login ?? `${place} holds no login for it`;
}

function bare(url: string): string {
  return url
    .replace(/^oci:\/\//i, "")
    .replace(/\/+$/, "")
    .toLowerCase();
}
