import { Environment } from "@marcbachmann/cel-js";

/** Structural limits of one expression; time is limited by ending the process. */
const limits = {
  maxAstNodes: 2_000,
  maxDepth: 64,
  maxListElements: 1_000,
  maxMapEntries: 1_000,
  maxCallArguments: 32,
};

/**
 * Evaluates expressions with `object` and `self` as the object. One that asks for a field that is not there is false,
 * so that `object.status.phase == "Failed"` may be written for objects without a status.
 *
 * @throws {Error} naming the expression, for anything else that goes wrong
 */
export function runCel(
  expressions: Readonly<Record<string, string>>,
  object: unknown,
): Record<string, unknown> {
  const environment = new Environment({ limits, unlistedVariablesAreDyn: true });
  const plain = JSON.parse(JSON.stringify(object), wholeNumbers) as unknown;
  return Object.fromEntries(
    Object.entries(expressions).map(([name, text]) => {
      try {
        return [name, portable(environment.parse(text)({ object: plain, self: plain }) as unknown)];
      } catch (cause) {
        const why = firstLine(cause);
        if (/no such key|No such key|index out of bounds/i.test(why)) return [name, false];
        throw new Error(`${name}: ${why}`, { cause });
      }
    }),
  );
}

/** Why an expression is wrong, undefined where it can be evaluated. */
export function celProblem(expression: string): string | undefined {
  try {
    const { valid, error } = new Environment({ limits, unlistedVariablesAreDyn: true })
      .parse(expression)
      .check();
    return valid ? undefined : firstLine(error);
  } catch (cause) {
    return firstLine(cause);
  }
}

const firstLine = (cause: unknown): string =>
  cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);

/** Whole numbers are CEL ints, so that `spec.replicas == 3` compares as it reads. */
function wholeNumbers(_key: string, value: unknown): unknown {
  return typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
}

function portable(value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}
