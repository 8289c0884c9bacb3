import { functions } from "./functions.ts";
import { methodOf } from "./methods.ts";
import { binary, truth, unary } from "./operators.ts";
import { meantFunction } from "./parse.ts";
import { predicates } from "./predicates.ts";
import type { Node } from "./syntax.ts";
import { type Budget, Func, isList, isMap, stepsOf, typeOf, type Value } from "./values.ts";
import { Wrong } from "./wrong.ts";

/** What names stand for at one place of an expression. */
interface Scope {
  names: ReadonlyMap<string, Value>;
  /** Of the innermost predicate: the item, what is gathered so far, its place. */
  pointers: ReadonlyMap<string, Value>;
}

/** What is asked of nothing by `?.`, until its chain ends. */
const NOTHING = Symbol("nothing");
type Reached = Value | typeof NOTHING;

/** Nodes within nodes within predicates; the parser bounds what is written, and not how it is joined. */
const DEEPEST = 2_500;

export class Evaluation {
  #depth = 0;

  constructor(
    /** What a name stands for; undefined: nothing. */
    private readonly given: (name: string) => Value | undefined,
    private readonly all: () => Value,
    private readonly budget: Budget,
  ) {}

  /** @throws {Wrong} */
  value(node: Node, scope: Scope = { names: new Map(), pointers: new Map() }): Value {
    const reached = this.#reach(node, scope);
    return reached === NOTHING ? null : reached;
  }

  #reach(node: Node, scope: Scope): Reached {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new Wrong("it nests too deep", node.at);
    try {
      this.budget.spend(1);
      return this.#of(node, scope);
    } catch (cause) {
      // What is innermost knows best where it is.
      if (cause instanceof Wrong && cause.at === undefined) throw new Wrong(cause.why, node.at, cause.fix);
      throw cause;
    } finally {
      this.#depth -= 1;
    }
  }

  #of(node: Node, scope: Scope): Reached {
    switch (node.is) {
      case "literal":
        return node.value;
      case "name":
        return this.#name(node.name, scope);
      case "pointer":
        return this.#pointer(node.name, scope);
      case "array":
        return node.items.map((item) => this.value(item, scope));
      case "map":
        return new Map(
          node.pairs.map(({ key, value }) => [this.#key(this.value(key, scope)), this.value(value, scope)]),
        );
      case "unary":
        return unary(node.operator, this.value(node.of, scope));
      case "binary":
        return this.#binary(node, scope);
      case "choice":
        return this.value(truth(this.value(node.when, scope), "?") ? node.then : node.otherwise, scope);
      case "member":
        return this.#member(node, scope);
      case "chain": {
        const reached = this.#reach(node.of, scope);
        return reached === NOTHING ? null : reached;
      }
      case "slice":
        return this.#slice(node, scope);
      case "call":
        return this.#call(node, scope);
      case "builtin":
        return this.#builtin(node, scope);
      case "predicate":
        throw new Wrong("a predicate is no value", node.at);
      case "let": {
        const value = this.value(node.value, scope);
        // The names before it are taken over one by one.
        this.budget.spend(Math.ceil(scope.names.size / 4));
        return this.value(node.then, { ...scope, names: new Map([...scope.names, [node.name, value]]) });
      }
      case "sequence":
        return node.items.map((item) => this.value(item, scope)).at(-1) ?? null;
    }
  }

  #name(name: string, scope: Scope): Value {
    if (scope.names.has(name)) return scope.names.get(name) ?? null;
    if (name === "$env") return this.all();
    return this.given(name) ?? null;
  }

  #pointer(name: string, scope: Scope): Value {
    if (scope.pointers.has(name)) return scope.pointers.get(name) ?? null;
    throw new Wrong(`there is no #${name} here`, undefined, "Write #, #index, or #acc within reduce");
  }

  #key(value: Value): string {
    if (typeof value === "string") return value;
    throw new Wrong(
      `a key of a map is a text, and this is ${typeOf(value)}`,
      undefined,
      "Write string() around it",
    );
  }

  #binary({ operator, left, right }: Node & { is: "binary" }, scope: Scope): Value {
    const first = this.value(left, scope);
    switch (operator) {
      case "and":
        return truth(first, "and") ? truth(this.value(right, scope), "and") : false;
      case "or":
        return truth(first, "or") ? true : truth(this.value(right, scope), "or");
      case "??":
        return first ?? this.value(right, scope);
      default:
        return binary(operator, first, this.value(right, scope), this.budget);
    }
  }

  #member({ of, key, where, at }: Node & { is: "member" }, scope: Scope): Reached {
    const from = this.#reach(of, scope);
    if (from === NOTHING || (from === null && where === "any")) return NOTHING;
    const name = this.value(key, scope);
    if (isMap(from)) return from.get(name) ?? null;
    if (typeof name === "string" && from !== null) {
      const method = methodOf(from, name);
      if (method !== undefined) return method;
    }
    if (isList(from) || typeof from === "string") {
      if (typeof from === "string") this.budget.spend(stepsOf(from.length));
      const items = typeof from === "string" ? [...from] : from;
      const asked = indexOf(name, at);
      const index = asked < 0 ? items.length + asked : asked;
      if (index >= 0 && index < items.length) return items[index] ?? null;
      throw new Wrong(
        `there is no item ${asked} of ${items.length}`,
        at,
        "Write get(list, index), which is nil where there is none",
      );
    }
    const shown = typeof name === "string" ? name : typeOf(name);
    throw new Wrong(
      `${typeOf(from)} has no ${shown}`,
      at,
      from === null ? `Write ?.${shown} where what is before it may be missing` : undefined,
    );
  }

  #slice({ of, from, to, at }: Node & { is: "slice" }, scope: Scope): Reached {
    const sliced = this.#reach(of, scope);
    if (sliced === NOTHING) return NOTHING;
    if (typeof sliced !== "string" && !isList(sliced))
      throw new Wrong(`${typeOf(sliced)} has no part from one place to another`, at);
    this.budget.spend(Math.ceil(sliced.length / 16));
    const items = typeof sliced === "string" ? [...sliced] : sliced;
    const bound = (node: Node | undefined, absent: number): number => {
      if (node === undefined) return absent;
      const place = indexOf(this.value(node, scope), node.at);
      return Math.min(Math.max(place < 0 ? items.length + place : place, 0), items.length);
    };
    const part = items.slice(bound(from, 0), Math.max(bound(to, items.length), 0));
    return typeof sliced === "string" ? part.join("") : part;
  }

  #call({ callee, args, at }: Node & { is: "call" }, scope: Scope): Reached {
    const called = this.#reach(callee, scope);
    if (called === NOTHING) return NOTHING;
    if (called instanceof Func)
      return called.call(
        args.map((arg) => this.value(arg, scope)),
        this.budget,
      );
    const name =
      callee.is === "name"
        ? callee.name
        : callee.is === "member" && callee.key.is === "literal"
          ? String(callee.key.value)
          : "this";
    const meant = callee.is === "name" ? meantFunction(name) : undefined;
    throw new Wrong(
      called === null ? `there is no function ${name}` : `${name} is ${typeOf(called)} and no function`,
      at,
      meant && `Did you mean ${meant}?`,
    );
  }

  #builtin({ name, args, at }: Node & { is: "builtin" }, scope: Scope): Value {
    const predicate = predicates.get(name);
    if (predicate === undefined) {
      const call = functions.get(name);
      if (call === undefined) throw new Wrong(`there is no function ${name}`, at);
      return call(
        args.map((arg) => this.value(arg, scope)),
        this.budget,
      );
    }
    const [first, second, third] = args;
    const list = first === undefined ? null : this.value(first, scope);
    if (!isList(list))
      throw new Wrong(
        `${name} goes through a list, and this is ${typeOf(list)}`,
        at,
        isMap(list) ? "Write values(map)" : list === null ? "Write (x ?? [])" : undefined,
      );
    const asked = second?.is === "predicate" ? second.of : undefined;
    return predicate({
      items: list,
      ...(third === undefined ? {} : { extra: this.value(third, scope) }),
      of: (item, index, acc) =>
        asked === undefined
          ? item
          : this.value(asked, {
              ...scope,
              pointers: new Map([
                ["", item],
                ["index", BigInt(index)],
                ...(acc === undefined ? [] : [["acc", acc] as const]),
              ]),
            }),
      budget: this.budget,
    });
  }
}

function indexOf(value: Value, at: number): number {
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "number") return Math.trunc(value);
  throw new Wrong(`a place in a list is a number, and this is ${typeOf(value)}`, at);
}
