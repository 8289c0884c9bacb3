/** Images of a daemon that are kept up to date, made of the daemon's parts. */
import type { Config } from "../config/config.ts";
import type { ImageUpdater } from "../core/images/image-updater.ts";
import { type AppKey, type Application, trackingName } from "../core/model/application.ts";
import { strictest } from "../core/model/daemon-pause.ts";
import type { Project } from "../core/model/project.ts";
import { refuseNamespace } from "../core/policy/refuse-namespace.ts";
import { refuseSource } from "../core/policy/refuse-source.ts";
import type { TemplateEngine } from "../core/ports/template-engine.ts";
import type { ImagePush } from "../core/webhooks/provider.ts";
import type { Engine } from "../engine/engine.ts";
import { nameOfProject } from "../engine/limits.ts";
import type { Settings } from "../engine/settings.ts";
import { entriesFor, repositoryAccess } from "../engine/target/repository-access.ts";
import { startSchedule } from "../engine/wake/schedule.ts";
import type { ImagesControl } from "../images/control.ts";
import { ImageUpdates } from "../images/image-updates.ts";
import type { ImagesPorts } from "../images/images-ports.ts";
import { messageOf } from "../lib/caught.ts";
import { equalJson } from "../lib/equal-json.ts";
import type { AnnouncedBy } from "../lib/push-allowance.ts";
import { systemClock } from "../lib/system-clock.ts";
import { LentLogins } from "../remote/lent/lent-logins.ts";
import { PullRequests } from "../scm/pull-requests.ts";
import { imageAccess } from "./image-access.ts";
import type { DaemonOptions, Parts } from "./open-parts.ts";
import type { PushedImages } from "./tell-heard.ts";

interface RunningImagesParts {
  engine: Engine;
  parts: Pick<Parts, "store" | "git" | "clusters" | "metrics" | "images">;
  options: Pick<DaemonOptions, "log" | "environment">;
  pushes: PushedImages;
  templates: TemplateEngine;
  updaters(): readonly ImageUpdater[];
  /** What a look found by each of these. */
  looking: ImagesPorts["looking"];
  lookedBy: ImagesPorts["lookedBy"];
  config(): Config;
  settings(): Settings;
}

/** After a push that proved whose it is, and after one that anybody may say. */
const SOON_MS = { known: 1_000, anybody: 10_000 } as const;

/** Longest silence of who lends a token for a pull request. */
const LENDER_TIMEOUT_MS = 30_000;

/** Told of before they are asked about; more of them are found by the next poll. */
const MOST_PUSHED = 1_000;

export class RunningImages {
  readonly control: ImagesControl;
  readonly #parts: RunningImagesParts;
  readonly #updates: ImageUpdates;
  #polling: { by: Config["images"]["interval"]; stop: () => void } | undefined;
  readonly #unhear: () => void;
  readonly #stopping = new AbortController();
  /** Pushed meanwhile: they are asked about together, soon. */
  #pushed: ImagePush[] = [];

  constructor(parts: RunningImagesParts) {
    this.#parts = parts;
    this.#updates = new ImageUpdates(portsOf(parts));
    this.control = this.#updates;
    this.#unhear = parts.pushes.onPush((image, by) => this.#heard(image, by));
  }

  start(): void {
    this.settingsChanged();
  }

  settingsChanged(): void {
    const { interval } = this.#parts.config().images;
    if (equalJson(this.#polling?.by, interval)) return;
    this.#polling?.stop();
    const poll = () => this.#updates.poll(this.#parts.config().images.spreadMs);
    this.#polling = { by: interval, stop: startSchedule(interval, poll) };
  }

  problemsOf(key: AppKey): readonly string[] {
    return this.#updates.problemsOf(key);
  }

  async stop(): Promise<void> {
    this.#polling?.stop();
    this.#unhear();
    this.#stopping.abort(new Error("image updates stop"));
    await this.#updates.stop();
  }

  /** What was pushed is not believed: the registry is asked, for those alone that have this image. */
  #heard(image: ImagePush, by: AnnouncedBy): void {
    if (this.#pushed.length >= MOST_PUSHED || this.#updates.following(image).length === 0) return;
    this.#pushed.push(image);
    if (this.#pushed.length > 1) return;
    void systemClock
      .sleep(SOON_MS[by], this.#stopping.signal)
      .then(() => this.#updates.heard(this.#pushed.splice(0)))
      .catch(() => undefined);
  }
}

function portsOf({
  engine,
  parts,
  options,
  templates,
  updaters,
  looking,
  lookedBy,
  config,
  settings,
}: RunningImagesParts): ImagesPorts {
  const { store, git, images, metrics } = parts;
  const { log, environment } = options;
  const { control } = engine;
  const requests = new PullRequests({
    now: () => systemClock.now(),
    lent: new LentLogins({
      ...{ clock: systemClock, timeoutMs: LENDER_TIMEOUT_MS, environment },
      codes: { unreachable: "provider-unreachable", auth: "provider-auth" },
    }),
  });
  return {
    ...{ registry: images, git, writer: git, clock: systemClock, log, store },
    settings: () => config().images,
    applications: () => control.applications(),
    application: (key) => control.application(key),
    updaters,
    looking,
    lookedBy,
    async fill(template, values) {
      const [[[filled] = []] = []] = await templates.fill([{ texts: [template], sets: [values] }], []);
      return filled ?? { is: "wrong", why: "the engine said nothing of it" };
    },
    nameOf: (key) => trackingName(key, settings().namespace),
    imageAccess: async (app, registry, repository, secret) => {
      const taken = projectTaking(app, { engine, settings: settings() });
      if (taken.is === "refused") return { ...taken, fix: "Name a project that takes it" };
      const { project } = taken;
      return imageAccess(
        { app, project, registry, repository, secret },
        { parts, environment, config: config(), settings: settings() },
      );
    },
    repositoryAccess: (app, url) =>
      repositoryAccess(url, entriesFor(settings().repositories, nameOfProject(app)), "git"),
    refused: (app, url) => {
      const taken = projectTaking(app, { engine, settings: settings() });
      return taken.is === "refused" ? taken.why : refuseSource(taken.project, url);
    },
    paused: () => {
      const pause = strictest(engine.pauses);
      return pause?.of === "writes" ? pause : undefined;
    },
    pushed: (urls) => engine.pushed(urls),
    update: async (app, actor) => {
      const done = await control.update(app, actor);
      switch (done.is) {
        case "written":
          return undefined;
        case "managed-by-file":
          return `it is written in ${done.file}`;
        case "managed-by-parent":
          return `another application (${done.parent ?? "not known"}) renders it`;
        case "managed-by-set":
          return `the ApplicationSet ${done.set} makes it`;
        case "invalid":
          return done.problems.map(({ text }) => text).join("; ");
        case "absent":
          return "it is not there any more";
        default:
          return done.why;
      }
    },
    problemsChanged: (key) =>
      void control
        .refresh(key, "normal")
        .catch((cause) => log.warn("an application was not looked at", { app: key, why: messageOf(cause) })),
    openPullRequest: (access, ask) => requests.open(access, ask),
    observe: {
      looked: (outcome) => metrics.images.looked(outcome),
      wrote: (method, outcome) => metrics.images.wrote(method, outcome),
    },
  };
}

/** The project of an application, where it takes applications of that namespace: whoever names one has nothing of it yet. */
function projectTaking(
  app: Application,
  { engine, settings }: Pick<RunningImagesParts, "engine"> & { settings: Settings },
): { is: "taken"; project: Project } | { is: "refused"; why: string } {
  const name = nameOfProject(app);
  const found = engine.control.projectInForce(name);
  if (found.is === "absent") return { is: "refused", why: `there is no project ${name}` };
  const { inForce: project, withheld = "its rules are not known" } = found.value;
  if (project === undefined) return { is: "refused", why: withheld };
  const why = refuseNamespace(project, app.metadata.namespace, settings.namespace);
  return why === undefined ? { is: "taken", project } : { is: "refused", why };
}
