import type { Kind } from "../kinds/kind.ts";
import type { Handling } from "./handling.ts";
import { tableOfObjects, wantsTable } from "./table.ts";
import { watchStream } from "./watch-stream.ts";

/** The changes of a kind as they come, until either side ends it. */
export function answerWatch(
  request: Request,
  url: URL,
  kind: Kind,
  namespace: string | undefined,
  on: Handling,
): Response {
  const asTable = wantsTable(request.headers.get("accept") ?? "");
  const include = url.searchParams.get("includeObject");
  const stream = watchStream({
    kind,
    namespace,
    query: url.searchParams,
    store: on.api.store,
    clock: on.clock,
    bookmarkMs: on.bookmarkMs,
    signal: AbortSignal.any([on.signal, request.signal]),
    shape: asTable
      ? (one) =>
          tableOfObjects(
            kind,
            [one],
            { resourceVersion: one.metadata.resourceVersion ?? "" },
            include,
            on.clock.now(),
          )
      : (one) => one,
  });
  return new Response(stream, {
    headers: { "Content-Type": "application/json;stream=watch", "Cache-Control": "no-cache, private" },
  });
}
