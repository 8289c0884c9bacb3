/** One object as its cluster has it, masked. */
import type { Application } from "../../core/model/application.ts";
import { type Answer, useAsked } from "../components/asked.tsx";
import { ask } from "../store/daemon.ts";
import { keyOf } from "../words/app-words.ts";
import { argoPathOf } from "./paths.ts";

export interface LiveObject {
  kind: string;
  metadata: { uid?: string; resourceVersion?: string; creationTimestamp?: string } & Record<string, unknown>;
}

/** @param id `group/Kind/namespace/name` */
export function objectQuery(id: string): URLSearchParams {
  const [group = "", kind = "", namespace = "", resourceName = ""] = id.split("/");
  return new URLSearchParams({ group, kind, namespace, resourceName });
}

/** @param looks another number asks again */
export function useLive(app: Application, id: string, looks = 0): Answer<LiveObject> {
  return useAsked(
    async (signal) => {
      const path = `${argoPathOf(app, "resource")}&${objectQuery(id)}`;
      const { manifest } = await ask<{ manifest: string }>("GET", path, { signal });
      return JSON.parse(manifest) as LiveObject;
    },
    [keyOf(app), id, app.status?.reconciledAt, looks],
  );
}
