import type { Permission } from "../permission.ts";
import type { FieldsOf, Node, Wire, WireFields } from "./wire.ts";

/** One way in which a route answers. Errors are not among them: they are the same everywhere. */
export interface Answer {
  status: number;
  says: string;
  /** Absent where there is no body. */
  content?: readonly Content[];
}

export interface Content {
  type: string;
  /** What the JSON is; absent where it is none. */
  of?: Node;
  /** `lines`: each of them is one. */
  as: "one" | "lines";
}

/** What a route asks of whoever comes, what it takes, and what it answers: it is checked, typed and documented by this. */
export interface Terms<Q extends WireFields = WireFields, B = unknown> {
  /** The operation's name for programs that are generated of the document. It stays. */
  id: string;
  /** What it does, one sentence with its full stop. */
  says: string;
  asks: Permission;
  query?: Q;
  /** What becomes of parameters that are not declared. Default: at Argo CD's paths they are ignored, at ours refused. */
  others?: "refuse" | "ignore";
  body?: Wire<B>;
  /** How the body is sent. Default: JSON. A form's fields are texts; `raw`: whoever handles it reads it himself. */
  sent?: "json" | "form" | "raw";
  /** Of the body. Default: 1 MiB. */
  capBytes?: number;
  answers: Answer | readonly [Answer, ...Answer[]];
  /** What names in the path are, where the name alone does not say it. */
  path?: Readonly<Record<string, string>>;
  /** As the document has the path, where `*` stands in it. */
  shownAs?: string;
}

/** What a request said, read by the terms. `body` is undefined where none is taken. */
export interface Asked<Q extends WireFields, B> {
  query: FieldsOf<Q>;
  body: B;
}

export function json(of: Node, { status = 200, says = "So it is." } = {}): Answer {
  return { status, says, content: [{ type: "application/json", of, as: "one" }] };
}

/** Something was done, and there is nothing to say. */
export const DONE: Answer = json({ is: "fields", fields: {}, unknown: "open" }, { says: "It is done." });

export function plain(says: string, { status = 200, type = "text/plain" } = {}): Answer {
  return { status, says, content: [{ type, as: "one" }] };
}

/** JSON texts, one a line. */
export function lines(of: Node, types: readonly string[] = ["application/x-ndjson"]): Answer {
  return {
    status: 200,
    says: "A JSON text a line; lines without text only say that the connection lives.",
    content: types.map((type) => ({ type, of, as: "lines" as const })),
  };
}

/** As `lines`, or Server-Sent Events where `Accept` asks for them. Argo CD's gateway calls lines of JSON JSON. */
export function stream(of: Node): Answer {
  return lines(of, ["application/json", "text/event-stream"]);
}

/** One answer in several types, as whoever asks would have it. */
export function eitherOf(one: Answer, ...others: readonly Answer[]): Answer {
  return { ...one, content: [one, ...others].flatMap(({ content = [] }) => content) };
}

export function answersOf({ answers }: Pick<Terms, "answers">): readonly Answer[] {
  return "status" in answers ? [answers] : answers;
}
