/** What of the address is a log's; whoever closes it takes them out. */
export const LOG_QUERY = ["container", "pod", "since", "tail", "before", "times", "wrap", "find"] as const;

/** What of the address is of one object, but which it is and on which tab: left when another one is opened. */
export const OF_ONE_OBJECT = Object.fromEntries(["edit", ...LOG_QUERY].map((name) => [name, undefined]));
