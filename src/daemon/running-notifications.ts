/** Notifications of a daemon, made of its parts. */
import type { Config } from "../config/config.ts";
import { NOTIFICATIONS_MAP } from "../core/argocd/notifications.ts";
import { type Problem, showProblem } from "../core/model/problem.ts";
import type { Engine } from "../engine/engine.ts";
import { systemClock } from "../lib/system-clock.ts";
import { Notifications } from "../notify/notifications.ts";
import { GoTemplateEngine } from "../render/go-templates/template-engine.ts";
import type { DaemonOptions, Parts } from "./open-parts.ts";
import { templateHost } from "./running-sets.ts";

interface Needs {
  engine: Engine;
  parts: Parts;
  options: DaemonOptions;
  config(): Config;
  signal: AbortSignal;
}

export class RunningNotifications {
  readonly desk: Notifications["desk"];
  readonly #notifications: Notifications;
  #said = "";

  constructor(private readonly needs: Needs) {
    const { engine, parts, options, config, signal } = needs;
    const { control } = engine;
    const { store, metrics, plugins } = parts;
    this.#notifications = new Notifications({
      known: {
        applications: () => control.applications(),
        application: (key) => control.application(key),
        project: (name) => {
          const found = control.projectInForce(name);
          return found.is === "found" ? found.value.written : undefined;
        },
        transitions: (query) => control.transitions(query),
        onTransition: (listener) => control.onTransition(listener),
        onEvent: (listener) => control.onEvent(listener),
        async commit(key, revision) {
          const found = await control.commit(key, revision);
          return found.is === "found" ? found.value : undefined;
        },
      },
      store: {
        outbox: store.outbox,
        value: (name) => store.value(name),
        putValue: (name, value) => store.putValue(name, value),
        atomically: (work) => store.atomically(work),
        soon: (work) => store.soon(work),
      },
      clock: systemClock,
      log: options.log,
      settings: () => config().notifications,
      notifiers: plugins.notifiers,
      templates: new GoTemplateEngine(
        templateHost(parts, options, config()),
        `templates of ${NOTIFICATIONS_MAP}`,
        signal,
      ),
      url: () => {
        const { url, basePath } = config().server;
        return url === undefined ? undefined : `${url}${basePath}`;
      },
      homeNamespace: config().namespace,
      userAgent: `holdfast/${options.build.version}`,
      counted: {
        delivered: (...of) => metrics.notifications.delivered(...of),
        evaluated: (...of) => metrics.notifications.evaluated(...of),
      },
    });
    this.desk = this.#notifications.desk;
    this.settingsChanged();
  }

  /** @throws {Failure} store */
  start(): void {
    this.#notifications.start();
  }

  /** Of the config, or of Argo CD's. What is wrong with them is logged once. */
  settingsChanged(): void {
    this.#notifications.settingsChanged(this.needs.parts.argo?.held()?.texts.notifications);
    const problems = this.problems().map(showProblem);
    const said = problems.join("\n");
    if (said !== this.#said && said !== "")
      this.needs.options.log.warn("notifications are not all as they can be sent", { problems });
    this.#said = said;
  }

  problems(): readonly Problem[] {
    return this.#notifications.problems();
  }

  stop(): Promise<void> {
    return this.#notifications.stop();
  }
}
