/** Looks at Git and the cluster again, now. */
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { note } from "../components/notes.tsx";
import { ask } from "../store/daemon.ts";
import { ourPathOf } from "./paths.ts";

/** `hard`: what was rendered is rendered again, though nothing of its sources changed. */
export type Refresh = "normal" | "hard";

/** Says that it was done. @throws {Refused} */
export async function askRefresh(app: ListedApplication, how: Refresh): Promise<void> {
  await ask("POST", `${ourPathOf(app, "refresh")}${how === "hard" ? "?hard=true" : ""}`, { body: {} });
  note("good", `${app.metadata.name} was refreshed${how === "hard" ? ", and rendered again" : ""}`);
}
