import { messageOf } from "../../lib/caught.ts";
import { mapFileAt, withSystemCalls } from "../../lib/posix.ts";
import { IMAGE_AT, JAIL_FAILED, JAIL_WORDS, obey } from "./jail-steps.ts";

/**
 * The life of the process between the daemon and a tool where launcher.ts cannot run: does what the file says, the last
 * of which makes it the tool. Never returns where there is one.
 * @param words the file with the steps
 * @returns the code to end with, `JAIL_FAILED` where a wall cannot be had
 */
export function enterJail([file = ""]: readonly string[]): number {
  const say = (words: string): void => void process.stderr.write(words);
  try {
    const image = mapFileAt(IMAGE_AT, file);
    return withSystemCalls((_, bare) => obey(image, bare, say));
  } catch (cause) {
    say(`${JAIL_WORDS}${messageOf(cause)}\n`);
    return JAIL_FAILED;
  }
}
