import type { Asker } from "../core/access/asker.ts";
import type { ActivityNote, ActivitySource, Actor } from "../core/model/activity.ts";
import { defined } from "../lib/defined.ts";
import { ApiError, fromThrown } from "./api-error.ts";
import { pathOf } from "./base-path.ts";

/** Who asks for something, from where, and why: what an entry of the activity says beside the deed. */
export interface Asking {
  /** As entries call them: it is said of no deed of somebody else. */
  actor: string;
  who?: Actor;
  from: ActivitySource;
  reason?: string;
}

/** Why, in the words of whoever asks: UTF-8, percent-encoded. */
const REASON_HEADER = "holdfast-reason";
const MOST_REASON = 500;
/** Of a path: as much as tells what was asked for. */
const MOST_PATH = 200;

/** @throws {ApiError} 400 where the reason cannot be read */
export function askingOf(
  request: Request,
  { actor, who }: Pick<Asker, "actor" | "who">,
  address: string | undefined,
): Asking {
  const reason = reasonIn(request.headers.get(REASON_HEADER));
  return { actor, from: sourceOf(request, address), ...defined({ who, reason }) };
}

export function sourceOf(request: Request, address: string | undefined): ActivitySource {
  const agent = request.headers.get("user-agent") ?? undefined;
  return { address: address ?? "unknown", ...defined({ agent }) };
}

function reasonIn(header: string | null): string | undefined {
  if (header === null || header.trim() === "") return undefined;
  let reason: string;
  try {
    reason = decodeURIComponent(header.trim());
  } catch {
    throw new ApiError("InvalidArgument", "Holdfast-Reason: expected UTF-8, percent-encoded");
  }
  if (reason.length <= MOST_REASON) return reason;
  throw new ApiError("InvalidArgument", `Holdfast-Reason: expected at most ${MOST_REASON} characters`);
}

/**
 * What was refused, or could not be done, for the activity; undefined where it only made no sense, and where what failed
 * would have changed nothing.
 * @param cause what a request was answered with
 */
export function refusalOf(
  cause: unknown,
  request: Request,
  { actor, who, from }: Pick<Asking, "actor" | "who" | "from">,
): Omit<ActivityNote, "at"> | undefined {
  const { http, body } = fromThrown(cause);
  const isRefused = http === 401 || http === 403 || http === 421;
  const isRead = request.method === "GET" || request.method === "HEAD";
  // 501: nobody was refused what nobody can have.
  if (!isRefused && (isRead || http < 500 || http === 501)) return undefined;
  const path = pathOf(request.url).slice(0, MOST_PATH);
  return {
    ...{ actor, from, ...defined({ who }) },
    action: http === 401 ? "request without login" : "request",
    outcome: { is: isRefused ? "refused" : "failed", why: body.message },
    // Whoever showed nothing asks for whatever they like: those are of one kind.
    details: {
      method: request.method,
      path,
      http,
      ...(http === 401 ? {} : { on: `${request.method} ${path}` }),
    },
  };
}
