/** A plan that cannot be made is an answer to whoever looks ahead: a page that asks before it offers has no error of it. */
import { fromThrown } from "./api-error.ts";
import { choice, optional, text, told } from "./terms/wire.ts";

export const HOW_REFUSED = {
  refusal: optional(choice(["told"], "Answers with 200 and `refused` where no plan can be made of it.")),
};

export const TOLD_REFUSAL = told({ refused: text({ says: "Why none can be made." }) });

/** What is no state of the thing asked for (rights, a name that is not there, who does not answer) stays an error. */
const OF_IT: ReadonlySet<number> = new Set([400, 409, 412, 422]);

/** @throws what `make` throws, where that is not told */
export async function orTold<T>(
  how: "told" | undefined,
  make: () => Promise<T>,
): Promise<T | { refused: string }> {
  try {
    return await make();
  } catch (cause) {
    const { http, body } = fromThrown(cause);
    if (how === undefined || !OF_IT.has(http)) throw cause;
    return { refused: body.message };
  }
}
