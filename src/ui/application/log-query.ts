/** What of the address is a log's; whoever closes it takes them out. */
export const LOG_QUERY = ["container", "pod", "since", "tail", "before", "times", "wrap", "find"] as const;
