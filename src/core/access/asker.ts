import type { Actor } from "../model/activity.ts";
import type { AccessPolicy, AccessRequest, Decision } from "./access-policy.ts";
import { sayLine } from "./rbac-config-map.ts";
import type { Subject } from "./subject.ts";

/** What comes of one question. `scopes`: those of the token, which are asked before any policy. */
export type Ruling = Decision | { is: "denied"; because: "scopes" };

/** How it is decided, at the moment that it is asked: a policy may change while a stream is open. */
export type Judge = (request: AccessRequest) => Ruling;

export interface OwnSession {
  account: string;
  /** Its id. */
  session: string;
}

/** Who asks, as one request sees them, and what they may. Made anew for each request: it remembers what it was asked. */
export class Asker {
  readonly #asked = new Set<string>();

  /**
   * @param actor as audits name them: `user:ann`, `token:ann/ci`
   * @param name as an error names them
   * @param own the account of ours that signed in itself, and its session: no token's, and nobody's whom a provider vouches for
   * @param holds false once the session or token that this rests on has ended
   */
  constructor(
    readonly actor: string,
    readonly name: string,
    private readonly judge: Judge,
    readonly holds: () => boolean = () => true,
    readonly own: OwnSession | undefined = undefined,
    /** `everything`: nothing is asked of a policy. `scopes`: a token that may less than its owner. */
    private readonly reach: "everything" | "policy" | "scopes" = "policy",
    /** What it is judged by now: the same object as long as no answer changed. */
    readonly basis: () => unknown = () => undefined,
    /** As entries of the activity tell them. Absent: what `actor` tells. */
    readonly who: Actor | undefined = undefined,
  ) {}

  get isAlmighty(): boolean {
    return this.reach === "everything";
  }

  get isScoped(): boolean {
    return this.reach === "scopes";
  }

  /** @param action `sync`, or with what it is on: `action/apps/Deployment/restart` */
  may(resource: string, action: string, object: string): boolean {
    return this.decide({ resource, action, object }).is === "allowed";
  }

  decide(request: AccessRequest): Ruling {
    this.#asked.add(questionOf(request.resource, request.action));
    return this.judge(request);
  }

  /** For a list, which may be empty: the question was asked all the same. */
  filter(resource: string, action: string): (object: string) => boolean {
    this.#asked.add(questionOf(resource, action));
    return (object) => this.judge({ resource, action, object }).is === "allowed";
  }

  /** Whether it was asked at all, about whichever object and in whichever detail. */
  wasAsked(resource: string, action: string): boolean {
    return this.#asked.has(questionOf(resource, action));
  }
}

/** Who owns the machine, or shows the daemon's own token. */
export function almighty(actor: string): Asker {
  return new Asker(
    actor,
    actor.replace(/^user:/, ""),
    () => ({ is: "allowed", because: "nothing" }),
    () => true,
    undefined,
    "everything",
  );
}

/**
 * @param policy asked for each question
 * @param scopes of a token that may less than its owner
 */
export function askerOf(
  {
    actor,
    subject,
    holds,
    own,
    who,
  }: { actor: string; subject: Subject; holds?: () => boolean; own?: OwnSession; who?: Actor },
  policy: () => AccessPolicy,
  scopes?: (request: AccessRequest) => boolean,
): Asker {
  return new Asker(
    actor,
    subject.name,
    (request) =>
      scopes?.(request) !== false ? policy().decide(subject, request) : { is: "denied", because: "scopes" },
    holds,
    own,
    scopes === undefined ? "policy" : "scopes",
    policy,
    who,
  );
}

/** A clause: what decided. */
export function sayWhy({ because }: Ruling): string {
  if (because === "nothing") return "no line of the policy gives it";
  if (because === "scopes") return "the token was not made for it";
  const by = because.of === "default-role" ? "the default role" : `${because.of} ${because.name}`;
  return `${by} is denied it by ${sayLine(because.line)}`;
}

/** Of `update/apps/Deployment/…` the first word. */
function questionOf(resource: string, action: string): string {
  return `${resource}, ${action.split("/", 1)[0]}`;
}
