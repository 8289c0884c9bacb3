/** Expressions evaluated as tests read them, at one moment and over one environment. */
import { compile, Environment, type Evaluated, sayMistake } from "../../src/core/expr/expression.ts";
import { show } from "../../src/core/expr/values.ts";

/** Monday, 30 November 2026. */
export const NOW_MS = Date.UTC(2026, 10, 30, 12);
const ENVIRONMENT = {
  app: {
    metadata: { name: "guestbook", labels: { env: "prod" } },
    status: {
      sync: { status: "Synced" },
      health: { status: "Healthy" },
      operationState: { phase: "Succeeded", startedAt: "2026-01-31T10:00:00Z" },
    },
  },
  list: [1, 2, 3],
  resources: [
    { kind: "Pod", name: "a" },
    { kind: "Service", name: "b", health: { status: "Degraded" } },
    { kind: "Pod", name: "c" },
  ],
};
const FREE = { spend: () => undefined, now: () => 0n };

function evaluated(
  text: string,
  given: Record<string, unknown> = ENVIRONMENT,
  mostSteps?: number,
): Evaluated {
  const compiled = compile(text);
  if (!compiled.ok) return { is: "wrong", mistake: compiled.mistake };
  return compiled.expression.evaluate(new Environment(given, NOW_MS), mostSteps);
}

/** As Go would print it; "!" is a mistake. */
export function shown(text: string, given?: Record<string, unknown>): string {
  const done = evaluated(text, given);
  return done.is === "wrong" ? "!" : show(done.value, FREE);
}

/** What it is, or what is wrong with it. */
export const said = (text: string, given?: Record<string, unknown>, mostSteps?: number): string => {
  const done = evaluated(text, given, mostSteps);
  return done.is === "wrong" ? sayMistake(done.mistake) : show(done.value, FREE);
};
