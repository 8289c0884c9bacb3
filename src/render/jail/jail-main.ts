/** Entry of the process that shuts a tool in where the program runs from its sources; the binary has the verb `enter-jail`. */
import { enterJail } from "./enter-jail.ts";

process.exitCode = enterJail(process.argv.slice(2));
