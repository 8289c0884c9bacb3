/** One line that a container wrote, or a piece of one that is very long. */
export interface PodLogLine {
  text: string;
  /** RFC 3339 with nanoseconds, as the kubelet wrote it down; "" where it says none. */
  time: string;
}

/** What of a Pod's log is meant. */
export interface PodLogAsk {
  /** Default: the one that the Pod's annotation names, else its first. */
  container?: string;
  /** `its-end`: goes on until the container ends, or somebody stops it. */
  until: "now" | "its-end";
  /** `previous`: of the container before its last restart. */
  of: "this-run" | "previous";
  /** The last so many lines; default all that is kept. */
  tailLines?: number;
  /** Not older, in seconds. */
  sinceSeconds?: number;
  /** RFC 3339; not older. */
  sinceTime?: string;
}
