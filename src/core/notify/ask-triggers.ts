/** Triggers of Argo CD's settings, asked of one application: which condition holds, and whether that is news. Pure. */
import type { ArgoTrigger } from "../argocd/notifications.ts";
import { compile, Environment, type Evaluated, sayMistake } from "../expr/expression.ts";
import { Time } from "../expr/time.ts";
import { Func, type Value } from "../expr/values.ts";
import { Wrong } from "../expr/wrong.ts";
import type { DestinationName } from "../model/notification.ts";

/** Of one condition. */
const MOST_STEPS = 50_000;

export interface AskedCondition {
  /** As Argo CD writes it into the application: `[oncePer:]trigger:[index].hash`. */
  key: string;
  holds: "yes" | "no";
  /** Once for each value of it, whatever becomes of the condition. */
  oncePer: string;
  send: readonly string[];
}

export type AskedTrigger = { conditions: AskedCondition[]; wrong: string[] };

/**
 * @param hashOf of `when`, as Argo CD's state has it
 * @param nowMs since 1970
 */
export function askTrigger(
  { name, conditions }: ArgoTrigger,
  names: Readonly<Record<string, unknown>>,
  hashOf: (when: string) => string,
  nowMs: number,
): AskedTrigger {
  const environment = new Environment({ ...names, ...functionsFor(nowMs) }, nowMs);
  const asked: AskedTrigger = { conditions: [], wrong: [] };
  for (const [index, { when, oncePer, send }] of conditions.entries()) {
    const held = evaluated(when, environment);
    if (held.is === "wrong") {
      // What is not there yet is no mistake of the trigger. Nothing is concluded from it, as with Argo CD.
      if (held.cannot) asked.wrong.push(`trigger.${name}[${index}].when: ${held.why}`);
      continue;
    }
    const once = oncePer === "" ? undefined : evaluated(oncePer, environment);
    const per = once?.is === "value" && once.value !== null ? String(once.value) : "";
    asked.conditions.push({
      key: keyOf(name, index, when, per, hashOf),
      holds: held.value === true ? "yes" : "no",
      oncePer: per,
      send,
    });
  }
  return asked;
}

function keyOf(
  name: string,
  index: number,
  when: string,
  per: string,
  hashOf: (when: string) => string,
): string {
  return `${per === "" ? "" : `${per}:`}${name}:[${index}].${hashOf(when)}`;
}

export function stateKey(condition: string, { service, recipient }: DestinationName): string {
  return `${condition}:${service}:${recipient}`;
}

function evaluated(
  text: string,
  environment: Environment,
): { is: "value"; value: Value } | { is: "wrong"; why: string; cannot: boolean } {
  const compiled = compile(text);
  if (!compiled.ok) return { is: "wrong", why: sayMistake(compiled.mistake), cannot: true };
  const done: Evaluated = compiled.expression.evaluate(environment, MOST_STEPS);
  return done.is === "value"
    ? done
    : { is: "wrong", why: sayMistake(done.mistake), cannot: !/\bnil\b/.test(done.mistake.why) };
}

/** Functions that Argo CD lends to triggers beside the language's own. */
function functionsFor(nowMs: number): Record<string, unknown> {
  const texts = (args: readonly Value[], count: number, name: string): string[] => {
    if (args.length !== count || !args.every((one) => typeof one === "string"))
      throw new Wrong(`${name} takes ${count} texts`);
    return args as string[];
  };
  const func = (name: string, call: (args: readonly Value[]) => Value): Func => new Func(name, call);
  return {
    time: {
      Now: func("time.Now", () => new Time(BigInt(Math.trunc(nowMs)) * 1_000_000n)),
      Parse: func("time.Parse", (args) => {
        const [text = ""] = texts(args, 1, "time.Parse");
        const at = Date.parse(text);
        if (Number.isNaN(at)) throw new Wrong(`${JSON.stringify(text)} is no time`);
        return new Time(BigInt(at) * 1_000_000n);
      }),
    },
    strings: {
      ReplaceAll: func("strings.ReplaceAll", (args) => {
        const [text = "", from = "", to = ""] = texts(args, 3, "strings.ReplaceAll");
        return text.replaceAll(from, to);
      }),
      ToUpper: func("strings.ToUpper", (args) => (texts(args, 1, "strings.ToUpper")[0] ?? "").toUpperCase()),
      ToLower: func("strings.ToLower", (args) => (texts(args, 1, "strings.ToLower")[0] ?? "").toLowerCase()),
    },
    sync: {
      GetInfoItem: func("sync.GetInfoItem", ([app, name]) => infoItem(app, name)),
    },
    repo: {
      RepoURLToHTTPS: func("repo.RepoURLToHTTPS", (args) =>
        httpsOf(texts(args, 1, "repo.RepoURLToHTTPS")[0] ?? ""),
      ),
      FullNameByRepoURL: func("repo.FullNameByRepoURL", (args) =>
        fullNameOf(texts(args, 1, "repo.FullNameByRepoURL")[0] ?? ""),
      ),
      QueryEscape: func("repo.QueryEscape", (args) =>
        encodeURIComponent(texts(args, 1, "repo.QueryEscape")[0] ?? "").replaceAll("%20", "+"),
      ),
    },
  };
}

function infoItem(app: Value | undefined, name: Value | undefined): Value {
  const at = (value: Value | undefined, key: string): Value | undefined =>
    value instanceof Map ? value.get(key) : undefined;
  const infos = at(at(at(at(app, "status"), "operationState"), "operation"), "info");
  const found = Array.isArray(infos) ? infos.find((one: Value) => at(one, "name") === name) : undefined;
  return at(found, "value") ?? "";
}

/** An address of ssh as one that a browser knows. */
export function httpsOf(url: string): string {
  const plain = url.trim().replace(/\.git\/?$/, "");
  const [, host, path] =
    /^(?:ssh:\/\/)?(?:[^@/]*@)?([^/:]+)(?::\d+)?[/:](.+)$/.exec(plain.replace(/^https?:\/\//, "")) ?? [];
  return host === undefined ? plain : `https://${host}/${path}`;
}

export function fullNameOf(url: string): string {
  return URL.parse(httpsOf(url))?.pathname.replace(/^\//, "") ?? "";
}
