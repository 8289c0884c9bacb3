/**
 * Regular expressions whose work is in proportion to the text, whatever they say: one that comes in a link must not hold
 * up the window of whoever opens it. JavaScript's own try every way (`(a+)+$`). Read are literals, `.`, classes, `\d \w
 * \s \b`, anchors, groups, `|`, `* + ? {m,n}` and their lazy forms; what needs more than that is refused: looking around,
 * back-references, properties. The method is Thompson's, with threads in order of preference.
 */

/** Steps that a text is tried against at each of its characters. */
const MOST_STEPS = 160;
/** Of nested groups. */
const DEEPEST = 30;

export interface LinearPattern {
  test(text: string): boolean;
  /** Where it is, one place after the other, up to so many; empty matches are none. */
  places(text: string, most: number): { from: number; to: number }[];
}
export type ReadPattern = { is: "pattern"; pattern: LinearPattern } | { is: "fault"; why: string };

type Has = (code: number) => boolean;
type Step =
  | { is: "char"; has: Has }
  /** The first is preferred. */
  | { is: "split"; to: number; or: number }
  | { is: "go"; to: number }
  | { is: "where"; at: "start" | "end" | "edge" | "no-edge" }
  | { is: "found" };
type Node =
  | { is: "char"; has: Has }
  | { is: "where"; at: Extract<Step, { is: "where" }>["at"] }
  | { is: "all" | "one"; of: Node[] }
  | { is: "many"; of: Node; least: number; most: number; prefers: "more" | "less" };

/** @param letters `either`: the case does not matter */
export function linearPattern(expression: string, letters: "as-written" | "either"): ReadPattern {
  try {
    return { is: "pattern", pattern: matching(stepsOf(new Reader(expression, letters).read())) };
  } catch (cause) {
    if (cause instanceof Fault) return { is: "fault", why: cause.message };
    throw cause;
  }
}

class Fault extends Error {}

const isDigit: Has = (code) => code >= 48 && code <= 57;
const isWord: Has = (code) =>
  isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
const isSpace: Has = (code) => /\s/.test(String.fromCharCode(code));
const not =
  (has: Has): Has =>
  (code) =>
    !has(code);
const CLASSES: Readonly<Record<string, Has>> = {
  ...{ d: isDigit, w: isWord, s: isSpace },
  ...{ D: not(isDigit), W: not(isWord), S: not(isSpace) },
};
const CONTROLS: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", f: "\f", v: "\v" };

class Reader {
  #at = 0;
  #depth = 0;
  constructor(
    private readonly text: string,
    private readonly letters: "as-written" | "either",
  ) {}

  read(): Node {
    const node = this.#either();
    if (this.#at < this.text.length) throw new Fault("a ) has no ( before it");
    return node;
  }

  #either(): Node {
    const of = [this.#sequence()];
    while (this.#takes("|")) of.push(this.#sequence());
    return of.length === 1 && of[0] !== undefined ? of[0] : { is: "one", of };
  }

  #sequence(): Node {
    const of: Node[] = [];
    while (this.#at < this.text.length && !/[|)]/.test(this.#next())) of.push(this.#repeated());
    return { is: "all", of };
  }

  #repeated(): Node {
    let of = this.#atom();
    for (;;) {
      const found = /^(?:[*+?]|\{(\d{1,4})(,(\d{0,4}))?\})(\??)/.exec(
        this.text.slice(this.#at, this.#at + 16),
      );
      if (found === null) return of;
      this.#at += found[0].length;
      const [sign = "", from, comma, to = "", lazy] = found;
      const least = from === undefined ? (sign[0] === "+" ? 1 : 0) : Number(from);
      const most =
        from === undefined
          ? sign[0] === "?"
            ? 1
            : Infinity
          : comma === undefined
            ? least
            : to === ""
              ? Infinity
              : Number(to);
      if (most < least) throw new Fault(`${sign} asks for more than it permits`);
      of = { is: "many", of, least, most, prefers: lazy === "?" ? "less" : "more" };
    }
  }

  #atom(): Node {
    const char = this.#take();
    switch (char) {
      case "(":
        return this.#group();
      case "[":
        return { is: "char", has: this.#cased(this.#set()) };
      case ".":
        return { is: "char", has: (code) => code !== 10 && code !== 13 };
      case "^":
        return { is: "where", at: "start" };
      case "$":
        return { is: "where", at: "end" };
      case "*":
      case "+":
      case "?":
        throw new Fault(`a ${char} has nothing before it`);
      case "\\":
        return this.#escaped();
      default:
        return { is: "char", has: this.#cased(is(char)) };
    }
  }

  #group(): Node {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new Fault("groups are nested too deep");
    const kind = /^\?(?::|<[a-z_]\w*>)/i.exec(this.text.slice(this.#at, this.#at + 60))?.[0];
    if (kind === undefined && this.#next() === "?") throw new Fault("looking around is not read here");
    this.#at += kind?.length ?? 0;
    const node = this.#either();
    if (!this.#takes(")")) throw new Fault("a ( has no ) behind it");
    this.#depth -= 1;
    return node;
  }

  #escaped(): Node {
    const char = this.#take();
    if (char === "b" || char === "B") return { is: "where", at: char === "b" ? "edge" : "no-edge" };
    return { is: "char", has: this.#cased(this.#meant(char)) };
  }

  /** What stands behind a backslash. */
  #meant(char: string): Has {
    const known = CLASSES[char];
    if (known !== undefined) return known;
    if (/[1-9k]/.test(char)) throw new Fault("what was found before is not read here");
    if (/[pP]/.test(char)) throw new Fault(`\\${char} is not read here`);
    return is(this.#code(char));
  }

  #code(char: string): string {
    const digits = char === "x" ? 2 : char === "u" ? 4 : 0;
    const code = this.text.slice(this.#at, this.#at + digits);
    if (digits > 0 && /^[0-9a-f]+$/i.test(code) && code.length === digits) {
      this.#at += digits;
      return String.fromCharCode(Number.parseInt(code, 16));
    }
    return CONTROLS[char] ?? char;
  }

  #set(): Has {
    const isNegated = this.#takes("^");
    const parts: Has[] = [];
    while (this.#next() !== "]" || this.#at >= this.text.length) {
      const first = this.#inSet();
      if (typeof first === "string" && /^-[^\]]/.test(this.text.slice(this.#at, this.#at + 2))) {
        this.#at += 1;
        const last = this.#inSet();
        if (typeof last !== "string") throw new Fault("a range ends with a class");
        const [from, to] = [first.charCodeAt(0), last.charCodeAt(0)];
        if (to < from) throw new Fault(`the range ${first}-${last} is out of order`);
        parts.push((code) => code >= from && code <= to);
      } else parts.push(typeof first === "string" ? is(first) : first);
    }
    this.#at += 1;
    const has = this.#cased((code) => parts.some((part) => part(code)));
    return isNegated ? not(has) : has;
  }

  #inSet(): string | Has {
    const char = this.#take("a [ has no ] behind it");
    if (char !== "\\") return char;
    const escaped = this.#take();
    return CLASSES[escaped] ?? (escaped === "b" ? "\b" : this.#code(escaped));
  }

  #cased(has: Has): Has {
    if (this.letters === "as-written") return has;
    return (code) => {
      if (has(code)) return true;
      const char = String.fromCharCode(code);
      return has(char.toLowerCase().charCodeAt(0)) || has(char.toUpperCase().charCodeAt(0));
    };
  }

  #next(): string {
    return this.text.charAt(this.#at);
  }

  #takes(char: string): boolean {
    if (this.#next() !== char) return false;
    this.#at += 1;
    return true;
  }

  #take(why = "it ends with a backslash"): string {
    if (this.#at >= this.text.length) throw new Fault(why);
    return this.text.charAt(this.#at++);
  }
}

function is(char: string): Has {
  const own = char.charCodeAt(0);
  return (code) => code === own;
}

function stepsOf(node: Node): Step[] {
  const steps: Step[] = [];
  const add = (step: Step): number => {
    if (steps.length >= MOST_STEPS) throw new Fault("it is too long, or repeats too much");
    return steps.push(step) - 1;
  };
  const put = (one: Node): void => {
    switch (one.is) {
      case "char":
      case "where":
        add(one);
        return;
      case "all":
        for (const part of one.of) put(part);
        return;
      case "one":
        return putOne(one.of);
      case "many":
        return putMany(one);
    }
  };
  const putOne = ([first, ...others]: Node[]): void => {
    if (first === undefined) return;
    if (others.length === 0) return put(first);
    const split = add({ is: "split", to: steps.length + 1, or: 0 });
    put(first);
    const end = add({ is: "go", to: 0 });
    steps[split] = { is: "split", to: split + 1, or: steps.length };
    putOne(others);
    steps[end] = { is: "go", to: steps.length };
  };
  const putMany = ({ of, least, most, prefers }: Extract<Node, { is: "many" }>): void => {
    const split = (inside: number, beyond: number): Step =>
      prefers === "more" ? { is: "split", to: inside, or: beyond } : { is: "split", to: beyond, or: inside };
    for (let made = 0; made < least; made++) {
      const before = steps.length;
      put(of);
      // Nothing of it is there to be repeated.
      if (steps.length === before) break;
    }
    if (most === Infinity) {
      const at = add({ is: "go", to: 0 });
      put(of);
      add({ is: "go", to: at });
      steps[at] = split(at + 1, steps.length);
      return;
    }
    const splits: number[] = [];
    for (let made = least; made < most; made++) {
      splits.push(add({ is: "go", to: 0 }));
      put(of);
    }
    for (const at of splits) steps[at] = split(at + 1, steps.length);
  };
  put(node);
  steps.push({ is: "found" });
  return steps;
}

/** What may go on at one place of the text: a step, and where its match began. */
interface Threads {
  steps: Int16Array;
  begins: Int32Array;
  many: number;
}

function matching(steps: readonly Step[]): LinearPattern {
  const empty = (): Threads => ({
    steps: new Int16Array(steps.length),
    begins: new Int32Array(steps.length),
    many: 0,
  });
  let [now, next] = [empty(), empty()];
  const seen = new Int32Array(steps.length);
  let round = 0;
  const holds = (where: Extract<Step, { is: "where" }>["at"], text: string, at: number): boolean => {
    if (where === "start") return at === 0;
    if (where === "end") return at === text.length;
    const isEdge =
      (at > 0 && isWord(text.charCodeAt(at - 1))) !== (at < text.length && isWord(text.charCodeAt(at)));
    return isEdge === (where === "edge");
  };
  const begin = (threads: Threads, from: number, began: number, text: string, at: number): void => {
    const open = [from];
    for (let step = open.pop(); step !== undefined; step = open.pop()) {
      if (seen[step] === round) continue;
      seen[step] = round;
      const one = steps[step];
      if (one === undefined) continue;
      if (one.is === "go") open.push(one.to);
      else if (one.is === "split") open.push(one.or, one.to);
      else if (one.is === "where") {
        if (holds(one.at, text, at)) open.push(step + 1);
      } else {
        threads.steps[threads.many] = step;
        threads.begins[threads.many] = began;
        threads.many += 1;
      }
    }
  };
  const find = (
    text: string,
    from: number,
    want: "any" | "place",
  ): { from: number; to: number } | undefined => {
    let found: { from: number; to: number } | undefined;
    now.many = 0;
    round += 1;
    for (let at = from; ; at++) {
      // What began earlier comes first.
      if (found === undefined) begin(now, 0, at, text, at);
      next.many = 0;
      round += 1;
      const code = text.charCodeAt(at);
      for (let index = 0; index < now.many; index++) {
        const step = now.steps[index] ?? 0;
        const began = now.begins[index] ?? 0;
        const one = steps[step];
        if (one?.is === "found") {
          found = { from: began, to: at };
          if (want === "any") return found;
          break;
        }
        if (one?.is === "char" && at < text.length && one.has(code))
          begin(next, step + 1, began, text, at + 1);
      }
      [now, next] = [next, now];
      if (at >= text.length || (now.many === 0 && found !== undefined)) return found;
    }
  };
  return {
    test: (text) => find(text, 0, "any") !== undefined,
    places(text, most) {
      const places: { from: number; to: number }[] = [];
      let from = 0;
      while (places.length < most && from <= text.length) {
        const place = find(text, from, "place");
        if (place === undefined) break;
        if (place.to > place.from) places.push(place);
        from = place.to > place.from ? place.to : place.from + 1;
      }
      return places;
    },
  };
}
