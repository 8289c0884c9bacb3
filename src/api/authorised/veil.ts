import type { Asker } from "../../core/access/asker.ts";
import type { AppKey } from "../../core/model/application.ts";
import { Failure } from "../../core/model/failure.ts";
import { defined } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";

/** What is said of one that somebody may not see. */
export const UNSEEN = "an application that you may not see";

/**
 * `namespace/name`, as sentences write an application, with the marks around it. It begins where a run of such signs begins
 * and nowhere within one, and neither part is longer than a name may be: a text takes as long as it is long.
 */
const KEY = /(?<![-a-z0-9.])([-.]*)([a-z0-9][-a-z0-9.]{0,252}\/[a-z0-9][-a-z0-9.]{0,252})/g;
/** Fields that hold sentences, or a name that becomes part of one. What stands elsewhere is data: manifests, plans. */
const SENTENCES = new Set(["why", "fix", "cannot", "object", "parent", "text", "message"]);

/** Whether there is such an application, and it is not for this person. */
export type IsHidden = (who: Asker, key: AppKey) => boolean;

/**
 * The same questions, whose answers name nobody that the one who asks may not see: a refusal that says who stands in the way
 * would tell names that no list tells.
 * @param names of those that may refuse, or tell beforehand why something would be refused
 */
export function veiled<T extends object>(
  asked: T,
  names: readonly (keyof T & string)[],
  isHidden: IsHidden,
): T {
  const wrapped = names.map((name) => {
    const ask = asked[name] as (who: Asker, ...rest: unknown[]) => Promise<unknown>;
    const veiledAsk = async (who: Asker, ...rest: unknown[]): Promise<unknown> => {
      const inSight = (text: string): string =>
        text.replace(KEY, (said, before: string, named: string) => {
          const key = withoutLastMarks(named);
          return isHidden(who, key as AppKey) ? `${before}${UNSEEN}${named.slice(key.length)}` : said;
        });
      try {
        return withSentences(await ask(who, ...rest), inSight);
      } catch (cause) {
        throw cause instanceof Failure ? failureInSight(cause, inSight) : cause;
      }
    };
    return [name, veiledAsk];
  });
  return { ...asked, ...Object.fromEntries(wrapped) };
}

/** What ends a sentence is no part of the name before it. */
function withoutLastMarks(named: string): string {
  let end = named.length;
  while ("-.".includes(named.charAt(end - 1))) end--;
  return named.slice(0, end);
}

/** An object of Kubernetes, an application foremost: what its annotations are called makes no sentence of them. */
function isObject(value: Record<string, unknown>): boolean {
  return isMapping(value["metadata"]) && isMapping(value["spec"]);
}

/** The very same value where no sentence of it changes. */
function withSentences(value: unknown, inSight: (text: string) => string): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => withSentences(item, inSight));
    return items.every((item, at) => item === value[at]) ? value : items;
  }
  if (!isMapping(value) || isObject(value)) return value;
  const entries = Object.entries(value).map(([key, held]) => [
    key,
    typeof held === "string" && SENTENCES.has(key) ? inSight(held) : withSentences(held, inSight),
  ]);
  return entries.every(([key, held]) => held === value[key as string]) ? value : Object.fromEntries(entries);
}

function failureInSight(failure: Failure, inSight: (text: string) => string): Failure {
  const { code, object, retry, cannot, why, fix, retryAfterMs } = failure;
  const [said, about] = [inSight(why), inSight(object)];
  if (said === why && about === object && (fix === undefined || inSight(fix) === fix)) return failure;
  return new Failure(code, about, retry, {
    ...{ cannot, why: said },
    ...defined({ fix: fix === undefined ? undefined : inSight(fix), retryAfterMs }),
  });
}
