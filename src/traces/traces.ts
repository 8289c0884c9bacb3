import { randomBytes } from "node:crypto";
import type { AppKey } from "../core/model/application.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Log } from "../core/ports/log.ts";
import type { Renderers } from "../core/ports/renderers.ts";
import { Journeys, type Reached } from "./journeys.ts";
import type { TraceResource } from "./otlp.ts";
import { SpanSender, type SpanSenderParts, type TraceTarget } from "./span-sender.ts";

export interface TracesParts {
  target(): TraceTarget | undefined;
  resource: TraceResource;
  clock: Clock;
  log: Log;
  reached(reached: Reached): void;
  count: SpanSenderParts["count"];
}

/** Commits' ways: what is told of how long they take, and where they are sent as traces. */
export class Traces {
  readonly journeys: Journeys;
  readonly #sender: SpanSender;
  readonly #clock: Clock;

  constructor(parts: TracesParts) {
    this.#clock = parts.clock;
    this.#sender = new SpanSender(parts);
    this.journeys = new Journeys({
      now: () => parts.clock.now(),
      randomHex: (bytes) => randomBytes(bytes).toString("hex"),
      traced: () => parts.target() !== undefined,
      reached: parts.reached,
      ended: (spans) => this.#sender.add(spans),
    });
  }

  /** The same renderers; how long each render took is part of the ways. */
  around(renderers: Renderers): Renderers {
    return {
      values: (ask, signal) => renderers.values(ask, signal),
      render: async (ask, signal) => {
        const fromMs = this.#clock.now();
        const rendered = await renderers.render(ask, signal);
        this.journeys.rendered(ask.app, rendered, { fromMs, toMs: this.#clock.now() });
        return rendered;
      },
    };
  }

  /** The same log; a line that is about an application on its way has the trace's id. */
  inLog(log: Log): Log {
    const more = (fields: Record<string, unknown> | undefined): Record<string, unknown> | undefined => {
      const app = fields?.["app"];
      const trace = typeof app === "string" ? this.journeys.traceOf(app as AppKey) : undefined;
      return trace === undefined ? fields : { ...fields, trace };
    };
    return {
      debug: (message, fields) => log.debug(message, more(fields)),
      info: (message, fields) => log.info(message, more(fields)),
      warn: (message, fields) => log.warn(message, more(fields)),
      error: (message, fields) => log.error(message, more(fields)),
      with: (fields) => this.inLog(log.with(fields)),
    };
  }

  stop(): Promise<void> {
    return this.#sender.stop();
  }
}
