/** Plays one script: the estate, the daemon, the script's steps, and then what must hold when all is calm. */
import type { HealthStatus } from "../../src/core/model/health.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { type LogLine, recordingLog } from "../lib/recording-log.ts";
import { ApiServers } from "./api-servers.ts";
import { Daemon, keyOf, readingOf } from "./daemon.ts";
import { History } from "./history.ts";
import { Passages } from "./passages.ts";
import { gitOf, renderersOf, urlOf } from "./repositories.ts";
import { judgeDeed, type Rule, type Violation } from "./safety.ts";
import { APPS, type AppName, type Command, type Script, showCommand } from "./script.ts";
import { comesWithNextTry, isEndless, type Shown, someUnjudged, unsettled } from "./settling.ts";
import { shaOf, Truth } from "./truth.ts";
import { VirtualTime } from "./virtual-time.ts";

export interface Played {
  violation: Violation | undefined;
  /** What happened, a line each, with the time in milliseconds. */
  trace: string[];
  /** How much was written. */
  writes: number;
}

/** Which violations count; others are passed over, so that one fault does not hide the next. */
export type Counts = (rule: Rule) => boolean;

/** How often the daemon is told what the folder of applications holds, whether it changed or not. */
const READ_EVERY_MS = 20_000;
const SETTLED_WITHIN_MS = 30 * 60_000;
/** Longer than any outage, and what it takes to notice its end. */
const ANSWERED_WITHIN_MS = 3 * 60_000;
/** Longer than the pause between two tries of what fails: what an outage hid is seen by the first and done by the second. */
const NEXT_TRY_MS = 3 * 60_000;
/** Longer than polls, retries and back-offs. */
const CALM_MS = 6 * 60_000;

export async function play(script: Script, counts: Counts = () => true): Promise<Played> {
  const time = new VirtualTime();
  const estate = new Estate(script, time, counts);
  const restore = time.installed(script.seed, estate.servers.session());
  const fellOver = (cause: unknown): void => estate.fellOver(cause);
  process.on("unhandledRejection", fellOver);
  process.on("uncaughtException", fellOver);
  try {
    await estate.play();
    await estate.end();
  } catch (cause) {
    estate.fellOver(cause);
  } finally {
    process.off("unhandledRejection", fellOver);
    process.off("uncaughtException", fellOver);
    restore();
  }
  return { violation: estate.violation, trace: estate.trace, writes: estate.writes };
}

class Estate {
  readonly trace: string[] = [];
  readonly servers: ApiServers;
  violation: Violation | undefined;
  writes = 0;
  /** Writes that nothing asks for once all is calm. */
  #unrest = 0;
  /** When something was written last, by the virtual clock. */
  #wroteAt = 0;
  readonly #truth: Truth;
  readonly #passages: Passages;
  readonly #store = memoryStore();
  readonly #logged: LogLine[] = [];
  #daemon: Daemon | undefined;

  constructor(
    private readonly script: Script,
    private readonly time: VirtualTime,
    private readonly counts: Counts,
  ) {
    this.#truth = new Truth(script, () => time.now);
    this.#passages = new Passages(script.seed, time);
    this.servers = new ApiServers(
      time,
      this.#passages,
      this.#truth,
      {
        leaving: () => {
          const shown = this.#shown();
          return new Set(APPS.filter((app) => shown.get(app)?.isGoing !== false));
        },
        arrives: (deed) => {
          this.writes += 1;
          if (!comesWithNextTry(deed, this.#truth)) this.#unrest += 1;
          this.#wroteAt = time.now;
          for (const violation of judgeDeed(deed, this.#truth)) this.#found(violation);
        },
        answered: (deed, code, object) => {
          this.#say(`   ${deed.verb} ${deed.cluster} ${deed.key}: ${code}`);
          const uid = object?.metadata.uid ?? "";
          if (
            object !== undefined &&
            object.metadata["generation"] !== undefined &&
            !this.#truth.made.has(uid)
          )
            this.#truth.made.set(uid, deed.moment);
        },
      },
      (text) => this.#say(text),
    );
  }

  async play(): Promise<void> {
    const { script, time } = this;
    await this.#driven(this.servers.start(script.orbs));
    // A definition takes a moment until its kind is served.
    await time.pass(1_000);
    await this.#start();
    for (const { when, command } of script.steps) {
      if ("during" in when) await this.#passages.middleOf(when.during);
      else await time.pass(when.afterMs);
      if (this.violation !== undefined) return;
      this.#say(`** ${showCommand(command)}`);
      await this.#perform(command);
    }
    await this.#settle();
  }

  /** Something threw that nobody caught. */
  fellOver(cause: unknown): void {
    const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    this.#found({ rule: "fell-over", text: text.split("\n").slice(0, 3).join(" ") });
  }

  async end(): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = undefined;
    if (daemon !== undefined) await this.#driven(daemon.stop());
    this.time.dropDaemon();
    await this.servers.stop();
  }

  // -------------------------------------------------------------- the daemon

  async #start(): Promise<void> {
    const { time } = this;
    const log = recordingLog(this.#logged);
    this.#daemon = await this.#driven(
      Daemon.start({
        time,
        truth: this.#truth,
        store: this.#store,
        git: gitOf(this.#truth, this.#passages),
        renderers: renderersOf(this.#truth, this.#passages),
        log,
        // Both ways, or what happens to one that is just going would never be seen.
        missingForMs: this.script.seed % 2 === 0 ? 30_000 : 0,
        kubeconfig: (cluster) => this.servers.kubeconfig(cluster),
        trace: (text) => this.#say(text),
      }),
    );
    const daemon = this.#daemon;
    const read = (): void => {
      if (this.#daemon !== daemon) return;
      daemon.engine.foldersRead(readingOf(this.#truth));
      time.after(READ_EVERY_MS, read);
    };
    time.after(READ_EVERY_MS, read);
  }

  /** Lets time pass until something that waits for it is done. */
  async #driven<T>(work: Promise<T>): Promise<T> {
    let is: "open" | "done" = "open";
    const ended = work.finally(() => {
      is = "done";
    });
    await Promise.race([ended, this.time.until(() => is === "done", 10 * 60_000)]);
    if (is === "open") throw new Error("what was waited for did not end within ten minutes");
    return ended;
  }

  // -------------------------------------------------------------- steps

  async #perform(command: Command): Promise<void> {
    const truth = this.#truth,
      engine = this.#daemon?.engine;
    if (engine === undefined) throw new Error("the daemon was not started");
    const { control } = engine;
    const read = (): void => engine.foldersRead(readingOf(truth));
    const touch = (folder: string): void => {
      for (const app of APPS)
        if (truth.specs[app].now?.folder === folder) {
          truth.touched.add(app);
          truth.handled.add(app);
        }
    };
    switch (command.do) {
      case "commit": {
        const { repository, folder, files } = command;
        const commits = truth.commits[repository],
          index = commits.now.index + 1;
        truth.note(commits, {
          index,
          sha: shaOf(repository, index),
          tree: { ...commits.now.tree, [folder]: files },
        });
        return;
      }
      case "place":
        truth.touched.add(command.app);
        truth.note(truth.specs[command.app], command.spec);
        return read();
      case "unplace":
        truth.note(truth.specs[command.app], undefined);
        return read();
      case "swap": {
        const { red, blue } = { red: truth.specs.red.now, blue: truth.specs.blue.now };
        for (const app of APPS) truth.touched.add(app);
        truth.note(truth.specs.red, blue);
        truth.note(truth.specs.blue, red);
        return read();
      }
      case "half-read": {
        const state = command.folder === "unreadable" ? "unreadable" : "read";
        return engine.foldersRead({
          applications: [],
          projects: [],
          problems: [],
          folders: [{ path: "apps", state, files: 0 }],
        });
      }
      case "limit":
        truth.note(truth.limits, command.limits);
        return read();
      case "define":
        return this.servers.define(command.cluster, command.scope);
      case "undefine":
        for (const app of APPS) truth.touched.add(app);
        return this.servers.undefine(command.cluster);
      case "edit-object": {
        touch(command.folder);
        await this.servers.editObject(command.cluster, command.namespace, command.slot, command.folder);
        return;
      }
      case "delete-object":
        touch(command.folder);
        return this.servers.deleteObject(command.cluster, command.namespace, command.slot, command.folder);
      case "judge": {
        const name = `${command.slot}-${command.folder}`;
        const judged = truth.judged.get(name) ?? new History<HealthStatus | undefined>(undefined);
        truth.judged.set(name, judged);
        truth.note(judged, command.status);
        engine.healthChanged(
          [...truth.objects.home.keys(), ...truth.objects.east.keys()].filter((key) =>
            key.endsWith(`/${name}`),
          ),
        );
        return;
      }
      case "sync": {
        const { app, how } = command;
        const name = `map-${truth.specs[app].now?.folder}`;
        const sync = {
          prune: command.extras === "prune",
          ...(how === "tried-out" ? { dryRun: true } : {}),
          ...(how === "its-map-alone" ? { resources: [{ group: "", kind: "ConfigMap", name }] } : {}),
        };
        return this.#asked(
          control.sync(keyOf(app), { operation: { sync }, actor: "user:a-person" }),
          command,
        );
      }
      case "terminate":
        return this.#asked(control.terminate(keyOf(command.app), "user:a-person"), command);
      case "refresh":
        return this.#asked(control.refresh(keyOf(command.app), command.how), command);
      case "push":
        return engine.pushed([urlOf(command.repository)]);
      case "cut-watches":
        return this.servers.cutWatches(command.cluster);
      case "outage":
        return this.servers.refuse(command.cluster, command.seconds * 1_000);
      case "restart":
        if (command.how === "stopped") await this.#driven(this.#daemon?.stop() ?? Promise.resolve());
        this.#daemon = undefined;
        this.time.dropDaemon();
        this.servers.forgetDaemon();
        return this.#start();
    }
  }

  /** Asked, and not waited for: the next step may come before the answer. */
  #asked(answer: Promise<{ is: string }>, command: Command): void {
    let is: "open" | "answered" = "open";
    const daemon = this.#daemon;
    this.time.after(ANSWERED_WITHIN_MS, () => {
      if (is === "open" && this.#daemon === daemon)
        this.#found({ rule: "unanswered", text: showCommand(command) });
    });
    answer.then(
      (answered) => {
        is = "answered";
        this.#say(`   ${command.do}: ${answered.is}`);
      },
      (cause: unknown) =>
        this.#found({ rule: "fell-over", text: `${showCommand(command)}: ${String(cause)}` }),
    );
  }

  // -------------------------------------------------------------- the end

  async #settle(): Promise<void> {
    this.#say("** nothing happens any more");
    let open: Violation[] = [];
    // Whatever waits for the next poll has had it by then.
    await this.time.pass(90_000);
    // What is asked for begins with the next pass, and where it fails the next try comes after a pause: until then nothing
    // tells it from calm.
    await this.time.pass(this.#syncTerminated() === "some" ? 120_000 : 10_000);
    const isCalm = () => {
      const shown = this.#shown();
      // Also by rules that do not count: what breaks one of them has not come to rest.
      open = unsettled(this.#truth, shown);
      // What runs may still write, unless it waits for ever.
      const isRunning = [...shown.values()].some((is) => is.operation === "running" && !isEndless(is));
      const isQuiet = !someUnjudged(this.#truth) || this.time.now - this.#wroteAt > NEXT_TRY_MS;
      return open.length === 0 && !isRunning && isQuiet;
    };
    for (let left = SETTLED_WITHIN_MS; left > 0 && !isCalm() && this.violation === undefined; left -= 10_000)
      await this.time.pass(10_000);
    for (const violation of open) this.#found(violation);
    if (this.violation !== undefined) return;
    const before = this.#unrest;
    await this.time.pass(CALM_MS);
    if (this.#unrest !== before)
      this.#found({
        rule: "restless",
        text: `${this.#unrest - before} writes within ${CALM_MS / 60_000} minutes of calm`,
      });
    for (const violation of unsettled(this.#truth, this.#shown())) this.#found(violation);
  }

  /** What a person ended stays as it is until one asks for it: one does, or nothing could be said of its end. */
  #syncTerminated(): "none" | "some" {
    const control = this.#daemon?.engine.control;
    let synced: "none" | "some" = "none";
    for (const app of APPS) {
      const is = control?.application(keyOf(app));
      const { automated } = is?.spec.syncPolicy ?? {};
      if (is?.status?.terminated === undefined || automated === undefined) continue;
      this.#say(`** a person syncs ${app}, whose sync was terminated`);
      void control?.sync(keyOf(app), {
        operation: { sync: { prune: automated.prune === true } },
        actor: "user:a-person",
      });
      synced = "some";
    }
    return synced;
  }

  #shown(): Map<AppName, Shown> {
    const shown = new Map<AppName, Shown>();
    for (const app of APPS) {
      const is = this.#daemon?.engine.control.application(keyOf(app));
      if (is === undefined) continue;
      const state = is.status?.operationState;
      shown.set(app, {
        sync: is.status?.sync.status ?? "Unknown",
        operation:
          state === undefined
            ? "none"
            : state.finishedAt === undefined
              ? "running"
              : state.phase === "Running"
                ? "waits"
                : "ended",
        runningMs: this.time.now - this.#truth.timeOf(this.#truth.operations.get(app)?.began ?? 0),
        isGoing: is.metadata.deletionTimestamp !== undefined,
      });
    }
    return shown;
  }

  #found(violation: Violation): void {
    if (!this.counts(violation.rule)) return;
    this.#say(`!! ${violation.rule}: ${violation.text}`);
    this.violation ??= violation;
  }

  #say(text: string): void {
    this.trace.push(`${String(this.time.elapsed).padStart(9)} ${text}`);
  }
}
