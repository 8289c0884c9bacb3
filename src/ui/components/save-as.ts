/** A link by which an answer of the daemon is saved as a file, whoever asks. */

import { BASE, read, tokenIsOwn } from "../store/daemon.ts";
import { note } from "./notes.tsx";

/**
 * What a link to it bears. A browser's own download has the session's cookie and no token: with a token the file is read
 * here, whole, and then saved.
 * @param path of the API, from its first slash on @param name that the file has
 */
export function saveAs(
  path: string,
  name: string,
): { href: string; download: string; onClick(event: MouseEvent): void } {
  return {
    href: new URL(path.slice(1), BASE).href,
    download: name,
    onClick(event) {
      if (!tokenIsOwn()) return;
      event.preventDefault();
      void save(path, name);
    },
  };
}

async function save(path: string, name: string): Promise<void> {
  try {
    const url = URL.createObjectURL(await read(path));
    const link = document.createElement("a");
    link.href = url;
    link.download = name;
    link.click();
    URL.revokeObjectURL(url);
  } catch (cause) {
    note("bad", cause instanceof Error ? cause.message : String(cause));
  }
}
