import { Failure } from "../../../src/core/model/failure.ts";
import { formsOf } from "../../../src/lib/secret-values.ts";
import type { Decryptor } from "../../../src/plugin/contract.ts";
import { dataKeyOf } from "./data-key.ts";
import { readStored } from "./formats.ts";
import { readMetadata } from "./metadata.ts";
import { openValues } from "./open-values.ts";

/** What SOPS writes into every file, by its formats. */
const MARKS = { yaml: /^sops:[ \t]*$/m, json: /"sops"\s*:\s*\{/, dotenv: /^sops_(?:version|mac)=/m };

/** Files that Mozilla's SOPS encrypted, for age and PGP keys: YAML, JSON, dotenv and whole files of any other kind. */
const sops: Decryptor = {
  kind: "decryptor",
  name: "sops",
  recognizes(path, content) {
    const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    if (!bytes.includes("sops")) return "no";
    const text = bytes.toString("utf8");
    const isOne = /\.ya?ml$/.test(path)
      ? MARKS.yaml.test(text)
      : path.endsWith(".env")
        ? MARKS.dotenv.test(text)
        : text.trimStart().startsWith("{")
          ? MARKS.json.test(text)
          : path.endsWith(".ini") && /^\[sops\]/m.test(text);
    return isOne ? "yes" : "no";
  },
  async open(path, content, keys) {
    const wrong = (why: string, fix: string): Failure =>
      new Failure("render", path, "after-edit", { cannot: "decrypt", why, fix });
    const read = readStored(path, Buffer.from(content).toString("utf8"));
    if (read.is === "wrong") throw wrong(read.why, "Encrypt it again");
    const { stored } = read;
    const described = readMetadata(stored.sops);
    if (!described.ok) throw wrong(described.why, described.fix);
    const { metadata } = described;
    const dataKey = await dataKeyOf(metadata, keys);
    if (dataKey.is === "no key")
      // Somebody may add the key while the file stays as it is.
      throw new Failure("render", path, "backoff", { cannot: "decrypt", why: dataKey.why, fix: dataKey.fix });
    const values = openValues(stored.documents, metadata, dataKey.key, stored.plain);
    if (values.is === "wrong")
      throw wrong(values.why, "Take it back from Git's history, or encrypt what it should hold with sops");
    return {
      content: new TextEncoder().encode(stored.print(values.documents)),
      secrets: values.secrets.flatMap(formsOf),
    };
  },
};

export default sops;
