/** Files that one run of a program needs: keys, known hosts, authorities. */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** In a folder that nobody else may enter, removed when the run ends. */
export class RunFiles {
  #folder: string | undefined;
  constructor(readonly parent: string) {}

  write(name: string, text: string): string {
    if (this.#folder === undefined) {
      this.#folder = join(this.parent, crypto.randomUUID());
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      chmodSync(this.#folder, 0o700);
    }
    const path = join(this.#folder, name);
    writeFileSync(path, text, { mode: 0o600, flag: "wx" });
    return path;
  }

  remove(): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }
}
