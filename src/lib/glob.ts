/**
 * Glob patterns with the meanings that Argo CD's users know. Matching takes time in proportion to
 * pattern × text, whatever the pattern: it walks a set of states and never tries again from the start.
 *
 * `?` is one character, `[a-z]` one of a class, `[^a-z]` and (but in file name patterns) `[!a-z]` none of it,
 * `\x` the character x itself.
 */
export interface GlobOptions {
  /** `crosses`: `*` and `?` match `/` too. `stops`: they do not, and `**` does. */
  slash: "crosses" | "stops";
  /** `{a,b}` means a or b, or its own characters. */
  braces: "alternatives" | "literal";
}

/** Servers, namespaces, include and exclude of a directory source. */
export const ANYWHERE: GlobOptions = { slash: "crosses", braces: "alternatives" };
/** Repository URLs. */
export const BY_SEGMENT: GlobOptions = { slash: "stops", braces: "alternatives" };
/** Groups, kinds and names, as file name patterns. */
export const FILE_NAME: GlobOptions = { slash: "stops", braces: "literal" };

export type Glob = { ok: true; matches: (text: string) => boolean } | { ok: false; problem: string };

type State =
  | { is: "char"; char: string }
  | { is: "class"; ranges: readonly (readonly [string, string])[]; negated: boolean }
  | { is: "one"; slash: GlobOptions["slash"] }
  /** Stays here for any further character that `slash` permits. */
  | { is: "many"; slash: GlobOptions["slash"] }
  | { is: "fork"; to: number[] };

const NO_META = /^[^*?[\]{}\\]*$/;

/** Compiles once what is matched often. Equal to `matchesGlob`, but says what is wrong with the pattern. */
export function compileGlob(pattern: string, options: GlobOptions): Glob {
  if (NO_META.test(pattern)) return { ok: true, matches: (text) => text === pattern };
  if (options.slash === "crosses" && /^\*+$/.test(pattern)) return { ok: true, matches: () => true };
  const compiled = compile([...pattern], options);
  if (typeof compiled === "string") return { ok: false, problem: compiled };
  return { ok: true, matches: (text) => run(compiled, text) };
}

/** Whether the whole text matches. A pattern that is not well formed matches nothing. */
export function matchesGlob(pattern: string, text: string, options: GlobOptions): boolean {
  const glob = compileGlob(pattern, options);
  return glob.ok && glob.matches(text);
}

/** States in order; a state leads to the one after it, a fork to those it names. */
function compile(pattern: readonly string[], { slash, braces }: GlobOptions): State[] | string {
  const states: State[] = [];
  /** Of the open `{`: the fork that begins it, and the forks that jump from an alternative's end to the `}`. */
  const open: { begin: number; ends: number[] }[] = [];
  const fork = (to: number[]) => states.push({ is: "fork", to }) - 1;
  const targets = (index: number): number[] => (states[index] as State & { is: "fork" }).to;
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] as string;
    const group = open.at(-1);
    if (char === "\\") {
      const escaped = pattern[++at];
      if (escaped === undefined) return "it ends in a lone backslash";
      states.push({ is: "char", char: escaped });
    } else if (char === "*") {
      let stars = 1;
      while (pattern[at + 1] === "*") {
        stars++;
        at++;
      }
      // `**` is known only where braces are: file name patterns read it as two stars.
      states.push({ is: "many", slash: stars > 1 && braces === "alternatives" ? "crosses" : slash });
    } else if (char === "?") {
      states.push({ is: "one", slash });
    } else if (char === "[") {
      const read = readClass(pattern, at, braces === "alternatives" ? ["!", "^"] : ["^"]);
      if (read === undefined) return "a [ is not closed, or its class is empty";
      states.push(read.state);
      at = read.end;
    } else if (char === "{" && braces === "alternatives") {
      const begin = fork([]);
      targets(begin).push(states.length);
      open.push({ begin, ends: [] });
    } else if (char === "," && group !== undefined) {
      group.ends.push(fork([]));
      targets(group.begin).push(states.length);
    } else if (char === "}" && group !== undefined) {
      for (const end of group.ends) targets(end).push(states.length);
      open.pop();
    } else {
      states.push({ is: "char", char });
    }
  }
  return open.length > 0 ? "a { is not closed" : states;
}

function readClass(
  pattern: readonly string[],
  open: number,
  negations: readonly string[],
): { state: State; end: number } | undefined {
  let at = open + 1;
  const negated = negations.includes(pattern[at] ?? "");
  if (negated) at++;
  const ranges: [string, string][] = [];
  while (at < pattern.length && pattern[at] !== "]") {
    const from = pattern[at] === "\\" ? pattern[++at] : pattern[at];
    let to = from;
    if (pattern[at + 1] === "-" && pattern[at + 2] !== undefined && pattern[at + 2] !== "]") {
      at += 2;
      to = pattern[at] === "\\" ? pattern[++at] : pattern[at];
    }
    if (from === undefined || to === undefined) return undefined;
    ranges.push([from, to]);
    at++;
  }
  return at < pattern.length && ranges.length > 0
    ? { state: { is: "class", ranges, negated }, end: at }
    : undefined;
}

function run(states: readonly State[], text: string): boolean {
  let now = new Set<number>();
  enter(states, 0, now);
  for (const char of text) {
    const next = new Set<number>();
    for (const index of now) {
      const state = states[index];
      if (state === undefined || state.is === "fork" || !accepts(state, char)) continue;
      enter(states, state.is === "many" ? index : index + 1, next);
    }
    if (next.size === 0) return false;
    now = next;
  }
  return now.has(states.length);
}

function accepts(state: Exclude<State, { is: "fork" }>, char: string): boolean {
  switch (state.is) {
    case "char":
      return state.char === char;
    case "class":
      return state.ranges.some(([from, to]) => from <= char && char <= to) !== state.negated;
    case "one":
    case "many":
      return char !== "/" || state.slash === "crosses";
  }
}

/** Adds a state and all that are reached from it without reading a character. */
function enter(states: readonly State[], index: number, into: Set<number>): void {
  if (into.has(index)) return;
  into.add(index);
  const state = states[index];
  if (state?.is === "many") enter(states, index + 1, into);
  if (state?.is === "fork") for (const to of state.to) enter(states, to, into);
}
