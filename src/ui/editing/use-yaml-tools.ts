import { useState } from "preact/hooks";
import { type Answer, useAsked } from "../components/asked.tsx";

export type YamlTools = typeof import("./yaml-tools.ts");

/** @returns `again`: asks once more for what did not come */
export function useYamlTools(): { tools: Answer<YamlTools>; again(): void } {
  const [tries, setTries] = useState(0);
  const tools = useAsked<YamlTools>(() => import("./yaml-tools.ts"), [tries]);
  return { tools, again: () => setTries(tries + 1) };
}
