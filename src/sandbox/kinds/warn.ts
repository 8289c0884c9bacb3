import { itemsAt, type JsonObject, type KubeJson, objectAt, textAt } from "../json.ts";
import { type Kind, kindKey } from "./kind.ts";

const templates: Readonly<Record<string, readonly string[]>> = {
  Pod: ["spec"],
  ReplicationController: ["spec", "template", "spec"],
  "apps/Deployment": ["spec", "template", "spec"],
  "apps/ReplicaSet": ["spec", "template", "spec"],
  "apps/StatefulSet": ["spec", "template", "spec"],
  "apps/DaemonSet": ["spec", "template", "spec"],
  "batch/Job": ["spec", "template", "spec"],
  "batch/CronJob": ["spec", "jobTemplate", "spec", "template", "spec"],
};

/** Pushes what the server lets pass with a warning: repetitions in keyed lists, which an apply would lose. */
export function warnOf(kind: Kind, object: KubeJson, warnings: string[]): void {
  const path = templates[kindKey(kind)];
  if (path === undefined) return;
  const spec = objectAt(object, ...path);
  for (const list of ["initContainers", "containers"]) {
    itemsAt(spec, list).forEach((container, position) => {
      const at = `${path.join(".")}.${list}[${position}]`;
      repetitions(
        itemsAt(container, "env"),
        (variable) => textAt(variable, "name") ?? "",
        (index, _first, name) =>
          warnings.push(
            `${at}.env[${index}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
          ),
      );
      repetitions(
        itemsAt(container, "ports"),
        (port) => `${String(port["containerPort"])}/${String(port["protocol"])}`,
        (index, first) =>
          warnings.push(`${at}.ports[${index}]: duplicate port definition with ${at}.ports[${first}]`),
      );
    });
  }
}

function repetitions(
  items: readonly JsonObject[],
  keyOf: (item: JsonObject) => string,
  told: (index: number, first: number, key: string) => void,
): void {
  const firstByKey = new Map<string, number>();
  items.forEach((item, index) => {
    const key = keyOf(item);
    const first = firstByKey.get(key);
    if (first === undefined) firstByKey.set(key, index);
    else told(index, first, key);
  });
}
