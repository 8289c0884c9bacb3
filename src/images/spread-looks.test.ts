/** When registries are asked, in a time of the test's own: spread by polls, at once by people, narrowly after a push. */
import { describe, expect, test } from "bun:test";
import { application } from "../../test/lib/core-objects.ts";
import { recordingLog } from "../../test/lib/recording-log.ts";
import { type Application, keyOfApp } from "../core/model/application.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import type { ImageRegistry } from "../core/ports/image-registry.ts";
import { LatestAnswer } from "../remote/latest-answer.ts";
import { ImageUpdates } from "./image-updates.ts";
import type { ImagesPorts } from "./images-ports.ts";

const PREFIX = "argocd-image-updater.argoproj.io/";

/** Time that goes on when whoever works waits for it. */
function virtualTime() {
  let now = 0;
  const sleeping = new Set<{ at: number; wake: () => void }>();
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    clock: {
      now: () => 1_000_000 + now,
      monotonic: () => now,
      sleep: (ms: number, signal?: AbortSignal) =>
        new Promise<void>((resolve, reject) => {
          const one = { at: now + ms, wake: resolve };
          sleeping.add(one);
          signal?.addEventListener("abort", () => {
            sleeping.delete(one);
            reject(signal.reason);
          });
        }),
    },
    /** Until nobody waits any more, or until that time. */
    async run(untilMs = Number.POSITIVE_INFINITY): Promise<void> {
      for (;;) {
        await settle();
        const [next] = [...sleeping].sort((a, b) => a.at - b.at);
        if (next === undefined || next.at > untilMs) return;
        now = Math.max(now, next.at);
        for (const one of [...sleeping].filter(({ at }) => at === next.at)) {
          sleeping.delete(one);
          one.wake();
        }
      }
    },
  };
}

const withImage = (name: string, image: string): Application =>
  application(
    { source: { repoURL: "https://git.example.com/a", path: ".", kustomize: {} } },
    {
      name,
      namespace: "argocd",
      annotations: { [`${PREFIX}image-list`]: image, [`${PREFIX}force-update`]: "true" },
    },
  );

function stand(apps: readonly Application[]) {
  const time = virtualTime();
  const asked: { at: number; place: string }[] = [];
  const answers = new Map<string, LatestAnswer<readonly string[]>>();
  const log = recordingLog();
  let looked = 0;
  const registry: Pick<ImageRegistry, "tags"> = {
    tags({ url }, asOf) {
      const answer =
        answers.get(url) ??
        new LatestAnswer(
          time.clock,
          async () => {
            asked.push({ at: time.clock.monotonic(), place: url });
            if (url.includes("broken")) throw new Error("broken");
            return ["1.0.0"];
          },
          url,
        );
      answers.set(url, answer);
      return answer.latest(asOf);
    },
  };
  const ports = {
    ...{ registry, clock: time.clock, log },
    store: { value: () => undefined, putValue: () => undefined, audit: () => undefined },
    applications: () => apps,
    application: (key: string) => apps.find((app) => keyOfApp(app) === key),
    updaters: () => [],
    looking: () => () => undefined,
    lookedBy: () => undefined,
    imageAccess: async (_: Application, host: string, repository: string) => ({
      is: "reached",
      access: { url: `oci://${host}/${repository}`, type: "oci" } as RepositoryAccess,
    }),
    repositoryAccess: (_: Application, url: string) => ({ url }),
    refused: () => undefined,
    paused: () => undefined,
    update: async () => undefined,
    problemsChanged: () => undefined,
    observe: { looked: () => void looked++, wrote: () => undefined },
  } as unknown as ImagesPorts;
  const updates = new ImageUpdates(ports);
  return { ...{ updates, time, asked, log }, looked: () => looked };
}

const many = (count: number): Application[] =>
  Array.from({ length: count }, (_, at) => withImage(`app-${at}`, `ghcr.io/team/web-${at}`));

describe("ImageUpdates", () => {
  test("many applications ask over the whole time, each once, and are shown then", async () => {
    const { updates, time, asked, looked } = stand(many(300));
    const done = updates.poll(30_000);
    await time.run();
    await done;
    expect(new Set(asked.map(({ place }) => place)).size).toBe(300);
    expect([asked.length, looked()]).toEqual([300, 300]);
    const perSecond = Map.groupBy(asked, ({ at }) => Math.floor(at / 1_000));
    expect(perSecond.size).toBe(30);
    expect(Math.max(...[...perSecond.values()].map(({ length }) => length))).toBeLessThan(25);
    expect(updates.all().every(({ checkedAt }) => checkedAt !== undefined)).toBe(true);
  }, 60_000);

  test("few wait for nobody, and what many have is one question", async () => {
    const one = stand(Array.from({ length: 50 }, (_, at) => withImage(`app-${at}`, "ghcr.io/team/web")));
    const done = one.updates.poll(30_000);
    await one.time.run(0);
    await done;
    expect(one.asked).toEqual([{ at: 0, place: "oci://ghcr.io/team/web" }]);
  });

  test("who asks now waits for no spread, and a poll that is cut by the end asks no more", async () => {
    const { updates, time, asked } = stand(many(200));
    const done = updates.poll(30_000);
    await time.run(1_000);
    const before = asked.length;
    const asking = updates.update({
      apps: [keyOfApp(many(1)[0] as Application)],
      mode: "dry-run",
      actor: "ana",
    });
    await time.run(1_000);
    expect((await asking).applications).toHaveLength(1);
    await updates.stop();
    await time.run();
    await done;
    expect(asked.length).toBeLessThanOrEqual(before + 1);
    expect(asked.length).toBeLessThan(200);
  });

  test("a registry that cannot be asked is told once, and keeps no other", async () => {
    const { updates, time, asked, log } = stand([
      withImage("a", "ghcr.io/team/broken"),
      withImage("b", "ghcr.io/team/web"),
    ]);
    const done = updates.poll(30_000);
    await time.run();
    await done;
    expect(asked.length).toBe(2);
    expect(updates.all().map(({ problems }) => problems.length)).toEqual([1, 0]);
    expect(log.lines.map(({ level }) => level)).toEqual(["info"]);
  });

  test("after a push those are asked that have this image, in whatever case it is told", async () => {
    const { updates, time, asked } = stand([...many(50), withImage("pushed", "ghcr.io/team/pushed")]);
    expect(updates.following({ registry: "ghcr.io", repository: "team/nobodys" })).toEqual([]);
    const done = updates.heard([
      { registry: "ghcr.io", repository: "team/pushed" },
      { registry: "ghcr.io", repository: "team/web-7" },
      { registry: "ghcr.io", repository: "team/nobodys" },
    ]);
    await time.run(0);
    await done;
    expect(asked.map(({ place }) => place).sort()).toEqual([
      "oci://ghcr.io/team/pushed",
      "oci://ghcr.io/team/web-7",
    ]);
  });

  test("after a poll what it heard of the others is enough, and all are seen in that round", async () => {
    const { updates, time, asked } = stand([...many(50), withImage("pushed", "ghcr.io/team/pushed")]);
    const polled = updates.poll(30_000);
    await time.run();
    await polled;
    asked.length = 0;
    const later = time.clock.sleep(60_000);
    await time.run();
    await later;
    const before = updates.all()[0]?.checkedAt;
    const done = updates.heard([{ registry: "ghcr.io", repository: "team/pushed" }]);
    await time.run();
    await done;
    expect(asked.map(({ place }) => place)).toEqual(["oci://ghcr.io/team/pushed"]);
    expect(updates.all()[0]?.checkedAt).not.toBe(before);
  });
});
