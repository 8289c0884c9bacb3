import { isHealthStatus } from "../core/health/order.ts";
import type { Health } from "../core/model/health.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import { groupKind, refKey, refOf, type RefKey } from "../core/model/object-ref.ts";
import type { CheckVerdict, HealthChecks } from "../core/ports.ts";
import type { HealthCheck } from "../plugin/contract.ts";
import { CheckProcess, checkProcessDefaults, type CheckProcessOptions } from "./check-process.ts";
import { forKind, type Script } from "./customizations.ts";
import { isPlainObject } from "./plain-object.ts";
import type { Answer, Job } from "./job.ts";

/**
 * A check in CEL: the first of these that is true decides, in this order; none is Progressing. `message` gives the
 * sentence. Each sees the object as `object` and `self`.
 */
export interface CelCheck {
  kinds: string;
  degraded?: string;
  suspended?: string;
  progressing?: string;
  healthy?: string;
  message?: string;
}

export interface HealthChecksOptions {
  /** Argo CD's scripts, as `parseCustomizations` reads them. */
  lua?: readonly Script[];
  cel?: readonly CelCheck[];
  /** Operators' `.ts` checks: they run in the daemon itself, like every plugin. */
  plugins?: readonly HealthCheck[];
  /** Starts the process for Lua and CEL, see check-host.ts. */
  command: readonly string[];
  limits?: Partial<Omit<CheckProcessOptions, "command">>;
}

type Check =
  | { kinds: string; name: string; is: "script"; job: (object: KubeObject) => Job; read: (value: unknown) => Health | undefined }
  | { kinds: string; name: string; is: "plugin"; judge: HealthCheck["judge"] };

interface Remembered {
  /** What identifies the state of the object that was judged. */
  state: string;
  verdict: CheckVerdict;
}

/** Objects whose verdicts are kept. The one looked at longest ago goes first. */
const mostRemembered = 50_000;

export function createHealthChecks(options: HealthChecksOptions): HealthChecks {
  const plugins = (options.plugins ?? []).flatMap((plugin) => plugin.kinds.map((kinds): Check => ({ kinds, name: `plugin ${plugin.name}`, is: "plugin", judge: plugin.judge })));
  const cel = (options.cel ?? []).map((check): Check => ({ kinds: check.kinds, name: `cel ${check.kinds}`, is: "script", job: (object) => ({ language: "cel", expressions: expressionsOf(check), object }), read: readCel }));
  const lua = (options.lua ?? []).map((check): Check => ({ kinds: check.kinds, name: `lua ${check.kinds}`, is: "script", job: (object) => ({ language: "lua", script: check.script, object }), read: readLua }));
  const find = forKind([...plugins, ...cel, ...lua]);
  const runner = new CheckProcess({ ...checkProcessDefaults, ...options.limits, command: options.command });
  const remembered = new Map<RefKey, Remembered>();
  const underWay = new Map<RefKey, string>();
  const listeners = new Set<(keys: readonly RefKey[]) => void>();

  const evaluate = async (check: Check, object: KubeObject, signal?: AbortSignal): Promise<CheckVerdict> => {
    if (check.is === "plugin") return { check: check.name, health: ask(check.name, () => check.judge(object)) };
    return { check: check.name, health: healthFrom(check.name, await runner.run(check.job(object), signal), check.read) };
  };

  const remember = (key: RefKey, state: string, verdict: CheckVerdict): void => {
    remembered.delete(key);
    remembered.set(key, { state, verdict });
    const [oldest] = remembered.keys();
    if (remembered.size > mostRemembered && oldest !== undefined) remembered.delete(oldest);
  };

  const judgeLater = (check: Check, object: KubeObject, key: RefKey, state: string): void => {
    if (underWay.get(key) === state) return;
    underWay.set(key, state);
    void evaluate(check, object).then((verdict) => {
      // A newer state of the object was asked about meanwhile: its own answer is on the way.
      if (underWay.get(key) !== state) return;
      underWay.delete(key);
      remember(key, state, verdict);
      for (const listener of listeners) listener([key]);
    });
  };

  return {
    said(object) {
      const check = find(groupKind(object));
      if (check === undefined) return undefined;
      if (check.is === "plugin") return { check: check.name, health: ask(check.name, () => check.judge(object)) };
      const key = refKey(refOf(object));
      const state = `${object.metadata.uid ?? ""} ${object.metadata.resourceVersion ?? ""}`;
      const known = remembered.get(key);
      if (known?.state === state && state.trim() !== "") return known.verdict;
      judgeLater(check, object, key, state);
      const before = known?.state.split(" ")[0] === object.metadata.uid ? known?.verdict : undefined;
      return before ?? { check: check.name, health: { status: "Progressing", message: `Waiting for ${check.name} to judge it` } };
    },
    async judge(object, signal) {
      const check = find(groupKind(object));
      return check === undefined ? undefined : await evaluate(check, object, signal);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stop: () => runner.stop(),
  };
}

const failed = (name: string, why: string): Health => ({ status: "Unknown", message: `${name}: ${why}` });

function ask(name: string, judge: () => Health | undefined): Health | undefined {
  try {
    return judge();
  } catch (cause) {
    return failed(name, cause instanceof Error ? cause.message : String(cause));
  }
}

function healthFrom(name: string, answer: Answer, read: (value: unknown) => Health | undefined): Health | undefined {
  return answer.is === "failed" ? failed(name, answer.why) : ask(name, () => read(answer.value));
}

/** `{status, message}`; nil or an empty table is no health; a status that is none of Argo CD's words is Unknown. */
function readLua(value: unknown): Health | undefined {
  if (!isPlainObject(value) || Object.keys(value).length === 0) {
    if (value === null || value === undefined || isEmpty(value)) return undefined;
    throw new Error("the script must return a table with status and message");
  }
  const { status, message } = value;
  if (status === undefined || status === "") return undefined;
  if (!isHealthStatus(status)) return { status: "Unknown", message: `The script returned an unknown status, ${JSON.stringify(status)}` };
  return { status, message: typeof message === "string" ? message : message === undefined ? "" : String(message) };
}

const isEmpty = (value: unknown): boolean => (Array.isArray(value) && value.length === 0) || (isPlainObject(value) && Object.keys(value).length === 0);

const celOrder = [["degraded", "Degraded"], ["suspended", "Suspended"], ["progressing", "Progressing"], ["healthy", "Healthy"]] as const;

function expressionsOf(check: CelCheck): Record<string, string> {
  return Object.fromEntries([...celOrder.map(([name]) => [name, check[name]] as const), ["message", check.message] as const].filter((pair): pair is [typeof pair[0], string] => pair[1] !== undefined));
}

function readCel(value: unknown): Health {
  const results = isPlainObject(value) ? value : {};
  const message = typeof results["message"] === "string" ? results["message"] : "";
  const found = celOrder.find(([name]) => results[name] === true);
  return { status: found?.[1] ?? "Progressing", message: found === undefined && message === "" ? "No expression of the check is true yet" : message };
}
