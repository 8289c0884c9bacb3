import { entryIn, sealed } from "../../src/core/activity/sealed.ts";
import type { ActivityEntry, ActivityQuery, ChainRow } from "../../src/core/model/activity.ts";
import { type AppKey, type Application, keyOfApp } from "../../src/core/model/application.ts";
import type { ObjectRecord } from "../../src/core/model/comparison.ts";
import type { KeptNote, KeptObject } from "../../src/core/model/kept-object.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { RefKey } from "../../src/core/model/object-ref.ts";
import type { Project } from "../../src/core/model/project.ts";
import type { Settled, Transition } from "../../src/core/model/transition.ts";
import type { AppState } from "../../src/core/ports/home.ts";
import type { SyncRun } from "../../src/core/ports/journal.ts";
import type { Store } from "../../src/core/ports/store.ts";
import { joined } from "../../src/core/transitions/joined.ts";
import { defined } from "../../src/lib/defined.ts";

interface Contents {
  applications: Map<AppKey, Application>;
  projects: Map<string, Project>;
  states: Map<AppKey, AppState>;
  records: Map<AppKey, Map<RefKey, ObjectRecord>>;
  runs: Map<number, SyncRun>;
  chain: ChainRow[];
  values: Map<string, string>;
  lastRun: number;
  kept: KeptObject[];
  lastKept: number;
  settled: Map<string, Settled>;
  transitions: Transition[];
  lastTransition: number;
  served: Map<RefKey, KubeObject>;
}

/** The store's port in memory, for tests of others; it passes the store's own contract suite. Keeps everything. */
export function memoryStore(): Store {
  let now: Contents = {
    applications: new Map(),
    projects: new Map(),
    states: new Map(),
    records: new Map(),
    runs: new Map(),
    chain: [],
    values: new Map(),
    lastRun: 0,
    kept: [],
    lastKept: 0,
    settled: new Map(),
    transitions: [],
    lastTransition: 0,
    served: new Map(),
  };
  const byKey = (a: { key: string }, b: { key: string }): number => (a.key < b.key ? -1 : 1);

  const found = (query: ActivityQuery): ActivityEntry[] => {
    const { since = "", until, text, order, beyond, limit } = query;
    const entries = now.chain.filter((row) => {
      const { seq, at, actor, action, app, project, outcome } = entryIn(row);
      const isPast = beyond === undefined || (order === "newest-first" ? seq < beyond : seq > beyond);
      return (
        isPast &&
        at >= since &&
        (until === undefined || at < until) &&
        (query.actor === undefined || [query.actor, `user:${query.actor}`].includes(actor)) &&
        (query.action ?? action) === action &&
        (query.app ?? app) === app &&
        (query.project ?? project) === project &&
        (query.outcome ?? outcome.is) === outcome.is &&
        (text === undefined ||
          row.text.toLowerCase().includes(JSON.stringify(text).slice(1, -1).toLowerCase()))
      );
    });
    return (order === "newest-first" ? entries.reverse() : entries).slice(0, limit).map(entryIn);
  };

  return {
    applications: () =>
      copy([...now.applications.values()].sort((a, b) => (keyOfApp(a) < keyOfApp(b) ? -1 : 1))),
    putApplication: (app) => void now.applications.set(keyOfApp(app), copy(app)),
    deleteApplication: (key) => void now.applications.delete(key),

    projects: () =>
      copy([...now.projects.values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))),
    putProject: (project) => void now.projects.set(project.metadata.name, copy(project)),
    deleteProject: (name) => void now.projects.delete(name),

    states: () => copy([...now.states.values()].sort(byKey)),
    putStates: (states) => states.forEach((state) => now.states.set(state.key, copy(state))),
    deleteState: (key) => void now.states.delete(key),

    records: (app) => copy([...(now.records.get(app)?.values() ?? [])].sort(byKey)),
    putRecords(app, records) {
      const ofApp = now.records.get(app) ?? new Map<RefKey, ObjectRecord>();
      now.records.set(app, ofApp);
      for (const record of records) ofApp.set(record.key, copy(record));
    },
    deleteRecords(app, keys) {
      if (keys === "all") now.records.delete(app);
      else for (const key of keys) now.records.get(app)?.delete(key);
    },

    servedObjects: () =>
      copy([...now.served].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object)),
    putServedObject: (key, object) => void now.served.set(key, copy(object)),
    deleteServedObject: (key) => void now.served.delete(key),

    startRun(run) {
      now.lastRun += 1;
      now.runs.set(now.lastRun, { id: now.lastRun, ...copy(run) });
      return now.lastRun;
    },
    updateRun(id, state) {
      const run = now.runs.get(id);
      if (run !== undefined) now.runs.set(id, { ...run, state: copy(state) });
    },
    runs({ app, id, limit, unfinished }) {
      const wanted = [...now.runs.values()].filter(
        (run) =>
          (app === undefined || run.app === app) &&
          (id === undefined || run.id === id) &&
          (unfinished === undefined || ["Running", "Terminating"].includes(run.state.phase)),
      );
      return copy(wanted.sort((a, b) => b.id - a.id).slice(0, limit));
    },

    audit(entry) {
      const row = sealed(entry, now.chain.length + 1, now.chain.at(-1));
      now.chain.push(row);
      return row.seq;
    },
    attempt: (note) => void now.chain.push(sealed(note, now.chain.length + 1, now.chain.at(-1))),
    audits: ({ app, limit }) => found({ ...defined({ app }), limit, order: "newest-first" }),
    activity: found,
    chain: (from, limit) => copy(now.chain.filter(({ seq }) => seq >= from).slice(0, limit)),
    activityHead() {
      const head = now.chain.at(-1);
      return head && { seq: head.seq, hash: head.hash };
    },

    settled({ is, name }) {
      const known = now.settled.get(`${is} ${name}`);
      return known && copy(known);
    },
    settle({ is, name }, settled, notes) {
      if (settled === undefined) now.settled.delete(`${is} ${name}`);
      else now.settled.set(`${is} ${name}`, copy(settled));
      return notes.map((note) => {
        const ofIt = ({ kind, app, cluster }: Transition): boolean =>
          kind === note.kind && (is === "application" ? app === name : cluster === name);
        const last = now.transitions.findLast(ofIt);
        const together = joined(last, note);
        if (together !== undefined) now.transitions = now.transitions.filter((one) => one !== last);
        now.lastTransition += 1;
        const kept: Transition = {
          ...copy(note),
          ...(together ?? { count: 1, first: note.at }),
          seq: now.lastTransition,
        };
        now.transitions.push(kept);
        return copy(kept);
      });
    },
    transitions({ app, cluster, kinds, since = "", until, order, beyond, limit }) {
      const wanted = now.transitions.filter(
        (one) =>
          (app === undefined || one.app === app) &&
          (cluster === undefined || one.cluster === cluster) &&
          (kinds?.includes(one.kind) ?? true) &&
          one.at >= since &&
          (until === undefined || one.at < until) &&
          (beyond === undefined || (order === "newest-first" ? one.seq < beyond : one.seq > beyond)),
      );
      return copy((order === "newest-first" ? wanted.reverse() : wanted).slice(0, limit));
    },

    keepObject(object, insteadOf) {
      now.kept = now.kept.filter(({ id }) => id !== insteadOf);
      now.lastKept += 1;
      now.kept.push({ id: now.lastKept, ...copy(object) });
      return { id: now.lastKept, fallen: [] };
    },
    keptObjects: (app) => copy(now.kept.filter((one) => one.app === app).reverse()),
    keptNotes: (app) => copy(now.kept.filter((one) => one.app === app).reverse()).map(noteOf),
    oldestKept: () => now.kept[0]?.at,
    dropKeptBefore(at) {
      const dropped = now.kept.filter((one) => one.at < at);
      now.kept = now.kept.filter((one) => one.at >= at);
      return copy(dropped).map(noteOf);
    },

    value: (name) => now.values.get(name),
    putValue: (name, value) =>
      void (value === undefined ? now.values.delete(name) : now.values.set(name, value)),
    valueNames: (beginning) => [...now.values.keys()].filter((name) => name.startsWith(beginning)).sort(),

    condition: () => ({ is: "sound" }),
    probe: () => ({ is: "sound" }),

    atomically(work) {
      const before = structuredClone(now);
      try {
        const result = work();
        if (result instanceof Promise)
          throw new TypeError("the work of one transaction must not wait: it would hold the store");
        return result;
      } catch (cause) {
        now = before;
        throw cause;
      }
    },
    soon(work) {
      return this.atomically(work);
    },
    flush: () => {},
    close: () => {},
  };
}

function noteOf({ content: _, ...note }: KeptObject): KeptNote {
  return note;
}

/** As a database would give it back: through JSON, nothing shared with the caller. */
function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
