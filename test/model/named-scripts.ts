/** Faults that an engine had or could have, each as a small script that shows it. */
import { foundScripts } from "./found-scripts.ts";
import { type Script, type Step, scriptOf } from "./script.ts";
import { broken, file, script, spec } from "./small-script.ts";

const SYNC: Step["command"] = { do: "sync", app: "red", extras: "keep" };
const gated = [broken, file("conf", 1)];

export const namedScripts: Readonly<Record<string, Script>> = {
  "an automated retry does not pass a wave whose Job failed": script({ files: gated, red: { retries: 2 } }),
  "the next try of a failed revision does not": script({ files: gated }),
  "nor does a second sync by a person": script({
    files: gated,
    red: { sync: "manual" },
    steps: [
      { when: { afterMs: 0 }, command: SYNC },
      { when: { afterMs: 20_000 }, command: SYNC },
    ],
  }),
  "nor a restart while the wave waits": script({
    files: [file("work", 0, { state: "broken" }), file("conf", 1)],
    steps: [
      { when: { during: "apply" }, command: { do: "restart", how: "killed" } },
      { when: { afterMs: 8_000 }, command: { do: "restart", how: "stopped" } },
    ],
  }),
  "nor a newer commit": script({
    files: gated,
    steps: [
      {
        when: { afterMs: 20_000 },
        command: {
          do: "commit",
          repository: "alpha",
          folder: "f1",
          files: [broken, file("conf", 1, { version: 2 })],
        },
      },
      { when: { afterMs: 0 }, command: { do: "push", repository: "alpha" } },
    ],
  }),
  "a commit that mends a wave ends the wait for it": script({
    files: [file("work", 0, { state: "broken" }), file("conf", 1)],
    steps: [
      {
        when: { afterMs: 20_000 },
        command: {
          do: "commit",
          repository: "alpha",
          folder: "f1",
          files: [file("work", 0), file("conf", 1)],
        },
      },
    ],
  }),
  "a cluster-scoped kind that comes later is never taken for namespaced": script({
    files: [file("orb", 0)],
    steps: [{ when: { afterMs: 40_000 }, command: { do: "define", cluster: "home", scope: "Cluster" } }],
  }),
  "a kind that comes back with another scope is taken as it is now": script({
    files: [file("orb", 0)],
    steps: [
      { when: { afterMs: 0 }, command: { do: "define", cluster: "home", scope: "Namespaced" } },
      { when: { afterMs: 40_000 }, command: { do: "undefine", cluster: "home" } },
      { when: { afterMs: 40_000 }, command: { do: "define", cluster: "home", scope: "Cluster" } },
    ],
  }),
  ...Object.fromEntries(
    (["resolve", "render", "list", "dry-run", "apply"] as const).map((during) => [
      `a namespace that is edited in the middle of a ${during} is the one that is written to`,
      script({
        files: [file("map", 0), file("conf", 1)],
        steps: [
          { when: { during }, command: { do: "place", app: "red", spec: { ...spec, namespace: "two" } } },
        ],
      }),
    ]),
  ),
  "a destination that is edited in the middle of a sync gets what is written from then on": script({
    files: [file("work", 0), file("conf", 1)],
    steps: [
      { when: { during: "apply" }, command: { do: "place", app: "red", spec: { ...spec, cluster: "east" } } },
    ],
  }),
  "a destination that is edited and put back while it is compared takes nothing out of the inventory": script(
    {
      files: [file("role", 0)],
      red: { extras: "keep" },
      steps: [
        {
          when: { afterMs: 20_000 },
          command: { do: "commit", repository: "alpha", folder: "f1", files: [file("map", 0)] },
        },
        {
          when: { afterMs: 0 },
          command: {
            do: "place",
            app: "red",
            spec: { ...spec, extras: "keep", cluster: "east", folder: "f2" },
          },
        },
        { when: { afterMs: 0 }, command: { do: "push", repository: "alpha" } },
        {
          when: { during: "list" },
          command: { do: "place", app: "red", spec: { ...spec, extras: "keep" } },
        },
        { when: { afterMs: 2_000 }, command: { do: "restart", how: "killed" } },
      ],
    },
  ),
  "what a project takes back in the middle of a sync is not written": script({
    files: [file("work", 0), file("role", 1)],
    red: { project: "team" },
    steps: [
      {
        when: { during: "apply" },
        command: { do: "limit", limits: { repositories: "all", namespaces: "all", clusterKinds: "none" } },
      },
    ],
  }),
  "an application that is removed in the middle of a sync gets nothing more": script({
    files: [file("map", 0), file("work", 0), file("conf", 1)],
    steps: [{ when: { during: "apply" }, command: { do: "unplace", app: "red" } }],
  }),
  "an object that is deleted while its wave is waited for is made again": script({
    files: [file("task", 0), file("conf", 1)],
    steps: [
      {
        when: { afterMs: 1_500 },
        command: { do: "delete-object", cluster: "home", namespace: "one", folder: "f1", slot: "task" },
      },
    ],
  }),
  "a sync that a restart cut off does not wait on for a commit that was left behind meanwhile": script({
    files: [file("map", 0), file("conf", 1)],
    steps: [
      { when: { afterMs: 0 }, command: { do: "judge", folder: "f1", slot: "map", status: "Progressing" } },
      {
        when: { afterMs: 5_000 },
        command: {
          do: "commit",
          repository: "alpha",
          folder: "f1",
          files: [file("conf", 0, { version: 2 })],
        },
      },
      { when: { afterMs: 0 }, command: { do: "restart", how: "killed" } },
    ],
  }),
  "a sync that a restart cut off delivers what is wanted when it goes on": script({
    files: [file("map", 0), file("role", 0)],
    steps: [
      {
        when: { during: "apply" },
        command: {
          do: "commit",
          repository: "alpha",
          folder: "f1",
          files: [file("map", 0, { version: 2 })],
        },
      },
      { when: { afterMs: 0 }, command: { do: "restart", how: "killed" } },
    ],
  }),
  ...Object.fromEntries(
    (
      [
        ["is not tried again by itself", { sync: "manual" }],
        ["prunes only where that is said still", { extras: "keep" }],
      ] as const
    ).map(([name, edited]): [string, Script] => [
      `a sync that a restart cut off ${name}`,
      script({
        files: [file("map", 0), file("role", 1), file("conf", 1)],
        steps: [
          {
            when: { afterMs: 20_000 },
            command: {
              do: "commit",
              repository: "alpha",
              folder: "f1",
              files: [file("map", 0, { version: 2 }), file("role", 1, { version: 2 })],
            },
          },
          { when: { afterMs: 0 }, command: { do: "push", repository: "alpha" } },
          { when: { during: "apply" }, command: { do: "place", app: "red", spec: { ...spec, ...edited } } },
          { when: { afterMs: 0 }, command: { do: "restart", how: "killed" } },
        ],
      }),
    ]),
  ),
  "a sync whose project permits nothing of it any more waits no longer": script({
    files: [file("map", 0), file("conf", 1)],
    red: { project: "team", namespace: "two" },
    steps: [
      { when: { afterMs: 0 }, command: { do: "judge", folder: "f1", slot: "map", status: "Progressing" } },
      {
        when: { afterMs: 20_000 },
        command: { do: "limit", limits: { repositories: "all", namespaces: "one", clusterKinds: "all" } },
      },
    ],
  }),
  "an application that goes takes nothing along that its project does not permit": script({
    red: { project: "team", namespace: "two" },
    steps: [
      {
        when: { afterMs: 20_000 },
        command: { do: "limit", limits: { repositories: "all", namespaces: "one", clusterKinds: "all" } },
      },
      { when: { afterMs: 0 }, command: { do: "unplace", app: "red" } },
    ],
  }),
  "an application that goes takes along what a sync made and did not live to write down": script({
    seed: 1713,
    blue: {
      files: [file("work", 1), file("task", 0)],
      spec: { cluster: "east", namespace: "one", sync: "self-heal" },
    },
    steps: [
      { when: { afterMs: 10_000 }, command: { do: "unplace", app: "blue" } },
      { when: { afterMs: 0 }, command: { do: "restart", how: "killed" } },
    ],
  }),
  "an heir that takes over what a sync was about to prune holds up none of its waves": script({
    files: [file("map", 0), file("conf", 1)],
    blue: { files: [file("map", 0), file("role", 1), file("conf", 2)], spec: { sync: "self-heal" } },
    steps: [{ when: { afterMs: 20_000 }, command: { do: "swap" } }],
  }),
  "nor is what somebody wants since an earlier wave of the prune": script({
    seed: 3316,
    files: [file("work", 2), file("task", 1)],
    red: { cascade: "objects-stay" },
    blue: { files: [file("map", 0)], spec: { sync: "self-heal", namespace: "one" } },
    steps: [
      {
        when: { afterMs: 20_000 },
        command: { do: "place", app: "red", spec: { ...spec, folder: "f2", namespace: "two" } },
      },
      { when: { afterMs: 2_000 }, command: { do: "place", app: "blue", spec } },
    ],
  }),
  "after a restart nothing is pruned before it is known who else wants it": script({
    seed: 6,
    files: [file("map", 0), file("conf", 1)],
    blue: { files: [file("map", 0), file("conf", 1)], spec: { sync: "self-heal" } },
    steps: [
      { when: { afterMs: 20_000 }, command: { do: "outage", cluster: "home", seconds: 60 } },
      { when: { afterMs: 0 }, command: { do: "swap" } },
      { when: { afterMs: 2_000 }, command: { do: "restart", how: "killed" } },
    ],
  }),
  "a source that a project takes back in the middle of a sync is not written from": script({
    files: [file("work", 0), file("conf", 1)],
    red: { project: "team", repository: "beta" },
    steps: [
      {
        when: { during: "apply" },
        command: { do: "limit", limits: { repositories: "alpha", namespaces: "all", clusterKinds: "all" } },
      },
    ],
  }),
  "a commit that comes together with an edited path is not missed": script({
    files: [file("role", 1)],
    red: { sync: "automated", extras: "keep" },
    blue: { files: [file("task", 2)], spec: { repository: "beta", sync: "self-heal", namespace: "one" } },
    steps: [
      {
        when: { afterMs: 2_000 },
        command: { do: "commit", repository: "alpha", folder: "f1", files: [file("conf", 2)] },
      },
      { when: { afterMs: 0 }, command: { do: "push", repository: "alpha" } },
      { when: { afterMs: 0 }, command: { do: "swap" } },
    ],
  }),
  "what an heir does not want any more is pruned after all": script({
    files: [file("work", 0)],
    blue: { files: [file("map", 0)], spec: { sync: "manual" } },
    red: { sync: "self-heal" },
    steps: [
      {
        when: { afterMs: 20_000 },
        command: { do: "place", app: "blue", spec: { ...spec, sync: "manual" } },
      },
      {
        when: { afterMs: 20_000 },
        command: { do: "place", app: "red", spec: { ...spec, folder: "f2" } },
      },
      {
        when: { afterMs: 40_000 },
        command: {
          do: "place",
          app: "blue",
          spec: { ...spec, sync: "manual", folder: "f2", namespace: "two" },
        },
      },
    ],
  }),
  "what is taken over from another application waits for its wave too": script({
    seed: 9,
    files: [file("conf", 2)],
    blue: { files: [file("map", 0)], spec: { sync: "manual" } },
    steps: [
      {
        when: { afterMs: 20_000 },
        command: {
          do: "commit",
          repository: "alpha",
          folder: "f1",
          files: [file("conf", 2, { version: 2 }), file("work", 0, { state: "broken" })],
        },
      },
      { when: { afterMs: 0 }, command: { do: "push", repository: "alpha" } },
      { when: { afterMs: 0 }, command: { do: "place", app: "blue", spec } },
      {
        when: { afterMs: 8_000 },
        command: {
          do: "place",
          app: "red",
          spec: { ...spec, folder: "f2", namespace: "two", extras: "keep" },
        },
      },
    ],
  }),
  "what another application took and let go of again is taken back, though nobody heals drift": script({
    seed: 1913,
    files: [file("map", 0)],
    red: { sync: "manual" },
    blue: {
      files: [file("conf", 1), file("task", 1, { namespace: "one" })],
      spec: { sync: "automated", extras: "keep" },
    },
    steps: [
      { when: { during: "apply" }, command: { do: "place", app: "red", spec: { ...spec, folder: "f2" } } },
      { when: { afterMs: 2_000 }, command: { do: "unplace", app: "red" } },
    ],
  }),
  "what another application took over since a prune was planned is not pruned": scriptOf(4348),
  "a spec that is edited while it is asked who has an object is the one that is written for": {
    ...script({
      seed: 2683,
      files: [file("task", 1)],
      red: { sync: "manual" },
      blue: { files: [file("conf", 2), file("orb", 0)], spec: { cluster: "east", sync: "self-heal" } },
      steps: [
        { when: { afterMs: 10_000 }, command: { do: "unplace", app: "red" } },
        { when: { afterMs: 10_000 }, command: { do: "swap" } },
        {
          when: { afterMs: 1_000 },
          command: { do: "place", app: "red", spec: { ...spec, cluster: "east", folder: "f2" } },
        },
      ],
    }),
    orbs: { home: "Cluster", east: "Cluster" },
  },
  "what another application made while a wave was waited for is left to it": script({
    red: { folder: "f2", repository: "beta", sync: "manual" },
    blue: {
      files: [file("conf", 0), file("map", 1, { namespace: "one" })],
      spec: { sync: "self-heal" },
    },
    steps: [
      { when: { afterMs: 0 }, command: { do: "judge", folder: "f2", slot: "conf", status: "Progressing" } },
      {
        when: { afterMs: 0 },
        command: { do: "commit", repository: "beta", folder: "f2", files: [file("map", 0)] },
      },
      { when: { afterMs: 8_000 }, command: SYNC },
      {
        when: { afterMs: 40_000 },
        command: { do: "judge", folder: "f2", slot: "conf", status: "Healthy" },
      },
    ],
  }),
  "a stop of the daemon cuts off a sync that waits to hear who else wants what it would prune": script({
    seed: 3025,
    files: [file("map", 0)],
    red: { sync: "automated" },
    blue: { files: [file("work", 1)], spec: { sync: "self-heal", namespace: "one" } },
    steps: [
      { when: { afterMs: 40_000 }, command: { do: "refresh", app: "blue", how: "hard" } },
      { when: { afterMs: 2_000 }, command: { do: "swap" } },
      { when: { afterMs: 300 }, command: { do: "restart", how: "stopped" } },
    ],
  }),
  "who asked an application that had not looked yet hears of its answer, whichever pass finds it": script({
    seed: 7,
    files: [file("map", 0)],
    red: { sync: "automated" },
    blue: { files: [file("work", 1)], spec: { sync: "self-heal", namespace: "one" } },
    steps: [
      { when: { afterMs: 2_000 }, command: { do: "swap" } },
      { when: { afterMs: 300 }, command: { do: "restart", how: "killed" } },
    ],
  }),
  "a kind that leaves while the daemon starts is known to be gone": {
    ...script({
      seed: 4776,
      blue: { files: [file("orb", 0, { namespace: "one" })], spec: { cluster: "east", sync: "self-heal" } },
      steps: [
        { when: { afterMs: 0 }, command: { do: "unplace", app: "blue" } },
        { when: { during: "resolve" }, command: { do: "undefine", cluster: "east" } },
        { when: { afterMs: 0 }, command: { do: "restart", how: "stopped" } },
      ],
    }),
    orbs: { home: "Namespaced", east: "Namespaced" },
  },
  "a hard refresh at the start holds nothing up": script({
    seed: 18,
    files: [file("conf", 1), file("work", 2)],
    red: { cluster: "east", namespace: "two" },
    steps: [{ when: { afterMs: 0 }, command: { do: "refresh", app: "red", how: "hard" } }],
  }),
  "who is edited while it cannot be looked at is asked before what it wants by now is deleted": script({
    seed: 7375,
    red: { namespace: "two" },
    blue: { files: [file("conf", 0)], spec: { namespace: "one", sync: "self-heal" } },
    steps: [
      { when: { afterMs: 40_000 }, command: { do: "outage", cluster: "home", seconds: 10 } },
      { when: { during: "apply" }, command: { do: "terminate", app: "red" } },
      { when: { during: "list" }, command: { do: "refresh", app: "blue", how: "normal" } },
      { when: { afterMs: 0 }, command: { do: "swap" } },
    ],
  }),
  "so is one whose project permits it again": script({
    seed: 21,
    red: { project: "team", namespace: "one" },
    blue: { files: [file("conf", 0)], spec: { project: "team", namespace: "two", sync: "self-heal" } },
    steps: [
      {
        when: { afterMs: 8_000 },
        command: { do: "limit", limits: { repositories: "all", namespaces: "one", clusterKinds: "all" } },
      },
      { when: { afterMs: 0 }, command: { do: "swap" } },
      {
        when: { afterMs: 2_000 },
        command: { do: "limit", limits: { repositories: "all", namespaces: "all", clusterKinds: "all" } },
      },
    ],
  }),
  ...foundScripts,
};
