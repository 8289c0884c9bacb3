/**
 * Answers like `git cat-file --batch`: a name a line from stdin, `ID TYPE SIZE`, the content and a newline to stdout.
 * Two types beside Git's: `broken`, with the reason as content, and `refused`, with a sentence for people. The name
 * `refs` stands for the list of refs, as JSON.
 */
import * as fs from "node:fs";
import { messageOf } from "../../lib/caught.ts";
import { GitFolder } from "./git-folder.ts";
import { localRefs } from "./local-refs.ts";

export async function serveObjects(path: string): Promise<void> {
  const folder = new GitFolder(path);
  const refusal = folder.refusal();
  for await (const name of console) {
    if (name === "") continue;
    if (refusal !== undefined) say(name, "refused", Buffer.from(refusal));
    else await answer(folder, name);
  }
}

async function answer(folder: GitFolder, name: string): Promise<void> {
  try {
    if (name === "refs") return say(name, "refs", Buffer.from(JSON.stringify(await localRefs(folder))));
    const found = await folder.find(name);
    if (found === undefined) return say(name, "missing");
    say(found.id, found.type, found.data);
  } catch (cause) {
    say(name, "broken", Buffer.from(`object ${name} cannot be read (${messageOf(cause)})`));
  }
}

/** `fs.writeSync` waits for the reader; a large answer is never kept twice. */
function say(id: string, type: string, data?: Uint8Array): void {
  if (data === undefined) return writeAll(Buffer.from(`${id} ${type}\n`));
  writeAll(Buffer.from(`${id} ${type} ${data.byteLength}\n`));
  writeAll(data);
  writeAll(Buffer.from("\n"));
}

function writeAll(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.byteLength; ) at += fs.writeSync(1, bytes, at);
}
