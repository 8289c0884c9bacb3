/** What random scripts found, cut down: red and blue wish for each other's objects, and connections are lost in mid-write. */
import type { File, Script, Step } from "./script.ts";
import { file, script, spec } from "./small-script.ts";

const now = (command: Step["command"]): Step => ({ when: { afterMs: 0 }, command });
const placed = (more: Partial<typeof spec>): Step["command"] => ({
  do: "place",
  app: "red",
  spec: { ...spec, ...more },
});

const committed = (files: File[]): Step["command"] => ({
  do: "commit",
  repository: "alpha",
  folder: "f1",
  files,
});
const leftByPerson: Step[] = [
  { when: { afterMs: 8_000 }, command: { do: "sync", app: "red", extras: "keep" } },
  now(committed([file("conf", 0)])),
];

/** By repository and folder, where they differ. */
function withFiles(files: Script["files"], of: Script): Script {
  return { ...of, files };
}

export const foundScripts: Readonly<Record<string, Script>> = {
  "who is edited while another goes is asked before an object goes that it wants by now": withFiles(
    {
      alpha: {
        f1: [file("task", 1, { version: 2 })],
        f2: [file("role", 1, { version: 3, namespace: "one" })],
      },
      beta: { f1: [file("orb", 2, { version: 3 })], f2: [file("orb", 1, { version: 3 })] },
    },
    {
      ...script({
        seed: 31853,
        blue: { files: [], spec: { sync: "self-heal" } },
        steps: [
          { when: { during: "dry-run" }, command: { do: "unplace", app: "blue" } },
          now(placed({ folder: "f2", retries: 2 })),
        ],
      }),
      orbs: { home: "Cluster", east: "Cluster" },
    },
  ),
  "who could not be looked at is waited for once it is edited": withFiles(
    {
      alpha: { f1: [file("map", 1)], f2: [file("task", 2, { version: 3, state: "broken" })] },
      beta: { f1: [file("orb", 1, { version: 3 })], f2: [file("role", 1)] },
    },
    script({
      seed: 7375,
      red: { repository: "beta", namespace: "two", sync: "manual", cascade: "objects-stay" },
      blue: {
        files: [],
        spec: { repository: "beta", namespace: "one", sync: "self-heal", cascade: "objects-stay" },
      },
      steps: [
        {
          when: { afterMs: 8_000 },
          command: placed({ namespace: "two", retries: 2, cascade: "objects-stay" }),
        },
        { when: { afterMs: 8_000 }, command: { do: "outage", cluster: "home", seconds: 10 } },
        { when: { during: "apply" }, command: { do: "terminate", app: "red" } },
        { when: { during: "list" }, command: { do: "refresh", app: "blue", how: "normal" } },
        now({ do: "swap" }),
      ],
    }),
  ),
  "who was not permitted is waited for once it is": withFiles(
    {
      alpha: { f1: [file("task", 0, { version: 2 })], f2: [file("task", 0)] },
      beta: { f1: [file("role", 1)], f2: [file("orb", 2, { version: 3 })] },
    },
    script({
      seed: 7769,
      red: { project: "team" },
      blue: { files: [], spec: { sync: "self-heal", extras: "keep", project: "team" } },
      steps: [
        {
          when: { afterMs: 8_000 },
          command: { do: "delete-object", cluster: "home", namespace: "two", folder: "f2", slot: "map" },
        },
        now({ do: "refresh", app: "red", how: "hard" }),
        now({ do: "swap" }),
        now({ do: "limit", limits: { repositories: "all", namespaces: "one", clusterKinds: "none" } }),
        { when: { afterMs: 2_000 }, command: { do: "sync", app: "red", extras: "keep" } },
        now({ do: "limit", limits: { repositories: "all", namespaces: "all", clusterKinds: "all" } }),
      ],
    }),
  ),
  "what was made when its answer was lost is pruned when nobody wants it": withFiles(
    {
      alpha: { f1: [file("orb", 1)], f2: [file("work", 1, { namespace: "one" })] },
      beta: {
        f1: [file("map", 2, { version: 3 }), file("work", 0, { version: 2 })],
        f2: [file("orb", 0)],
      },
    },
    {
      ...script({
        seed: 30447,
        red: { repository: "beta", cluster: "east", extras: "keep" },
        blue: { files: [], spec: { cluster: "east", namespace: "one", sync: "self-heal" } },
        steps: [
          { when: { during: "resolve" }, command: { do: "outage", cluster: "east", seconds: 60 } },
          { when: { afterMs: 2_000 }, command: { do: "swap" } },
          {
            when: { during: "delete" },
            command: {
              do: "commit",
              repository: "beta",
              folder: "f1",
              files: [file("work", 2, { version: 2 })],
            },
          },
          {
            when: { afterMs: 40_000 },
            command: {
              do: "limit",
              limits: { repositories: "all", namespaces: "one", clusterKinds: "none" },
            },
          },
        ],
      }),
      orbs: { home: "absent", east: "Cluster" },
    },
  ),
  "and goes with its application": withFiles(
    {
      alpha: {
        f1: [
          file("map", 1, { version: 2 }),
          file("conf", 1, { version: 2 }),
          file("work", 1, { version: 3 }),
        ],
        f2: [file("conf", 1, { version: 3 })],
      },
      beta: { f1: [file("orb", 0, { namespace: "one" })], f2: [file("role", 2, { version: 3 })] },
    },
    {
      ...script({
        seed: 8078,
        red: { sync: "automated" },
        blue: { files: [], spec: { namespace: "one", sync: "self-heal", extras: "keep" } },
        steps: [
          {
            when: { during: "apply" },
            command: {
              do: "place",
              app: "blue",
              spec: { ...spec, folder: "f2", extras: "keep", project: "team" },
            },
          },
          { when: { during: "apply" }, command: { do: "outage", cluster: "home", seconds: 60 } },
          now({ do: "unplace", app: "red" }),
        ],
      }),
      orbs: { home: "absent", east: "Cluster" },
    },
  ),
  "a write that waits for a server is not sent for a spec that was replaced meanwhile": withFiles(
    {
      alpha: { f1: [file("role", 1, { version: 2 })], f2: [file("role", 2, { version: 2 })] },
      beta: { f1: [file("orb", 0, { version: 2 })], f2: [file("orb", 1, { version: 3 })] },
    },
    script({
      seed: 9861,
      red: { repository: "beta", sync: "manual", cascade: "objects-stay" },
      blue: { files: [], spec: { namespace: "one", sync: "self-heal" } },
      steps: [
        { when: { afterMs: 2_000 }, command: { do: "terminate", app: "blue" } },
        {
          when: { during: "render" },
          command: {
            do: "commit",
            repository: "alpha",
            folder: "f2",
            files: [file("orb", 2, { version: 3 })],
          },
        },
        now({ do: "push", repository: "alpha" }),
        { when: { during: "resolve" }, command: { do: "swap" } },
        now({
          do: "commit",
          repository: "alpha",
          folder: "f2",
          files: [file("map", 0, { version: 2 })],
        }),
        { when: { afterMs: 40_000 }, command: { do: "refresh", app: "blue", how: "normal" } },
        { when: { during: "apply" }, command: { do: "swap" } },
        now({ do: "outage", cluster: "home", seconds: 1 }),
      ],
    }),
  ),
  "a daemon that is stopped while it lists forgets nothing that it applied": script({
    seed: 8,
    blue: {
      files: [file("work", 2)],
      spec: { repository: "beta", namespace: "two", sync: "self-heal" },
    },
    steps: [
      { when: { afterMs: 8_000 }, command: { do: "restart", how: "stopped" } },
      {
        when: { afterMs: 2_000 },
        command: { do: "commit", repository: "beta", folder: "f2", files: [file("conf", 2)] },
      },
      { when: { afterMs: 0 }, command: { do: "restart", how: "stopped" } },
      { when: { afterMs: 0 }, command: { do: "restart", how: "stopped" } },
    ],
  }),
  "what a person leaves in a sync of a new commit stays until the next one": script({
    red: { sync: "automated" },
    steps: leftByPerson,
  }),
  "and goes with that": script({
    red: { sync: "automated" },
    steps: [...leftByPerson, { when: { afterMs: 40_000 }, command: committed([file("role", 0)]) }],
  }),
  "what has no namespace differs where its destination has another one": script({
    files: [file("role", 0)],
    steps: [{ when: { afterMs: 8_000 }, command: placed({ sync: "manual", namespace: "two" }) }],
  }),
  "and is put right by itself where that is asked for": script({
    files: [file("role", 0)],
    steps: [{ when: { afterMs: 8_000 }, command: placed({ namespace: "two" }) }],
  }),
  "who went and came back is Synced beside what it had left, of a kind that Git does not want any more": {
    ...script({
      seed: 9541,
      files: [file("orb", 0, { version: 3 })],
      red: { cluster: "east", namespace: "two", extras: "keep", cascade: "objects-stay" },
      blue: {
        files: [file("work", 0)],
        spec: { cluster: "east", sync: "automated", cascade: "objects-stay" },
      },
      steps: [
        { when: { afterMs: 10_000 }, command: { do: "unplace", app: "blue" } },
        { when: { afterMs: 0 }, command: { do: "swap" } },
        { when: { afterMs: 0 }, command: { do: "restart", how: "stopped" } },
      ],
    }),
    orbs: { home: "absent", east: "Namespaced" },
  },
  "a kind that could not be watched when its objects were to be pruned is looked at once it can": withFiles(
    {
      alpha: {
        f1: [file("orb", 2)],
        f2: [file("work", 0, { version: 3, state: "broken" }), file("task", 0)],
      },
      beta: { f1: [file("orb", 2)], f2: [file("role", 0)] },
    },
    script({
      seed: 42172,
      red: { sync: "manual", retries: 2 },
      blue: { files: [], spec: { namespace: "one", sync: "self-heal" } },
      steps: [
        { when: { during: "delete" }, command: { do: "sync", app: "red", extras: "keep" } },
        now({
          do: "commit",
          repository: "alpha",
          folder: "f2",
          files: [file("role", 2, { version: 3 })],
        }),
        { when: { afterMs: 20 }, command: { do: "outage", cluster: "home", seconds: 60 } },
      ],
    }),
  ),
  "a part that a person asks for in the middle of the tries of a whole sync opens no gate": withFiles(
    {
      alpha: { f1: [file("task", 0, { state: "broken" }), file("role", 2)], f2: [file("orb", 0)] },
      beta: { f1: [file("task", 1, { version: 2 })], f2: [file("orb", 1)] },
    },
    script({
      seed: 61857,
      red: { retries: 2 },
      blue: { files: [], spec: { namespace: "one", extras: "keep" } },
      steps: [
        {
          when: { during: "delete" },
          command: { do: "sync", app: "red", extras: "prune", how: "its-map-alone" },
        },
      ],
    }),
  ),
  "who moves to another cluster lets go of what it wanted on the old one, and whose it is hears of that":
    withFiles(
      {
        alpha: { f1: [file("orb", 1, { version: 2 })], f2: [file("role", 1, { version: 3 })] },
        beta: { f1: [file("role", 1, { version: 2 })], f2: [file("task", 1)] },
      },
      script({
        seed: 71681,
        red: { cluster: "east", namespace: "two" },
        blue: { files: [], spec: { cluster: "east", sync: "self-heal" } },
        steps: [
          now({ do: "define", cluster: "east", scope: "Namespaced" }),
          { when: { afterMs: 2_000 }, command: { do: "swap" } },
          {
            when: { during: "apply" },
            command: placed({ repository: "beta", extras: "keep", project: "team", retries: 2 }),
          },
        ],
      }),
    ),
  "what a person's sync finds in Git is known to whatever is begun by itself after it": withFiles(
    {
      alpha: { f1: [file("orb", 1, { version: 2 })], f2: [file("role", 0, { version: 3 })] },
      beta: {
        f1: [file("work", 1, { version: 3, state: "broken" })],
        f2: [file("orb", 0, { version: 3 })],
      },
    },
    script({
      seed: 81913,
      red: { cluster: "east" },
      blue: { files: [], spec: { namespace: "one" } },
      steps: [
        { when: { afterMs: 8_000 }, command: committed([file("role", 2, { version: 2 })]) },
        now({ do: "push", repository: "alpha" }),
        now({ do: "sync", app: "red", extras: "keep", how: "tried-out" }),
        {
          when: { during: "render" },
          command: { do: "delete-object", cluster: "east", namespace: "one", folder: "f1", slot: "task" },
        },
        now(committed([file("work", 2, { version: 3 })])),
      ],
    }),
  ),
  "what a daemon sent that was killed is pruned when it arrives, though it was not there yet": {
    ...withFiles(
      {
        alpha: { f1: [file("task", 1)], f2: [file("map", 0, { version: 2 })] },
        beta: { f1: [file("task", 0, { version: 2 })], f2: [file("orb", 1, { version: 3 })] },
      },
      script({
        seed: 88439,
        red: { repository: "beta", namespace: "two" },
        blue: { files: [], spec: { repository: "beta", namespace: "one" } },
        steps: [
          { when: { afterMs: 2_000 }, command: { do: "restart", how: "killed" } },
          now({
            do: "commit",
            repository: "beta",
            folder: "f1",
            files: [file("orb", 2, { version: 3 })],
          }),
        ],
      }),
    ),
    orbs: { home: "Namespaced", east: "Namespaced" },
  },
  "what could not be seen when it was to be pruned goes once it can, though nothing is healed": withFiles(
    {
      alpha: {
        f1: [file("role", 2, { version: 2 })],
        f2: [
          file("map", 0, { version: 2 }),
          file("conf", 0, { version: 2 }),
          file("task", 0),
          file("orb", 0),
        ],
      },
      beta: { f1: [file("map", 1, { version: 3 }), file("task", 0, { version: 3 })], f2: [file("task", 2)] },
    },
    {
      ...script({
        seed: 94658,
        red: { repository: "beta", cluster: "east", namespace: "two" },
        blue: { files: [], spec: { cluster: "east", sync: "automated" } },
        steps: [
          {
            when: { during: "apply" },
            command: placed({
              repository: "beta",
              cluster: "east",
              namespace: "two",
              sync: "manual",
              retries: 2,
            }),
          },
          {
            when: { during: "dry-run" },
            command: { do: "judge", slot: "map", folder: "f1", status: "Healthy" },
          },
          { when: { during: "delete" }, command: { do: "define", cluster: "east", scope: "Cluster" } },
          { when: { during: "delete" }, command: { do: "outage", cluster: "east", seconds: 60 } },
          {
            when: { during: "apply" },
            command: { do: "limit", limits: { repositories: "all", namespaces: "all", clusterKinds: "all" } },
          },
          { when: { afterMs: 8_000 }, command: { do: "refresh", app: "red", how: "hard" } },
          now({ do: "commit", repository: "alpha", folder: "f2", files: [file("task", 1)] }),
        ],
      }),
      orbs: { home: "Namespaced", east: "absent" },
    },
  ),
};
