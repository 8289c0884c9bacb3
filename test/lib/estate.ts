/** An estate as a user keeps it in Git, placed on a stage: a folder of its Application and its files, and a controller that lives beside it. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Application } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { Place, Placed, Shown, Stage } from "./stage.ts";

const folders = resolve(import.meta.dir, "../cluster/estates");

export interface Estate extends Placed {
  /** Commits files with a text in them changed. Throws where a text is not there. */
  rewrite(changes: Record<string, [from: string, to: string]>, message?: string): Promise<string>;
}

/**
 * Places what the folder holds: `application.yaml`, and under `app/` what its repository does.
 * @param change more of the place, a policy that is another than the file's for example
 */
export async function placeEstate(
  stage: Stage,
  folder: string,
  change: Partial<Place> = {},
): Promise<Estate> {
  const root = join(folders, folder);
  const { metadata, spec } = Bun.YAML.parse(
    readFileSync(join(root, "application.yaml"), "utf8"),
  ) as Application;
  const { source, ...rest } = spec;
  const { repoURL: _, path: __, ...more } = source ?? { repoURL: "" };
  const files = filesBelow(join(root, "app"));
  const placed = await stage.place({
    name: metadata.name,
    namespace: spec.destination.namespace ?? "",
    files,
    metadata,
    source: more,
    spec: rest,
    ...change,
  });
  return {
    ...placed,
    rewrite(changes, message) {
      for (const [path, [from, to]] of Object.entries(changes)) {
        const text = files[path];
        if (text?.includes(from) !== true) throw new Error(`${folder}/app/${path} does not hold ${from}`);
        files[path] = text.replaceAll(from, to);
      }
      return placed.commit(
        Object.fromEntries(Object.keys(changes).map((path) => [path, files[path] as string])),
        message,
      );
    },
  };
}

function filesBelow(root: string): Record<string, string> {
  const paths = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(paths.map((path) => [path.slice(root.length + 1), readFileSync(path, "utf8")]));
}

export interface Controller {
  stop(): Promise<void>;
}

/**
 * A controller of somebody else's: looks at every object of one kind, again and again, until it is stopped. Conflicts
 * and objects that went meanwhile are looked at again, as controllers do; whatever else it throws is thrown by `stop`.
 * @param list path of the kind in a namespace or in the cluster
 */
export function startController(
  stage: Stage,
  list: string,
  reconcile: (object: KubeObject & Shown) => Promise<void>,
): Controller {
  let is: "working" | "stopped" = "working";
  let failure: unknown;
  /** A definition that is served a moment later, somebody else's write, an object that went. */
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (cause) {
      if (!/HTTP (404|409|429)/.test(String(cause))) failure ??= cause;
    }
  };
  const work = (async () => {
    while (is === "working") {
      await attempt(async () => {
        const items = (await stage.find(list))?.items ?? [];
        for (const item of items as (KubeObject & Shown)[]) await attempt(() => reconcile(item));
      });
      await Bun.sleep(40);
    }
  })();
  return {
    async stop() {
      is = "stopped";
      await work;
      if (failure !== undefined) throw failure;
    },
  };
}
