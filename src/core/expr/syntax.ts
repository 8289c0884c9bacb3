import type { Value } from "./values.ts";

/** `at`: offset in the text, of what names it. */
export type Node = { at: number } & (
  | { is: "literal"; value: Value }
  | { is: "name"; name: string }
  /** What a predicate is asked of: `#`, `#acc`, `#index`. */
  | { is: "pointer"; name: string }
  | { is: "array"; items: Node[] }
  | { is: "map"; pairs: { key: Node; value: Node }[] }
  | { is: "unary"; operator: string; of: Node }
  | { is: "binary"; operator: string; left: Node; right: Node }
  | { is: "choice"; when: Node; then: Node; otherwise: Node }
  | { is: "member"; of: Node; key: Node; where: "it is" | "any" }
  /** As far as a `?.` within it ends what follows. */
  | { is: "chain"; of: Node }
  | { is: "slice"; of: Node; from?: Node; to?: Node }
  | { is: "call"; callee: Node; args: Node[] }
  | { is: "builtin"; name: string; args: Node[] }
  | { is: "predicate"; of: Node }
  | { is: "let"; name: string; value: Node; then: Node }
  | { is: "sequence"; items: Node[] }
);
