import { later } from "../components/later.tsx";

/** What is asked before something is done, whose scripts nobody waits for who only looks. */
export const reviews = later(() => import("./reviews.ts"));
