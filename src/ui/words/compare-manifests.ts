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

/** Of hooks that are named when they are made, several may have one beginning: each has its place among those. */
function byName(manifests: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const text of manifests) {
    const object = JSON.parse(text) as {
      apiVersion?: string;
      kind?: string;
      metadata?: { namespace?: string; name?: string; generateName?: string };
    };
    const { apiVersion = "", kind = "", metadata: { namespace = "", name, generateName = "" } = {} } = object;
    const group = apiVersion.includes("/") ? `${apiVersion.slice(0, apiVersion.indexOf("/"))}/` : "";
    const called = `${group}${kind} ${namespace === "" ? "" : `${namespace}/`}${name ?? `${generateName}*`}`;
    let own = called;
    for (let place = 2; found.has(own); place++) own = `${called} (${place})`;
    found.set(own, yamlText(object));
  }
  return found;
}
