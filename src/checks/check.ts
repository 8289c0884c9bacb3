/** Users' checks by language: what is asked of each, and how its answer is read. */
import { isHealthStatus } from "../core/health/order.ts";
import type { Health } from "../core/model/health.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import type { CelCheck, HealthScript } from "../core/model/user-checks.ts";
import type { CheckVerdict } from "../core/ports/health-checks.ts";
import { messageOf } from "../lib/caught.ts";
import { isMapping } from "../lib/is-mapping.ts";
import type { HealthCheck } from "../plugin/contract.ts";
import type { Answer, Job } from "./job.ts";

/** Which checks there are. Of two for one kind the first counts: plugins, then CEL, then Lua. */
export interface UserChecks {
  /** Argo CD's scripts. */
  lua?: readonly HealthScript[];
  cel?: readonly CelCheck[];
  /** Operators' `.ts` checks: they run in the daemon itself, like every plugin. */
  plugins?: readonly HealthCheck[];
}

export type Check =
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
export interface Rest {
  until: number;
  why: string;
}

export function checksOf({ lua = [], cel = [], plugins = [] }: UserChecks): Check[] {
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

/** What a check in our own process says; one that throws is Unknown. */
export function judgeBy({ name, judge }: Extract<Check, { is: "plugin" }>, object: KubeObject): CheckVerdict {
  return { check: name, health: orFailed(name, () => judge(object)) };
}

function orFailed(name: string, judge: () => Health | undefined): Health | undefined {
  try {
    return judge();
  } catch (cause) {
    return failed(name, messageOf(cause));
  }
}

export function healthFrom(
  name: string,
  answer: Answer,
  read: (value: unknown) => Health | undefined,
): Health | undefined {
  return answer.is === "failed" ? failed(name, answer.why) : orFailed(name, () => read(answer.value));
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
