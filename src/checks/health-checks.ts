import { isHealthStatus } from "../core/health/order.ts";
import type { Health } from "../core/model/health.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import { groupKind, type RefKey, refKey, refOf } from "../core/model/object-ref.ts";
import type { CelCheck, HealthScript } from "../core/model/user-checks.ts";
import type { CheckVerdict, HealthChecks } from "../core/ports/health-checks.ts";
import { messageOf } from "../lib/caught.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { Lru } from "../lib/lru.ts";
import type { HealthCheck } from "../plugin/contract.ts";
import { CheckProcess, type CheckProcessOptions, checkProcessDefaults } from "./check-process.ts";
import { forKind } from "./for-kind.ts";
import type { Answer, Job } from "./job.ts";

/** Which checks there are. Of two for one kind the first counts: plugins, then CEL, then Lua. */
export interface UserChecks {
  /** Argo CD's scripts. */
  lua?: readonly HealthScript[];
  cel?: readonly CelCheck[];
  /** Operators' `.ts` checks: they run in the daemon itself, like every plugin. */
  plugins?: readonly HealthCheck[];
}

export interface HealthChecksOptions extends UserChecks {
  /** Starts the process for Lua and CEL, see run-check-host.ts. */
  command: readonly string[];
  limits?: Partial<Omit<CheckProcessOptions, "command">>;
  /** A check that had to be ended is left alone for so long: other checks wait behind it. */
  restMs?: number;
}

type Check =
  | {
      kinds: string;
      name: string;
      is: "script";
      job: (object: KubeObject) => Job;
      read: (value: unknown) => Health | undefined;
      rest: Rest;
    }
  | { kinds: string; name: string; is: "plugin"; judge: HealthCheck["judge"] };

/** After a script was ended: what its process said, and until when it is not asked again. */
interface Rest {
  until: number;
  why: string;
}

interface Ask {
  id: string;
  check: Check;
  object: KubeObject;
  subject: string;
  state: string;
}

interface Remembered {
  /** Whose verdict it is: uid and generation of the object. */
  subject: string;
  /** And which state of it was judged, by which version of the checks. */
  state: string;
  verdict: CheckVerdict;
}

/** Objects whose verdicts are kept. The one looked at longest ago goes first. */
const mostRemembered = 50_000;

export function createHealthChecks(options: HealthChecksOptions): HealthChecks & {
  /** Other checks from now on. Last verdicts stand until the new ones are there. */
  configure(checks: UserChecks): void;
} {
  const runner = new CheckProcess({ ...checkProcessDefaults, ...options.limits, command: options.command });
  const restMs = options.restMs ?? 30_000;
  const remembered = new Lru<string, Remembered>(mostRemembered);
  const listeners = new Set<(keys: readonly RefKey[]) => void>();
  let find = forKind(checksOf(options));
  let version = 0;

  const run = async (
    check: Check & { is: "script" },
    object: KubeObject,
    signal?: AbortSignal,
  ): Promise<Answer> => {
    if (check.rest.until > performance.now()) return { is: "failed", why: check.rest.why };
    const answer = await runner.run(check.job(object), signal);
    if (answer.is === "ended")
      Object.assign(check.rest, { until: performance.now() + restMs, why: answer.why });
    return answer.is === "ended" ? { is: "failed", why: answer.why } : answer;
  };

  const evaluate = async (check: Check, object: KubeObject, signal?: AbortSignal): Promise<CheckVerdict> => {
    if (check.is === "plugin")
      return { check: check.name, health: ask(check.name, () => check.judge(object)) };
    return {
      check: check.name,
      health: healthFrom(check.name, await run(check, object, signal), check.read),
    };
  };

  /** Objects that wait for their turn, each in its newest state only. */
  const waiting = new Map<string, Ask>();
  let current: Ask | undefined;

  const judgeLater = (id: string, asked: Ask): void => {
    if (waiting.get(id)?.state === asked.state || (current?.id === id && current.state === asked.state))
      return;
    waiting.set(id, asked);
    if (current === undefined) void judgeWaiting();
  };

  const judgeWaiting = async (): Promise<void> => {
    for (const [id, asked] of waiting) {
      waiting.delete(id);
      current = asked;
      const { check, object, subject, state } = asked;
      const verdict = await evaluate(check, object);
      const before = remembered.get(id);
      // A check at rest was not asked: whoever looks next asks again.
      const resting = check.is === "script" && check.rest.until > performance.now();
      remembered.set(id, { subject, state: resting ? "" : state, verdict });
      if (
        resting &&
        before?.subject === subject &&
        before.verdict.health?.message === verdict.health?.message
      )
        continue;
      for (const listener of listeners) listener([refKey(refOf(object))]);
    }
    current = undefined;
  };

  return {
    said(object) {
      const check = find(groupKind(object));
      if (check === undefined) return undefined;
      if (check.is === "plugin")
        return { check: check.name, health: ask(check.name, () => check.judge(object)) };
      const { uid = "", generation = "", resourceVersion = "" } = object.metadata;
      // Clusters may hold objects of one name: the uid tells them apart.
      const id = `${uid} ${refKey(refOf(object))}`;
      const subject = `${uid} ${generation}`;
      const state = `${version} ${subject} ${resourceVersion}`;
      const known = remembered.get(id);
      if (known?.state === state && resourceVersion !== "") return known.verdict;
      judgeLater(id, { id, check, object, subject, state });
      // A verdict on an older generation is about something else: a wave must not take it for this one's.
      if (known?.subject === subject) return known.verdict;
      return {
        check: check.name,
        health: { status: "Progressing", message: `Waiting for ${check.name} to judge it` },
      };
    },
    async judge(object, signal) {
      const check = find(groupKind(object));
      return check === undefined ? undefined : await evaluate(check, object, signal);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    configure(checks) {
      find = forKind(checksOf(checks));
      version++;
    },
    async stop() {
      waiting.clear();
      listeners.clear();
      await runner.stop();
    },
  };
}

function checksOf({ lua = [], cel = [], plugins = [] }: UserChecks): Check[] {
  const rest = (): Rest => ({ until: 0, why: "" });
  return [
    ...plugins.flatMap((plugin) =>
      plugin.kinds.map(
        (kinds): Check => ({
          kinds,
          name: `plugin ${plugin.name}`,
          is: "plugin",
          judge: (object) => plugin.judge(object),
        }),
      ),
    ),
    ...cel.map(
      (check): Check => ({
        kinds: check.kinds,
        name: `cel ${check.kinds}`,
        is: "script",
        job: (object) => ({ language: "cel", expressions: expressionsOf(check), object }),
        read: readCel,
        rest: rest(),
      }),
    ),
    ...lua.map(
      (check): Check => ({
        kinds: check.kinds,
        name: `lua ${check.kinds}`,
        is: "script",
        job: (object) => ({ language: "lua", script: check.script, object }),
        read: readLua,
        rest: rest(),
      }),
    ),
  ];
}

const failed = (name: string, why: string): Health => ({ status: "Unknown", message: `${name}: ${why}` });

function ask(name: string, judge: () => Health | undefined): Health | undefined {
  try {
    return judge();
  } catch (cause) {
    return failed(name, messageOf(cause));
  }
}

function healthFrom(
  name: string,
  answer: Answer,
  read: (value: unknown) => Health | undefined,
): Health | undefined {
  return answer.is === "failed" ? failed(name, answer.why) : ask(name, () => read(answer.value));
}

/** `{status, message}`; nil or an empty table is no health; a status that is none of Argo CD's words is Unknown. */
function readLua(value: unknown): Health | undefined {
  if (!isMapping(value) || Object.keys(value).length === 0) {
    if (value === null || value === undefined || isEmpty(value)) return undefined;
    throw new Error("the script must return a table with status and message");
  }
  const { status, message } = value;
  if (status === undefined || status === "") return undefined;
  if (!isHealthStatus(status))
    return { status: "Unknown", message: `The script returned an unknown status, ${JSON.stringify(status)}` };
  return {
    status,
    message: typeof message === "string" ? message : message === undefined ? "" : String(message),
  };
}

const isEmpty = (value: unknown): boolean =>
  (Array.isArray(value) && value.length === 0) || (isMapping(value) && Object.keys(value).length === 0);

const celOrder = [
  ["degraded", "Degraded"],
  ["suspended", "Suspended"],
  ["progressing", "Progressing"],
  ["healthy", "Healthy"],
] as const;

function expressionsOf(check: CelCheck): Record<string, string> {
  return Object.fromEntries(
    [...celOrder.map(([name]) => [name, check[name]] as const), ["message", check.message] as const].filter(
      (pair): pair is [(typeof pair)[0], string] => pair[1] !== undefined,
    ),
  );
}

function readCel(value: unknown): Health {
  const results = isMapping(value) ? value : {};
  const message = typeof results["message"] === "string" ? results["message"] : "";
  const found = celOrder.find(([name]) => results[name] === true);
  return {
    status: found?.[1] ?? "Progressing",
    message: found === undefined && message === "" ? "No expression of the check is true yet" : message,
  };
}
