import type { Asker } from "../../core/access/asker.ts";
import type { AppKey, Application } from "../../core/model/application.ts";
import { Failure } from "../../core/model/failure.ts";
import { defined } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { type MustHide, type NamedAs, textInSight, trackingIdInSight } from "./names-in-text.ts";

export interface Sight {
  homeNamespace: string;
  /** Whether an application is there, and not for this person. */
  isHidden(who: Asker, key: AppKey): boolean;
  isThere(key: AppKey): boolean;
  seesAll(who: Asker): boolean;
}

/** Fields that hold sentences. What stands elsewhere is data: manifests, plans. */
const SENTENCES = new Set(["why", "fix", "cannot", "object", "text", "message", "trouble", "clash"]);
/** Lists of such. */
const SENTENCE_LISTS = new Set(["warnings", "problems"]);
const TRACKING = "argocd.argoproj.io/tracking-id";

/**
 * The same questions, whose answers name nobody that the one who asks may not see: a sentence that says who stands in the way,
 * or whose an object is, would tell names that no list tells.
 * @param names of those whose answers hold sentences, at once or later
 */
export function veiled<T extends object>(asked: T, names: readonly (keyof T & string)[], sight: Sight): T {
  const wrapped = names.map((name) => {
    const ask = asked[name] as (who: Asker, ...rest: unknown[]) => unknown;
    const veiledAsk = (who: Asker, ...rest: unknown[]): unknown => {
      if (who.isAlmighty) return ask(who, ...rest);
      const fail = (cause: unknown): never => {
        throw cause instanceof Failure ? failureInSight(cause, who, sight) : cause;
      };
      let answer: unknown;
      try {
        answer = ask(who, ...rest);
      } catch (cause) {
        return fail(cause);
      }
      return answer instanceof Promise
        ? answer.then((value) => inSight(value, who, sight), fail)
        : inSight(answer, who, sight);
    };
    return [name, veiledAsk];
  });
  return { ...asked, ...Object.fromEntries(wrapped) };
}

/** What is told of something, for this person; the very same value where no sentence of it changes. */
export function inSight<T>(value: T, who: Asker, sight: Sight): T {
  return who.isAlmighty ? value : (withSentences(value, wordsFor(who, sight)) as T);
}

/** Applications that are told otherwise than they are. */
const otherwise = new WeakSet<Application>();

/** Whether an application is as somebody sees it who may not see all that it names. */
export function isToldOtherwise(app: Application): boolean {
  return otherwise.has(app);
}

interface Words {
  homeNamespace: string;
  mustHide: MustHide;
}

function wordsFor(who: Asker, { homeNamespace, isHidden, isThere, seesAll }: Sight): Words {
  return {
    homeNamespace,
    mustHide: (key, as) => (as === "owner" && !isThere(key) ? !seesAll(who) : isHidden(who, key)),
  };
}

function withSentences(value: unknown, words: Words): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => withSentences(item, words));
    return items.every((item, at) => item === value[at]) ? value : items;
  }
  if (!isMapping(value) || value instanceof Date) return value;
  if (isApplication(value)) return applicationInSight(value, words);
  if (isObject(value)) return objectInSight(value, words);
  const isOfTracking = typeof value["path"] === "string" && value["path"].includes(TRACKING);
  const entries = Object.entries(value).map(([key, held]) => {
    if (Array.isArray(held) && SENTENCE_LISTS.has(key)) return [key, listInSight(held, words)];
    if (typeof held !== "string") return [key, withSentences(held, words)];
    if (key === "parent") return [key, words.mustHide(held as AppKey, "said") ? undefined : held];
    if (isOfTracking && key !== "path")
      return [key, trackingIdInSight(held, words.homeNamespace, words.mustHide)];
    return [key, SENTENCES.has(key) ? textInSight(held, words.homeNamespace, words.mustHide) : held];
  });
  return entries.every(([key, held]) => held === value[key as string]) ? value : Object.fromEntries(entries);
}

function listInSight(held: readonly unknown[], words: Words): readonly unknown[] {
  const said = held.map((one) =>
    typeof one === "string"
      ? textInSight(one, words.homeNamespace, words.mustHide)
      : withSentences(one, words),
  );
  return said.every((one, at) => one === held[at]) ? held : said;
}

/** An object of Kubernetes: what its fields and annotations are called makes no sentences of them. Events are made of those. */
function isObject(value: Record<string, unknown>): boolean {
  const isNamed = typeof value["apiVersion"] === "string" && typeof value["kind"] === "string";
  return isMapping(value["metadata"]) && (isMapping(value["spec"]) || (isNamed && value["kind"] !== "Event"));
}

function isApplication(value: Record<string, unknown>): value is Record<string, unknown> & Application {
  return value["kind"] === "Application" && isMapping(value["metadata"]) && isMapping(value["spec"]);
}

/** Whose it is stands in it too. */
function objectInSight(object: Record<string, unknown>, { homeNamespace, mustHide }: Words): unknown {
  const metadata = object["metadata"];
  const annotations = isMapping(metadata) ? metadata["annotations"] : undefined;
  const id = isMapping(annotations) ? annotations[TRACKING] : undefined;
  if (!isMapping(metadata) || !isMapping(annotations) || typeof id !== "string") return object;
  const said = trackingIdInSight(id, homeNamespace, mustHide);
  if (said === id) return object;
  return { ...object, metadata: { ...metadata, annotations: { ...annotations, [TRACKING]: said } } };
}

/** Whom the status of an application names. One is looked at once, and is another one when anything of it changes. */
const named = new WeakMap<Application, readonly { key: AppKey; as: NamedAs }[]>();
/** Its other tellings, by what each hides: the same for everybody from whom the same is hidden. */
const tellings = new WeakMap<Application, Map<string, Application>>();

function applicationInSight(app: Application, { homeNamespace, mustHide }: Words): Application {
  const hidden = namedIn(app, homeNamespace).filter(({ key, as }) => mustHide(key, as));
  if (hidden.length === 0) return app;
  const hides = new Set(hidden.map(({ key, as }) => `${as} ${key}`));
  const known = tellings.get(app) ?? new Map<string, Application>();
  tellings.set(app, known);
  const mark = [...hides].join("\n");
  const before = known.get(mark);
  if (before !== undefined) return before;
  const words: Words = { homeNamespace, mustHide: (key, as) => hides.has(`${as} ${key}`) };
  const told = { ...app, status: withSentences(app.status, words) } as Application;
  known.set(mark, told);
  otherwise.add(told);
  return told;
}

function namedIn(app: Application, homeNamespace: string): readonly { key: AppKey; as: NamedAs }[] {
  const before = named.get(app);
  if (before !== undefined) return before;
  const found: { key: AppKey; as: NamedAs }[] = [];
  const mustHide: MustHide = (key, as) => {
    found.push({ key, as });
    return false;
  };
  withSentences(app.status, { homeNamespace, mustHide });
  named.set(app, found);
  return found;
}

function failureInSight(failure: Failure, who: Asker, sight: Sight): Failure {
  const { homeNamespace, mustHide } = wordsFor(who, sight);
  const say = (text: string): string => textInSight(text, homeNamespace, mustHide);
  const { code, object, retry, cannot, why, fix, retryAfterMs } = failure;
  const [said, about] = [say(why), say(object)];
  if (said === why && about === object && (fix === undefined || say(fix) === fix)) return failure;
  return new Failure(code, about, retry, {
    ...{ cannot, why: said },
    ...defined({ fix: fix === undefined ? undefined : say(fix), retryAfterMs }),
  });
}
