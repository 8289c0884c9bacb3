import type { Application } from "./application.ts";

/**
 * That an application was rolled back and nothing holds it there, as a sentence without its end; undefined where it is
 * held, where something else was deployed since, or where it is as Git wants it.
 */
export function rolledBack({
  status,
}: Pick<Application, "status">): { text: string; at: string } | undefined {
  if (status === undefined || status.hold !== undefined || status.sync.status === "Synced") return undefined;
  const { cause = "", reason, initiatedBy, deployedAt } = status.history?.at(-1) ?? {};
  const [, deployment] = /^rollback to (\d+)$/.exec(cause) ?? [];
  if (deployment === undefined || deployedAt === undefined) return undefined;
  const by = initiatedBy?.username?.replace(/^user:/, "") ?? "";
  const why = reason === undefined ? "" : `: ${reason.replace(/[.\s]+$/, "")}`;
  return { text: `to deployment ${deployment}${by === "" ? "" : ` by ${by}`}${why}`, at: deployedAt };
}
