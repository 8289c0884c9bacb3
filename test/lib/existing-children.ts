/** Who exists among children that Holdfast serves, without an engine around it. */
import { type Application, appKey } from "../../src/core/model/application.ts";
import type { FolderReading } from "../../src/core/model/folder-reading.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { refOf } from "../../src/core/model/object-ref.ts";
import type { Cluster } from "../../src/core/ports/cluster.ts";
import type { ParentsChange } from "../../src/core/ports/parents-home.ts";
import type { Store } from "../../src/core/ports/store.ts";
import { Applications } from "../../src/engine/applications.ts";
import type { EnginePorts } from "../../src/engine/engine-ports.ts";
import { ExistingApplications } from "../../src/engine/home/existing-applications.ts";
import { Specs, type SpecsParts } from "../../src/engine/home/specs.ts";
import { ServedHome } from "../../src/homes/served/served-home.ts";
import { child } from "../conformance/served-kinds.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { recordingLog } from "./recording-log.ts";

export type Step =
  | { do: "render"; name: string; path: string; project: string; parent: string }
  | { do: "delete" | "finish" | "unfile"; name: string }
  | { do: "file"; name: string; path: string }
  | { do: "make"; name: string; path: string }
  | { do: "project"; name: string; description: string }
  /** The store takes nothing until the next turn, and something else than an edit is to be taken up. */
  | { do: "fill the disk" };

/** Steps of one turn are told at once. */
export type Turn = readonly Step[];

/** @param told how changes reach who exists: as they are, or all as anything that may have happened */
export function existingChildren(told: "as they are" | "as anything") {
  const store = memoryStore();
  let isFull = false;
  let filled = 0;
  const putServed = store.putServedObject.bind(store);
  const home = new ServedHome({ objects: store, now: () => 0, homeNamespace: "argocd" });
  const done: unknown[] = [];
  let edits = 0;
  const full: Store = Object.assign(Object.create(store), {
    putValue: (name: string, value: string | undefined) => {
      if (isFull) throw new Error("the disk is full");
      store.putValue(name, value);
    },
    applications: () => {
      if (isFull) throw new Error("the disk is full");
      return store.applications();
    },
    putServedObject: putServed,
  });
  const settings = () => ({
    namespace: "argocd",
    removal: { count: 5, percent: 50, missingForMs: 0 },
  });
  const ports = {
    store: full,
    settings,
    parents: {
      reading: () => home.reading(),
      onChange: (listener: (change: ParentsChange) => void) =>
        home.onChange((change) => {
          if (change.is === "edited") edits++;
          listener(told === "as they are" ? change : { is: "anything" });
        }),
      putStatus: () => undefined,
      remove: (app: Application) => home.remove(app),
      noteUsers: (users: Parameters<ServedHome["noteUsers"]>[0]) => home.noteUsers(users),
      usersOf: (project: string) => home.usersOf(project),
      finish: (key: Parameters<ServedHome["finish"]>[0]) => home.finish(key),
    },
    clusters: () => [],
    clock: { now: () => 0, monotonic: () => 0 },
    log: recordingLog(),
    readFolders: () => undefined,
    observe: { left: () => undefined },
  } as unknown as EnginePorts;
  const applications = new Applications(() => ({ namespace: "argocd" }));
  const removals = { changed: () => undefined, resume: () => undefined, foretell: () => "known" };
  const ask = (managed: { key: string }, look: string): void => void done.push([managed.key, look]);
  const parts = {
    ports,
    applications,
    removals,
    ask,
    publisher: {
      changed: () => undefined,
      flush: () => undefined,
      drop: () => undefined,
      emit: (type: string, managed: { key: string }) => void done.push([type, managed.key]),
    },
    operations: { resume: () => undefined, giveUp: () => undefined },
    isWritten: (key: Parameters<ExistingApplications["isWritten"]>[0]) => all.isWritten(key),
  } as unknown as SpecsParts;
  const specs = new Specs(parts);
  const all = new ExistingApplications({ ...parts, specs } as unknown as ConstructorParameters<
    typeof ExistingApplications
  >[0]);
  const [cluster] = home.over([]) as [Cluster];
  let reading: FolderReading = { applications: [], projects: [], problems: [], folders: [] };
  all.takeUp();

  async function step(step: Step): Promise<void> {
    const describe = (name: string, description: string) =>
      cluster.apply({ ...child(name), kind: "AppProject", spec: { description } }, "write");
    if (step.do === "fill the disk") {
      isFull = true;
      await describe("filled", String(filled++));
    } else if (step.do === "project") await describe(step.name, step.description);
    else if (step.do === "render") {
      const { name, path, project, parent } = step;
      const source = { repoURL: "https://git.example.com/x.git", path, targetRevision: "main" };
      await cluster.apply(child(name, { parent, source, project }), "write");
    } else if (step.do === "delete") {
      const ref = refOf(child(step.name));
      const found = await cluster.read(ref, "argoproj.io/v1alpha1");
      if (found.is !== "found") return;
      home.remove(
        home.reading().applications.find(({ ref: { name } }) => name === step.name)?.value as Application,
      );
    } else if (isFull) return;
    else if (step.do === "finish") {
      const managed = applications.get(appKey("argocd", step.name));
      if (managed?.spec.deleting !== undefined) all.leave(managed, []);
    } else if (step.do === "make") {
      const key = appKey("argocd", step.name);
      if (applications.get(key)?.spec.deleting === undefined)
        await all.put(asFile(step.name, step.path), "create", "user:test");
    } else {
      const others = reading.applications.filter(({ app }) => app.metadata.name !== step.name);
      const place = { file: `${step.name}.yaml`, line: 1 };
      reading = {
        ...reading,
        applications:
          step.do === "file" ? [...others, { app: asFile(step.name, step.path), ...place }] : others,
      };
      all.read(reading);
    }
  }

  return {
    applications,
    get edits() {
      return edits;
    },
    async turn(steps: Turn): Promise<void> {
      for (const one of steps) await step(one).catch((cause) => done.push(String(cause)));
      // What was begun before it fires before it.
      await new Promise((resolve) => setTimeout(resolve, 0));
      isFull = false;
    },
    what: () => ({
      applications: [...applications]
        .map(({ key, spec: { app, origin, deleting } }) => ({ key, app, origin, by: deleting?.asked }))
        .sort((a, b) => (a.key < b.key ? -1 : 1)),
      problems: all.problems,
      blocked: all.blocked,
      users: ["default", "team"].map((project) => home.usersOf(project).sort()),
      done: [...done],
    }),
    stop: () => {
      all.stop();
      home.stop();
    },
  };
}

function asFile(name: string, path: string): Application {
  const source = { repoURL: "https://git.example.com/x.git", path, targetRevision: "main" };
  const { metadata, ...rest } = child(name, { source }) as KubeObject;
  const { annotations: _, ...meta } = metadata;
  return { ...rest, metadata: meta } as unknown as Application;
}

export const render = (
  name: string,
  path: string,
  more: { project?: string; parent?: string } = {},
): Step => ({
  ...{ do: "render", name, path, project: "default", parent: "root" },
  ...more,
});
