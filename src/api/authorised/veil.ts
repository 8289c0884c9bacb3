import type { Asker } from "../../core/access/asker.ts";
import type { AppKey } from "../../core/model/application.ts";
import { Failure } from "../../core/model/failure.ts";
import { defined } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";

/** What is said of one that somebody may not see. */
export const UNSEEN = "an application that you may not see";

/** `namespace/name`, as sentences write an application. */
const KEY = /[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?/g;
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
        text.replace(KEY, (key) => (isHidden(who, key as AppKey) ? UNSEEN : key));
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

/** The very same value where no sentence of it changes. */
function withSentences(value: unknown, inSight: (text: string) => string): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => withSentences(item, inSight));
    return items.every((item, at) => item === value[at]) ? value : items;
  }
  if (!isMapping(value)) return value;
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
