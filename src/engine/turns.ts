/** Whose work goes first: what puts drift back, then what a person waits for, then what comes by itself. */
import { type Application, sourcesOf } from "../core/model/application.ts";
import type { Operation } from "../core/model/operation.ts";
import { betterTurn, type Place, type Turn } from "../lib/fair-line.ts";
import type { ManagedApplication } from "./managed-application.ts";
import type { Deleting } from "./remove/cascade.ts";

/** The same for each try of it: what heals, or was asked for, does so after a failure and a restart, too. */
export function turnOfOperation({ initiatedBy, sync }: Operation): Turn {
  if (initiatedBy?.automated !== true) return "soon";
  // Only a heal names its objects by itself.
  return (sync?.resources ?? []).length > 0 ? "ahead" : "in-line";
}

/** Where an operation waits for one of the places. */
export function placeOfOperation({ spec }: ManagedApplication, operation: Operation): Place {
  return placeOf(spec.app, turnOfOperation(operation), operation.initiatedBy?.username);
}

export function turnOfDeletion({ asked }: Pick<Deleting, "asked">): Turn {
  return asked === "by-person" ? "soon" : "in-line";
}

/** What is under way, or waits, of an application. */
export function turnOfWork({ spec: { deleting }, operation }: ManagedApplication): Turn {
  const turn = deleting === undefined ? "in-line" : turnOfDeletion(deleting);
  switch (operation.is) {
    case "none":
    case "ended":
      return turn;
    case "waiting":
      return betterTurn(turn, turnOfOperation(operation.request));
    case "running":
    case "retrying":
      return betterTurn(turn, turnOfOperation(operation.state.operation));
  }
}

/** @param turn why it is to be looked at; what waits for the pass may have a better one */
export function placeOfPass(managed: ManagedApplication, turn: Turn): Place {
  const { spec, operation } = managed;
  // What runs takes its turns by itself; a pass beside it only shows it.
  const work = operation.is === "running" ? "in-line" : turnOfWork(managed);
  const request = operation.is === "waiting" ? operation.request : operation.state?.operation;
  return placeOf(spec.app, betterTurn(turn, work), spec.deleting?.by ?? request?.initiatedBy?.username);
}

/** Clusters share, and the repositories of each; who asks by hand shares with others who do first. */
function placeOf({ spec }: Application, turn: Turn, who = ""): Place {
  const { server, name = "" } = spec.destination;
  const lanes = [server ?? name, sourcesOf(spec)[0]?.repoURL ?? ""];
  return { turn, lanes: turn === "soon" ? [who, ...lanes] : lanes };
}

/** How its requests to a cluster are told there. */
export function urgencyOf(turn: Turn): "heal" | "asked" | "sync" {
  switch (turn) {
    case "ahead":
      return "heal";
    case "soon":
      return "asked";
    case "in-line":
      return "sync";
  }
}
