import type { LiveObject } from "./live-object.ts";
import type { RefKey } from "./object-ref.ts";

/** What holds others: with a Namespace goes everything in it, with a definition every object of its kind. */
export type Home = { is: "namespace"; name: string } | { is: "definition"; group: string; kind: string };

/** What was found in a home, whosever it is. A read that failed is never "nothing in it". */
export interface Inhabitants {
  objects: readonly LiveObject[];
  /** Kinds that are not known whole, one sentence without a full stop each. */
  unread: readonly Unread[];
}

/** `forbidden`: the server lets us look never. `unreachable`: nothing was answered now. `too-many`: not all were asked for. */
export interface Unread {
  because: "forbidden" | "unreachable" | "too-many";
  why: string;
}

/** What of it is not the application's, and would go with its home. */
export type HomeContents =
  | { is: "ours-alone"; uids: ReadonlySet<string> }
  | {
      is: "others";
      keys: ReadonlySet<RefKey>;
      /** `some`: there may be more than these. */
      counted: "all" | "some";
      /** A few of them, for people, as far as the application's project may see them. */
      named: readonly string[];
      /** Of everything that was seen in it, whosever it is. */
      uids: ReadonlySet<string>;
    }
  /** Whoever asks as we do may not look: a person must. */
  | { is: "hidden"; why: string }
  | { is: "unknown"; why: string };
