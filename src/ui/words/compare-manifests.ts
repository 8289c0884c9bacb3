/** What differs between two sets of manifests, object by object. */
import { yamlText } from "./yaml-text.ts";

export interface ComparedObject {
  /** `apps/Deployment shop/web`. */
  name: string;
  /** As YAML; absent where the object is only in the other one. */
  before?: string;
  after?: string;
}

/** @param before objects as JSON texts, as the API has manifests. What is the same in both is left out. @throws {SyntaxError} */
export function compareManifests(before: readonly string[], after: readonly string[]): ComparedObject[] {
  const [old, now] = [byName(before), byName(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((name): ComparedObject[] => {
    const [was, is] = [old.get(name), now.get(name)];
    if (was === is) return [];
    return [
      { name, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) },
    ];
  });
}

function byName(manifests: readonly string[]): Map<string, string> {
  return new Map(
    manifests.map((text) => {
      const object = JSON.parse(text) as {
        apiVersion?: string;
        kind?: string;
        metadata?: { namespace?: string; name?: string; generateName?: string };
      };
      const {
        apiVersion = "",
        kind = "",
        metadata: { namespace = "", name, generateName = "" } = {},
      } = object;
      const group = apiVersion.includes("/") ? `${apiVersion.slice(0, apiVersion.indexOf("/"))}/` : "";
      return [
        `${group}${kind} ${namespace === "" ? "" : `${namespace}/`}${name ?? `${generateName}*`}`,
        yamlText(object),
      ];
    }),
  );
}
