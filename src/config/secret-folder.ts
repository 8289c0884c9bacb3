/** What was added while the daemon ran: a folder of files, each a Secret as Argo CD has it. */
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { KubeObject } from "../core/model/kube-object.ts";
import type { Parsed, Problem } from "../core/model/problem.ts";
import { codeOf } from "../lib/caught.ts";
import { parseYaml } from "../lib/yaml.ts";
import { readRegularFile } from "./read-regular-file.ts";
import { reasonOf } from "./read-settings.ts";

export interface Found<Entry> {
  /** Its name in the folder. */
  file: string;
  entry: Entry;
}

export interface FolderReading<Entry> {
  /** By file name. */
  found: Found<Entry>[];
  problems: Problem[];
}

/** What one file is. */
export interface SecretForm<Entry> {
  /** `cluster` */
  noun: string;
  /** @param shown the file, as problems name it */
  parse(value: unknown, shown: string): Parsed<Entry>;
  /** With its secrets. */
  print(entry: Entry): KubeObject;
  /** A name in the folder for one that is new. */
  fileOf(entry: Entry): string;
}

/** Certificates and a token are a few kilobytes. */
const MOST_BYTES = 1024 * 1024;

/**
 * A file that cannot be used, or read, leaves what was last read of it: half a file is what a writer leaves in the middle.
 * One that is gone takes that along.
 */
export class SecretFolder<Entry> {
  /** `stamp`: of the file as it was. */
  #last = new Map<string, { entry: Entry; stamp: string }>();
  #problems: Problem[] = [];

  /** @param shown as problems name the folder */
  constructor(
    readonly folder: string,
    private readonly shown: string,
    private readonly form: SecretForm<Entry>,
  ) {}

  read(): FolderReading<Entry> {
    let names: string[];
    try {
      names = readdirSync(this.folder);
    } catch (cause) {
      if (codeOf(cause) === "ENOENT") names = [];
      else return this.#unreadable(reasonOf(cause));
    }
    const now = new Map<string, { entry: Entry; stamp: string }>();
    this.#problems = [];
    for (const file of names.filter((name) => /^[^.].*\.(?:json|ya?ml)$/.test(name)).sort()) {
      const read = this.#readFile(file) ?? this.#last.get(file);
      if (read !== undefined) now.set(file, read);
    }
    this.#last = now;
    return this.#reading();
  }

  /**
   * Whole or not at all, and through a power cut.
   * @param file in place of it; default: a new one
   * @returns the file's name
   * @throws where the folder takes no file
   */
  write(entry: Entry, file = this.form.fileOf(entry)): string {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const fresh = join(this.folder, `.${file}.${process.pid}`);
    const secret = this.form.print(entry);
    secret.metadata = { ...secret.metadata, name: secret.metadata.name ?? file.replace(/\.\w+$/, "") };
    rmSync(fresh, { force: true });
    const handle = openSync(fresh, "wx", 0o600);
    try {
      writeSync(handle, `${JSON.stringify(secret, undefined, 2)}\n`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(fresh, join(this.folder, file));
    this.#syncFolder();
    return file;
  }

  /** @throws where it cannot be removed */
  remove(file: string): void {
    rmSync(join(this.folder, file), { force: true });
    this.#syncFolder();
  }

  #syncFolder(): void {
    const handle = openSync(this.folder, "r");
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  }

  #reading(): FolderReading<Entry> {
    return {
      found: [...this.#last].map(([file, { entry }]) => ({ file, entry })),
      problems: this.#problems,
    };
  }

  #unreadable(why: string): FolderReading<Entry> {
    this.#problems = [
      {
        severity: "error",
        file: this.shown,
        text: `the folder cannot be read: ${why}; its ${this.form.noun}s are as they were read last`,
        fix: "Make it readable for the daemon's user",
      },
    ];
    return this.#reading();
  }

  /** @returns undefined where it holds nothing that can be used, which is said */
  #readFile(file: string): { entry: Entry; stamp: string } | undefined {
    const shown = `${this.shown}/${file}`;
    const last = this.#last.get(file);
    const still = last !== undefined ? `; the ${this.form.noun} is as it was read last` : "";
    const say = (text: string, fix: string): undefined => {
      this.#problems.push({ severity: "error", file: shown, text: `${text}${still}`, fix });
      return undefined;
    };
    const path = join(this.folder, file);
    const size = sizeOf(path);
    if (size > MOST_BYTES)
      return say(`it is larger than ${MOST_BYTES / 1024} KiB`, `Write one ${this.form.noun} into it`);
    const read = readRegularFile(path);
    if (read.is === "unreadable")
      return say(`the file cannot be read: ${read.why}`, "Make it a file that the daemon's user may read");
    // The very same entry: nobody connects anew for it.
    if (last?.stamp === read.stamp) return last;
    const { documents, problems } = parseYaml(new TextDecoder().decode(read.bytes), { file: shown });
    // What a YAML parser says may repeat half a token.
    if (problems.some(({ severity }) => severity === "error") || documents.length !== 1)
      return say("it is not one YAML or JSON document", `Write one ${this.form.noun} Secret into it`);
    const parsed = this.form.parse(documents[0]?.value, shown);
    if (parsed.ok) return { entry: parsed.value, stamp: read.stamp };
    this.#problems.push(
      ...parsed.problems.map((problem) => ({ ...problem, text: `${problem.text}${still}` })),
    );
    return undefined;
  }
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch (cause) {
    if (codeOf(cause) !== "") return 0;
    throw cause;
  }
}
