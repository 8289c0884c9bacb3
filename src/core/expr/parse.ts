/** Text to syntax. Which operator binds how: https://expr-lang.org/docs/language-definition */
import { defined } from "../../lib/defined.ts";
import { nearest } from "../../lib/nearest.ts";
import { FUNCTION_NAMES, PREDICATES } from "./names.ts";
import type { Node } from "./syntax.ts";
import { type Token, tokensOf } from "./tokens.ts";
import { Wrong } from "./wrong.ts";

/** Characters; nobody writes a condition that long. */
const LONGEST = 10_000;
const DEEPEST = 120;
/** As deep as what is chained from left to right may nest. */
const MOST_NODES = 2_000;

const BINDS: Readonly<Record<string, number>> = {
  ...{ "|": 0, or: 10, "||": 10, and: 15, "&&": 15 },
  ...{ "==": 20, "!=": 20, "<": 20, ">": 20, "<=": 20, ">=": 20 },
  ...{ in: 20, matches: 20, contains: 20, startsWith: 20, endsWith: 20 },
  ...{ "..": 25, "+": 30, "-": 30, "*": 60, "/": 60, "%": 60, "**": 100, "^": 100, "??": 500 },
};
const UNARY: Readonly<Record<string, number>> = { not: 50, "!": 50, "-": 90, "+": 90 };
const NEGATED = new Set(["in", "matches", "contains", "startsWith", "endsWith"]);
const ORDERED = new Set(["<", ">", "<=", ">="]);
const SAME: Readonly<Record<string, string>> = { "||": "or", "&&": "and", "!": "not", "^": "**" };

/** @throws {Wrong} */
export function parse(text: string): Node {
  if (text.length > LONGEST)
    throw new Wrong(`it is longer than ${LONGEST} characters`, 0, "Write a shorter expression");
  const parser = new Parser(tokensOf(text));
  const whole = parser.sequence();
  parser.end();
  return whole;
}

class Parser {
  #at = 0;
  #depth = 0;
  #nodes = 0;
  /** How many predicates are around. */
  #predicates = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  end(): void {
    if (this.#now.is !== "end") this.#unexpected();
  }

  sequence(): Node {
    const first = this.#expression(0);
    const items = [first];
    while (this.#takes(";")) {
      if (this.#now.is === "end") break;
      items.push(this.#expression(0));
    }
    return items.length === 1 ? first : this.#node({ at: first.at, is: "sequence", items });
  }

  get #now(): Token {
    const last = this.tokens.length - 1;
    return this.tokens[Math.min(this.#at, last)] ?? { is: "end", at: 0 };
  }

  #node<N extends Node>(node: N): N {
    this.#nodes += 1;
    if (this.#nodes > MOST_NODES)
      throw new Wrong(`it has more than ${MOST_NODES} parts`, node.at, "Write a shorter expression");
    return node;
  }

  #isSign(text: string): boolean {
    return this.#now.is === "sign" && this.#now.text === text;
  }

  #takes(text: string): boolean {
    if (!this.#isSign(text)) return false;
    this.#at += 1;
    return true;
  }

  #expect(text: string): void {
    if (!this.#takes(text)) this.#unexpected(`Write ${text} before it`);
  }

  #word(): string {
    const token = this.#now;
    if (token.is !== "word") return this.#unexpected("Write a name");
    this.#at += 1;
    return token.text;
  }

  #unexpected(fix?: string): never {
    const token = this.#now;
    if (token.is === "end")
      throw new Wrong("it ends too early", token.at, "Write what is missing at its end");
    const shown = token.is === "text" ? JSON.stringify(token.value.slice(0, 40)) : token.text;
    throw new Wrong(`${shown} cannot stand here`, token.at, shown === "=" ? "Write == to compare" : fix);
  }

  #deeper<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > DEEPEST)
      throw new Wrong(`it nests deeper than ${DEEPEST}`, this.#now.at, "Name parts of it by `let`");
    const done = read();
    this.#depth -= 1;
    return done;
  }

  #expression(binds: number): Node {
    return this.#deeper(() => {
      if (binds === 0 && this.#isSign("let")) return this.#let();
      if (binds === 0 && this.#isSign("if")) return this.#if();
      const left = this.#operators(this.#primary(), binds);
      return binds === 0 ? this.#ternary(left) : left;
    });
  }

  #let(): Node {
    this.#expect("let");
    const { at } = this.#now;
    const name = this.#word();
    this.#expect("=");
    const value = this.#expression(0);
    this.#expect(";");
    return this.#node({ at, is: "let", name, value, then: this.sequence() });
  }

  #if(): Node {
    const { at } = this.#now;
    this.#expect("if");
    const when = this.#expression(0);
    const then = this.#braced();
    this.#expect("else");
    const otherwise = this.#isSign("if") ? this.#deeper(() => this.#if()) : this.#braced();
    return this.#node({ at, is: "choice", when, then, otherwise });
  }

  #braced(): Node {
    this.#expect("{");
    const within = this.sequence();
    this.#expect("}");
    return within;
  }

  #ternary(first: Node): Node {
    let node = first;
    while (this.#isSign("?")) {
      const { at } = this.#now;
      this.#at += 1;
      let then = node;
      if (!this.#takes(":")) {
        then = this.#expression(0);
        this.#expect(":");
      } else if (this.#isSign(":")) this.#unexpected();
      node = this.#node({ at, is: "choice", when: node, then, otherwise: this.#expression(0) });
    }
    return node;
  }

  #operators(first: Node, binds: number): Node {
    let left = first;
    let before = "";
    for (;;) {
      const start = this.#at;
      const { at } = this.#now;
      const negates = this.#takes("not");
      const token = this.#now;
      if (token.is !== "sign") return negates ? this.#unexpected("Write `and` or `or` before `not`") : left;
      if (negates && !NEGATED.has(token.text)) return this.#unexpected();
      const strength = Object.hasOwn(BINDS, token.text) ? BINDS[token.text] : undefined;
      if (strength === undefined || strength < binds) {
        this.#at = start;
        return left;
      }
      this.#at += 1;
      const operator = SAME[token.text] ?? token.text;
      if (operator === "|") left = this.#called(this.#now.at, this.#word(), [left]);
      else {
        if (before === "??" && operator !== "??")
          throw new Wrong(
            `?? and ${token.text} are not told apart`,
            token.at,
            "Put one of them in parentheses",
          );
        const right = this.#expression(operator === "**" ? strength : strength + 1);
        left = ORDERED.has(operator)
          ? this.#ordered(left, operator, right, token.at)
          : this.#node({ at: token.at, is: "binary", operator, left, right });
        if (negates) left = this.#node({ at, is: "unary", operator: "not", of: left });
      }
      before = operator;
    }
  }

  /** `a < b < c` is that both are so. */
  #ordered(left: Node, operator: string, right: Node, at: number): Node {
    const one = this.#node({ at, is: "binary", operator, left, right });
    const token = this.#now;
    if (token.is !== "sign" || !ORDERED.has(token.text)) return one;
    this.#at += 1;
    const next = this.#deeper(() =>
      this.#ordered(right, token.text, this.#expression((BINDS[token.text] ?? 0) + 1), token.at),
    );
    return this.#node({ at: token.at, is: "binary", operator: "and", left: one, right: next });
  }

  #primary(): Node {
    const token = this.#now;
    const { at } = token;
    if (token.is !== "sign") return this.#secondary();
    const unary = Object.hasOwn(UNARY, token.text) ? UNARY[token.text] : undefined;
    if (unary !== undefined) {
      this.#at += 1;
      const operator = SAME[token.text] ?? token.text;
      return this.#postfix(this.#node({ at, is: "unary", operator, of: this.#expression(unary) }));
    }
    if (this.#takes("(")) {
      const within = this.sequence();
      this.#expect(")");
      return this.#postfix(within);
    }
    if (this.#predicates > 0 && (token.text === "#" || token.text === ".")) {
      const name = this.#takes("#") && this.#now.is === "word" && this.#now.at === at + 1 ? this.#word() : "";
      return this.#postfix(this.#node({ at, is: "pointer", name }));
    }
    if (this.#takes("::")) {
      const word = this.#now;
      return this.#postfix(this.#called(word.at, this.#word(), []));
    }
    return this.#secondary();
  }

  #secondary(): Node {
    const token = this.#now;
    const { at } = token;
    switch (token.is) {
      case "word": {
        this.#at += 1;
        if (token.text === "true" || token.text === "false")
          return this.#node({ at, is: "literal", value: token.text === "true" });
        if (token.text === "nil") return this.#node({ at, is: "literal", value: null });
        return this.#postfix(
          this.#isSign("(")
            ? this.#called(at, token.text, [])
            : this.#node({ at, is: "name", name: token.text }),
        );
      }
      case "int":
      case "float":
        this.#at += 1;
        return this.#node({ at, is: "literal", value: token.value });
      case "text":
        this.#at += 1;
        return this.#postfix(this.#node({ at, is: "literal", value: token.value }));
      case "sign":
        if (token.text === "[") return this.#postfix(this.#array());
        if (token.text === "{") return this.#postfix(this.#map());
        return this.#unexpected();
      case "end":
        return this.#unexpected();
    }
  }

  /** What stands between a sign and its other, with commas, of which the last may be followed by nothing. */
  #listed(open: string, close: string, read: () => void): void {
    this.#expect(open);
    for (let count = 0; !this.#isSign(close); count += 1) {
      if (count > 0) {
        this.#expect(",");
        if (this.#isSign(close)) break;
      }
      read();
    }
    this.#expect(close);
  }

  #array(): Node {
    const { at } = this.#now;
    const items: Node[] = [];
    this.#listed("[", "]", () => items.push(this.#expression(0)));
    return this.#node({ at, is: "array", items });
  }

  #map(): Node {
    const { at } = this.#now;
    const pairs: { key: Node; value: Node }[] = [];
    this.#listed("{", "}", () => {
      const key = this.#mapKey();
      this.#expect(":");
      pairs.push({ key, value: this.#expression(0) });
    });
    return this.#node({ at, is: "map", pairs });
  }

  #mapKey(): Node {
    const token = this.#now;
    if (token.is === "sign" && token.text === "(") return this.#expression(0);
    if (token.is === "sign" || token.is === "end")
      return this.#unexpected("Write a name, a text between quotes, or an expression in parentheses as key");
    this.#at += 1;
    return this.#node({ at: token.at, is: "literal", value: token.is === "text" ? token.value : token.text });
  }

  /** @param given what a pipe hands over, before the arguments that are written */
  #called(at: number, name: string, given: Node[]): Node {
    const args = [...given];
    const shape = PREDICATES.get(name);
    if (shape === undefined) {
      this.#listed("(", ")", () => args.push(this.#expression(0)));
      if (FUNCTION_NAMES.has(name)) return this.#node({ at, is: "builtin", name, args });
      return this.#node({ at, is: "call", callee: this.#node({ at, is: "name", name }), args });
    }
    this.#listed("(", ")", () => {
      if (args.length >= shape.most) this.#unexpected(`${name} takes ${shape.most} arguments at most`);
      args.push(args.length === 1 ? this.#predicate() : this.#expression(0));
    });
    if (args.length < shape.least)
      throw new Wrong(`${name} wants ${shape.least} arguments`, at, `Write it like ${shape.like}`);
    return this.#node({ at, is: "builtin", name, args });
  }

  #predicate(): Node {
    const { at } = this.#now;
    this.#predicates += 1;
    const of = this.#isSign("{") ? this.#braced() : this.#expression(0);
    this.#predicates -= 1;
    return this.#node({ at, is: "predicate", of });
  }

  #postfix(first: Node): Node {
    let node = first;
    for (;;) {
      const token = this.#now;
      if (token.is !== "sign") return node;
      if (token.text === "." || token.text === "?.") {
        this.#at += 1;
        const where = token.text === "?." ? "any" : "it is";
        node = where === "any" && this.#isSign("[") ? this.#indexed(node, where) : this.#member(node, where);
      } else if (token.text === "[") node = this.#indexed(node, "it is");
      else return node;
    }
  }

  #member(before: Node, where: "it is" | "any"): Node {
    const token = this.#now;
    const { at } = token;
    const isName = token.is === "word" || (token.is === "sign" && /^[a-z]/.test(token.text));
    if (!isName) return this.#unexpected('Write a name after the dot, or put it between [" and "]');
    this.#at += 1;
    const isChain = before.is === "chain";
    const of = before.is === "chain" ? before.of : before;
    const key = this.#node({ at, is: "literal", value: token.text });
    let node: Node = this.#node({ at, is: "member", of, key, where });
    if (this.#isSign("(")) {
      const args: Node[] = [];
      this.#listed("(", ")", () => args.push(this.#expression(0)));
      node = this.#node({ at, is: "call", callee: node, args });
    }
    return isChain || where === "any" ? this.#node({ at, is: "chain", of: node }) : node;
  }

  #indexed(of: Node, where: "it is" | "any"): Node {
    const { at } = this.#now;
    this.#expect("[");
    const from = this.#isSign(":") ? undefined : this.#expression(0);
    if (this.#takes(":")) {
      const to = this.#isSign("]") ? undefined : this.#expression(0);
      this.#expect("]");
      return this.#node({
        ...{ at, is: "slice", of },
        ...defined({ from, to }),
      });
    }
    if (from === undefined) return this.#unexpected();
    this.#expect("]");
    const node = this.#node({ at, is: "member", of, key: from, where });
    return where === "any" ? this.#node({ at, is: "chain", of: node }) : node;
  }
}

/** @returns what a name that there is not may have meant */
export function meantFunction(name: string): string | undefined {
  return nearest(name, [...FUNCTION_NAMES, ...PREDICATES.keys()]);
}
