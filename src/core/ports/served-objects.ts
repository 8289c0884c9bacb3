import type { KubeObject } from "../model/kube-object.ts";
import type { RefKey } from "../model/object-ref.ts";

/** Applications and AppProjects that Holdfast serves itself, as an API server would keep them. Durable, as `Store` says. */
export interface ServedObjects {
  /** By key. */
  servedObjects(): KubeObject[];
  putServedObject(key: RefKey, object: KubeObject): void;
  deleteServedObject(key: RefKey): void;
}
