/** An application's badge, and what is put into a README for it. */
import type { Application } from "../../core/model/application.ts";
import { pageOf } from "../application/paths.ts";
import { useAsked } from "../components/asked.tsx";
import { note } from "../components/notes.tsx";
import { ask, BASE } from "../store/daemon.ts";
import { hrefOf } from "../store/route.ts";
import { badgeTexts } from "../words/config-words.ts";

export function Badge({ app }: { app: Application }) {
  const settings = useAsked(
    (signal) => ask<{ url?: string; statusBadgeEnabled: boolean }>("GET", "/api/v1/settings", { signal }),
    [],
  );
  if (settings.is !== "answered")
    return <p class="dim">{settings.is === "asking" ? "Asking the daemon…" : settings.why}</p>;
  if (!settings.value.statusBadgeEnabled)
    return (
      <p class="dim">
        The daemon shows no badges: <code>server.badges</code> of its config names whose everybody may see.
      </p>
    );
  const { namespace, name } = app.metadata;
  const path = `/api/badge?${new URLSearchParams({ name, namespace, revision: "true" })}`;
  // As browsers outside reach it; where nobody says how, as this one did.
  const root = settings.value.url === undefined || settings.value.url === "" ? BASE.href : settings.value.url;
  const at = (to: string): string => new URL(to.slice(1), root.endsWith("/") ? root : `${root}/`).href;
  const { markdown, html } = badgeTexts(name, { page: at(pageOf(app)), image: at(path) });
  return (
    <>
      <p>
        <img src={hrefOf(path)} alt={`The badge of ${name}, as everybody sees it`} height={20} />
      </p>
      <Copied label="Markdown" text={markdown} />
      <Copied label="HTML" text={html} />
    </>
  );
}

function Copied({ label, text }: { label: string; text: string }) {
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      note("good", `Copied: ${text}`);
    } catch {
      note("bad", `This browser lets nothing be copied here: ${text}`);
    }
  };
  return (
    <p class="cli">
      <code>{text}</code>
      <button type="button" class="link" onClick={() => void copy()}>
        Copy as {label}
      </button>
    </p>
  );
}
