/** Notifications of a daemon: what happened is read, kept as messages that wait, and sent. */

import type { ArgoTexts } from "../core/argocd/argo-texts.ts";
import type { Problem } from "../core/model/problem.ts";
import type { NotificationDesk } from "../core/ports/notification-desk.ts";
import { messageOf } from "../lib/caught.ts";
import { equalJson } from "../lib/equal-json.ts";
import { ArgoNotifications } from "./argo.ts";
import { Delivery } from "./delivery.ts";
import { Desk } from "./desk.ts";
import { EventReader } from "./event-reader.ts";
import type { NotifyNeeds } from "./needs.ts";
import { type KnownService, servicesOf } from "./services.ts";

export class Notifications {
  readonly desk: NotificationDesk;
  readonly #reader: EventReader;
  readonly #delivery: Delivery;
  readonly #argo: ArgoNotifications;
  #services: readonly KnownService[] = [];
  #isStarted = false;

  constructor(private readonly needs: NotifyNeeds) {
    const service = (name: string): KnownService | undefined =>
      this.#services.find((one) => one.name === name);
    this.#argo = new ArgoNotifications({
      ...needs,
      reader: () => this.#reader,
      posted: () => this.#delivery.wake(),
    });
    this.#delivery = new Delivery({
      ...needs,
      service,
      withSecrets: (message) => this.#argo.withSecrets(message),
      idOf: (key) => this.#reader.idOf(key),
    });
    this.#reader = new EventReader(
      {
        ...needs,
        isExpression: (trigger) => this.#argo.isExpression(trigger),
        usualOf: (name) => this.#argo.usualOf(name),
        hasServices: () => this.#services.length > 0,
      },
      () => this.#delivery.wake(),
    );
    this.desk = new Desk({
      ...needs,
      services: () => this.#services,
      ...{ argo: this.#argo, delivery: this.#delivery, reader: this.#reader },
    });
    this.settingsChanged();
  }

  /** @throws {Failure} store */
  start(): void {
    this.#isStarted = true;
    this.#reader.start();
    this.#argo.start();
    this.#hurry();
  }

  /** Of the config, or of Argo CD's ConfigMap and Secret. The config's services stand first. */
  settingsChanged(texts?: ArgoTexts["notifications"]): void {
    const { settings, notifiers } = this.needs;
    if (texts !== undefined) this.#argo.read(texts);
    const own = servicesOf(settings().services, "config", notifiers, settings());
    const names = new Set(own.map(({ name }) => name));
    const others = servicesOf(this.#argo.services(), "argocd", notifiers, settings());
    const before = this.#services;
    this.#services = [...own, ...others.filter(({ name }) => !names.has(name))];
    if (this.#isStarted && !equalJson(before, this.#services)) this.#hurry();
  }

  /** What failed is tried at once: it may have been for what is other now. */
  #hurry(): void {
    const { store, clock, log } = this.needs;
    try {
      store.outbox.hurry(clock.now());
    } catch (cause) {
      log.warn("messages that wait are not hurried", { why: messageOf(cause) });
    }
    this.#delivery.wake();
  }

  problems(): readonly Problem[] {
    return [...this.#services.flatMap(({ problems }) => problems), ...this.#argo.problems()];
  }

  async stop(): Promise<void> {
    await Promise.all([this.#reader.stop(), this.#argo.stop(), this.#delivery.stop()]);
  }
}
