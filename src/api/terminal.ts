import type { Context } from "hono";
import type { Asker } from "../core/access/asker.ts";
import type { ActivityNote } from "../core/model/activity.ts";
import { type Application, keyOfApp } from "../core/model/application.ts";
import { USUAL_SHELLS } from "../core/model/pod-exec.ts";
import { TERMINAL_PROTOCOL } from "../core/model/terminal-line.ts";
import { defined } from "../lib/defined.ts";
import { refuseOtherPages } from "./admission.ts";
import { ApiError } from "./api-error.ts";
import { sourceOf } from "./asking.ts";
import type { ApiContext, Env } from "./context.ts";
import { keyFrom, orNotFound } from "./find-app.ts";
import { OpenPlaces } from "./open-places.ts";
import { may, type Routes } from "./routes.ts";
import { TERMINAL_LIMITS, type TerminalEnd, TerminalSession } from "./terminal-session.ts";
import { type FieldsOf, optional, text, whole } from "./terms/wire.ts";

const CELLS = { least: 1, most: 1_000 };
const QUERY = {
  podNamespace: text({ says: "Of the Pod, which is one of the application." }),
  pod: text(),
  container: optional(text({ says: "Default: the one that logs are read of." })),
  columns: optional(whole({ ...CELLS, says: "Default 80." })),
  rows: optional(whole({ ...CELLS, says: "Default 24." })),
};
type Asked = FieldsOf<typeof QUERY>;
const TERMINAL = {
  id: "openTerminal",
  says: "A shell in a container of one of the application's Pods, as a WebSocket of the protocol `terminal.holdfast.v1`.",
  asks: may("exec", "create"),
  query: QUERY,
  answers: { status: 101, says: "What is typed and shown, as docs/api.md says it." },
} as const;
/** Why there is none. */
export const TERMINALS_OFF =
  "terminals are off: exec.enabled of the config turns them on (exec: { enabled: true }), or exec.enabled of argocd-cm in the home";

/**
 * `/api/holdfast/v1/applications/{namespace}/{name}/terminal`. Who may not, or where there is none, is told so before there
 * is a WebSocket; what happens later is its last message.
 */
export function terminalRoutes(routes: Routes, context: ApiContext): void {
  const { control, settings, log } = context;
  const limits = { ...TERMINAL_LIMITS, ...context.terminalLimits };
  const places = new OpenPlaces("terminals are open", limits);

  routes.get("/api/holdfast/v1/applications/:namespace/:name/terminal", TERMINAL, (c, who, { query }) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const app = orNotFound(control.forTerminal(who, key), `application ${key}`);
    shellsOf();
    const { server } = c.env;
    const request = c.req.raw;
    // No cookie opens one from another page, and neither does a token that a page got hold of.
    refuseOtherPages(request, context.arrivalOf(request, server).host, false);
    const offered = (request.headers.get("sec-websocket-protocol") ?? "").split(",").map((one) => one.trim());
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket" || !offered.includes(TERMINAL_PROTOCOL))
      throw new ApiError(
        "InvalidArgument",
        `this is a WebSocket of the protocol ${TERMINAL_PROTOCOL}; what stands between must let it through`,
        { http: 426 },
      );
    const leave = places.take(who);
    const data = sessionFor(c, who, { app, query, leave });
    const isOpen = server?.upgrade(request, {
      data,
      headers: { "sec-websocket-protocol": TERMINAL_PROTOCOL },
    });
    if (isOpen === true) return new Response(null, { status: 101 });
    leave();
    throw new ApiError("InvalidArgument", "the connection cannot become a WebSocket", { http: 426 });
  });

  /** @throws {ApiError} where they are off */
  function shellsOf(): readonly string[] {
    const { terminal } = settings();
    if (terminal?.is !== "on")
      throw new ApiError("FailedPrecondition", TERMINALS_OFF, { details: { reason: "off" } });
    return terminal.shells.length === 0 ? USUAL_SHELLS : terminal.shells;
  }

  function sessionFor(
    c: Context<Env>,
    who: Asker,
    { app, query, leave }: { app: Application; query: Asked; leave: () => void },
  ): TerminalSession {
    const { podNamespace: namespace, pod, container, columns = 80, rows = 24 } = query;
    const { address } = context.arrivalOf(c.req.raw, c.env.server);
    const about: Omit<ActivityNote, "at" | "action" | "details"> = {
      ...{ actor: who.actor, app: keyOfApp(app), project: app.spec.project },
      ...defined({ who: who.who }),
      from: sourceOf(c.req.raw, address || undefined),
      object: {
        ...{ kind: "application", namespace: app.metadata.namespace, name: app.metadata.name },
        live: { group: "", kind: "Pod", namespace, name: pod },
      },
    };
    let opened: { at: number; container: string } | undefined;
    let shell: string | undefined;
    const note = (action: string, more: Pick<ActivityNote, "details" | "outcome">): void =>
      context.onDeed?.({ ...about, action, ...more });
    return new TerminalSession({
      limits,
      begin: async (signal) =>
        orNotFound(
          await control.terminal(
            who,
            keyOfApp(app),
            {
              ...{ namespace, pod, shells: shellsOf(), size: { columns, rows } },
              ...defined({ container }),
            },
            signal,
            () => void shellsOf(),
          ),
          `application ${keyOfApp(app)}`,
        ),
      opened(container) {
        note("open-terminal", { details: { pod: `${namespace}/${pod}`, container } });
        opened = { at: performance.now(), container };
      },
      began(which) {
        shell = which;
      },
      ended(end) {
        leave();
        try {
          note(opened === undefined ? "open-terminal" : "close-terminal", endOf(end));
        } catch (cause) {
          log.error("the end of a terminal cannot be written down", { cause });
        }
      },
    });

    function endOf({ by, why, code }: TerminalEnd): Pick<ActivityNote, "details" | "outcome"> {
      const lasted =
        opened === undefined
          ? {}
          : {
              seconds: Math.round((performance.now() - opened.at) / 1000),
              container: opened.container,
            };
      return {
        details: {
          pod: `${namespace}/${pod}`,
          ...defined({ container, shell, code }),
          ...lasted,
          ended: why,
        },
        ...(opened === undefined ? { outcome: { is: "failed", why } } : {}),
        ...(by === "us" && opened !== undefined ? { outcome: { is: "failed", why } } : {}),
      };
    }
  }
}
