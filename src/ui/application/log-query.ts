/** What of the address is a log's, `line` the line that looks through it: `find` is of the view behind it; whoever closes it takes them out. */
export const LOG_QUERY = ["container", "pod", "since", "tail", "before", "times", "wrap", "line"] as const;

/** What of the address is of one object, but which it is and on which tab: left when another one is opened. */
export const OF_ONE_OBJECT = Object.fromEntries(["edit", ...LOG_QUERY].map((name) => [name, undefined]));
