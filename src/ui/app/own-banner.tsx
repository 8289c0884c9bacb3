/** What whoever runs the daemon has everybody read: text alone, put away by whoever read it, until it is another one. */
import { signal } from "@preact/signals";
import { isWebUrl } from "../../core/model/page-words.ts";
import { daemon } from "../store/applications.ts";
import { BASE } from "../store/daemon.ts";

/** One origin may hold several daemons, each below a path of its own. */
const KEY = `holdfast-banner ${BASE.pathname}`;
const putAway = signal(localStorage.getItem(KEY));

export function OwnBanner({ at }: { at: "top" | "bottom" }) {
  const { banner } = daemon.value.page;
  if (banner === undefined || (banner.position !== "both" && banner.position !== at)) return null;
  const { text, url, permanent } = banner;
  if (permanent === "no" && putAway.value === text) return null;
  const read = (): void => {
    putAway.value = text;
    localStorage.setItem(KEY, text);
    document.getElementById("main")?.focus({ preventScroll: true });
  };
  return (
    <section class="own-banner" data-at={at} aria-label={at === "top" ? "Notice" : "Notice below"}>
      <p>
        {url !== undefined && isWebUrl(url) ? (
          <a href={url} target="_blank" rel="noopener noreferrer">
            {text}
          </a>
        ) : (
          text
        )}
      </p>
      {permanent === "no" && (
        <button type="button" class="plain" aria-label="Dismiss the notice" onClick={read}>
          ×
        </button>
      )}
    </section>
  );
}
