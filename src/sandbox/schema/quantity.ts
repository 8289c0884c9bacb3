const decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const pattern = /^([+-]?)(\d+)?(?:\.(\d*))?(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?\d+))?$/;

/**
 * A quantity in the API server's own form: the largest suffix of its family that leaves a whole number, `1000m` as
 * `1`, `1024Mi` as `1Gi`, `0.5` as `500m`. Finer than a nano is rounded up, away from zero.
 *
 * @returns undefined where the text is no quantity
 */
export function canonicalQuantity(text: string): string | undefined {
  const match = pattern.exec(text);
  if (match === null || (match[2] === undefined && (match[3] === undefined || match[3] === "")))
    return undefined;
  const [, sign = "", whole = "", fraction = "", binarySuffix, decimalSuffix, exponent] = match;
  const negative = sign === "-";
  // Counted in nanos: the finest step that the server keeps.
  const digits = BigInt(whole + fraction);
  const power =
    exponent !== undefined
      ? Number(exponent)
      : decimalSuffix !== undefined
        ? (decimal.indexOf(decimalSuffix) - 3) * 3
        : 0;
  const multiplier = binarySuffix === undefined ? 1n : 1024n ** BigInt(binary.indexOf(binarySuffix));
  const shift = 9 + power - fraction.length;
  const nanos =
    shift >= 0
      ? digits * multiplier * 10n ** BigInt(shift)
      : roundUp(digits * multiplier, 10n ** BigInt(-shift));
  if (nanos === 0n) return "0";
  const shown =
    binarySuffix !== undefined && nanos % 1_000_000_000n === 0n
      ? inFamily(nanos / 1_000_000_000n, 1024n, binary, 0)
      : exponent !== undefined
        ? inExponents(nanos)
        : inFamily(nanos, 1000n, decimal, 0);
  return negative ? `-${shown}` : shown;
}

function roundUp(value: bigint, by: bigint): bigint {
  return value % by === 0n ? value / by : value / by + 1n;
}

function inFamily(value: bigint, step: bigint, suffixes: readonly string[], start: number): string {
  let rest = value;
  let index = start;
  while (index < suffixes.length - 1 && rest % step === 0n) {
    rest /= step;
    index += 1;
  }
  return `${rest}${suffixes[index]}`;
}

function inExponents(nanos: bigint): string {
  let rest = nanos;
  let power = -9;
  while (rest % 1000n === 0n) {
    rest /= 1000n;
    power += 3;
  }
  return power === 0 ? `${rest}` : `${rest}e${power}`;
}
