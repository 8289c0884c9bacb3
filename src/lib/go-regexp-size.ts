/** Of a repetition's braces: `{2}`, `{2,}`, `{2,5}`. */
const TIMES = /\{(\d+)(?:,(\d*))?\}/y;
const NAMED = /[pPx]\{[^}]*\}/y;

/**
 * How large the program of a regular expression of Go's becomes, before it is made: about one for each character, and each
 * repetition as often as it may be. What is no regular expression has a size too.
 */
export function goRegexpSize(expression: string): number {
  /** Of each group that is open: what stands in it, and the last of that, which a repetition is of. */
  const open: { all: number; last: number }[] = [];
  let [all, last] = [0, 0];
  const atom = (size: number): void => {
    all += size;
    last = size;
  };
  for (let at = 0; at < expression.length; at += 1) {
    switch (expression[at]) {
      case "\\":
        if (expression.startsWith("\\Q", at)) {
          const end = expression.indexOf("\\E", at);
          const letters = (end < 0 ? expression.length : end) - at - 2;
          all += Math.max(0, letters);
          last = 1;
          at = end < 0 ? expression.length : end + 1;
          break;
        }
        NAMED.lastIndex = at + 1;
        at += NAMED.exec(expression)?.[0].length ?? 1;
        atom(1);
        break;
      case "[":
        at = endOfClass(expression, at);
        atom(1);
        break;
      case "(":
        open.push({ all, last });
        [all, last] = [0, 0];
        break;
      case ")": {
        const within = all + 2;
        const outer = open.pop();
        all = outer?.all ?? 0;
        atom(within);
        break;
      }
      case "*":
      case "+":
      case "?":
        all += 1;
        last += 1;
        break;
      case "{": {
        TIMES.lastIndex = at;
        const [whole, least = "", most] = TIMES.exec(expression) ?? [];
        if (whole === undefined) {
          atom(1);
          break;
        }
        const times = Math.max(Number(least) + (most === "" ? 1 : 0), Number(most ?? 0), 1);
        all += last * (times - 1);
        last *= times;
        at += whole.length - 1;
        break;
      }
      default:
        atom(1);
    }
  }
  return all + open.reduce((sum, outer) => sum + outer.all, 0);
}

/** A `]` that stands first is a sign of the class; so is what `[:alpha:]` has. */
function endOfClass(expression: string, from: number): number {
  let at = from + (expression[from + 1] === "^" ? 2 : 1);
  if (expression[at] === "]") at += 1;
  for (; at < expression.length; at += 1) {
    if (expression[at] === "\\") at += 1;
    else if (expression.startsWith("[:", at)) {
      const end = expression.indexOf(":]", at + 2);
      if (end >= 0) at = end + 1;
    } else if (expression[at] === "]") return at;
  }
  return at;
}
